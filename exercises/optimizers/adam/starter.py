"""Adam: adaptive moments with bias correction."""

import numpy as np


def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam.

    Parameters
    ----------
    w : array of any shape, float64
        The weights before the step. Not modified.
    dw : array of the shape of w
        The gradient of the loss with respect to w, averaged over the batch already. Not modified.
    state : dict
        {} at the first step, then whatever you returned at the step before. Both averages and the counter
        live in it.
    lr : float
        The learning rate.
    beta1, beta2 : float
        How much of the average of the gradients, and of the squared gradients, is left at the next step.
    eps : float
        Added to the root of the corrected second moment, outside the root.

    Returns
    -------
    next_w : array of the shape of w
        The weights after the step.
    next_state
        What the next step needs to know about this parameter.
    """
    raise NotImplementedError("adam")
