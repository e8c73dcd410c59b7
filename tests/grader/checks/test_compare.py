"""Comparing arrays: what passes, what does not, and which difference is told first."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import Wrong, matches
from grader.checks.compare import agree, stricter

seeds = st.integers(0, 2**32)


@pytest.fixture(autouse=True)
def as_in_a_check():
    """Overflow and the like are no warnings: the engine runs every check so."""
    with np.errstate(all="ignore"):
        yield


def wrong_of(got, expected, name="", **options):
    with pytest.raises(Wrong) as caught:
        matches(got, expected, name, **options)
    return caught.value


# --- what passes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0])),
        (np.array([1.0, 2.0]), [1, 2]),
        (np.array(3.0), 3.0),
        (3.0, np.array(3.0)),
        (True, np.array(True)),
        (np.array([1, 2]), np.array([1, 2])),
        (np.array([1.0, 2.0]), np.array([1, 2])),
        (np.array([1, 0]), np.array([True, False])),
        (np.array([True, False]), np.array([True, False])),
        (np.ones(2, np.float32), np.ones(2)),
        (np.array([1 + 2j]), np.array([1 + 2j])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([np.nan, np.inf, -np.inf, 1.0]), np.array([np.nan, np.inf, -np.inf, 1.0])),
        (np.array([np.inf]), np.array([np.inf])),
        (np.array([1e-13]), np.array([0.0])),
        ({"w": np.ones(2), "b": np.zeros(1)}, {"b": np.zeros(1), "w": np.ones(2)}),
    ],
)
def test_equal_values_pass(got, expected):
    matches(got, expected)


@given(seeds, st.integers(-8, 8))
def test_rounding_passes_at_every_scale(seed, power):
    rng = np.random.default_rng(seed)
    expected = rng.normal(size=(4, 5)) * 10.0**power
    matches(expected * (1 + 1e-11 * rng.normal(size=(4, 5))), expected)


@given(seeds, st.integers(-4, 8))
def test_one_element_that_is_off_by_a_ten_thousandth_of_the_scale_fails(seed, power):
    rng = np.random.default_rng(seed)
    expected = rng.normal(size=(4, 5)) * 10.0**power
    at = tuple(int(rng.integers(size)) for size in expected.shape)
    got = expected.copy()
    got[at] += 1e-4 * 10.0**power
    assert wrong_of(got, expected).error.at == list(at)


@given(seeds, st.integers(-140, 140), st.sampled_from([0.5, 0.999, 1.001, 1.9]))
def test_one_element_decides_by_its_own_tolerance(seed, power, share):
    rng = np.random.default_rng(seed)
    expected = np.append(rng.normal(size=4) * (rng.random(4) < 0.5), 1.0) * 10.0**power
    room = 1e-7 * (np.abs(expected) + np.linalg.norm(expected / 10.0**power) / math.sqrt(5) * 10.0**power)
    got, at = expected.copy(), rng.integers(5)
    got[at] += share * room[at]
    assert agree(got, expected, atol=0.0) == (share < 1)


def test_what_is_not_finite_agrees_with_nothing():
    for got, expected in (
        (np.nan, 1.0),
        (1.0, np.nan),
        (np.inf, np.inf),
        (1.0, np.inf),
        (-1e308, 1e308),
        (1e-200, 0.0),
    ):
        assert not agree(np.array([got]), np.array([expected]), atol=0.0)


def test_the_scale_is_the_expected_arrays_alone():
    wrong = wrong_of(np.array([1.001, 1e30]), np.array([1.0, 1.0]))
    assert wrong.message.endswith("is 1e+30, expected 1 (2 of 2 elements differ).")


def test_a_small_element_beside_a_large_one_may_differ_by_the_large_ones_rounding():
    matches(np.array([1e6, 1e-3]), np.array([1e6, 1e-4]))


def test_numbers_whose_square_overflows_are_compared_like_others():
    assert wrong_of(np.array([1e200, 3e200]), np.array([1e200, 2e200])).error.at == [1]
    matches(np.array([1e200, 2e200]), np.array([1e200, 2e200]))


def test_the_tolerance_can_be_set():
    matches(np.array([1.01]), np.array([1.0]), rtol=0.01)
    matches(np.array([1.01]), np.array([1.0]), atol=0.02)
    assert wrong_of(np.array([1.01]), np.array([1.0]))


def test_the_gate_compares_more_strictly_than_the_grader():
    got, expected = np.array([1 + 1e-7]), np.array([1.0])
    matches(got, expected)
    with stricter(10):
        assert wrong_of(got, expected)
    matches(got, expected)


# --- what does not, and in which order it is asked --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        ("abc", np.ones(2), "out is str, expected an array of shape (2,)."),
        (np.ones(3), np.ones(2), "out has shape (3,), expected (2,). It seems to be summed over the wrong axis."),
        (np.full(3, np.nan), np.ones(2), "out has shape (3,)"),
        (np.ones((2, 1)), np.ones(2), "expected (2,). An axis of length 1 is too many or too few"),
        (np.ones((3, 2)), np.ones((2, 3)), "expected (2, 3). It is transposed."),
        (np.ones((4, 3)), np.ones(3), "expected (3,). A sum over axis 0 seems to be missing."),
        (np.ones((4, 3)), np.ones(4), "expected (4,). A sum over axis 1 seems to be missing."),
        (np.ones((2, 6)), np.ones((3, 4)), "The number of elements is right; a reshape is missing or wrong."),
        (np.ones((2, 2, 2)), np.ones((5, 5)), "out has shape (2, 2, 2), expected (5, 5)."),
        (np.array([1, 2]), np.array([1.0, 2.5]), "out has dtype int64, expected float64: it seems to be rounded"),
        (np.array([True]), np.array([1.5]), "out has dtype bool, expected float64"),
        (np.array([1 + 0j]), np.array([1.0]), "out is complex (complex128), expected real numbers (float64)."),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "out at [1] is nan, expected 2. Not a number comes of"),
        (np.array([np.inf, np.inf]), np.array([1.0, 2.0]), "out at [0] is inf, expected 1. 2 elements overflow"),
        (np.array([5.0, np.nan]), np.array([1.0, 2.0]), "out at [1] is nan"),
        (np.array([1.0, 2.0]), np.array([np.inf, 2.0]), "out should be inf in some places and is not."),
        (np.array([-np.inf, 2.0]), np.array([np.inf, 2.0]), "out should be inf in some places and is not."),
        (np.array([np.inf]), np.array([np.nan]), "out should be nan in some places and is not."),
        (np.array(4.0), 3.0, "out is 4, expected 3."),
        (
            np.array([[1.0, 2.0], [3.0, 5.0]]),
            np.array([[1.0, 2.0], [3.0, 4.0]]),
            "out at [1, 1] is 5, expected 4 (1 of 4",
        ),
        (np.array([False]), np.array([True]), "out at [0] is 0, expected 1"),
        (np.array([0, 1], np.uint8), np.array([255, 1], np.uint8), "out at [0] is 0, expected 255"),
        (np.array([1 + 2j]), np.array([1 - 2j]), "out at [0] is 1+2j, expected 1-2j"),
    ],
)
def test_the_first_difference_is_told_with_got_and_expected(got, expected, sentence):
    assert sentence in wrong_of(got, expected, "out").message


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array([-(2**63)]), np.array([0])),
        (np.array([5 - 2**63]), np.array([5])),
        (np.array([1], np.uint8), np.array([257])),
        (np.array([0], np.uint64), np.array([1], np.uint64)),
    ],
)
def test_a_difference_of_integers_does_not_wrap_around(got, expected):
    with pytest.raises(Wrong):
        matches(got, expected)


def test_without_a_name_the_value_is_called_the_result():
    assert wrong_of(np.array(1.0), 2.0).message.startswith("the result is 1")


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (1.44770011, 1.44770022, "is 1.4477001, expected 1.4477002."),
        (1 + 1e-15, 1.0, "is 1.000000000000001, expected 1."),
        (1.5, 2.5, "is 1.5, expected 2.5."),
        (np.float32(0.1), 0.1, "is 0.100000001, expected 0.1."),
    ],
)
def test_different_numbers_are_told_with_as_many_digits_as_make_them_look_so(got, expected, sentence):
    assert wrong_of(np.array(got), expected, rtol=0.0, atol=0.0).message.endswith(sentence)


def test_a_dict_must_have_the_expected_keys():
    message = wrong_of({"w": np.ones(1), "c": np.ones(1)}, {"w": np.ones(1), "b": np.ones(1)}, "grads").message
    assert message == "grads has ['c', 'w'], expected a dict with the keys ['b', 'w']."
    assert "grads has ndarray" in wrong_of(np.ones(1), {"w": np.ones(1)}, "grads").message


def test_an_array_in_a_dict_is_named_by_its_key():
    got, expected = {"w": np.array([1.0])}, {"w": np.array([2.0])}
    assert wrong_of(got, expected, "grads").message.startswith("grads['w'] at [0] is 1, expected 2")
    assert wrong_of(got, expected).message.startswith("w at [0] is 1")


# --- what the report makes of it --------------------------------------------------------------------------------------


def test_the_worst_element_is_told_relative_to_the_expected_scale():
    wrong = wrong_of(np.array([3.0, 4.5, 4.0]), np.array([3.0, 4.0, 4.0]), "out")
    assert wrong.error.at == [1]
    assert wrong.error.max_relative == pytest.approx(0.5 / (4 + math.sqrt(41 / 3)))
    assert wrong.label == "out"
    assert wrong.got[1] == 4.5
    assert wrong.expected[1] == 4.0


@pytest.mark.parametrize("got", [2.0, 1e308, -1e308])
@pytest.mark.parametrize("expected", [0.0, 1e307, 5e-324, -3.0])
def test_the_error_is_always_a_number_that_json_knows(got, expected):
    error = wrong_of(np.array([got, 1.0]), np.array([expected, 1.0])).error
    assert json.dumps(asdict(error), allow_nan=False)
    assert error.max_relative > 0


@given(seeds)
def test_no_pair_of_arrays_makes_it_raise_anything_but_wrong(seed):
    rng = np.random.default_rng(seed)
    strange = [0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e308, 1e-308]
    kinds = [float, np.float32, np.float16, complex, int, bool, np.uint8]

    def array():
        shape = tuple(rng.integers(0, 3, size=rng.integers(0, 3)))
        return rng.choice(strange, size=shape).astype(kinds[rng.integers(len(kinds))])

    with contextlib.suppress(Wrong):
        matches(array(), array())
