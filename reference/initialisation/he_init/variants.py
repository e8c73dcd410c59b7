"""Right He initialisations, written otherwise."""

import numpy as np


class scaled_standard_draws:
    """Standard draws, scaled afterwards: z * std and (2 u - 1) * a."""

    def he_normal(fan_in, fan_out, rng):
        return rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)

    def he_uniform(fan_in, fan_out, rng):
        return (2 * rng.random((fan_in, fan_out)) - 1) * np.sqrt(6 / fan_in)


class gaussian_from_uniforms:
    """Box-Muller makes the Gaussian of two uniform draws; the uniform bound is sqrt(3) deviations."""

    def he_normal(fan_in, fan_out, rng):
        radius = np.sqrt(-2 * np.log(1 - rng.random((fan_in, fan_out))))
        angle = 2 * np.pi * rng.random((fan_in, fan_out))
        return np.sqrt(2 / fan_in) * radius * np.cos(angle)

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(3) * np.sqrt(2 / fan_in)
        return rng.uniform(low=-a, high=a, size=(fan_in, fan_out))


class one_input_at_a_time:
    """A loop over the rows, filled in place."""

    def he_normal(fan_in, fan_out, rng):
        w = np.empty((fan_in, fan_out))
        for row in w:
            row[:] = rng.normal(scale=(2 / fan_in) ** 0.5, size=fan_out)
        return w

    def he_uniform(fan_in, fan_out, rng):
        w = np.zeros((fan_in, fan_out))
        for i in range(fan_in):
            w[i] += rng.uniform(-1, 1, fan_out)
        w *= (6 / fan_in) ** 0.5
        return w


class drawn_unit_by_unit:
    """Drawn with one row for each unit, as PyTorch stores it, then transposed; the result is a view."""

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0, np.sqrt(2) / np.sqrt(fan_in), size=(fan_out, fan_in)).T

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(2) * np.sqrt(3 / fan_in)
        return np.swapaxes(2 * a * (rng.random((fan_out, fan_in)) - 0.5), 0, 1)


class single_precision:
    """Drawn and scaled in float32: the distribution is the same."""

    def he_normal(fan_in, fan_out, rng):
        std = np.float32(np.sqrt(2 / fan_in))
        return std * rng.standard_normal((fan_in, fan_out), dtype=np.float32)

    def he_uniform(fan_in, fan_out, rng):
        a = np.float32(np.sqrt(6 / fan_in))
        return (2 * rng.random((fan_in, fan_out), dtype=np.float32) - 1) * a


class rounded_to_single_precision:
    """Drawn in float64, returned in float32: a weight may be rounded to just beyond the bound."""

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)).astype(np.float32)

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return rng.uniform(-a, a, (fan_in, fan_out)).astype(np.float32)


class sign_and_size:
    """The sign and the size of a weight, drawn one after the other."""

    def he_normal(fan_in, fan_out, rng):
        size = np.abs(rng.standard_normal((fan_in, fan_out)))
        sign = rng.choice([-1.0, 1.0], (fan_in, fan_out))
        return sign * size * np.sqrt(2 / fan_in)

    def he_uniform(fan_in, fan_out, rng):
        size = rng.random((fan_in, fan_out))
        sign = np.where(rng.random((fan_in, fan_out)) < 0.5, -1.0, 1.0)
        return sign * size * np.sqrt(6 / fan_in)


class _VarianceScaling:
    """An initialiser with the scale of the family, in the manner of the frameworks."""

    def __init__(self, gain, fan, rng):
        self.variance = gain**2 / fan
        self.rng = rng

    def gaussian(self, shape):
        return self.rng.normal(0, np.sqrt(self.variance), shape[0] * shape[1]).reshape(shape)

    def flat(self, shape):
        half_width = np.sqrt(12 * self.variance) / 2
        return self.rng.uniform(-half_width, half_width, shape[0] * shape[1]).reshape(shape)


class behind_a_class:
    """A class behind the functions, which draws a flat array."""

    def he_normal(fan_in, fan_out, rng):
        return _VarianceScaling(np.sqrt(2), fan_in, rng).gaussian((fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        return _VarianceScaling(np.sqrt(2), fan_in, rng).flat((fan_in, fan_out))
