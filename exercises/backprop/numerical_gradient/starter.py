"""Exercise numerical_gradient: the gradient of any function by central differences."""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Gradient of f at x by central differences.

    Parameters
    ----------
    f : function from an array of the shape of x to a float
        It must be called with whole arrays of that shape, never with single elements.
    x : array of any shape, float64
        The point at which the slope is measured. It is the same after the call as before it.
    h : float
        How far one element moves to either side.

    Returns
    -------
    gradient : array of the shape of x
        gradient[i] is the central difference of f in x[i], for every index i.
    """
    raise NotImplementedError("numerical_gradient")
