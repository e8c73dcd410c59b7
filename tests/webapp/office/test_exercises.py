"""Exercises as instructors run them: dates, attempts, visibility behind the gate."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from webapp.courses.models import Course, ExerciseSetup
from webapp.database import now
from webapp.office import gate
from webapp.office.gate import Finding
from webapp.office.views import exercises

PAGE = "/courses/small/setup/exercises"
SCALE = f"{PAGE}/scale"
DATES = """
title = "A course with dates"
timezone = "Europe/Madrid"

[[units]]
name = "sound"
title = "Sound"
exercises = ["scale", "layer"]
due = 2027-01-15T23:59:59

[[units]]
name = "faulty"
title = "Faulty"
exercises = ["leaky", "broken", "undecided"]
"""
UNCHANGED = {"hints": "at_once"}


@pytest.fixture
def setups(database):
    """What is set, by exercise."""

    def read():
        with database.reading() as session:
            return {each.exercise: each for each in session.scalars(select(ExerciseSetup))}

    return read


@pytest.fixture
def lets_through(monkeypatch):
    """A gate that lets everything through, and counts how often it is asked."""
    asked = []

    def prove(content, exercise):
        asked.append(exercise.name)
        return Finding(True, 5)

    monkeypatch.setattr(exercises.gate, "prove", prove)
    return asked


def body(answer):
    return answer.get_data(as_text=True)


def test_dates_are_those_of_the_courses_clock(browser, rewrite_course, setups, text_of, changes):
    rewrite_course(DATES)
    fields = {**UNCHANGED, "due": "2027-07-01T23:59", "attempts": "3", "cool_down": "yes"}
    assert browser("ines").post(SCALE, fields).status_code == 302
    setup = setups()["scale"]
    assert setup.due == datetime(2027, 7, 1, 21, 59, tzinfo=UTC)
    assert (setup.attempts, setup.cool_down) == (3, True)
    assert 'value="2027-07-01T23:59"' in text_of("ines", SCALE)
    (change,) = changes("exercise")
    assert change.before == {"due": None, "attempts": None, "cool_down": None}
    assert change.after == {"due": "2027-07-01T23:59", "attempts": "3", "cool_down": "yes"}


def test_an_empty_field_is_as_course_toml_says(browser, rewrite_course, setups):
    rewrite_course(DATES)
    browser("ines").post(SCALE, {**UNCHANGED, "due": "2027-07-01T23:59"})
    browser("ines").post(SCALE, UNCHANGED)
    assert setups()["scale"].due is None


def test_a_date_of_course_toml_can_be_taken_away(browser, rewrite_course, setups, text_of, changes):
    rewrite_course(DATES)
    assert "No due date, whatever course.toml says" in text_of("ines", SCALE)
    assert "It never closes" not in text_of("ines", SCALE)  # course.toml says nothing of that
    assert "2027-01-15T22:59:59" in text_of("ana", "/courses/small/exercises/scale")
    assert browser("ines").post(SCALE, {**UNCHANGED, "no_due": "yes"}).status_code == 302
    assert "2027-01-15T22:59:59" not in text_of("ana", "/courses/small/exercises/scale")
    assert "2027-01-15T22:59:59" in text_of("ana", "/courses/small/exercises/layer")
    assert changes("exercise")[0].after == {"no_due": "yes"}
    browser("ines").post(SCALE, UNCHANGED)
    assert setups()["scale"].without == ""


@pytest.fixture
def began_with(database):
    """Lets the edition have begun with these exercises alone."""

    def run(*names):
        with database.writing() as session:
            session.scalars(select(Course).where(Course.slug == "small")).one().began_with = list(names)

    return run


def test_what_is_put_into_the_folder_later_is_hidden_until_it_is_published(
    browser, began_with, lets_through, text_of, setups
):
    began_with("scale", "leaky", "broken", "undecided")
    assert "Layer" not in text_of("ana", "/courses/small/")
    assert "Scale" in text_of("ana", "/courses/small/")
    assert browser("ana").get("/courses/small/exercises/layer").status_code == 404
    assert "put into the course’s folder after the edition was added" in text_of("ines", f"{PAGE}/layer")
    browser("ines").post(f"{PAGE}/layer", {**UNCHANGED, "attempts": "3"})
    assert setups()["layer"].hidden
    assert "Layer" not in text_of("ana", "/courses/small/")
    assert browser("ines").post(f"{PAGE}/layer/visibility", {"visible": "yes"}).status_code == 302
    assert lets_through == ["layer"]
    assert "Layer" in text_of("ana", "/courses/small/")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"opens": "2027-02-01T00:00"}, "out of order"),
        ({"due": "2027-03-01T00:00", "closes": "2027-02-01T00:00"}, "out of order"),
        ({"due": "tomorrow"}, "is no date and time"),
        ({"due": "2027-03-28T02:30"}, "does not exist on that day"),
        ({"due": "2027-03-01T00:00", "no_due": "yes"}, "Take one of the two away."),
        ({"attempts": "-1"}, "is no whole number from 0"),
        ({"attempts": "²"}, "is no whole number from 0"),
        ({"hints": "never"}, "is no time for hints"),
        ({"hints": "after_attempts"}, "After how many attempts"),
        ({"hints": "after_attempts", "hints_after": "5", "attempts": "3"}, "nobody would see a hint"),
    ],
)
def test_what_does_not_fit_is_told_and_not_kept(fields, told, browser, rewrite_course, setups):
    rewrite_course(DATES)
    answer = browser("ines").post(SCALE, {**UNCHANGED, **fields})
    assert answer.status_code == 422
    assert told in body(answer)
    assert setups() == {}


def test_hints_after_a_deadline_need_one(browser, setups):
    answer = browser("ines").post(SCALE, {"hints": "after_deadline"})
    assert "has no deadline" in body(answer)
    assert setups() == {}


def test_a_date_that_is_set_holds_for_students_and_their_grades(browser, put, share_of, text_of):
    put(received_at=now() - timedelta(days=1), state="graded", score=2, max_score=4, status="failed")
    assert share_of("ana") == ["1/2", "1/2"]
    past = (now() - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    browser("ines").post(SCALE, {**UNCHANGED, "closes": past})
    assert "Closed" in text_of("ana", "/courses/small/")
    assert share_of("ana") == ["0", "0"]


def test_hiding_takes_an_exercise_from_students_everywhere(browser, bearer, app, text_of, changes):
    assert browser("ines").post(f"{SCALE}/visibility", {"visible": "no"}).status_code == 302
    assert ">Scale<" not in text_of("ana", "/courses/small/")
    assert "Scale" not in text_of("ana", "/courses/small/grade")
    ana = browser("ana")
    for path in ("", "/submissions", "/run"):
        assert ana.get(f"/courses/small/exercises/scale{path}").status_code == 404
    for path in ("/submissions", "/run", "/start-over"):
        assert ana.post(f"/courses/small/exercises/scale{path}", {"source": "x = 1"}).status_code == 404
    client, headers = app.test_client(), bearer("ana")
    listed = client.get("/api/v1/exercises", headers=headers).json["exercises"]
    assert "scale" not in [each["name"] for each in listed]
    assert client.get("/api/v1/exercises/scale", headers=headers).status_code == 404
    handed_in = client.post("/api/v1/exercises/scale/submissions", headers=headers, json={"source": "x = 1"})
    assert handed_in.status_code == 404
    assert "scale" not in str(client.get("/api/v1/grades", headers=headers).json["components"])
    (change,) = changes("exercise")
    assert (change.before, change.after) == ({"visible": True}, {"visible": False})


def test_staff_see_a_hidden_exercise_and_that_it_is_hidden(set_up, text_of):
    set_up(hidden=True)
    assert "Hidden" in text_of("tia", "/courses/small/")
    assert "Students do not see this exercise" in text_of("tia", "/courses/small/exercises/scale")


def test_what_was_handed_in_to_a_hidden_exercise_stays_the_students_own(graded, set_up, text_of):
    id = graded()
    set_up(hidden=True)
    page = text_of("ana", f"/submissions/{id}")
    assert "1 of 4" in " ".join(page.replace('<span class="of">', "").split())
    assert "/exercises/scale" not in page


def test_a_hidden_exercise_does_not_count(put, set_up, share_of, browser):
    put(state="graded", score=1, max_score=4, status="failed")
    before = share_of("ana", "grade")
    browser("ines").post(f"{SCALE}/visibility", {"visible": "no"})
    assert share_of("ana", "grade") != before
    assert share_of("ana", "grade") == ["0", "1"]


def test_a_fit_exercise_is_published_and_proven_once(set_up, browser, setups, lets_through, text_of):
    set_up(hidden=True)
    ines = browser("ines")
    assert ines.post(f"{SCALE}/visibility", {"visible": "yes"}).status_code == 302
    assert not setups()["scale"].hidden
    assert browser("ana").get("/courses/small/exercises/scale").status_code == 200
    ines.post(f"{SCALE}/visibility", {"visible": "no"})
    ines.post(f"{SCALE}/visibility", {"visible": "yes"})
    assert not setups()["scale"].hidden
    assert lets_through == ["scale"]
    assert "This version has passed the publishing gate." in text_of("ines", SCALE)


def test_another_version_is_proven_anew(rewrite_course, set_up, browser, lets_through):
    folder = rewrite_course(DATES)
    set_up(hidden=True)
    ines = browser("ines")
    ines.post(f"{SCALE}/visibility", {"visible": "yes"})
    ines.post(f"{SCALE}/visibility", {"visible": "no"})
    with (folder / "exercises/sound/scale/statement.md").open("a", encoding="utf-8") as file:
        file.write("More.\n")
    ines.get("/courses/small/")
    library = ines.client.application.extensions["chainrule"].library
    library._known.clear()  # the folder is looked at again only after a moment
    ines.post(f"{SCALE}/visibility", {"visible": "yes"})
    assert lets_through == ["scale", "scale"]


def test_neither_visible_nor_hidden_is_refused(browser):
    assert browser("ines").post(f"{SCALE}/visibility", {"visible": "perhaps"}).status_code == 422


def test_a_gate_that_takes_too_long_says_what_to_do(course, monkeypatch):
    monkeypatch.setattr(gate, "LIMIT_S", 0.01)
    finding = gate.prove(course, course.exercise("scale"))
    assert not finding.passed
    assert "chainrule exercise test scale" in finding.against[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("leaky", "keeps_the_sign, seed 0: is not caught"),
        ("broken", "raises_by_itself"),
        ("undecided", "never_decides"),
    ],
)
def test_the_gate_does_not_let_a_faulty_exercise_through(name, why, set_up, browser, setups, changes):
    set_up(name, hidden=True)
    answer = browser("ines").post(f"{PAGE}/{name}/visibility", {"visible": "yes"})
    assert answer.status_code == 422
    assert "stays hidden" in body(answer)
    assert why in body(answer)
    assert setups()[name].hidden
    assert browser("ana").get(f"/courses/small/exercises/{name}").status_code == 404
    (change,) = changes("gate")
    assert change.after["passed"] is False


@pytest.mark.slow
def test_the_gate_lets_a_sound_exercise_through(course):
    assert gate.prove(course, course.exercise("scale")) == Finding(True, gate.SEEDS)
