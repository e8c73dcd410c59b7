"""The hidden checks of adamw."""

import numpy as np

from grader.checks import (
    check,
    follows,
    keeps_states_apart,
    matches,
    quadratic,
    rosenbrock,
    sparse,
    takes_pure_steps,
)

# Not much narrower than that of `follows`: whoever keeps hyper-parameters or moments in float32 has done nothing wrong.
RTOL = 1e-5

# So small that it does not show where it stands; that is a check of its own.
TINY = 1e-15


DEFAULTS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01}

# A step that leaves w where it is.
STILL = {"lr": 1e-300, "weight_decay": 0.0}


def _between(rng, low, high):
    return round(low + (high - low) * rng.random(), 4)


def _adam(rng):
    """Hyper-parameters with which beta1, beta2 and the number of the step all show."""
    return {
        "lr": _between(rng, 0.02, 0.08),
        "beta1": _between(rng, 0.6, 0.85),
        "beta2": _between(rng, 0.93, 0.98),
        "eps": TINY,
    }


def _decaying(rng):
    return {**_adam(rng), "weight_decay": _between(rng, 0.1, 0.5)}


def _steep(rng, shape):
    """Numbers of both signs, none of them near zero."""
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0) * (0.4 + 2.1 * rng.random(shape))


@check(points=1)
def shrinks_without_a_gradient(student, reference, rng):
    """When the gradient is zero, each step multiplies the weights by 1 - lr * weight_decay, in a vector too"""
    w, flat = _steep(rng, (8,)), np.zeros(8)
    hyper = {**_decaying(rng), "eps": 1e-8}
    with student.batch():
        w_1, state = student.adamw(w, flat, {}, **hyper)
        w_2, _ = student.adamw(w_1, flat, state, **hyper)
    left = 1 - hyper["lr"] * hyper["weight_decay"]
    matches(w_1.value, w * left, name="at the first step, with a gradient of zero, next_w", rtol=RTOL)
    matches(w_2.value, w * left**2, name="at the second step, with a gradient of zero, next_w", rtol=RTOL)


@check(points=2)
def is_adam_without_decay(student, reference, rng):
    """With weight_decay=0 it walks Adam's path over 20 steps in Rosenbrock's valley"""
    follows(student, reference, "adamw", rosenbrock(rng), steps=20, weight_decay=0.0, **_adam(rng))


@check(points=2)
def decays_apart_from_the_gradient(student, reference, rng):
    """With decay it walks the right path over 20 steps in a bowl, with arrays of 0, 3 and 4 axes"""
    follows(student, reference, "adamw", quadratic(rng), steps=20, **_decaying(rng))


@check(points=1, after=decays_apart_from_the_gradient)
def copes_with_sparse_gradients(student, reference, rng):
    """A weight that has never seen a gradient decays, and is finite"""
    follows(student, reference, "adamw", sparse(rng), steps=20, **_decaying(rng))


@check(points=1, after=is_adam_without_decay)
def adds_eps_to_the_corrected_root(student, reference, rng):
    """eps is added outside the root, after the bias correction"""
    w, dw = rng.normal(size=(3, 2)), rng.normal(0, 0.5, size=(3, 2))
    dw[0, 0] = _between(rng, 1, 5) * 1e-8  # tells a fixed 1e-8 from none at all
    hyper = {**_adam(rng), "eps": _between(rng, 0.05, 0.2), "weight_decay": 0.0}
    next_w, _ = student.adamw(w, dw, {}, **hyper)
    matches(next_w, reference.adamw(w, dw, {}, **hyper)[0], name="with a large eps, next_w", rtol=RTOL)


@check(points=1, after=is_adam_without_decay)
def keeps_a_state_for_each_parameter(student, reference, rng):
    """Two parameters of the same shape that take turns do not feel each other"""
    keeps_states_apart(student, "adamw", rng, **_decaying(rng))


@check(points=1, after=decays_apart_from_the_gradient)
def has_the_defaults_of_the_statement(student, reference, rng):
    """Called without hyper-parameters, it uses the defaults of the statement, weight_decay=0.01 among them"""
    # The steps are short. Beside small weights, and their small tolerance, the betas show; beside large ones the decay; and
    # eps beside a gradient of its size. Where it stands does not matter here: the same is expected of the same numbers
    # handed in, with other shapes, as it is not about shared states either.
    w, dws = _steep(rng, (3, 2)), _steep(rng, (3, 3, 2))
    dws[:, 0, 0] = _between(rng, 1, 3) * 1e-8
    small, large = w / 100, w.T
    with student.batch():
        paths = student.walk("adamw", [small, large], [dws, dws.transpose(0, 2, 1)])
        right = student.walk(
            "adamw",
            [small[..., None], large[..., None]],
            [dws[..., None], dws.transpose(0, 2, 1)[..., None]],
            **DEFAULTS,
        )
    for path, expected, rtol in zip(paths.value, right.value, (RTOL, RTOL / 10), strict=True):
        matches(path[-1], expected[-1].reshape(path[-1].shape), name="after three steps, next_w", rtol=rtol)


@check(points=1, after=is_adam_without_decay)
def leaves_its_inputs_alone(student, reference, rng):
    """The step is pure, and in float64: w and dw are not modified, now or later, and next_w has their dtype"""
    takes_pure_steps(student, "adamw", rng, STILL, **_decaying(rng))
