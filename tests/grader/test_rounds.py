"""Rounds: who asks when, and how it ends where an answer does not come."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from grader.checking import Outcome
from grader.checks import Check
from grader.connection import ChildDied
from grader.rounds import Abandoned, side_by_side
from grader.student import Raised, Returned
from grader.wire import decode


def check_of(function):
    return Check(function.__name__, "It does", 1.0, (), function)


def run(check, seat):
    """Runs a check of this file, which is handed its seat alone."""
    seat.begin()
    return check.function(seat)


def found_by(*functions, child):
    return side_by_side([check_of(function) for function in functions], run, child)


class Child:
    """Answers whatever is asked, as a `Remote` does, and keeps what happened."""

    def __init__(self, raises=None):
        self.log, self.raises = [], raises

    def ask(self, question):
        _, seat, first, fresh, _, _ = decode(question.message[4:])
        self.log.append(("asked", seat, first, fresh))
        return f"{seat}.{first}"

    def understood(self, question, reply):
        self.log.append(("looked at", reply))
        return [Returned(1, reply, None)], self.raises


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


def test_each_question_is_asked_alone_and_the_answers_are_looked_at_when_all_have_asked():
    child = Child()
    found = found_by(asks_once, asks_twice, asks_nothing, child=child)
    assert child.log == [
        ("asked", 1, 0, True),
        ("asked", 2, 0, True),
        ("looked at", "1.0"),
        ("looked at", "2.0"),
        ("asked", 2, 1, False),
        ("looked at", "2.1"),
    ]
    assert {name: outcome.transcript for name, outcome in found.items()} == {
        "asks_once": ["1.0"],
        "asks_twice": ["2.0", "2.1"],
        "asks_nothing": [],
    }


def test_the_child_hears_nothing_where_nothing_is_asked():
    child = Child()
    assert list(found_by(asks_nothing, child=child)) == ["asks_nothing"]
    assert child.log == []


def test_a_check_that_looks_at_the_clock_is_left_to_run_alone():
    assert list(found_by(looks_at_the_clock, asks_twice, child=Child())) == ["asks_twice"]


def test_what_overflows_in_a_check_is_no_warning_and_our_own_state_stays():
    def overflows(seat):
        seat.run(0, [])
        return Outcome(None, [np.exp(np.array(1e3))], 0)

    with np.errstate(over="raise"):
        found = found_by(overflows, asks_once, child=Child())
        assert np.geterr()["over"] == "raise"
    assert found["overflows"].transcript == [np.inf]


def test_a_child_that_dies_ends_all_checks():
    ended = []

    class Dying(Child):
        def ask(self, question):
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
        found_by(waits, waits_too, child=Dying())
    assert ended == ["waits", "waits_too"]


def test_an_error_of_a_check_itself_is_not_hidden():
    def is_broken(seat):
        seat.run(0, [])
        raise OSError("ours")

    with pytest.raises(OSError, match="ours"):
        found_by(is_broken, asks_twice, child=Child())


def test_a_lack_of_memory_may_be_of_another_checks_making():
    with pytest.raises(Abandoned):
        found_by(asks_once, asks_twice, child=Child(raises=Raised("MemoryError", "")))


def test_the_next_checks_run_as_well_whatever_became_of_the_last_ones():
    def is_broken(seat):
        raise OSError("ours")

    for _ in range(3):
        with pytest.raises(OSError, match="ours"):
            found_by(asks_twice, is_broken, asks_once, child=Child())
        assert list(found_by(asks_once, looks_at_the_clock, asks_twice, child=Child())) == ["asks_once", "asks_twice"]


def test_nothing_of_a_check_is_kept():
    child = Child()
    there = weakref.ref(child)
    found = found_by(asks_once, asks_twice, looks_at_the_clock, child=child)
    answers = weakref.ref(found["asks_once"])
    del child, found
    assert (there(), answers()) == (None, None)
