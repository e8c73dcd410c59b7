"""Momentum: gradient descent with inertia and friction."""

import numpy as np


def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
    """One step of gradient descent with momentum.

    Parameters
    ----------
    w : array of any shape, float64
        The weights before the step. Not modified.
    dw : array of the shape of w
        The gradient of the loss with respect to w, averaged over the batch already. Not modified.
    state : dict
        {} at the first step, then whatever you returned at the step before. The velocity lives in it.
    lr : float
        The learning rate.
    momentum : float
        The fraction of the velocity that is left at the next step, in [0, 1).

    Returns
    -------
    next_w : array of the shape of w
        The weights after the step.
    next_state
        What the next step needs to know about this parameter.
    """
    raise NotImplementedError("momentum")
