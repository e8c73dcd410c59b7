"""What somebody can ask about their grade."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from grader.grade_scheme import Component, GradeScheme, Mark, Scale
from grader.timetable import Timetable
from webapp.grades.questions import answer, open_leaves, question_of
from webapp.grades.tree import GradeTree, Work

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MARKS = (Mark(Decimal(0), "fail"), Mark(Decimal(4), "pass"))


def grade(scores=None, marks=MARKS):
    labs = Component("labs", "Labs", "score", Decimal(3), max_score=Decimal(20))
    exam = Component("exam", "Exam", "score", Decimal(1), max_score=Decimal(10))
    root = Component("grade", "Grade", "group", components=(labs, exam), policy="best")
    tree = GradeTree(GradeScheme(root, Scale(marks=marks)), {"labs": Timetable()}, UTC)
    return tree.grade(Work(scores=scores or {}), NOW)


def test_the_question_at_first_is_what_passes_the_course_in_what_weighs_most():
    question = question_of(grade(), {})
    assert (question.component.key, question.target, question.score) == ("labs", 4, 10)
    assert question_of(grade(marks=()), {}).target == 5


def test_what_is_settled_cannot_be_asked_for():
    assert [node.key for node in open_leaves(grade({"labs": 10}))] == ["exam"]
    assert question_of(grade({"labs": 10, "exam": 5}), {}) is None


def test_it_says_what_is_needed_and_what_a_score_gives():
    found = grade({"labs": 10})
    question = question_of(found, {"in": "exam", "reach": "6", "with": "8"})
    told = answer(found, question)
    assert (told.needed.state, told.needed.score) == ("possible", Decimal("8.8"))
    assert told.with_score.value == Decimal("5.8")


def test_what_else_is_missing_can_be_taken_as_nothing():
    question = question_of(grade(), {"in": "exam", "reach": "5", "others": "zero"})
    assert answer(grade(), question).needed.state == "impossible"


@pytest.mark.parametrize("text", ["eleven", "11", "-1", "nan", "1e999", "infinity"])
def test_a_target_that_is_none_is_told_and_another_taken(text):
    question = question_of(grade(), {"reach": text})
    assert question.target == 4
    assert "reach" in question.errors


def test_a_decimal_comma_is_understood():
    assert question_of(grade(), {"reach": "6,5"}).target == Decimal("6.5")


def test_unknown_components_and_assumptions_are_left_out():
    question = question_of(grade(), {"in": "nothing", "others": "magic", "with": "1e9"})
    assert (question.component.key, question.others, question.score) == ("labs", "current", 20)
