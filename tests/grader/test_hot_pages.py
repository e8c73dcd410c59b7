"""Hot pages: which pages a fork has written to, seen from outside, and that pinned ones are a fork's own from the first."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from grader.inside import pages, walls
from grader.sandbox import hot_pages

COUNT = 64
REFUSED = 1


def written_in_a_fork(work: Callable[[], object] = bool) -> set[int]:
    """The numbers of the pages that a fork of this process has written to after `work`."""
    near, far = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os.write(far, b"done")
            signal.pause()
        finally:
            os._exit(1)
    os.close(far)
    try:
        assert os.read(near, 4) == b"done"
        return set(hot_pages.written_by(pid).tolist())
    finally:
        os.close(near)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


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


def test_the_pages_that_a_fork_has_written_to_are_seen(memory: tuple[np.ndarray, range]) -> None:
    rows, there = memory

    def write() -> None:
        rows[3, 17], rows[20:23, 0] = 1, 2

    assert written_in_a_fork().isdisjoint(there)
    assert written_in_a_fork(write) & set(there) == {there[place] for place in (3, 20, 21, 22)}
    assert (rows == 1).all()


def test_what_a_fork_has_and_its_parent_has_not_is_left_out() -> None:
    mapped = mmap.mmap(-1, 2 * pages.PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    rows = np.frombuffer(mapped, "u1")
    first = rows.ctypes.data // pages.PAGE
    rows[0] = 1  # the second page stays out of this process's memory
    assert written_in_a_fork(lambda: rows.fill(2)) & {first, first + 1} == {first}


def test_a_process_that_cannot_be_looked_at_is_an_error() -> None:
    with pytest.raises(OSError, match="/proc/"):
        hot_pages.written_by(2**22 + 1)  # beyond the highest number that Linux gives


def test_pages_count_that_more_than_half_have_written_to() -> None:
    found = [np.array(each, np.uint64) for each in ([1, 2, 3], [2, 3, 4], [3, 5])]
    assert list(hot_pages.of_most(found)) == [2, 3]
    assert list(hot_pages.of_most(found[:2])) == [2, 3]


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
        return sorted(written_in_a_fork() & set(there))

    assert told_by_a_fork(pin_and_fork) == (pinned if rings_are_made_here() else [REFUSED])


def test_where_the_kernel_refuses_it_says_what_and_why_and_leaves_nothing_open() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(walls.WallError, match=r"register: EFAULT" if rings_are_made_here() else r"setup: E"):
        pages.pin(array("Q", [1]))
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_to_pin_nothing_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "system_call", lambda *_: pytest.fail("no system call was needed"))
    pages.pin(array("Q"))
