"""The page of the grade."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import now
from webapp.grades.models import Excuse, HandScore

GRADE = "/courses/small/grade"


def page_of(browser, name, path=GRADE):
    answer = browser(name).get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_at_the_start_all_is_open(browser):
    page = page_of(browser, "ana")
    told = words(page)
    assert "0.0 to 10.0 of 10" in told
    assert "0.00 earned 0.00 lost 10.00 still open of 10" in told
    assert page.count('class="badge" data-state="open"') == 5
    assert "Missing" not in told


def test_what_a_better_attempt_can_win_is_open_too(browser, grade_all):
    ana = browser("ana")
    ana.post("/courses/small/exercises/scale/submissions", {"source": "def scale(x, factor=2.0):\n    return x\n"})
    grade_all()
    told = words(ana.get(GRADE).get_data(as_text=True))
    assert "0.00 lost" in told
    assert "of the open points are in exercises you have tried" in told


def test_each_number_says_how_it_came_to_be(browser, grade_all):
    source = {"source": "def scale(x, factor=2.0):\n    return x * factor\n"}
    ana = browser("ana")
    address = ana.post("/courses/small/exercises/scale/submissions", source).headers["Location"]
    grade_all()
    page = ana.get(GRADE).get_data(as_text=True)
    assert "2.0 to 10.0" in page
    assert "The only attempt counts: 4 of 4" in page
    assert f'href="{address}">The attempt that counts' in page
    assert 'id="how-scale"' in page


def test_what_is_needed_is_worked_out(browser):
    told = words(page_of(browser, "ana", f"{GRADE}?in=scale&reach=2&with=4&others=zero"))
    assert "For 2 you need at least 3.9 of 4 in Scale." in told
    assert "With 4 of 4 in Scale, the grade is 2.0" in told


def test_what_cannot_be_reached_is_told_with_what_can(browser):
    told = words(page_of(browser, "ana", f"{GRADE}?in=scale&reach=9&others=zero"))
    assert "Scale alone does not bring you to 9: with full marks in it the grade is 2.0" in told


def test_a_target_that_is_none_is_told(browser):
    page = page_of(browser, "ana", f"{GRADE}?reach=<script>")
    assert "is no number" in page
    assert "<script>&#39;" not in page
    assert "reach=<script>" not in page


def test_strangers_do_not_see_it(browser):
    assert browser("sol").get(GRADE).status_code == 404
    assert browser(None).get(GRADE).status_code == 302


MINIMUM = """
title = "A course for the tests"

[[units]]
name = "sound"
title = "Exercises without a fault"
exercises = ["scale", "layer"]

[[grade.components]]
key = "labs"
title = "Labs"
max = 10

[[grade.components]]
key = "exam"
title = "Exam"
max = 10
minimum = { least = 4, cap = 3.5 }
"""


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ({"labs": 9}, "A minimum is not met yet Exam must reach 4 of 10; until it does, the grade is at most 3.5."),
        (
            {"labs": 9, "exam": 3},
            "A minimum is not met Exam had to reach 4 of 10 and does not, so the grade is at most 3.5.",
        ),
        ({"labs": 2, "exam": 3}, None),
    ],
)
def test_a_minimum_that_holds_the_grade_down_is_told(browser, database, rewrite_course, scores, told):
    rewrite_course(MINIMUM)
    with database.writing() as session:
        user = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()
        course = session.scalars(select(Course.id).where(Course.slug == "small")).one()
        session.add_all(
            HandScore(course_id=course, user_id=user, component=key, score=Decimal(score), changed_at=now())
            for key, score in scores.items()
        )
    page = words(page_of(browser, "ana"))
    assert told in page if told else "A minimum" not in page


def test_where_nothing_counts_all_pages_and_the_api_say_that_all_is_possible(browser, database, app, bearer):
    with database.writing() as session:
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        session.add(Excuse(course_id=course.id, user_id=ana.id, component="grade", by_id=ana.id, excused_at=now()))
    begins = "begins with the first exercise or score that counts; until then it can become anything from 0 to 10."
    assert f"Nothing counts yet Your grade {begins}" in words(page_of(browser, "ana"))
    assert f"Nothing counts yet The grade {begins}" in words(
        page_of(browser, "ines", f"/courses/small/class/students/{ana.id}")
    )
    assert "0.00 earned 0.00 lost 10.00 still open of 10" in words(page_of(browser, "ana", "/courses/small/"))
    told = app.test_client().get("/api/v1/grades", headers=bearer("ana"))
    assert told.json["grade"] == {"value": None, "low": "0", "high": "10", "mark": None}
