"""The solution of the batch normalisation exercise."""

import numpy as np


def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
    """Normalise each feature, over the batch while training, with the running statistics at inference.

    x : (N, D) float64; N >= 2 while training, where the unbiased variance divides by N - 1
    gamma, beta : (D,) float64
    running : {"mean": (D,), "var": (D,)} float64
    momentum : the weight of the new batch in the running statistics
    eps : added to the variance, inside the root
    Returns out, (N, D) float64; next_running, like running; and the cache of a training pass.
    Source: Ioffe & Szegedy 2015, Algorithm 1; running statistics as torch.nn.BatchNorm1d: the biased variance
    normalises the batch, the unbiased one is remembered.
    """
    if not training:
        xhat = (x - running["mean"]) / np.sqrt(running["var"] + eps)
        return gamma * xhat + beta, running, None
    n = len(x)
    mean = x.sum(axis=0) / n
    centred = x - mean
    var = (centred * centred).sum(axis=0) / n
    std = np.sqrt(var + eps)
    xhat = centred / std
    batch = {"mean": mean, "var": var * n / (n - 1)}
    next_running = {name: (1 - momentum) * running[name] + momentum * batch[name] for name in batch}
    return gamma * xhat + beta, next_running, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    """Gradients with respect to x, gamma and beta, through the mean and the variance of the batch.

    dout : (N, D) float64
    Returns dx (N, D), dgamma (D,), dbeta (D,), all float64; sums over the batch, not means.
    """
    xhat, std, gamma = cache
    n = len(dout)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dx = gamma / std * (dout - dbeta / n - xhat * dgamma / n)
    return dx, dgamma, dbeta
