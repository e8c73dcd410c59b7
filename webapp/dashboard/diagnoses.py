"""Diagnoses of a class: what each is called, how many students it was made of, and who they are."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.course import CourseError, Exercise
from grader.material import Alternative, load_hidden
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.dashboard.scope import quarter_of, students_of
from webapp.dashboard.statistics import by_day, sparkline
from webapp.submissions.progress import Progress, Trouble

POINTS: Final = 24
"""Points of a sparkline."""
PAGE: Final = 50

log = logging.getLogger(__name__)


@dataclass
class Diagnosis:
    """One diagnosis made of a class's submissions. `days` tells on which days how many students met it first.

    `over` are those who have full marks by now.
    """

    exercise: Exercise
    name: str
    title: str
    hint: str = ""
    students: int = 0
    over: int = 0
    times: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    days: dict[date, int] = field(default_factory=dict)

    def line(self, first: date, last: date) -> list[int]:
        """The sparkline: how many students met it first, over the time from `first` to `last`."""
        return sparkline(self.days, first, last, POINTS)


def mistake(exercise: Exercise, name: str) -> Alternative | None:
    """The exercise's mistake of that name; None where it has none, or none any more, or cannot be loaded."""
    try:
        mistakes = load_hidden(exercise).mistakes  # kept for each version of the exercise
    except CourseError as error:
        log.warning("the mistakes of %s are shown by their names: %s", exercise.name, error)
        return None
    return next((each for each in mistakes if each.name == name), None)


def named(exercise: Exercise, name: str) -> Diagnosis:
    """A diagnosis with its title, or with its name in words where the exercise no longer has it."""
    known = mistake(exercise, name)
    if known is None:
        return Diagnosis(exercise, name, name.replace("_", " ").capitalize())
    return Diagnosis(exercise, name, known.title, known.hint)


def of_class(session: Session, course: Course, exercises: dict[str, Exercise], zone: tzinfo) -> list[Diagnosis]:
    """The diagnoses made of students' submissions to these exercises, the commonest first. One query."""
    first_quarter = quarter_of(Trouble.first_at)
    query = (
        select(
            Trouble.exercise,
            Trouble.diagnosis,
            first_quarter,
            func.count(),
            func.count(Progress.passed_at),
            func.sum(Trouble.times),
            func.min(Trouble.first_at),
            func.max(Trouble.last_at),
        )
        .join(
            Progress,
            (Progress.course_id == Trouble.course_id)
            & (Progress.user_id == Trouble.user_id)
            & (Progress.exercise == Trouble.exercise),
        )
        .where(Trouble.course_id == course.id, Trouble.user_id.in_(students_of(course)))
        .where(Trouble.exercise.in_(exercises))
        .group_by(Trouble.exercise, Trouble.diagnosis, first_quarter)
    )
    found: dict[tuple[str, str], Diagnosis] = {}
    quarters: dict[tuple[str, str], dict[int, int]] = {}
    for name, diagnosis, quarter, students, over, times, first_at, last_at in session.execute(query):
        key = name, diagnosis
        if key not in found:
            found[key] = named(exercises[name], diagnosis)
        each = found[key]
        each.students += students
        each.over += over
        each.times += times
        each.first_at = min(each.first_at or first_at, first_at)
        each.last_at = max(each.last_at or last_at, last_at)
        quarters.setdefault(key, {})[quarter] = students
    for key, each in found.items():
        each.days = by_day(quarters[key], zone)
    return sorted(found.values(), key=lambda each: (-each.students, -each.times, each.exercise.name, each.name))


@dataclass(frozen=True)
class Affected:
    """A student of whom a diagnosis was made. `state` tells whether it is over.

    full      full marks by now
    tried     a later attempt does not show it
    wrong     the last attempt shows it
    """

    user: User
    trouble: Trouble
    progress: Progress

    @property
    def state(self) -> str:
        """Whether the student got over it."""
        if self.progress.passed_at is not None:
            return "full"
        return "tried" if self.progress.last_at > self.trouble.last_at else "wrong"


def affected(session: Session, course: Course, diagnosis: Diagnosis, page: int) -> list[Affected]:
    """One page of the students of whom it was made, those still at it first."""
    query = (
        select(User, Trouble, Progress)
        .join(Trouble, Trouble.user_id == User.id)
        .join(
            Progress,
            (Progress.course_id == Trouble.course_id)
            & (Progress.user_id == Trouble.user_id)
            & (Progress.exercise == Trouble.exercise),
        )
        .where(
            Trouble.course_id == course.id,
            Trouble.exercise == diagnosis.exercise.name,
            Trouble.diagnosis == diagnosis.name,
            Trouble.user_id.in_(students_of(course)),
        )
        .order_by(Progress.passed_at.is_not(None), Trouble.times.desc(), User.name, User.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [Affected(*row) for row in session.execute(query)]
