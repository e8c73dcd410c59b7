"""The graders that are compared. Each gets a task and gives a function that grades its submission once, from the file's
text to a report, and raises `Failed` unless it gets full marks: what does not work is not measured. `start` grades
nothing: it is the yardstick for the speed of the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks import otter
from benchmarks.folders import Task
from grader.grading import Submission, final_report, fresh_seed, grade
from grader.judging import Judge, make_report
from grader.material import load_hidden
from grader.report import Report
from grader.sandbox import Sandbox, SandboxUnavailable
from grader.sandbox.layout import bubblewrap as bubblewrap_program
from grader.student import InProcess

ROOT: Final = Path(__file__).resolve().parent.parent
Grade = Callable[[], None]


class Failed(RuntimeError):
    """A grader did not give full marks to the right submission, or a program did not run; the text is what it said."""


def floor(task: Task, stack: ExitStack) -> Grade:
    """The checks on the submission in this warm process, without any wall: what the checks themselves cost."""
    exercise, hidden = task.exercise, load_hidden(task.exercise)

    def run() -> None:
        code = compile(task.source, "submission.py", "exec", dont_inherit=True)

        def fresh() -> types.ModuleType:
            module = types.ModuleType("submission")
            exec(code, module.__dict__)
            return module

        judge = Judge(
            exercise, hidden.solution, InProcess(exercise.functions, fresh), fresh_seed(), filename="submission.py"
        )
        for check in hidden.checks:
            judge.judge(check)
        _full_marks(make_report(exercise, judge.seed, judge.status, judge.results, figures=judge.figures))

    return run


def chainrule(task: Task, stack: ExitStack) -> Grade:
    """Chainrule with a warm sandbox: the whole way of `chainrule grade` once it has started."""
    sandbox = stack.enter_context(Sandbox())

    def run() -> None:
        submission = Submission(task.source, task.exercise, "submission.py", fresh_seed())
        _full_marks(final_report(grade(submission, sandbox)))

    return run


def start(task: Task, stack: ExitStack) -> Grade:
    """The yardstick: a fresh Python behind bubblewrap that imports NumPy and ends, whatever the task is."""
    command = [*_behind_bubblewrap(task), sys.executable, "-c", "import numpy"]

    def run() -> None:
        result = _process(command, task)
        _expect(result.returncode == 0, result.stderr)

    return run


def bubblewrap(task: Task, stack: ExitStack) -> Grade:
    """A fresh Python behind bubblewrap for each submission: walls of a kind, but hidden checks and student in one process."""
    command = [*_behind_bubblewrap(task), sys.executable, "-m", "benchmarks.plain"]

    def run() -> None:
        result = _process(command, task)
        score = json.loads(result.stdout)["score"] if result.returncode == 0 else 0
        _expect(score == task.exercise.points, result.stderr or result.stdout)

    return run


def _behind_bubblewrap(task: Task) -> list[str]:
    program = bubblewrap_program()
    if program is None:
        raise SandboxUnavailable("bubblewrap is not installed: run `apt-get install bubblewrap`")
    command = [program, "--unshare-all", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    for folder in ("/usr", "/lib", "/lib64", "/bin"):
        command += ["--ro-bind-try", folder, folder]
    for folder in dict.fromkeys((sys.base_prefix, sys.prefix, str(ROOT))):
        command += ["--ro-bind", folder, folder]
    return [*command, "--ro-bind", str(task.folder), "/submission", "--chdir", "/submission", "--"]


def pytest(task: Task, stack: ExitStack) -> Grade:
    """A fresh pytest for each submission, tests and student's code in one process, without plugins and caches."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "test_submission.py"]

    def run() -> None:
        result = _process(command, task)
        passed = f"{len(load_hidden(task.exercise).checks)} passed"
        _expect(result.returncode == 0 and passed in result.stdout, result.stdout)

    return run


def otter_grader(task: Task, stack: ExitStack) -> Grade:
    """A fresh `otter run` for each submission; see `benchmarks.otter`."""

    def run() -> None:
        score, said = otter.grade(task, environment_of(task))
        _expect(score == task.exercise.points, said)

    return run


CONTENDERS: Final[dict[str, Callable[[Task, ExitStack], Grade]]] = {
    "floor": floor,
    "chainrule": chainrule,
    "start": start,
    "bubblewrap": bubblewrap,
    "pytest": pytest,
    "otter": otter_grader,
}


def environment_of(task: Task) -> dict[str, str]:
    """The environment of every program that is started: one BLAS thread, this repository's modules, a home of its own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(task.folder.parent),
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def _process(command: list[str], task: Task) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=task.folder, env=environment_of(task), capture_output=True, text=True, check=False
    )


def _full_marks(report: Report) -> None:
    _expect(report.status == "passed", f"{report.message} {[check.message for check in report.checks]}")


def _expect(condition: bool, said: str) -> None:
    if not condition:
        raise Failed(said.strip()[-1000:] or "no reason was given")
