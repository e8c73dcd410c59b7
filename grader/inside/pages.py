"""Hot pages: the memory that every child writes to is copied as it is forked, and not page by page as it writes.

Python counts references in the objects themselves, so a child that only reads still writes, to some 500 of the 4,000
pages that it shares with the warm process. Copied on write, each of them costs an exception, the loss of a translation
and the copying. What is pinned, because a device may be writing to it, the kernel copies at the fork (Linux,
mm/memory.c: copy_present_page); that costs half as much, and the warm process need not copy what it writes to itself.
The buffers of an io_uring are pinned, and ours is there for nothing else. Where the kernel makes none, or this user may
not pin so much, pages are copied on write.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
from array import array
from itertools import chain, compress
from typing import Final

from grader.inside import walls

PAGE: Final = resource.getpagesize()
BLOCK: Final = 64
"""Pages. What is no object, such as the table of a dict, lies near objects."""

_libc = ctypes.CDLL(None)
_SYS_IO_URING_SETUP, _SYS_IO_URING_REGISTER = 425, 427
_REGISTER_BUFFERS = 0
_PARAMETERS_BYTES: Final = 120  # struct io_uring_params
_MADV_POPULATE_WRITE: Final = 23  # Linux 5.14
_Usage = ctypes.c_long * 18  # struct rusage
_PAGE_FAULTS: Final = 8  # its ru_minflt
_WARM_UP: Final = 100
"""Pages that are asked for first, so that the page faults of asking itself are over."""


def with_objects() -> array[int]:
    """Where this process keeps its Python objects: the numbers of the pages there, in order."""
    objects = gc.get_objects()
    blocks = {id(each) // (BLOCK * PAGE) for each in chain(objects, gc.get_referents(*objects))}
    return array("Q", [page for block in sorted(blocks) for page in range(block * BLOCK, (block + 1) * BLOCK)])


def written(pages: array[int]) -> array[int]:
    """Those of the pages that this process has written to since it was forked; afterwards it has written to all.

    The kernel is asked to make each page ready for writing. Where this process has a page of its own, that is no page
    fault, and the kernel counts those. What is no memory, or may not be written to, is left out.
    """
    asked = array("Q", [id(gc) // PAGE] * _WARM_UP) + pages
    own = bytearray(len(asked))
    before, after = _Usage(), _Usage()
    for place, page in enumerate(asked):  # nothing is made and kept here: new objects may lie on new pages
        address = ctypes.c_void_p(page * PAGE)
        _libc.getrusage(resource.RUSAGE_SELF, before)
        failed = _libc.madvise(address, PAGE, _MADV_POPULATE_WRITE)
        _libc.getrusage(resource.RUSAGE_SELF, after)
        own[place] = not failed and before[_PAGE_FAULTS] == after[_PAGE_FAULTS]
    return array("Q", compress(pages, own[_WARM_UP:]))


def pin(pages: array[int]) -> None:
    """Pins these pages for as long as this process lives. Raises WallError, naming the call, where the kernel refuses."""
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
