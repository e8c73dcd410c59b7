"""Hot pages: which pages a fork has written to, and that pinned ones are a fork's own from the first."""

from __future__ import annotations

import ctypes
import mmap
import os
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from grader.inside import pages, walls

COUNT = 64
REFUSED = 1


def told_by_a_fork(work: Callable[[], Iterable[int]]) -> list[int]:
    """The numbers that `work` gives in a fork of this process."""
    near, far = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(far, array("Q", work()).tobytes())
        finally:
            os._exit(0)
    os.close(far)
    with os.fdopen(near, "rb") as told:
        numbers = array("Q", told.read())
    os.waitpid(pid, 0)
    return list(numbers)


@pytest.fixture
def memory() -> tuple[np.ndarray, range]:
    """Ordinary memory that this process has written to, a row a page, and the numbers of its pages."""
    mapped = mmap.mmap(-1, COUNT * pages.PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    rows = np.frombuffer(mapped, "u1").reshape(COUNT, pages.PAGE)
    rows[:] = 1
    first = rows.ctypes.data // pages.PAGE
    return rows, range(first, first + COUNT)


def test_a_fork_tells_the_pages_it_has_written_to(memory: tuple[np.ndarray, range]) -> None:
    rows, there = memory

    def write_and_tell() -> Iterable[int]:
        rows[3, 17], rows[20:23, 0] = 1, 2
        return pages.written(array("Q", there))

    assert told_by_a_fork(lambda: pages.written(array("Q", there))) == []
    assert told_by_a_fork(write_and_tell) == [there[place] for place in (3, 20, 21, 22)]
    assert (rows == 1).all()


def test_what_cannot_be_written_to_is_left_out() -> None:
    mapped = mmap.mmap(-1, 2 * pages.PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    page = np.frombuffer(mapped, "u1").ctypes.data // pages.PAGE
    assert list(pages.written(array("Q", [page, page + 1]))) == []
    assert list(pages.written(array("Q", [0, 1]))) == []


def rings_are_made_here() -> bool:
    """Whether the kernel makes an io_uring for this process."""
    ring = ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120))
    if ring >= 0:
        os.close(ring)
    return ring >= 0


def test_pinned_pages_are_a_forks_own_from_the_first(memory: tuple[np.ndarray, range]) -> None:
    _, there = memory
    pinned = [there[place] for place in (2, 3, 40)]

    def pin_and_fork() -> Iterable[int]:
        try:
            pages.pin(array("Q", pinned))
        except walls.WallError:
            return [REFUSED]
        return told_by_a_fork(lambda: pages.written(array("Q", there)))

    assert told_by_a_fork(pin_and_fork) == (pinned if rings_are_made_here() else [REFUSED])


def test_where_the_kernel_refuses_it_says_what_and_why_and_leaves_nothing_open() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(walls.WallError, match=r"register: EFAULT" if rings_are_made_here() else r"setup: E"):
        pages.pin(array("Q", [1]))
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_every_object_lies_on_a_page_with_objects() -> None:
    kept = [object(), "a text that is long enough" * 40, {"a": 1}, np.ones(3), COUNT, told_by_a_fork, int]
    found = list(pages.with_objects())
    assert {id(each) // pages.PAGE for each in kept} <= set(found)
    assert found == sorted(set(found))
