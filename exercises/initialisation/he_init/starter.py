"""Exercise he_init: draw the first weights of a ReLU layer with variance 2 / fan_in."""

import numpy as np


def he_normal(fan_in, fan_out, rng):
    """Weights from a Gaussian of mean 0 and variance 2 / fan_in.

    Parameters
    ----------
    fan_in : int, the number of inputs of the layer
    fan_out : int, the number of its units; it decides the shape, not the variance
    rng : numpy.random.Generator, the only source of randomness

    Returns
    -------
    w : (fan_in, fan_out) float64
    """
    raise NotImplementedError("he_normal")


def he_uniform(fan_in, fan_out, rng):
    """Weights from the uniform distribution around 0 of the same variance, 2 / fan_in.

    Parameters
    ----------
    fan_in : int, the number of inputs of the layer
    fan_out : int, the number of its units; it decides the shape, not the variance
    rng : numpy.random.Generator, the only source of randomness

    Returns
    -------
    w : (fan_in, fan_out) float64
    """
    raise NotImplementedError("he_uniform")
