"""The public checks of adam: they run on your own machine."""

import numpy as np

from grader.checks import check, leaves_inputs_alone, matches


@check(points=0)
def walks_the_table_of_the_statement(student, reference, rng):
    """The worked example: three steps from (1, -2)"""
    w, state = np.array([1.0, -2.0]), {}
    gradients = [[0.5, -4.0], [0.1, -4.0], [-0.2, 0.0]]
    path = [[0.9, -1.9], [0.819696, -1.8], [0.785261, -1.7227]]
    for step, (dw, expected) in enumerate(zip(gradients, path, strict=True), start=1):
        w, state = student.adam(w, np.array(dw), state, lr=0.1)
        matches(w, np.array(expected), name=f"at step {step}, next_w", rtol=1e-6)


@check(points=0)
def makes_steps_of_length_lr(student, reference, rng):
    """With a constant gradient, large or small, every step has the length lr"""
    w, dw, state = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), {}
    for step in range(1, 6):
        expected = w - 0.1 * np.sign(dw)
        w, state = student.adam(w, dw, state, lr=0.1, eps=1e-15)
        matches(w, expected, name=f"at step {step}, next_w")


@check(points=0)
def leaves_w_and_dw_alone(student, reference, rng):
    """The step is pure: w and dw are not modified"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, state = student.adam(w, dw, {})
    leaves_inputs_alone(student, "adam", w, dw, state)
