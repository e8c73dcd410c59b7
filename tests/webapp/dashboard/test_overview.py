"""The overview: how the class is doing, what it gets wrong, who needs help."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from webapp.courses.models import ExerciseSetup
from webapp.database import now
from webapp.grades.models import Excuse, ExtensionGrant

from .building import Try, queries

OVERVIEW = "/courses/small/class"
DAY = timedelta(days=1)


def test_a_class_that_has_done_nothing_is_told_how_the_page_fills(read) -> None:
    page = read()
    assert "The line of the class against its deadlines begins with the first full marks" in page
    assert "No mistake has been recognised yet" in page
    assert "Nobody needs you at the moment" in page
    assert "Failures on our side none" in page


def test_each_exercise_has_its_numbers(small, read) -> None:
    for user, hours in zip(small.enrol(3), (1, 3, 5), strict=True):
        small.hand_in(user, "scale", Try(1, 10), Try(4, 10 - hours))
    small.hand_in(small.number("ana"), "scale", Try(2, 2))
    page = read()
    # Three of five with full marks, one tried, one not started; the medians of two attempts and three hours.
    assert re.search(r"Scale 3 60% 1 1 2 3 h", page), page


def test_the_time_to_full_marks_is_the_same_on_every_page(small, read) -> None:
    for user, minutes in zip(small.enrol(2), (121, 182), strict=True):
        small.hand_in(user, "scale", Try(1, 10), Try(4, 10 - minutes / 60))
    assert re.search(r"Scale 2 50% 0 2 2 2 h", read())
    assert re.search(r"Time to full marks 2 h", read("/exercises/scale"))


def test_staff_and_other_courses_do_not_count(small, read) -> None:
    small.hand_in(small.number("tia"), "scale", Try(4, 1))
    assert re.search(r"Scale 0 0% 0 2 – –", read())


def test_the_commonest_mistake_comes_first_by_its_title(small, read) -> None:
    first, second, third = small.enrol(3)
    small.hand_in(first, "scale", Try(1, 5, "adds_the_factor"), Try(1, 4, "adds_the_factor"))
    small.hand_in(second, "scale", Try(1, 5, "in_place"), Try(4, 4))
    small.hand_in(third, "scale", Try(1, 3, "in_place"))
    page = read()
    assert re.search(r"“You overwrite x” 2 1 .*“You add the factor to x” 1 1 ", page)


def test_a_mistake_that_the_exercise_no_longer_has_keeps_its_name(small, read) -> None:
    small.hand_in(small.number("ana"), "scale", Try(1, 5, "lost_in_time"))
    assert "Lost in time" in read()


def test_an_exercise_that_cannot_be_loaded_does_not_take_the_page_away(small, rewrite_course, read) -> None:
    folder = rewrite_course('title = "T"\n[[units]]\nname = "sound"\ntitle = "S"\nexercises = ["scale"]\n')
    (folder / "reference/sound/scale/mistakes.py").write_text("no python", encoding="utf-8")
    small.hand_in(small.number("ana"), "scale", Try(1, 5, "in_place"))
    assert "In place" in read()


def test_who_has_not_started_what_is_due_needs_help(small, set_due, read) -> None:
    set_due("scale", now() - DAY)
    set_due("layer", now() + DAY)
    small.hand_in(small.number("ben"), "scale", Try(4, 30))
    page = read()
    assert "Ana Alonso Has handed in nothing yet; Scale was due. Has not started Layer, due within 2 days." in page
    assert "Ben Blanco Has not started Layer, due within 2 days." in page


def test_what_waits_for_its_first_verdict_has_been_started(small, set_due, read) -> None:
    set_due("scale", now() - DAY)
    small.hand_in(small.number("ana"), "scale", Try(None, 30))
    page = read()
    assert "Ana Alonso" not in page
    assert "Waiting for a verdict 1" in page


def test_who_is_stuck_needs_help(small, read) -> None:
    small.hand_in(small.number("ana"), "scale", Try(2, 9), *(Try(1, hours) for hours in range(6)))
    assert "Is stuck at Scale (6 attempts since the best one)." in read()


@pytest.mark.parametrize("whose", ["ana", "group"])
def test_who_has_an_extension_is_not_late(small, set_due, read, whose) -> None:
    set_due("scale", now() - DAY)
    with small.database.writing() as session:
        session.add(
            ExtensionGrant(
                course_id=small.course.id, user_id=small.number("ana") if whose == "ana" else None,
                group="" if whose == "ana" else "A", exercise="scale", days=9, by_id=small.number("ines"),
                granted_at=now(),
            )
        )  # fmt: skip
    page = read()
    assert "Ana Alonso" not in page
    assert "Ben Blanco" in page


def test_who_is_excused_is_not_late(small, set_due, read) -> None:
    set_due("scale", now() - DAY)
    with small.database.writing() as session:
        session.add(
            Excuse(
                course_id=small.course.id, user_id=small.number("ana"), component="scale", reason="",
                by_id=small.number("ines"), excused_at=now(),
            )
        )  # fmt: skip
    assert "Ana Alonso" not in read()


def test_what_is_excused_sets_nobody_behind_tried_or_not(small, read) -> None:
    ana = small.number("ana")
    for user in [*small.enrol(5), small.number("ben")]:
        for exercise in ("scale", "layer", "leaky"):
            small.hand_in(user, exercise, Try(4, 5))
    small.hand_in(ana, "leaky", Try(4, 5))
    small.hand_in(ana, "scale", Try(1, 5))
    assert "Ana Alonso Falls behind: full marks in 1 exercise" in read()
    with small.database.writing() as session:
        session.add_all(
            Excuse(
                course_id=small.course.id, user_id=ana, component=component, reason="", by_id=ana, excused_at=now()
            )
            for component in ("scale", "leaky")
        )  # fmt: skip
    assert "Ana Alonso" not in read()


def test_nobody_is_late_with_a_hidden_exercise(small, read) -> None:
    with small.database.writing() as session:
        session.add(
            ExerciseSetup(
                course_id=small.course.id, exercise="scale", due=now() - DAY, hidden=True, cool_down=False,
                hints="at_once", hints_after=0,
            )
        )  # fmt: skip
    page = read()
    assert "Scale hidden" in page
    assert "Nobody needs you" in page


def test_a_failure_of_ours_is_told_with_who_met_it(small, read) -> None:
    small.hand_in(small.number("ana"), "scale", Try(4, 2, failures=2), Try(None, 1, failures=1))
    page = read()
    assert "1 after a failure of ours" in page
    assert "Failures on our side 3" in page
    assert "Ana Alonso , Scale: 3 failures" in page


def test_the_charts_come_with_their_numbers_and_ask_nobody_else(small, set_due, browser) -> None:
    set_due("scale", now() - DAY)
    small.hand_in(small.number("ana"), "scale", Try(4, 50))
    page = browser("ines").get(OVERVIEW).get_data(as_text=True)
    specs = [json.loads(spec) for spec in re.findall(r'<script type="application/json">(.*?)</script>', page)]
    assert len(specs) == 2
    assert not re.search(r"https?:", json.dumps(specs))
    assert page.count("<summary>The numbers</summary>") == 2
    # One of two students has full marks in one exercise: a half.
    name = specs[0]["layer"][0]["data"]["name"]
    assert 0.5 in [row["Exercises of a student"] for row in specs[0]["datasets"][name]]


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_class(small, set_due, app, browser) -> None:
    set_due("scale", now() - DAY)
    ines, counted = browser("ines"), []
    for more in (3, 27):
        for place, user in enumerate(small.enrol(more, "A")):
            small.hand_in(user, "scale", Try(1, 9, "in_place", failures=1), *[Try(4, 3)] * (place % 2))
        ines.get(OVERVIEW)  # renews the roll-ups, which is work for those who have changed
        asked_for = {}
        for path in ("", "/exercises/scale", "/diagnoses/scale/in_place", "/students"):
            with queries(app) as asked:
                assert ines.get(f"{OVERVIEW}{path}").status_code == 200
            asked_for[path] = len(asked)
        counted.append(asked_for)
    assert counted[0] == counted[1]


def test_a_graded_submission_is_there_at_once(browser, grade_all, read) -> None:
    source = "def scale(x, factor=2.0):\n    return x + factor\n"
    browser("ana").post("/courses/small/exercises/scale/submissions", {"source": source})
    grade_all()
    assert "“You add the factor to x” 1 1" in read()
    assert "Ana Alonso" in read("/diagnoses/scale/adds_the_factor")
