"""Takes memory that no address-space limit counts: memory files, sockets, pipes, events."""

import select
import socket

attempt("a memory file", os.memfd_create, "rt-marker")
attempt("a secret memory file", syscall, 447, 0)
attempt("a socket pair", socket.socketpair)
attempt("a pipe", os.pipe)
attempt("an event counter", os.eventfd, 0)
attempt("epoll", select.epoll)
attempt("inotify", syscall, 294, 0)
attempt("a timer", syscall, 222, 1, None, bytes(8))
attempt("asynchronous input and output", syscall, 206, 1 << 16, bytes(8))
