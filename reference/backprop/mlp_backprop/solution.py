"""Loss and gradients of a network of two layers."""

import numpy as np


def mlp_loss(x, y, params, reg=0.0):
    """Loss of affine - ReLU - affine - softmax, and its gradients with respect to all parameters.

    x : (N, D);  y : (N,) integer classes from 0 to C - 1
    params : w1 (D, H), b1 (H,), w2 (H, C), b2 (C,);  reg : strength of the L2 penalty on w1 and w2
    Returns the loss, mean cross-entropy + reg / 2 * (|w1|**2 + |w2|**2), and its gradients by key.
    Scores are shifted by the maximum of their row, so any size is safe.
    Source: Goodfellow et al., Deep Learning, 6.5.4 (backpropagation in an MLP) and 7.1.1 (L2).
    """
    w1, b1, w2, b2 = (params[key] for key in ("w1", "b1", "w2", "b2"))
    samples = np.arange(len(x))

    z = x @ w1 + b1
    hidden = np.maximum(z, 0)
    scores = hidden @ w2 + b2

    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probabilities[samples, y].mean() + 0.5 * reg * (np.sum(w1**2) + np.sum(w2**2))

    dscores = np.exp(log_probabilities)
    dscores[samples, y] -= 1
    dscores /= len(x)
    dhidden = dscores @ w2.T
    dz = dhidden * (z > 0)

    grads = {
        "w1": x.T @ dz + reg * w1,
        "b1": dz.sum(axis=0),
        "w2": hidden.T @ dscores + reg * w2,
        "b2": dscores.sum(axis=0),
    }
    return loss, grads
