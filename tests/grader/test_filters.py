"""The system-call filters: what their programs answer to every number, run by a small interpreter of classic BPF."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from itertools import count

import pytest

from grader.sandbox import filters

X86_64, I386 = 0xC000003E, 0x40000003
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LAST_NUMBER = 600  # beyond the last system call of any kernel yet


def answer(program: bytes, number: int, architecture: int = X86_64) -> int:
    """What the program says of a system call."""
    return run(program, number, architecture)[0]


def run(program: bytes, number: int, architecture: int) -> tuple[int, int]:
    """The answer, and after how many instructions; Linux: Documentation/networking/filter.rst."""
    words = {0: number, 4: architecture}  # struct seccomp_data, its first two fields
    instructions = list(struct.iter_unpack("HBBI", program))
    at = loaded = 0
    for taken in count(1):
        code, if_true, if_false, value = instructions[at]
        at += 1
        match code:
            case 0x06:
                return value, taken
            case 0x20:
                loaded = words[value]
            case 0x15:
                at += if_true if loaded == value else if_false
            case 0x35:
                at += if_true if loaded >= value else if_false
            case _:
                raise AssertionError(f"instruction {at - 1} has the code {code:#x}")
    raise AssertionError("the program does not end")


def names() -> Iterator[tuple[int, str]]:
    by_number = {number: name for name, number in filters._NUMBERS.items()}
    return ((number, by_number.get(number, "")) for number in range(LAST_NUMBER))


def test_a_child_may_do_what_is_listed_dies_of_an_escape_and_is_refused_all_else():
    program = filters.child_program()
    for number, name in names():
        refused = ERRNO | filters.ANSWERS.get(name, errno.EPERM)
        expected = ALLOW if name in filters.ALLOWED else KILL_PROCESS if name in filters.ESCAPES else refused
        assert answer(program, number) == expected, name or number


@pytest.mark.parametrize(
    ("program", "allowed"),
    [(filters.warm_program(), filters.WARM), (filters.start_up_program(), filters.START_UP)],
    ids=["warm", "start_up"],
)
def test_the_warm_process_may_do_more_and_until_it_is_warm_still_more(program, allowed):
    for number, name in names():
        refused = ERRNO | (errno.ENOSYS if name == "clone3" else errno.EPERM)
        expected = ALLOW if name in allowed else KILL_PROCESS if name in filters.ESCAPES else refused
        assert answer(program, number) == expected, name or number


def test_the_only_escapes_are_for_the_warm_process_to_start_and_to_pin_its_pages():
    assert set(filters.ALLOWED) < set(filters.WARM) < set(filters.START_UP)
    assert not set(filters.WARM) & set(filters.ESCAPES)
    assert set(filters.START_UP) & set(filters.ESCAPES) == {"execve", "io_uring_setup", "io_uring_register"}


PROGRAMS = [filters.child_program(), filters.warm_program(), filters.start_up_program()]


@pytest.mark.parametrize("program", PROGRAMS)
def test_other_ways_into_the_kernel_kill(program):
    for number in (0, 1, 59, 400):
        assert answer(program, number, I386) == KILL_PROCESS
        assert answer(program, number + 0x40000000) == KILL_PROCESS  # x32
    for number in (0x3FFFFFFF, LAST_NUMBER):
        assert answer(program, number) == ERRNO | errno.EPERM
    assert answer(program, 0xFFFFFFFF) == KILL_PROCESS


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_answer_comes_after_a_dozen_instructions_at_most(program):
    # When a child installs its filter, the kernel runs it once for every number there is.
    assert max(run(program, number, X86_64)[1] for number in range(LAST_NUMBER)) <= 12
