"""Optimizers: problems with the gradients they claim, and paths that are followed or left at a step that is named."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks import Wrong, follows, keeps_states_apart, quadratic, rosenbrock, sparse, takes_pure_steps
from grader.checks.compare import stricter
from grader.course import FunctionSpec
from grader.student import InProcess, Student

SPECS = {
    "adagrad": FunctionSpec("adagrad", ("w", "dw", "state"), (), ("lr",), ("w", "state"), frozenset({1}), frozenset())
}
PROBLEMS = [quadratic, rosenbrock, sparse]


def adagrad(w, dw, state, *, lr=0.1):
    seen = state.get("seen", 0) + dw**2
    return w - lr * dw / (np.sqrt(seen) + 1e-8), {"seen": seen}


REFERENCE = SimpleNamespace(adagrad=adagrad)


def walk(optimizer, problem=quadratic, seed=1, steps=20, **hyper):
    """Lets a student's optimizer follow the reference; gives the complaint, None where there is none."""
    student = Student(SPECS, InProcess(SPECS, lambda: SimpleNamespace(adagrad=optimizer)))
    try:
        follows(student, REFERENCE, "adagrad", problem(np.random.default_rng(seed)), steps, **hyper)
    except Wrong as wrong:
        return wrong
    return None


# --- problems ---------------------------------------------------------------------------------------------------------


def test_the_problems_together_have_arrays_of_0_to_4_axes():
    starts = [start for problem in PROBLEMS for start in problem(np.random.default_rng(0)).starts]
    assert sorted(start.ndim for start in starts) == [0, 1, 2, 3, 4]


def test_a_bowls_gradient_grows_linearly_and_vanishes_once():
    problem = quadratic(np.random.default_rng(0))
    here, there = (problem.gradient(problem.start + move, 0) for move in (0, 1))
    curvature = there - here
    assert (curvature >= 0.2).all()
    np.testing.assert_allclose(problem.gradient(problem.start - here / curvature, 0), 0, atol=1e-12)


def test_the_valleys_gradient_is_that_of_rosenbrocks_function():
    def value(w):
        return np.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2) / 100

    problem = rosenbrock(np.random.default_rng(0))
    (w,) = problem.starts
    slopes = [(value(w + step) - value(w - step)) / 2e-6 for step in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(problem.gradient(w, 0), slopes, rtol=1e-6, atol=1e-8)


def test_sparse_gradients_touch_one_row_a_step_and_never_the_last():
    problem = sparse(np.random.default_rng(0))
    (gradients,) = problem.cut(np.array([problem.gradient(problem.start, step) for step in range(100)]))
    touched = [np.flatnonzero(gradient.any(axis=1)) for gradient in gradients]
    assert all(len(rows) == 1 for rows in touched)
    assert {int(row) for (row,) in touched} == {0, 1, 2, 3}


def test_problems_that_are_added_are_walked_through_at_once_each_with_its_own_gradient():
    bowl, valley = (problem(np.random.default_rng(0)) for problem in (quadratic, rosenbrock))
    both = bowl + valley
    assert both.names == ["quadratic"] * 3 + ["Rosenbrock"]
    np.testing.assert_array_equal(
        both.gradient(both.start, 3), np.concatenate([bowl.gradient(bowl.start, 3), valley.gradient(valley.start, 3)])
    )
    for start, rows in zip(both.starts, both.cut(both.start[None]), strict=True):
        np.testing.assert_array_equal(rows, start[None])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_is_drawn_from_the_generator_alone(problem):
    a, b, other = (problem(np.random.default_rng(seed)).starts for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not np.array_equal(a[0], other[0])


# --- following --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_steps_written_otherwise_pass(problem):
    def other(w, dw, state, *, lr=0.1):
        seen = np.add(state.get("s", np.zeros_like(w)), np.square(dw))
        return w + -lr * (dw / (1e-8 + seen**0.5)), {"s": seen, "calls": state.get("calls", 0) + 1}

    for seed in range(20):
        assert walk(other, problem, seed) is None


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_slightly_longer_step_fails_at_the_first_step(problem):
    wrong = walk(lambda w, dw, state, **hyper: adagrad(w, 1.0 * dw, state, lr=0.1001), problem)
    assert "after step 1 on the" in wrong.message


def test_a_difference_that_comes_late_is_named_by_its_step():
    def counts(w, dw, state, **hyper):
        t = state.get("t", 0) + 1
        w, new = adagrad(w, dw, state if t != 5 else {})
        return w, {**new, "t": t}

    assert walk(counts).message.startswith("w after step 5 on the quadratic problem")


def test_a_path_whose_arrays_are_not_alike_is_followed_step_by_step():
    def narrow(wrong_at):
        def optimizer(w, dw, state, *, lr=0.1):
            t = state.get("t", 0) + 1
            w, new = adagrad(np.asarray(w, float), dw, state, lr=lr if t != wrong_at else 2 * lr)
            return np.asarray(w, np.float32 if t == 4 else float), {**new, "t": t}

        return optimizer

    assert walk(narrow(wrong_at=None)) is None
    assert walk(narrow(wrong_at=7)).message.startswith("w after step 7 on the quadratic problem")


def test_a_state_that_all_weights_share_fails():
    shared = {}

    def confused(w, dw, state, *, lr=0.1):
        seen = shared.get("seen", 0) + np.sum(dw**2)
        shared["seen"] = seen
        return w - lr * dw / (np.sqrt(seen) + 1e-8), state

    assert walk(confused) is not None


def test_the_hyper_parameters_and_the_number_of_steps_reach_both():
    seen = []

    def counted(w, dw, state, *, lr):
        seen.append(lr)
        return adagrad(w, dw, state, lr=lr)

    assert walk(counted, rosenbrock, steps=7, lr=0.02) is None
    assert seen == [0.02] * 7


@pytest.mark.parametrize(
    ("optimizer", "sentence"),
    [
        (lambda w, dw, state, **hyper: (w * np.nan, {}), "is nan, expected"),
        (lambda w, dw, state, **hyper: (np.ones((2, 2)), {}), "has shape (2, 2), expected"),
        (lambda w, dw, state, **hyper: (None, {}), "adagrad's w is None, expected an array"),
        (lambda w, dw, state, **hyper: w, "adagrad returned"),
    ],
)
def test_what_is_no_step_at_all_is_told_as_such(optimizer, sentence):
    assert sentence in walk(optimizer).message


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_state_in_single_precision_is_good_enough_a_step_in_half_precision_is_not(problem):
    def single(w, dw, state, *, lr=0.1):
        w, state = adagrad(w, dw, state, lr=np.float32(lr))
        return w, {"seen": np.asarray(state["seen"], np.float32)}

    def half(w, dw, state, **hyper):
        w, state = adagrad(w, dw, state, **hyper)
        return np.asarray(w, np.float16).astype(float), state

    with stricter(10):
        assert [walk(single, problem, seed) for seed in range(10)] == [None] * 10
    assert walk(half, problem) is not None


def test_a_difference_in_the_second_of_two_problems_is_called_by_its_name():
    def wrong_in_the_valley(w, dw, state, **hyper):
        return adagrad(w, dw if w.shape != (4,) else 1.01 * dw + 0.01, state, **hyper)

    wrong = walk(wrong_in_the_valley, lambda rng: quadratic(rng) + rosenbrock(rng))
    assert "on the Rosenbrock problem" in wrong.message
    assert wrong.figure["title"] == "The first weight on the Rosenbrock problem"


# --- states kept apart -------------------------------------------------------------------------------------------------


def apart(optimizer, seed=1, **hyper):
    """Lets two parameters take turns; gives the complaint, None where there is none."""
    student = Student(SPECS, InProcess(SPECS, lambda: SimpleNamespace(adagrad=optimizer)))
    try:
        keeps_states_apart(student, "adagrad", np.random.default_rng(seed), **hyper)
    except Wrong as wrong:
        return wrong.message
    return None


def test_states_that_are_kept_apart_pass_even_with_a_wrong_formula():
    for seed in range(20):
        assert apart(adagrad, seed, lr=0.3) is None
        assert apart(lambda w, dw, state, **hyper: (w + dw, state), seed) is None


@pytest.mark.parametrize("key", [lambda w: "one for all", lambda w: w.shape])
def test_a_memory_that_parameters_of_one_shape_share_fails(key):
    memory = {}

    def confused(w, dw, state, *, lr=0.1):
        memory[key(w)] = memory.get(key(w), 0) + dw**2
        return w - lr * dw / (np.sqrt(memory[key(w)]) + 1e-8), state

    assert apart(confused).startswith("when two parameters take turns, the next_w of the first at [")


def test_a_step_that_is_not_finite_is_not_blamed_on_sharing():
    assert apart(lambda w, dw, state, **hyper: (w * np.nan, state)).startswith("next_w is not finite after three steps")


# --- the figure -------------------------------------------------------------------------------------------------------


def test_the_figure_shows_both_paths_as_data():
    figure = walk(lambda w, dw, state, **hyper: (w - 0.01 * dw, state), rosenbrock).figure
    rows = figure["spec"]["data"]["values"]
    assert figure["title"] == "The first weight on the Rosenbrock problem"
    assert [row["step"] for row in rows if row["path"] == "yours"] == list(range(1, 21))
    assert [row["step"] for row in rows if row["path"] == "expected"] == list(range(1, 21))
    assert json.dumps(figure, allow_nan=False)


def test_a_path_that_overflows_is_drawn_as_far_as_it_goes():
    figure = walk(lambda w, dw, state, **hyper: (w * (1e100 if np.all(np.abs(w) < 1e250) else np.inf), state)).figure
    assert json.dumps(figure, allow_nan=False)
    assert len([row for row in figure["spec"]["data"]["values"] if row["path"] == "yours"]) < 20


# --- purity -----------------------------------------------------------------------------------------------------------


def steps_of(optimizer):
    """What `takes_pure_steps` says of an optimizer, None where it has nothing to say."""
    student = Student(SPECS, InProcess(SPECS, lambda: SimpleNamespace(adagrad=optimizer)))
    try:
        takes_pure_steps(student, "adagrad", np.random.default_rng(1), {"lr": 1e-300})
    except Wrong as wrong:
        return wrong.message
    return None


def test_pure_steps_pass_and_give_the_second_ones_next_w():
    student = Student(SPECS, InProcess(SPECS, lambda: REFERENCE))
    next_w = takes_pure_steps(student, "adagrad", np.random.default_rng(1), {"lr": 1e-300}, lr=0.3)
    w, dw = np.random.default_rng(1).normal(size=(2, 4, 2))
    _, state = adagrad(w, dw, {}, lr=0.3)
    np.testing.assert_array_equal(next_w, adagrad(w, dw, state, lr=0.3)[0])


def test_a_step_may_change_the_state_that_it_was_given():
    def optimizer(w, dw, state, *, lr=0.1):
        state["seen"] = state.get("seen", 0) + dw**2
        return w - lr * dw / (np.sqrt(state["seen"]) + 1e-8), state

    assert steps_of(optimizer) is None


def test_a_step_that_gives_another_dtype_is_told_so():
    def optimizer(w, dw, state, *, lr=0.1):
        return (w - lr * dw).astype(np.float32), state

    assert steps_of(optimizer) == "next_w has dtype float32, expected float64, that of w and dw."


def test_a_step_that_modifies_its_gradient_is_told_so():
    def optimizer(w, dw, state, *, lr=0.1):
        dw *= lr
        return w - dw, state

    assert "changes its argument dw in place" in steps_of(optimizer)


@pytest.mark.parametrize("touched", ["w", "dw"])
def test_modifying_them_in_the_first_step_alone_is_seen(touched):
    def optimizer(w, dw, state, *, lr=0.1):
        next_w = w - lr * dw
        if not state:
            {"w": w, "dw": dw}[touched][...] = 0
        return next_w, {"t": 1}

    assert "the dw of the first step" in steps_of(optimizer)


def test_a_gradient_that_is_kept_and_modified_by_the_next_step_is_seen():
    def optimizer(w, dw, state, *, lr=0.1):
        if not state:
            return w - lr * dw, {"v": dw}
        state["v"] *= 0.9
        state["v"] += dw
        return w - lr * state["v"], state

    assert "let it keep a copy" in steps_of(optimizer)


def test_what_is_remembered_of_another_parameter_is_no_impurity():
    seen = []

    def optimizer(w, dw, state, *, lr=0.1):
        seen.append(dw**2)
        return w - lr * dw / np.sqrt(sum(seen)), state

    assert steps_of(optimizer) is None
