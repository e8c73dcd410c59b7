"""Opens descriptors until there are none left, and then answers."""

import resource

attempt("more descriptors are allowed", resource.setrlimit, resource.RLIMIT_NOFILE, (100_000, 100_000))
opened = []
try:
    for _ in range(100_000):
        opened.append(os.dup(0))
except OSError:
    pass
if len(opened) > 64:
    got(f"{len(opened)} descriptors")
