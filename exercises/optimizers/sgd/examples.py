"""The public checks of sgd: they run on your own machine."""

import numpy as np

from grader.checks import check, leaves_inputs_alone, matches


@check(points=0)
def takes_the_step_of_the_statement(student, reference, rng):
    """The worked example of the statement: [1.0, -2.0, 0.5] becomes [0.95, -1.9, 0.5]"""
    w, dw = np.array([1.0, -2.0, 0.5]), np.array([0.5, -1.0, 0.0])
    next_w, _ = student.sgd(w, dw, {}, lr=0.1)
    matches(next_w, np.array([0.95, -1.9, 0.5]), name="next_w")


@check(points=0)
def comes_down_a_parabola(student, reference, rng):
    """Ten steps on L(w) = w**2 from w = 1 with lr = 0.1 end at 0.8**10 = 0.107..."""
    w, state = np.array(1.0), {}
    for _ in range(10):
        w, state = student.sgd(w, 2 * w, state, lr=0.1)
    matches(w, np.array(0.8**10), name="after ten steps, w")


@check(points=0)
def leaves_w_and_dw_alone(student, reference, rng):
    """The step is pure: w and dw are not modified"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, state = student.sgd(w, dw, {}, lr=0.1)
    leaves_inputs_alone(student, "sgd", w, dw, state, lr=0.1)
