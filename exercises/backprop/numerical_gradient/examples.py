"""Public checks of numerical_gradient."""

import numpy as np

from grader.checks import check, formula, leaves_inputs_alone, matches


@check(points=0)
def gives_the_worked_example(student, reference, rng):
    """The sum of cubes at (1, 2) with h = 0.1 gives (3.01, 12.01), as in the statement"""
    gradient = student.numerical_gradient(formula("np.sum(x**3)", (2,)), np.array([1.0, 2.0]), 0.1)
    matches(gradient, np.array([3.01, 12.01]), name="gradient")


@check(points=0)
def finds_the_slopes_of_a_linear_function(student, reference, rng):
    """For a linear function of a (2, 3) array, the gradient is the (2, 3) array of its coefficients"""
    slopes = rng.normal(size=(2, 3))
    f = formula("np.sum(slopes * x)", (2, 3), slopes=slopes)
    matches(student.numerical_gradient(f, rng.normal(size=(2, 3)), 0.25), slopes, name="gradient")


@check(points=0)
def leaves_x_as_it_was(student, reference, rng):
    """x is the same after the call as before it"""
    leaves_inputs_alone(student, "numerical_gradient", formula("np.sum(x**3)", (4,)), rng.normal(size=4), 0.5)
