"""Opens a way out of every family: internet, local, netlink, raw, and the hypervisor's, which no namespace holds."""

import socket

FAMILIES = (
    (socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_STREAM),
    (socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW),
    (socket.AF_INET, socket.SOCK_RAW), (38, socket.SOCK_SEQPACKET), (40, socket.SOCK_STREAM), (40, socket.SOCK_DGRAM),
    (44, socket.SOCK_RAW), (31, socket.SOCK_RAW), (21, socket.SOCK_SEQPACKET), (43, socket.SOCK_STREAM),
)  # fmt: skip

for family, kind in FAMILIES:
    made = attempt(f"a socket of family {int(family)}", socket.socket, family, kind)
    if made is not None and family == socket.AF_INET and kind == socket.SOCK_DGRAM:
        attempt("a datagram left", made.sendto, b"rt", ("192.0.2.1", 9))
attempt("a socket pair", socket.socketpair)
attempt("a name was looked up", socket.getaddrinfo, "example.invalid", 80)
attempt("the stream's peer was told", lambda: socket.socket(fileno=os.dup(3)).getpeername())
