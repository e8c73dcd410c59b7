"""The grades that are kept beside what they are made of: computed once, whoever asks and however many."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update

from grader.grade_scheme import POLICIES, LateRule
from grader.tasks import Post, sweep
from webapp.accounts.models import User
from webapp.accounts.services import make_user
from webapp.courses.content import Library
from webapp.courses.models import Course, Membership
from webapp.courses.roster import Seat
from webapp.courses.setup import Plan, plan_of
from webapp.database import Database, now
from webapp.grades import rollups
from webapp.grades.models import Rollup
from webapp.grades.services import attempts_of
from webapp.grades.tree import Grade, Work
from webapp.office import people
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket

from .building import AFTER, BEFORE, DUE, exercises, submission, tree

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


@pytest.fixture
def tried(database: Database, small: Course) -> list[User]:
    """The class, each with attempts in time and late, graded and waiting, many of them with one score."""
    draw = random.Random(17)
    theirs = select(Membership.user_id).where(Membership.course_id == small.id, Membership.role == "student")
    with database.writing() as session:
        students = list(session.scalars(select(User).where(User.id.in_(theirs)).order_by(User.id)))
        for user, exercise in product(students, ("scale", "layer")):
            for _ in range(draw.randrange(8)):
                points = draw.choice([None, Decimal(2), Decimal(2), Decimal("2.5"), Decimal(4)])
                most = draw.choice([Decimal(4), Decimal(5)])
                received_at = DUE + timedelta(hours=draw.randrange(-60, 150))
                session.add(submission(small.id, user.id, exercise, points, most, received_at))
    return students


def kept(grade: Grade) -> Any:
    """What a roll-up keeps of a grade."""
    return grade.final, {key: grade.range_of(key) for key in grade.tree.index}, grade.next_change()


@pytest.mark.parametrize("late", [None, LateRule(Decimal("0.1"), Decimal("0.5"), grace_days=2)])
@pytest.mark.parametrize("policy", POLICIES)
def test_grades_are_those_that_every_single_attempt_gives(policy, late, database, small, plan, tried):
    closes = DUE + timedelta(days=4)
    for limits in ({}, {"closes": closes}, {"closes": closes, "attempts": 3}):
        made = tree(*exercises("scale", "layer"), policy=policy, late=late, **limits)
        with database.reading() as session:
            works = rollups.works_of(session, small, plan, made, [user.id for user in tried])
            one_by_one = {user.id: Work(attempts_of(session, small, plan.content, user)) for user in tried}
        for user, work in one_by_one.items():
            for moment in (BEFORE, DUE + timedelta(days=2), AFTER):
                assert kept(made.grade(works[user], moment)) == kept(made.grade(work, moment))


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


@pytest.mark.parametrize("leave", [people.remove, partial(people.change, seat=Seat("assistant", ""))])
def test_the_grade_of_who_is_no_student_any_more_waits_until_they_come_back(
    database, small, plan, computed, settings: Settings, leave
):
    rollups.renew(database, small, plan, now())
    computed.clear()
    with database.writing() as session:
        ana, ines = (
            session.scalars(select(User).where(User.email == f"{name}@example.org")).one() for name in ("ana", "ines")
        )
        leave(session, small.id, ines.id, user_id=ana.id)
    docket = DatabaseDocket(settings)
    docket.tend()
    with database.reading() as session:
        assert rollups.fallen_due(session, now()) == []
    with database.writing() as session:
        session.add(submission(small.id, ana.id, "scale", Decimal(4), Decimal(4), now()))
        if session.scalar(select(Membership).filter_by(course_id=small.id, user_id=ana.id)) is None:
            people.add(session, small.id, ines.id, ana.email, "", Seat("student", ""), settings)
        else:
            people.change(session, small.id, ines.id, ana.id, Seat("student", ""))
    docket.tend()
    docket.close()
    assert computed == [ana.id]
    with database.reading() as session:
        kept_now = session.scalars(select(Rollup).where(Rollup.user_id == ana.id)).one()
        work = rollups.works_of(session, small, plan, plan.tree(), [ana.id])[ana.id]
    assert kept_now.low == plan.tree().grade(work, now()).final.low > 0
