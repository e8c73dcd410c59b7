"""Reads this process's memory page by page; writing one byte of each to the output tells, without a crash, whether it is there."""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
PAGE = 4096


def pages(middle, reach):
    for address in range((middle & -PAGE) - reach, middle + reach, PAGE):
        if libc.write(1, ctypes.c_void_p(address), 1) == 1:
            yield ctypes.string_at(address, PAGE)


def scan():
    local = ctypes.c_int(0)
    heap = ctypes.cast(libc.malloc(64), ctypes.c_void_p).value or 0
    big = ctypes.create_string_buffer(1 << 20)
    stack = ctypes.cast(ctypes.addressof(local), ctypes.c_void_p).value
    environment = ctypes.cast(ctypes.c_void_p.in_dll(libc, "environ").value, ctypes.c_void_p).value
    for middle in (id(object()), id(found), id(sys.modules), stack, heap, environment, ctypes.addressof(big)):
        data = b"".join(pages(middle, 1 << 21))
        look(data, f"memory near {middle:#x}")


scan()
