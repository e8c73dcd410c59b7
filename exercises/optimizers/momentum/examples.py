"""The public checks of momentum: they run on your own machine."""

import numpy as np

from grader.checks import check, leaves_inputs_alone, matches


@check(points=0)
def walks_the_table_of_the_statement(student, reference, rng):
    """The worked example: from 1.0, with a gradient of 0.5, to 0.95, 0.855 and 0.7195"""
    w, dw, state = np.array(1.0), np.array(0.5), {}
    for step, expected in enumerate([0.95, 0.855, 0.7195], start=1):
        w, state = student.momentum(w, dw, state, lr=0.1, momentum=0.9)
        matches(w, np.array(expected), name=f"at step {step}, next_w")


@check(points=0)
def without_momentum_is_gradient_descent(student, reference, rng):
    """With momentum=0 every step is a step of plain gradient descent"""
    w, state = rng.normal(size=(4, 3)), {}
    for step in range(1, 4):
        dw = rng.normal(size=(4, 3))
        expected = w - 0.2 * dw
        w, state = student.momentum(w, dw, state, lr=0.2, momentum=0.0)
        matches(w, expected, name=f"at step {step}, next_w")


@check(points=0)
def leaves_w_and_dw_alone(student, reference, rng):
    """The step is pure: w and dw are not modified"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, state = student.momentum(w, dw, {}, lr=0.1)
    leaves_inputs_alone(student, "momentum", w, dw, state, lr=0.1)
