"""The hidden checks of momentum."""

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

# Not much narrower than that of `follows`: whoever keeps hyper-parameters or velocities in float32 has done nothing wrong.
RTOL = 1e-5


# A step that leaves w where it is.
STILL = {"lr": 1e-300}


def _between(rng, low, high):
    return round(low + (high - low) * rng.random(), 4)


@check(points=2)
def starts_from_rest(student, reference, rng):
    """The first step goes downhill by lr times the gradient: the velocity before it is zero"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    hyper = {"lr": _between(rng, 0.1, 0.3), "momentum": _between(rng, 0.6, 0.85)}
    next_w, _ = student.momentum(w, dw, {}, **hyper)
    matches(next_w, reference.momentum(w, dw, {}, **hyper)[0], name="next_w", rtol=RTOL)


@check(points=1)
def rolls_on_with_friction(student, reference, rng):
    """When the gradient is zero the weights roll on, each time by a fraction `momentum` of the step before"""
    w, dw, flat = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), np.zeros((2, 3))
    hyper = {"lr": _between(rng, 0.1, 0.3), "momentum": _between(rng, 0.6, 0.85)}
    expected_1, state = reference.momentum(w, dw, {}, **hyper)
    expected_2, state = reference.momentum(expected_1, flat, state, **hyper)
    expected_3, _ = reference.momentum(expected_2, flat, state, **hyper)
    with student.batch():
        w_1, state = student.momentum(w, dw, {}, **hyper)
        w_2, state = student.momentum(w_1, flat, state, **hyper)
        w_3, _ = student.momentum(w_2, flat, state, **hyper)
    matches(w_1.value, expected_1, name="at the first step, next_w", rtol=RTOL)
    matches(w_2.value, expected_2, name="at the second step, with a gradient of zero, next_w", rtol=RTOL)
    matches(w_3.value, expected_3, name="at the third step, with a gradient of zero, next_w", rtol=RTOL)


@check(points=3)
def walks_with_inertia(student, reference, rng):
    """It walks the right path for 20 steps: in a bowl, with arrays of 0, 3 and 4 axes, and in Rosenbrock's valley"""
    hyper = {"lr": _between(rng, 0.02, 0.06), "momentum": _between(rng, 0.6, 0.85)}
    follows(student, reference, "momentum", quadratic(rng) + rosenbrock(rng), steps=20, **hyper)


@check(points=1, after=walks_with_inertia)
def copes_with_sparse_gradients(student, reference, rng):
    """A weight that rarely sees a gradient keeps its velocity in between"""
    hyper = {"lr": _between(rng, 0.05, 0.2), "momentum": _between(rng, 0.6, 0.85)}
    follows(student, reference, "momentum", sparse(rng), steps=20, **hyper)


@check(points=1, after=starts_from_rest)
def keeps_a_state_for_each_parameter(student, reference, rng):
    """Two parameters of the same shape that take turns do not feel each other"""
    hyper = {"lr": _between(rng, 0.1, 0.3), "momentum": _between(rng, 0.6, 0.85)}
    keeps_states_apart(student, "momentum", rng, **hyper)


@check(points=1, after=walks_with_inertia)
def has_the_defaults_of_the_statement(student, reference, rng):
    """Called without hyper-parameters, it uses lr=0.01 and momentum=0.9; a momentum of 0 is used as it is"""
    w, dws = rng.normal(size=(3, 2)), rng.normal(size=(3, 3, 2))
    expected, state = w, {}
    for dw in dws:
        expected, state = reference.momentum(expected, dw, state)
    with student.batch():
        path = student.walk("momentum", [w], [dws])
        without = student.walk("momentum", [w.T], [dws.transpose(0, 2, 1)], momentum=0.0)
    matches(path.value[0][-1], expected, name="after three steps, next_w", rtol=RTOL)
    plain = w - 0.01 * dws.sum(axis=0)
    matches(without.value[0][-1], plain.T, name="after three steps with a momentum of 0, next_w", rtol=RTOL)


@check(points=1, after=starts_from_rest)
def leaves_its_inputs_alone(student, reference, rng):
    """The step is pure, and in float64: w and dw are not modified, now or later, next_w has their dtype, only state remembers"""
    w, dw = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    hyper = {"lr": _between(rng, 0.1, 0.3), "momentum": _between(rng, 0.6, 0.85)}
    takes_pure_steps(student, "momentum", rng, STILL, **hyper)
    with student.batch():
        w_1, _ = student.momentum(w, dw, {}, **hyper)
        once, _ = student.momentum(w_1, dw, {}, **hyper)
        again, _ = student.momentum(w_1, dw, {}, **hyper)  # with the very array of the call before
    matches(again.value, once.value, name="called once more with the same w, the same dw and an empty state, next_w")
