"""What the API tells a person: who they are, and the exercises of their course; and what it tells of a bad request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from webapp.accounts.models import Token, User
from webapp.courses.models import Course, Membership
from webapp.database import now

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "courses"),
    [
        ("ana", {"small": "student"}),
        ("tia", {"small": "assistant"}),
        ("omar", {"other": "instructor"}),
        ("ada", {"small": "instructor", "other": "instructor"}),
    ],
)
def test_everyone_is_told_who_they_are_and_in_which_courses(program, name, courses):
    answer = program(name).get("/me").json
    assert answer["email"] == f"{name}@example.org"
    assert {course["slug"]: course["role"] for course in answer["courses"]} == courses


def test_without_a_token_nothing_is_told(program):
    for path in ("/me", "/exercises", "/exercises/scale", "/submissions", "/submissions/x"):
        answer = program(None).get(path)
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer chr_none", "b\xe4rer x", "Bearer \xff"]
)
def test_what_is_no_token_opens_nothing(program, value):
    assert program(None).get("/me", headers={"Authorization": value}).status_code == 401


@pytest.mark.parametrize("change", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}])
def test_a_token_that_is_over_opens_nothing_and_the_way_out_is_told(ana, database, change):
    with database.writing() as session:
        session.execute(update(Token).values(**change))
    answer = ana.get("/me")
    assert answer.status_code == 401
    assert "http://localhost/account" in answer.json["detail"]


def test_the_session_of_a_browser_opens_nothing_here(browser):
    assert browser("ana").get("/api/v1/me").status_code == 401


def test_no_cookie_is_set(ana):
    assert "Set-Cookie" not in ana.get("/me").headers


def test_a_token_can_end_itself_and_only_itself(ana, program):
    other = program("ana")
    assert ana.ask("DELETE", "/tokens/current").status_code == 204
    assert (ana.get("/me").status_code, other.get("/me").status_code) == (401, 200)


EVERYONE = ["ana", "ben", "tia", "ines", "sol", "omar", "ada"]
OF_SMALL = ["ana", "ben", "tia", "ines", "ada"]


@pytest.mark.parametrize(
    ("method", "path", "welcome"),
    [
        ("GET", "/me", EVERYONE),
        ("GET", "/submissions", EVERYONE),
        ("GET", "/submissions?course=small", OF_SMALL),
        ("GET", "/exercises?course=small", OF_SMALL),
        ("GET", "/exercises/scale?course=small", OF_SMALL),
        ("POST", "/exercises/scale/submissions?course=small", OF_SMALL),
        ("GET", "/grades?course=small", OF_SMALL),
        ("DELETE", "/tokens/current", EVERYONE),
    ],
)
def test_each_of_the_cast_may_what_is_theirs(program, method, path, welcome):
    answers = {}
    for name in [None, *EVERYONE]:
        body = {"json": {"source": RIGHT}} if method == "POST" else {}
        answers[name] = program(name).ask(method, path, **body).status_code
    assert {name for name, status in answers.items() if status < 300} == set(welcome)
    assert {status for status in answers.values() if status >= 300} <= {401, 404}


# --- exercises --------------------------------------------------------------------------------------------------------


def test_exercises_come_in_the_order_of_the_course(ana):
    exercises = ana.get("/exercises").json["exercises"]
    assert [each["name"] for each in exercises] == ["scale", "layer", "leaky", "broken", "undecided"]
    assert exercises[0] == {
        "name": "scale", "title": "Scale", "course": "small", "unit": "sound", "unit_title": "Exercises without a fault",
        "max_score": 4.0, "best_score": None, "state": "not_started", "opens": None, "due": None, "closes": None,
        "attempts_used": 0, "attempts_allowed": None,
    }  # fmt: skip


def test_an_exercise_says_how_far_one_is(ana, grade_all):
    def state():
        found = ana.get("/exercises/scale").json
        return found["state"], found["best_score"], found["attempts_used"]

    ana.submit(WRONG)
    assert state() == ("waiting", None, 1)
    grade_all()
    tried, worst, _ = state()
    assert tried == "tried"
    assert worst < 4
    ana.submit(RIGHT)
    grade_all()
    assert state() == ("passed", 4.0, 2)


def test_an_exercise_comes_with_its_texts_and_dates(ana, small_course):
    small_course("due = 2999-01-01T00:00:00Z\nattempts = 3")
    found = ana.get("/exercises/scale").json
    assert found["statement"].startswith("# Scale")
    assert "def scale(x, factor=2.0):" in found["starter"]
    assert (found["due"], found["closes"], found["attempts_allowed"]) == ("2999-01-01T00:00:00Z", None, 3)


def test_nothing_hidden_is_told(ana):
    text = ana.get("/exercises/scale").get_data(as_text=True)
    assert "return factor * x" not in text


@pytest.mark.parametrize("name", ["scael", "%00", "%FF", "..", "a" * 5000, "scale%2Fx", "layer%20"])
def test_an_exercise_that_is_not_there_is_not_found(ana, name):
    answer = ana.get(f"/exercises/{name}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


# --- which course -----------------------------------------------------------------------------------------------------


def test_the_newest_course_is_meant_where_none_is_named(ana, database):
    with database.writing() as session:
        user = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        other = session.scalars(select(Course).where(Course.slug == "other")).one()
        session.add(Membership(course_id=other.id, user_id=user.id, role="student", created_at=now()))
    assert ana.get("/exercises/scale").json["course"] == "other"
    assert ana.get("/exercises/scale?course=small").json["course"] == "small"
    assert [course["slug"] for course in ana.get("/me").json["courses"]] == ["other", "small"]


@pytest.mark.parametrize("slug", ["other", "none", "%00", "%FF", "", "s" * 5000])
def test_a_course_that_is_not_ones_own_is_not_there(ana, slug):
    assert ana.get(f"/exercises?course={slug}").status_code == 404
    assert ana.ask("POST", f"/exercises/scale/submissions?course={slug}", json={"source": RIGHT}).status_code == 404


def test_whoever_is_in_no_course_is_told_so(ana, database):
    with database.writing() as session:
        for membership in session.scalars(select(Membership)):
            session.delete(membership)
    assert ana.get("/exercises").json["title"] == "You are in no course"
    assert ana.get("/me").json["courses"] == []


# --- bad requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/", "/none", "/me/", "//me", "/exercises//submissions", "/%00", "/%FF"])
def test_an_unknown_address_is_a_problem_in_json(ana, path):
    answer = ana.get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/me", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/exercises/scale/submissions", {"POST", "OPTIONS"}),
        ("GET", "/tokens/current", {"DELETE", "OPTIONS"}),
        ("TRACE", "/submissions", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_with_the_right_ones(ana, method, path, allowed):
    answer = ana.ask(method, path)
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_database_that_is_away_is_told_with_the_time_to_come_back(app, ana, monkeypatch):
    def refuse():
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(app.extensions["chainrule"].database.engine.pool, "connect", refuse)
    answer = ana.get("/me")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
