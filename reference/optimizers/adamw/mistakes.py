"""Wrong answers to adamw that students really write."""

import numpy as np

from .solution import adamw

_SHARED = {}  # m, v and t outside of any state
_BY_ID = {}  # the same by id(w), with w, so that its id is not given away
_CALLS = []


def _read(w, state):
    """m, v and the number of this step."""
    return state.get("m", np.zeros_like(w)), state.get("v", np.zeros_like(w)), state.get("t", 0) + 1


def _averages(m, v, dw, beta1, beta2):
    return beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2


def _moments(w, dw, state, beta1, beta2):
    """The right m, v and t after this step."""
    m, v, t = _read(w, state)
    return *_averages(m, v, dw, beta1, beta2), t


def _corrected(m, v, t, beta1, beta2):
    return m / (1 - beta1**t), v / (1 - beta2**t)


def _quotient(a, b):
    """a / b without the warnings: a mistake may divide by zero."""
    with np.errstate(all="ignore"):
        return np.divide(a, b)


def _adam_step(w, dw, state, lr, beta1, beta2, eps):
    """The right step of Adam, without its sign, and the next state."""
    m, v, t = _moments(w, dw, state, beta1, beta2)
    m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
    return lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class l2_in_the_gradient:
    """Your decay is an L2 penalty in the gradient

    You add `weight_decay * w` to dw, so it passes through both moments and is divided away where gradients are large.
    Leave dw as it came, and subtract the decay from the weights.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw + weight_decay * w, state, lr, beta1, beta2, eps)
        return w - step, next_state


class l2_and_decay:
    """You decay twice: in the gradient and in the weights

    The decay of the weights is right. The term that you add to dw beside it is the L2 penalty that AdamW
    replaces: leave it out.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw + weight_decay * w, state, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w - step, next_state


class no_decay:
    """Your weights do not decay

    This is Adam: weight_decay is not used. Subtract `lr * weight_decay * w` as well.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - step, next_state


class vectors_do_not_decay:
    """Your decay leaves out weights of one axis

    Many training scripts decay no biases, and find them by their number of axes. Which weights decay is the caller's
    choice: here every w that comes in does, whatever its shape.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w * (np.ndim(w) != 1) - step, next_state


class vectors_and_numbers_do_not_decay:
    """Your decay leaves out weights of one axis, and those of none

    Many training scripts decay no biases, and find them by their number of axes. Which weights decay is the caller's
    choice: here every w that comes in does, whatever its shape.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w * (np.ndim(w) > 1) - step, next_state


class decay_without_learning_rate:
    """Your decay is not multiplied by the learning rate

    That is the form of the paper, where another schedule scales the decay. Here, as in PyTorch, each step takes
    `lr * weight_decay` of the weights.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - weight_decay * w - step, next_state


class decay_scaled_twice:
    """Your decay is multiplied by the learning rate twice

    It is scaled once by itself and once together with Adam's step. Once is enough: mind the brackets.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr**2 * weight_decay * w - step, next_state


class decay_inside_the_fraction:
    """Your decay is divided by the root of the second moment

    You add it to the corrected first moment, in the numerator. Decoupled means that it stands outside of the
    fraction.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (m_hat + weight_decay * w) / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class decay_in_the_first_moment:
    """Your decay enters the first moment

    The second moment is free of it, the first is not: there it is averaged, corrected and divided by the
    root. Leave both moments alone and subtract the decay from the weights.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _read(w, state)
        m = beta1 * m + (1 - beta1) * (dw + weight_decay * w)
        v = beta2 * v + (1 - beta2) * dw**2
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class decays_after_the_step:
    """You decay the weights after Adam's step

    Some libraries do so, and it shrinks the step as well. Here the decay is taken of the weights before the
    step: shrink first, or subtract both at once.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return (w - step) * (1 - lr * weight_decay), next_state


class decay_with_the_wrong_sign:
    """Your weights grow in place of decaying

    You add the decay. It is subtracted, like the rest of the step.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w + lr * weight_decay * w - step, next_state


class decays_by_sign:
    """Your decay takes the same from every weight

    You subtract the sign of w, which is the gradient of an L1 penalty. Decay takes a fraction of the weight
    itself.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr * weight_decay * np.sign(w) - step, next_state


class decays_twice_as_much:
    """Your decay is twice as strong

    You take the derivative of `weight_decay * w**2`, which has a factor 2. The decay is `lr * weight_decay * w`.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - 2 * lr * weight_decay * w - step, next_state


class weight_decay_hard_coded:
    """Your weight decay is always 0.01

    The number 0.01 is only the default. When the caller hands in another weight_decay, use that one.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr * 0.01 * w - step, next_state


class no_bias_correction:
    """Your m and v are not bias-corrected

    Both start at zero, so in the first steps they are too small. Divide them by `1 - beta1**t` and `1 - beta2**t`,
    where t is 1 at the first step.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        return w - lr * (weight_decay * w + m / (np.sqrt(v) + eps)), {"m": m, "v": v, "t": t}


class only_the_first_moment_corrected:
    """Your v is not bias-corrected

    Only m is. The second moment starts at zero as well: divide it by `1 - beta2**t` before you take the root, and use
    the corrected one in the denominator.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat = m / (1 - beta1**t)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v) + eps)), {"m": m, "v": v, "t": t}


class only_the_second_moment_corrected:
    """Your m is not bias-corrected

    Only v is. The first moment starts at zero as well: divide it by `1 - beta1**t`, and use the corrected one in the
    numerator.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        v_hat = v / (1 - beta2**t)
        return w - lr * (weight_decay * w + m / (np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}


class correction_of_the_first_step:
    """Your bias correction is always that of the first step

    You divide by 1 - beta1 and 1 - beta2 at every step. Either the exponent t is missing, or t never gets
    beyond 1: increase it, and return it with the state.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, 1, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}


class counts_from_zero:
    """Your step counter starts at 0

    Then `1 - beta**t` is 0 at the first step, and you divide zero by zero or something by zero. Increase t before you
    use it, so that it is 1 at the first step, and return it with the state.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat = _quotient(m, 1 - beta1 ** (t - 1))
        v_hat = _quotient(v, 1 - beta2 ** (t - 1))
        return w - lr * (weight_decay * w + _quotient(m_hat, np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}


class counts_from_two:
    """Your step counter starts at 2

    It begins at 1 and is increased before its first use. Begin at 0 and increase before use, or begin at 1
    and increase after it.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t + 1, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}


class betas_exchanged:
    """You exchanged beta1 and beta2

    beta1 belongs to the average of the gradients, beta2 to that of the squared gradients, and so do their
    corrections.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta2, beta1, eps)
        return w - lr * weight_decay * w - step, next_state


class corrected_moments_stored:
    """You keep the corrected moments

    The correction is meant for this step only. What goes into the state are m and v as they were before it;
    otherwise they are corrected again and again.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m_hat, "v": v_hat, "t": t}


class state_not_initialised:
    """You read the state before there is anything in it

    At the first step of a parameter the state is an empty dict, so `state["m"]` raises a KeyError. Begin with zeros
    where it has no moments yet: look at what `state.get` can do.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v = _averages(state["m"], state["v"], dw, beta1, beta2)
        t = state["t"] + 1
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m, "v": v, "t": t}


class state_key_misspelt:
    """You look in the state for a key that you never stored

    The first step works, the second raises a KeyError: the dict that you return has other names in it than you
    read. Write each key the same way in both places.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        if not state:
            state = {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
        m, v = _averages(state["m"], state["v"], dw, beta1, beta2)
        t = state["t"] + 1
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), {"m": m, "s": v, "t": t}


class state_keyed_by_id:
    """You remember each parameter by id(w)

    Your step returns a new array, which comes back as the next w with another id, so m and v are never found
    again; and your counter counts the calls for all parameters. Keep m, v and t in the state.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        moments = _BY_ID.get(id(w), {})
        m, v, _ = _moments(w, dw, moments, beta1, beta2)
        t = len(_CALLS) + 1
        _BY_ID[id(w)] = {"w": w, "m": m, "v": v}
        _CALLS.append(t)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), state


class moments_reset:
    """Your moments start from zero at every step

    Every step is a first step. Return m, v and t in the next state, and read them back from it (a global
    variable, a dictionary by id(w) and a rebound loop variable lose them as well).
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, _ = _adam_step(w, dw, {}, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w - step, {}


class shared_state:
    """Your parameters share one state

    You keep m, v or t outside of state, in a global variable or a mutable default, so that another parameter
    finds them there. Read them from state and return them in the next one.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        memory = _SHARED.get(np.shape(w), {})
        step, _SHARED[np.shape(w)] = _adam_step(w, dw, memory, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w - step, state


class eps_inside_the_root:
    """Your eps is inside the root

    The rest is right, and some courses write it so. Here eps is added to the root of the corrected second
    moment, not to the moment.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + m_hat / np.sqrt(v_hat + eps)), {"m": m, "v": v, "t": t}


class eps_before_the_correction:
    """Your eps is added before the bias correction

    That is the shorter form of Adam, with another epsilon. Correct the second moment first, take its root,
    then add eps.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        return w - lr * weight_decay * w - rate * m / (np.sqrt(v) + eps), {"m": m, "v": v, "t": t}


class eps_ignored:
    """Your denominator has no eps

    Where no gradient has been yet you divide zero by zero. Add eps to the root of the corrected second
    moment.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + _quotient(m_hat, np.sqrt(v_hat))), {"m": m, "v": v, "t": t}


class eps_outside_the_fraction:
    """Your eps is added to the quotient, not to the denominator

    Without brackets the division comes first. It then divides zero by zero where no gradient has been yet,
    and shifts every weight elsewhere: put the denominator in brackets.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + _quotient(m_hat, np.sqrt(v_hat)) + eps), {"m": m, "v": v, "t": t}


class eps_hard_coded:
    """Your eps is always 1e-8

    The number 1e-8 is only the default. When the caller hands in another eps, use that one.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, 1e-8)
        return w - lr * weight_decay * w - step, next_state


class root_missing:
    """The root of the second moment is missing

    You divide by the average of the squared gradients itself, so small gradients make huge steps. Take its
    square root first.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return w - lr * (weight_decay * w + _quotient(m_hat, v_hat + eps)), {"m": m, "v": v, "t": t}


class ascent:
    """You walk uphill

    Adam's part of the step is added. The first moment points to where the loss grows: subtract it.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return w - lr * weight_decay * w + step, next_state


class learning_rate_forgotten:
    """Adam's part of your step does not use the learning rate

    Every weight moves by about 1 at the first step. Scale the quotient by lr, as the decay.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, 1.0, beta1, beta2, eps)
        return w - lr * weight_decay * w - step, next_state


class learning_rate_hard_coded:
    """Your learning rate is always 0.001

    The number 0.001 is only the default. When the caller hands in another lr, use that one.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, 0.001, beta1, beta2, eps)
        return w - 0.001 * weight_decay * w - step, next_state


class betas_hard_coded:
    """Your betas are always 0.9 and 0.999

    These numbers are only the defaults. When the caller hands in another beta1 or beta2, use those.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, 0.9, 0.999, eps)
        return w - lr * weight_decay * w - step, next_state


def _with_defaults(**defaults):
    """The right step but for these defaults."""
    return lambda w, dw, state, **hyper: adamw(w, dw, state, **{**defaults, **hyper})


class other_defaults:
    """Your defaults are not the statement's

    With hyper-parameters from the caller your step is right. Without them, the statement says lr=0.001,
    beta1=0.9, beta2=0.999, eps=1e-8 and weight_decay=0.01: leave the signature as the starter has it.
    """

    adamw = _with_defaults(lr=0.01)


class another_default_for_eps:
    """Your default for eps is not 1e-8

    Keras has 1e-7. Leave the signature as the starter has it: eps=1e-8, which shows where a gradient is as small as that.
    """

    adamw = _with_defaults(eps=1e-7)


class default_eps_of_1e_5(another_default_for_eps):
    adamw = _with_defaults(eps=1e-5)


class default_eps_of_1e_6(another_default_for_eps):
    adamw = _with_defaults(eps=1e-6)


class default_eps_of_1e_9(another_default_for_eps):
    adamw = _with_defaults(eps=1e-9)


class default_eps_of_1e_10(another_default_for_eps):
    adamw = _with_defaults(eps=1e-10)


class another_default_for_weight_decay:
    """Your default for weight_decay is not 0.01

    The decay itself is right. Called without weight_decay, yours has another strength, or none: leave the signature as
    the starter has it, weight_decay=0.01.
    """

    adamw = _with_defaults(weight_decay=0.0)


class default_decay_of_1e_3(another_default_for_weight_decay):
    adamw = _with_defaults(weight_decay=1e-3)


class default_decay_of_5e_3(another_default_for_weight_decay):
    adamw = _with_defaults(weight_decay=5e-3)


class default_decay_of_5e_2(another_default_for_weight_decay):
    adamw = _with_defaults(weight_decay=5e-2)


class default_decay_of_1e_1(another_default_for_weight_decay):
    adamw = _with_defaults(weight_decay=1e-1)


class returns_the_step_alone:
    """You return the step, not the weights after it

    The caller wants to know where w is after this step: subtract the step from w.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        return -lr * weight_decay * w - step, next_state


class in_place:
    """You overwrite the weights of the caller

    Your answer is right, but an update such as w -= ... or w *= ... changes the array that was handed to you.
    Compute a new array and return it.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        step, next_state = _adam_step(w, dw, state, lr, beta1, beta2, eps)
        w *= 1 - lr * weight_decay
        w -= step
        return w, next_state


class first_gradient_scaled_in_place:
    """You overwrite the gradient of the caller at the first step

    Your answer is right, but `m = dw` gives the same array a second name, so that scaling m in place scales dw. Let the
    state keep a new array.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        if not state:
            m = dw
            m *= 1 - beta1
        return (1 - lr * weight_decay) * w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class computes_in_float32:
    """Your weights come back in float32

    The numbers are right, to seven digits. You turn w into float32 (astype, dtype="f"), and half of its digits are
    lost at every step: keep what you return in float64, the dtype of w.
    """

    def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        w, dw = np.asarray(w, "f"), np.asarray(dw, "f")
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _corrected(m, v, t, beta1, beta2)
        return np.asarray(w - lr * (weight_decay * w + m_hat / (np.sqrt(v_hat) + eps)), "f"), {"m": m, "v": v, "t": t}
