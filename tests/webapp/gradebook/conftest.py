"""A class whose grade has everything: labs (75%: two exercises, an interview) and theory (25%: an exam)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.services import make_user
from webapp.courses.content import Library
from webapp.courses.models import Course, ExerciseSetup, Membership
from webapp.courses.setup import plan_of
from webapp.database import Database, now
from webapp.gradebook.sheet import Sheet, sheet_of
from webapp.grades.models import Excuse, HandScore
from webapp.grades.rollups import make_stale

COURSE = """
title = "A course for the tests"

[[units]]
name = "sound"
title = "Exercises without a fault"
exercises = ["scale", "layer"]

[[units]]
name = "faulty"
title = "Exercises that must not be published"
exercises = ["leaky", "broken", "undecided"]

[grade]
scale = 10
marks = [{ from = 0, name = "fail" }, { from = 5, name = "pass" }]

[[grade.components]]
key = "labs"
title = "Labs"
weight = 75

[[grade.components.components]]
key = "platform"
title = "Exercises"
exercises = ["scale", "layer"]

[[grade.components.components]]
key = "cnn"
title = "CNN interview"
max = 10

[[grade.components]]
key = "exam"
title = "Exam"
weight = 25
max = 10
"""


@pytest.fixture(autouse=True)
def graded_course(rewrite_course: Callable[[str], Any]) -> None:
    """Gives the course "small" that grade."""
    rewrite_course(COURSE)


@pytest.fixture
def number_of(database: Database) -> Callable[[str], int]:
    """The number of somebody of the cast."""

    def find(name: str) -> int:
        with database.reading() as session:
            return session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()

    return find


@pytest.fixture
def small(database: Database) -> Course:
    """The course."""
    with database.reading() as session:
        return session.scalars(select(Course).where(Course.slug == "small")).one()


@pytest.fixture
def enrol(database: Database, small: Course) -> Callable[..., list[int]]:
    """Adds so many students to the class, or those with these names; gives their numbers."""

    def add(count: int = 0, names: tuple[str, ...] = (), group: str = "") -> list[int]:
        with database.writing() as session:
            people = [
                make_user(session, f"student{index}@example.org", name)
                for index, name in enumerate(names or [f"Student {number:04}" for number in range(count)])
            ]
            session.flush()
            session.add_all(
                Membership(course_id=small.id, user_id=each.id, role="student", group=group, created_at=now())
                for each in people
            )
            return [each.id for each in people]

    return add


@pytest.fixture
def stands(database: Database, small: Course, number_of: Callable[[str], int]) -> Callable[..., None]:
    """Puts a score by hand into the database, as if it had always been there."""

    def put(name: str, component: str, score: str, comment: str = "") -> None:
        with database.writing() as session:
            user = number_of(name)
            held = HandScore(course_id=small.id, user_id=user, component=component, changed_at=now())
            held.score, held.comment = Decimal(score), comment
            session.add(held)
            make_stale(session, small.id, [user])

    return put


@pytest.fixture
def excuse(database: Database, small: Course, number_of: Callable[[str], int]) -> Callable[[str, str], None]:
    """Excuses somebody from a component."""

    def run(name: str, component: str) -> None:
        with database.writing() as session:
            user, by = number_of(name), number_of("tia")
            session.add(
                Excuse(course_id=small.id, user_id=user, component=component, by_id=by, excused_at=now(), reason="ill")
            )
            make_stale(session, small.id, [user])

    return run


@pytest.fixture
def hide(database: Database, small: Course) -> Callable[..., None]:
    """Hides exercises from students, past the pages."""

    def run(*names: str) -> None:
        with database.writing() as session:
            session.add_all(ExerciseSetup(course_id=small.id, exercise=name, hidden=True) for name in names)

    return run


@pytest.fixture
def score_of(database: Database, number_of: Callable[[str], int]) -> Callable[[str, str], Any]:
    """The score and the comment of somebody, or None."""

    def find(name: str, component: str) -> tuple[Decimal | None, str] | None:
        query = select(HandScore).where(HandScore.user_id == number_of(name), HandScore.component == component)
        with database.reading() as session:
            held = session.scalar(query)
            return None if held is None else (held.score, held.comment)

    return find


@pytest.fixture
def sheet(database: Database, small: Course) -> Callable[[], Sheet]:
    """The class as it stands."""

    def read() -> Sheet:
        with database.reading() as session:
            plan = plan_of(session, small, Library().content(small.path))
        return sheet_of(database, small, plan, now())

    return read
