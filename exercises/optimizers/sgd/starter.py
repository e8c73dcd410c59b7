"""Gradient descent, one step: move the weights against their gradient."""

import numpy as np


def sgd(w, dw, state, *, lr=0.01):
    """One step of gradient descent.

    Parameters
    ----------
    w : array of any shape, float64
        The weights before the step. Not modified.
    dw : array of the shape of w
        The gradient of the loss with respect to w, averaged over the batch already. Not modified.
    state : dict
        {} at the first step, then whatever you returned at the step before.
    lr : float
        The learning rate.

    Returns
    -------
    next_w : array of the shape of w
        The weights after the step.
    next_state
        What the next step needs to know. Gradient descent remembers nothing: the state as it came will do.
    """
    raise NotImplementedError("sgd")
