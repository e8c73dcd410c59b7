"""What the tests of submissions' pages share: handing in as a person, and verdicts without a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from grader.report import CheckResult, Report
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import Database, now
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket
from webapp.submissions.models import Submission
from webapp.submissions.services import new_id

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
ADDS = "def scale(x, factor=2.0):\n    return x + factor\n"
SUBMIT = "/courses/small/exercises/scale/submissions"


@pytest.fixture
def right() -> str:
    """A right answer to scale."""
    return RIGHT


@pytest.fixture
def adds() -> str:
    """A wrong answer to scale, whose mistake has a name."""
    return ADDS


@pytest.fixture
def submit_as(browser) -> Callable[..., str]:
    """Hands in an answer to scale in the browser of somebody, and gives the new submission's address."""

    def run(name: str, source: str = RIGHT, **fields: str) -> str:
        answer = browser(name).post(SUBMIT, {"source": source, **fields})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    return run


@pytest.fixture
def put(database: Database) -> Callable[..., str]:
    """Puts a submission into the database, past all rules, and gives its id."""

    def run(
        name: str = "ana", source: str | bytes = RIGHT, exercise: str = "scale", course: str = "small", **changes
    ) -> str:
        kept = source if isinstance(source, bytes) else source.encode()
        with database.writing() as session:
            user = session.scalars(select(User).where(User.email == f"{name}@example.org")).one()
            submission = Submission(
                id=new_id(), course_id=session.scalars(select(Course.id).where(Course.slug == course)).one(),
                user_id=user.id, exercise=exercise, filename="scale.py", source=kept, digest=str(hash(source)),
                origin="editor", received_at=now(), receipt="a.receipt", state="queued", lane="submissions",
            )  # fmt: skip
            for key, value in changes.items():
                setattr(submission, key, value)
            session.add(submission)
        return submission.id

    return run


@pytest.fixture
def settle(settings: Settings, database: Database) -> Callable[[str, Report], None]:
    """Gives a submission this verdict, as a worker would."""

    def run(id: str, report: Report) -> None:
        docket = DatabaseDocket(settings)
        job = docket.claim(id)
        assert job is not None
        assert job.id == id
        docket.settle(job, report)
        docket.close()

    return run


@pytest.fixture
def report() -> Report:
    """A report on scale: one check passed, one failed, one was skipped."""
    checks = [
        CheckResult("multiplies", "It multiplies", False, 0, 2, message="out is 3, expected 4."),
        CheckResult("doubles", "It doubles", False, 0, 1, skipped=True, message="Not run, because this failed first."),
        CheckResult("pure", "It is pure", True, 1, 1),
    ]
    return Report("scale", "v1", "failed", 1.0, 4.0, 17, checks)


@pytest.fixture
def marked() -> Callable[..., Report]:
    """The report in which these checks passed and those not, as in `marked(report, multiplies=True)`."""

    def change(report: Report, **passed: bool) -> Report:
        checks = [
            replace(
                check,
                passed=passed.get(check.name, check.passed),
                skipped=check.skipped and not passed.get(check.name, False),
                points=check.max_points if passed.get(check.name, check.passed) else 0.0,
            )
            for check in report.checks
        ]
        score = sum(Decimal(str(check.points)) for check in checks)
        return replace(report, checks=checks, score=float(score))

    return change
