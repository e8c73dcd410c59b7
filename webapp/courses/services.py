"""Reading courses: which are mine, where I stand in one, and what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from grader.course import Exercise, Timetable
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan
from webapp.submissions.services import NOT_STARTED, Standing, standings


def courses_of(session: Session, user: User) -> list[tuple[Course, str]]:
    """A person's courses, newest first, each with the role in it; an administrator has all, as an instructor."""
    if user.is_admin:
        return [(course, "instructor") for course in session.scalars(select(Course).order_by(*_NEWEST))]
    return [(course, role) for course, role in session.execute(_MINE, {"of_user": user.id})]


_NEWEST: Final = (Course.created_at.desc(), Course.slug)
_MINE: Final = (
    select(Course, Membership.role)
    .join(Membership, Membership.course_id == Course.id)
    .where(Membership.user_id == bindparam("of_user"))
    .order_by(*_NEWEST)
)


@dataclass(frozen=True)
class Row:
    """One exercise of the course page: where a person stands in it at this moment."""

    exercise: Exercise
    standing: Standing
    times: Timetable
    moment: datetime

    @property
    def is_full(self) -> bool:
        """Whether there is nothing left to gain."""
        return self.standing.state == "passed"

    @property
    def is_early(self) -> bool:
        """Whether it opens later."""
        return self.times.opens is not None and self.moment < self.times.opens

    @property
    def is_closed(self) -> bool:
        """Whether nothing is accepted any more."""
        return self.times.closes is not None and self.moment > self.times.closes

    @property
    def is_late(self) -> bool:
        """Whether it is past due."""
        return self.times.due is not None and self.moment > self.times.due

    @property
    def is_used_up(self) -> bool:
        """Whether no attempt is left."""
        return self.times.attempts is not None and self.standing.attempts >= self.times.attempts

    @property
    def is_worth_a_try(self) -> bool:
        """Whether handing in now could gain something, as far as is known yet."""
        waits = self.standing.state == "waiting"
        return not (self.is_full or waits or self.is_early or self.is_closed or self.is_used_up)

    @property
    def badge(self) -> tuple[str, str]:
        """Its state and the words for it, as the macro `badge` takes them."""
        tried = self.standing.state == "tried"
        if self.is_full:
            return "full", ""
        if self.standing.state == "waiting":
            return "queued", "Waiting"
        if self.is_closed:
            return "closed", "Tried, closed" if tried else ""
        if self.is_late:
            return "late", "Tried, late" if tried else ""
        if self.is_early:
            return "not-started", "Opens later"
        return ("tried" if tried else "not-started"), ""


@dataclass(frozen=True)
class Stretch:
    """One unit of the path, with its exercises."""

    name: str
    title: str
    rows: tuple[Row, ...]

    @property
    def full(self) -> int:
        """How many of its exercises have full marks."""
        return sum(row.is_full for row in self.rows)

    @property
    def state(self) -> str:
        """`full`, `tried` or `not-started`."""
        if self.full == len(self.rows):
            return "full"
        return "tried" if any(row.standing.attempts for row in self.rows) else "not-started"


def path_of(session: Session, course: Course, plan: Plan, user: User, moment: datetime) -> list[Stretch]:
    """The units of a course in their order, with where a person stands in each exercise. One query."""
    known = standings(session, course, user)

    def row(exercise: Exercise) -> Row:
        standing = known.get(exercise.name, NOT_STARTED)
        return Row(exercise, standing, plan.timetable(exercise.name), moment)

    return [Stretch(unit.name, unit.title, tuple(map(row, unit.exercises))) for unit in plan.units]


def next_of(path: list[Stretch]) -> Row | None:
    """What to do next: of what is worth a try the one that is due soonest, else the first; None when nothing is."""
    candidates = [row for stretch in path for row in stretch.rows if row.is_worth_a_try]
    due = [row for row in candidates if row.times.due is not None and not row.is_late]
    if due:
        return min(due, key=lambda row: row.times.due or row.moment)
    return candidates[0] if candidates else None
