"""Hidden checks of numerical_gradient.

Each function f is chosen so that one thing shows and the others do not: a linear one has the same difference
quotient for every step, one of degree five tells the steps apart, and from more exact formulas, products of different elements feel whether the
others stay put. f is called back across the wall, so arrays are small, and f keeps nothing between calls.
"""

import numpy as np

from grader.checks import check, formula, leaves_inputs_alone, matches


def _away_from_zero(rng, shape):
    """Numbers of either sign, at least 0.5 and at most 2 in size."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


@check(points=2)
def finds_the_slopes_of_a_linear_function(student, reference, rng):
    """For a linear function of a vector, the gradient is the vector of its coefficients"""
    slopes, x = _away_from_zero(rng, (5,)), rng.normal(size=5)
    f = formula("np.sum(slopes * x)", (5,), slopes=slopes)
    matches(student.numerical_gradient(f, x, 0.25), slopes, name="gradient")


@check(points=2, after=finds_the_slopes_of_a_linear_function)
def keeps_the_shape_of_x(student, reference, rng):
    """For an x with two or three axes, f gets arrays of the shape of x, and the gradient has that shape"""
    for shape in ((2, 3), (2, 1, 3)):
        slopes, x = _away_from_zero(rng, shape), rng.normal(size=shape)
        f = formula("np.sum(slopes * x)", shape, slopes=slopes)
        matches(student.numerical_gradient(f, x, 0.25), slopes, name="gradient")


@check(points=2, after=finds_the_slopes_of_a_linear_function)
def takes_central_differences(student, reference, rng):
    """For the sum of the fifth powers and h = 0.2, the gradient is the central difference with exactly that h"""
    scales, x = _away_from_zero(rng, (4,)), _away_from_zero(rng, (4,))
    f = formula("np.sum(scales * x**5)", (4,), scales=scales)
    matches(student.numerical_gradient(f, x, 0.2), reference.numerical_gradient(f, x, 0.2), name="gradient")


@check(points=2, after=finds_the_slopes_of_a_linear_function)
def moves_one_element_at_a_time(student, reference, rng):
    """While one element moves, all others have their old values"""
    products, x = np.triu(_away_from_zero(rng, (5, 5)), k=1), rng.normal(size=5)
    f = formula("x @ products @ x", (5,), products=products)  # straight in each element: every step gives the slope
    matches(student.numerical_gradient(f, x, 0.5), reference.numerical_gradient(f, x, 0.5), name="gradient")


@check(points=1, after=takes_central_differences)
def uses_1e_5_by_default(student, reference, rng):
    """Without h, the step is 1e-5: it shows on a function that swings fast"""
    x = rng.uniform(0, 1, 3)
    f = formula("np.sum(np.sin(1000 * x))", (3,))
    matches(student.numerical_gradient(f, x), reference.numerical_gradient(f, x), name="gradient")


@check(points=1, after=finds_the_slopes_of_a_linear_function)
def leaves_x_as_it_was(student, reference, rng):
    """x is the same after the call as before it, to the last bit"""
    h = 0.01
    x = rng.normal(size=20_000)
    moved = (x + h - h != x) & (x + h - 2 * h + h != x) & (x - h + 2 * h - h != x)
    x = x[moved][:4]  # elements that adding and subtracting h does not bring back
    f = formula("np.sum(x**3)", x.shape)
    leaves_inputs_alone(student, "numerical_gradient", f, x, h)
