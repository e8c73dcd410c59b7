"""A folder for each exercise in which any grader of Python files can work: checks, solution and a right submission.

submission.py           what the student hands in: the solution's text
hidden/                 solution.py and checks.py, as they are; functions.py, what exercise.toml and the starter say
                        of the functions, so that nobody has to parse them
test_submission.py      the checks for pytest, one test function a check
tests/NAME.py           the checks in otter-grader's exception-based format, one test case a check
"""

from __future__ import annotations

import compileall
import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.checks import Check
from grader.course import Exercise
from grader.material import load_hidden

_IMPORTS = """\
import {submission}
from benchmarks.plain import holds
from hidden import checks, solution
from hidden.functions import FUNCTIONS
"""


@dataclass(frozen=True)
class Task:
    """One exercise with a right submission, and the folder with all that the graders need."""

    exercise: Exercise
    folder: Path
    source: bytes


def write(exercise: Exercise, folder: Path) -> Task:
    """Fills the folder for an exercise. Raises CourseError when it cannot be used."""
    checks = load_hidden(exercise).checks
    assert exercise.hidden is not None
    (folder / "hidden").mkdir(parents=True)
    (folder / "hidden" / "__init__.py").touch()
    for name in ("solution.py", "checks.py"):
        shutil.copy(exercise.hidden / name, folder / "hidden")
    shutil.copy(exercise.hidden / "solution.py", folder / "submission.py")
    (folder / "hidden" / "functions.py").write_text(_functions(exercise), encoding="utf-8")
    (folder / "test_submission.py").write_text(_for_pytest(checks), encoding="utf-8")
    (folder / "tests").mkdir()
    (folder / "tests" / f"{exercise.name}.py").write_text(_for_otter(exercise, checks), encoding="utf-8")
    compileall.compile_dir(folder / "hidden", quiet=1)  # a grader with a cold start has at least these warm
    return Task(exercise, folder, (folder / "submission.py").read_bytes())


def _functions(exercise: Exercise) -> str:
    return f"from grader.course import FunctionSpec\n\nFUNCTIONS = {dict(exercise.functions)!r}\n"


def _for_pytest(checks: tuple[Check, ...]) -> str:
    tests = [
        f"def test_{check.name}():\n    holds(checks.{check.name}, FUNCTIONS, solution, submission)\n"
        for check in checks
    ]
    return "\n\n".join([_IMPORTS.format(submission="submission"), *tests])


def _for_otter(exercise: Exercise, checks: tuple[Check, ...]) -> str:
    """otter-grader runs the submission as a notebook's cell: its functions are in the environment, not in a module."""
    head = [
        "OK_FORMAT = False",
        f"name = {exercise.name!r}",
        "from otter.test_files import test_case",
        _IMPORTS.format(submission="types"),
    ]
    tests = [
        f"@test_case(points={check.points!r}, hidden=True)\n"
        f"def test_{check.name}(env):\n"
        f"    holds(checks.{check.name}, FUNCTIONS, solution, types.SimpleNamespace(**env))\n"
        for check in checks
    ]
    return "\n\n".join(["\n".join(head), *tests])
