"""The doctor: tries every wall of the sandbox for real, and says what to do where one does not stand."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from grader.connection import Budget, ChildDied, LimitReached
from grader.course import Course
from grader.grading import Submission, final_report, fresh_seed, grade
from grader.sandbox import Sandbox, SandboxLost, SandboxUnavailable, layout
from grader.wire import decode, encode, frame

PROBE: Final = Path(__file__).parent / "probe.py"
_BUDGET_S: Final = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: it stands, it is missing but can be done without, or it is broken: do not grade."""

    name: str
    status: Literal["stands", "missing", "broken"]
    text: str

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON types."""
        return asdict(self)


def examine(course: Course) -> Iterator[Finding]:
    """Tries everything in turn; the first wall that keeps the sandbox from starting ends the examination."""
    found = _bubblewrap()
    yield found
    if found.status == "broken":
        return
    sandbox = Sandbox()
    try:
        sandbox.start()
    except SandboxUnavailable as error:
        yield Finding("warm process", "broken", f"{error}. {_advice()}")
        return
    try:
        yield from _warm_process(sandbox)
        yield from _seen_from_outside(sandbox)
        yield from _doors(sandbox)
        yield _replacement(sandbox)
        yield _grading(sandbox, course)
    except SandboxLost as error:
        yield Finding("a child", "broken", str(error))
    finally:
        sandbox.close()


def _bubblewrap() -> Finding:
    path = layout.bubblewrap()
    if path is None:
        return Finding("bubblewrap", "broken", "not installed: run `apt-get install bubblewrap`, or `make setup`")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Finding(
        "bubblewrap", "stands", f"{version}, started as {'root' if os.geteuid() == 0 else 'an ordinary user'}"
    )


def _advice() -> str:
    """What most often keeps bubblewrap from working for an ordinary user."""
    for setting, bad, what in (
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "an AppArmor profile that allows bwrap userns"),
        ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"),
    ):
        path = Path(setting)
        if path.exists() and path.read_text().strip() == bad:
            return f"{setting} is {bad}: user namespaces need {what}."
    interpreter = Path(os.path.realpath("/proc/self/exe"))
    closed = [str(parent) for parent in interpreter.parents if not parent.stat().st_mode & 0o005]
    if closed and os.geteuid() != 0:
        return f"Python lies below {closed[-1]}, which other users may not enter."
    return "See docs/architecture.md, The walls."


def _warm_process(sandbox: Sandbox) -> Iterator[Finding]:
    facts = sandbox.facts
    text = f"Python {facts['python']}, NumPy {facts['numpy']}, user {facts['uid']}"
    yield Finding("warm process", "stands" if facts["uid"] != 0 else "broken", text)
    yield _hot_pages(facts["hot_pages"], facts["not_pinned"])
    if sandbox.group is not None:
        yield Finding("control group", "stands", ", ".join(str(each) for each in sandbox.group.directories))
    else:
        yield Finding(
            "control group",
            "missing",
            "none can be made by this user, each child's own limits hold without it; CHAINRULE_CGROUP names a delegated one",
        )


def _hot_pages(count: int, not_pinned: str) -> Finding:
    """No wall, but a fifth of the time of a grading."""
    if not_pinned:
        needed = "io_uring, and 4 MiB of `ulimit -l` for each worker process of this user"
        return Finding("hot pages", "missing", f"not pinned ({not_pinned}), so grading takes longer; it needs {needed}")
    return Finding("hot pages", "stands", f"{count} are copied as a child is forked")


# --- from outside -----------------------------------------------------------------------------------------------------

_NAMESPACES: Final = ("user", "pid", "ipc", "net", "uts", "mnt")
_PRIVILEGES: Final = {
    **dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16), "NoNewPrivs": "1", "Seccomp": "2",
}  # fmt: skip
"""What /proc says of a process that has no capability, no way to one, and a filter of system calls."""


def _seen_from_outside(sandbox: Sandbox) -> Iterator[Finding]:
    """What the kernel says of a child, whatever the filter would keep it from trying."""
    before = _handled()
    child = sandbox.take()
    try:
        (pid,) = _handled() - before
        yield _namespaces(pid)
        yield _privileges(pid)
    finally:
        child.kill()


def _handled() -> set[int]:
    """The processes of which this one has a handle."""
    facts = [path for path in Path("/proc/self/fdinfo").iterdir() if path.exists()]
    lines = [line for path in facts for line in path.read_text(encoding="ascii").splitlines()]
    return {int(line.split()[1]) for line in lines if line.startswith("Pid:")}


def _namespaces(pid: int) -> Finding:
    try:
        shared = [
            name
            for name in _NAMESPACES
            if Path(f"/proc/{pid}/ns/{name}").readlink() == Path(f"/proc/self/ns/{name}").readlink()
        ]
    except PermissionError:
        return Finding("namespaces", "missing", "this user may not look at them from outside; the doors try them")
    if shared:
        return Finding("namespaces", "broken", f"a child shares this machine's: {', '.join(shared)}")
    return Finding("namespaces", "stands", f"a child's own: {', '.join(_NAMESPACES)}")


def _privileges(pid: int) -> Finding:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    said = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    other = [f"{name} is {said.get(name)}" for name, wanted in _PRIVILEGES.items() if said.get(name) != wanted]
    if other:
        return Finding("capabilities", "broken", f"of a child {', '.join(other)}")
    return Finding("capabilities", "stands", "a child has none and no way to one; system calls are filtered")


# --- from inside ------------------------------------------------------------------------------------------------------


def _doors(sandbox: Sandbox) -> Iterator[Finding]:
    """Knocks on every door of the probe."""
    source = PROBE.read_text(encoding="utf-8")
    for door in (node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)):
        found, why = _knock(sandbox, source, door)
        if door == _BEHIND_LANDLOCK:
            yield _landlock(sandbox.facts["landlock"], found, why)
        else:
            yield Finding(door.replace("_", " "), "broken" if found else "stands", found or why)


_BEHIND_LANDLOCK: Final = "reads_beyond_its_folders"


def _landlock(version: int, found: str, why: str) -> Finding:
    if not found:
        return Finding("Landlock", "stands", f"version {version}; reading beyond the folders of Python is {why}")
    if version:
        return Finding("Landlock", "broken", f"version {version}; {found}")
    return Finding("Landlock", "missing", f"this kernel has none (Linux 5.13 has), so {found}; it is read-only")


def _knock(sandbox: Sandbox, source: str, door: str) -> tuple[str, str]:
    """What was found behind a door, and why it was shut: one of the two."""
    form = {"positional": [], "defaulted": [], "keyword_only": [], "returns": 1, "opaque": []}
    child = sandbox.take()
    budget = Budget(_BUDGET_S, 5 * _BUDGET_S)
    try:
        child.request(frame(encode(["load", source, "probe.py", {door: form}, [2**30, 5]])), budget)
        said = child.request(frame(encode(["run", 0, 0, False, [[door, {}, "call"]], [[0]]])), budget)
    except ChildDied as death:
        return "", f"shut: the kernel ends the process (signal {death.signal})"
    except LimitReached as limit:
        return "", f"shut: stopped by the {limit.limit} limit"
    finally:
        child.kill()
    _, results, raised = decode(said)
    return (results[0][1] or "", "shut") if raised is None else ("", f"shut: {raised['type']}")


def _replacement(sandbox: Sandbox) -> Finding:
    sandbox.kill()
    sandbox.close()
    sandbox.start()
    return Finding("replacement", "stands", "a killed warm process is replaced")


def _grading(sandbox: Sandbox, course: Course) -> Finding:
    exercise = next((each for each in course.exercises.values() if each.hidden is not None), None)
    if exercise is None or exercise.hidden is None:
        return Finding(
            "grading", "missing", f"the course in {course.path} has no reference/: nothing can be graded here"
        )
    answer = (exercise.hidden / "solution.py").read_bytes()
    report = final_report(grade(Submission(answer, exercise, f"{exercise.name}.py", fresh_seed()), sandbox))
    text = f"the solution of {exercise.name}: {report.status}, {report.score:g} of {report.max_score:g}"
    return Finding("grading", "stands" if report.status == "passed" else "broken", text)
