"""The hidden checks of the batch_norm exercise.

Most checks set eps to 0, so that where eps stands costs only the checks that ask for it. Batches are small:
with six to eleven samples the biased and the unbiased variance differ by a tenth or more.
"""

import numpy as np

from grader.checks import check, gradient_check, leaves_inputs_alone, matches, require

FEATURES = 5


# Of a layer's numbers by feature: gamma, beta, the running mean and variance, and the batch's centre and deviation.
LOW = np.array([[0.5], [0.5], [-2.0], [1.5], [-3.0], [1.0]])
HIGH = np.array([[2.0], [2.0], [2.0], [3.0], [3.0], [3.0]])


def _between(rng, low, high):
    return round(low + (high - low) * rng.random(), 2)


def _layer(rng):
    """A batch whose features differ in mean and size, a gamma of either sign and a beta, and running statistics."""
    gamma, beta, mean, var, centre, deviation = (LOW + (HIGH - LOW) * rng.random((6, FEATURES))).round(2)
    gamma[rng.random(FEATURES) < 0.5] *= -1.0
    samples = 6 + int(6 * rng.random())
    x = (centre + deviation * rng.standard_normal((samples, FEATURES))).round(2)
    return x, gamma, beta, {"mean": mean, "var": var}


def _matches_up_to_a_row(got, expected, name):
    """As matches, but (1, D) passes for (D,): exact shapes are asked for in the last check."""
    if isinstance(got, dict) and isinstance(expected, dict) and got.keys() == expected.keys():
        for key, value in expected.items():
            _matches_up_to_a_row(got[key], value, f"{name}[{key!r}]")
    else:
        matches(got[0] if np.shape(got) == (1, FEATURES) else got, expected, name=name)


@check(points=1)
def normalises_over_the_batch(student, reference, rng):
    """While training, each feature of out is normalised over the batch, then scaled and shifted (eps is 0)"""
    x, gamma, beta, running = _layer(rng)
    out, _, _ = student.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)
    matches(out, reference.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)[0], name="out")


@check(points=2)
def remembers_running_statistics(student, reference, rng):
    """While training, next_running moves towards the batch by the formula, for each layer on its own"""
    (x_1, *layer_a, running_a), layer_b, (x_2, *_) = _layer(rng), _layer(rng), _layer(rng)
    hyper = {"momentum": _between(rng, 0.15, 0.35), "eps": _between(rng, 0.3, 1.0)}

    def train(batchnorm_forward):
        # Two layers take turns; the second one keeps to the defaults.
        _, a_1, _ = batchnorm_forward(x_1, *layer_a, running_a, True, **hyper)
        _, b_1, _ = batchnorm_forward(*layer_b, True)
        _, a_2, _ = batchnorm_forward(x_2, *layer_a, a_1, True, **hyper)
        return a_1, b_1, a_2

    with student.batch():
        got = train(student.batchnorm_forward)
    expected = train(reference.batchnorm_forward)
    turns = ["first layer, step 1", "second layer, step 1", "first layer, step 2"]
    for turn, one, other in zip(turns, got, expected, strict=True):
        _matches_up_to_a_row(one.value, other, name=f"next_running ({turn})")


@check(points=2)
def uses_running_statistics_at_inference(student, reference, rng):
    """At inference, out comes from the running statistics, of one sample too, and they stay as they are (eps is 0)"""
    x, gamma, beta, running = _layer(rng)
    out, next_running, _ = student.batchnorm_forward(x, gamma, beta, running, False, eps=0.0)
    expected = reference.batchnorm_forward(x, gamma, beta, running, False, eps=0.0)[0]
    matches(out, expected, name="out")
    _matches_up_to_a_row(next_running, running, name="next_running")
    # Asked for on its own: who takes the statistics of the batch has been told so above, not that one sample has none.
    out_of_one, _, _ = student.batchnorm_forward(x[:1], gamma, beta, running, False, eps=0.0)
    matches(out_of_one, expected[:1], name="out of one sample")


@check(points=1, after=(normalises_over_the_batch, uses_running_statistics_at_inference))
def adds_eps_inside_the_root(student, reference, rng):
    """eps is added to the variance inside the root, in training and at inference (it is large); its default is 1e-5"""
    (x, *layer), eps = _layer(rng), _between(rng, 0.3, 1.0)
    # With a variance of about 1e-5 in every feature, the default of eps is half of what stands under the root.
    small_x = (0.003 * rng.standard_normal(x.shape)).round(6)

    def outs(batchnorm_forward):
        return {
            "out while training": batchnorm_forward(x, *layer, True, eps=eps)[0],
            "out at inference": batchnorm_forward(x, *layer, False, eps=eps)[0],
            "out with the default eps": batchnorm_forward(small_x, *layer, True)[0],
        }

    with student.batch():
        got = outs(student.batchnorm_forward)
    for name, expected in outs(reference.batchnorm_forward).items():
        matches(got[name].value, expected, name=name)


def _passes(layer, x, gamma, beta, running, dout, **hyper):
    """What a training pass and the backward pass after it return, without the cache."""
    out, next_running, cache = layer.batchnorm_forward(x, gamma, beta, running, True, **hyper)
    return out, next_running, *layer.batchnorm_backward(dout, cache)


@check(points=1, after=normalises_over_the_batch)
def sums_the_parameters_gradients(student, reference, rng):
    """dgamma and dbeta are sums over the batch (eps is 0)"""
    x, *layer = _layer(rng)
    dout = (0.5 + rng.standard_normal(x.shape)).round(2)
    with student.batch():
        *_, dgamma, dbeta = _passes(student, x, *layer, dout, eps=0.0)
    *_, expected_dgamma, expected_dbeta = _passes(reference, x, *layer, dout, eps=0.0)
    _matches_up_to_a_row(dgamma.value, expected_dgamma, name="dgamma")
    _matches_up_to_a_row(dbeta.value, expected_dbeta, name="dbeta")


@check(points=1)
def takes_the_gradient_through_the_statistics(student, reference, rng):
    """dx, dgamma and dbeta are the gradients of the training pass, with eps in them (it is large)"""
    x, gamma, beta, running = _layer(rng)
    inputs = {"x": x, "gamma": gamma, "beta": beta, "running": running}
    inputs |= {"training": True, "momentum": 0.1, "eps": _between(rng, 0.3, 1.0)}
    pair, wrt = ("batchnorm_forward", "batchnorm_backward"), ["x", "gamma", "beta"]
    gradient_check(student, reference, *pair, inputs=inputs, rng=rng, wrt=wrt, rows_pass=True)


@check(points=1, after=takes_the_gradient_through_the_statistics)
def two_layers_keep_their_own_caches(student, reference, rng):
    """Two layers in a row, forward through both and then back through both, do not mix up their caches (eps is 0)"""
    # The layers have the same shape: a mixed-up cache gives wrong numbers instead of an exception.
    x, *layer_1 = _layer(rng)
    _, *layer_2 = _layer(rng)
    dout = (0.5 + rng.standard_normal(x.shape)).round(2)

    def back_through_both(layers):
        hidden, _, cache_1 = layers.batchnorm_forward(x, *layer_1, True, eps=0.0)
        _, _, cache_2 = layers.batchnorm_forward(hidden, *layer_2, True, eps=0.0)
        dhidden, dgamma_2, _ = layers.batchnorm_backward(dout, cache_2)
        dx, dgamma_1, _ = layers.batchnorm_backward(dhidden, cache_1)
        return {"dgamma of the second layer": dgamma_2, "dgamma of the first layer": dgamma_1, "dx": dx}

    with student.batch():
        got = back_through_both(student)
    for name, expected in back_through_both(reference).items():
        _matches_up_to_a_row(got[name].value, expected, name=name)


@check(points=1, after=sums_the_parameters_gradients)
def leaves_all_inputs_alone(student, reference, rng):
    """Neither pass modifies its inputs; dgamma, dbeta and what is in next_running have the shape (D,), not (1, D)"""
    x, gamma, beta, running = _layer(rng)
    dout = rng.standard_normal(x.shape)
    with student.batch():
        leaves_inputs_alone(student, "batchnorm_forward", x, gamma, beta, running, False)
        _, after, cache = leaves_inputs_alone(student, "batchnorm_forward", x, gamma, beta, running, True)
        _, dgamma, dbeta = leaves_inputs_alone(student, "batchnorm_backward", dout, cache)
    for name, got in {**after.value, "dgamma": dgamma.value, "dbeta": dbeta.value}.items():
        require(got.shape == (FEATURES,), f"{name} has shape {got.shape}, expected {(FEATURES,)}.")
