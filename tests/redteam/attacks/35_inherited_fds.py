"""Looks at every descriptor that was left open, reads it, seeks in it, maps it."""

import mmap
import stat

for descriptor in range(1024):
    try:
        facts = os.fstat(descriptor)
    except OSError:
        continue
    if descriptor > 3:
        got(f"descriptor {descriptor} is open")
        try:
            look(os.pread(descriptor, 1 << 16, 0), f"descriptor {descriptor}")
        except OSError:
            pass
    if stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode):
        got(f"descriptor {descriptor} is a file")
    attempt(f"descriptor {descriptor} maps", mmap.mmap, descriptor, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
    attempt(f"descriptor {descriptor} is a directory", os.listdir, descriptor)
