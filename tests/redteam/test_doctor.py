"""The doctor under attack: whichever wall is taken away, it notices, and names the wall."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from grader import doctor
from grader.course import Course
from grader.doctor import Finding

pytestmark = pytest.mark.slow

Find = Callable[[str], Finding]


@pytest.fixture
def find(course: Course) -> Find:
    """Asks the doctor for one finding; what comes after it is left out."""

    def one(name: str) -> Finding:
        examination = doctor.examine(course)
        found = next(finding for finding in examination if finding.name == name)
        examination.close()
        return found

    return one


def _without_names(rebuilt: Any) -> None:
    rebuilt.arguments(lambda given: [each for each in given if each not in ("--hostname", "box", "--unshare-uts")])


BROKEN: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "the filter, for sockets": (lambda rebuilt: rebuilt.without_seccomp(), "opens sockets", "a socket of family"),
    "the filter, for the hypervisor": (
        lambda rebuilt: rebuilt.without_seccomp(),
        "opens sockets of the hypervisor",
        "a socket to the hypervisor can be made",
    ),
    "the filter, for 32-bit programs": (
        lambda rebuilt: rebuilt.without_seccomp(),
        "passes the 32 bit gate",
        "system calls of 32-bit programs work: this is process 1",
    ),
    "the filter, for shared memory": (
        lambda rebuilt: rebuilt.without_seccomp(),
        "leaves things in shared memory",
        "shared memory, a queue of messages, a semaphore can be made",
    ),
    "Landlock": (lambda rebuilt: rebuilt.without_landlock(), "Landlock", "the root can be listed: "),
    "the host's name": (_without_names, "sees the name of the machine", f"the machine is {socket.gethostname()}"),
    "the uts namespace": (_without_names, "namespaces", "a child shares this machine's: uts"),
    "the ipc namespace": (
        lambda rebuilt: rebuilt.without_namespaces("ipc"),
        "namespaces",
        "a child shares this machine's: ipc",
    ),
    "the net namespace": (
        lambda rebuilt: rebuilt.without_namespaces("net"),
        "namespaces",
        "a child shares this machine's: net",
    ),
    "the child's own pid namespace": (
        lambda rebuilt: rebuilt.append("walls", "CLONE_NEWPID = 0"),
        "sees other processes",
        "of others, and its parent is ",
    ),
    "the dropping of capabilities": (
        lambda rebuilt: rebuilt.append("walls", "def drop_capabilities():\n    pass"),
        "capabilities",
        "CapEff is 000001ffffffffff",
    ),
}


@pytest.mark.parametrize("wall", BROKEN)
def test_it_notices_that_a_wall_is_missing(wall: str, rebuilt: Any, find: Find) -> None:
    take_away, name, text = BROKEN[wall]
    take_away(rebuilt)
    finding = find(name)
    assert (finding.status, text in finding.text) == ("broken", True), finding


def test_capabilities_are_noticed_from_inside_too(rebuilt: Any, find: Find) -> None:
    rebuilt.without_seccomp()
    assert find("holds capabilities").status == "stands"
    rebuilt.append("walls", "def drop_capabilities():\n    pass")
    assert find("holds capabilities").status == "broken"


def test_a_kernel_without_landlock_can_be_done_without(rebuilt: Any, find: Find) -> None:
    rebuilt.append("walls", "def landlock_version():\n    return 0")
    finding = find("Landlock")
    assert finding.status == "missing"
    assert "this kernel has none (Linux 5.13 has), so the root can be listed: " in finding.text
