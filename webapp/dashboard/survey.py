"""The class as a whole, from the tables kept beside the submissions: so many queries whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.course import Exercise, Timetable
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.dashboard.scope import of_students, quarter_of, students_of
from webapp.dashboard.statistics import in_steps, median, share_of
from webapp.database import median_low, seconds_of
from webapp.grades.models import Rollup
from webapp.submissions.models import WAITING, Submission
from webapp.submissions.progress import Progress

PAGE: Final = 50
"""Students on one page of a list."""


@dataclass
class Outcome:
    """How the class does in one exercise. `attempts` counts those who passed by the attempts that it took.

    `time_to_pass` is the median from the first attempt to the first with full marks.
    """

    exercise: Exercise
    times: Timetable
    is_hidden: bool
    students: int
    tried: int = 0
    attempts: dict[int, int] = field(default_factory=dict)
    time_to_pass: timedelta | None = None
    failures: int = 0

    @property
    def passed(self) -> int:
        """How many have full marks."""
        return sum(self.attempts.values())

    @property
    def not_started(self) -> int:
        """How many have no graded attempt, nor one that failed to be graded."""
        return max(self.students - self.tried, 0)

    @property
    def pass_rate(self) -> float | None:
        """The share of the class that has full marks."""
        return share_of(self.passed, self.students)

    @property
    def attempts_to_pass(self) -> float | None:
        """The median of the attempts to pass."""
        return median(self.attempts)


def class_size(session: Session, course: Course) -> int:
    """How many students there are."""
    return session.scalar(select(func.count()).select_from(students_of(course).subquery())) or 0


def outcomes(session: Session, course: Course, plan: Plan, students: int) -> list[Outcome]:
    """How the class does in each exercise, in the course's order. Two queries."""
    found = {
        name: Outcome(exercise, plan.common(name), plan.is_hidden(name), students)
        for name, exercise in plan.exercises.items()
    }
    query = (
        select(Progress.exercise, Progress.attempts_to_pass, func.count(), func.sum(Progress.failures))
        .where(*of_students(course), Progress.exercise.in_(found))
        .group_by(Progress.exercise, Progress.attempts_to_pass)
    )
    for name, attempts, count, failures in session.execute(query):
        outcome = found[name]
        outcome.tried += count
        outcome.failures += failures
        if attempts is not None:
            outcome.attempts[attempts] = count
    for name, time in _median_times(session, course).items():
        if name in found:
            found[name].time_to_pass = time
    return list(found.values())


def _median_times(session: Session, course: Course) -> dict[str, timedelta]:
    """The median time from the first attempt to full marks, by exercise."""
    seconds = seconds_of(Progress.passed_at) - seconds_of(Progress.first_at)
    query = (
        select(Progress.exercise, median_low(seconds))
        .where(*of_students(course), Progress.passed_at.is_not(None))
        .group_by(Progress.exercise)
    )
    return {name: in_steps(timedelta(seconds=time)) for name, time in session.execute(query)}


def passing_quarters(session: Session, course: Course, plan: Plan) -> dict[int, int]:
    """How many times full marks were reached first, by quarters of an hour."""
    quarter = quarter_of(Progress.passed_at)
    query = (
        select(quarter, func.count())
        .where(*of_students(course), Progress.passed_at.is_not(None), Progress.exercise.in_(plan.exercises))
        .group_by(quarter)
    )
    return dict(session.execute(query).all())


@dataclass(frozen=True)
class Grades:
    """How often each grade stands: what is certain already (`low`), and what is still possible (`high`)."""

    low: Mapping[float, int]
    high: Mapping[float, int]


def grades(session: Session, course: Course) -> Grades:
    """The distribution of the roll-ups, which are to be renewed before."""
    query = (
        select(Rollup.low, Rollup.high, func.count())
        .where(Rollup.course_id == course.id, Rollup.user_id.in_(students_of(course)), Rollup.low.is_not(None))
        .group_by(Rollup.low, Rollup.high)
    )
    lows: Counter[float] = Counter()
    highs: Counter[float] = Counter()
    for low, high, count in session.execute(query):
        lows[float(low or 0)] += count
        highs[float(high or 0)] += count
    return Grades(lows, highs)


@dataclass(frozen=True)
class Line:
    """What waits for a verdict now; `again` are those at which our side has failed."""

    queued: int = 0
    grading: int = 0
    oldest: datetime | None = None
    again: int = 0

    @property
    def length(self) -> int:
        """How many there are."""
        return self.queued + self.grading


def waiting(session: Session, course: Course) -> Line:
    """The course's submissions without a verdict."""
    query = select(
        func.count().filter(Submission.state == "queued"),
        func.count().filter(Submission.state == "grading"),
        func.min(Submission.received_at),
        func.count().filter(Submission.failures > 0),
    ).where(Submission.course_id == course.id, Submission.state.in_(WAITING))
    return Line(*session.execute(query).one())


def failed(session: Session, course: Course, plan: Plan) -> list[tuple[User, Progress]]:
    """Students at whose submissions our side failed, the last ones first; one page of them at most."""
    query = (
        select(User, Progress)
        .join(Progress, Progress.user_id == User.id)
        .where(*of_students(course), Progress.failures > 0, Progress.exercise.in_(plan.exercises))
        .order_by(Progress.last_at.desc(), User.id)
        .limit(PAGE)
    )
    return [(user, progress) for user, progress in session.execute(query)]
