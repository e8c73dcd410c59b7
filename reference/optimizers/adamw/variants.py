"""Right answers to adamw, written otherwise."""

import numpy as np


class as_in_pytorch:
    """Shrinks a copy of the weights first, then makes Adam's step on it; corrects the root, not the moment"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step = state.get("step", 0) + 1
        exp_avg = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * dw
        exp_avg_sq = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * dw * dw
        param = np.array(w)
        param *= 1 - lr * weight_decay
        denominator = np.sqrt(exp_avg_sq) / np.sqrt(1 - beta2**step) + eps
        param -= lr / (1 - beta1**step) * exp_avg / denominator
        return param, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


class decay_of_the_old_weights:
    """Makes Adam's step, then subtracts the decay of the old weights; counts from 1; a tuple as state"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = state or (np.zeros_like(w), np.zeros_like(w), 1)
        m = m + (1 - beta1) * (dw - m)
        v = v + (1 - beta2) * (np.square(dw) - v)
        next_w = w - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        next_w = next_w - lr * weight_decay * w
        return next_w, (m, v, t + 1)


class weighted_means:
    """Sums gradients and weights, then divides: corrected by itself; updates the state it was given"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        for beta, key, value in [(beta1, "first", dw), (beta2, "second", dw**2)]:
            total, weight = state.get(key, (0.0, 0.0))
            state[key] = beta * total + value, beta * weight + 1
        m_hat = state["first"][0] / state["first"][1]
        v_hat = state["second"][0] / state["second"][1]
        return (1 - lr * weight_decay) * w - lr * m_hat / (v_hat**0.5 + eps), state


class _AdamW:
    def __init__(self, shape):
        self.m, self.v, self.t = np.zeros(shape), np.zeros(shape), 0

    def step(self, w, dw, lr, beta1, beta2, eps, weight_decay):
        self.t += 1
        next_w = np.copy(w)
        for index in np.ndindex(self.m.shape):
            self.m[index] = beta1 * self.m[index] + (1 - beta1) * dw[index]
            self.v[index] = beta2 * self.v[index] + (1 - beta2) * dw[index] ** 2
            m_hat = self.m[index] / (1 - beta1**self.t)
            v_hat = self.v[index] / (1 - beta2**self.t)
            next_w[index] -= lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * w[index])
        return next_w


class object_as_state:
    """A class behind the function; loops over the elements, and updates its own moments in place"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        optimizer = state or _AdamW(np.shape(w))
        return optimizer.step(w, dw, lr, beta1, beta2, eps, weight_decay), optimizer


class float32_hyper_parameters:
    """Keeps all hyper-parameters in float32, and the moments in a list"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        lr, beta1, beta2, eps, weight_decay = np.float32([lr, beta1, beta2, eps, weight_decay])
        t, (m, v) = state.get("all", (0, [np.zeros_like(w), np.zeros_like(w)]))
        t = t + 1
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"all": (t, [m, v])}


class float32_moments:
    """Keeps its moments in float32, as CMU's MyTorch does, and the weights in float64"""

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m = state.get("m", np.zeros(w.shape, dtype="f"))
        v = state.get("v", np.zeros(w.shape, dtype="f"))
        t = state.get("t", 0) + 1
        m = np.asarray(beta1 * m + (1 - beta1) * dw, dtype="f")
        v = np.asarray(beta2 * v + (1 - beta2) * dw**2, dtype="f")
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}
