"""Exercise batch_norm: batch normalisation, forward and backward."""

import numpy as np


def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
    """Normalise each feature, then scale it by gamma and shift it by beta.

    Parameters
    ----------
    x : (N, D) float64, a batch of N samples with D features; N is at least 2 while training
    gamma : (D,) float64, the scale
    beta : (D,) float64, the shift
    running : {"mean": (D,), "var": (D,)} float64, the running statistics so far; not modified
    training : bool; True uses the statistics of the batch, False the running ones
    momentum : float, the weight of the new batch in the running statistics
    eps : float, added to the variance inside the square root

    Returns
    -------
    out : (N, D) float64
    next_running : {"mean": (D,), "var": (D,)} float64; at inference equal to running
    cache : whatever batchnorm_backward needs; asked for after a training pass only
    """
    raise NotImplementedError("batchnorm_forward")


def batchnorm_backward(dout, cache):
    """Gradients of a training pass; the mean and the variance of the batch depend on x, too.

    Parameters
    ----------
    dout : (N, D) float64, the gradient of the loss with respect to out
    cache : what batchnorm_forward returned

    Returns
    -------
    dx : (N, D) float64
    dgamma : (D,) float64
    dbeta : (D,) float64
    """
    raise NotImplementedError("batchnorm_backward")
