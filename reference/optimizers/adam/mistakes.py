"""Wrong answers to adam that students really write."""

import numpy as np

from .solution import adam

_SHARED = {}  # m, v and t outside of any state
_BY_ID = {}  # the same by id(w), with w, so that its id is not given away
_CALLS = []
_COUNTED = {}  # t outside of any state


def _read(w, state):
    """m, v and the number of this step."""
    return state.get("m", np.zeros_like(w)), state.get("v", np.zeros_like(w)), state.get("t", 0) + 1


def _averages(m, v, dw, beta1, beta2):
    return beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2


def _moments(w, dw, state, beta1, beta2):
    """The right m, v and t after this step."""
    m, v, t = _read(w, state)
    return *_averages(m, v, dw, beta1, beta2), t


def _quotient(a, b):
    """a / b without the warnings: a mistake may divide by zero."""
    with np.errstate(all="ignore"):
        return np.divide(a, b)


def _root(a):
    with np.errstate(all="ignore"):
        return np.sqrt(a)


class no_bias_correction:
    """Your m and v are not bias-corrected

    Both start at zero, so in the first steps they are too small. Divide them by `1 - beta1**t` and `1 - beta2**t`,
    where t is 1 at the first step.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        return w - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v, "t": t}


class only_the_first_moment_corrected:
    """Your v is not bias-corrected

    Only m is. The second moment starts at zero as well: divide it by `1 - beta2**t` before you take the root, and use
    the corrected one in the denominator.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        return w - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), {"m": m, "v": v, "t": t}


class only_the_second_moment_corrected:
    """Your m is not bias-corrected

    Only v is. The first moment starts at zero as well: divide it by `1 - beta1**t`, and use the corrected one in the
    numerator.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        return w - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), {"m": m, "v": v, "t": t}


class correction_of_the_first_step:
    """Your bias correction is always that of the first step

    You divide by 1 - beta1 and 1 - beta2 at every step. Either the exponent t is missing, or t never gets
    beyond 1: increase it, and return it with the state.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class counts_from_zero:
    """Your step counter starts at 0

    Then `1 - beta**t` is 0 at the first step, and you divide zero by zero or something by zero. Increase t before you
    use it, so that it is 1 at the first step, and return it with the state.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat = _quotient(m, 1 - beta1 ** (t - 1))
        v_hat = _quotient(v, 1 - beta2 ** (t - 1))
        return w - lr * _quotient(m_hat, _root(v_hat) + eps), {"m": m, "v": v, "t": t}


class corrects_one_step_late:
    """Your step counter is one behind

    The first step is not corrected at all, and at the second you use `t = 1`. The counter is 1 at the first step
    already: increase it before you use it.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat = m / (1 - beta1 ** (t - 1)) if t > 1 else m
        v_hat = v / (1 - beta2 ** (t - 1)) if t > 1 else v
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class counts_from_two:
    """Your step counter starts at 2

    It begins at 1 and is increased before its first use. Begin at 0 and increase before use, or begin at 1
    and increase after it.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat = m / (1 - beta1 ** (t + 1))
        v_hat = v / (1 - beta2 ** (t + 1))
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class counts_twice:
    """Your step counter is increased twice at each step

    It goes 1, 3, 5: once where you read it and once where you store it. Increase it in one place only.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t + 1}


class squares_beta:
    """Your exponent is 2 at every step

    You divide by `1 - beta**2`. The exponent is t, the number of the step: 1, 2, 3.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**2), v / (1 - beta2**2)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class multiplies_beta_by_t:
    """You multiply beta by t

    In the bias correction t is an exponent: `1 - beta**t`, not `1 - beta * t`. From the second step on yours is
    negative, and its root is not a number.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = _quotient(m, 1 - beta1 * t), _quotient(v, 1 - beta2 * t)
        return w - lr * m_hat / (_root(v_hat) + eps), {"m": m, "v": v, "t": t}


class corrections_exchanged:
    """You exchanged the two bias corrections

    You divide m by `1 - beta2**t` and v by `1 - beta1**t`. Each moment is corrected with the beta that it is averaged
    with.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta1**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class second_moment_corrected_with_beta1:
    """Your v is corrected with beta1

    Its average runs with beta2, so its correction is `1 - beta2**t`. A copied line keeps the name of the first moment.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class second_moment_averaged_with_beta1:
    """Your v is averaged with beta1

    The average of the squared gradients runs with beta2. You use beta1 in it, and beta2 only in its
    correction: look for a copied line.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta1)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class beta1_for_both:
    """You use beta1 for both moments

    The average of the squared gradients, and its correction, have a beta of their own: beta2.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta1)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class betas_exchanged:
    """You exchanged beta1 and beta2

    beta1 belongs to the average of the gradients, beta2 to that of the squared gradients, and so do their
    corrections.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta2, beta1)
        m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta1**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class weights_exchanged:
    """You exchanged beta and 1 - beta

    You keep 1 - beta of the old average and take beta of the new gradient. With beta1=0.9 it is the old
    average that keeps nine tenths.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _read(w, state)
        m, v = _averages(m, v, dw, 1 - beta1, 1 - beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class sums_for_averages:
    """Your moments are sums, not averages

    The new gradient, and its square, enter whole. In an average they are multiplied by 1 - beta1 and 1 -
    beta2.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _read(w, state)
        m, v = beta1 * m + dw, beta2 * v + dw**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class corrected_moments_stored:
    """You keep the corrected moments

    The correction is meant for this step only. What goes into the state are m and v as they were before it;
    otherwise they are corrected again and again.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m_hat, "v": v_hat, "t": t}


class state_not_initialised:
    """You read the state before there is anything in it

    At the first step of a parameter the state is an empty dict, so `state["m"]` raises a KeyError. Begin with zeros
    where it has no moments yet: look at what `state.get` can do.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v = _averages(state["m"], state["v"], dw, beta1, beta2)
        t = state["t"] + 1
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class state_key_misspelt:
    """You look in the state for a key that you never stored

    The first step works, the second raises a KeyError: the dict that you return has other names in it than you
    read. Write each key the same way in both places.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        if not state:
            state = {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
        m, v = _averages(state["m"], state["v"], dw, beta1, beta2)
        t = state["t"] + 1
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "s": v, "t": t}


class state_keyed_by_id:
    """You remember each parameter by id(w)

    Your step returns a new array, which comes back as the next w with another id, so m and v are never found
    again; and your counter counts the calls for all parameters. Keep m, v and t in the state.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        moments = _BY_ID.get(id(w), {})
        m, v, _ = _moments(w, dw, moments, beta1, beta2)
        t = len(_CALLS) + 1
        _BY_ID[id(w)] = {"w": w, "m": m, "v": v}
        _CALLS.append(t)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), state


class moments_reset:
    """Your moments start from zero at every step

    Every step is a first step, of length lr in each weight. Return m, v and t in the next state, and read
    them back from it (a global variable, a dictionary by id(w) and a rebound loop variable lose them as
    well).
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, {}, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {}


class moments_reset_but_counted:
    """Your moments start from zero while the counter runs

    The step is corrected for a long past that m and v do not have. Return both in the next state, beside t,
    and read them back from it.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        _, _, t = _read(w, state)
        m, v = _averages(np.zeros_like(w), np.zeros_like(w), dw, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"t": t}


class shared_state:
    """Your parameters share one state

    You keep m, v or t outside of state, in a global variable or a mutable default, so that another parameter
    finds them there. Read them from state and return them in the next one.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, _SHARED.get(np.shape(w), {}), beta1, beta2)
        _SHARED[np.shape(w)] = {"m": m, "v": v, "t": t}
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), state


class shared_counter:
    """Your parameters share one step counter

    It counts the calls, not the steps of this parameter. Keep t in the state, beside m and v.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, _ = _moments(w, dw, state, beta1, beta2)
        t = _COUNTED[np.shape(w)] = _COUNTED.get(np.shape(w), 0) + 1
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}


class eps_inside_the_root:
    """Your eps is inside the root

    The rest is right, and some courses write it so. Here eps is added to the root of the corrected second
    moment, not to the moment.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / np.sqrt(v_hat + eps), {"m": m, "v": v, "t": t}


class eps_before_the_correction:
    """Your eps is added before the bias correction

    That is the shorter form at the end of section 2 of the paper, with another epsilon. Correct the second
    moment first, take its root, then add eps.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        return w - rate * m / (np.sqrt(v) + eps), {"m": m, "v": v, "t": t}


class eps_ignored:
    """Your denominator has no eps

    Where no gradient has been yet you divide zero by zero. Add eps to the root of the corrected second
    moment.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * _quotient(m_hat, np.sqrt(v_hat)), {"m": m, "v": v, "t": t}


class eps_outside_the_fraction:
    """Your eps is added to the quotient, not to the denominator

    Without brackets the division comes first. It then divides zero by zero where no gradient has been yet,
    and shifts every weight elsewhere: put the denominator in brackets.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * (_quotient(m_hat, np.sqrt(v_hat)) + eps), {"m": m, "v": v, "t": t}


class eps_hard_coded:
    """Your eps is always 1e-8

    The number 1e-8 is only the default. When the caller hands in another eps, use that one.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), {"m": m, "v": v, "t": t}


class root_missing:
    """The root of the second moment is missing

    You divide by the average of the squared gradients itself, so small gradients make huge steps. Take its
    square root first.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * _quotient(m_hat, v_hat + eps), {"m": m, "v": v, "t": t}


class gradient_not_squared:
    """Your second moment averages the gradients, not their squares

    It can become negative, and its root is then not a number. Square dw, element by element, before it enters
    v.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _read(w, state)
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * _quotient(m_hat, _root(v_hat) + eps), {"m": m, "v": v, "t": t}


class squares_the_first_moment:
    """Your second moment averages the squares of m

    It is the gradient of this step that is squared, not its average: look at which name stands in the line of
    v.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _read(w, state)
        m = beta1 * m + (1 - beta1) * dw
        v = beta2 * v + (1 - beta2) * m**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class one_denominator_for_all:
    """Your second moment is one number for the whole array

    You sum or average the squared gradients over the array. Every weight has a learning rate of its own:
    square element by element.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _read(w, state)
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * np.sum(dw**2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class no_first_moment:
    """Your step uses the gradient in place of its average

    That is RMSprop with a correction. The numerator is the corrected first moment, m divided by `1 - beta1**t`.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        return w - lr * dw / (np.sqrt(v / (1 - beta2**t)) + eps), {"m": m, "v": v, "t": t}


class ascent:
    """You walk uphill

    Your step is added. The first moment points to where the loss grows: subtract.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w + lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class learning_rate_forgotten:
    """Your step does not use the learning rate

    Every weight moves by about 1 at the first step. Scale the quotient by lr.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class learning_rate_hard_coded:
    """Your learning rate is always 0.001

    The number 0.001 is only the default. When the caller hands in another lr, use that one.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - 0.001 * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class betas_hard_coded:
    """Your betas are always 0.9 and 0.999

    These numbers are only the defaults. When the caller hands in another beta1 or beta2, use those.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, 0.9, 0.999)
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


def _with_defaults(**defaults):
    """The right step but for these defaults."""
    return lambda w, dw, state, **hyper: adam(w, dw, state, **{**defaults, **hyper})


class other_defaults:
    """Your defaults are not the statement's

    With hyper-parameters from the caller your step is right. Without them, the statement says lr=0.001,
    beta1=0.9, beta2=0.999 and eps=1e-8: leave the signature as the starter has it.
    """

    adam = _with_defaults(lr=0.01)


class another_default_for_eps:
    """Your default for eps is not 1e-8

    Keras has 1e-7. Leave the signature as the starter has it: eps=1e-8, which shows where a gradient is as small as that.
    """

    adam = _with_defaults(eps=1e-7)


class default_eps_of_1e_5(another_default_for_eps):
    adam = _with_defaults(eps=1e-5)


class default_eps_of_1e_6(another_default_for_eps):
    adam = _with_defaults(eps=1e-6)


class default_eps_of_1e_9(another_default_for_eps):
    adam = _with_defaults(eps=1e-9)


class default_eps_of_1e_10(another_default_for_eps):
    adam = _with_defaults(eps=1e-10)


class returns_the_step_alone:
    """You return the step, not the weights after it

    The caller wants to know where w is after this step: subtract the step from w.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return -lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class in_place:
    """You overwrite the weights of the caller

    Your answer is right, but an update such as w -= ... changes the array that was handed to you. Compute a
    new array and return it.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w -= lr * m_hat / (np.sqrt(v_hat) + eps)
        return w, {"m": m, "v": v, "t": t}


class first_gradient_scaled_in_place:
    """You overwrite the gradient of the caller at the first step

    Your answer is right, but `m = dw` gives the same array a second name, so that scaling m in place scales dw. Let the
    state keep a new array.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        if not state:
            m = dw
            m *= 1 - beta1
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v, "t": t}


class computes_in_float32:
    """Your weights come back in float32

    The numbers are right, to seven digits. You turn w into float32 (astype, dtype="f"), and half of its digits are
    lost at every step: keep what you return in float64, the dtype of w.
    """

    def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        w, dw = np.asarray(w, "f"), np.asarray(dw, "f")
        m, v, t = _moments(w, dw, state, beta1, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return np.asarray(w - lr * m_hat / (np.sqrt(v_hat) + eps), "f"), {"m": m, "v": v, "t": t}
