"""The hidden checks of he_init: shapes, distributions, and where the randomness comes from.

The distributions are judged on layers with many inputs and few units, and on others the other way round. The first
layer that a check draws has some 40,000 or 26,000 numbers, which show an error of a tenth in the variance, and its
sides are such that the formulas of the mistakes differ from each other, and from others that students may write, by
more than that. `he_uniform` begins with the wide layer, so that what looks at the larger or the smaller side is told
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

NAMES = ("he_normal", "he_uniform")
ROUNDING = 1 + 1e-6  # of the uniform bound: in float32 a weight may come to lie just beyond it


def layers_of_normal(rng):
    """(fan_in, fan_out): many inputs and few units; then, drawn five times, a single input, where one more shows."""
    return (int(rng.integers(640, 661)), int(rng.integers(60, 65))), (1, int(rng.integers(300, 321)))


def layers_of_uniform(rng):
    """(fan_in, fan_out): few inputs and many units, then many inputs and few units."""
    return (int(rng.integers(14, 16)), int(rng.integers(1780, 1881))), (int(rng.integers(280, 291)), 40)


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
def he_normal_is_gaussian(student, reference, rng):
    """he_normal draws from a Gaussian of mean 0 and variance 2 / fan_in"""
    tall, narrow = layers_of_normal(rng)
    with student.batch():
        drawn = {tall: [student.he_normal(*tall, rng)], narrow: [student.he_normal(*narrow, rng) for _ in range(5)]}
    for (fan_in, fan_out), laters in drawn.items():
        call, std = f"he_normal({fan_in}, {fan_out}, rng)", float(np.sqrt(2 / fan_in))
        for later in laters:
            require_independent_weights(later.value, fan_in, fan_out, "he_normal")
        w = np.concatenate([later.value.ravel() for later in laters])
        if fan_in > fan_out:
            require_tails(w, std, call)
        is_normal(w, 0.0, std, name=call)


@check(points=3)
def he_uniform_is_uniform(student, reference, rng):
    """he_uniform draws from a uniform distribution around 0 of variance 2 / fan_in"""
    layers = layers_of_uniform(rng)
    with student.batch():
        drawn = [student.he_uniform(*layer, rng) for layer in layers]
    for (fan_in, fan_out), later in zip(layers, drawn, strict=True):
        w, call = later.value, f"he_uniform({fan_in}, {fan_out}, rng)"
        require_independent_weights(w, fan_in, fan_out, "he_uniform")
        a = float(np.sqrt(6 / fan_in))
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
