"""Judging random numbers by their distribution, with a stated false-alarm probability and finite-sample bounds.

Every word here fails a right answer with a probability of at most `FALSE_ALARM`, whatever the sample size: the bounds
hold for every n, not only in the limit. A check may use ten of them and stay below 1e-9.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from grader.checks.answers import Statistic, Wrong
from grader.checks.compare import matches

FALSE_ALARM: Final = 1e-10
_GRID: Final = np.linspace(-8, 8, 4001)
_NORMAL: Final = np.array([NormalDist().cdf(x) for x in _GRID])


def is_normal(samples: Any, mean: float, std: float, name: str = "") -> None:
    """Fails the check unless the samples look drawn from a normal distribution with this mean and standard deviation.

    Variance by the chi-square tail bounds of Laurent & Massart (2000, Lemma 1), mean by the exact normal quantile,
    shape by the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant (1990). Raises Wrong.
    """
    label, x = name or "the result", _flat(samples, name)
    n, share = x.size, math.log(2 * 3 / FALSE_ALARM)
    ratio = float(np.mean((x - mean) ** 2)) / std**2
    lower, upper = 1 - 2 * math.sqrt(share / n), 1 + 2 * math.sqrt(share / n) + 2 * share / n
    _spread(label, ratio, lower, upper, std, n)
    z = (float(np.mean(x)) - mean) / (std / math.sqrt(n))
    _centre(label, float(np.mean(x)), mean, abs(z) <= NormalDist().inv_cdf(1 - FALSE_ALARM / 6), std / math.sqrt(n))
    _shape(label, np.interp((np.sort(x) - mean) / std, _GRID, _NORMAL, left=0, right=1), share, "a normal")


def is_uniform(samples: Any, low: float, high: float, name: str = "") -> None:
    """Fails the check unless the samples look drawn uniformly from [low, high].

    Variance and mean by Hoeffding's inequality (1963), shape as in `is_normal`; nothing may lie outside. Raises Wrong.
    """
    label, x = name or "the result", _flat(samples, name)
    n, share = x.size, math.log(2 * 3 / FALSE_ALARM)
    middle, half = (low + high) / 2, (high - low) / 2
    std, margin = half / math.sqrt(3), math.sqrt(share / (2 * n))
    _spread(label, 3 * float(np.mean(((x - middle) / half) ** 2)), 1 - 3 * margin, 1 + 3 * margin, std, n)
    if x.min() < low or x.max() > high:
        raise Wrong(
            f"{label} reaches from {x.min():.6g} to {x.max():.6g}, expected the bounds {low:.6g} and {high:.6g}.",
            statistic=Statistic("bound", float(np.abs(x - middle).max() / half), 0.05),
        )
    _centre(label, float(np.mean(x)), middle, abs(float(np.mean(x)) - middle) <= 2 * half * margin, 2 * half * margin)
    _shape(label, (np.sort(x) - low) / (high - low), share, "a uniform")


def has_frequency(hits: Any, probability: float, name: str = "") -> None:
    """Fails the check unless the share of true values in `hits` fits independent draws with this probability.

    By the Chernoff bound n * KL(share || probability) <= log(2 / FALSE_ALARM) (Hoeffding 1963, Theorem 1). `name`
    says what is counted ("elements kept"). Raises Wrong.
    """
    hits = np.asarray(hits, dtype=bool)
    if hits.size == 0:
        raise Wrong(f"there are no {name or 'draws'} to count.")
    n, share = hits.size, float(np.mean(hits))
    if n * _divergence(share, probability) > math.log(2 / FALSE_ALARM):
        raise Wrong(
            f"the share of {name or 'hits'} is {share:.3f} over {n} draws, expected {probability:.3f}.",
            statistic=Statistic("frequency", share, math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))),
        )


def _divergence(share: float, probability: float) -> float:
    """Kullback-Leibler divergence of two coins, in nats."""

    def part(a: float, b: float) -> float:
        if a == 0:
            return 0.0
        return a * math.log(a / b) if b > 0 else math.inf

    return part(share, probability) + part(1 - share, 1 - probability)


def _flat(samples: Any, name: str) -> np.ndarray:
    x = np.asarray(samples)
    if x.dtype.kind not in "fiu" or x.size == 0:
        raise Wrong(f"{name or 'the result'} has dtype {x.dtype} and {x.size} elements, expected real numbers.")
    matches(np.isfinite(x), np.ones(x.shape, bool), f"the finiteness of {name or 'the result'}")
    return x.astype(float).ravel()


def _spread(label: str, ratio: float, lower: float, upper: float, std: float, n: int) -> None:
    if not lower <= ratio <= upper:
        raise Wrong(
            f"{label} has a variance of {ratio * std**2:.4g}, expected {std**2:.4g}: {ratio:.3g} times as much "
            f"(standard deviation {math.sqrt(ratio) * std:.4g} for {std:.4g}; {n} draws allow a factor of "
            f"{lower:.3f} to {upper:.3f}).",
            statistic=Statistic("variance ratio", ratio, ratio * (upper - lower) / 2),
        )


def _centre(label: str, mean: float, expected: float, fits: bool, margin: float) -> None:
    if not fits:
        raise Wrong(
            f"{label} has a mean of {mean:.4g}, expected {expected:.4g}.",
            statistic=Statistic("mean", mean, 7 * margin),
        )


def _shape(label: str, cumulative: np.ndarray, share: float, kind: str) -> None:
    n = cumulative.size
    steps = np.arange(n + 1) / n
    distance = float(max(np.max(steps[1:] - cumulative), np.max(cumulative - steps[:-1])))
    margin = math.sqrt(share / (2 * n))
    if distance > margin:
        raise Wrong(
            f"{label} has the right mean and variance, but not the shape of {kind} distribution "
            f"(largest distance of the distribution functions {distance:.3f}, {n} draws allow {margin:.3f}).",
            statistic=Statistic("shape", distance, margin),
        )
