"""Leaves the root by chains, links and handles, and writes where others read."""

if VARIANT == 1:
    syscall(304, 3, bytes(64), 0)  # open_by_handle_at
for path in (
    "/" + "../" * 20 + "etc/passwd",
    "/proc/self/root/etc",
    "/proc/1/root",
    "/proc/self/cwd/..",
    "/../../home",
):
    attempt(f"opened {path}", os.open, path, os.O_RDONLY)
for place in ("/site", "/python/lib"):
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    attempt(f"out of {place}", lambda: os.open("../../../../etc/passwd", os.O_RDONLY, dir_fd=folder))
    attempt(f"wrote into {place}", lambda: os.open("rt-marker", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
for path in ("/site/numpy/__init__.py", "/site/grader/inside/runner.py", "/python/lib/python3.11/os.py", "/"):
    attempt(f"chmod {path}", os.chmod, path, 0o777)
    attempt(f"chown {path}", os.chown, path, os.getuid(), os.getgid())
    attempt(f"rename {path}", os.rename, path, path + "rt-marker")
    attempt(f"unlink {path}", os.unlink, path)
    attempt(f"opened {path} for writing", os.open, path, os.O_RDWR)
attempt("another working directory", os.chdir, "/site")
