"""Exercise affine: the fully connected layer, forward and backward."""

import numpy as np


def affine_forward(x, w, b):
    """Affine map of every sample: out = x w + b.

    Parameters
    ----------
    x : array (N, d1, ..., dk), float64
        N samples of any shape; each is flattened to a row of D = d1 * ... * dk numbers, in row-major order.
    w : array (D, M), float64
        Weights.
    b : array (M,), float64
        Biases.

    Returns
    -------
    out : array (N, M)
    cache : whatever affine_backward needs; the checks never look inside.
    """
    raise NotImplementedError("affine_forward")


def affine_backward(dout, cache):
    """Gradients of the loss with respect to x, w and b, in this order.

    Parameters
    ----------
    dout : array (N, M), float64
        Gradient of the loss with respect to out.
    cache : what affine_forward returned.

    Returns
    -------
    dx : array (N, d1, ..., dk)
        In the shape in which x came.
    dw : array (D, M)
    db : array (M,)
    """
    raise NotImplementedError("affine_backward")
