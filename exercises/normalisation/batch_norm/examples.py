"""Public checks of the batch_norm exercise; they need no reference."""

import numpy as np

from grader.checks import check, gradient_check, matches

X = np.array([[1.0, 2.0], [3.0, -2.0], [5.0, 4.0], [7.0, 0.0]])
GAMMA, BETA = np.array([2.0, 3.0]), np.array([1.0, 0.0])


@check(points=0)
def the_example_while_training(student, reference, rng):
    """The batch of the statement gives its out and its next_running"""
    running = {"mean": np.zeros(2), "var": np.ones(2)}
    out, next_running, _ = student.batchnorm_forward(X, GAMMA, BETA, running, True, 0.1, 4.0)
    matches(out, np.array([[-1, 1], [1 / 3, -3], [5 / 3, 3], [3, -1]]), name="out")
    expected = {"mean": np.array([0.4, 0.1]), "var": np.array([47 / 30, 47 / 30])}
    matches(next_running, expected, name="next_running")


@check(points=0)
def one_sample_at_inference(student, reference, rng):
    """With a running mean of 4, a running variance of 12 and eps = 4, x = 8 gives gamma + beta"""
    x, running = np.array([[8.0, 8.0]]), {"mean": np.array([4.0, 4.0]), "var": np.array([12.0, 12.0])}
    out, next_running, _ = student.batchnorm_forward(x, GAMMA, BETA, running, False, 0.1, 4.0)
    matches(out, np.array([[3.0, 3.0]]), name="out")
    matches(next_running, running, name="next_running")


@check(points=0)
def gradients_agree_with_central_differences(student, reference, rng):
    """dx, dgamma and dbeta agree with central differences of your own forward pass"""
    inputs = {
        "x": rng.normal(size=(6, 3)),
        "gamma": rng.uniform(0.5, 2.0, 3),
        "beta": rng.normal(size=3),
        "running": {"mean": np.zeros(3), "var": np.ones(3)},
        "training": True,
        "momentum": 0.1,
        "eps": 0.5,
    }
    wrt = ["x", "gamma", "beta"]
    gradient_check(student, None, "batchnorm_forward", "batchnorm_backward", inputs=inputs, rng=rng, wrt=wrt)


@check(points=0)
def two_layers_keep_their_own_caches(student, reference, rng):
    """Two layers go forward, and then both go back: dgamma of the first is the sum of dout times its normalised x"""
    running = {"mean": np.zeros(2), "var": np.ones(2)}
    dout = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5], [-2.0, 1.0]])
    one, zero = np.ones(2), np.zeros(2)
    xhat, _, cache = student.batchnorm_forward(X, one, zero, running, True, 0.1, 4.0)
    student.batchnorm_forward(2 * X[::-1], GAMMA, BETA, running, True, 0.1, 4.0)
    _, dgamma, _ = student.batchnorm_backward(dout, cache)
    matches(np.ravel(dgamma), np.sum(dout * xhat, axis=0), name="dgamma")
