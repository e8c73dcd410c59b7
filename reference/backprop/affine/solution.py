"""The affine layer."""


def affine_forward(x, w, b):
    """Affine map of every sample: out = x w + b.

    x : (N, d1, ..., dk); each sample is flattened to a row of D = d1 * ... * dk numbers
    w : (D, M);  b : (M,)
    Returns out (N, M), and the cache (x, w).
    Source: Goodfellow et al., Deep Learning, 6.5.
    """
    out = x.reshape(len(x), -1) @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    """Gradients with respect to x, w and b, given dout (N, M), the gradient with respect to out.

    Returns dx in the shape of x, dw (D, M), db (M,): sums over the batch, nothing is averaged here.
    """
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
