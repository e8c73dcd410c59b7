"""The public checks of glorot_init, with the numbers of the statement: 200 inputs, 100 units."""

import numpy as np

from grader.checks import check, is_normal, is_uniform, require


@check(points=0)
def one_row_for_each_input(student, reference, rng):
    """For 3 inputs and 2 units, both functions return shape (3, 2)"""
    for name in ("glorot_normal", "glorot_uniform"):
        w = getattr(student, name)(3, 2, rng)
        require(w.shape == (3, 2), f"{name}(3, 2, rng) returned shape {w.shape}, expected (3, 2).")


@check(points=0)
def glorot_normal_of_the_example(student, reference, rng):
    """For 200 inputs and 100 units, glorot_normal is Gaussian with standard deviation 0.08165"""
    w = student.glorot_normal(200, 100, rng)
    is_normal(w, 0.0, 0.081650, name="glorot_normal(200, 100, rng)")


@check(points=0)
def glorot_uniform_of_the_example(student, reference, rng):
    """For 200 inputs and 100 units, glorot_uniform is uniform between -0.1414 and 0.1414"""
    w = student.glorot_uniform(200, 100, rng)
    is_uniform(w, -0.141422, 0.141422, name="glorot_uniform(200, 100, rng)")


@check(points=0)
def weights_come_from_rng(student, reference, rng):
    """Two generators of the same seed give the same weights, one of another seed gives others"""
    for name in ("glorot_normal", "glorot_uniform"):
        with student.batch():
            first = getattr(student, name)(3, 2, np.random.default_rng(7))
            again = getattr(student, name)(3, 2, np.random.default_rng(7))
            other = getattr(student, name)(3, 2, np.random.default_rng(8))
        require(
            np.array_equal(first.value, again.value),
            f"{name}(3, 2, rng) returned different weights for two generators of the same seed.",
        )
        require(
            not np.array_equal(first.value, other.value),
            f"{name}(3, 2, rng) returned the same weights for two generators of different seeds.",
        )
