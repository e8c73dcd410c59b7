"""Public checks of mlp_backprop."""

import numpy as np

from grader.checks import check, loss_gradient_check, matches

X = np.array([[1.0, 2.0], [-1.0, 1.0]])
Y = np.array([0, 0])
PARAMS = {
    "w1": np.array([[1.0, -1.0, -1.0], [1.0, 1.0, 0.5]]),
    "b1": np.array([0.5, 0.0, -0.5]),
    "w2": np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]),
    "b2": np.array([-2.0, 0.0]),
}


@check(points=0)
def loss_of_the_worked_example(student, reference, rng):
    """The statement's example has the loss 1.0877, and 1.5502 with reg = 0.1"""
    loss, _ = student.mlp_loss(X, Y, PARAMS)
    matches(loss, 1.0877451310814297, name="loss")
    loss, _ = student.mlp_loss(X, Y, PARAMS, 0.1)
    matches(loss, 1.5502451310814296, name="loss with reg = 0.1")


@check(points=0)
def gradients_of_the_worked_example(student, reference, rng):
    """The statement's example has these gradients with respect to w1 and b2"""
    _, grads = student.mlp_loss(X, Y, PARAMS)
    expected = {
        "w1": np.array([[0.220016904, -0.220016904, 0.817574476], [-0.786327907, 0.786327907, -0.817574476]]),
        "b2": np.array([-0.597557572, 0.597557572]),
    }
    matches({key: grads[key] for key in expected if key in grads}, expected, name="grads")


@check(points=0)
def starts_at_the_logarithm_of_the_classes(student, reference, rng):
    """With all parameters 0, each of 7 classes has the same probability, and the loss is log 7"""
    params = {"w1": np.zeros((3, 5)), "b1": np.zeros(5), "w2": np.zeros((5, 7)), "b2": np.zeros(7)}
    loss, _ = student.mlp_loss(rng.normal(size=(4, 3)), rng.integers(0, 7, 4), params, 0.5)
    matches(loss, np.log(7), name="loss")


@check(points=0)
def agrees_with_differences(student, reference, rng):
    """With a penalty, the gradients agree with central differences of your own loss"""
    params = {
        "w1": rng.normal(size=(3, 5)),
        "b1": rng.normal(size=5),
        "w2": rng.normal(size=(5, 2)),
        "b2": rng.normal(size=2),
    }
    inputs = {"x": rng.normal(size=(4, 3)), "y": rng.integers(0, 2, 4), "params": params, "reg": 0.3}
    loss_gradient_check(student, reference, "mlp_loss", inputs, rng, wrt=["params"])
