"""Right answers to the affine layer, written otherwise."""

import numpy as np


class einsum:
    """Names the axes instead of transposing, and caches flat rows with the shape beside them."""

    def affine_forward(x, w, b):
        rows = x.reshape(x.shape[0], np.prod(x.shape[1:]))
        return np.einsum("nd,dm->nm", rows, w) + b[None, :], {"rows": rows, "shape": x.shape, "w": w}

    def affine_backward(dout, cache):
        dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
        return dx, np.einsum("nd,nm->dm", cache["rows"], dout), np.einsum("nm->m", dout)


class one_sample_at_a_time:
    """Loops over the batch: vectors and outer products, summed up."""

    def affine_forward(x, w, b):
        out = np.zeros((x.shape[0], w.shape[1]))
        for n, sample in enumerate(x):
            out[n] = w.T.dot(sample.ravel()) + b
        return out, (x, w, b)

    def affine_backward(dout, cache):
        x, w, b = cache
        dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
        for n, gradient in enumerate(dout):
            dx[n] = w.dot(gradient).reshape(x[n].shape)
            dw += np.outer(x[n].ravel(), gradient)
            db += gradient
        return dx, dw, db


class bias_as_a_weight:
    """Appends a column of ones to x, and b to w as its last row: one matrix product each way."""

    def affine_forward(x, w, b):
        rows = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1))])
        weights = np.vstack([w, b])
        return rows @ weights, (rows, weights, x.shape)

    def affine_backward(dout, cache):
        rows, weights, shape = cache
        dweights = rows.T @ dout
        drows = dout @ weights.T
        return drows[:, :-1].reshape(shape), dweights[:-1], dweights[-1]


class _Layer:
    """A layer as an object that keeps its input, with weights as (outputs, inputs)."""

    def __init__(self, w, b):
        self.W, self.b = w.T, b.reshape(-1, 1)

    def forward(self, x):
        self.shape = x.shape
        self.A = x.reshape(len(x), -1)
        return self.A @ self.W.T + np.ones((len(x), 1)) @ self.b.T

    def backward(self, dLdZ):
        self.dLdW = dLdZ.T @ self.A
        self.dLdb = dLdZ.T @ np.ones((len(dLdZ), 1))
        return (dLdZ @ self.W).reshape(self.shape)


class layer_object:
    """The functions are a thin front of a layer class; the cache is the object itself."""

    def affine_forward(x, w, b):
        layer = _Layer(w, b)
        return layer.forward(x), layer

    def affine_backward(dout, layer):
        dx = layer.backward(dout)
        return dx, layer.dLdW.T, layer.dLdb.ravel()


class tensordot:
    """Gives w the axes of the samples instead of flattening x."""

    def affine_forward(x, w, b):
        weights = w.reshape(*x.shape[1:], -1)
        out = np.tensordot(x, weights, axes=x.ndim - 1)
        out += b
        return out, (x, weights, w.shape)

    def affine_backward(dout, cache):
        x, weights, shape = cache
        dx = np.tensordot(dout, weights, axes=(1, weights.ndim - 1))
        dw = np.tensordot(x, dout, axes=(0, 0)).reshape(shape)
        return dx, dw, np.add.reduce(dout)
