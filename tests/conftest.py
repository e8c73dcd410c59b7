"""Fixtures that the whole suite shares."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from grader.course import Course, load_course
from grader.grading import Submission, final_report, grade
from grader.report import Report
from grader.sandbox import Sandbox

pytest_plugins = ["tests.chromium"]

ROOT = Path(__file__).resolve().parent.parent

# A shell that starts the suite in the background lets it ignore Ctrl-C, and all that it starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every machine and every run, whatever its speed.
settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--kills`, for tests/chaos."""
    parser.addoption("--kills", type=int, default=8, help="How many processes the chaos tests kill.")


@pytest.fixture(scope="session")
def solution() -> Callable[[str], ModuleType]:
    """The solution of an exercise by name, as a module of its own."""

    def load(name: str) -> ModuleType:
        (path,) = ROOT.glob(f"reference/*/{name}/solution.py")
        spec = importlib.util.spec_from_file_location(f"solution_{name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def course() -> Course:
    """The small course of tests/fixtures/course."""
    return load_course(ROOT / "tests" / "fixtures" / "course")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A warm sandbox. A test that closes or kills one makes its own."""
    with Sandbox() as warm:
        yield warm


@pytest.fixture(scope="session")
def hand_in(course: Course, sandbox: Sandbox) -> Callable[..., Report]:
    """Grades a text or bytes behind the walls, as an answer to an exercise of the small course."""

    def run(source: str | bytes, exercise: str = "scale", *, seed: int = 17, filename: str = "answer.py") -> Report:
        data = source.encode() if isinstance(source, str) else source
        return final_report(grade(Submission(data, course.exercise(exercise), filename, seed), sandbox))

    return run
