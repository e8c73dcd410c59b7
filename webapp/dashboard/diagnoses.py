"""Diagnoses of a class: what each is called, how many students it was made of, and who they are."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from grader.course import CourseError, Exercise
from grader.material import Alternative, load_hidden
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.dashboard.scope import quarter_of, students_of
from webapp.dashboard.statistics import by_day
from webapp.database import seconds_of
from webapp.submissions.progress import Progress, Trouble

POINTS: Final = 24
"""Points of a sparkline."""
PAGE: Final = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis made of a class's submissions: of how many students, how often, first and last."""

    exercise: Exercise
    name: str
    title: str
    hint: str = ""
    students: int = 0
    times: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass
class Trend:
    """How a diagnosis goes: `over` have full marks by now; `line` tells how many met it first, from `first` to `last`."""

    first: datetime
    last: datetime
    over: int = 0
    line: list[int] = field(default_factory=lambda: [0] * POINTS)


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


def of_class(session: Session, course: Course, exercises: Mapping[str, Exercise]) -> list[Diagnosis]:
    """The diagnoses made of students' submissions to these exercises, the commonest first. One query."""
    students = func.count().label("students")
    query = (
        select(
            Trouble.exercise,
            Trouble.diagnosis,
            students,
            func.sum(Trouble.times),
            func.min(Trouble.first_at),
            func.max(Trouble.last_at),
        )
        .where(*_of_students(course), Trouble.exercise.in_(exercises))
        .group_by(Trouble.exercise, Trouble.diagnosis)
        .order_by(students.desc(), Trouble.exercise, Trouble.diagnosis)
    )
    found = []
    for exercise, name, count, times, first_at, last_at in session.execute(query):
        each = named(exercises[exercise], name)
        found.append(replace(each, students=count, times=times, first_at=first_at, last_at=last_at))
    return found


def trends(session: Session, course: Course, shown: Sequence[Diagnosis], now: datetime) -> list[Trend]:
    """How these diagnoses go, all over the same time: from the first of them until now. One query."""
    if not shown:
        return []
    first = min(each.first_at or now for each in shown)
    seconds = seconds_of(Trouble.first_at) - int(first.timestamp())
    point = seconds * POINTS // max(int((now - first).total_seconds()) + 1, 1)
    query = (
        select(Trouble.exercise, Trouble.diagnosis, point, func.count(), func.count(Progress.passed_at))
        .join(Progress, _same_work())
        .where(*_of_students(course))
        .where(tuple_(Trouble.exercise, Trouble.diagnosis).in_([(each.exercise.name, each.name) for each in shown]))
        .group_by(Trouble.exercise, Trouble.diagnosis, point)
    )
    found = {(each.exercise.name, each.name): Trend(first, now) for each in shown}
    for exercise, name, place, students, over in session.execute(query):
        trend = found[exercise, name]
        trend.line[min(max(place, 0), POINTS - 1)] += students
        trend.over += over
    return list(found.values())


def days_of(session: Session, course: Course, diagnosis: Diagnosis, zone: tzinfo) -> dict[date, int]:
    """How many students met a diagnosis first on which days of the course's calendar."""
    quarter = quarter_of(Trouble.first_at)
    query = select(quarter, func.count()).where(*_of_students(course), *_of(diagnosis)).group_by(quarter)
    return by_day(dict(session.execute(query).all()), zone)


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
        .join(Progress, _same_work())
        .where(*_of_students(course), *_of(diagnosis))
        .order_by(Progress.passed_at.is_not(None), Trouble.times.desc(), User.name, User.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [Affected(*row) for row in session.execute(query)]


def _of_students(course: Course) -> tuple[ColumnElement[bool], ...]:
    return Trouble.course_id == course.id, Trouble.user_id.in_(students_of(course))


def _of(diagnosis: Diagnosis) -> tuple[ColumnElement[bool], ...]:
    return Trouble.exercise == diagnosis.exercise.name, Trouble.diagnosis == diagnosis.name


def _same_work() -> ColumnElement[bool]:
    """Progress and trouble of the same student at the same exercise."""
    return and_(
        Progress.course_id == Trouble.course_id,
        Progress.user_id == Trouble.user_id,
        Progress.exercise == Trouble.exercise,
    )
