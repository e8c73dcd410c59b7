"""Reads the environment and the arguments, its own and those of every process it can name."""

import ctypes

libc = ctypes.CDLL(None)
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
position = 0
while environ[position]:
    look(environ[position], "environ")
    position += 1
for key, value in os.environ.items():
    look(key + value, "os.environ")
    if key not in (
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONHASHSEED",
        "LD_LIBRARY_PATH",
        "OPENBLAS_NUM_THREADS",
        "LANG",
        "PWD",
    ):
        if key != "LC_CTYPE":
            got(f"the environment has {key}")
look(sys.orig_argv, "argv")
for pid in ("self", *range(1, 100)):
    for name in ("environ", "cmdline", "maps", "mountinfo", "fd/0", "status", "cgroup"):
        attempt(f"/proc/{pid}/{name}", lambda: open(f"/proc/{pid}/{name}", "rb").read())
