"""Rounds: who asks when, what travels together, and how it ends where an answer does not come."""

from __future__ import annotations

import pytest

from grader.checking import Outcome
from grader.checks import Check
from grader.connection import ChildDied
from grader.remote import Asked
from grader.rounds import Abandoned, side_by_side
from grader.student import Raised, Returned
from grader.wire import TooLarge


def check_of(function):
    return Check(function.__name__, "It does", 1.0, (), function)


def run(check, seat):
    """Runs a check of this file, which is handed its seat alone."""
    seat.begin()
    return check.function(seat)


def found_by(*functions, ask):
    return side_by_side([check_of(function) for function in functions], run, ask)


class Child:
    """Answers whatever is asked, and keeps the rounds."""

    def __init__(self):
        self.rounds = []

    def __call__(self, asked):
        self.rounds.append(asked)
        return [([Returned(1, f"{each.seat}.{each.first}", None)], None) for each in asked]


def asks_once(seat):
    ((answer,), _) = seat.run(0, [])
    return Outcome(None, [answer.value], 0)


def asks_twice(seat):
    ((first,), _), ((second,), _) = seat.run(0, []), seat.run(1, [])
    return Outcome(None, [first.value, second.value], 0)


def asks_nothing(seat):
    return Outcome(None, [], 0)


def looks_at_the_clock(seat):
    seat.run(0, [])
    seat.clock()
    raise AssertionError("it must not come so far")


def test_what_all_checks_ask_at_first_travels_together_and_the_rest_after_it():
    child = Child()
    found = found_by(asks_once, asks_twice, asks_nothing, ask=child)
    assert child.rounds == [[Asked(1, 0, True, []), Asked(2, 0, True, [])], [Asked(2, 1, False, [])]]
    assert {name: outcome.transcript for name, outcome in found.items()} == {
        "asks_once": ["1.0"],
        "asks_twice": ["2.0", "2.1"],
        "asks_nothing": [],
    }


def test_no_round_goes_to_the_child_where_nothing_is_asked():
    child = Child()
    assert list(found_by(asks_nothing, ask=child)) == ["asks_nothing"]
    assert child.rounds == []


def test_a_check_that_looks_at_the_clock_is_left_to_run_alone():
    assert list(found_by(looks_at_the_clock, asks_twice, ask=Child())) == ["asks_twice"]


def test_a_child_that_dies_ends_all_checks():
    ended = []

    def dies(asked):
        raise ChildDied(signal=9)

    def waits(seat):
        try:
            seat.run(0, [])
        finally:
            ended.append("waits")

    def waits_too(seat):
        try:
            seat.run(0, [])
        finally:
            ended.append("waits_too")

    with pytest.raises(ChildDied):
        found_by(waits, waits_too, ask=dies)
    assert ended == ["waits", "waits_too"]


def test_an_error_of_a_check_itself_is_not_hidden():
    def is_broken(seat):
        seat.run(0, [])
        raise OSError("ours")

    with pytest.raises(OSError, match="ours"):
        found_by(is_broken, asks_twice, ask=Child())


def test_answers_that_are_too_large_together_are_abandoned():
    def overflows(asked):
        return [([], None), ([], Raised("TooLarge", "40000000"))]

    with pytest.raises(Abandoned):
        found_by(asks_once, asks_twice, ask=overflows)


def test_questions_that_are_too_large_together_are_abandoned():
    def refuses(asked):
        raise TooLarge(40_000_000)

    with pytest.raises(Abandoned):
        found_by(asks_once, ask=refuses)
