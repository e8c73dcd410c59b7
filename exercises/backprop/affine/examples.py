"""Public checks of the affine layer."""

import numpy as np

from grader.checks import check, gradient_check, matches

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
W = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
B = np.array([10.0, 20.0])


@check(points=0)
def computes_the_worked_example(student, reference, rng):
    """The forward pass of the statement's example gives [[14, 19], [20, 19]]"""
    out, _ = student.affine_forward(X, W, B)
    matches(out, np.array([[14.0, 19.0], [20.0, 19.0]]), name="out")


@check(points=0)
def goes_back_through_the_worked_example(student, reference, rng):
    """The backward pass of the statement's example gives its dx, dw and db"""
    _, cache = student.affine_forward(X, W, B)
    dx, dw, db = student.affine_backward(np.array([[1.0, 0.0], [2.0, -1.0]]), cache)
    matches(dx, np.array([[1.0, 0.0, 1.0], [2.0, -1.0, 3.0]]), name="dx")
    matches(dw, np.array([[9.0, -4.0], [12.0, -5.0], [15.0, -6.0]]), name="dw")
    matches(db, np.array([3.0, -1.0]), name="db")


@check(points=0)
def flattens_each_sample(student, reference, rng):
    """Samples of shape (2, 3) give what the same samples give as rows of 6 numbers"""
    x, w, b = rng.normal(size=(4, 2, 3)), rng.normal(size=(6, 5)), rng.normal(size=5)
    out, _ = student.affine_forward(x, w, b)
    from_rows, _ = student.affine_forward(x.reshape(4, 6), w, b)
    matches(out, from_rows, name="out")


@check(points=0)
def agrees_with_differences(student, reference, rng):
    """The gradients agree with central differences of your own forward pass"""
    inputs = {"x": rng.normal(size=(4, 2, 3)), "w": rng.normal(size=(6, 5)), "b": rng.normal(size=5)}
    gradient_check(student, reference, "affine_forward", "affine_backward", inputs, rng, wrt=list(inputs))
