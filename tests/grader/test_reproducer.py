"""The reproducer: the text runs as it stands, makes the student's calls again, and prints what the student got."""

from __future__ import annotations

import contextlib
import io
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks import Wrong, follows, formula, matches, quadratic
from grader.course import FunctionSpec
from grader.reproducer import MAX_CHARACTERS, reproducer
from grader.student import InProcess, Student

MODULE = "answer_of_the_reproducer_tests"


def spec(name, positional, returns, opaque=(), mappings=()):
    return FunctionSpec(name, positional, (), (), returns, frozenset(opaque), frozenset(mappings))


SPECS = {
    "f": spec("f", ("x",), ("out",)),
    "make": spec("make", ("x",), ("out", "cache"), opaque={1}),
    "use": spec("use", ("dout", "caches"), ("dx", "dw")),
    "table": spec("table", ("x",), ("grads",), mappings={0}),
    "step": spec("step", ("w", "dw", "state"), ("next_w", "next_state"), opaque={1}),
}


def f(*args):
    return np.asarray(sum(np.sum(value) for value in args))


def make(x):
    return 2 * x, [x]


def use(dout, caches):
    caches = caches if isinstance(caches[0], list) else [caches]
    return dout * sum(cache[0] for cache in caches), dout


def table(x):
    return {"w": x, "b": x.sum()}


def step(w, dw, state, lr=0.5):
    return w - lr * dw, {"t": state.get("t", 0) + 1}


ANSWER = {"f": f, "make": make, "use": use, "table": table, "step": step}


def student(**functions):
    answer = types.SimpleNamespace(**{**ANSWER, **functions})
    return Student(SPECS, InProcess(SPECS, lambda: answer))


def run(text):
    """Runs a reproducer against the student's file; gives what it printed and the names it made."""
    module = types.ModuleType(MODULE)
    vars(module).update(ANSWER)
    sys.modules[MODULE] = module
    names, printed = {}, io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(text, "reproducer", "exec"), names)
    finally:
        del sys.modules[MODULE]
    return printed.getvalue(), names


def text_of(them, got, expected=None):
    return reproducer(MODULE, them.transcript, got, expected, SPECS)


# --- it runs ----------------------------------------------------------------------------------------------------------


def test_it_prints_what_the_student_got_and_how_far_off_that_is():
    them = student()
    got, _ = them.make(np.array([1.0, 2.0]))
    printed, names = run(text_of(them, got, np.array([2.0, 4.5])))
    assert printed == "[2. 4.]\n0.5\n"
    np.testing.assert_array_equal(names["expected"], [2.0, 4.5])


def test_it_makes_only_the_calls_that_led_to_the_wrong_value():
    them = student()
    them.f(1.0)
    _, first = them.make(np.array([3.0]))
    them.make(np.array([4.0]))
    dx, _ = them.use(np.array([2.0]), first)
    text = text_of(them, dx, np.array([7.0]))
    assert text.count("make(") == 1
    assert "f(" not in text
    assert run(text)[0] == "[6.]\n1.0\n"


def test_it_passes_on_values_inside_lists():
    them = student()
    caches = [them.make(np.array([value]))[1] for value in (1.0, 2.0)]
    dx, _ = them.use(np.array([10.0]), caches)
    assert run(text_of(them, dx, np.array([30.0])))[0] == "[30.]\n0.0\n"


def test_it_makes_all_calls_where_the_wrong_value_came_of_several():
    them = student()
    total = them.make(np.array([1.0]))[0] + them.make(np.array([2.0]))[0]
    text = text_of(them, total, np.array([5.0]))
    assert text.count("make(") == 2
    assert run(text)[0] == "[4.] [array([2.])]\n"


def test_it_shows_one_array_of_a_dict():
    them = student()
    grads = them.table(np.array([1.0, 2.0]))
    assert run(text_of(them, grads["b"], np.array(4.0)))[0] == "3.0\n1.0\n"


def test_arrays_of_another_shape_are_not_subtracted():
    them = student()
    got, _ = them.make(np.array([1.0, 2.0]))
    printed, names = run(text_of(them, got, np.ones((2, 2))))
    assert printed == "[2. 4.]\n"
    assert names["expected"].shape == (2, 2)


def test_it_gives_the_student_the_same_generator():
    them = student(f=lambda rng: rng.random(3))
    got = them.f(np.random.default_rng(5))
    call = next(line for line in text_of(them, got).splitlines() if "default_rng" in line)
    names = {"np": np, "f": lambda rng: rng.random(3)}
    exec(call, names)
    np.testing.assert_array_equal(names["out_0"], got)


def test_a_formula_is_written_with_what_it_is_made_of():
    them = student(f=lambda g: g(np.ones(3)))
    got = them.f(formula("np.sum(a * x**2) + c", (3,), a=np.array([1.0, 2.0, 3.0]), c=0.5))
    assert got == 6.5
    text = text_of(them, got).replace(f"from {MODULE} import f", "")
    names = {"f": lambda g: g(np.ones(3))}
    exec(text, names)
    assert names["out_0"] == 6.5


def test_two_formulas_that_use_one_name_for_two_things_cannot_be_written():
    them = student(f=lambda g: g(np.ones(3)))
    total = sum(them.f(formula("np.sum(a * x)", (3,), a=a)) for a in (1.0, 2.0))
    assert text_of(them, total) is None


def test_a_value_that_is_not_finite_can_be_written():
    them = student()
    got, _ = them.make(np.array([np.inf, np.nan, -np.inf]))
    assert run(text_of(them, got, np.zeros(3)))[0] == "[ inf  nan -inf]\nnan\n"


def test_a_call_that_raises_is_made_again():
    them = student()
    with pytest.raises(Wrong):
        them.use(np.ones(2), 5)
    with pytest.raises(TypeError):
        run(text_of(them, None))


@given(
    hnp.arrays(
        st.sampled_from(["f8", "i8", "bool", "f4", "u1", "i4"]), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)
    )
)
def test_every_array_is_written_so_that_it_is_read_the_same(array):
    them = student()
    got = them.table(array)["w"]
    _, names = run(text_of(them, got))
    again = names["grads_0"]["w"]
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(again, array)


plain_arguments = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(plain_arguments)
def test_every_plain_argument_is_written_so_that_it_is_read_the_same(argument):
    seen = []
    them = student(f=lambda x: 1.0)
    text = text_of(them, them.f(argument)).replace(f"from {MODULE} import f", "")
    exec(text, {"f": lambda x: seen.append(x) or 1.0})
    assert repr(seen) == repr([argument])


# --- walks ------------------------------------------------------------------------------------------------------------


def walk(reference, steps=5):
    """A walk that leaves the reference's path, with the value that was wrong and the expected one."""
    them = student()
    with pytest.raises(Wrong) as caught:
        follows(them, types.SimpleNamespace(step=reference), "step", quadratic(np.random.default_rng(1)), steps)
    return them, caught.value


def test_a_walk_is_written_as_a_loop_up_to_the_first_wrong_step():
    def slower_from_the_third_step(w, dw, state):
        t = state.get("t", 0) + 1
        return w - (0.5 if t < 3 else 0.4) * dw, {"t": t}

    them, wrong = walk(slower_from_the_third_step)
    text = text_of(them, wrong.got, wrong.expected)
    assert "for dw in " in text
    _, names = run(text)
    np.testing.assert_array_equal(names["w"], wrong.got)
    np.testing.assert_array_equal(names["expected"], wrong.expected)
    assert names["state"] == {"t": 3}


def test_a_walk_that_ends_without_a_value_is_written_all_the_same():
    them, wrong = walk(lambda w, dw, state: (w - 0.4 * dw, state))
    assert run(text_of(them, None))[0]
    assert wrong.got is not None


# --- it is not written ------------------------------------------------------------------------------------------------


def test_without_a_call_there_is_nothing_to_write():
    assert text_of(student(), None) is None


def test_a_function_that_is_no_formula_cannot_be_written():
    them = student(f=lambda g: g(1.0))
    assert text_of(them, them.f(lambda x: x)) is None


def test_inputs_that_are_too_large_are_not_written():
    rng = np.random.default_rng(1)
    for size, written in ((600, True), (601, False)):
        them = student()
        them.f(rng.integers(0, 9, size))
        assert (text_of(them, None) is not None) == written


def test_many_inputs_that_are_too_large_together_are_not_written():
    them = student()
    for _ in range(4):
        them.f(np.random.default_rng(1).normal(size=500))
    assert text_of(them, None) is None


def test_what_is_written_is_never_longer_than_it_may_be():
    for calls in range(1, 30):
        them = student()
        for _ in range(calls):
            them.f(np.random.default_rng(1).normal(size=50))
        assert len(text_of(them, None) or "") <= MAX_CHARACTERS


def test_a_large_array_of_one_value_is_written_short():
    them = student()
    got, _ = them.make(np.full((40, 50), 2.5))
    text = text_of(them, got)
    assert "np.full((40, 50), 2.5" in text
    np.testing.assert_array_equal(run(text)[1]["out_0"], np.full((40, 50), 5.0))


def test_the_value_that_matches_compared_is_the_one_that_is_shown():
    them = student()
    out, _ = them.make(np.array([1.0]))
    with pytest.raises(Wrong) as caught:
        matches(out, np.array([3.0]), "out")
    assert run(text_of(them, caught.value.got, caught.value.expected))[0] == "[2.]\n1.0\n"
