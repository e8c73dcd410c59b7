"""Right answers to the dropout exercise, written otherwise."""

import numpy as np


class draws_coin_flips:
    """Draws the mask from a binomial, scales the output, and keeps the rate in a dict"""

    def dropout_forward(x, rate, training, rng):
        if training:
            mask = rng.binomial(1, 1 - rate, size=x.shape)
            out = x * mask / (1 - rate)
        else:
            mask, rate, out = np.ones_like(x), 0.0, x.copy()
        return out, {"mask": mask, "rate": rate}

    def dropout_backward(dout, cache):
        return dout * cache["mask"] / (1 - cache["rate"])


class chooses_factors:
    """Chooses each factor, 0 or 1 / (1 - rate), directly; no cache but the factors, None at inference"""

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, None
        factors = rng.choice([0.0, 1 / (1 - rate)], size=x.shape, p=[rate, 1 - rate])
        return np.multiply(factors, x), factors

    def dropout_backward(dout, cache):
        return dout if cache is None else np.multiply(cache, dout)


class loops_over_elements:
    """A loop over the flattened input, one draw for each element; the cache lists the kept positions"""

    def dropout_forward(x, rate, training, rng):
        flat = x.ravel()
        kept = [i for i in range(flat.size) if not training or rng.uniform() > rate]
        factor = 1 / (1 - rate) if training else 1.0
        out = np.zeros(flat.size)
        for i in kept:
            out[i] = flat[i] * factor
        return out.reshape(x.shape), (kept, factor)

    def dropout_backward(dout, cache):
        kept, factor = cache
        dx = np.zeros(dout.size)
        dx[kept] = dout.ravel()[kept] * factor
        return dx.reshape(dout.shape)


class single_precision_mask:
    """A mask of zeros and ones in float32, both exact, from float32 draws"""

    def dropout_forward(x, rate, training, rng):
        if training:
            draws = rng.random(x.shape, dtype=np.float32)
            mask = (draws >= np.float32(rate)).astype(np.float32)
        else:
            mask, rate = np.float32(1), 0.0
        return mask * (x / (1 - rate)), (mask, 1 - rate)

    def dropout_backward(dout, cache):
        mask, keep = cache
        return mask * (dout / keep)


class zeroes_a_copy:
    """Zeroes the dropped elements of its own copy in place; the cache is what is dropped"""

    def dropout_forward(x, rate, training, rng):
        out = np.array(x)
        dropped = None
        if training:
            dropped = rng.uniform(0.0, 1.0, x.shape) < rate
            out[dropped] = 0.0
            out /= 1.0 - rate
        return out, (dropped, rate)

    def dropout_backward(dout, cache):
        dropped, rate = cache
        dx = np.array(dout)
        if dropped is not None:
            dx[dropped] = 0.0
            dx /= 1.0 - rate
        return dx


class _Layer:
    def __init__(self, rate, training):
        self.rate, self.training = rate, training

    def forward(self, x, rng):
        if not self.training:
            self.mask = None
            return x
        self.mask = np.where(rng.random(x.shape) < 1 - self.rate, 1, 0)
        return np.einsum("...,...->...", x, self.mask) / (1 - self.rate)

    def backward(self, dout):
        return dout if self.mask is None else self.mask * dout / (1 - self.rate)


class layer_object:
    """A layer class behind the two functions; the cache is the layer"""

    def dropout_forward(x, rate, training, rng):
        layer = _Layer(rate, training)
        return layer.forward(x, rng), layer

    def dropout_backward(dout, cache):
        return cache.backward(dout)
