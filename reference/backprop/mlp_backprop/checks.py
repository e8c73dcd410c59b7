"""Hidden checks of mlp_backprop.

Inputs are drawn so that no hidden unit sits near the kink of its ReLU, some units are on and some are off, a
ReLU on the scores would show, and every true class has a probability between 0.1 and 0.9: at that size, log(p
+ 1e-5) passes for log p, and it is the check of hopeless predictions alone that tells them apart. Every class
is the true one of some sample, but in the check of the second layer, which is about that.
"""

import numpy as np

from grader.checks import check, leaves_inputs_alone, loss_gradient_check, matches, require

SAMPLES, INPUTS, HIDDEN, CLASSES = 4, 2, 5, 3

# So wide that a small number inside the logarithm, up to 1e-5, does not show where it is not asked for.
LOSS_RTOL = 1e-4


def _forward(x, params):
    """z and the scores."""
    z = x @ params["w1"] + params["b1"]
    return z, np.maximum(z, 0) @ params["w2"] + params["b2"]


def _network(rng, samples=SAMPLES, classes=CLASSES):
    """Random x, y and params, as said above; the first so many `classes` take turns as the true one."""
    while True:
        x, y = rng.normal(size=(samples, INPUTS)), rng.permutation(np.arange(samples) % classes)
        params = {
            "w1": rng.normal(size=(INPUTS, HIDDEN)),
            "b1": rng.normal(size=HIDDEN),
            "w2": rng.normal(0, 0.5, size=(HIDDEN, CLASSES)),
            "b2": rng.normal(0, 0.5, size=CLASSES),
        }
        z, scores = _forward(x, params)
        p = np.exp(scores[np.arange(samples), y]) / np.exp(scores).sum(axis=1)
        mixed = 0.25 <= np.mean(z > 0) <= 0.75
        if mixed and np.abs(z).min() > 0.05 and scores.min() < -0.1 and p.min() > 0.1 and p.max() < 0.9:
            return x, y, params


def _compare(student, reference, inputs, **what):
    _judge(student.mlp_loss(*inputs), reference.mlp_loss(*inputs), **what)


def _judge(answer, right, *, loss=False, gradients=()):
    """Compares the loss, and the gradients of these keys; a bias gradient may have the shape (1, n) here."""
    (got_loss, got), (expected_loss, expected) = answer, right
    if loss:
        matches(got_loss, expected_loss, name="loss", rtol=LOSS_RTOL)
    for key in gradients:
        require(key in got, f"grads has no {key!r}: it has {sorted(got)}, expected the keys of params.")
        is_row = got[key].shape == (1, *expected[key].shape)
        matches(got[key][0] if is_row else got[key], expected[key], name=f"grads[{key!r}]")


@check(points=2)
def loss_is_the_mean_cross_entropy(student, reference, rng):
    """Without a penalty, the loss is the mean cross-entropy of the batch"""
    _compare(student, reference, _network(rng), loss=True)


@check(points=1)
def gradients_of_the_second_layer(student, reference, rng):
    """Without a penalty, the gradients with respect to w2 and b2 are right, also without the last class in y, or with one sample"""
    batches = _network(rng, classes=CLASSES - 1), _network(rng, samples=1)
    with student.batch():
        answers = [student.mlp_loss(*batch) for batch in batches]
    for (loss, grads), batch in zip(answers, batches, strict=True):
        _judge((loss.value, grads.value), reference.mlp_loss(*batch), gradients=("w2", "b2"))


@check(points=2)
def gradients_of_the_first_layer(student, reference, rng):
    """Without a penalty, the gradients with respect to w1 and b1 are right: back through the ReLU"""
    _compare(student, reference, _network(rng), gradients=("w1", "b1"))


@check(points=1, after=loss_is_the_mean_cross_entropy)
def loss_has_the_penalty(student, reference, rng):
    """With a penalty, the loss grows by reg / 2 times the squares of all weights, and of no bias"""
    _compare(student, reference, (*_network(rng), 0.7), loss=True)


@check(points=1, after=(gradients_of_the_second_layer, gradients_of_the_first_layer))
def gradients_have_the_penalty(student, reference, rng):
    """With a penalty, each gradient has its parameter's shape and is the slope of the loss"""
    inputs = dict(zip(("x", "y", "params"), _network(rng), strict=True), reg=0.7)
    loss_gradient_check(student, reference, "mlp_loss", inputs, rng, wrt=["params"])


@check(points=1, after=loss_is_the_mean_cross_entropy)
def large_scores_do_no_harm(student, reference, rng):
    """Adding 5000 or -5000 to all scores changes neither the loss nor the gradients"""
    x, y, params = _network(rng)
    expected, _ = reference.mlp_loss(x, y, params)
    _, usual = student.mlp_loss(x, y, params)
    for offset in (5000.0, -5000.0):
        loss, grads = student.mlp_loss(x, y, {**params, "b2": params["b2"] + offset})
        matches(loss, expected, name="loss", rtol=LOSS_RTOL)
        matches(grads, usual, name="grads")  # the student's own without the offset: right or not, they stay


@check(points=1, after=large_scores_do_no_harm)
def hopeless_predictions_have_a_finite_loss(student, reference, rng):
    """Scores a thousand and more apart, with the true class last, give a large loss and finite gradients"""
    smallest = 0.0
    while smallest < 0.02:  # only then are there w2 that give any scores
        x, y, params = _network(rng)
        hidden = np.maximum(_forward(x, params)[0], 0)
        smallest = np.linalg.svd(hidden, compute_uv=False)[-1]
    ranks = (np.arange(CLASSES) - y[:, None]) % CLASSES  # 0 for the true class
    offsets = 1500.0 * rng.permutation(SAMPLES)  # a row may lie far below another one
    scores = 1000 * ranks + rng.uniform(0, 100, ranks.shape) * ranks + offsets[:, None] - offsets.mean()
    params["w2"] = np.linalg.pinv(hidden) @ (scores - params["b2"])
    loss, grads = student.mlp_loss(x, y, params)
    matches(loss, reference.mlp_loss(x, y, params)[0], name="loss")
    for key, gradient in grads.items():
        require(
            np.isfinite(gradient).all(),
            f"grads[{key!r}] holds values that are not finite: look at the softmax.",
        )


@check(points=1, after=loss_is_the_mean_cross_entropy)
def leaves_its_arguments_alone(student, reference, rng):
    """The call modifies neither x nor y nor any parameter"""
    leaves_inputs_alone(student, "mlp_loss", *_network(rng), 0.7)
