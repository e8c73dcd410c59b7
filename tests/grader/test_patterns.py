"""The pattern of an error: what is plain is said in one sentence, and what is not plain is not guessed at."""

from __future__ import annotations

import numpy as np
import pytest

from grader.patterns import constant_ratio, explain

RNG = np.random.default_rng(1)
X = RNG.normal(size=(5, 4))
SQUARE = RNG.normal(size=(4, 4))
ONE_ROW = X.copy()
ONE_ROW[3] += RNG.normal(size=4)
NOISE = RNG.uniform(0.5, 1.5, size=(5, 4)) * RNG.choice([-1, 1], size=(5, 4))


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (np.zeros((5, 4)), X, "All your values are zero."),
        (-X, X, "Your values have the wrong sign."),
        (X / 5, X, "Your values are 1/5 of the expected ones: an average where a sum belongs, over an axis of 5?"),
        (4 * X, X, "Your values are 4 times the expected ones: a sum where an average belongs, over an axis of 4?"),
        (X / 2, X, "Your values are 1/2 of the expected ones: a factor is missing."),
        (X / 7, X, "Your values are 1/7 of the expected ones: a factor is missing."),
        (2 * X, X, "Your values are 2 times the expected ones: a constant factor is off."),
        (0.3 * X, X, "Your values are 0.3 times the expected ones: a constant factor is off."),
        (SQUARE.T, SQUARE, "Your result is transposed."),
        (X + 0.25, X, "Every element is off by the same amount, 0.25."),
        (X[::-1], X, "The values are right but stand in other places: look at axes and order."),
        (X * (1 + 2e-7 * NOISE), X, "The error is that of float32: compute in float64."),
        ((X * (1 + 1e-6 * NOISE)).astype(np.float32), X, "The error is that of float32: compute in float64."),
        (ONE_ROW, X, "Only index 3 along the first axis is wrong."),
        (np.array([1, 2, 4]) * 3, np.array([1, 2, 4]), "Your values are 3 times the expected ones"),
    ],
)
def test_a_plain_pattern_is_said_in_one_sentence(got, expected, sentence):
    assert explain(got, expected, {5, 4}).startswith(sentence)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (RNG.normal(size=(5, 4)), X),
        (X[:4], X),
        (X.T, X),
        (None, X),
        (X, None),
        ("text", X),
        (X + np.nan, X),
        (X, X * np.inf),
        (X + 0j, X),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array(3.0), np.array(2.0)),
        (np.where(X > 0, X, 2 * X), X),
    ],
)
def test_where_nothing_is_plain_nothing_is_said(got, expected):
    with np.errstate(all="ignore"):
        assert explain(got, expected, {5, 4}) is None


def test_a_ratio_is_an_average_only_where_some_axis_has_that_length():
    assert "average" not in explain(X / 5, X, {3, 4})
    assert "average" in explain(X / 5, X, {3, 5})


def test_a_ratio_that_reads_as_1_is_not_told():
    assert explain(1.00003 * X, X) is None
    assert "1.001 times" in explain(1.001 * X, X)


def test_errors_larger_than_those_of_float32_are_not_called_so_where_nothing_is_rounded_to_it():
    assert explain(X * (1 + 3e-6 * NOISE), X) is None


def test_an_axis_of_one_is_never_blamed():
    assert explain(-X, X, {1}) == "Your values have the wrong sign."


def test_equal_values_have_no_pattern():
    assert explain(X, X) is None
    assert explain(X.astype(np.float32), X) is None


@pytest.mark.parametrize("ratio", [2.0, -1.0, 1e-3, 1e6, 1 / 3])
def test_a_constant_ratio_is_found(ratio):
    assert constant_ratio(ratio * X, X) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("got", "expected"),
    [(X, X), (0 * X, X), (X[:1], X), (X + 1, X), (np.array([2.0, 0.0]), np.array([1.0, 0.0])), (X * np.nan, X)],
)
def test_what_is_no_constant_ratio_is_none(got, expected):
    with np.errstate(all="ignore"):
        assert constant_ratio(got, expected) is None
