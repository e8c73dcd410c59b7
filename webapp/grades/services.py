"""Grades from the database: a person's attempts in one query, handed to the pure tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.courses.setup import Plan, extensions_of
from webapp.grades.attempts import Attempt
from webapp.grades.models import Excuse, HandScore
from webapp.grades.tree import Grade, Work
from webapp.submissions.models import Override, Submission


@dataclass(frozen=True)
class SoFar:
    """A grade as one bar, in points of the course's scale; `top` is their sum unless weights are still undecided.

    `retrievable` is the part of `open` that better attempts at exercises with a score can win.
    """

    earned: Fraction
    lost: Fraction
    open: Fraction
    retrievable: Fraction
    top: Decimal
    decimals: int


def grade_of(session: Session, course: Course, plan: Plan, user: User, now: datetime) -> Grade:
    """A person's grade as it stands at `now`: six queries, however much there is."""
    return plan.tree().grade(work_of(session, course, plan, user), now)


def work_of(session: Session, course: Course, plan: Plan, user: User) -> Work:
    """All that counts of one person."""
    mine = {"course_id": course.id, "user_id": user.id}
    scores = session.scalars(select(HandScore).filter_by(**mine))
    excuses = session.scalars(select(Excuse.component).filter_by(**mine))
    return Work(
        attempts=attempts_of(session, course, plan.content, user),
        scores={each.component: each.score for each in scores if each.score is not None},
        extensions=extensions_of(session, course, user, plan.content.exercises),
        excused=frozenset(excuses),
    )


def comments_of(session: Session, course: Course, user: User) -> dict[str, str]:
    """What the teaching team has written about a person's scores by hand, by the component's key."""
    query = select(HandScore.component, HandScore.comment).where(
        HandScore.course_id == course.id, HandScore.user_id == user.id, HandScore.comment != ""
    )
    return dict(session.execute(query).all())


def attempts_of(session: Session, course: Course, content: Content, user: User) -> dict[str, list[Attempt]]:
    """A person's attempts by exercise, oldest first; those at exercises that the course no longer has are left out."""
    mine = Submission.course_id == course.id, Submission.user_id == user.id
    query = (
        select(Submission.id, Submission.exercise, Submission.received_at, Submission.score, Submission.max_score)
        .where(*mine)
        .order_by(Submission.received_at, Submission.id)
    )
    by_hand = select(Override.submission_id, Override.reason).join(Submission, Submission.id == Override.submission_id)
    reasons = dict(session.execute(by_hand.where(*mine).order_by(Override.id)).all())  # the last one of each stands
    found: dict[str, list[Attempt]] = {}
    for id, name, received_at, score, max_score in session.execute(query):
        exercise = content.exercises.get(name)
        if exercise is not None:
            most = Decimal(str(exercise.points)) if max_score is None else max_score
            found.setdefault(name, []).append(Attempt(received_at, score, most, id, reasons.get(id, "")))
    return found


def so_far(grade: Grade) -> SoFar:
    """What is earned, lost and still open of the whole grade: the one bar of the course page."""
    root, scale = grade.root, grade.tree.scheme.scale
    return SoFar(root.earned, root.gone, root.winnable, root.retrievable, scale.top, scale.decimals)
