"""The grade as the API tells it."""

from __future__ import annotations

import pytest

WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"
SCHEME = """
[grade]
[[grade.components]]
key = "labs"
title = "Labs"
weight = 3
exercises = ["scale", "layer"]
[[grade.components]]
key = "exam"
title = "Exam"
weight = 1
max = 10
"""


@pytest.fixture
def graded_course(small_course):
    """The course "small" with a grade of labs and an exam."""
    small_course("", SCHEME)


def shares(component):
    return {key: component[key] for key in ("weight", "score", "low", "high", "state")}


def test_what_is_missing_is_missing_and_no_zero(ana, graded_course):
    grades = ana.get("/grades").json
    assert grades["course"] == "small"
    assert grades["scale"] == {"lowest": "0", "highest": "10"}
    assert grades["grade"] == {"value": None, "low": "0.0", "high": "10.0", "mark": None}
    labs, exam = grades["components"]
    assert shares(exam) == {"weight": "0.25", "score": None, "low": "0", "high": "1", "state": "missing"}
    assert [each["key"] for each in labs["components"]] == ["scale", "layer"]


def test_a_graded_exercise_counts_in_all_that_it_is_part_of(ana, graded_course, grade_all):
    ana.submit()
    grade_all()
    grades = ana.get("/grades").json
    labs, _ = grades["components"]
    assert (grades["grade"]["low"], grades["grade"]["high"]) == ("3.8", "10.0")
    assert shares(labs) == {"weight": "0.75", "score": "1", "low": "0.5", "high": "1", "state": "partial"}
    assert labs["components"][0]["state"] == "graded"


def test_work_without_a_verdict_is_neither_missing_nor_graded(ana, graded_course):
    ana.submit()
    scale = ana.get("/grades").json["components"][0]["components"][0]
    assert shares(scale) == {"weight": "0.5", "score": None, "low": "0", "high": "1", "state": "partial"}


def test_what_can_no_longer_be_handed_in_is_settled(ana, small_course):
    small_course("closes = 2020-01-01T00:00:00Z", SCHEME)
    scale = ana.get("/grades").json["components"][0]["components"][0]
    assert shares(scale) == {"weight": "0.5", "score": "0", "low": "0", "high": "0", "state": "graded"}


def test_a_course_without_a_scheme_has_a_grade_of_its_exercises(ana):
    components = ana.get("/grades").json["components"]
    assert [each["key"] for each in components] == ["scale", "layer", "leaky", "broken", "undecided"]
    assert components[0]["weight"] == "0.2"
