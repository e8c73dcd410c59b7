"""Walks everything that can be seen for the hidden tests, keys and other people's work."""

SECRETS = ("reference", "solution.py", "checks.py", "mistakes.py", "variants.py", "course.toml", "exercises", "tests")

for path in (
    "/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/self/maps", "/proc/1/environ", "/proc/mounts", "/root/.ssh",
    "/proc/self/root/etc/passwd", "/proc/1/root/etc/passwd", "/proc/1/cwd", "/dev/mem", "/dev/kmsg", "/sys/kernel",
    "../../../../etc/passwd", "/python/../etc/passwd", "/var/log", "/boot", "/home", "/work", "/python/bin/python3",
):  # fmt: skip
    attempt(f"opened {path}", os.open, path, os.O_RDONLY)
for start in ("/", "..", "/proc/self/root", "/site", "/python", "/home", "/tmp", ".", os.getcwd()):
    for folder, names, files in os.walk(start):
        for name in (*names, *files):
            if name in SECRETS and "numpy" not in folder and "/python3" not in folder or name.startswith("rt-canary"):
                got(f"{folder}/{name}")
    if os.access("/etc", os.F_OK) or found:
        break  # the rest would only take longer
