"""Right answers to sgd, written otherwise."""

import numpy as np


class negative_step:
    """Names the step first, then adds it; returns a fresh, empty state"""

    def sgd(w, dw, state, *, lr=0.01):
        step = -lr * dw
        return w + step, {}


class on_a_copy:
    """Updates in place, but on a copy of its own, and counts its steps"""

    def sgd(w, dw, state, *, lr=0.01):
        next_w = np.array(w, dtype=np.float64)
        next_w -= lr * dw
        return next_w, {"steps": state.get("steps", 0) + 1}


class element_by_element:
    """Loops over all elements"""

    def sgd(w, dw, state, *, lr=0.01):
        next_w = np.empty(np.shape(w))
        for index in np.ndindex(next_w.shape):
            next_w[index] = w[index] - lr * dw[index]
        return next_w, state


class _Descent:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, dw):
        return np.subtract(w, np.multiply(dw, self.lr))


class object_as_state:
    """Keeps an object of a class of its own as the state"""

    def sgd(w, dw, state, *, lr=0.01):
        optimizer = state or _Descent(lr)
        return optimizer.step(w, dw), optimizer


class float32_learning_rate:
    """Keeps the learning rate in float32"""

    def sgd(w, dw, state, *, lr=0.01):
        return w - np.float32(lr) * dw, state
