"""What the tests of the course office share: work that was handed in and graded, and looking into the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from grader.report import CheckResult, Diagnosis, Report
from webapp.accounts.models import User
from webapp.audit import Change
from webapp.courses.content import Library
from webapp.courses.models import Course, ExerciseSetup
from webapp.courses.setup import plan_of
from webapp.database import Database, now
from webapp.grades.rollups import current
from webapp.settings import Settings
from webapp.submissions import views
from webapp.submissions.docket import DatabaseDocket
from webapp.submissions.models import Submission
from webapp.submissions.services import new_id

SETUP = "/courses/small/setup"
ADDS = "def scale(x, factor=2.0):\n    return x + factor\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody grades in the background of these tests."""
    monkeypatch.setattr(views, "PATIENCE_S", 0)


@pytest.fixture
def number_of(database: Database) -> Callable[[str], int]:
    """The number of somebody of the cast."""

    def find(name: str) -> int:
        with database.reading() as session:
            return session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()

    return find


@pytest.fixture
def docket(settings: Settings) -> Iterator[DatabaseDocket]:
    """What a worker settles verdicts with."""
    made = DatabaseDocket(settings)
    yield made
    made.close()


@pytest.fixture
def report() -> Report:
    """A report on scale that names the mistake: 1 of 4 points."""
    checks = [
        CheckResult("multiplies", "It multiplies", False, 0, 3, message="out is 3.", diagnosis="adds_the_factor"),
        CheckResult("pure", "It is pure", True, 1, 1),
    ]
    diagnosis = Diagnosis("adds_the_factor", "You add the factor to x", "Multiply by it.")
    return Report("scale", "v1", "failed", 1.0, 4.0, 17, checks, diagnosis=diagnosis)


@pytest.fixture
def put(database: Database, number_of: Callable[[str], int]) -> Callable[..., str]:
    """Puts a submission of somebody to scale into the database, and gives its id."""

    def run(name: str = "ana", received_at: datetime | None = None, exercise: str = "scale", **changes: Any) -> str:
        with database.writing() as session:
            submission = Submission(
                id=new_id(), user_id=number_of(name), exercise=exercise, filename="scale.py", source=ADDS.encode(),
                course_id=session.scalars(select(Course.id).where(Course.slug == "small")).one(), digest="d",
                origin="editor", received_at=received_at or now(), receipt="r", state="queued", lane="submissions",
            )  # fmt: skip
            for key, value in changes.items():
                setattr(submission, key, Decimal(value) if key in ("score", "max_score") else value)
            session.add(submission)
        return submission.id

    return run


@pytest.fixture
def graded(put: Callable[..., str], docket: DatabaseDocket, report: Report) -> Callable[..., str]:
    """A submission with a verdict: 1 of 4 points, or that of another report."""

    def run(name: str = "ana", verdict: Report = report, **changes: Any) -> str:
        id = put(name, **changes)
        job = docket.claim(id)
        assert job is not None
        assert job.id == id
        docket.settle(job, verdict)
        return id

    return run


@pytest.fixture
def set_up(database: Database) -> Callable[..., None]:
    """Sets an exercise of the course "small" up, past the pages."""

    def run(exercise: str = "scale", **values: Any) -> None:
        with database.writing() as session:
            course_id = session.scalars(select(Course.id).where(Course.slug == "small")).one()
            setup = session.scalar(select(ExerciseSetup).filter_by(course_id=course_id, exercise=exercise))
            if setup is None:
                setup = ExerciseSetup(course_id=course_id, exercise=exercise)
                session.add(setup)
            for key, value in values.items():
                setattr(setup, key, value)

    return run


@pytest.fixture
def changes(database: Database) -> Callable[..., list[Change]]:
    """The changes of a kind in the audit log, oldest first."""

    def of(kind: str) -> list[Change]:
        with database.reading() as session:
            return list(session.scalars(select(Change).where(Change.kind == kind).order_by(Change.id)))

    return of


@pytest.fixture
def share_of(database: Database, number_of: Callable[[str], int]) -> Callable[[str, str], list[str] | None]:
    """The lowest and the highest share of a part of somebody's grade, as the roll-up has it."""

    def find(name: str, key: str = "scale") -> list[str] | None:
        with database.reading() as session:
            course = session.scalars(select(Course).where(Course.slug == "small")).one()
            plan = plan_of(session, course, Library().content(course.path))
        found: list[str] | None = current(database, course, plan, now())[number_of(name)].document[key]
        return found

    return find


@pytest.fixture
def text_of(browser: Callable[[str], Any]) -> Callable[[str, str], str]:
    """A page as somebody sees it."""

    def read(name: str, path: str) -> str:
        answer = browser(name).get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page: str = answer.get_data(as_text=True)
        return page

    return read
