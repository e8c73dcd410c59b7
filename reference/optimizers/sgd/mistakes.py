"""Wrong answers to sgd that students really write."""

import numpy as np


class ascent:
    """You walk uphill

    Your step adds lr times the gradient. The gradient points to where the loss grows: subtract it.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return w + lr * dw, state


class in_place:
    """You overwrite the weights of the caller

    Your answer is right, but an update such as w -= ... changes the array that was handed to you. Compute a
    new array and return it.
    """

    def sgd(w, dw, state, *, lr=0.01):
        w -= lr * dw
        return w, state


class learning_rate_forgotten:
    """Your step does not use the learning rate

    You subtract the whole gradient, as if lr were 1. Scale the gradient by lr first.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return w - dw, state


class learning_rate_hard_coded:
    """Your learning rate is always 0.01

    The number 0.01 is only the default. When the caller hands in another lr, use that one.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return w - 0.01 * dw, state


class other_default:
    """Your default learning rate is not the statement's

    With an lr from the caller your step is right. Without one, the statement says lr=0.01: leave the
    signature as the starter has it.
    """

    def sgd(w, dw, state, *, lr=0.001):
        return w - lr * dw, state


class returns_the_scaled_gradient:
    """You return lr times the gradient in place of the weights

    Only the length of the step comes back: the weights themselves are lost. Subtract it from w.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return lr * dw, state


class returns_the_step_alone:
    """You return the step, not the weights after it

    What comes back is minus lr times the gradient. The caller wants to know where w is after this step: add
    w.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return -lr * dw, state


class learning_rate_scales_the_weights:
    """Your learning rate scales the weights as well

    You multiply the whole of w - dw by lr. Only the gradient is scaled: mind the brackets, and that a product
    is computed before a difference.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return lr * (w - dw), state


class divides_by_the_rows:
    """You average the gradient once more

    You divide dw by the length of its first axis. The loss is a mean over the batch, so dw carries the 1/N
    already; and the first axis of w counts units, not samples.
    """

    def sgd(w, dw, state, *, lr=0.01):
        rows = w.shape[0] if w.ndim else 1
        return w - lr * dw / rows, state


class one_step_for_all:
    """All your weights make the same step

    You reduce the gradient to one number before you use it. Every weight has its own gradient: work element
    by element.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return w - lr * np.mean(dw), state


class gradients_accumulate:
    """Your gradients pile up from step to step

    The first step is right, the later ones add up all gradients so far. Plain gradient descent uses the
    gradient of this step only and remembers nothing.
    """

    def sgd(w, dw, state, *, lr=0.01):
        total = state.get("total", 0) + dw
        return w - lr * total, {"total": total}


class learning_rate_decays:
    """Your learning rate shrinks from step to step

    The first step is right, the later ones are too short: you divide lr by the number of the step. Here the
    caller decides on a schedule; use lr as it comes.
    """

    def sgd(w, dw, state, *, lr=0.01):
        t = state.get("t", 0) + 1
        return w - lr / t * dw, {"t": t}


class computes_in_float32:
    """Your weights come back in float32

    The numbers are right, to seven digits. You turn w into float32 (astype, dtype="f"), and half of its digits are
    lost at every step: keep what you return in float64, the dtype of w.
    """

    def sgd(w, dw, state, *, lr=0.01):
        return np.asarray(w - lr * dw, "f"), state
