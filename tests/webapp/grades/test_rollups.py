"""The grades that are kept beside what they are made of: computed once, whoever asks and however many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from grader.tasks import Post, sweep
from webapp.accounts.services import make_user
from webapp.courses.content import Library
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan, plan_of
from webapp.database import Database, now
from webapp.grades import rollups
from webapp.grades.models import Rollup
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket

STUDENTS = 12
AT_ONCE = 4


@pytest.fixture
def small(database: Database) -> Course:
    """The course, with a class."""
    with database.writing() as session:
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
        people = [make_user(session, f"s{number}@example.org", f"Student {number}") for number in range(STUDENTS - 2)]
        session.flush()
        session.add_all(
            Membership(course_id=course.id, user_id=each.id, role="student", created_at=now()) for each in people
        )
    return course


@pytest.fixture
def plan(database: Database, small: Course) -> Plan:
    """The course as it is run."""
    with database.reading() as session:
        return plan_of(session, small, Library().content(small.path))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The students whose grade was computed, one entry each time."""
    users: list[int] = []
    compute = rollups._rollup

    def noted(course_id: int, user: int, *rest: Any) -> Rollup:
        users.append(user)
        return compute(course_id, user, *rest)

    monkeypatch.setattr(rollups, "_rollup", noted)
    return users


@pytest.fixture
def expire(database: Database) -> Callable[[], None]:
    """Lets a deadline pass for everybody."""

    def run() -> None:
        with database.writing() as session:
            session.execute(update(Rollup).values(valid_until=now() - timedelta(seconds=1)))

    return run


def test_many_pages_after_a_deadline_compute_each_grade_once(database, small, plan, computed, monkeypatch):
    together, look = threading.Barrier(AT_ONCE), rollups._outdated

    def look_together(session, course_id, scheme, moment, users=None):
        found = look(session, course_id, scheme, moment, users)
        if users is None:
            together.wait(10)
        return found

    monkeypatch.setattr(rollups, "_outdated", look_together)
    pages = [threading.Thread(target=rollups.renew, args=(database, small, plan, now())) for _ in range(AT_ONCE)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    assert len(computed) == len(set(computed)) == STUDENTS


def test_who_has_no_patience_computes_a_part(database, small, plan, computed, monkeypatch):
    monkeypatch.setattr(rollups, "CHUNK", 5)
    rollups.renew(database, small, plan, now(), patience_s=0)
    assert len(computed) == 5
    rollups.renew(database, small, plan, now())
    assert len(computed) == len(set(computed)) == STUDENTS


def test_after_a_deadline_the_workers_compute_the_grades(database, small, plan, computed, settings, expire):
    rollups.renew(database, small, plan, now())
    expire()
    computed.clear()
    docket = DatabaseDocket(settings)
    for _ in range(2):
        sweep(docket, Post(settings.redis_url))
        assert len(computed) == STUDENTS
    rollups.renew(database, small, plan, now())
    assert len(computed) == STUDENTS
    docket.close()


def test_a_course_that_cannot_be_read_keeps_nobody_from_theirs(
    database, small, plan, computed, settings: Settings, expire, caplog
):
    with database.reading() as session:
        other = session.scalars(select(Course).where(Course.slug == "other")).one()
    for course in (small, other):
        rollups.renew(database, course, plan, now())
    with database.writing() as session:
        session.execute(update(Course).where(Course.slug == "other").values(path="/nowhere"))
    expire()
    computed.clear()
    docket = DatabaseDocket(settings)
    docket.tend()
    docket.close()
    assert len(computed) == STUDENTS
    assert "the grades of other wait" in caplog.text
