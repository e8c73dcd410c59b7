"""Glorot initialisation (Glorot & Bengio 2010): the variance looks at both sides of the layer."""

import numpy as np


def glorot_normal(fan_in, fan_out, rng):
    """Weights w ~ N(0, 2 / (fan_in + fan_out)).

    fan_in, fan_out : the number of inputs and of units
    rng : numpy.random.Generator, the only source of randomness
    Returns w, (fan_in, fan_out) float64.
    Source: Glorot & Bengio 2010, equation 12.
    """
    variance = 2 / (fan_in + fan_out)
    return rng.normal(0.0, np.sqrt(variance), (fan_in, fan_out))


def glorot_uniform(fan_in, fan_out, rng):
    """Weights w ~ U(-a, a) with a = sqrt(6 / (fan_in + fan_out)), so that the variance a**2 / 3 is the same.

    fan_in, fan_out : the number of inputs and of units
    rng : numpy.random.Generator, the only source of randomness
    Returns w, (fan_in, fan_out) float64.
    Source: Glorot & Bengio 2010, equation 16.
    """
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-a, a, (fan_in, fan_out))
