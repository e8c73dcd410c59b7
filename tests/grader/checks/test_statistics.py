"""Distributions: right samples pass, wrong ones fail, and the stated false-alarm probability holds for every n.

Where the exact finite-sample probability can be computed, it is, in rational arithmetic or by a finite sum.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from grader.checks import Wrong, has_frequency, is_normal, is_uniform
from grader.checks.statistics import FALSE_ALARM

SIZES = [1, 2, 10, 300, 5000]


def wrong_of(judge, *args):
    with pytest.raises(Wrong) as caught:
        judge(*args)
    return caught.value


def fails(judge, *args):
    try:
        judge(*args)
    except Wrong:
        return True
    return False


# --- right samples pass -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_normal_samples_pass(n):
    rng = np.random.default_rng(n)
    for _ in range(200):
        assert not fails(is_normal, rng.normal(-3, 0.2, n), -3, 0.2)


@pytest.mark.parametrize("n", SIZES)
def test_uniform_samples_pass(n):
    rng = np.random.default_rng(n)
    for _ in range(200):
        assert not fails(is_uniform, rng.uniform(-5, 1, n), -5, 1)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("probability", [0.01, 0.5, 0.8])
def test_coins_pass(n, probability):
    rng = np.random.default_rng(n)
    for _ in range(200):
        assert not fails(has_frequency, rng.random(n) < probability, probability)


def test_the_shape_of_the_array_does_not_matter():
    rng = np.random.default_rng(1)
    assert not fails(is_normal, rng.normal(size=(4, 5, 6)), 0, 1)
    assert not fails(is_uniform, rng.random((4, 30)), 0, 1)
    assert not fails(has_frequency, rng.random((4, 30)) < 0.5, 0.5)


@pytest.mark.parametrize(("hits", "probability"), [(np.ones(50), 1.0), (np.zeros(50), 0.0)])
def test_certain_coins_pass(hits, probability):
    assert not fails(has_frequency, hits, probability)


# --- wrong samples fail -----------------------------------------------------------------------------------------------

N = 5000


@pytest.mark.parametrize(
    ("slip", "statistic"),
    [
        (lambda rng: rng.normal(0, math.sqrt(2), N), "variance ratio"),
        (lambda rng: rng.normal(0, 1 / math.sqrt(2), N), "variance ratio"),
        (lambda rng: np.zeros(N), "variance ratio"),
        (lambda rng: rng.normal(0.2, 1, N), "mean"),
        (lambda rng: rng.uniform(-math.sqrt(3), math.sqrt(3), N), "shape"),
        (lambda rng: rng.choice([-1.0, 1.0], N), "shape"),
        (lambda rng: rng.exponential(size=N) - 1, "shape"),
    ],
)
def test_samples_that_are_not_this_normal_fail_by_what_is_off(slip, statistic):
    for seed in range(20):
        wrong = wrong_of(is_normal, slip(np.random.default_rng(seed)), 0, 1)
        assert wrong.statistic.name == statistic


@pytest.mark.parametrize(
    ("slip", "statistic"),
    [
        (lambda rng: rng.uniform(-2, 2, N), "variance ratio"),
        (lambda rng: rng.uniform(-0.5, 0.5, N), "variance ratio"),
        (lambda rng: np.append(rng.uniform(-1, 1, N), 1.5), "bound"),
        (lambda rng: np.append(rng.uniform(-1, 1, N), -1.01), "bound"),
        (lambda rng: np.where(rng.random(N) < 0.3, -1, 1) * rng.random(N), "mean"),
        (lambda rng: rng.choice([-1, 1], N) * math.sqrt(1 / 3), "shape"),
        (lambda rng: np.clip(rng.normal(0, 0.62, N), -1, 1), "shape"),
    ],
)
def test_samples_that_are_not_this_uniform_fail_by_what_is_off(slip, statistic):
    for seed in range(20):
        wrong = wrong_of(is_uniform, slip(np.random.default_rng(seed)), -1, 1)
        assert wrong.statistic.name == statistic


@pytest.mark.parametrize(("share", "probability"), [(0.2, 0.8), (0.45, 0.55), (0.5, 0.6), (0.0, 0.05), (0.99, 1.0)])
def test_coins_of_another_probability_fail(share, probability):
    for seed in range(20):
        hits = np.random.default_rng(seed).random(N) < share
        wrong = wrong_of(has_frequency, hits, probability, "elements kept")
        assert wrong.message.startswith(f"the share of elements kept is {hits.mean():.3f} over 5000 draws, expected")
        assert wrong.statistic.value == hits.mean()


def test_no_draws_have_no_frequency():
    assert wrong_of(has_frequency, np.zeros(0), 0.3, "elements kept").message == "there are no elements kept to count."


@pytest.mark.parametrize("judge", [is_normal, is_uniform])
@pytest.mark.parametrize(
    "samples", [np.array([0.5, np.nan]), np.array([0.5, np.inf]), np.array([]), np.array([1j]), np.array(["a"])]
)
def test_what_is_no_array_of_finite_numbers_fails(judge, samples):
    assert fails(judge, samples, 0, 1)


def test_the_sentences_say_got_and_expected():
    x = np.random.default_rng(1).normal(0, 2, N)
    message = wrong_of(is_normal, x, 0, 1, "W").message
    assert message.startswith(f"W has a variance of {np.mean(x**2):.4g}, expected 1: ")
    assert (
        "W reaches from" in wrong_of(is_uniform, np.append(np.random.default_rng(1).random(N), 1.1), 0, 1, "W").message
    )


def test_two_samples_of_one_cause_have_statistics_that_agree():
    a, b = (
        wrong_of(is_normal, np.random.default_rng(seed).normal(0, math.sqrt(2), 2000), 0, 1).statistic
        for seed in (1, 2)
    )
    assert abs(a.value - b.value) <= a.margin + b.margin
    other = wrong_of(is_normal, np.random.default_rng(3).normal(0, 2, 2000), 0, 1).statistic
    assert abs(a.value - other.value) > a.margin + other.margin


# --- the stated probability, exactly ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 40, 400])
@pytest.mark.parametrize("probability", [Fraction(1, 100), Fraction(1, 5), Fraction(1, 2), Fraction(9, 10)])
def test_a_fair_coin_is_called_unfair_at_most_as_often_as_stated(n, probability):
    alarms = [k for k in range(n + 1) if fails(has_frequency, np.arange(n) < k, float(probability))]
    exact = sum(math.comb(n, k) * probability**k * (1 - probability) ** (n - k) for k in alarms)
    assert exact <= FALSE_ALARM
    assert n < 40 or alarms


def variance_bounds(n):
    """Between which ratios of the variance n samples are not called too wide or too narrow."""

    def too_far(ratio):
        x = math.sqrt(ratio) * np.where(np.arange(n) % 2, 1.0, -1.0)
        try:
            is_normal(x, 0, 1)
        except Wrong as wrong:
            return wrong.statistic.name == "variance ratio"
        return False

    return _edge(too_far, 1.0, 1e-12), _edge(too_far, 1.0, 1e4)


def _edge(beyond, inside, outside):
    """Where a judgement turns, by halving; `outside` itself where it never does."""
    if not beyond(outside):
        return None
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if beyond(middle) else (middle, outside)
    return outside


def chi_square_above(x, n):
    """P(chi-square with n degrees of freedom > x), exact for even n."""
    half = x / 2
    return math.fsum(math.exp(k * math.log(half) - half - math.lgamma(k + 1)) for k in range(n // 2))


@pytest.mark.parametrize("n", [2, 10, 100, 1000, 4000])
def test_a_normal_variance_is_called_wrong_at_most_as_often_as_stated(n):
    lower, upper = variance_bounds(n)
    assert chi_square_above(n * upper, n) <= FALSE_ALARM / 6
    if lower is not None:
        assert 1 - chi_square_above(n * lower, n) <= FALSE_ALARM / 6 + 1e-14
    assert lower is not None or n < 100


def smirnov(n, distance):
    """P(sup(F_n - F) >= distance) for n draws, exactly (Smirnov 1944; Birnbaum & Tingey 1951)."""
    terms = [
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(j + 1)
            - math.lgamma(n - j + 1)
            + (j - 1) * math.log(distance + j / n)
            + (n - j) * math.log(1 - distance - j / n)
        )
        for j in range(math.floor(n * (1 - distance)) + 1)
        if 1 - distance - j / n > 0
    ]
    return distance * math.fsum(terms)


@pytest.mark.parametrize("n", [200, 1000, 5000])
@pytest.mark.parametrize(
    ("judge", "parameters", "std"), [(is_normal, (0, 1), 1.0), (is_uniform, (-1, 1), math.sqrt(1 / 3))]
)
def test_the_shape_is_called_wrong_at_most_as_often_as_stated(judge, parameters, std, n):
    two_points = std * np.where(np.arange(n) % 2, 1.0, -1.0)  # the right mean and variance, and another shape
    statistic = wrong_of(judge, two_points, *parameters).statistic
    assert statistic.name == "shape"
    assert 2 * smirnov(n, statistic.margin) <= FALSE_ALARM / 3


def irwin_hall_above(x, n):
    """P(the sum of n uniform draws from [0, 1] > x), exactly."""
    below = sum((-1) ** k * math.comb(n, k) * (x - k) ** n for k in range(math.floor(x) + 1))
    return 1 - below / math.factorial(n)


@pytest.mark.parametrize("n", [250, 400])
def test_a_uniform_mean_is_called_wrong_at_most_as_often_as_stated(n):
    def off_centre(shift):
        x = 0.5 + shift + math.sqrt(1 / 12 - shift**2) * np.where(np.arange(n) % 2, 1.0, -1.0)
        try:
            is_uniform(x, 0, 1)
        except Wrong as wrong:
            return wrong.statistic.name == "mean"
        return False

    edge = Fraction(_edge(off_centre, 0.0, 0.25))
    assert irwin_hall_above(n * (Fraction(1, 2) + edge), n) <= FALSE_ALARM / 6


def test_ten_words_in_one_check_stay_below_one_in_a_thousand_million():
    assert 10 * FALSE_ALARM <= 1e-9
