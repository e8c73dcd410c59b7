"""The pages of courses: mine, and the path of one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, select

from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.database import Database, now

SCALE = "def scale(x, factor=2.0):\n    return factor * x\n"
COURSE = "/courses/small/"
ONE_UNIT = """
title = "A small course"
timezone = "Europe/Madrid"

[[units]]
name = "sound"
title = "Sound"
exercises = {exercises}
{dates}

[grader]
python = "3.11"

{more}
"""


@pytest.fixture
def signed_in(browser) -> Callable[[str], Any]:
    """Somebody's browser, signed in once."""
    return cache(browser)


@pytest.fixture
def page(signed_in) -> Callable[..., str]:
    """The course page as somebody sees it, with white space as a reader sees it."""

    def read(who: str = "ana", path: str = COURSE) -> str:
        answer = signed_in(who).get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return " ".join(answer.get_data(as_text=True).split())

    return read


@pytest.fixture
def submit(signed_in) -> Callable[..., None]:
    """Hands something in."""

    def run(source: str = SCALE, exercise: str = "scale", who: str = "ana") -> None:
        answer = signed_in(who).post(f"/courses/small/exercises/{exercise}/submissions", {"source": source})
        assert answer.status_code == 303, answer.get_data(as_text=True)

    return run


def _row(page: str, name: str) -> str:
    rows = re.findall(r'<li class="exercise-row".*?</li>', page)
    return next(row for row in rows if f'/exercises/{name}"' in row)


def _next(page: str) -> str:
    return page.split("<h2>Next for you</h2>")[1].split('<div class="panel')[0]


def _moment(**away: float) -> str:
    return (now() + timedelta(**away)).isoformat(timespec="seconds")


def test_whoever_has_one_course_is_led_to_it(browser):
    assert browser("ana").get("/").headers["Location"] == COURSE


def test_whoever_has_several_chooses(browser, database):
    with database.writing() as session:
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        other = session.scalars(select(Course).where(Course.slug == "other")).one()
        session.add(Membership(course_id=other.id, user_id=ana.id, role="assistant", created_at=now()))

    text = browser("ana").get("/").get_data(as_text=True)

    assert 'href="/courses/small/"' in text
    assert 'href="/courses/other/"' in text
    assert "You are an assistant" in text


def test_an_administrator_sees_all_courses(browser):
    text = browser("ada").get("/").get_data(as_text=True)

    assert 'href="/courses/small/"' in text
    assert 'href="/courses/other/"' in text


def test_whoever_has_none_is_told_how_one_appears(browser, database):
    with database.writing() as session:
        ana = select(User.id).where(User.email == "ana@example.org").scalar_subquery()
        session.execute(delete(Membership).where(Membership.user_id == ana))

    text = browser("ana").get("/").get_data(as_text=True)

    assert "You are in no course yet" in text
    assert "ana@example.org" in text


def test_passers_by_are_asked_to_sign_in(browser):
    assert browser().get("/").status_code == 302
    assert browser().get(COURSE).status_code == 302


@pytest.mark.parametrize("who", ["sol", "omar"])
def test_it_is_not_there_for_those_of_another_course(browser, who):
    assert browser(who).get(COURSE).status_code == 404


def test_it_shows_the_units_in_order_with_their_exercises(page):
    text = page()

    assert text.index("Exercises without a fault") < text.index("Exercises that must not be published")
    scale = _row(text, "scale")
    assert "Multiply an array by a factor." in scale
    assert "Not started" in scale
    assert "4 points" in scale


def test_what_waits_is_shown_as_waiting(page, submit):
    submit()

    assert "Waiting" in _row(page(), "scale")


def test_what_was_tried_shows_the_best_score_and_the_attempts(page, submit, grade_all):
    submit("def scale(x, factor=2.0):\n    return x + factor\n")
    submit("def scale(x, factor=2.0):\n    return x - factor\n")
    grade_all()

    scale = _row(page(), "scale")

    assert "Tried" in scale
    assert "of 4" in scale
    assert "2 attempts" in scale


def test_full_marks_are_shown_and_are_nobody_elses(page, submit, grade_all):
    submit()
    grade_all()

    assert "Full marks" in _row(page(), "scale")
    assert "4 of 4" in _row(page(), "scale")
    assert "1 of 5 exercises with full marks" in page()
    assert "Not started" in _row(page("ben"), "scale")


def test_next_is_what_is_due_soonest(rewrite_course, page):
    more = f"[exercise.layer]\ndue = {_moment(days=1)}"
    rewrite_course(ONE_UNIT.format(exercises='["scale", "layer"]', dates=f"due = {_moment(days=3)}", more=more))

    assert "Layer" in _next(page())
    assert 'href="/courses/small/exercises/layer">Begin' in _next(page())


def test_next_goes_on_to_what_has_no_full_marks(rewrite_course, page, submit, grade_all):
    rewrite_course(ONE_UNIT.format(exercises='["scale", "layer"]', dates=f"due = {_moment(days=3)}", more=""))
    submit()

    assert "Layer" in _next(page())  # what waits for its verdict waits

    grade_all()
    assert "Layer" in _next(page())


def test_late_work_comes_after_what_is_still_in_time(rewrite_course, page):
    more = f"[exercise.layer]\ndue = {_moment(days=2)}"
    rewrite_course(ONE_UNIT.format(exercises='["scale", "layer"]', dates=f"due = {_moment(days=-1)}", more=more))

    text = page()

    assert "Layer" in _next(text)
    assert "Was due" in _row(text, "scale")
    assert 'data-state="late"' in _row(text, "scale")


def test_where_nothing_is_in_time_next_is_what_is_late(rewrite_course, page):
    rewrite_course(ONE_UNIT.format(exercises='["scale", "layer"]', dates=f"due = {_moment(days=-1)}", more=""))

    assert "Scale" in _next(page())
    assert "was due" in _next(page())


def test_what_is_closed_or_not_open_yet_is_not_next(rewrite_course, page):
    later = f'[[units]]\nname = "faulty"\ntitle = "Later"\nexercises = ["leaky"]\nopens = {_moment(days=1)}\n'
    rewrite_course(ONE_UNIT.format(exercises='["scale"]', dates=f"closes = {_moment(days=-1)}", more=later))

    text = page()

    assert "Closed" in _row(text, "scale")
    assert "Opens later" in _row(text, "leaky")
    assert "Nothing is open for you at the moment" in _next(text)


def test_with_full_marks_everywhere_nothing_is_next(rewrite_course, page, submit, grade_all):
    rewrite_course(ONE_UNIT.format(exercises='["scale"]', dates="", more=""))
    submit()
    grade_all()

    assert "You have full marks in every exercise." in _next(page())


def test_the_grade_so_far_stands_beside_it(page, submit, grade_all):
    submit()
    grade_all()

    text = page()

    assert "Of 10: 2.00 earned, 0.00 lost, 8.00 still open" in text
    assert 'href="/courses/small/grade"' in text


def test_an_exercise_can_be_found_by_its_words(page):
    text = page()

    assert 'data-key="find" data-filter="#path"' in text
    assert 'data-filter-text="Scale scale Multiply an array by a factor. Exercises without a fault"' in text


def test_the_number_of_queries_does_not_grow_with_the_exercises(rewrite_course, database, app, signed_in, submit):
    folder = rewrite_course(ONE_UNIT.format(exercises='["scale"]', dates="", more=""))
    submit()
    with _queries(app) as few:
        signed_in("ana").get(COURSE)
    _move_to_a_course_of_many(folder, database)
    for number in range(10):
        submit(exercise=f"scale{number}")
    with _queries(app) as many:
        assert "scale9" in signed_in("ana").get(COURSE).get_data(as_text=True)

    assert len(many) == len(few)


def _move_to_a_course_of_many(folder: Path, database: Database) -> None:
    many = folder.with_name("many")
    for room in ("exercises", "reference"):
        for number in range(10):
            shutil.copytree(folder / room / "sound" / "scale", many / room / "sound" / f"scale{number}")
    names = ", ".join(f'"scale{number}"' for number in range(10))
    (many / "course.toml").write_text(ONE_UNIT.format(exercises=f"[{names}]", dates="", more=""), encoding="utf-8")
    with database.writing() as session:
        session.scalars(select(Course).where(Course.slug == "small")).one().path = str(many)


@contextmanager
def _queries(app) -> Iterator[list[str]]:
    engine, seen = app.extensions["chainrule"].database.engine, []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
