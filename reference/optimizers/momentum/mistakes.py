"""Wrong answers to momentum that students really write."""

import numpy as np

_SHARED = {}  # velocities outside of any state
_BY_ID = {}  # the same by id(w), with w, so that its id is not given away


def _velocity(w, state):
    return state.get("v", np.zeros_like(w))


class averages_the_gradients:
    """Your gradient is multiplied by 1 - momentum

    That is the moving average of deeplearning.ai: with momentum=0.9 each step is ten times shorter. Here the
    velocity is a sum: the gradient enters it whole.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + (1 - momentum) * dw
        return w - lr * v, {"v": v}


class averages_with_bias_correction:
    """Your velocity is a bias-corrected average

    You average the gradients and divide by `1 - momentum**t`, as Adam does. The first step is right, the later ones are
    too short. Here the velocity is a plain sum, without correction.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        t = state.get("t", 0) + 1
        v = momentum * _velocity(w, state) + (1 - momentum) * dw
        return w - lr * v / (1 - momentum**t), {"v": v, "t": t}


class momentum_scales_the_gradient:
    """Your momentum scales the new gradient as well

    You multiply the sum of velocity and gradient by momentum. Only the old velocity is subject to friction:
    mind the brackets.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * (_velocity(w, state) + dw)
        return w - lr * v, {"v": v}


class weights_exchanged:
    """You exchanged the weights of velocity and gradient

    You keep 1 - momentum of the velocity and take momentum of the gradient. It is the velocity that keeps the
    fraction momentum, and the gradient enters whole.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = (1 - momentum) * _velocity(w, state) + momentum * dw
        return w - lr * v, {"v": v}


class ascent:
    """You walk uphill

    Two signs cancel each other. Either the velocity collects gradients and is subtracted, or it collects
    negative steps and is added.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) - lr * dw
        return w - v, {"v": v}


class friction_with_the_wrong_sign:
    """Your inertia pulls back

    The old velocity enters with the opposite sign of the new gradient: each step brakes against the one
    before. Both enter the velocity with the same sign.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = dw - momentum * _velocity(w, state)
        return w - lr * v, {"v": v}


class state_not_initialised:
    """You read the state before there is anything in it

    At the first step of a parameter the state is an empty dict, so `state["v"]` raises a KeyError. Begin with zeros
    where it has no velocity yet: look at what `state.get` can do.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * state["v"] + dw
        return w - lr * v, {"v": v}


class state_key_misspelt:
    """You look in the state for a key that you never stored

    The first step works, the second raises a KeyError: the dict that you return has another name in it than you
    read. Write the key the same way in both places.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * state["v"] + dw if state else dw
        return w - lr * v, {"velocity": v}


class state_keyed_by_id:
    """You remember each velocity by id(w)

    Your step returns a new array, which comes back as the next w with another id, so the velocity is never found
    again, or that of an older array is. Keep it in the state.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        _, v = _BY_ID.get(id(w), (w, np.zeros_like(w)))
        v = momentum * v + dw
        _BY_ID[id(w)] = w, v
        return w - lr * v, state


class velocity_reset:
    """Your velocity starts from zero at every step

    Each step is a step of plain gradient descent. Either the velocity is not in the state that you return, or
    you do not read it back from there (a global variable, a dictionary by id(w) and a rebound loop variable
    lose it as well).
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * np.zeros_like(w) + dw
        return w - lr * v, {}


class shared_state:
    """Your parameters share one velocity

    You keep the velocity outside of state, in a global variable or a mutable default, so that another
    parameter finds it there. Read it from state and return it in the next one.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _SHARED.get(np.shape(w), np.zeros_like(w)) + dw
        _SHARED[np.shape(w)] = v
        return w - lr * v, state


class velocity_stored_late:
    """You keep the last gradient, not the velocity

    Your step uses only this gradient and the one before. The velocity that you hand on must contain all of
    them: store what you have just computed.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * v, {"v": dw}


class steps_with_the_old_velocity:
    """Your step uses the velocity of the step before

    The weights follow one step behind, and the first step does not move at all. Update the velocity first,
    then move with the new one.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        old = _velocity(w, state)
        return w - lr * old, {"v": momentum * old + dw}


class implements_nesterov:
    """You wrote Nesterov's momentum

    Your step looks ahead: it applies momentum to the new velocity and adds the gradient once more. Plain
    momentum moves by lr times the velocity and no more.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * (dw + momentum * v), {"v": v}


class no_friction:
    """Your velocity never decays

    All gradients so far count in full. Multiply the old velocity by momentum before the new gradient is
    added.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = _velocity(w, state) + dw
        return w - lr * v, {"v": v}


class friction_grows:
    """Your momentum is raised to the power of the step

    The fraction that is kept is momentum itself at every step. Old gradients fade by themselves, because each
    step multiplies the velocity once more.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        t = state.get("t", 0) + 1
        v = momentum**t * _velocity(w, state) + dw
        return w - lr * v, {"v": v, "t": t}


class learning_rate_forgotten:
    """Your step does not use the learning rate

    You subtract the whole velocity, as if lr were 1. Scale it by lr.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - v, {"v": v}


class learning_rate_twice:
    """Your learning rate enters twice

    It scales the gradient on its way into the velocity, and the velocity on its way into the weights. Once is
    enough.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + lr * dw
        return w - lr * v, {"v": v}


class learning_rate_hard_coded:
    """Your learning rate is always 0.01

    The number 0.01 is only the default. When the caller hands in another lr, use that one.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - 0.01 * v, {"v": v}


class momentum_hard_coded:
    """Your momentum is always 0.9

    The number 0.9 is only the default. When the caller hands in another momentum, use that one.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = 0.9 * _velocity(w, state) + dw
        return w - lr * v, {"v": v}


class other_defaults:
    """Your defaults are not the statement's

    With hyper-parameters from the caller your step is right. Without them, the statement says lr=0.01 and
    momentum=0.9: leave the signature as the starter has it.
    """

    def momentum(w, dw, state, *, lr=0.1, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return w - lr * v, {"v": v}


class zero_taken_for_none_given:
    """You take the default where momentum is 0

    `momentum or 0.9` is 0.9 for a momentum of 0 as well, since 0 counts as false; yet it is a number like any other, and
    means plain gradient descent. Leave the default to the signature.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        momentum = momentum or 0.9
        v = momentum * _velocity(w, state) + dw
        return w - lr * v, {"v": v}


class momentum_scales_the_weights:
    """Your momentum shrinks the weights

    You multiply w by momentum in place of the velocity. The weights stay whole; the inertia is in the
    velocity alone.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        return momentum * w - lr * dw, state


class returns_the_step_alone:
    """You return the step, not the weights after it

    What comes back is minus lr times the velocity. The caller wants to know where w is after this step: add
    w.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        return -lr * v, {"v": v}


class in_place:
    """You overwrite the weights of the caller

    Your answer is right, but an update such as w -= ... changes the array that was handed to you. Compute a
    new array and return it.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        w -= lr * v
        return w, {"v": v}


class gradient_kept_as_the_velocity:
    """Your first velocity is the caller's own dw

    Your answer is right, but an assignment gives the same array a second name: the next step changes the velocity in
    place, and with it the gradient of the first step. Let the state keep a copy.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        if "v" in state:
            v = state["v"]
            v *= momentum
            v += dw
        else:
            v = dw
        return w - lr * v, {"v": v}


class first_gradient_overwritten:
    """You overwrite the gradient of the caller at the first step

    Your answer is right, but dw is no longer what it was, and the caller may still need it. Work on a new array.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        v = momentum * _velocity(w, state) + dw
        if not state:
            dw *= 0
        return w - lr * v, {"v": v}


class computes_in_float32:
    """Your weights come back in float32

    The numbers are right, to seven digits. You turn w into float32 (astype, dtype="f"), and half of its digits are
    lost at every step: keep what you return in float64, the dtype of w.
    """

    def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
        w, dw = np.asarray(w, "f"), np.asarray(dw, "f")
        v = momentum * _velocity(w, state) + dw
        return np.asarray(w - lr * v, "f"), {"v": v}
