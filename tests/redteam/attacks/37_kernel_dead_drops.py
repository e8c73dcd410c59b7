"""Leaves data in kernel objects for whoever comes next, and looks for what the last one left."""

import fcntl
import socket

KEY = 0x52540001
if VARIANT == 0:
    attempt("a key was left", syscall, 248, b"user\0", b"rt-marker\0", b"1", 1, -4)
elif VARIANT == 1:
    attempt("the keyring answers", syscall, 250, 0, -4, 1)
elif VARIANT == 2:
    for number, name in ((29, "shared memory"), (64, "a semaphore"), (68, "a message queue")):
        attempt(f"System V: {name}", syscall, number, KEY, 1, 0o1666)
    attempt("a POSIX queue", syscall, 240, b"rt-marker\0", 0o102, 0o666, None)
    attempt("an abstract socket", lambda: socket.socket(socket.AF_UNIX).bind("\0rt-marker"))
    attempt("a vsock port", lambda: socket.socket(40, socket.SOCK_STREAM).bind((-1, 5254)))
    for place in ("/dev/shm", "/tmp", "/dev/mqueue"):
        attempt(f"a file in {place}", lambda: open(f"{place}/rt-marker", "w"))
elif VARIANT == 3:
    shared = os.open(np.__file__, os.O_RDONLY)
    attempt("a lock on a shared file", fcntl.flock, shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
    attempt("a record lock", fcntl.lockf, shared, fcntl.LOCK_SH | fcntl.LOCK_NB)
    attempt("a lease", fcntl.fcntl, shared, 1024, 0)
    attempt("the file's times were set", os.utime, np.__file__, (1, 1))
    attempt("an attribute was set", os.setxattr, np.__file__, "user.rt-marker", b"1")
