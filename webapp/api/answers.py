"""What is answered, made from what the services give."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, cast

from flask import url_for
from sqlalchemy.orm import Session

from grader.report import Status
from webapp.api import schemas
from webapp.courses.services import Row, Stretch
from webapp.grades.attempts import State
from webapp.grades.tree import Grade, Node
from webapp.submissions.models import Submission
from webapp.submissions.services import place_of

Document = dict[str, Any]

_PLACES: Final = 6
_STATES: Final[Mapping[State, Literal["graded", "missing", "excused", "partial"]]] = {
    "scored": "graded",
    "lost": "graded",  # nothing can come any more: a settled zero
    "waiting": "partial",
    "partial": "partial",
    "missing": "missing",
    "excused": "excused",
}


def exercise_fields(course: str, unit: Stretch, row: Row) -> Document:
    """The fields of an exercise, and where the person stands in it."""
    best, most = row.standing.best, row.standing.max_score
    return {
        "name": row.exercise.name,
        "title": row.exercise.title,
        "course": course,
        "unit": unit.name,
        "unit_title": unit.title,
        "max_score": row.exercise.points if most is None else float(most),  # of the best: points may have changed since
        "best_score": None if best is None else float(best),
        "state": row.standing.state,
        "opens": row.times.opens,
        "due": row.times.due,
        "closes": row.times.closes,
        "attempts_used": row.standing.attempts,
        "attempts_allowed": row.times.attempts,
    }


def submission_fields(session: Session, submission: Submission, course: str) -> Document:
    """The fields of a submission, and where it stands."""
    place = place_of(session, submission)
    return {
        "id": submission.id,
        "exercise": submission.exercise,
        "course": course,
        "state": submission.state,
        "position": place.position if place else None,
        "estimate_s": place.estimate_s if place else None,
        "received_at": submission.received_at,
        "receipt": submission.receipt,
        "url": _page(submission),
    }


def submission_row(session: Session, submission: Submission) -> schemas.SubmissionRow:
    """A submission in a list."""
    place = place_of(session, submission)
    return schemas.SubmissionRow(
        id=submission.id,
        exercise=submission.exercise,
        course=submission.course.slug,
        state=cast(schemas.State, submission.state),
        position=place.position if place else None,
        received_at=submission.received_at,
        status=cast(Status | None, submission.status),
        score=None if submission.score is None else float(submission.score),
        max_score=None if submission.max_score is None else float(submission.max_score),
        url=_page(submission),
    )


def grades(course: str, grade: Grade) -> schemas.Grades:
    """A grade in the course of that slug. Where nothing counts, all of the scale is possible."""
    final, top = grade.final, _written(grade.tree.scheme.scale.top)
    return schemas.Grades(
        course=course,
        scale=schemas.Scale(lowest="0", highest=top),
        grade=schemas.Grade(
            value=None if final.value is None else str(final.value),
            low="0" if final.low is None else str(final.low),
            high=top if final.high is None else str(final.high),
            mark=final.mark,
        ),
        components=[_component(node) for node in grade.root.children],
    )


def _component(node: Node) -> schemas.Component:
    score = node.so_far if node.score is None else node.score
    return schemas.Component(
        key=node.key,
        title=node.title,
        weight=_share(node.weight),
        score=None if score is None else _share(score),
        low=_share(node.low),
        high=_share(node.high),
        state=_STATES[node.state],
        components=[_component(each) for each in node.children],
    )


def _share(share: Fraction) -> str:
    """A share as a decimal: exact where it has one of so few places."""
    return _written(round(Decimal(share.numerator) / Decimal(share.denominator), _PLACES))


def _written(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _page(submission: Submission) -> str:
    return url_for("submissions.submission", id=submission.id, _external=True)
