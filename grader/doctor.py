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


def examine(course: Course) -> list[Finding]:
    """Tries everything; the first wall that keeps the sandbox from starting ends the examination."""
    findings = [_bubblewrap()]
    if findings[-1].status == "broken":
        return findings
    sandbox = Sandbox()
    try:
        sandbox.start()
    except SandboxUnavailable as error:
        return [*findings, Finding("warm process", "broken", f"{error}. {_advice()}")]
    try:
        findings += _warm_process(sandbox)
        findings += _doors(sandbox)
        findings.append(_replacement(sandbox))
        findings.append(_grading(sandbox, course))
    except SandboxLost as error:
        findings.append(Finding("a child", "broken", str(error)))
    finally:
        sandbox.close()
    return findings


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
    if facts["landlock"]:
        yield Finding("Landlock", "stands", f"version {facts['landlock']}")
    else:
        yield Finding(
            "Landlock", "missing", "this kernel has none (Linux 5.13 has); the read-only root holds without it"
        )
    if sandbox.group is not None:
        yield Finding("control group", "stands", ", ".join(str(each) for each in sandbox.group.directories))
    else:
        yield Finding(
            "control group",
            "missing",
            "none can be made by this user, each child's own limits hold without it; CHAINRULE_CGROUP names a delegated one",
        )


def _doors(sandbox: Sandbox) -> Iterator[Finding]:
    source = PROBE.read_text(encoding="utf-8")
    doors = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    form = {"positional": [], "defaulted": [], "keyword_only": [], "returns": 1, "opaque": []}
    for door in doors:
        child = sandbox.take()
        budget = Budget(_BUDGET_S, 5 * _BUDGET_S)
        name = door.replace("_", " ")
        try:
            child.request(["load", source, "probe.py", {door: form}, [2**30, 5]], budget)
            _, results, raised = child.request(["run", 0, False, [[door, {}, "call"]], [[0]]], budget)
            answer = results[0][1] if raised is None else None
            why = "shut" if raised is None else f"shut: {raised['type']}"
            yield Finding(name, "broken", answer) if answer else Finding(name, "stands", why)
        except ChildDied as death:
            yield Finding(name, "stands", f"shut: the kernel ends the process (signal {death.signal})")
        except LimitReached as limit:
            yield Finding(name, "stands", f"shut: stopped by the {limit.limit} limit")
        finally:
            child.kill()


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
