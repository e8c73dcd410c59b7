"""Hot pages: the memory that every child writes to is copied as it is forked, and not page by page as it writes.

Python counts references in the objects themselves, so a child that only reads still writes, to some 500 of the 4,000
pages that it shares with the warm process. Copied on write, each of them costs an exception, the loss of a translation
and the copying. What is pinned, because a device may be writing to it, the kernel copies at the fork (Linux,
mm/memory.c: copy_present_page); that costs half as much, and the warm process need not copy what it writes to itself.
The buffers of an io_uring are pinned, and ours is there for nothing else. Which pages they are, the trusted side sees
(`grader.sandbox.hot_pages`). Where the kernel makes no io_uring, or this user may not pin so much, pages are copied on
write.
"""

from __future__ import annotations

import ctypes
import os
import resource
from array import array
from typing import Final

from grader.inside import walls

PAGE: Final = resource.getpagesize()

_SYS_IO_URING_SETUP, _SYS_IO_URING_REGISTER = 425, 427
_REGISTER_BUFFERS = 0
_PARAMETERS_BYTES: Final = 120  # struct io_uring_params


def pin(pages: array[int]) -> None:
    """Pins these pages for as long as this process lives. Raises WallError, naming the call, where the kernel refuses."""
    if not pages:
        return
    buffers = array("Q")
    for page in pages:
        if buffers and page * PAGE == buffers[-2] + buffers[-1]:
            buffers[-1] += PAGE
        else:
            buffers.extend((page * PAGE, PAGE))  # struct iovec
    start, numbers = buffers.buffer_info()
    parameters = ctypes.create_string_buffer(_PARAMETERS_BYTES)
    ring = walls.system_call("io_uring_setup", _SYS_IO_URING_SETUP, 1, parameters)
    try:
        walls.system_call(
            "io_uring_register", _SYS_IO_URING_REGISTER, ring, _REGISTER_BUFFERS, ctypes.c_void_p(start), numbers // 2
        )
    except walls.WallError:
        os.close(ring)
        raise
