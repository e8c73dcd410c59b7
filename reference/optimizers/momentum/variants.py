"""Right answers to momentum, written otherwise."""

import numpy as np


class learning_rate_inside:
    """CS231n's form: the velocity is a step already, and is added"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * state.get("velocity", 0.0) - lr * dw
        return w + v, {"velocity": v}


class positive_steps:
    """The velocity contains the learning rate and is subtracted; the state is a tuple"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        (previous,) = state or (np.zeros_like(w),)
        step = momentum * previous + lr * dw
        return w - step, (step,)


class first_step_apart:
    """As PyTorch does it: the first velocity is a copy of the gradient; updates the state it was given"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        if "buffer" not in state:
            state["buffer"] = np.array(dw)
        else:
            state["buffer"] = state["buffer"] * momentum
            state["buffer"] += dw
        return w - lr * state["buffer"], state


class heavy_ball:
    """Polyak's two-point form: remembers the weights of the step before, not a velocity"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        before = state.get("before", w)
        return w - lr * dw + momentum * (w - before), {"before": np.array(w)}


class rescaled_average:
    """Averages the gradients, then undoes the factor 1 - momentum"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        average = momentum * state.get("average", np.zeros_like(w)) + (1 - momentum) * dw
        return w - lr / (1 - momentum) * average, {"average": average}


class all_gradients:
    """Remembers every gradient and sums them with their weights"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        gradients = [*state.get("gradients", []), np.array(dw)]
        ages = range(len(gradients) - 1, -1, -1)
        v = sum(momentum**age * gradient for age, gradient in zip(ages, gradients, strict=True))
        return w - lr * v, {"gradients": gradients}


class _Momentum:
    def __init__(self, shape):
        self.v = np.zeros(shape)

    def step(self, w, dw, lr, mu):
        for index in np.ndindex(self.v.shape):
            self.v[index] = mu * self.v[index] + dw[index]
        next_w = np.copy(w)
        next_w -= lr * self.v
        return next_w


class object_as_state:
    """A class behind the function; loops over the elements, and updates its own velocity in place"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        optimizer = state or _Momentum(np.shape(w))
        return optimizer.step(w, dw, lr, momentum), optimizer


class float32_state:
    """Keeps hyper-parameters and velocity in float32, as CMU's MyTorch does, and the weights in float64"""

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        lr, momentum = np.float32(lr), np.float32(momentum)
        v = np.asarray(momentum * state.get("v", np.zeros(w.shape, dtype="f")) + dw, dtype="f")
        return w - lr * v, {"v": v}
