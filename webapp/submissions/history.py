"""The attempts of a person at an exercise: their numbers, their reports, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from grader.report import Report
from webapp.submissions.comparison import Comparison, compare
from webapp.submissions.models import Submission, Verdict

PAGE: Final = 50
"""Attempts on one page of the list."""


@dataclass(frozen=True)
class Attempt:
    """One submission among its person's attempts; `number` counts them from 1.

    `report` is None until it is graded. `previous` is the graded attempt before it, with which `comparison` was made.
    """

    number: int
    submission: Submission
    report: Report | None
    previous: Submission | None = None
    comparison: Comparison | None = None

    @property
    def same_file(self) -> bool:
        """Whether the very same file was handed in before."""
        return self.previous is not None and self.previous.digest == self.submission.digest


def reports(session: Session, submissions: Iterable[Submission]) -> dict[str, Report]:
    """The standing reports of those that are graded, by the submission's id. One query."""
    ids = [submission.id for submission in submissions if submission.state == "graded"]
    query = (
        select(Verdict.submission_id, Verdict.report)
        .join(
            Submission,
            and_(Submission.id == Verdict.submission_id, Submission.exercise_version == Verdict.exercise_version),
        )
        .where(Verdict.submission_id.in_(ids))
    )
    return {id: Report.from_dict(report) for id, report in session.execute(query)} if ids else {}


def attempt_of(session: Session, submission: Submission) -> Attempt:
    """A submission with its number and with what changed since the graded attempt before it."""
    theirs = _of_person(submission.course_id, submission.user_id, submission.exercise)
    earlier = or_(
        Submission.received_at < submission.received_at,
        and_(Submission.received_at == submission.received_at, Submission.id < submission.id),
    )
    number = (session.scalar(select(func.count()).where(theirs, earlier)) or 0) + 1
    previous = session.scalar(
        select(Submission)
        .where(theirs, earlier, Submission.state == "graded")
        .order_by(Submission.received_at.desc(), Submission.id.desc())
        .limit(1)
    )
    known = reports(session, [submission, *([previous] if previous is not None else [])])
    return _attempt(number, submission, previous, known)


def page_of_attempts(
    session: Session, course_id: int, user_id: int, exercise: str, page: int = 1
) -> tuple[list[Attempt], int]:
    """One page of a person's attempts at an exercise, newest first, and how many there are on all pages."""
    theirs = _of_person(course_id, user_id, exercise)
    count = session.scalar(select(func.count()).where(theirs)) or 0
    skipped = (page - 1) * PAGE
    # One more than the page shows: the last of it is compared with the one before it.
    ordered = select(Submission).where(theirs).order_by(Submission.received_at.desc(), Submission.id.desc())
    found = list(session.scalars(ordered.offset(skipped).limit(PAGE + 1)))
    known = reports(session, found)
    attempts = []
    for place, submission in enumerate(found[:PAGE]):
        previous = next((each for each in found[place + 1 :] if each.state == "graded"), None)
        attempts.append(_attempt(count - skipped - place, submission, previous, known))
    return attempts, count


def _of_person(course_id: int, user_id: int, exercise: str) -> ColumnElement[bool]:
    return and_(Submission.course_id == course_id, Submission.user_id == user_id, Submission.exercise == exercise)


def _attempt(number: int, submission: Submission, previous: Submission | None, known: dict[str, Report]) -> Attempt:
    report, before = known.get(submission.id), known.get(previous.id) if previous is not None else None
    comparison = compare(before, report) if report is not None and before is not None else None
    return Attempt(number, submission, report, previous, comparison)
