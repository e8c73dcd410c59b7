"""The public checks of adamw: they run on your own machine."""

import numpy as np

from grader.checks import check, leaves_inputs_alone, matches


@check(points=0)
def walks_the_table_of_the_statement(student, reference, rng):
    """The worked example: three steps from (1, -2)"""
    w, state = np.array([1.0, -2.0]), {}
    gradients = [[0.5, -4.0], [0.1, -4.0], [-0.2, 0.0]]
    path = [[0.89, -1.88], [0.800796, -1.7612], [0.758353, -1.666288]]
    for step, (dw, expected) in enumerate(zip(gradients, path, strict=True), start=1):
        w, state = student.adamw(w, np.array(dw), state, lr=0.1, weight_decay=0.1)
        matches(w, np.array(expected), name=f"at step {step}, next_w", rtol=1e-6)


@check(points=0)
def shrinks_without_a_gradient(student, reference, rng):
    """Without a gradient only the decay is left: each step multiplies w by 1 - lr * weight_decay"""
    w, state = rng.normal(size=(4, 3)), {}
    for step in range(1, 4):
        expected = w * (1 - 0.2 * 0.05)
        w, state = student.adamw(w, np.zeros((4, 3)), state, lr=0.2, weight_decay=0.05)
        matches(w, expected, name=f"at step {step}, next_w")


@check(points=0)
def leaves_w_and_dw_alone(student, reference, rng):
    """The step is pure: w and dw are not modified"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, state = student.adamw(w, dw, {})
    leaves_inputs_alone(student, "adamw", w, dw, state)
