"""Puts links to host files, pipes and folders wherever something might be read back from."""

for place in PLACES:
    for name in ("rt-marker-link", "results.json", "submission.py", "output", "stdout"):
        path = f"{place}/{name}"
        attempt(f"a link at {path}", os.symlink, "/etc/passwd", path)
        attempt(f"a hard link at {path}", os.link, np.__file__, path)
        attempt(f"a pipe at {path}", os.mkfifo, path)
        attempt(f"a folder at {path}", os.makedirs, path)
