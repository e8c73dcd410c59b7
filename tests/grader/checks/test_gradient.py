"""The gradient check: right gradients always pass, wrong ones never do, and kinks are not guessed at."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks import Undecidable, Wrong, gradient_check, loss_gradient_check
from grader.course import FunctionSpec
from grader.student import InProcess, Student

SPECS = {
    "forward": FunctionSpec("forward", ("x", "w"), (), (), ("out", "cache"), frozenset({1}), frozenset()),
    "backward": FunctionSpec("backward", ("dout", "cache"), (), (), ("dx", "dw"), frozenset(), frozenset()),
    "relu": FunctionSpec("relu", ("x",), (), (), ("out", "cache"), frozenset({1}), frozenset()),
    "relu_back": FunctionSpec("relu_back", ("dout", "cache"), (), (), ("dx",), frozenset(), frozenset()),
    "loss": FunctionSpec("loss", ("x", "params"), (), (), ("loss", "dx", "grads"), frozenset(), frozenset({2})),
}


def forward(x, w):
    return np.tanh(x @ w), (x, w)


def backward(dout, cache):
    x, w = cache
    slope = dout * (1 - np.tanh(x @ w) ** 2)
    return slope @ w.T, x.T @ slope


def loss(x, params):
    residual = np.tanh(x) @ params["w"] + params["b"]
    grads = {"w": np.tanh(x).T @ residual, "b": residual.sum(axis=0)}
    return 0.5 * np.sum(residual**2), (residual @ params["w"].T) * (1 - np.tanh(x) ** 2), grads


RIGHT = {
    "forward": forward,
    "backward": backward,
    "relu": lambda x: (np.maximum(x, 0), x),
    "relu_back": lambda dout, x: dout * (x > 0),
    "loss": loss,
}
REFERENCE = SimpleNamespace(**RIGHT)


def student_with(**functions):
    module = SimpleNamespace(**{**RIGHT, **functions})
    return Student(SPECS, InProcess(SPECS, lambda: module))


def layer(student, reference, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    inputs = {"x": scale * rng.normal(size=(5, 4)), "w": rng.normal(size=(4, 3)) / scale}
    gradient_check(student, reference, "forward", "backward", inputs, rng, wrt=["x", "w"])


def whole_loss(student, reference, seed=0):
    rng = np.random.default_rng(seed)
    inputs = {"x": rng.normal(size=(5, 4)), "params": {"w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}}
    loss_gradient_check(student, reference, "loss", inputs, rng, wrt=["x", "params"])


def asked(run, *args):
    """The functions that a right student is asked by a check that it passes."""
    student = student_with()
    run(student, *args)
    return {call.function for call in student.transcript}


def complaint(run, *args):
    with pytest.raises(Wrong) as caught:
        run(*args)
    return caught.value.message


# --- right gradients --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
def test_right_gradients_pass_on_every_draw(reference):
    for seed in range(200):
        assert asked(layer, reference, seed) == {"forward", "backward"}


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
def test_right_gradients_of_a_loss_pass_on_every_draw(reference):
    for seed in range(200):
        assert asked(whole_loss, reference, seed) == {"loss"}


@pytest.mark.parametrize("scale", [0.1, 0.3, 3.0, 10.0])
def test_right_gradients_pass_at_other_scales(scale):
    for seed in range(20):
        assert asked(layer, None, seed, scale) == {"forward", "backward"}


def test_a_single_gradient_need_not_be_a_tuple():
    def single(student, reference):
        x = np.array([-2.0, -1.0, 1.0, 2.0])
        gradient_check(student, reference, "relu", "relu_back", {"x": x}, np.random.default_rng(1), wrt=["x"])

    for reference in (REFERENCE, None):
        assert asked(single, reference) == {"relu", "relu_back"}


def test_differences_are_asked_for_only_where_they_tell_something():
    student = student_with()
    layer(student, REFERENCE)
    assert [call.function for call in student.transcript] == ["forward", "backward"]
    wrong = student_with(backward=WRONG["dw wrong alone"])
    assert complaint(layer, wrong, REFERENCE)
    assert [call.function for call in wrong.transcript] == ["forward", "backward"] + ["forward"] * 4


def test_a_row_passes_for_a_vector_only_where_the_check_says_so():
    student = student_with(relu_back=lambda dout, cache: (dout * (cache > 0))[None])
    inputs, rng = {"x": np.array([-2.0, -1.0, 1.0, 2.0])}, np.random.default_rng(1)
    for reference in (REFERENCE, None):
        gradient_check(student, reference, "relu", "relu_back", inputs, rng, wrt=["x"], rows_pass=True)
        with pytest.raises(Wrong, match="shape"):
            gradient_check(student, reference, "relu", "relu_back", inputs, rng, wrt=["x"])


# --- wrong gradients --------------------------------------------------------------------------------------------------

WRONG = {
    "wrong sign": lambda dout, cache: tuple(-each for each in backward(dout, cache)),
    "twice as much": lambda dout, cache: tuple(2 * each for each in backward(dout, cache)),
    "an average": lambda dout, cache: tuple(each / len(dout) for each in backward(dout, cache)),
    "one part in a thousand": lambda dout, cache: tuple(1.001 * each for each in backward(dout, cache)),
    "ignores dout": lambda dout, cache: backward(np.ones_like(dout), cache),
    "no slope of tanh": lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout),
    "dw wrong alone": lambda dout, cache: (backward(dout, cache)[0], np.zeros((4, 3))),
    "rows in another order": lambda dout, cache: (backward(dout, cache)[0][::-1], backward(dout, cache)[1]),
}


@pytest.mark.parametrize("slip", WRONG)
def test_a_wrong_gradient_fails_on_every_draw(slip):
    for seed in range(25):
        for reference in (REFERENCE, None):
            assert complaint(layer, student_with(backward=WRONG[slip]), reference, seed)


def test_a_gradient_that_is_right_for_a_cotangent_of_ones_alone_fails():
    def row_sums(dout, cache):
        dx, dw = backward(np.ones_like(dout), cache)
        return dx * dout.mean(), dw * dout.mean()

    assert complaint(layer, student_with(backward=row_sums), None)


def test_the_gradient_that_is_wrong_is_named():
    message = complaint(layer, student_with(backward=WRONG["dw wrong alone"]), REFERENCE)
    assert message.startswith("dw at [")
    assert "is 0, expected" in message


def test_without_a_reference_both_slopes_are_told():
    message = complaint(layer, student_with(backward=WRONG["wrong sign"]), None)
    assert message.startswith("dx is not the gradient of your forward: along a random direction it gives ")
    given, found = (float(text.rstrip(".")) for text in (message.split()[-5].rstrip(","), message.split()[-1]))
    assert given == pytest.approx(-found, rel=1e-4)


def test_a_gradient_that_fits_the_own_wrong_forward_pass_is_told_so():
    student = student_with(
        forward=lambda x, w: (3 * forward(x, w)[0], (x, w)), backward=lambda d, c: backward(3 * d, c)
    )
    assert complaint(layer, student, REFERENCE).endswith(
        "It is the gradient of your own forward, so your forward itself is wrong: mend that."
    )


def test_a_gradient_that_fits_neither_is_told_so():
    message = complaint(layer, student_with(backward=WRONG["twice as much"]), REFERENCE)
    assert message.endswith("It is not the gradient of your own forward either.")


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
@pytest.mark.parametrize(
    ("dx", "sentence"),
    [(np.zeros((4, 5)), "dx has shape (4, 5), expected "), (np.ones(()), "dx has shape (), expected ")],
)
def test_a_gradient_of_another_shape_is_told_as_such(dx, sentence, reference):
    student = student_with(backward=lambda dout, cache: (dx, backward(dout, cache)[1]))
    assert sentence in complaint(layer, student, reference)


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
def test_a_gradient_that_is_not_finite_is_told_as_such(reference):
    student = student_with(backward=lambda dout, cache: (np.full((5, 4), np.nan), backward(dout, cache)[1]))
    message = complaint(layer, student, reference)
    assert "dx holds values that are not finite" in message or "is nan, expected" in message


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
@pytest.mark.parametrize(
    ("grads", "sentence"),
    [
        (lambda right: {"w": right["w"]}, "keys"),
        (lambda right: {**right, "c": np.zeros(1)}, "keys"),
        (lambda right: {**right, "b": right["b"][None]}, "['b'] has shape (1, 3), expected"),
    ],
)
def test_a_dict_of_gradients_of_another_form_is_told_as_such(grads, sentence, reference):
    student = student_with(loss=lambda x, params: (*loss(x, params)[:2], grads(loss(x, params)[2])))
    assert sentence in complaint(whole_loss, student, reference)


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["with a reference", "against the own forward pass"])
@pytest.mark.parametrize("key", ["w", "b"])
def test_one_wrong_gradient_in_a_dict_fails_on_every_draw(key, reference):
    def slip(x, params):
        value, dx, grads = loss(x, params)
        return value, dx, {**grads, key: 1.01 * grads[key]}

    for seed in range(25):
        assert "grad" in complaint(whole_loss, student_with(loss=slip), reference, seed)


# --- kinks ------------------------------------------------------------------------------------------------------------


def at_a_kink(student, reference):
    x = np.array([-1.0, 3e-6, 1.0, 2.0])
    gradient_check(student, reference, "relu", "relu_back", {"x": x}, np.random.default_rng(1), wrt=["x"])


def test_at_a_kink_the_own_forward_pass_decides_nothing():
    with pytest.raises(Undecidable):
        at_a_kink(student_with(), None)


def test_at_a_kink_a_right_gradient_passes_by_the_reference():
    assert asked(at_a_kink, REFERENCE) == {"relu", "relu_back"}


def test_a_forward_pass_that_jumps_at_random_decides_nothing():
    noise = np.random.default_rng(3)
    jumpy = student_with(forward=lambda x, w: (noise.normal(size=(5, 3)), (x, w)))
    with pytest.raises(Undecidable):
        layer(jumpy, None)
