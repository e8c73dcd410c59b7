"""Functions that a check gives to a student, as expressions."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks import formula


def test_a_formula_is_a_function_of_an_array():
    f = formula("np.sum(a * x**2)", (3,), a=np.array([1.0, 2.0, 3.0]))
    assert f(np.array([1.0, 1.0, 2.0])) == 15
    assert type(f([0, 0, 1])) is float


@pytest.mark.parametrize("x", [1.0, np.ones(2), np.ones((3, 1)), []])
def test_an_array_of_another_shape_is_refused_with_the_way_out(x):
    with pytest.raises(ValueError, match=r"f takes a whole array of shape \(3,\), got shape .*hand it a copy of x"):
        formula("np.sum(x)", (3,))(x)


@pytest.mark.parametrize("x", [None, "1", [1.0, None, 2.0], {"x": 1}, ["a" * 10**6] + [""] * 5000])
def test_what_is_no_array_of_numbers_is_refused_before_numpy_makes_one_of_it(x):
    with pytest.raises(ValueError, match=r"f takes numbers, a whole array of shape \(3,\)"):
        formula("np.sum(x)", (3,))(x)


def test_complex_numbers_are_refused():
    with pytest.raises(ValueError, match="f takes real numbers, got complex ones"):
        formula("np.sum(x)", (3,))(np.ones(3) + 0j)


def test_what_is_no_expression_is_the_authors_to_mend():
    with pytest.raises(SyntaxError):
        formula("x +", (3,))


def test_a_formula_shows_what_it_is_made_of():
    f = formula("c + x[0]", (1,), c=2.0)
    assert (f.expression, f.shape, f.values) == ("c + x[0]", (1,), {"c": 2.0})
