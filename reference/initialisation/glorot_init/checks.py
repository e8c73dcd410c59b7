"""The hidden checks of glorot_init: shapes, distributions, and where the randomness comes from.

The distributions are judged on two layers, one with many inputs and few units, one the other way round. The first of
the two that a check draws has some 26,000 numbers, which show an error of a tenth in the variance, and its
sides are such that the formulas of the mistakes differ from each other, and from others that students may write, by
more than that. `glorot_uniform` begins with the wide layer, so that what looks at the larger or the smaller side is told
apart from what looks at the outputs.
"""

import numpy as np

from grader.checks import (
    check,
    is_normal,
    is_uniform,
    require,
    require_independent_weights,
    require_tails,
    require_unrelated_weights,
)

NAMES = ("glorot_normal", "glorot_uniform")
ROUNDING = 1 + 1e-6  # of the uniform bound: in float32 a weight may come to lie just beyond it


def layers_of_normal(rng):
    """(fan_in, fan_out): many inputs and few units, then few inputs and many units."""
    return (int(rng.integers(400, 409)), int(rng.integers(64, 67))), (50, int(rng.integers(195, 206)))


def layers_of_uniform(rng):
    """(fan_in, fan_out): few inputs and many units, then many inputs and few units."""
    return layers_of_normal(rng)[0][::-1], (int(rng.integers(195, 206)), 50)


def _counts_one_too_many(small, large):
    """Whether the weights of a (4, 6) and a (2, 12) layer, drawn from equal generators, are scaled by fan_in + fan_out + 1.

    In a tiny layer a 1 too many shows, but only over some thousand of them. Yet a function that fills both layers with
    the same standard draws gives sums of squares in the ratio of its two variances, to the last digits: 14 to 10 if it
    is right, 15 to 11 if it counts 1 too many. One that draws in another way comes that near 15 to 11 with a probability
    below 1e-11: the logarithm of the ratio of two sums of 24 independent squares has a density below 2.
    """
    ratio = np.sum(small**2) / max(np.sum(large**2), 1e-300)
    return small.size == large.size and abs(np.log(max(ratio, 1e-300) * 11 / 15)) < 1e-12


@check(points=1)
def fan_in_rows_and_fan_out_columns(student, reference, rng):
    """Both functions return floats, with one row for each input and one column for each unit"""
    fan_in, fan_out = int(rng.integers(5, 9)), int(rng.integers(2, 5))
    calls = [(n, s) for n in NAMES for s in ((fan_in, fan_out), (fan_out, fan_in), (1, fan_in), (fan_in, 1))]
    with student.batch():
        drawn = [getattr(student, name)(*shape, rng) for name, shape in calls]
    for (name, shape), later in zip(calls, drawn, strict=True):
        w, call = later.value, f"{name}({shape[0]}, {shape[1]}, rng)"
        exchanged = w.shape == shape[::-1]
        slip = "rows and columns are exchanged" if exchanged else "fan_in rows, fan_out columns"
        require(w.shape == shape, f"{call} returned shape {w.shape}, expected {shape}: {slip}.")
        require(w.dtype.kind == "f", f"{call} returned {w.dtype}, expected floats.")
        require(np.isfinite(w).all(), f"{call} returned nan or inf: look at what stands under the root.")


@check(points=3)
def glorot_normal_is_gaussian(student, reference, rng):
    """glorot_normal draws from a Gaussian of mean 0 and variance 2 / (fan_in + fan_out)"""
    layers = layers_of_normal(rng)
    seed = int(rng.integers(2**32))
    with student.batch():
        drawn = [student.glorot_normal(*layer, rng) for layer in layers]
        small, large = (student.glorot_normal(*tiny, np.random.default_rng(seed)) for tiny in ((4, 6), (2, 12)))
    for (fan_in, fan_out), later in zip(layers, drawn, strict=True):
        w, call = later.value, f"glorot_normal({fan_in}, {fan_out}, rng)"
        require_independent_weights(w, fan_in, fan_out, "glorot_normal")
        std = float(np.sqrt(2 / (fan_in + fan_out)))
        if fan_in > fan_out:
            require_tails(w, std, call)
        is_normal(w, 0.0, std, name=call)
    require(
        not _counts_one_too_many(small.value, large.value),
        "The variance of glorot_normal is that of fan_in + fan_out + 1: the bias is no input. Divide by the sum alone.",
    )


@check(points=3)
def glorot_uniform_is_uniform(student, reference, rng):
    """glorot_uniform draws from a uniform distribution around 0 of variance 2 / (fan_in + fan_out)"""
    layers = layers_of_uniform(rng)
    with student.batch():
        drawn = [student.glorot_uniform(*layer, rng) for layer in layers]
    for (fan_in, fan_out), later in zip(layers, drawn, strict=True):
        w, call = later.value, f"glorot_uniform({fan_in}, {fan_out}, rng)"
        require_independent_weights(w, fan_in, fan_out, "glorot_uniform")
        a = float(np.sqrt(6 / (fan_in + fan_out)))
        is_uniform(w, -a * ROUNDING, a * ROUNDING, name=call)
        # That n draws all stay below this share of the bound has the probability share**n = 1e-10 (in float32, too).
        share, widest = 1e-10 ** (1 / w.size), float(np.abs(w).max())
        require(
            widest >= a * share / ROUNDING,
            f"The largest of the {w.size} weights of {call} is {widest:.6g} away from 0. So many draws come nearer to the "
            f"bound, which is {a:.6g}: your interval is a little too narrow. Is what you divide by too large by 1?",
        )


@check(points=1)
def every_weight_is_drawn_on_its_own(student, reference, rng):
    """No two units start with equal weights: every weight is a draw of its own"""
    fan_in, fan_out = int(rng.integers(60, 70)), int(rng.integers(46, 54))
    with student.batch():
        drawn = [getattr(student, name)(fan_in, fan_out, rng) for name in NAMES]
    for name, later in zip(NAMES, drawn, strict=True):
        w = later.value
        require_independent_weights(w, fan_in, fan_out, name)
        if w.ndim == 2 and min(w.shape) >= 45:  # other shapes are another check's matter
            require_unrelated_weights(w, name)


@check(points=1, after=every_weight_is_drawn_on_its_own)
def equal_generators_give_equal_weights(student, reference, rng):
    """All randomness comes from rng: two generators of the same seed give the same weights"""
    seed = int(rng.integers(2**31))
    for name in NAMES:
        with student.batch():
            first = getattr(student, name)(6, 4, np.random.default_rng(seed))
            second = getattr(student, name)(6, 4, np.random.default_rng(seed))
        require(
            np.array_equal(first.value, second.value, equal_nan=True),
            f"{name}(6, 4, rng) returned different weights for two generators of the same seed: draw from "
            "the rng you are given, not from np.random or from a generator of your own.",
        )


@check(points=1)
def other_generators_give_other_weights(student, reference, rng):
    """A generator of another seed gives other weights: two layers of one shape do not start equal"""
    seed = int(rng.integers(2**31))
    for name in NAMES:
        with student.batch():
            first = getattr(student, name)(6, 4, np.random.default_rng(seed))
            second = getattr(student, name)(6, 4, np.random.default_rng(seed + 1))
        what = "constant" if np.unique(first.value).size == 1 else "weights"
        require(
            not np.array_equal(first.value, second.value),
            f"{name}(6, 4, rng) returned the same {what} for two generators of different seeds: draw from "
            "the rng you are given, and set no seed yourself.",
        )
