"""Right answers to mlp_backprop, written otherwise."""

import numpy as np


class in_place_on_own_arrays:
    """The common form: scores become probabilities and then gradients in one array of its own."""

    def mlp_loss(x, y, params, reg=0.0):
        N = x.shape[0]
        hidden = x.dot(params["w1"])
        hidden += params["b1"]
        hidden[hidden < 0] = 0
        scores = hidden.dot(params["w2"]) + params["b2"]
        scores -= np.max(scores, axis=1)[:, np.newaxis]
        correct = scores[range(N), y].copy()
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1)
        loss = np.sum(np.log(sums) - correct) / N
        scores /= sums[:, np.newaxis]
        scores[range(N), y] -= 1
        scores /= N
        grads = {"b2": np.sum(scores, axis=0), "w2": hidden.T.dot(scores)}
        dhidden = scores.dot(params["w2"].T)
        dhidden[hidden <= 0] = 0
        grads["b1"] = np.sum(dhidden, axis=0)
        grads["w1"] = x.T.dot(dhidden)
        for key in ("w1", "w2"):
            loss += reg / 2 * np.sum(params[key] * params[key])
            grads[key] += reg * params[key]
        return loss, grads


class one_sample_at_a_time:
    """Loops over the batch and adds up outer products."""

    def mlp_loss(x, y, params, reg=0.0):
        grads = {key: np.zeros_like(value) for key, value in params.items()}
        loss = 0.0
        for sample, label in zip(x, y, strict=True):
            z = sample @ params["w1"] + params["b1"]
            hidden = z * (z > 0)
            scores = hidden @ params["w2"] + params["b2"]
            total = np.logaddexp.reduce(scores)
            loss += total - scores[label]
            dscores = np.exp(scores - total)
            dscores[label] -= 1.0
            dz = np.where(z > 0, params["w2"] @ dscores, 0.0)
            grads["w2"] += np.outer(hidden, dscores)
            grads["b2"] += dscores
            grads["w1"] += np.outer(sample, dz)
            grads["b1"] += dz
        grads = {key: value / len(x) for key, value in grads.items()}
        for key in ("w1", "w2"):
            grads[key] += reg * params[key]
        squares = np.linalg.norm(params["w1"]) ** 2 + np.linalg.norm(params["w2"]) ** 2
        return loss / len(x) + reg * squares / 2, grads


class einsum_and_one_hot:
    """One-hot targets, einsum for every product, and the mean by a vector of weights 1/N."""

    def mlp_loss(x, y, params, reg=0.0):
        targets = (y[:, None] == np.arange(params["b2"].size)).astype(np.float64)
        share = np.full(len(y), 1 / len(y))
        z = np.einsum("nd,dh->nh", x, params["w1"]) + params["b1"]
        hidden = (np.abs(z) + z) / 2
        scores = np.einsum("nh,hc->nc", hidden, params["w2"]) + params["b2"]
        top = scores.max(axis=1)
        log_sum = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        loss = share @ (log_sum - (scores * targets).sum(axis=1))
        dscores = (np.exp(scores - log_sum[:, None]) - targets) * share[:, None]
        dz = np.einsum("nc,hc,nh->nh", dscores, params["w2"], np.heaviside(z, 0.0))
        grads = {
            "b1": np.einsum("nh->h", dz),
            "b2": np.einsum("nc->c", dscores),
            "w1": np.einsum("nd,nh->dh", x, dz) + reg * params["w1"],
            "w2": np.einsum("nh,nc->hc", hidden, dscores) + reg * params["w2"],
        }
        penalty = sum(np.vdot(params[key], params[key]) for key in ("w1", "w2"))
        return loss + 0.5 * reg * penalty, grads


class _Affine:
    """An affine layer that keeps its input and its own gradients."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.w.T


class _Relu:
    """A ReLU that keeps its mask."""

    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, dout):
        return np.where(self.mask, dout, 0)


class _CrossEntropy:
    """Softmax and cross-entropy in one, averaged over the batch; the way back needs no other input."""

    def forward(self, scores, y):
        self.rows, self.y = np.arange(len(y)), y
        self.log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return -np.mean(self.log_p[self.rows, y])

    def backward(self):
        dscores = np.exp(self.log_p)
        dscores[self.rows, self.y] -= 1
        return dscores / len(self.y)


class layer_objects:
    """A list of layer objects, walked forwards and then backwards."""

    def mlp_loss(x, y, params, reg=0.0):
        first, second = (_Affine(params[f"w{i}"], params[f"b{i}"]) for i in (1, 2))
        relu, criterion = _Relu(), _CrossEntropy()
        out = x
        for layer in (first, relu, second):
            out = layer.forward(out)
        loss = criterion.forward(out, y)
        gradient = criterion.backward()
        for layer in (second, relu, first):
            gradient = layer.backward(gradient)
        loss += sum(reg / 2 * (layer.w**2).sum() for layer in (first, second))
        return float(loss), {
            "w1": first.dw + reg * first.w,
            "b1": first.db,
            "w2": second.dw + reg * second.w,
            "b2": second.db,
        }


class biases_as_weights:
    """Appends a column of ones to each layer's input, so that weights and biases are one matrix."""

    def mlp_loss(x, y, params, reg=0.0):
        ones = np.ones((len(x), 1))
        first, second = (np.vstack([params[f"w{i}"], params[f"b{i}"]]) for i in (1, 2))
        x1 = np.hstack([x, ones])
        z = x1 @ first
        x2 = np.hstack([np.clip(z, 0, None), ones])
        scores = x2 @ second
        margins = scores - scores[np.arange(len(y)), y][:, None]  # the true class has 0
        top = margins.max(axis=1, keepdims=True)
        log_sums = top + np.log(np.exp(margins - top).sum(axis=1, keepdims=True))
        dscores = np.exp(margins - log_sums)
        dscores[np.arange(len(y)), y] -= 1
        dsecond = x2.T @ dscores / len(y)
        dfirst = x1.T @ ((dscores @ second[:-1].T) * (z >= 0)) / len(y)
        grads = {"w1": dfirst[:-1], "b1": dfirst[-1], "w2": dsecond[:-1], "b2": dsecond[-1]}
        penalty = 0.0
        for key in ("w1", "w2"):
            grads[key] = grads[key] + reg * params[key]
            penalty += float(np.square(params[key]).sum())
        return log_sums.mean() + 0.5 * reg * penalty, grads
