"""One exercise in the class: everyone's result, and the checks that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.dashboard.scope import of_students, students_of
from webapp.dashboard.statistics import difficulty, median, median_time, share_of
from webapp.submissions.best import share
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.progress import Progress

PAGE: Final = 50
"""Students on one page of the list."""
SAMPLE: Final = 100
"""Best attempts, of those who were last at work, from which the checks that fail are counted."""


@dataclass(frozen=True)
class Result:
    """One student's work at one exercise, as far as its page counts it."""

    share: float | None
    attempts_to_pass: int | None
    first_at: datetime
    passed_at: datetime | None
    failures: int


def results(session: Session, course: Course, exercise: str) -> list[Result]:
    """The work of all who have tried an exercise."""
    query = select(
        Progress.best_score,
        Progress.max_score,
        Progress.attempts_to_pass,
        Progress.first_at,
        Progress.passed_at,
        Progress.failures,
    ).where(*of_students(course), Progress.exercise == exercise)
    return [
        Result(_share(best, most), attempts, first_at, passed_at, failures)
        for best, most, attempts, first_at, passed_at, failures in session.execute(query)
    ]


def attempts_of(tried: Iterable[Result]) -> Counter[int]:
    """How many took how many attempts to pass."""
    return Counter(each.attempts_to_pass for each in tried if each.attempts_to_pass is not None)


def times_of(tried: Iterable[Result]) -> list[timedelta]:
    """How long each took to pass, from the first attempt."""
    return [each.passed_at - each.first_at for each in tried if each.passed_at is not None]


@dataclass(frozen=True)
class Figures:
    """The class's numbers in one exercise. `counts` are the students by their state."""

    counts: Mapping[str, int]
    pass_rate: float | None
    difficulty: float | None
    attempts_to_pass: float | None
    time_to_pass: timedelta | None
    failures: int

    @classmethod
    def of(cls, tried: Sequence[Result], students: int) -> Figures:
        """The numbers of those who have tried, in a class of so many."""
        passed = sum(each.passed_at is not None for each in tried)
        counts = {
            "all": students,
            "full": passed,
            "tried": len(tried) - passed,
            "not-started": max(students - len(tried), 0),
        }
        return cls(
            counts=counts,
            pass_rate=share_of(passed, students),
            difficulty=difficulty([each.share for each in tried if each.share is not None]),
            attempts_to_pass=median(attempts_of(tried)),
            time_to_pass=median_time(times_of(tried)),
            failures=sum(each.failures for each in tried),
        )


def _share(best: Decimal | None, most: Decimal | None) -> float | None:
    return float(best / most) if best is not None and most else None


def against_the_rest(session: Session, course: Course, plan: Plan, exercise: str) -> list[tuple[float, float]]:
    """Of each student who has tried an exercise: the share there, and the sum of the shares in all others."""
    own_share = share(Progress.best_score, Progress.max_score)
    own = func.sum(case((Progress.exercise == exercise, own_share)))
    query = (
        select(own, func.sum(own_share))
        .where(*of_students(course), Progress.exercise.in_(plan.exercises), Progress.max_score > Decimal(0))
        .group_by(Progress.user_id)
        .having(own.is_not(None))
    )
    return [(mine, total - mine) for mine, total in session.execute(query)]


@dataclass(frozen=True)
class CheckCount:
    """How often a check did not pass, of so many reports; `skipped` are those where one before it had failed."""

    name: str
    title: str
    failed: int
    skipped: int
    of: int


def failing_checks(session: Session, course: Course, exercise: str) -> list[CheckCount]:
    """How often each check fails in the best attempts of those who have not full marks, of at most SAMPLE of them."""
    latest = (
        select(Progress.best_id)
        .where(
            *of_students(course),
            Progress.exercise == exercise,
            Progress.passed_at.is_(None),
            Progress.best_id.is_not(None),
        )
        .order_by(Progress.last_at.desc())
        .limit(SAMPLE)
    )
    checks: ColumnElement[Any] = Verdict.report["checks"]
    standing = and_(Submission.id == Verdict.submission_id, Submission.exercise_version == Verdict.exercise_version)
    query = select(checks).join(Submission, standing).where(Verdict.submission_id.in_(latest))
    titles: dict[str, str] = {}
    failed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    of = 0
    for report in session.scalars(query):
        of += 1
        for check in report:
            titles.setdefault(check["name"], check["title"])
            skipped[check["name"]] += check["skipped"]
            failed[check["name"]] += not check["passed"] and not check["skipped"]
    return [CheckCount(name, title, failed[name], skipped[name], of) for name, title in titles.items()]


State = Literal["all", "full", "tried", "not-started"]


def page_of_students(
    session: Session, course: Course, exercise: str, state: State, page: int
) -> list[tuple[User, Progress | None]]:
    """One page of the students by name, each with the work at the exercise; only those in a state, where one is asked."""
    theirs = and_(Progress.course_id == course.id, Progress.exercise == exercise, Progress.user_id == User.id)
    wanted = {
        "all": (),
        "full": (Progress.passed_at.is_not(None),),
        "tried": (Progress.user_id.is_not(None), Progress.passed_at.is_(None)),
        "not-started": (Progress.user_id.is_(None),),
    }
    query = (
        select(User, Progress)
        .outerjoin(Progress, theirs)
        .where(User.id.in_(students_of(course)), *wanted[state])
        .order_by(User.name, User.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [(user, progress) for user, progress in session.execute(query)]
