"""The roll-up: weights, ranges, minimums, dropping, grace days, what is needed; and what always holds of it."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.grade_scheme import LateRule, Mark, Minimum, Scale
from webapp.grades.attempts import Attempt, Extension
from webapp.grades.tree import FreeDays, Work

from .building import AFTER, BEFORE, DUE, attempt, attempts, exercises, group, score, tree

TENTH = LateRule(Decimal("0.1"), Decimal("0.5"), grace_days=2)
MARKS = (Mark(Decimal(0), "suspenso"), Mark(Decimal(5), "aprobado"))
EXAM_FOUR = Minimum(Decimal(4), Decimal(4))


def course(**rules):
    """Labs 75% (exercises a, b, c and an interview), theory 25% with a minimum."""
    labs = group("labs", group("platform", *exercises("a", "b", "c"), **rules), score("interview"), weight=Decimal(75))
    theory = group("theory", score("exam"), weight=Decimal(25), minimum=EXAM_FOUR)
    return tree(labs, theory, scale=Scale(marks=MARKS))


# --- weights, ranges, points ------------------------------------------------------------------------------------------


def test_weights_are_exact_thirds():
    grade = tree(*exercises("a", "b", "c")).grade(attempts(a=10, b=10, c=10), BEFORE)
    assert grade.final.exact_low == 10
    assert grade.node("a").weight == Fraction(1, 3)


def test_what_is_missing_counts_from_nothing_to_full():
    grade = tree(*exercises("a", "b")).grade(attempts(a=8), BEFORE)
    assert (grade.final.low, grade.final.high, grade.final.value) == (Decimal("4.0"), Decimal("9.0"), None)
    assert grade.root.so_far == Fraction(8, 10)
    assert (grade.root.state, grade.node("b").state, grade.complete) == ("partial", "missing", False)


def test_a_lost_exercise_is_a_zero_and_no_longer_open():
    grade = tree(*exercises("a", "b")).grade(attempts(a=8), AFTER)
    assert (grade.final.value, grade.node("b").state, grade.node("b").lost) == (Decimal("4.0"), "lost", 5)


def test_an_attempt_in_an_open_exercise_shows_what_can_be_won_back():
    grade = tree(*exercises("a", "b")).grade(attempts(a=8), BEFORE)
    node = grade.node("a")
    assert (node.earned, node.open, node.lost, node.retrievable) == (4, 0, 1, 1)
    assert tree(*exercises("a")).grade(attempts(a=8), AFTER).root.retrievable == 0
    assert tree(*exercises("a"), attempts=1).grade(attempts(a=8), BEFORE).root.retrievable == 0


def test_the_grade_is_settled_when_what_is_missing_cannot_change_it():
    few = replace(score("small"), weight=Decimal("0.0001"))
    grade = tree(score("exam"), few).grade(Work(scores={"exam": 7}), BEFORE)
    assert not grade.complete
    assert (grade.final.low, grade.final.high) == (Decimal("7.0"), Decimal("7.0"))
    assert grade.final.value == Decimal("7.0")


def test_rounding_happens_once_at_the_end():
    inner = group("inner", score("x"), score("y"))
    grade = tree(inner, score("z")).grade(Work(scores={"x": 4.92, "y": 5, "z": 4.94}), BEFORE)
    assert grade.final.exact_low == Fraction(495, 100)  # rounding inside would have made 5.0 of inner, 4.9 of z
    assert grade.final.value == Decimal("5.0")


@pytest.mark.parametrize(
    ("rounding", "value"), [("half-up", Decimal("8.3")), ("half-even", Decimal("8.2")), ("down", Decimal("8.2"))]
)
def test_a_half_is_rounded_as_the_course_says(rounding, value):
    made = tree(score("exam"), scale=Scale(rounding=rounding))
    assert made.grade(Work(scores={"exam": Decimal("8.25")}), BEFORE).final.value == value


def test_the_mark_belongs_to_the_rounded_grade():
    made = tree(score("exam"), scale=Scale(marks=MARKS))
    assert made.grade(Work(scores={"exam": 4.95}), BEFORE).final.mark == "aprobado"
    assert made.grade(Work(scores={"exam": 4.94}), BEFORE).final.mark == "suspenso"
    assert made.grade(Work(), BEFORE).final.mark is None


def test_everything_excused_is_no_grade():
    grade = tree(*exercises("a")).grade(Work(excused={"a"}), BEFORE)
    assert (grade.final.low, grade.final.value, grade.root.state) == (None, None, "excused")
    assert (grade.root.earned, grade.root.open, grade.root.lost) == (0, 10, 0)


def test_a_component_is_excused_with_all_in_it():
    grade = course().grade(Work(scores={"interview": 7, "exam": 5}, excused={"platform"}), BEFORE)
    assert [grade.node(key).state for key in ("platform", "a", "interview")] == ["excused", "excused", "scored"]
    assert grade.node("interview").weight == 1
    assert grade.final.exact_low == Fraction(7 * 75 + 5 * 25, 100)


def test_keys_that_the_tree_does_not_know_count_for_nothing():
    work = Work(attempts={"gone": [attempt(10)]}, scores={"old": 3}, excused={"nobody"})
    assert course().grade(work, BEFORE).final == course().grade(Work(), BEFORE).final


def test_a_node_that_is_not_there_is_answered_with_what_there_is():
    with pytest.raises(KeyError, match="there is no 'quiz' in the grade; there are: grade, a"):
        tree(*exercises("a")).grade(Work(), BEFORE).node("quiz")


# --- minimums ---------------------------------------------------------------------------------------------------------


def full_labs(exam):
    return Work(attempts={name: [attempt(10)] for name in "abc"}, scores={"interview": 10, "exam": exam})


def test_an_unmet_minimum_caps_the_grade():
    grade = course().grade(full_labs(Decimal("3.99")), BEFORE)
    assert (grade.final.value, grade.final.mark, grade.final.capped_by) == (Decimal("4.0"), "suspenso", ("theory",))
    assert grade.final.uncapped_low == Fraction("8.4975")
    assert grade.node("theory").minimum.state == "unmet"


def test_a_minimum_just_met_is_met():
    grade = course().grade(full_labs(4), BEFORE)
    assert (grade.final.value, grade.final.capped_by) == (Decimal("8.5"), ())


def test_a_minimum_is_open_while_it_can_be_reached():
    work = Work(attempts={name: [attempt(10)] for name in "abc"}, scores={"interview": 10})
    grade = course().grade(work, BEFORE)
    assert (grade.final.low, grade.final.high) == (Decimal("4.0"), Decimal("10.0"))
    assert grade.node("theory").minimum.state == "open"


def test_a_minimum_in_what_is_excused_is_none():
    grade = course().grade(replace(full_labs(0), excused={"exam"}), BEFORE)
    assert (grade.final.value, grade.node("theory").minimum) == (Decimal("10.0"), None)


# --- dropping ---------------------------------------------------------------------------------------------------------


def test_the_lowest_are_dropped_and_the_rest_share_their_weight():
    grade = tree(group("g", *exercises("a", "b", "c"), drop_lowest=1)).grade(attempts(a=4, b=10, c=8), BEFORE)
    assert [grade.node(key).dropped for key in "abc"] == [True, False, False]
    assert [grade.node(key).weight for key in "abc"] == [0, Fraction(1, 2), Fraction(1, 2)]
    assert grade.final.value == Decimal("9.0")


def test_while_something_is_missing_the_bounds_drop_what_is_lowest_in_each():
    grade = tree(group("g", *exercises("a", "b", "c"), drop_lowest=1)).grade(attempts(a=4, b=10), BEFORE)
    assert (grade.final.exact_low, grade.final.exact_high) == (7, 10)  # without c; without a
    assert not any(grade.node(key).dropped for key in "abc")


def test_what_is_excused_is_not_what_is_dropped():
    made = tree(group("g", *exercises("a", "b", "c"), drop_lowest=1))
    grade = made.grade(replace(attempts(a=4, b=10), excused={"c"}), BEFORE)
    assert (grade.final.value, grade.node("a").dropped) == (Decimal("10.0"), True)


def test_at_least_one_is_never_dropped():
    made = tree(group("g", *exercises("a", "b", "c"), drop_lowest=2))
    assert made.grade(replace(attempts(a=4), excused={"b", "c"}), BEFORE).final.value == Decimal("4.0")


# --- late work, extensions, grace days --------------------------------------------------------------------------------


def late(**days_and_points):
    """Work with one attempt at each exercise, (days late, points)."""
    received = {name: [attempt(points, late=timedelta(days=days))] for name, (days, points) in days_and_points.items()}
    return Work(attempts=received)


def test_grace_days_go_where_they_save_the_most():
    grade = tree(group("g", *exercises("a", "b"), late=TENTH)).grade(late(a=(2, 5), b=(2, 10)), AFTER)
    assert [grade.node(key).counted.grace_days for key in "ab"] == [0, 2]
    assert grade.final.exact_low == Fraction(5 * 8 + 10 * 10, 20)


def test_no_more_grace_days_are_spent_than_help():
    grade = tree(group("g", *exercises("a", "b"), late=TENTH)).grade(late(a=(1, 5), b=(0, 10)), AFTER)
    assert [grade.node(key).counted.grace_days for key in "ab"] == [1, 0]


def test_the_component_that_gives_grace_days_tells_on_what_they_are_spent():
    made = tree(group("g", *exercises("a", "b"), late=TENTH))
    grade = made.grade(late(a=(1, 9), b=(3, 10)), AFTER)
    assert grade.node("g").free_days == FreeDays(2, (("b", 2),))
    assert [grade.node(key).free_days for key in ("grade", "a", "b")] == [None, None, None]


def test_an_extension_comes_before_grace_days():
    made = tree(group("g", *exercises("a", "b"), late=TENTH))
    work = replace(late(a=(3, 10), b=(3, 10)), extensions={"a": [Extension(days=2)]})
    grade = made.grade(work, AFTER)
    assert [(grade.node(key).counted.days_late, grade.node(key).counted.extended) for key in "ab"] == [
        (1, True),
        (3, False),
    ]
    assert grade.final.value == Decimal("9.0")  # two days saved of the four that are late in all


def test_each_late_rule_has_grace_days_of_its_own():
    one, two = (group(key, *exercises(f"{key}_a"), late=TENTH) for key in ("one", "two"))
    grade = tree(one, two).grade(late(one_a=(2, 10), two_a=(2, 10)), AFTER)
    assert grade.final.value == Decimal("10.0")


def test_grace_days_know_what_is_dropped():
    made = tree(group("g", *exercises("a", "b", "c"), late=TENTH, drop_lowest=1))
    grade = made.grade(late(a=(2, 10), b=(2, 10), c=(0, 7)), AFTER)
    # Both days on one of them (10), 8 for the other, c dropped.
    assert grade.final.exact_low == 9


def test_a_waiting_attempt_may_need_the_grace_days_that_another_has_as_it_stands():
    made = tree(group("g", *exercises("a", "b"), late=TENTH))
    work = late(a=(2, 5), b=(2, 10))
    waiting = [replace(each, score=None) for each in work.attempts["b"]]
    grade = made.grade(replace(work, attempts={**work.attempts, "b": waiting}), AFTER)
    assert (grade.node("a").score, grade.node("a").counted.grace_days) == (Fraction(1, 2), 2)
    assert grade.range_of("a") == (Fraction(1, 2), Fraction(1, 2))
    assert (grade.final.exact_low, grade.final.exact_high) == (Fraction("2.5"), 7)  # at best: 5 less 20%, and 10


@given(
    works=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10)), min_size=1, max_size=4),
    days=st.integers(0, 4),
    drop=st.integers(0, 2),
)
def test_no_other_way_to_spend_grace_days_is_better(works, days, drop):
    names = [f"e{index}" for index in range(len(works))]
    drop = min(drop, len(works) - 1)
    rule = replace(TENTH, grace_days=days)
    made = tree(group("g", *exercises(*names), late=rule, drop_lowest=drop))
    grade = made.grade(late(**dict(zip(names, works, strict=True))), AFTER)
    ways = itertools.product(*(range(late_days + 1) for late_days, _ in works))
    best = max(
        sum(
            sorted(
                Fraction(points, 10) * (1 - rule.penalty(late_days - spent))
                for (late_days, points), spent in zip(works, way, strict=True)
            )[drop:]
        )
        for way in ways
        if sum(way) <= days
    )
    assert grade.root.low == best / (len(works) - drop)


def test_a_score_above_a_maximum_that_was_lowered_since_counts_in_full():
    grade = tree(score("x"), score("y")).grade(Work(scores={"x": Decimal("12.5"), "y": 5.0}), BEFORE)
    assert (grade.node("x").score, grade.final.value) == (1, Decimal("7.5"))


def test_a_minimum_whose_cap_is_above_the_grade_holds_nothing_down():
    made = tree(
        score("x", minimum=Minimum(Decimal(5), Decimal(4))), score("y", minimum=Minimum(Decimal(9), Decimal(6)))
    )
    found = {
        scores: made.grade(Work(scores=dict(zip("xy", scores, strict=True))), AFTER).final
        for scores in [(2, 5), (4, 8), (8, 8)]
    }
    assert {scores: (each.value, each.capped_by) for scores, each in found.items()} == {
        (2, 5): (Decimal("3.5"), ()),
        (4, 8): (Decimal("4.0"), ("x",)),
        (8, 8): (Decimal("6.0"), ("y",)),
    }


def test_a_minimum_is_open_while_a_better_attempt_can_still_reach_it():
    made = tree(group("labs", *exercises("a"), minimum=Minimum(Decimal(5), Decimal(4))))
    states = [made.grade(attempts(a=3), moment).node("labs").minimum.state for moment in (BEFORE, AFTER)]
    assert states == ["open", "unmet"]


# --- what is needed ---------------------------------------------------------------------------------------------------


def test_what_is_needed_is_the_least_score_that_reaches_the_target():
    grade = course().grade(replace(full_labs(0), scores={"interview": 10}), BEFORE)
    needed = grade.needed("exam", 9, others="zero")
    assert (needed.state, needed.score, needed.grade) == ("possible", Decimal("5.80"), Decimal("9.0"))
    assert grade.what_if({"exam": Decimal("5.79")}).value < 9


def test_what_is_needed_knows_the_minimum():
    grade = course().grade(replace(full_labs(0), scores={"interview": 10}), BEFORE)
    assert grade.needed("exam", 5).score == 4


def test_what_is_needed_can_be_impossible_or_reached():
    grade = tree(score("x"), score("y")).grade(Work(scores={"x": 6}), BEFORE)
    assert grade.needed("y", 9).state == "impossible"
    assert grade.needed("y", 9).grade == Decimal("8.0")
    assert grade.needed("y", 3).state == "reached"
    assert grade.needed("y", 8).score == Decimal("9.90")


def test_others_that_are_missing_are_held_as_one_assumes():
    grade = tree(score("x"), score("y"), score("z")).grade(Work(scores={"x": 6}), BEFORE)
    grades = [grade.what_if({"y": 9}, others).value for others in ("zero", "full", "current", {"z": 3})]
    assert grades == [Decimal("5.0"), Decimal("8.3"), Decimal("7.5"), Decimal("6.0")]
    assert grade.needed("y", 5, others="zero").score == Decimal("8.85")
    assert grade.needed("y", 5, others={"z": 3}).score == Decimal("5.85")


def test_an_assumption_never_replaces_a_score_that_is_there():
    grade = tree(score("x"), score("y")).grade(Work(scores={"x": 6}), BEFORE)
    assert grade.what_if({"y": 6}, {"x": 10}).value == Decimal("6.0")


def test_only_a_leaf_can_be_asked_about():
    grade = course().grade(Work(), BEFORE)
    with pytest.raises(ValueError, match="'labs' is no leaf"):
        grade.needed("labs", 5)
    with pytest.raises(ValueError, match="'labs' is no leaf"):
        grade.what_if({"labs": 5})


# --- what always holds ------------------------------------------------------------------------------------------------

points = st.integers(0, 40).map(lambda quarter: Decimal(quarter) / 4)
tries = st.lists(
    st.builds(
        lambda hours, score: Attempt(DUE + timedelta(hours=hours), score, 10),
        st.integers(-100, 200),
        st.one_of(points, points, st.none()),
    ),
    max_size=4,
)
works = st.builds(
    Work,
    attempts=st.fixed_dictionaries({}, optional=dict.fromkeys("abc", tries)),
    scores=st.fixed_dictionaries({}, optional={"interview": points, "exam": points}),
    extensions=st.fixed_dictionaries(
        {}, optional={"b": st.builds(lambda days: [Extension(days=days)], st.integers(0, 5))}
    ),
    excused=st.sets(st.sampled_from(["a", "b", "interview", "exam", "platform"]), max_size=2),
)
policies = st.sampled_from(["best", "last", "latest_before_deadline"])
lates = st.sampled_from([None, TENTH, LateRule(Decimal("0.3"))])
moments = st.integers(-200, 400).map(lambda hours: DUE + timedelta(hours=hours))
courses = st.builds(
    lambda policy, late, drop: course(policy=policy, late=late, drop_lowest=drop), policies, lates, st.integers(0, 2)
)


@given(courses, works, moments, st.randoms())
def test_the_order_of_submissions_does_not_matter(made, work, now, random):
    shuffled = {name: random.sample(each, len(each)) for name, each in reversed(work.attempts.items())}
    assert made.grade(replace(work, attempts=shuffled), now).root == made.grade(work, now).root


@given(courses, works, moments, st.data())
def test_a_better_score_never_lowers_a_grade(made, work, now, data):
    graded = [(name, i) for name, each in work.attempts.items() for i, a in enumerate(each) if a.score is not None]
    leaf = data.draw(st.sampled_from([*graded, *[(key, None) for key in work.scores]] or [None]))
    assume(leaf is not None)
    name, index = leaf
    more = data.draw(points)
    if index is None:
        better = replace(work, scores={**work.scores, name: max(work.scores[name], more)})
    else:
        several = list(work.attempts[name])
        several[index] = replace(several[index], score=max(several[index].score, more))
        better = replace(work, attempts={**work.attempts, name: several})
    before, after = made.grade(work, now).final, made.grade(better, now).final
    assume(before.low is not None)
    assert after.exact_low >= before.exact_low
    assert after.exact_high >= before.exact_high
    assert (after.low, after.high) >= (before.low, before.high)


@given(courses, works, moments)
def test_low_is_never_above_high_and_the_grade_is_rounded_once(made, work, now):
    grade = made.grade(work, now)
    assume(grade.final.low is not None)
    assert 0 <= grade.final.exact_low <= grade.final.exact_high <= 10
    assert grade.final.low == made.scheme.scale.rounded(grade.final.exact_low)
    assert grade.final.high == made.scheme.scale.rounded(grade.final.exact_high)
    assert grade.root.low * 10 == grade.final.uncapped_low
    assert abs(Fraction(grade.final.low) - grade.final.exact_low) <= Fraction(5, 100)
    for node in grade.root.walk():
        assert 0 <= node.low <= node.high <= 1
        assert node.score is None or node.score == node.low == node.high
        assert 0 <= node.retrievable <= node.lost


@given(courses, works, moments)
def test_the_weights_of_what_counts_sum_to_one(made, work, now):
    for node in made.grade(work, now).root.walk():
        if node.children and node.state != "excused":
            assert sum(child.weight for child in node.children if child.in_low) == 1
            assert sum(child.share for child in node.children if child.in_low) == node.share


@given(courses, works, moments)
def test_no_part_brings_or_loses_more_than_it_counts(made, work, now):
    grade = made.grade(work, now)
    for node in grade.root.walk():
        told = node.earned + node.open + node.lost
        assert told <= node.share * 10
        assert told in (node.share * 10, 0)
        assert sum(child.earned for child in node.children if child.in_low) == (node.earned if node.children else 0)


@given(works, moments, policies, st.sampled_from([None, LateRule(Decimal("0.3"))]))
def test_the_points_of_the_parts_sum_to_those_of_the_whole(work, now, policy, late):
    for node in course(policy=policy, late=late).grade(work, now).root.walk():
        assert node.earned + node.open + node.lost == node.share * 10
        if node.children:
            for what in ("earned", "open", "lost", "retrievable"):
                assert sum(getattr(child, what) for child in node.children) == getattr(node, what)


@given(works, moments)
def test_an_excused_leaf_never_changes_the_proportions_of_the_others(work, now):
    made = course()
    before, after = (made.grade(replace(work, excused=each), now) for each in ((), {"a"}))
    assert before.node("b").weight / before.node("c").weight == after.node("b").weight / after.node("c").weight
    assert after.node("a").weight == after.node("a").share == 0
    for key in ("labs", "theory", "platform", "interview", "exam"):
        assert before.node(key).share == after.node(key).share


@given(courses, works, moments, st.integers(0, 10))
def test_what_is_needed_suffices_and_less_does_not(made, work, now, target):
    grade = made.grade(replace(work, excused=()), now)
    needed = grade.needed("exam", target)
    if needed.state == "possible":
        assert grade.what_if({"exam": needed.score}).low >= target
        assert grade.what_if({"exam": needed.score - Decimal("0.01")}).low < target
    elif needed.state == "impossible":
        assert grade.what_if({"exam": 10}).low < target


@pytest.mark.slow
def test_a_class_of_five_thousand_is_rolled_up_quickly():
    made = tree(group("platform", *exercises(*(f"e{i}" for i in range(12))), late=TENTH), score("exam"))
    works = [
        Work(
            {f"e{i}": [attempt((i * n) % 11), attempt((i + n) % 11)] for i in range(12) if (i + n) % 7},
            {"exam": n % 11},
        )
        for n in range(5000)
    ]
    started = time.process_time()
    finals = [made.grade(work, BEFORE).final for work in works]
    assert time.process_time() - started < 4  # about 0.7 s; room for a busy machine
    assert len(finals) == 5000
