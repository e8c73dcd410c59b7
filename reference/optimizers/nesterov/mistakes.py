"""Wrong answers to nesterov that students really write."""

import numpy as np

_SHARED = {}  # velocities outside of any state
_BY_ID = {}  # the same by id(w), with w, so that its id is not given away


def _velocity(w, state):
    return state.get("v", np.zeros_like(w))


class plain_momentum:
    """You wrote plain momentum

    Your step is lr times the velocity: the look-ahead is not there, or is computed and not used, or starts
    from the velocity before this gradient was added. Step along the gradient plus momentum times the new
    velocity.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * v, {"v": v}


class look_ahead_twice:
    """Your look-ahead is applied twice

    You look ahead from the point that is ahead already. The weights of the network are the point ahead; add
    momentum times the new velocity to the gradient once.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        d = dw + momentum * v
        return w - lr * (dw + momentum * d), {"v": v}


class stores_the_direction:
    """You keep the direction in place of the velocity

    What you hand on contains the look-ahead, so the next step looks ahead once more. Only the velocity,
    momentum times the old one plus the gradient, goes into the state.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        d = dw + momentum * v
        return w - lr * d, {"v": d}


class velocity_twice:
    """You step along 1 + momentum times the velocity

    You add momentum times the velocity to the velocity. It is the gradient of this step to which it is added;
    the first step does not show the difference, the second does.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * (v + momentum * v), {"v": v}


class gradient_missing_in_the_direction:
    """Your direction lacks the gradient

    You step along momentum times the new velocity alone. The gradient of this step is added to it.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * momentum * v, {"v": v}


class momentum_missing_in_the_direction:
    """Your direction takes the whole velocity

    You step along the gradient plus the velocity. The point ahead is one more round of friction away:
    multiply the new velocity by momentum.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * (dw + v), {"v": v}


class old_velocity_with_the_wrong_sign:
    """Your look-ahead adds the old velocity

    In CS231n's form, momentum times the old velocity is subtracted and 1 + momentum times the new one is
    added. You add both.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        old = _velocity(w, state)
        u = momentum * old - lr * dw
        return w + momentum * old + (1 + momentum) * u, {"v": u}


class averages_the_gradients:
    """Your gradient is multiplied by 1 - momentum

    That is the moving average of deeplearning.ai. Here the velocity is a sum: the gradient enters it whole.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + (1 - momentum) * dw
        return w - lr * (dw + momentum * v), {"v": v}


class averages_throughout:
    """Your gradient is multiplied by 1 - momentum, in the velocity and in the direction

    That is the moving average of deeplearning.ai, and each step is shorter by that factor. Here both are
    sums: the gradient enters each of them whole.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + (1 - momentum) * dw
        return w - lr * ((1 - momentum) * dw + momentum * v), {"v": v}


class ascent:
    """You walk uphill

    Two signs cancel each other. Either the velocity collects gradients and the step is subtracted, or it
    collects negative steps and is added.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w + lr * (dw + momentum * v), {"v": v}


class state_not_initialised:
    """You read the state before there is anything in it

    At the first step of a parameter the state is an empty dict, so `state["v"]` raises a KeyError. Begin with zeros
    where it has no velocity yet: look at what `state.get` can do.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * state["v"] + dw
        return w - lr * (dw + momentum * v), {"v": v}


class state_key_misspelt:
    """You look in the state for a key that you never stored

    The first step works, the second raises a KeyError: the dict that you return has another name in it than you
    read. Write the key the same way in both places.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * state["v"] + dw if state else dw
        return w - lr * (dw + momentum * v), {"velocity": v}


class state_keyed_by_id:
    """You remember each velocity by id(w)

    Your step returns a new array, which comes back as the next w with another id, so the velocity is never found
    again, or that of an older array is. Keep it in the state.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        _, v = _BY_ID.get(id(w), (w, np.zeros_like(w)))
        v = momentum * v + dw
        _BY_ID[id(w)] = w, v
        return w - lr * (dw + momentum * v), state


class velocity_reset:
    """Your velocity starts from zero at every step

    Each step is 1 + momentum times a step of plain gradient descent. Either the velocity is not in the state
    that you return, or you do not read it back from there (a global variable or a dictionary by id(w) loses
    it as well).
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * np.zeros_like(w) + dw
        return w - lr * (dw + momentum * v), {}


class shared_state:
    """Your parameters share one velocity

    You keep the velocity outside of state, in a global variable or a mutable default, so that another
    parameter finds it there. Read it from state and return it in the next one.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _SHARED.get(np.shape(w), np.zeros_like(w)) + dw
        _SHARED[np.shape(w)] = v
        return w - lr * (dw + momentum * v), state


class no_friction:
    """Your velocity never decays

    All gradients so far count in full. Multiply the old velocity by momentum before the new gradient is
    added.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = _velocity(w, state) + dw
        return w - lr * (dw + momentum * v), {"v": v}


class learning_rate_forgotten:
    """Your step does not use the learning rate

    You subtract the whole direction, as if lr were 1. Scale it by lr.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - (dw + momentum * v), {"v": v}


class learning_rate_scales_the_gradient_only:
    """Your learning rate scales the gradient but not the velocity

    Your step is lr times the gradient plus momentum times the whole velocity. Mind the brackets: lr scales
    their sum.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - (lr * dw + momentum * v), {"v": v}


class learning_rate_hard_coded:
    """Your learning rate is always 0.01

    The number 0.01 is only the default. When the caller hands in another lr, use that one.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - 0.01 * (dw + momentum * v), {"v": v}


class momentum_hard_coded:
    """Your momentum is always 0.9

    The number 0.9 is only the default. When the caller hands in another momentum, use that one.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = 0.9 * _velocity(w, state) + dw
        return w - lr * (dw + 0.9 * v), {"v": v}


class other_defaults:
    """Your defaults are not the statement's

    With hyper-parameters from the caller your step is right. Without them, the statement says lr=0.01 and
    momentum=0.9: leave the signature as the starter has it.
    """

    def nesterov(w, dw, state, *, lr=0.1, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * (dw + momentum * v), {"v": v}


class zero_taken_for_none_given:
    """You take the default where momentum is 0

    `momentum or 0.9` is 0.9 for a momentum of 0 as well, since 0 counts as false; yet it is a number like any other, and
    means plain gradient descent. Leave the default to the signature.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        momentum = momentum or 0.9
        v = momentum * _velocity(w, state) + dw
        return w - lr * (dw + momentum * v), {"v": v}


class returns_the_step_alone:
    """You return the step, not the weights after it

    What comes back is minus lr times the direction. The caller wants to know where w is after this step: add
    w.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return -lr * (dw + momentum * v), {"v": v}


class in_place:
    """You overwrite the weights of the caller

    Your answer is right, but an update such as w -= ... changes the array that was handed to you. Compute a
    new array and return it.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        w -= lr * (dw + momentum * v)
        return w, {"v": v}


class gradient_kept_as_the_velocity:
    """Your first velocity is the caller's own dw

    Your answer is right, but an assignment gives the same array a second name: the next step changes the velocity in
    place, and with it the gradient of the first step. Let the state keep a copy.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        if "v" in state:
            v = state["v"]
            v *= momentum
            v += dw
        else:
            v = dw
        return w - lr * (dw + momentum * v), {"v": v}


class first_gradient_overwritten:
    """You overwrite the gradient of the caller at the first step

    Your answer is right, but dw is no longer what it was, and the caller may still need it. Work on a new array.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        step = lr * (dw + momentum * v)
        if not state:
            dw *= 0
        return w - step, {"v": v}


class computes_in_float32:
    """Your weights come back in float32

    The numbers are right, to seven digits. You turn w into float32 (astype, dtype="f"), and half of its digits are
    lost at every step: keep what you return in float64, the dtype of w.
    """

    def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
        w, dw = np.asarray(w, "f"), np.asarray(dw, "f")
        v = momentum * _velocity(w, state) + dw
        return np.asarray(w - lr * (dw + momentum * v), "f"), {"v": v}
