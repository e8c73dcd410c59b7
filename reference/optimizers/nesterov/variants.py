"""Right answers to nesterov, written otherwise."""

import numpy as np


class old_and_new_velocity:
    """CS231n's form: the learning rate is in the velocity, the step mixes the old and the new one"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        old = state.get("velocity", 0.0)
        new = momentum * old - lr * dw
        return w - momentum * old + (1 + momentum) * new, {"velocity": new}


class textbook:
    """Walks back from the point ahead, makes the textbook's step there, and looks ahead again"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        u = state.get("u", np.zeros_like(w))
        theta = w - momentum * u
        u = momentum * u - lr * dw
        theta = theta + u
        return theta + momentum * u, {"u": u}


class expanded:
    """One expression in the old velocity; the state is a tuple"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        (v,) = state or (np.zeros_like(w),)
        next_w = w - lr * (1 + momentum) * dw - lr * momentum**2 * v
        return next_w, (momentum * v + dw,)


class first_step_apart:
    """As PyTorch does it: the first velocity is a copy of the gradient; updates the state it was given"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        if "buffer" not in state:
            state["buffer"] = np.array(dw)
        else:
            state["buffer"] = state["buffer"] * momentum
            state["buffer"] += dw
        return w - lr * (dw + momentum * state["buffer"]), state


class scaled_velocity:
    """Keeps momentum times the velocity, so that the direction is one sum"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        ahead = momentum * (state.get("ahead", np.zeros_like(w)) + dw)
        return w - lr * (dw + ahead), {"ahead": ahead}


class _Nesterov:
    def __init__(self, shape):
        self.v = np.zeros(shape)

    def step(self, w, dw, lr, mu):
        next_w = np.copy(w)
        for index in np.ndindex(self.v.shape):
            self.v[index] = mu * self.v[index] + dw[index]
            next_w[index] -= lr * (dw[index] + mu * self.v[index])
        return next_w


class object_as_state:
    """A class behind the function; loops over the elements, and updates its own velocity in place"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        optimizer = state or _Nesterov(np.shape(w))
        return optimizer.step(w, dw, lr, momentum), optimizer


class float32_state:
    """Keeps hyper-parameters and velocity in float32, as CMU's MyTorch does, and the weights in float64"""

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        lr, momentum = np.float32(lr), np.float32(momentum)
        v = np.asarray(momentum * state.get("v", np.zeros(w.shape, dtype="f")) + dw, dtype="f")
        return w - lr * (dw + momentum * v), {"v": v}
