"""Puts itself between the runner and the kernel: a filter of its own, or a write that drops what it is given."""

import ctypes
import struct

if VARIANT == 0:
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
    attempt("a filter by prctl", syscall, 157, 22, 2, struct.pack("HxxxxxxP", 1, ctypes.addressof(program)), 0, 0)
elif VARIANT == 1:
    syscall(317, 1, 0, None)
elif VARIANT == 2:
    os.write = lambda descriptor, data: len(data)
elif VARIANT == 3:
    os.read = lambda descriptor, size: b""
elif VARIANT == 4:
    true_write = os.write
    os.write = lambda descriptor, data: true_write(descriptor, bytes(data).replace(b"failed", b"passed")[::-1])
