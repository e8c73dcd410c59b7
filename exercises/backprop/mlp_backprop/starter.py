"""Exercise mlp_backprop: loss and gradients of a network of two layers."""

import numpy as np


def mlp_loss(x, y, params, reg=0.0):
    """Loss of affine - ReLU - affine - softmax, and its gradients with respect to all parameters.

    Parameters
    ----------
    x : array (N, D), float64
        N samples.
    y : array (N,), int64
        The true class of each sample, from 0 to C - 1.
    params : dict of arrays
        w1 (D, H), b1 (H,), w2 (H, C), b2 (C,).
    reg : float
        Strength of the L2 penalty on w1 and w2.

    Returns
    -------
    loss : float
        Mean cross-entropy of the batch + reg / 2 * (sum of the squares of w1 and of w2).
    grads : dict of arrays
        For each key of params, the gradient of the loss, in the shape of that parameter.
    """
    raise NotImplementedError("mlp_loss")
