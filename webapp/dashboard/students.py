"""The students of a course, and all of one student's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from grader.course import Exercise, Timetable
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan
from webapp.grades.models import Excuse, ExtensionGrant, HandScore
from webapp.search import numbers_that_fit
from webapp.submissions.models import WAITING, Submission
from webapp.submissions.progress import Progress

PAGE: Final = 50
"""Students, or submissions, on one page."""


@dataclass(frozen=True)
class Entry:
    """A student in the list of all: what the student has done so far."""

    membership: Membership
    passed: int
    tried: int
    attempts: int
    last_at: datetime | None


def entries(session: Session, course: Course, words: str, page: int) -> list[Entry]:
    """One page of the students whose name, address or group has these words, by name."""
    theirs = (
        _listed(session, course, words)
        .order_by(User.name, User.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
        .options(contains_eager(Membership.user))
    )
    members = list(session.scalars(theirs))
    query = (
        select(
            Progress.user_id,
            func.count(Progress.passed_at),
            func.count(),
            func.sum(Progress.attempts),
            func.max(Progress.last_at),
        )
        .where(Progress.course_id == course.id, Progress.user_id.in_([member.user_id for member in members]))
        .group_by(Progress.user_id)
    )
    done = {user: rest for user, *rest in session.execute(query)}
    return [Entry(member, *done.get(member.user_id, (0, 0, 0, None))) for member in members]


def how_many(session: Session, course: Course, words: str) -> int:
    """How many students have these words."""
    return session.scalar(select(func.count()).select_from(_listed(session, course, words).subquery())) or 0


def _listed(session: Session, course: Course, words: str) -> Select[Membership]:
    query = select(Membership).join(User, User.id == Membership.user_id)
    query = query.where(Membership.course_id == course.id, Membership.role == "student")
    if words:
        theirs = query.with_only_columns(User.id, User.name, User.email, Membership.group)
        query = query.where(User.id.in_(numbers_that_fit(session, words, theirs)))
    return query


def member(session: Session, course: Course, number: int) -> Membership | None:
    """What the person of that number is in the course; None for nobody in it."""
    query = select(Membership).join(User, User.id == Membership.user_id).options(contains_eager(Membership.user))
    return session.scalar(query.where(Membership.course_id == course.id, Membership.user_id == number))


@dataclass(frozen=True)
class Standing:
    """A student's work at one exercise; `times` are the student's own dates."""

    exercise: Exercise
    times: Timetable
    progress: Progress | None
    waiting: int
    is_hidden: bool

    def badge(self, moment: datetime) -> tuple[str, str]:
        """The state and the words for it, as the macro `badge` takes them."""
        if self.progress is not None and self.progress.passed_at is not None:
            return "full", ""
        if self.waiting:
            return "queued", "Waiting"
        if self.progress is not None:
            return "tried", ""
        if self.times.due is not None and self.times.due < moment:
            return "late", "Not started, was due"
        return "not-started", ""

    @property
    def attempts(self) -> int:
        """All submissions, those without a score too."""
        graded = self.progress.graded if self.progress is not None else 0
        return graded + self.waiting


# By the state an index finds them among all submissions.
_WITHOUT_SCORE: Final = Submission.state.in_(WAITING), Submission.score.is_(None)


def work_of(session: Session, course: Course, plan: Plan, user: User) -> list[Standing]:
    """A student's work at every exercise, in the course's order. `plan` is the student's own. Two queries."""
    mine = select(Progress).where(Progress.course_id == course.id, Progress.user_id == user.id)
    progress = {each.exercise: each for each in session.scalars(mine)}
    query = (
        select(Submission.exercise, func.count())
        .where(Submission.course_id == course.id, Submission.user_id == user.id, *_WITHOUT_SCORE)
        .group_by(Submission.exercise)
    )
    waiting = dict(session.execute(query).all())
    return [
        Standing(exercise, plan.timetable(name), progress.get(name), waiting.get(name, 0), plan.is_hidden(name))
        for name, exercise in plan.exercises.items()
    ]


def page_of_submissions(
    session: Session, course: Course, user: User, exercise: str | None, page: int
) -> tuple[list[Submission], int]:
    """One page of a student's submissions, to one exercise where one is named, newest first; and how many there are."""
    theirs = and_(Submission.course_id == course.id, Submission.user_id == user.id)
    if exercise is not None:
        theirs = and_(theirs, Submission.exercise == exercise)
    query = select(Submission).where(theirs).order_by(Submission.received_at.desc(), Submission.id.desc())
    found = session.scalars(query.offset((page - 1) * PAGE).limit(PAGE))
    return list(found), session.scalar(select(func.count()).where(theirs)) or 0


@dataclass(frozen=True)
class Decisions:
    """What the teaching team has decided for a student."""

    scores: Sequence[HandScore]
    extensions: Sequence[ExtensionGrant]
    excuses: Sequence[Excuse]


def decisions_for(session: Session, course: Course, membership: Membership) -> Decisions:
    """Scores by hand, extensions (those of the group too) and excuses. Three queries, and those of who has decided."""
    own = {"course_id": course.id, "user_id": membership.user_id}
    of_group = and_(
        ExtensionGrant.user_id.is_(None), ExtensionGrant.group != "", ExtensionGrant.group == membership.group
    )
    mine = or_(ExtensionGrant.user_id == membership.user_id, of_group)
    extensions = select(ExtensionGrant).where(ExtensionGrant.course_id == course.id, mine)
    return Decisions(
        list(session.scalars(select(HandScore).filter_by(**own).order_by(HandScore.component))),
        list(session.scalars(extensions.order_by(ExtensionGrant.granted_at))),
        list(session.scalars(select(Excuse).filter_by(**own).order_by(Excuse.excused_at))),
    )
