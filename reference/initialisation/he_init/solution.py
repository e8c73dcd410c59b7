"""He initialisation (He et al. 2015): a ReLU silences half of its inputs, so the variance is doubled."""

import numpy as np


def he_normal(fan_in, fan_out, rng):
    """Weights w ~ N(0, 2 / fan_in).

    fan_in, fan_out : the number of inputs and of units
    rng : numpy.random.Generator, the only source of randomness
    Returns w, (fan_in, fan_out) float64.
    Source: He et al. 2015, arXiv:1502.01852, equation 10.
    """
    variance = 2 / fan_in
    return rng.normal(0.0, np.sqrt(variance), (fan_in, fan_out))


def he_uniform(fan_in, fan_out, rng):
    """Weights w ~ U(-a, a) with a = sqrt(6 / fan_in), so that the variance a**2 / 3 is the same.

    fan_in, fan_out : the number of inputs and of units
    rng : numpy.random.Generator, the only source of randomness
    Returns w, (fan_in, fan_out) float64.
    Source: He et al. 2015, arXiv:1502.01852, equation 10 gives the variance.
    """
    a = np.sqrt(6 / fan_in)
    return rng.uniform(-a, a, (fan_in, fan_out))
