"""The public checks of he_init, with the numbers of the statement: 200 inputs, 100 units."""

import numpy as np

from grader.checks import check, is_normal, is_uniform, require


@check(points=0)
def one_row_for_each_input(student, reference, rng):
    """For 3 inputs and 2 units, both functions return shape (3, 2)"""
    for name in ("he_normal", "he_uniform"):
        w = getattr(student, name)(3, 2, rng)
        require(w.shape == (3, 2), f"{name}(3, 2, rng) returned shape {w.shape}, expected (3, 2).")


@check(points=0)
def he_normal_of_the_example(student, reference, rng):
    """For 200 inputs and 100 units, he_normal is Gaussian with standard deviation 0.1"""
    w = student.he_normal(200, 100, rng)
    is_normal(w, 0.0, 0.1, name="he_normal(200, 100, rng)")


@check(points=0)
def he_uniform_of_the_example(student, reference, rng):
    """For 200 inputs and 100 units, he_uniform is uniform between -0.1732 and 0.1732"""
    w = student.he_uniform(200, 100, rng)
    is_uniform(w, -0.173206, 0.173206, name="he_uniform(200, 100, rng)")


@check(points=0)
def weights_come_from_rng(student, reference, rng):
    """Two generators of the same seed give the same weights, one of another seed gives others"""
    for name in ("he_normal", "he_uniform"):
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
