"""Classes for the dashboard's tests: students, and what they have handed in, put into the database directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import event, select

from grader.report import CheckResult, Report
from webapp.accounts.models import User
from webapp.accounts.services import make_user
from webapp.courses.models import Course, Membership
from webapp.database import Database, now
from webapp.grades.rollups import make_stale
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.progress import fold
from webapp.submissions.services import new_id


@dataclass(frozen=True)
class Try:
    """One attempt: its score of `most` (None: it waits), what was diagnosed, and how many hours ago it was."""

    score: int | None
    hours: float
    diagnosis: str | None = None
    most: int = 4
    failures: int = 0


class Class:
    """The students of a course, in a database."""

    def __init__(self, database: Database, slug: str = "small") -> None:
        self.database = database
        with database.reading() as session:
            self.course = session.scalars(select(Course).where(Course.slug == slug)).one()

    def enrol(self, count: int, group: str = "") -> list[int]:
        """Adds students; gives their numbers."""
        with self.database.writing() as session:
            taken = len(session.scalars(select(User.id)).all())
            users = [
                make_user(session, f"s{number}@example.org", f"Student {number:03}")
                for number in range(taken, taken + count)
            ]
            session.flush()
            session.add_all(
                Membership(course_id=self.course.id, user_id=user.id, role="student", group=group, created_at=now())
                for user in users
            )
            return [user.id for user in users]

    def number(self, name: str) -> int:
        """The number of somebody of the cast."""
        with self.database.reading() as session:
            return session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()

    def hand_in(self, user: int, exercise: str, *tries: Try) -> list[str]:
        """Puts attempts in; gives their ids."""
        ids = []
        with self.database.writing() as session:
            for attempt in tries:
                submission = _submission(self.course.id, user, exercise, attempt)
                session.add(submission)
                session.flush()
                ids.append(submission.id)
            fold(session, self.course.id, user, exercise)
            make_stale(session, self.course.id, [user])
        return ids

    def report(self, id: str, checks: Iterable[tuple[str, bool]]) -> None:
        """Gives a submission a report with these checks: title, passed."""
        with self.database.writing() as session:
            results = [CheckResult(title, title, passed, 0.0, 1.0) for title, passed in checks]
            report = Report("scale", "v1", "failed", 1.0, 4.0, 17, results).as_dict()
            session.add(Verdict(submission_id=id, exercise_version="v1", report=report, worker="w", graded_at=now()))


def _submission(course: int, user: int, exercise: str, attempt: Try) -> Submission:
    received: datetime = now() - timedelta(hours=attempt.hours)
    graded = attempt.score is not None
    return Submission(
        id=new_id(received),
        course_id=course,
        user_id=user,
        exercise=exercise,
        filename=f"{exercise}.py",
        source=b"",
        digest="d",
        origin="editor",
        received_at=received,
        receipt="a.receipt",
        state="graded" if graded else "queued",
        lane="submissions",
        failures=attempt.failures,
        status=("passed" if attempt.score == attempt.most else "failed") if graded else None,
        score=Decimal(attempt.score) if attempt.score is not None else None,
        max_score=Decimal(attempt.most) if graded else None,
        diagnosis=attempt.diagnosis,
        exercise_version="v1" if graded else None,
        graded_at=received if graded else None,
    )


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """The statements that the application sends to its database meanwhile."""
    engine, asked = app.extensions["chainrule"].database.engine, []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)
