"""The solution of the dropout exercise: inverted dropout."""


def dropout_forward(x, rate, training, rng):
    """Drop each element of x with probability rate and divide the others by 1 - rate.

    x : (...) float64, any number of axes
    rate : float in [0, 1), the probability to drop
    training : False passes x unchanged and draws nothing
    rng : numpy.random.Generator; not used, and may be None, at inference
    Returns out, (...) float64, and the cache: the factor of each element, (...) or a plain 1.
    Source: Srivastava et al., JMLR 15 (2014), section 10; rate is torch.nn.Dropout's p.
    """
    if not training:
        return x, 1.0
    keep = rng.random(x.shape) >= rate
    scale = keep / (1 - rate)
    return x * scale, scale


def dropout_backward(dout, cache):
    """Multiply dout by the factors of the forward pass.

    dout : (...) float64
    Returns dx, (...) float64.
    """
    scale = cache
    return dout * scale
