"""Grades from the database."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import event, select

from webapp.accounts.models import User
from webapp.courses.content import Library
from webapp.courses.models import Course, ExerciseSetup
from webapp.courses.setup import plan_of
from webapp.database import now
from webapp.grades.models import Excuse, ExtensionGrant
from webapp.grades.services import attempts_of, grade_of, so_far

from .building import submission


@pytest.fixture
def handed_in(database):
    """Puts a submission with this score (None: not graded yet) into the database."""

    def put(name, exercise, score, most=4, course="small"):
        with database.writing() as session:
            course_id = session.scalars(select(Course.id).where(Course.slug == course)).one()
            user_id = session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()
            points = None if score is None else Decimal(score)
            session.add(submission(course_id, user_id, exercise, points, Decimal(most), now()))

    return put


@pytest.fixture
def grade(database):
    """The grade of somebody in the course small."""

    def of(name):
        with database.reading() as session:
            user = session.scalars(select(User).where(User.email == f"{name}@example.org")).one()
            course = session.scalars(select(Course).where(Course.slug == "small")).one()
            return grade_of(session, course, plan_of(session, course, Library().content(course.path)), user, now())

    return of


def test_the_best_attempt_of_each_exercise_counts(handed_in, grade):
    for exercise, score, most in (("scale", 1, 4), ("scale", 3, 4), ("layer", 5, 5)):
        handed_in("ana", exercise, score, most)
    found = grade("ana")
    assert found.node("scale").score == Fraction(3, 4)
    assert found.node("layer").score == 1
    assert found.final.value is None
    assert found.final.exact_low == Fraction(10) * (Fraction(3, 4) + 1) / 5


def test_what_waits_for_its_verdict_is_no_zero(handed_in, grade):
    handed_in("ana", "scale", None)
    node = grade("ana").node("scale")
    assert (node.state, node.low, node.high) == ("waiting", 0, 1)


def test_others_and_other_courses_do_not_count(handed_in, grade):
    handed_in("ben", "scale", 4)
    handed_in("ana", "scale", 4, course="other")
    assert grade("ana").node("scale").state == "missing"


def test_an_exercise_that_left_the_course_counts_for_nothing(handed_in, grade):
    handed_in("ana", "gone", 4)
    assert grade("ana").root.earned == 0


def test_what_is_excused_does_not_count(database, grade):
    with database.writing() as session:
        ana, course = ids(session)
        session.add(Excuse(course_id=course, user_id=ana, component="scale", reason="ill", by_id=ana, excused_at=now()))
    assert grade("ana").node("scale").state == "excused"


def test_an_extension_of_the_group_moves_the_deadline(database, grade):
    later = now() + timedelta(days=3)
    with database.writing() as session:
        ana, course = ids(session)
        session.add(ExerciseSetup(course_id=course, exercise="scale", due=now() - timedelta(days=1)))
        session.add(
            ExtensionGrant(course_id=course, group="A", exercise="scale", due=later, by_id=ana, granted_at=now())
        )
    assert grade("ana").node("scale").timetable.due == later
    assert grade("ben").node("scale").timetable.due < now()


def ids(session):
    """The numbers of ana and of the course small."""
    return (
        session.scalars(select(User.id).where(User.email == "ana@example.org")).one(),
        session.scalars(select(Course.id).where(Course.slug == "small")).one(),
    )


def test_the_grade_so_far_fills_the_scale(handed_in, grade):
    handed_in("ana", "scale", 4)
    bar = so_far(grade("ana"))
    assert bar.earned == 2
    assert bar.earned + bar.lost + bar.open == bar.top == 10


def test_the_attempts_are_two_queries(handed_in, database):
    for exercise in ("scale", "layer", "leaky"):
        handed_in("ana", exercise, 1)
    asked = []
    with database.reading() as session:
        user = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
        content = Library().content(course.path)
        event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert set(attempts_of(session, course, content, user)) == {"scale", "layer", "leaky"}
    assert len([each for each in asked if each.startswith("SELECT")]) == 2
