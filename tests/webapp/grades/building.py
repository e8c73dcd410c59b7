"""Small grade trees and pieces of work for the tests of the grade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from grader.grade_scheme import Component, GradeScheme, Scale, exercise_leaf
from grader.timetable import Timetable
from webapp.grades.attempts import Attempt
from webapp.grades.tree import GradeTree, Work
from webapp.submissions.models import Submission
from webapp.submissions.services import new_id

MADRID = ZoneInfo("Europe/Madrid")
DUE = datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Madrid
BEFORE, AFTER = DUE - timedelta(days=5), DUE + timedelta(days=60)


def group(key, *components, **rules):
    return Component(key, key.title(), "group", components=components, **rules)


def exercises(*names):
    return tuple(exercise_leaf(name, name.title(), 10) for name in names)


def score(key, **rules):
    return Component(key, key.title(), "score", max_score=Decimal(10), **rules)


def tree(*components, due=DUE, closes=None, attempts=None, scale=None, **rules):
    """A tree with the same dates for all its exercises."""
    root = group("grade", *components, **{"policy": "best", **rules})
    names = [each.key for each in root.walk() if each.kind == "exercise"]
    dates = Timetable(due=due, closes=closes, attempts=attempts)
    return GradeTree(GradeScheme(root, scale or Scale()), dict.fromkeys(names, dates), MADRID)


def attempt(points, *, late=timedelta(hours=-1)):
    """An attempt out of 10, received so long after the due date (an hour before it)."""
    return Attempt(DUE + late, points, 10)


def attempts(**scores):
    """Work with one attempt in time at each of the exercises named."""
    return Work(attempts={name: [attempt(points)] for name, points in scores.items()})


def submission(course_id, user_id, exercise, points, most, received_at):
    """A submission as the database has it, with so many points out of `most` (None: not graded yet)."""
    return Submission(
        id=new_id(), course_id=course_id, user_id=user_id, exercise=exercise, filename="a.py", source=b"", digest="d",
        origin="editor", received_at=received_at, receipt="r", lane="submissions",
        state="queued" if points is None else "graded", score=points, max_score=None if points is None else most,
    )  # fmt: skip
