"""A grader that is killed, starved, started oddly or missing a wall: nothing is left over, and nothing is ever a mark."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.report import Report
from grader.sandbox import Sandbox, SandboxUnavailable, filters, layout, process

HERE = Path(__file__).parent
PREAMBLE = """
import os, resource, sys
from pathlib import Path
from grader.course import load_course
from grader.grading import Submission, final_report, grade
from grader.sandbox import Sandbox

exercise = load_course(Path(sys.argv[1])).exercise("patient")

def judged(source, sandbox):
    return final_report(grade(Submission(source.encode(), exercise, "scale.py", 3), sandbox))

HONEST = "def scale(x):\\n    return 3 * x + 1\\n"
"""


def _script(body: str) -> list[str]:
    return [sys.executable, "-W", "error", "-c", PREAMBLE + textwrap.dedent(body), str(HERE / "course")]


# --- ends -----------------------------------------------------------------------------------------------------------


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2]
    except OSError:
        return True
    return state.startswith("Z")  # dead, and only its parent has not looked yet


def _below(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        yield int(child)
        yield from _below(int(child))


@pytest.mark.parametrize("code", ["while True: pass", "import time\ntime.sleep(60)"])
def test_a_grader_that_is_killed_in_the_middle_leaves_no_process(code: str) -> None:
    body = f"""
    with Sandbox() as sandbox:
        print("started", flush=True)
        judged({code!r}, sandbox)
    """
    with subprocess.Popen(_script(body), stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == "started\n"
        time.sleep(0.2)  # into the student's loop
        below = list(_below(grader.pid))
        grader.kill()
    assert len(below) >= 4
    deadline = time.monotonic() + 5
    while not all(map(_gone, below)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [pid for pid in below if not _gone(pid)] == []


def test_a_warm_process_that_is_killed_costs_a_restart_and_no_marks(
    honest: Callable[[Sandbox], Report], processes: Callable[[Sandbox], list[int]]
) -> None:
    with Sandbox() as sandbox:
        assert honest(sandbox).status == "passed"
        os.kill(processes(sandbox)[0], signal.SIGKILL)
        assert honest(sandbox).status == "passed"
        assert len(processes(sandbox)) == 2


def test_a_closed_sandbox_leaves_no_process(honest: Callable[[Sandbox], Report]) -> None:
    with Sandbox() as sandbox:
        honest(sandbox)
        assert sandbox._process is not None
        below = [sandbox._process.pid, *_below(sandbox._process.pid)]
    assert len(below) >= 3
    deadline = time.monotonic() + 2
    while not all(map(_gone, below)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [pid for pid in below if not _gone(pid)] == []


def test_a_sandbox_outlives_the_thread_that_started_it(honest: Callable[[Sandbox], Report]) -> None:
    sandbox = Sandbox()
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    time.sleep(0.05)
    try:
        before = sandbox._process
        assert honest(sandbox).status == "passed"
        assert sandbox._process is before
    finally:
        sandbox.close()


def test_many_gradings_take_no_more_descriptors_than_one(
    warm: Sandbox, honest: Callable[[Sandbox], Report], judged: Callable[..., Report]
) -> None:
    counts = []
    for _ in range(12):
        honest(warm)
        judged("import os\nos._exit(3)", warm)
        judged("def scale(x):\n    raise SystemExit", warm)
        counts.append(sum(1 for _ in Path("/proc/self/fd").iterdir()) - len(warm._handles))
    assert max(counts) == min(counts)


# --- starts ---------------------------------------------------------------------------------------------------------

STARTS = {
    "as usual": "",
    "with 1,000 open files": "for _ in range(1000): os.open('/dev/null', os.O_RDONLY)",
    "with 1,500 open files": "for _ in range(1500): os.open('/dev/null', os.O_RDONLY)",
    "without standard input": "os.close(0)",
    "without any standard stream": "out = os.dup(1)\nos.closerange(0, 3)",
    "with the umask 0777": "os.umask(0o777)",
    "with the umask 0": "os.umask(0)",
    "in a folder that is gone": "import tempfile\nos.chdir(path := tempfile.mkdtemp())\nos.rmdir(path)",
    "with a low limit of memory": "resource.setrlimit(resource.RLIMIT_AS, (2**31, resource.RLIM_INFINITY))",
    "with all signals blocked": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
    "with children ignored": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
}


@pytest.mark.parametrize("how", STARTS)
def test_it_grades_when_started(how: str) -> None:
    body = f"""
    out = 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    exec({STARTS[how]!r})
    with Sandbox() as sandbox:
        seen = [judged(HONEST, sandbox).status for _ in range(2)]
        seen.append(judged("import os\\nos._exit(0)", sandbox).status)
        os.write(out, " ".join(seen).encode())
    """
    done = subprocess.run(_script(body), capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.returncode) == ("passed passed crashed", 0), done.stderr[-2000:]


# --- fail closed ----------------------------------------------------------------------------------------------------


def _bare(name: str) -> Callable[[Any], None]:
    return lambda rebuilt: rebuilt.append("walls", f"def {name}(*_):\n    raise WallError('{name} refused')")


WITHOUT: dict[str, Callable[[Any], None]] = {
    "bubblewrap": lambda rebuilt: rebuilt.patch.setattr(layout, "bubblewrap", lambda: None),
    "a bubblewrap that works": lambda rebuilt: rebuilt.patch.setattr(layout, "bubblewrap", lambda: "/bin/false"),
    "a bubblewrap that is there": lambda rebuilt: rebuilt.patch.setattr(layout, "bubblewrap", lambda: "/no/bwrap"),
    "this machine's filter": lambda rebuilt: rebuilt.patch.setattr(filters, "supported", lambda: False),
    "an outer filter": lambda rebuilt: rebuilt.patch.setattr(filters, "start_up_program", lambda: b"\1" * 7),
    "a filter when warm": lambda rebuilt: rebuilt.patch.setattr(filters, "warm_program", lambda: b""),
    "a sound filter when warm": lambda rebuilt: rebuilt.patch.setattr(filters, "warm_program", lambda: b"\xff" * 64),
    "an inner filter": lambda rebuilt: rebuilt.patch.setattr(filters, "child_program", lambda: b""),
    "a sound inner filter": lambda rebuilt: rebuilt.patch.setattr(filters, "child_program", lambda: b"\xff" * 64),
    "the readable folders": lambda rebuilt: rebuilt.patch.setattr(layout, "READABLE", ["/nowhere"]),
    "Landlock's consent": _bare("confine_files"),
    "no_new_privs": _bare("forbid_new_privileges"),
    "dropped capabilities": _bare("drop_capabilities"),
    "limits": _bare("limit_resources"),
    "the last filter": _bare("fix_limits"),
    "first children that live": lambda rebuilt: rebuilt.append(
        "runner", "def rehearse():\n    pass\n\n\ndef serve(stream):\n    raise MemoryError"
    ),
    "a parent to die with": _bare("die_with_parent"),
    "a user to step down to": lambda rebuilt: rebuilt.patch.setattr(process, "_reserve_uid", _nobody_free),
    "a runner": lambda rebuilt: (rebuilt.inside / "runner.py").write_text("raise ImportError('gone')"),
    "namespaces": lambda rebuilt: rebuilt.append("walls", "CLONE_NEWUSER = 0x80"),
}


def _nobody_free() -> None:
    raise SandboxUnavailable("no user id is free")


@pytest.mark.parametrize("wall", [name for name in WITHOUT if os.geteuid() == 0 or name != "a user to step down to"])
def test_it_does_not_grade_without(wall: str, rebuilt: Any, honest: Callable[[Sandbox], Report]) -> None:
    WITHOUT[wall](rebuilt)
    sandbox = Sandbox()
    try:
        report = honest(sandbox)
    finally:
        sandbox.close()
    assert (report.status, report.score) == ("platform_error", 0)
    assert all(check.skipped for check in report.checks)


def test_it_does_not_grade_without_descriptors() -> None:
    body = """
    sandbox = Sandbox()
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 1, 4096))
    print(judged(HONEST, sandbox).status)
    """
    done = subprocess.run(_script(body), capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "platform_error\n", done.stderr[-2000:]


def test_a_verdict_of_ours_is_json_like_any_other(rebuilt: Any, honest: Callable[[Sandbox], Report]) -> None:
    WITHOUT["bubblewrap"](rebuilt)
    report = json.loads(json.dumps(honest(Sandbox()).as_dict()))
    assert "bubblewrap" in report["message"]
