"""Runs a program, any program, and looks for one with rights of its own."""

import subprocess

if VARIANT == 0:
    os.execv("/bin/sh", ["sh", "-c", "true"])
elif VARIANT == 1:
    os.execv("/python/bin/python3", ["python3", "-c", "print('RT-' + 'ESCAPE')"])
elif VARIANT == 2:
    syscall(322, 3, b"\0", None, None, 0x1000)  # execveat(AT_EMPTY_PATH)
elif VARIANT == 3:
    os.execv("/lib64/ld-linux-x86-64.so.2", ["ld.so", "/python/bin/python3"])
elif VARIANT == 4:
    for program in ("sh", "id", "mount", "su", "sudo", "bwrap", "gcc", "python3", "/python/bin/python3"):
        attempt(f"ran {program}", subprocess.run, [program])
        attempt(f"spawned {program}", os.posix_spawn, program, [program], {})
elif VARIANT == 5:
    for folder in ("/bin", "/usr/bin", "/sbin", "/usr/local/bin", "/usr/lib"):
        attempt(f"{folder} is there", os.listdir, folder)
    for place in PLACES:
        attempt(f"a script in {place}", lambda: open(f"{place}/rt-marker-script", "w"))
