"""The pages of an exercise, a diagnosis, the students and one student."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from webapp import audit
from webapp.database import now
from webapp.grades.models import Excuse, ExtensionGrant, HandScore

from .building import Class, Try, queries

WITH_EXAM = """
title = "A course with an exam"
[[units]]
name = "sound"
title = "Sound"
exercises = ["scale", "layer"]
[[grade.components]]
key = "labs"
title = "Labs"
exercises = "all"
[[grade.components]]
key = "exam"
title = "Exam"
max = 10
"""
STUDENTS = "/courses/small/class/students"


def test_an_exercise_that_nobody_has_tried_says_how_it_fills(read) -> None:
    page = read("/exercises/scale")
    assert "The charts begin with the first submission that is graded" in page
    assert "Full marks – " not in page
    assert "Difficulty –" in page


def test_an_exercise_has_its_difficulty_and_its_discrimination(small: Class, read) -> None:
    for place, user in enumerate(small.enrol(12)):
        small.hand_in(user, "scale", Try(4 if place > 5 else 1, 3))
        small.hand_in(user, "layer", Try(min(place, 4), 3))
    page = read("/exercises/scale")
    assert "Full marks 43% 6 of 14 students" in page
    assert "Difficulty 0.62" in page  # six at full marks, six at a quarter
    assert re.search(r"Discrimination 0\.\d+ tells strong from weak: correlation", page)


def test_full_marks_stay_what_they_are_when_an_exercise_is_given_more_points(small: Class, read) -> None:
    ana = small.number("ana")
    small.hand_in(ana, "scale", Try(10, 3, most=10), Try(8, 2, most=20), Try(12, 1, most=30))
    page = read("/exercises/scale")
    assert "Difficulty 1 " in page
    assert "Ana Alonso Full marks 10 of 10 3 2" in page
    assert "Full marks 10 of 10 3" in read(f"/students/{ana}")


def test_the_checks_that_stand_in_the_way_are_those_of_the_best_attempts(small: Class, read) -> None:
    first, second, done = small.enrol(3)
    for user, passes in ((first, True), (second, False)):
        worst, best = small.hand_in(user, "scale", Try(1, 5), Try(2, 4))
        small.report(worst, [("It is finite", False)])
        small.report(best, [("It multiplies", passes), ("It doubles", False)])
    small.hand_in(done, "scale", Try(4, 1))
    page = read("/exercises/scale")
    assert "best attempts of 2 students without full marks" in page
    assert "It multiplies 1 50% 0 It doubles 2 100% 0" in page
    assert "It is finite" not in page


@pytest.mark.parametrize(
    ("state", "shown"),
    [("all", {"Ana", "Ben"}), ("full", {"Ana"}), ("tried", set()), ("not-started", {"Ben"}), ("odd", {"Ana", "Ben"})],
)
def test_the_students_of_an_exercise_by_their_state(small: Class, read, state, shown) -> None:
    small.hand_in(small.number("ana"), "scale", Try(4, 1))
    page = read(f"/exercises/scale?state={state}")
    assert {name for name in ("Ana", "Ben") if f"{name} " in page} == shown


def test_a_long_class_is_shown_page_by_page(small: Class, read) -> None:
    small.enrol(60)
    assert "Page 1 of 2" in read("/exercises/scale")
    assert "Page 2 of 2" in read("/exercises/scale?page=2")
    assert "No student is in this list" in read("/exercises/scale?page=9")


def test_a_diagnosis_opens_the_students_behind_it(small: Class, browser, read) -> None:
    over, at_it, elsewhere = small.enrol(3)
    small.hand_in(over, "scale", Try(1, 9, "in_place"), Try(4, 8))
    last = small.hand_in(at_it, "scale", Try(1, 9, "in_place"), Try(1, 7, "in_place"))[1]
    small.hand_in(elsewhere, "scale", Try(1, 9, "in_place"), Try(2, 6, "other_default"))
    page = read("/diagnoses/scale/in_place")
    assert "“You overwrite x” 3 students at Scale." in page
    assert "The caller still needs it." in page
    assert "Submissions 4" in page
    assert "With full marks by now 1 of 3" in page
    assert re.search(r"Still there 2 .*Something else now 1 .*Full marks 1 ", page)
    address = "/courses/small/class/diagnoses/scale/in_place"
    page = browser("ines").get(address).get_data(as_text=True)
    assert f"/submissions/{last}" in page
    assert f'href="/courses/small/class/students/{at_it}?exercise=scale#submissions">2</a>' in page


def test_a_mistake_that_nobody_has_made_is_there_and_empty(read) -> None:
    assert "Nobody has made this mistake" in read("/diagnoses/scale/in_place")


@pytest.mark.parametrize(
    "path",
    ["/exercises/nothing", "/diagnoses/scale/nothing", "/diagnoses/nothing/in_place", "/students/99999999999999999999"],
)
def test_what_is_not_there_is_not_found(browser, path) -> None:
    assert browser("ines").get(f"/courses/small/class{path}").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"), [("ana", {"Ana"}), ("blanc b", {"Ben"}), ("%", set()), ("", {"Ana", "Ben"})]
)
def test_students_are_found_by_name_address_or_group(read, words, found) -> None:
    page = read(f"/students?q={words.replace('%', '%25')}")
    assert {name for name in ("Ana", "Ben") if f"{name} " in page} == found


def test_the_list_of_students_tells_what_each_has_done(small: Class, read) -> None:
    small.hand_in(small.number("ana"), "scale", Try(1, 2), Try(4, 1))
    small.hand_in(small.number("ana"), "layer", Try(1, 1))
    assert re.search(r"Ana Alonso ana@example.org A 1 of 5 2 3 ", read("/students"))
    assert re.search(r"Ben Blanco ben@example.org B 0 of 5 0 0 – ", read("/students"))


def test_a_students_page_has_all_the_work(small: Class, read) -> None:
    ana = small.number("ana")
    small.hand_in(ana, "scale", Try(1, 3, "in_place"), Try(4, 2))
    small.hand_in(ana, "layer", Try(None, 1))
    page = read(f"/students/{ana}")
    assert re.search(r"Scale Full marks 4 of 4 2 ", page)
    assert re.search(r"Layer Waiting – 1 ", page)
    assert re.search(r"Scale Not yet right 1 of 4 “You overwrite x”", page)
    assert "The verdict is on its way" in page
    assert "It counts" in page  # how the grade comes to be


def test_a_students_submissions_can_be_those_to_one_exercise(small: Class, read) -> None:
    ana = small.number("ana")
    small.hand_in(ana, "scale", Try(1, 3, "in_place"))
    small.hand_in(ana, "layer", Try(1, 3, "one_sided"))
    page = read(f"/students/{ana}?exercise=layer")
    assert "Submissions to Layer" in page
    assert "Your slope looks to one side only" in page
    assert "You overwrite x" not in page


def test_a_student_who_has_done_nothing_has_a_page_that_says_so(small: Class, read) -> None:
    page = read(f"/students/{small.number('ben')}")
    assert "No submissions yet" in page
    assert "Nothing was decided for Ben Blanco" in page
    assert "Nothing has been changed by hand" in page


def test_a_students_page_has_what_the_team_decided(small: Class, rewrite_course, read) -> None:
    rewrite_course(WITH_EXAM)
    ana, ines = small.number("ana"), small.number("ines")
    mine = {"course_id": small.course.id, "user_id": ana}
    with small.database.writing() as session:
        session.add(HandScore(**mine, component="exam", score=Decimal("7.5"), comment="Good", changed_at=now()))
        session.add(
            ExtensionGrant(**mine, exercise="scale", days=2, reason="Ill", by_id=ines, granted_at=now()),
        )
        session.add(
            ExtensionGrant(
                course_id=small.course.id, user_id=None, group="A", exercise="", due=now() + timedelta(days=3),
                reason="Strike", by_id=ines, granted_at=now(),
            )
        )  # fmt: skip
        session.add(Excuse(**mine, component="layer", reason="Has done it", by_id=ines, excused_at=now()))
        audit.record(
            session, **mine, by_id=ines, kind="score", subject="Exam", before={"score": None}, after={"score": "7.5"},
            reason="An interview",
        )  # fmt: skip
    page = read(f"/students/{ana}")
    for words in (
        "Exam : 7.5 of 10 . “Good”",
        "Scale : 2 days more. “Ill” by Inés Ibarra",
        "All exercises : due",
        "for group A. “Strike”",
        "Layer . “Has done it” by Inés Ibarra",
        "Score: Exam score: – → 7.5 An interview",
    ):
        assert words in page
    assert "Strike" not in read(f"/students/{small.number('ben')}")


@pytest.mark.parametrize(
    ("person", "status"), [("ana", 403), ("ben", 403), ("tia", 200), ("ines", 200), ("omar", 404), ("ada", 200)]
)
def test_only_the_courses_staff_see_a_student(small: Class, browser, person, status) -> None:
    assert browser(person).get(f"{STUDENTS}/{small.number('ana')}").status_code == status


def test_the_students_of_another_course_are_not_there(small: Class, browser) -> None:
    assert browser("ines").get(f"{STUDENTS}/{small.number('sol')}").status_code == 404


def test_the_queries_of_a_students_page_do_not_grow_with_the_submissions(small: Class, app, browser) -> None:
    ines, ana, counted = browser("ines"), small.number("ana"), []
    for tries in (3, 30):
        small.hand_in(ana, "scale", *(Try(1, hours, "in_place") for hours in range(tries)))
        with queries(app) as asked:
            assert ines.get(f"{STUDENTS}/{ana}").status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]
