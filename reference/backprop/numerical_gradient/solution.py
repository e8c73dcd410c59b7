"""The gradient of any function by central differences."""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Gradient of f at x by central differences: (f(x + h e_i) - f(x - h e_i)) / (2 h) for each element i.

    f : function from an array of the shape of x to a float
    x : array of any shape, not modified
    h : float, how far one element moves to either side
    Returns an array of the shape of x. Its error is h**2 / 6 times the third derivative, and about
    1e-16 |f| / h from rounding.
    Source: Baydin et al. 2018, arXiv:1502.05767, section 2.1.
    """
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += h
        left[i] -= h
        gradient[i] = (f(right) - f(left)) / (2 * h)
    return gradient
