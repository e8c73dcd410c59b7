"""Exercise dropout: inverted dropout, forward and backward."""

import numpy as np


def dropout_forward(x, rate, training, rng):
    """Drop each element of x with probability rate, and scale up the ones that are kept.

    Parameters
    ----------
    x : (...) float64, any number of axes; axis 0 is the batch
    rate : float in [0, 1), the probability that an element is dropped
    training : bool; True drops and scales, False passes x unchanged
    rng : numpy.random.Generator, the only source of randomness; may be None when training is False

    Returns
    -------
    out : (...) float64, same shape as x
    cache : whatever dropout_backward needs
    """
    raise NotImplementedError("dropout_forward")


def dropout_backward(dout, cache):
    """Send the gradient back through the very mask of the forward pass.

    Parameters
    ----------
    dout : (...) float64, the gradient of the loss with respect to out
    cache : what dropout_forward returned, from training or from inference

    Returns
    -------
    dx : (...) float64, the gradient of the loss with respect to x, same shape as dout
    """
    raise NotImplementedError("dropout_backward")
