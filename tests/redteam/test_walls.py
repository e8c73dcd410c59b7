"""Each wall: every door of the probe is shut while all stand, and opens when the wall that shuts it is taken away."""

from __future__ import annotations

import ctypes
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from grader.report import Report
from grader.sandbox import Sandbox, SandboxUnavailable, cgroups, filters, layout, process

HERE = Path(__file__).parent
Knock = Callable[[Sandbox, str], str]


def _doors() -> list[str]:
    """The names of all doors; the file is harmless where nobody knocks."""
    scope: dict[str, Any] = {"__name__": "doors"}
    exec(compile((HERE / "attacks" / "_doors.py").read_text(encoding="utf-8"), "doors.py", "exec"), scope)
    return sorted(scope["DOORS"])


@pytest.mark.parametrize("door", _doors())
def test_every_door_is_shut_while_all_walls_stand(door: str, warm: Sandbox, knock: Knock) -> None:
    assert knock(warm, door).startswith("shut: ")


def test_the_probe_tells_an_open_door(warm: Sandbox, knock: Knock) -> None:
    assert "KeyError" in knock(warm, "no such door")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(layout.ENVIRONMENT, "RT_SECRET", "1")
        with Sandbox() as sandbox:
            assert knock(sandbox, "the_environment") == "open: ['RT_SECRET']"


# --- the filter of system calls -------------------------------------------------------------------------------------

BEHIND_SECCOMP = (
    "socket_internet_1", "socket_local_2", "socket_netlink_2", "socket_vsock_1", "a_socket_pair", "a_pipe",
    "memory_file", "ptrace", "keyctl", "add_key", "userfaultfd", "personality", "shared_memory",
    "message_queue", "semaphore", "event_counter", "epoll", "inotify", "a_control_call", "a_lock", "capabilities",
    "the_32_bit_gate", "pidfd_open",
)  # fmt: skip


def test_without_seccomp_the_kernel_is_open(rebuilt: Any, knock: Knock) -> None:
    rebuilt.without_seccomp()
    with Sandbox() as sandbox:
        answers = {door: knock(sandbox, door) for door in BEHIND_SECCOMP}
    assert [door for door, answer in answers.items() if not answer.startswith("open: ")] == []


@pytest.mark.parametrize(
    "door", ["socket_internet_1", "socket_vsock_1", "ptrace", "keyctl", "memory_file", "the_32_bit_gate"]
)
def test_the_first_filter_holds_when_the_later_ones_are_gone(door: str, rebuilt: Any, knock: Knock) -> None:
    rebuilt.append("walls", "def filter_system_calls(program):\n    pass")
    with Sandbox() as sandbox:
        assert knock(sandbox, door).startswith("shut: ")


@pytest.mark.parametrize("left", ["child_program", "warm_program"])
@pytest.mark.parametrize(
    "door", ["socket_internet_1", "socket_vsock_1", "ptrace", "keyctl", "memory_file", "io_uring", "the_32_bit_gate"]
)
def test_a_later_filter_holds_when_the_others_are_gone(left: str, door: str, rebuilt: Any, knock: Knock) -> None:
    for name in {"start_up_program", "warm_program", "child_program"} - {left}:
        rebuilt.patch.setattr(filters, name, lambda: filters._program(tuple(filters._NUMBERS), (), {}))
    with Sandbox() as sandbox:
        assert knock(sandbox, door).startswith("shut: ")


def test_without_the_last_filter_a_program_lowers_its_own_limits(rebuilt: Any, knock: Knock) -> None:
    rebuilt.append("walls", "def fix_limits():\n    pass")
    with Sandbox() as sandbox:
        assert knock(sandbox, "lowering_a_limit") == "open: lowered"


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["the_root_folder", "the_interpreter_file"])
def test_without_landlock_other_files_of_the_root_are_readable(door: str, rebuilt: Any, knock: Knock) -> None:
    rebuilt.without_landlock()
    with Sandbox() as sandbox:
        assert knock(sandbox, door).startswith("open: ")


def test_a_writable_folder_is_noticed_once_landlock_is_gone(rebuilt: Any, knock: Knock) -> None:
    rebuilt.arguments(lambda given: ["--perms", "0777", "--tmpfs", "/tmp", *given])
    with Sandbox() as sandbox:
        assert knock(sandbox, "writing").startswith("shut: ")
    rebuilt.without_landlock()
    with Sandbox() as sandbox:
        assert knock(sandbox, "writing") == "open: ['/tmp', '/tmp']"


def test_a_bound_host_file_is_noticed(rebuilt: Any, knock: Knock) -> None:
    rebuilt.arguments(
        lambda given: ["--perms", "0755", "--dir", "/etc", "--ro-bind", "/etc/passwd", "/etc/passwd", *given]
    )
    with Sandbox() as sandbox:
        assert knock(sandbox, "foreign_files") == "open: ['/etc/passwd']"


def test_hidden_code_is_noticed_where_it_is_bound(rebuilt: Any, knock: Knock) -> None:
    bind = ["--ro-bind", str(HERE / "course/reference/probe/scale"), "/site/solution"]
    rebuilt.arguments(lambda given: [*given[:-6], *bind, *given[-6:]])
    with Sandbox() as sandbox:
        assert knock(sandbox, "hidden_code") == "open: ['solution']"


def test_the_rest_of_the_library_is_noticed_where_it_is_not_hidden(rebuilt: Any, knock: Knock) -> None:
    rebuilt.patch.setattr(layout, "_HIDDEN", ())
    with Sandbox() as sandbox:
        assert knock(sandbox, "finished_libraries").startswith("open: ")


# --- the process ----------------------------------------------------------------------------------------------------


def test_without_limits_they_are_high(rebuilt: Any, knock: Knock) -> None:
    rebuilt.without_limits()
    with Sandbox() as sandbox:
        assert "NPROC" in knock(sandbox, "high_limits")
        assert knock(sandbox, "much_memory").startswith("open: ")


def test_without_filter_and_limits_processes_and_threads_start(rebuilt: Any, knock: Knock) -> None:
    rebuilt.without_seccomp()
    with Sandbox() as sandbox:
        assert knock(sandbox, "a_process").startswith("shut: BlockingIOError")  # no process may be added
    rebuilt.without_limits()
    with Sandbox() as sandbox:
        for door in ("a_process", "a_thread", "clone_by_number"):
            assert knock(sandbox, door).startswith("open: ")


def test_capabilities_that_are_kept_are_noticed(rebuilt: Any, knock: Knock) -> None:
    rebuilt.without_seccomp()
    with Sandbox() as sandbox:
        assert knock(sandbox, "held_capabilities").startswith("shut: ")
        assert knock(sandbox, "unshare_mount").startswith("shut: ")
        assert knock(sandbox, "new_privileges").startswith("shut: ")
        assert knock(sandbox, "dumps").startswith("shut: ")
    rebuilt.append("walls", "def drop_capabilities():\n    pass")
    with Sandbox() as sandbox:
        assert knock(sandbox, "held_capabilities").startswith("open: ")
        assert knock(sandbox, "unshare_mount").startswith("open: ")


def test_descriptors_that_are_not_closed_are_noticed(rebuilt: Any, knock: Knock) -> None:
    rebuilt.replace("zygote", "os.closerange(STREAM + 1", "max(STREAM + 1")
    with Sandbox() as sandbox:
        assert knock(sandbox, "descriptors").startswith("open: descriptors [0, 1, 2, 3, 4")


def test_a_shared_pid_namespace_is_noticed(rebuilt: Any, knock: Knock) -> None:
    rebuilt.append("walls", "CLONE_NEWPID = 0")
    with Sandbox() as sandbox:
        assert knock(sandbox, "the_parent").startswith("open: process ")


def test_the_host_s_name_is_noticed(rebuilt: Any, knock: Knock) -> None:
    rebuilt.arguments(lambda given: [each for each in given if each not in ("--hostname", "box", "--unshare-uts")])
    with Sandbox() as sandbox:
        assert knock(sandbox, "the_host_name") == f"open: {socket.gethostname()}"


def test_a_warm_process_that_stays_root_refuses_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_reserve_uid", lambda: (None, None))
    refused = pytest.raises(SandboxUnavailable, match="root") if os.geteuid() == 0 else nullcontext()
    with refused, Sandbox() as sandbox:
        assert sandbox.facts["uid"] != 0


# --- the control group ----------------------------------------------------------------------------------------------

BOMB = """
import numpy as np

def scale(x):
    kept = [np.ones(2**24) for _ in range(16)]  # 2 GiB in all, each page touched
    return 3 * x + 1
"""
FORKS = """
import os
import time

def scale(x):
    made = 0
    try:
        while made < 100:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
            made += 1
    except BlockingIOError:
        pass
    raise RuntimeError(f"{made} processes")
"""


@pytest.fixture
def grouped() -> None:
    """A machine on which this user can make a control group; elsewhere there is no such wall, and nothing to test."""
    group = cgroups.create(2**29, 16)
    if group is None:
        with Sandbox() as sandbox:
            assert sandbox.group is None
        pytest.skip("cgroups.create can make no control group here: only the limits of each child hold")
    group.remove()


def test_without_limits_a_memory_bomb_is_killed_inside_the_control_group(
    grouped: None, rebuilt: Any, judged: Callable[..., Report], honest: Callable[[Sandbox], Report]
) -> None:
    rebuilt.without_limits()
    with Sandbox(memory_bytes=2**29) as sandbox:
        report = judged(BOMB, sandbox, "patient")
        assert (report.status, report.score) == ("memory", 0)
        assert all("used up the memory it may have" in check.message for check in report.checks if not check.skipped)
        assert honest(sandbox).status == "passed"


def test_without_filter_and_limits_the_control_group_holds_the_number_of_processes(
    grouped: None, rebuilt: Any, judged: Callable[..., Report]
) -> None:
    rebuilt.without_seccomp()
    rebuilt.without_limits()
    with Sandbox() as sandbox:
        message = judged(FORKS, sandbox, "patient").checks[0].message
    made = re.search(r"(\d+) processes", message)
    assert made, message
    assert 0 < int(made[1]) < 16


# --- neighbours -----------------------------------------------------------------------------------------------------


@pytest.fixture
def neighbour() -> Iterator[None]:
    """A socket and shared memory of this process, in the namespaces of the host."""
    libc = ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.bind("\0rt-neighbour")
        memory = libc.shmget(0x5255, 4096, 0o1666)
        yield
        libc.shmctl(memory, 0, None)


@pytest.mark.parametrize(("namespace", "seen"), [("net", "its socket"), ("ipc", "its shared memory")])
def test_a_shared_namespace_shows_the_neighbours(
    namespace: str, seen: str, rebuilt: Any, knock: Knock, neighbour: None
) -> None:
    rebuilt.without_seccomp()
    rebuilt.without_landlock()  # which by itself keeps out of foreign sockets
    with Sandbox() as sandbox:
        assert knock(sandbox, "a_neighbour").startswith("shut: ")
    rebuilt.without_namespaces(namespace)
    with Sandbox() as sandbox:
        assert knock(sandbox, "a_neighbour") == f"open: ['{seen}']"


def test_two_sandboxes_side_by_side_do_not_see_one_another(
    rebuilt: Any, visit: Callable[[Sandbox, str], AbstractContextManager[str]], knock: Knock
) -> None:
    rebuilt.without_seccomp()
    rebuilt.without_landlock()
    with Sandbox() as one, Sandbox() as other, visit(one, "leaving_something") as answer:
        assert answer.startswith("open: ")
        assert knock(other, "a_neighbour").startswith("shut: ")
        assert knock(one, "a_neighbour").startswith("shut: ")  # nor do two children of one warm process
