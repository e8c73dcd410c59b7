"""The sentences that say how a number of the grade came to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from grader.grade_scheme import LateRule, Mark, Minimum, Scale
from grader.timetable import Timetable
from webapp.grades.attempts import Attempt, Extension
from webapp.grades.tree import GradeTree, Work
from webapp.grades.words import THE_STUDENT, explain, number, percent

from .building import AFTER, BEFORE, DUE, attempt, attempts, exercises, group, score, tree


def course():
    labs = group("labs", *exercises("a", "b"), late=LateRule(Decimal("0.1"), Decimal("0.5"), 1), weight=Decimal(3))
    theory = score("theory", minimum=Minimum(Decimal(4), Decimal(4)))
    return tree(labs, theory, scale=Scale(marks=(Mark(Decimal(0), "fail"), Mark(Decimal(5), "pass"))))


def told(key, now=AFTER, **work):
    return explain(course().grade(Work(**work), now), key)


def test_an_exercise_tells_its_attempt_its_lateness_and_its_points():
    late = [attempt(5), attempt(9, late=timedelta(days=3))]
    assert told("a", attempts={"a": late}) == [
        "It counts 50% of Labs, 37.5% of the whole grade.",
        "Of 2 attempts the best attempt counts: 9 of 10, received 2026-12-04 23:59:59 (Europe/Madrid).",
        "It was due 2026-12-01 23:59:59 (Europe/Madrid).",
        "That is 3 days late, 1 of them free with your grace days: 20% is lost, 9 × 80% = 7.2.",
        "It brings 2.7 of its 3.75 points of the grade; 1.05 are lost.",
    ]


def test_an_extension_and_a_grace_day_are_told():
    sentences = told("a", attempts={"a": [attempt(9, late=timedelta(days=3))]}, extensions={"a": [Extension(days=2)]})
    assert "Your own due date, by an extension, is 2026-12-03 23:59:59 (Europe/Madrid)." in sentences
    assert "That is 1 day late, 1 of them free with your grace days: nothing is lost." in sentences


def test_a_course_without_a_zone_of_its_own_tells_times_in_utc():
    scheme = tree(*exercises("a")).scheme
    made = GradeTree(scheme, {"a": Timetable(due=DUE)}, UTC)
    assert "It was due 2026-12-01 22:59:59 (UTC)." in explain(made.grade(attempts(a=9), AFTER), "a")


def test_what_can_be_won_back_is_told():
    assert told("a", BEFORE, attempts={"a": [attempt(8)]})[-1] == (
        "It brings 3 of its 3.75 points of the grade; 0.75 are still open, to a better attempt."
    )


def test_a_group_that_has_its_score_tells_what_better_attempts_can_make_of_it():
    work = {"attempts": {"a": [attempt(8)], "b": [attempt(10)]}}
    assert told("labs", BEFORE, **work)[1:] == [
        "It is the mean by weight: A 8 × 50% + B 10 × 50% = 9 of 10.",
        "At the highest, with all that is still possible: A 10 × 50% + B 10 × 50% = 10 of 10.",
        "The grace day is not spent.",
        "It brings 6.75 of its 7.5 points of the grade; 0.75 are still open, to a better attempt.",
    ]


def test_missing_waiting_lost_and_excused_are_told_apart():
    waiting = [Attempt(DUE, None, 10)]
    assert "There is no attempt that counts yet: it can become anything from 0 to 10." in told("a", BEFORE)
    assert "An attempt is still being graded: it will be between 0 and 10 of 10." in told("a", attempts={"a": waiting})
    assert told("a", excused={"a"}) == ["You are excused from this: its weight goes to the rest of Labs."]
    closed = tree(*exercises("a"))
    assert (
        "Nothing that counts was handed in by 2026-12-01 23:59:59 (Europe/Madrid), and nothing more can: it counts 0 of 10."
        in explain(closed.grade(Work(), AFTER), "a")
    )


def test_the_whole_tells_its_sum_and_its_rounding():
    work = {"attempts": {"a": [attempt(9)], "b": [attempt(8)]}, "scores": {"theory": 6}}
    assert told("grade", **work) == [
        "It is the mean by weight: Labs 8.5 × 75% + Theory 6 × 25% = 7.875 of 10.",
        "The grade is 7.9, pass: 7.875, rounded once, half up, to 1 decimal.",
    ]


def test_a_range_tells_both_its_ends():
    assert told("grade", attempts={"a": [attempt(9)], "b": [attempt(8)]}) == [
        "At the lowest, with zero for what is missing: Labs 8.5 × 75% + Theory 0 × 25% = 6.375 of 10.",
        "At the highest, with all that is still possible: Labs 8.5 × 75% + Theory 10 × 25% = 8.875 of 10.",
        "The minimum in Theory is not met yet: until it is, the grade is at most 4.",
        "The grade can still be 4.0 to 8.9: 4 to 8.875, rounded once, half up, to 1 decimal.",
    ]


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ({"theory": 4}, "It must reach 4 of 10, and does."),
        ({"theory": 3}, "It must reach 4 of 10, and does not: the final grade is at most 4."),
        ({}, "It must reach 4 of 10, which is still open; below that the final grade is at most 4."),
    ],
)
def test_a_minimum_is_told(scores, sentence):
    assert sentence in told("theory", scores=scores)


def test_a_minimum_that_can_no_longer_be_met_is_told_apart():
    scores = {"theory": 3}
    assert told("grade", attempts={"a": [attempt(9)], "b": [attempt(8)]}, scores=scores)[1] == (
        "The minimum in Theory is not met: the grade is at most 4."
    )
    assert not any("minimum" in sentence for sentence in told("grade", scores=scores))  # the grade is lower anyway


def test_a_score_set_by_hand_is_told_with_its_reason():
    by_hand = replace(attempt(9), reason="The statement was unclear.")
    sentences = told("a", attempts={"a": [by_hand]})
    assert "Its score was set by hand: “The statement was unclear.”" in sentences
    assert not any("by hand" in sentence for sentence in told("a", attempts={"a": [attempt(9)]}))


def test_grace_days_are_told_where_they_are_given():
    late = {name: [attempt(9, late=timedelta(days=1))] for name in "ab"}
    assert "1 of 1 grace day is spent: 1 on B." in told("labs", attempts=late)
    assert "The grace day is not spent." in told("labs", attempts={"a": [attempt(9)]})
    assert not any("grace" in sentence for sentence in told("grade", attempts=late))


def test_others_read_of_the_student_in_the_third_person():
    grade = course().grade(
        Work(
            attempts={"a": [attempt(9, late=timedelta(days=3))]}, extensions={"a": [Extension(days=2)]}, excused={"b"}
        ),
        AFTER,
    )
    sentences = [sentence for node in grade.root.walk() for sentence in explain(grade, node.key, THE_STUDENT)]
    assert "The student is excused from this: its weight goes to the rest of Labs." in sentences
    assert "The student's own due date, by an extension, is 2026-12-03 23:59:59 (Europe/Madrid)." in sentences
    assert "That is 1 day late, 1 of them free with the student's grace days: nothing is lost." in sentences
    assert not any("you" in sentence.lower() for sentence in sentences)


def test_what_is_dropped_is_told():
    made = tree(group("labs", *exercises("a", "b", "c"), drop_lowest=1))
    scores = {name: [attempt(points)] for name, points in {"a": 3, "b": 7, "c": 8}.items()}
    grade = made.grade(Work(attempts=scores), AFTER)
    assert explain(grade, "a")[0] == "It is dropped as it stands: of Labs only the best 2 count."
    assert explain(grade, "labs")[1] == "It is the mean by weight: B 7 × 50% + C 8 × 50% = 7.5 of 10."
    open_still = made.grade(Work(attempts={"a": scores["a"]}), BEFORE)
    assert explain(open_still, "labs")[1:] == [
        "At the lowest, with zero for what is missing: A 3 × 50% + B 0 × 50% = 1.5 of 10.",
        "At the highest, with all that is still possible: A 10 × 50% + B 10 × 50% = 10 of 10.",
        "So far it brings 1.5 of its 10 points of the grade; 8.5 are still open.",
    ]


def test_while_it_is_open_what_is_dropped_each_tells_what_it_counts_then():
    names = [f"e{number}" for number in range(1, 12)]
    made = tree(group("labs", *exercises(*names), drop_lowest=2, weight=Decimal(75)), score("exam", weight=Decimal(25)))
    done = {name: [attempt(5)] for name in names[:8]}
    grade = made.grade(Work(attempts=done), BEFORE)
    assert explain(grade, "e1") == [
        "It counts 1/9 of Labs, 1/12 of the whole grade, unless it is dropped: only the best 9 count.",
        "The only attempt counts: 5 of 10, received 2026-12-01 22:59:59 (Europe/Madrid).",
        "It was due 2026-12-01 23:59:59 (Europe/Madrid).",
        "It brings about 0.4167 of its about 0.8333 points of the grade; about 0.4167 are still open, to a better attempt.",
    ]
    assert explain(grade, "e11") == [
        "It counts 1/9 of Labs, 1/12 of the whole grade, unless it is dropped: only the best 9 count.",
        "There is no attempt that counts yet: it can become anything from 0 to 10.",
        "So far it brings 0 of its about 0.8333 points of the grade; about 0.8333 are still open.",
    ]


def test_one_that_is_dropped_as_it_stands_may_be_among_the_best():
    made = tree(group("labs", *exercises("a", "b", "c"), drop_lowest=1))
    scores = {name: [attempt(points)] for name, points in {"a": 3, "b": 7, "c": 8}.items()}
    assert explain(made.grade(Work(attempts=scores), BEFORE), "labs")[1:3] == [
        "It is the mean by weight: B 7 × 50% + C 8 × 50% = 7.5 of 10.",
        "At the highest, with all that is still possible: A 10 × 50% + B 10 × 50% = 10 of 10.",
    ]


def test_where_all_but_one_are_dropped_the_best_one_counts():
    made = tree(group("labs", *exercises("a", "b"), drop_lowest=1))
    grade = made.grade(Work(attempts={"a": [attempt(3)]}), BEFORE)
    assert explain(grade, "a")[0] == (
        "It counts 100% of Labs, 100% of the whole grade, unless it is dropped: only the best one counts."
    )


def test_every_node_can_be_explained_whatever_its_state():
    for now in (BEFORE, AFTER):
        for excused in ((), {"labs"}, {"labs", "theory"}):
            grade = course().grade(Work(excused=excused), now)
            assert all(explain(grade, node.key) for node in grade.root.walk() if node.state != "excused")
    assert explain(grade, "grade") == []


def test_numbers_say_when_they_are_not_exact():
    assert [number(Fraction(1, 3)), number(Decimal("7.50")), number(Fraction(10))] == ["about 0.3333", "7.5", "10"]
    assert [percent(Fraction(1, 12)), percent(Fraction(3, 16)), percent(Fraction(1))] == ["1/12", "18.75%", "100%"]
