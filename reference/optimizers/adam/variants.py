"""Right answers to adam, written otherwise."""

import numpy as np


class as_in_pytorch:
    """Divides the root, not the moment, by its correction; lets averages move towards the gradient"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        step = state.get("step", 0) + 1
        exp_avg = np.array(state.get("exp_avg", np.zeros_like(w)))
        exp_avg_sq = np.array(state.get("exp_avg_sq", np.zeros_like(w)))
        exp_avg += (dw - exp_avg) * (1 - beta1)
        exp_avg_sq *= beta2
        exp_avg_sq += (1 - beta2) * dw * dw
        denominator = np.sqrt(exp_avg_sq) / np.sqrt(1 - beta2**step) + eps
        next_w = w - (lr / (1 - beta1**step)) * (exp_avg / denominator)
        return next_w, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


class counter_increased_after_use:
    """Begins to count at 1 and increases after use; m and v have each other's names; a tuple as state"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        v, m, t = state or (np.zeros_like(w), np.zeros_like(w), 1)
        v = beta1 * v + (1 - beta1) * dw
        m = beta2 * m + (1 - beta2) * np.square(dw)
        next_w = w - lr * (v / (1 - beta1**t)) / (np.sqrt(m / (1 - beta2**t)) + eps)
        return next_w, (v, m, t + 1)


class rescaled_eps:
    """The shorter form of section 2 of the paper, with an epsilon that is rescaled to the same effect"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, power1, power2 = state.get("all", (np.zeros_like(w), np.zeros_like(w), 1.0, 1.0))
        power1, power2 = power1 * beta1, power2 * beta2
        m = beta1 * m + (1 - beta1) * dw
        v = beta2 * v + (1 - beta2) * dw**2
        shrink = np.sqrt(1 - power2)
        rate = lr * shrink / (1 - power1)
        return w - rate * m / (np.sqrt(v) + eps * shrink), {"all": (m, v, power1, power2)}


class weighted_means:
    """Sums gradients and weights, then divides: corrected by itself; updates the state it was given"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        for beta, key, value in [(beta1, "first", dw), (beta2, "second", dw**2)]:
            total, weight = state.get(key, (0.0, 0.0))
            state[key] = beta * total + value, beta * weight + 1
        m_hat = state["first"][0] / state["first"][1]
        v_hat = state["second"][0] / state["second"][1]
        return w - lr * m_hat / (v_hat**0.5 + eps), state


class _Adam:
    def __init__(self, shape):
        self.m, self.v, self.t = np.zeros(shape), np.zeros(shape), 0

    def step(self, w, dw, lr, beta1, beta2, eps):
        self.t += 1
        next_w = np.copy(w)
        for index in np.ndindex(self.m.shape):
            self.m[index] = beta1 * self.m[index] + (1 - beta1) * dw[index]
            self.v[index] = beta2 * self.v[index] + (1 - beta2) * dw[index] ** 2
            m_hat = self.m[index] / (1 - beta1**self.t)
            v_hat = self.v[index] / (1 - beta2**self.t)
            next_w[index] -= lr * m_hat / (np.sqrt(v_hat) + eps)
        return next_w


class object_as_state:
    """A class behind the function; loops over the elements, and updates its own moments in place"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        optimizer = state or _Adam(np.shape(w))
        return optimizer.step(w, dw, lr, beta1, beta2, eps), optimizer


class float32_hyper_parameters:
    """Keeps all hyper-parameters in float32, and the moments in a list"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        lr, beta1, beta2, eps = np.float32([lr, beta1, beta2, eps])
        t, (m, v) = state.get("all", (0, [np.zeros_like(w), np.zeros_like(w)]))
        t = t + 1
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"all": (t, [m, v])}


class float32_moments:
    """Keeps its moments in float32, as CMU's MyTorch does, and the weights in float64"""

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m = state.get("m", np.zeros(w.shape, dtype="f"))
        v = state.get("v", np.zeros(w.shape, dtype="f"))
        t = state.get("t", 0) + 1
        m = np.asarray(beta1 * m + (1 - beta1) * dw, dtype="f")
        v = np.asarray(beta2 * v + (1 - beta2) * dw**2, dtype="f")
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}
