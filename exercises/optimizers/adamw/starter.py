"""AdamW: Adam with decoupled weight decay."""

import numpy as np


def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    """One step of AdamW.

    Parameters
    ----------
    w : array of any shape, float64
        The weights before the step. Not modified.
    dw : array of the shape of w
        The gradient of the loss with respect to w, averaged over the batch, without a penalty. Not modified.
    state : dict
        {} at the first step, then whatever you returned at the step before. Both averages and the counter
        live in it.
    lr : float
        The learning rate; it scales the decay as well.
    beta1, beta2 : float
        How much of the average of the gradients, and of the squared gradients, is left at the next step.
    eps : float
        Added to the root of the corrected second moment, outside the root.
    weight_decay : float
        The strength of the decay: each step shrinks the weights by lr * weight_decay of themselves.

    Returns
    -------
    next_w : array of the shape of w
        The weights after the step.
    next_state
        What the next step needs to know about this parameter.
    """
    raise NotImplementedError("adamw")
