"""The hidden checks of adam."""

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


DEFAULTS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}

# A step that leaves w where it is.
STILL = {"lr": 1e-300}


def _between(rng, low, high):
    return round(low + (high - low) * rng.random(), 4)


def _hyper(rng):
    """Hyper-parameters with which beta1, beta2 and the number of the step all show."""
    return {
        "lr": _between(rng, 0.02, 0.08),
        "beta1": _between(rng, 0.6, 0.85),
        "beta2": _between(rng, 0.93, 0.98),
        "eps": TINY,
    }


def _steep(rng, shape):
    """Gradients of both signs, none of them near zero; in the last column all positive."""
    signs = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
    signs[..., -1] = 1.0
    return signs * (0.4 + 2.1 * rng.random(shape))


@check(points=1)
def makes_steps_of_length_lr(student, reference, rng):
    """With a constant gradient every step has the length lr: t is 1 at the first, then 2, 3"""
    w, dw, hyper = rng.normal(size=(3, 2)), _steep(rng, (3, 2)), _hyper(rng)
    with student.batch():  # call by call: an exception at the second step has another cause than one at the first
        w_1, state = student.adam(w, dw, {}, **hyper)
        w_2, state = student.adam(w_1, dw, state, **hyper)
        w_3, _ = student.adam(w_2, dw, state, **hyper)
    for t, next_w in enumerate((w_1, w_2, w_3), start=1):
        matches(next_w.value, w - t * hyper["lr"] * np.sign(dw), name=f"at step {t}, next_w", rtol=RTOL)


@check(points=2)
def steps_right_in_the_long_run(student, reference, rng):
    """The 12th step is right: with small betas no bias correction shows any more by then"""
    w, dws = rng.normal(size=4), _steep(rng, (12, 4))
    hyper = {**_hyper(rng), "beta1": _between(rng, 0.08, 0.18), "beta2": _between(rng, 0.22, 0.3)}
    before, expected, state = w, w, {}
    for dw in dws:
        before = expected
        expected, state = reference.adam(expected, dw, state, **hyper)
    (path,) = student.walk("adam", [w], [dws], **hyper)
    # w itself may be rounded to float32
    room = RTOL * np.abs(expected).max()
    matches(path[-1] - path[-2], expected - before, name="at step 12, the change of w", rtol=RTOL, atol=room)


@check(points=2)
def walks_with_two_moments(student, reference, rng):
    """It walks the right path for 20 steps: in a bowl, with arrays of 0, 3 and 4 axes, and in Rosenbrock's valley"""
    follows(student, reference, "adam", quadratic(rng) + rosenbrock(rng), steps=20, **_hyper(rng))


@check(points=1, after=walks_with_two_moments)
def copes_with_sparse_gradients(student, reference, rng):
    """A weight that has never seen a gradient stays where it is, and is finite"""
    follows(student, reference, "adam", sparse(rng), steps=20, **_hyper(rng))


@check(points=1, after=makes_steps_of_length_lr)
def adds_eps_to_the_corrected_root(student, reference, rng):
    """eps is added outside the root, after the bias correction"""
    w, dw = rng.normal(size=(3, 2)), rng.normal(0, 0.5, size=(3, 2))
    dw[0, 0] = _between(rng, 1, 5) * 1e-8  # tells a fixed 1e-8 from none at all
    hyper = {**_hyper(rng), "eps": _between(rng, 0.05, 0.2)}
    next_w, _ = student.adam(w, dw, {}, **hyper)
    matches(next_w, reference.adam(w, dw, {}, **hyper)[0], name="with a large eps, next_w", rtol=RTOL)


@check(points=1, after=steps_right_in_the_long_run)
def keeps_a_state_for_each_parameter(student, reference, rng):
    """Two parameters of the same shape that take turns do not feel each other"""
    keeps_states_apart(student, "adam", rng, **_hyper(rng))


@check(points=1, after=walks_with_two_moments)
def has_the_defaults_of_the_statement(student, reference, rng):
    """Called without hyper-parameters, it uses lr=0.001, beta1=0.9, beta2=0.999 and eps=1e-8"""
    # The weights are small, and so is the tolerance: the steps are short, and the betas have to show in them. So does eps,
    # beside a gradient of its size. Where it stands does not matter here: the same is expected of the same numbers handed
    # in, with another shape, as it is not about shared states either.
    w, dws = rng.normal(0, 0.01, size=(3, 2)), _steep(rng, (3, 3, 2))
    dws[:, 0, 0] = _between(rng, 1, 3) * 1e-8
    with student.batch():
        path = student.walk("adam", [w], [dws])
        right = student.walk("adam", [w[..., None]], [dws[..., None]], **DEFAULTS)
    expected = right.value[0][-1].reshape(w.shape)
    matches(path.value[0][-1], expected, name="after three steps, next_w", rtol=RTOL)


@check(points=1, after=steps_right_in_the_long_run)
def leaves_its_inputs_alone(student, reference, rng):
    """The step is pure, and in float64: w and dw are not modified, now or later, and next_w has their dtype"""
    takes_pure_steps(student, "adam", rng, STILL, **_hyper(rng))
