"""Public checks of numerical_gradient."""

import numpy as np

from grader.checks import check, leaves_inputs_alone, matches


def _sum_of_cubes(x):
    return float(np.sum(np.asarray(x, dtype=np.float64) ** 3))


@check(points=0)
def gives_the_worked_example(student, reference, rng):
    """The sum of cubes at (1, 2) with h = 0.1 gives (3.01, 12.01), as in the statement"""
    gradient = student.numerical_gradient(_sum_of_cubes, np.array([1.0, 2.0]), 0.1)
    matches(gradient, np.array([3.01, 12.01]), name="gradient")


@check(points=0)
def finds_the_slopes_of_a_linear_function(student, reference, rng):
    """For a linear function of a (2, 3) array, the gradient is the (2, 3) array of its coefficients"""
    slopes = rng.normal(size=(2, 3))

    def f(x):
        if np.shape(x) != (2, 3):
            raise ValueError(f"f takes an array of shape (2, 3), got {np.shape(x)}")
        return float(np.sum(slopes * x))

    matches(student.numerical_gradient(f, rng.normal(size=(2, 3)), 0.25), slopes, name="gradient")


@check(points=0)
def leaves_x_as_it_was(student, reference, rng):
    """x is the same after the call as before it"""
    leaves_inputs_alone(student, "numerical_gradient", _sum_of_cubes, rng.normal(size=4), 0.5)
