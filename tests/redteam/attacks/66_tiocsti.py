"""Pushes a key stroke into the operator's terminal."""

import fcntl
import termios

for descriptor in range(4):
    attempt(f"a key stroke by {descriptor}", fcntl.ioctl, descriptor, termios.TIOCSTI, b"\n")
    attempt(f"the terminal of {descriptor}", termios.tcgetattr, descriptor)
    attempt(f"the console by {descriptor}", fcntl.ioctl, descriptor, 0x541C, b"\x03")
    if os.isatty(descriptor):
        got(f"{descriptor} is a terminal")
for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/ptmx"):
    attempt(path, os.open, path, os.O_RDWR)
