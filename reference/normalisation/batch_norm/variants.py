"""Right answers to the batch normalisation exercise, written otherwise."""

import numpy as np


class node_by_node:
    """The graph of the layer, forward and backward one node at a time; the cache is a dict"""

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            scale = gamma / np.sqrt(running["var"] + eps)
            out = scale * x + (beta - running["mean"] * scale)
            return out, {"mean": running["mean"].copy(), "var": running["var"].copy()}, {}
        n = x.shape[0]
        mean = np.sum(x, axis=0) / n
        centred = x - mean
        var = np.sum(centred**2, axis=0) / n
        std = (var + eps) ** 0.5
        inverse = 1.0 / std
        xhat = centred * inverse
        out = gamma * xhat + beta
        next_running = {
            "mean": running["mean"] + momentum * (mean - running["mean"]),
            "var": running["var"] + momentum * (n / (n - 1) * var - running["var"]),
        }
        return out, next_running, {"centred": centred, "std": std, "inverse": inverse, "gamma": gamma}

    def batchnorm_backward(dout, cache):
        centred, std, inverse, gamma = (cache[name] for name in ("centred", "std", "inverse", "gamma"))
        n = dout.shape[0]
        dbeta = np.sum(dout, axis=0)
        dgamma = np.sum(dout * centred * inverse, axis=0)
        dxhat = dout * gamma
        dcentred = dxhat * inverse
        dinverse = np.sum(dxhat * centred, axis=0)
        dstd = -dinverse / std**2
        dvar = 0.5 * dstd / std
        dcentred = dcentred + dvar * 2 * centred / n
        dmean = -np.sum(dcentred, axis=0)
        return dcentred + dmean / n, dgamma, dbeta


class one_feature_at_a_time:
    """A loop over the features; the backward pass multiplies by the whole (N, N) Jacobian of each"""

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out = np.empty_like(x)
        mean, var = np.array(running["mean"]), np.array(running["var"])
        columns = []
        for j in range(x.shape[1]):
            column = x[:, j]
            m, v = (column.mean(), column.var()) if training else (mean[j], var[j])
            out[:, j] = gamma[j] * (column - m) / np.sqrt(v + eps) + beta[j]
            if training:
                mean[j] += momentum * (m - mean[j])
                var[j] += momentum * (column.var(ddof=1) - var[j])
            columns.append((column, m, v + eps))
        return out, {"mean": mean, "var": var}, (columns, gamma)

    def batchnorm_backward(dout, cache):
        columns, gamma = cache
        n = len(dout)
        dx, dgamma, dbeta = np.zeros_like(dout), np.zeros(len(gamma)), np.zeros(len(gamma))
        for j, (column, m, v) in enumerate(columns):
            xhat = (column - m) / np.sqrt(v)
            jacobian = (np.eye(n) - 1 / n - np.outer(xhat, xhat) / n) / np.sqrt(v)
            dx[:, j] = gamma[j] * jacobian.T @ dout[:, j]
            dgamma[j] = dout[:, j] @ xhat
            dbeta[j] = dout[:, j].sum()
        return dx, dgamma, dbeta


class moments_by_einsum:
    """The variance as the mean square minus the squared mean, sums by einsum, dx in the N * dout form"""

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        n = float(len(x))
        if training:
            mean = np.einsum("nd->d", x) / n
            var = np.einsum("nd,nd->d", x, x) / n - mean * mean
            next_running = {
                "mean": momentum * mean + (1 - momentum) * running["mean"],
                "var": momentum * var * (n / (n - 1)) + (1 - momentum) * running["var"],
            }
        else:
            mean, var = running["mean"], running["var"]
            next_running = dict(running)
        inverse = np.power(var + eps, -0.5)
        return (x - mean) * (inverse * gamma) + beta, next_running, (x, mean, inverse, gamma)

    def batchnorm_backward(dout, cache):
        x, mean, inverse, gamma = cache
        n = len(dout)
        dbeta = np.einsum("nd->d", dout)
        dgamma = np.einsum("nd,nd,d->d", dout, x - mean, inverse)
        dx = (gamma * inverse / n) * (n * dout - dbeta - (x - mean) * inverse * dgamma)
        return dx, dgamma, dbeta


class _Layer:
    def __init__(self, gamma, beta, running, momentum, eps):
        self.gamma, self.beta, self.momentum, self.eps = gamma, beta, momentum, eps
        self.mean, self.var = running["mean"].reshape(1, -1), running["var"].reshape(1, -1)

    def train(self, x):
        self.n = len(x)
        mean = x.mean(axis=0, keepdims=True)
        self.xhat = x - mean
        squares = np.square(self.xhat).sum(axis=0, keepdims=True)
        self.std = np.sqrt(squares / self.n + self.eps)
        self.xhat /= self.std
        self.mean = (1 - self.momentum) * self.mean + self.momentum * mean
        self.var = (1 - self.momentum) * self.var + self.momentum * squares / (self.n - 1)
        out = self.xhat * self.gamma
        out += self.beta
        return out

    def infer(self, x):
        return (x - self.mean) / np.sqrt(self.var + self.eps) * self.gamma + self.beta

    def backward(self, dout):
        dxhat = np.float32(1) * dout * self.gamma
        along_xhat = (dxhat * self.xhat).mean(axis=0, keepdims=True)
        dxhat -= dxhat.mean(axis=0, keepdims=True)
        dxhat -= self.xhat * along_xhat
        dxhat /= self.std
        return dxhat, (dout * self.xhat).sum(axis=0), dout.sum(axis=0)


class layer_object:
    """A layer class behind the functions, with (1, D) statistics, in place on its own arrays"""

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        layer = _Layer(gamma, beta, running, momentum, eps)
        out = layer.train(x) if training else layer.infer(x)
        return out, {"mean": layer.mean.ravel(), "var": layer.var.ravel()}, layer

    def batchnorm_backward(dout, cache):
        return cache.backward(dout)


class samples_as_columns:
    """Everything transposed, features first; dx by the derivative of each standardised column"""

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        columns = x.T
        mean, var = np.mean(columns, axis=1), np.var(columns, axis=1)
        remembered = dict(running)
        if training:
            unbiased = np.cov(columns, ddof=1).diagonal()
            for name, new in (("mean", mean), ("var", unbiased)):
                remembered[name] = np.average([running[name], new], axis=0, weights=[1 - momentum, momentum])
        else:
            mean, var = running["mean"], running["var"]
        deviation = np.sqrt(var + eps)[:, None]
        standard = (columns - mean[:, None]) / deviation
        return (gamma[:, None] * standard).T + beta, remembered, (standard, deviation, gamma)

    def batchnorm_backward(dout, cache):
        standard, deviation, gamma = cache
        upstream = dout.T
        dstandard = upstream * gamma[:, None]
        along_ones = dstandard.mean(axis=1, keepdims=True)
        along_standard = (dstandard * standard).mean(axis=1, keepdims=True)
        dx = (dstandard - along_ones - along_standard * standard) / deviation
        return dx.T, (upstream * standard).sum(axis=1), upstream.sum(axis=1)
