"""Makes empty files, folders and links in every place that takes them."""

for place in PLACES:
    path = f"{place}/rt-marker-inode"
    attempt(f"a folder in {place}", os.mkdir, path)
    attempt(f"a file in {place}", os.open, path, os.O_CREAT | os.O_WRONLY)
    attempt(f"a link in {place}", os.symlink, "/etc/passwd", path)
    attempt(f"a pipe in {place}", os.mkfifo, path)
    attempt(f"a node in {place}", os.mknod, path)
