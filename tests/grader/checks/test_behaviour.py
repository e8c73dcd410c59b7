"""Purity and pace: a call that changes its arguments, and one that takes far too long."""

from __future__ import annotations

from itertools import accumulate, chain, count
from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks import Wrong, keeps_pace, leaves_inputs_alone
from grader.course import FunctionSpec
from grader.student import InProcess, Student

SPECS = {
    "f": FunctionSpec("f", ("x", "more"), ("more",), ("state",), ("out",), frozenset(), frozenset()),
    "make": FunctionSpec("make", ("x",), (), (), ("cache",), frozenset({0}), frozenset()),
}


def student_with(f):
    functions = SimpleNamespace(f=f, make=lambda x: [x])
    return Student(SPECS, InProcess(SPECS, lambda: functions))


def complaint(f, *args, **kwargs):
    with pytest.raises(Wrong) as caught:
        leaves_inputs_alone(student_with(f), "f", *args, **kwargs)
    return caught.value.message


# --- purity -----------------------------------------------------------------------------------------------------------


def test_a_pure_function_passes_with_every_kind_of_argument():
    arguments = np.array([1.0, np.nan]), [np.ones(2), {"w": np.ones(1)}]
    student = student_with(lambda x, more, *, state: x + 1)
    returned = leaves_inputs_alone(student, "f", *arguments, state={"m": np.zeros(2), "t": 3})
    assert np.array_equal(returned, [2.0, np.nan], equal_nan=True)


def test_what_the_call_returned_is_given_for_further_checks():
    assert leaves_inputs_alone(student_with(lambda x, more=None, *, state=None: x + 1), "f", np.array(2.0)) == 3


def test_an_array_that_is_changed_in_place_is_named():
    def f(x, more=None, *, state=None):
        x *= 2
        return x

    message = complaint(f, np.ones(3))
    assert message.startswith("f changes its argument x in place; the caller still needs it.")
    assert "start from x.copy()" in message


def test_in_a_batch_a_change_is_told_at_its_end():
    def f(x, more=None, *, state=None):
        x *= 2
        return x

    student = student_with(f)
    with pytest.raises(Wrong, match="f changes its argument x in place"), student.batch():
        leaves_inputs_alone(student, "f", np.ones(3))
    with student.batch():
        later = leaves_inputs_alone(student, "make", np.ones(3))
        with pytest.raises(RuntimeError, match="after its `with` block"):
            assert later.value


def test_a_sort_in_place_is_seen():
    assert "argument x" in complaint(lambda x, more=None, *, state=None: x.sort() or x, np.array([2.0, 1.0]))


def test_a_changed_array_inside_a_list_is_seen():
    def f(x, more, *, state=None):
        more[1][:] = 0
        return x

    assert "argument more" in complaint(f, np.ones(1), [np.ones(2), np.ones(2)])


def test_a_list_that_grows_is_seen():
    assert "argument more" in complaint(lambda x, more, *, state=None: more.append(1) or x, np.ones(1), [2])


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update(t=1),
        lambda state: state.update(m=np.ones(2)),
        lambda state: state.pop("m"),
        lambda state: state["m"].fill(7),
        lambda state: state.update(m=None),
    ],
)
def test_a_dict_that_is_changed_is_seen(change):
    def f(x, more=None, *, state):
        change(state)
        return x

    assert "argument state" in complaint(f, np.ones(1), state={"m": np.zeros(2)})


def test_a_zero_whose_sign_is_changed_in_place_is_seen():
    def f(x, more=None, *, state=None):
        x *= -1
        return x + 1

    assert "argument x" in complaint(f, np.zeros(2))


def test_the_students_own_opaque_value_may_change():
    student = student_with(lambda x, more, *, state=None: more.append(1) or x)
    cache = student.make(np.ones(2))
    assert (leaves_inputs_alone(student, "f", np.ones(2), cache) == 1).all()


def test_a_call_that_gives_no_array_fails_by_that():
    assert complaint(lambda x, more=None, *, state=None: None, np.ones(1)).startswith("f is None, expected an array.")


# --- pace -------------------------------------------------------------------------------------------------------------


def student_taking(*seconds, f=lambda x: 2 * x):
    """A student whose calls take these times, by a clock that the student cannot touch; `ticks` are what it has left."""
    ticks = iter(chain.from_iterable((now - each, now) for now, each in zip(accumulate(seconds), seconds, strict=True)))
    return SimpleNamespace(clock=lambda: next(ticks), ticks=ticks, f=f)


REFERENCE = SimpleNamespace(f=lambda x: 2 * x)


def draws():
    """Other arguments each time."""
    numbers = count(1)
    return lambda: (np.full(3, float(next(numbers))),)


def test_a_quick_function_keeps_pace():
    student = student_taking(1e-4, 1e-4, 1e-4)
    keeps_pace(student, REFERENCE, "f", draws())
    assert list(student.ticks) == []  # all three calls were timed


def test_a_slow_function_does_not_and_is_told_how_much():
    with pytest.raises(Wrong, match=r"f takes \d+ times as long as a vectorised solution \(allowed: 50 times\)"):
        keeps_pace(student_taking(5.0, 5.0, 5.0), REFERENCE, "f", draws())


def test_the_best_of_three_calls_counts():
    student = student_taking(5.0, 1e-4, 5.0)
    keeps_pace(student, REFERENCE, "f", draws())
    assert list(student.ticks) == []


def test_the_ratio_can_be_set():
    with pytest.raises(Wrong, match="allowed: 2 times"):
        keeps_pace(student_taking(5.0, 5.0, 5.0), REFERENCE, "f", draws(), ratio=2)
    keeps_pace(student_taking(5.0, 5.0, 5.0), REFERENCE, "f", draws(), ratio=1e7)


def test_a_quick_answer_must_also_be_right():
    with pytest.raises(Wrong, match="large inputs"):
        keeps_pace(student_taking(1e-4, 1e-4, 1e-4, f=lambda x: np.zeros(3)), REFERENCE, "f", draws())


def test_an_answer_that_is_remembered_is_not_right_the_second_time():
    remembered = []

    def f(x):
        remembered.append(2 * x)
        return remembered[0]

    with pytest.raises(Wrong, match="large inputs"):
        keeps_pace(student_taking(5.0, 1e-4, 1e-4, f=f), REFERENCE, "f", draws())
