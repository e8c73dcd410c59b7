"""Fills every place that takes a file; four mebibytes each would show it."""


def fill(path, flags):
    descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, bytes(1 << 22))
    finally:
        os.close(descriptor)


for place in PLACES:
    attempt(f"filled {place}", fill, f"{place}/rt-marker-disk", os.O_CREAT | os.O_RDWR)
    attempt(f"an unnamed file in {place}", fill, place, os.O_TMPFILE | os.O_RDWR)
for path in (np.__file__, "/python/bin/python3", "/site/grader/inside/runner.py", "/python/lib/libc.so.6"):
    attempt(f"appended to {path}", fill, path, os.O_WRONLY | os.O_APPEND)
    attempt(f"truncated {path}", os.truncate, path, 0)
