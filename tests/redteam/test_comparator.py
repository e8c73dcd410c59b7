"""What comparing lets pass: a table of values with which careless comparisons have been fooled."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from grader.checks import Wrong, is_normal, is_uniform, matches
from grader.patterns import explain

X = np.array([[1.5, -2.0, 0.25], [4.0, -0.5, 3.0]])
NAN, INF = np.nan, np.inf

RIGHT = {
    "the same": (X, X),
    "rounding": (X * (1 + 1e-12), X),
    "another memory order": (np.asfortranarray(X), X),
    "a view backwards": (X[::-1][::-1], X),
    "zero for minus zero": (np.zeros(3), np.array([-0.0, 0.0, -0.0])),
    "NaN where it belongs": (np.array([NAN, 1.0]), np.array([NAN, 1.0])),
    "infinity where it belongs": (np.array([INF, -INF, 1.0]), np.array([INF, -INF, 1.0])),
    "empty for empty": (np.zeros((0, 3)), np.zeros((0, 3))),
    "a number for a number": (np.float64(2.5), np.array(2.5)),
    "integers for integers": (np.array([1, 2]), np.array([1, 2])),
    "Booleans for Booleans": (np.array([True, False]), np.array([True, False])),
}
WRONG: dict[str, tuple[Any, Any]] = {
    "all NaN": (np.full_like(X, NAN), X),
    "one NaN": (np.where(X == 4.0, NAN, X), X),
    "all infinite": (np.full_like(X, INF), X),
    "infinity for NaN": (np.array([INF, 1.0]), np.array([NAN, 1.0])),
    "NaN for infinity": (np.array([NAN, 1.0]), np.array([INF, 1.0])),
    "the other infinity": (np.array([-INF, 1.0]), np.array([INF, 1.0])),
    "a number for NaN": (np.array([0.0, 1.0]), np.array([NAN, 1.0])),
    "a number for infinity": (np.array([1.7e308, 1.0]), np.array([INF, 1.0])),
    "the largest numbers": (np.full_like(X, 1.7e308), -X),
    "the smallest numbers": (np.full_like(X, 5e-324), X),
    "empty": (np.zeros(0), X),
    "empty with axes": (np.zeros((0, 3)), X),
    "empty for a number": (np.zeros(0), np.array(1.0)),
    "a broadcastable number": (np.array(1.0), np.ones((2, 3))),
    "a broadcastable row": (np.ones((1, 3)), np.ones((2, 3))),
    "an axis more": (X[None], X),
    "an axis less": (X.ravel(), X),
    "a transpose": (np.ones((3, 2)), np.ones((2, 3))),
    "a square transpose": (X[:, :2].T, X[:, :2]),
    "one for a number": (np.ones((1,)), np.array(1.0)),
    "complex": (X + 0j, X),
    "complex with NaN": (np.full(X.shape, complex(NAN, NAN)), X),
    "integers": (np.ones((2, 3), int), np.ones((2, 3))),
    "Booleans": (np.ones((2, 3), bool), np.ones((2, 3))),
    "unsigned": (np.ones((2, 3), np.uint8), np.ones((2, 3))),
    "half precision": (X.astype(np.float16) * np.float16(1.01), X),
    "half infinity": (np.full(X.shape, INF, np.float16), X),
    "no array": (None, X),
    "a text": ("1.5", X),
    "a list": (X.tolist(), X),
    "off by a little": (X * (1 + 1e-5), X),
    "one element off": (np.where(X == 4.0, 4.001, X), X),
    "far off where the scale is large": (np.array([1e12, 1e6]), np.array([1e12, 1.0])),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_value_passes(case: str) -> None:
    matches(*RIGHT[case])


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_does_not_pass_and_is_explained_without_a_warning(case: str) -> None:
    got, expected = WRONG[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="ignore"), pytest.raises(Wrong) as wrong:
            matches(got, expected)
        explain(got, expected, {2, 3})
    assert wrong.value.message


@pytest.mark.parametrize("distribution", [is_normal, is_uniform])
@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.full(400, NAN),
        np.full(400, INF),
        np.zeros(400),
        np.full(400, 1.7e308),
        np.full(400, "1"),
        np.ones(400) * 1j,
    ],
    ids=["empty", "NaN", "infinite", "constant", "the largest", "text", "complex"],
)
def test_numbers_that_are_not_random_do_not_pass_for_a_distribution(distribution: Any, samples: np.ndarray) -> None:
    with np.errstate(all="ignore"), pytest.raises(Wrong):
        distribution(samples, 0.0, 1.0)


def test_the_scale_of_the_tolerance_is_the_expected_array_s_alone() -> None:
    with pytest.raises(Wrong):
        matches(np.array([1.0, 1e9]), np.array([1.1, 1.0]))
