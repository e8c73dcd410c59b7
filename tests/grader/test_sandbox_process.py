"""The warm process: what it gives, what it leaves behind (nothing), and how it refuses where it must."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from grader.connection import Budget
from grader.sandbox import Sandbox, SandboxLost, SandboxUnavailable, cgroups, hot_pages
from grader.wire import encode, frame

FUNCTIONS = {"f": {"positional": ["x"], "defaulted": [], "keyword_only": [], "returns": 1, "opaque": []}}
LOAD = frame(encode(["load", "def f(x): return 2 * x\n", "answer.py", FUNCTIONS, None]))
LOADED = encode(["loaded"])


@pytest.fixture(scope="module")
def module_sandbox():
    before = processes()
    with Sandbox() as sandbox:
        yield sandbox, before


@pytest.fixture
def warm(module_sandbox):
    """A sandbox of this module's own, which no test may kill; after a test its next child is there before others count."""
    sandbox, before = module_sandbox
    yield sandbox
    soon(lambda: len(processes() - before) == 4)  # bubblewrap outside and in, the warm process, the child


def soon(condition):
    """Waits until the condition holds."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def serves(sandbox):
    """Whether a child of this sandbox can be taken and loads a file."""
    child = sandbox.take()
    answer = child.request(LOAD, Budget(5, 20))
    child.kill()
    return answer == LOADED


def processes():
    """Everything that this process has started and that still is, directly or not."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
    found, generation = set(), {os.getpid()}
    while generation := {pid for pid, above in parents.items() if above in generation}:
        found |= generation
    return found


def descriptors():
    """The numbers of this process's open descriptors, without the one that lists them."""
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}


def groups():
    """The control groups that this process has made and that still are, of either version."""
    bases = [Path("/sys/fs/cgroup", hierarchy, "chainrule") for hierarchy in ("", "memory", "pids")]
    there = [path for base in bases if base.is_dir() for path in base.iterdir()]
    return {path for path in there if path.name.startswith(f"{os.getpid()}-")}


def gone(pids, within_s=5.0):
    """Whether these processes end within this time."""
    deadline = time.monotonic() + within_s
    while pids & processes() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not pids & processes()


# --- what it gives ----------------------------------------------------------------------------------------------------


def test_it_runs_as_an_ordinary_user_with_our_python_and_numpy(warm):
    assert warm.facts["uid"] not in (0, os.getuid()) or os.getuid() != 0
    assert (warm.facts["python"], warm.facts["numpy"]) == (platform.python_version(), np.__version__)


def test_it_knows_the_pages_that_children_write_to(warm):
    assert 200 < warm.facts["hot_pages"] < 2000
    assert not warm.facts["not_pinned"] or warm.facts["not_pinned"].startswith("io_uring_")


def test_where_the_memory_of_a_child_cannot_be_seen_it_says_so_and_serves(monkeypatch):
    def refused(pid):
        raise PermissionError(13, "Permission denied", f"/proc/{pid}/pagemap")

    monkeypatch.setattr(hot_pages, "written_by", refused)
    with Sandbox() as sandbox:
        assert sandbox.facts["hot_pages"] == 0
        assert "Permission denied" in sandbox.facts["not_pinned"]
        assert serves(sandbox)


def test_a_child_answers_requests_and_says_what_it_used(warm):
    child = warm.take()
    assert child.request(LOAD, Budget(5, 20)) == LOADED
    usage = child.kill()
    assert usage.peak_memory_mb > 10
    assert child.kill() == usage


def test_every_submission_gets_a_child_of_its_own(warm):
    children = [warm.take() for _ in range(3)]
    assert len({child.number for child in children}) == 3
    assert all(child.request(LOAD, Budget(5, 20)) == LOADED for child in children)
    for child in children:
        child.kill()


def test_the_next_child_is_made_once_the_one_at_work_has_ended(warm):
    warm.take().kill()
    child = warm.take()
    at_work = processes()
    assert child.request(LOAD, Budget(5, 20)) == LOADED
    assert processes() == at_work
    child.kill()
    soon(lambda: len(processes() - at_work) == 1)


def test_a_killed_child_is_gone(warm):
    before = processes()
    child = warm.take()
    assert child.request(LOAD, Budget(5, 20)) == LOADED
    child.kill()
    assert len(processes() - before) <= 1  # the one that was prepared ahead


def test_many_children_leave_nothing_behind(warm):
    for _ in range(5):
        warm.take().kill()
    before = len(descriptors()) + len(processes())
    for _ in range(60):
        warm.take().kill()
    assert len(descriptors()) + len(processes()) < before + 10  # one is always on its way in or out


def test_a_child_that_was_never_asked_anything_can_be_killed(warm):
    assert warm.take().kill().cpu_s >= 0


# --- what it leaves behind --------------------------------------------------------------------------------------------


def test_starting_and_closing_leaves_no_process_descriptor_or_group():
    before = processes(), descriptors(), groups()
    for _ in range(2):
        sandbox = Sandbox()
        sandbox.start()
        child = sandbox.take()
        started = processes() - before[0]
        assert started
        child.kill()
        sandbox.close()
        assert gone(started)
    assert (processes(), descriptors(), groups()) == before


def test_it_can_be_closed_twice_and_started_again():
    sandbox = Sandbox()
    sandbox.close()
    for _ in range(2):
        sandbox.start()
        assert sandbox.running
        assert serves(sandbox)
        sandbox.close()
        sandbox.close()
        assert not sandbox.running


def test_started_once_more_it_serves_from_one_new_warm_process():
    before = processes()
    with Sandbox() as sandbox:
        old = processes() - before
        sandbox.start()
        assert serves(sandbox)
        soon(lambda: len(processes() - before) == 4)
        assert not old & processes()
    soon(lambda: processes() == before)


def test_a_sandbox_that_did_not_start_leaves_nothing_behind(monkeypatch):
    before = processes(), descriptors(), groups()
    monkeypatch.setattr("grader.sandbox.layout.PYTHON", "/python/bin/nothing")
    with pytest.raises(SandboxUnavailable, match=r"the sandbox did not start: .*nothing"):
        Sandbox().start()
    assert (processes(), descriptors(), groups()) == before


# --- where it refuses -------------------------------------------------------------------------------------------------


def test_without_bubblewrap_it_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap is not installed: run `apt-get install bubblewrap`"):
        Sandbox().start()


def test_where_the_filter_does_not_know_the_machine_it_refuses(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(SandboxUnavailable, match="knows x86-64 Linux only"):
        Sandbox().start()


def test_before_it_is_started_there_is_no_child():
    with pytest.raises(SandboxLost, match="has not started the sandbox"):
        Sandbox().take()


def test_after_a_fork_it_belongs_to_the_parent_alone(warm):
    pid = os.fork()
    if pid == 0:
        try:
            warm.take()
            os._exit(1)
        except SandboxLost:
            warm.close()  # must not end the parent's warm process
            os._exit(0)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert warm.running
    assert serves(warm)


def test_it_outlives_the_thread_that_started_it():
    sandbox = Sandbox()
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.1)
        assert sandbox.running
        assert serves(sandbox)
    finally:
        sandbox.close()


def test_a_killed_warm_process_is_noticed_and_leaves_nothing_behind():
    before = processes(), descriptors(), groups()
    sandbox = Sandbox()
    sandbox.start()
    started = processes() - before[0]
    for pid in started:
        with contextlib.suppress(ProcessLookupError):  # it went with the one before
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while (sandbox.running or started & processes()) and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(SandboxLost):
        sandbox.take().kill()  # a child that was ready may have said so before
    sandbox.close()
    assert gone(started)
    assert (processes(), descriptors(), groups()) == before


def test_groups_of_processes_that_were_killed_are_swept_away(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CGROUP", str(tmp_path))
    for name in ("999999999-0", f"{os.getpid()}-900", "another"):
        (tmp_path / name).mkdir()
    cgroups.create(2**20, 4)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} >= {f"{os.getpid()}-900", "another"}
    assert not (tmp_path / "999999999-0").exists()


def test_a_group_is_made_exactly_where_the_machine_lets_us(warm):
    made = cgroups.create(2**29, 16)
    assert (warm.group is None) == (made is None)
    assert warm.was_out_of_memory() is False
    if made is not None:
        assert set(warm.group.directories) <= groups()
        made.remove()


def test_everything_in_the_sandbox_is_in_its_group(warm):
    if warm.group is None:
        pytest.skip("cgroups.create can make no control group here")
    child = warm.take()
    for directory in warm.group.directories:
        inside = {int(pid) for pid in (directory / "cgroup.procs").read_text().split()}
        assert len(inside) >= 3  # bubblewrap, the warm process, the child
        assert inside <= processes()
    child.kill()


def test_two_sandboxes_of_one_process_never_share_a_user_where_users_can_be_chosen():
    with Sandbox() as one, Sandbox() as other:
        users = {one.facts["uid"], other.facts["uid"]}
    assert len(users) == (2 if os.geteuid() == 0 else 1)
