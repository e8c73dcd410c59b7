"""The hidden checks of glorot_init: shapes, distributions, and where the randomness comes from.

The distributions are judged on some 26,000 numbers a matrix, from a tall and from a wide one. That shows an
error of a tenth in the variance; the layers are such that in one of the two every wrong formula with a name
is off by a fifth or more.
"""

import numpy as np

from grader.checks import check, is_normal, is_uniform, require

NAMES = ("glorot_normal", "glorot_uniform")
ROUNDING = 1 + 1e-6  # of the uniform bound: in float32 a weight may come to lie just beyond it


def tall_and_wide(rng):
    """Two layers, (fan_in, fan_out): many inputs and few units, then few inputs and many units."""
    many, few = int(rng.integers(330, 346)), int(rng.integers(75, 83))
    return (many, few), (few, many)


def require_independent_weights(w, fan_in, fan_out, name):
    """One finite number for each connection, in any layout, and no row or column repeated.

    A few may be equal: there are only 2**24 float32 numbers between 0 and 1.
    """
    call = f"{name}({fan_in}, {fan_out}, rng)"
    require(
        w.size == fan_in * fan_out,
        f"{call} returned {w.size} numbers, expected {fan_in * fan_out}: one for each input of each unit.",
    )
    require(np.isfinite(w).all(), f"{call} returned nan or inf: look at what stands under the root.")
    distinct = np.unique(w).size
    if distinct > w.size / 2:
        return
    finding = f"only {distinct} different numbers"
    if distinct == 1:
        finding = "all of them the same number"
    elif w.ndim == 2 and (w == w[:1]).all():
        finding = "and all rows are equal"
    elif w.ndim == 2 and (w == w[:, :1]).all():
        finding = "and all columns are equal"
    require(False, f"{call} returned {w.size} weights, {finding}: draw each of them on its own.")


@check(points=1)
def fan_in_rows_and_fan_out_columns(student, reference, rng):
    """Both functions return floats, with one row for each input and one column for each unit"""
    fan_in, fan_out = int(rng.integers(5, 9)), int(rng.integers(2, 5))
    for name in NAMES:
        for shape in ((fan_in, fan_out), (fan_out, fan_in), (1, fan_in), (fan_in, 1)):
            w = getattr(student, name)(*shape, rng)
            call = f"{name}({shape[0]}, {shape[1]}, rng)"
            exchanged = w.shape == shape[::-1]
            slip = "rows and columns are exchanged" if exchanged else "fan_in rows, fan_out columns"
            require(w.shape == shape, f"{call} returned shape {w.shape}, expected {shape}: {slip}.")
            require(w.dtype.kind == "f", f"{call} returned {w.dtype}, expected floats.")
            require(np.isfinite(w).all(), f"{call} returned nan or inf: look at what stands under the root.")


@check(points=3)
def glorot_normal_is_gaussian(student, reference, rng):
    """glorot_normal draws from a Gaussian of mean 0 and variance 2 / (fan_in + fan_out)"""
    for fan_in, fan_out in tall_and_wide(rng):
        w = student.glorot_normal(fan_in, fan_out, rng)
        require_independent_weights(w, fan_in, fan_out, "glorot_normal")
        std = float(np.sqrt(2 / (fan_in + fan_out)))
        is_normal(w, 0.0, std, name=f"glorot_normal({fan_in}, {fan_out}, rng)")
        widest = float(np.abs(w).max()) / std
        require(
            widest > 3,
            f"The largest of the {w.size} weights of glorot_normal({fan_in}, {fan_out}, rng) is {widest:.2f} "
            f"standard deviations from 0; of a Gaussian's, about {0.0027 * w.size:.0f} are more than 3 away. "
            "Do not cut the tails: take the plain normal distribution.",
        )


@check(points=3)
def glorot_uniform_is_uniform(student, reference, rng):
    """glorot_uniform draws from a uniform distribution around 0 of variance 2 / (fan_in + fan_out)"""
    for fan_in, fan_out in tall_and_wide(rng):
        w = student.glorot_uniform(fan_in, fan_out, rng)
        require_independent_weights(w, fan_in, fan_out, "glorot_uniform")
        a = float(np.sqrt(6 / (fan_in + fan_out))) * ROUNDING
        is_uniform(w, -a, a, name=f"glorot_uniform({fan_in}, {fan_out}, rng)")


@check(points=1)
def every_weight_is_drawn_on_its_own(student, reference, rng):
    """No two units start with equal weights: every weight is a draw of its own"""
    fan_in, fan_out = int(rng.integers(40, 60)), int(rng.integers(25, 35))
    for name in NAMES:
        w = getattr(student, name)(fan_in, fan_out, rng)
        require_independent_weights(w, fan_in, fan_out, name)


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
