"""The hidden checks of the batch_norm exercise.

Most checks set eps to 0, so that where eps stands costs only the checks that ask for it. Batches are small:
with six to eleven samples the biased and the unbiased variance differ by a tenth or more.
"""

from grader.checks import check, gradient_check, leaves_inputs_alone, matches

FEATURES = 5


def _batch(rng):
    """A batch whose features differ in mean and size."""
    n = int(rng.integers(6, 12))
    return rng.normal(rng.uniform(-3, 3, FEATURES), rng.uniform(1, 3, FEATURES), (n, FEATURES)).round(2)


def _parameters(rng):
    """A gamma of either sign and a beta, neither of them near 0."""
    gamma = rng.uniform(0.5, 2.0, FEATURES).round(2) * rng.choice([-1.0, 1.0], FEATURES)
    return gamma, rng.uniform(0.5, 2.0, FEATURES).round(2)


def _running(rng):
    return {"mean": rng.normal(size=FEATURES).round(2), "var": rng.uniform(1.5, 3.0, FEATURES).round(2)}


def _eps(rng):
    return round(rng.uniform(0.3, 1.0), 2)


@check(points=1)
def normalises_over_the_batch(student, reference, rng):
    """While training, each feature of out is normalised over the batch, then scaled and shifted (eps is 0)"""
    x, (gamma, beta), running = _batch(rng), _parameters(rng), _running(rng)
    out, _, _ = student.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)
    matches(out, reference.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)[0], name="out")


@check(points=2)
def remembers_running_statistics(student, reference, rng):
    """While training, next_running moves towards the batch by the formula, for each layer on its own"""
    batches = [_batch(rng) for _ in range(4)]
    (gamma_a, beta_a), (gamma_b, beta_b) = _parameters(rng), _parameters(rng)
    hyper = {"momentum": round(rng.uniform(0.15, 0.35), 2), "eps": _eps(rng)}

    def train(batchnorm_forward, running_a, running_b):
        # Two layers take turns; the second one keeps to the defaults.
        _, a_1, _ = batchnorm_forward(batches[0], gamma_a, beta_a, running_a, True, **hyper)
        _, b_1, _ = batchnorm_forward(batches[1], gamma_b, beta_b, running_b, True)
        _, a_2, _ = batchnorm_forward(batches[2], gamma_a, beta_a, a_1, True, **hyper)
        _, b_2, _ = batchnorm_forward(batches[3], gamma_b, beta_b, b_1, True)
        return a_1, b_1, a_2, b_2

    running_a, running_b = _running(rng), _running(rng)
    with student.batch():
        got = train(student.batchnorm_forward, running_a, running_b)
    expected = train(reference.batchnorm_forward, running_a, running_b)
    turns = ["first layer, step 1", "second layer, step 1", "first layer, step 2", "second layer, step 2"]
    for turn, one, other in zip(turns, got, expected, strict=True):
        matches(one.value, other, name=f"next_running ({turn})")


@check(points=2)
def uses_running_statistics_at_inference(student, reference, rng):
    """At inference, out comes from the running statistics, and they stay as they are (eps is 0)"""
    x, (gamma, beta), running = _batch(rng), _parameters(rng), _running(rng)
    out, next_running, _ = student.batchnorm_forward(x, gamma, beta, running, False, eps=0.0)
    matches(out, reference.batchnorm_forward(x, gamma, beta, running, False, eps=0.0)[0], name="out")
    matches(next_running, running, name="next_running")


@check(points=1, after=(normalises_over_the_batch, uses_running_statistics_at_inference))
def adds_eps_inside_the_root(student, reference, rng):
    """eps is added to the variance inside the root, in training and at inference (it is large)"""
    x, (gamma, beta), running, eps = _batch(rng), _parameters(rng), _running(rng), _eps(rng)
    with student.batch():
        train_out, _, _ = student.batchnorm_forward(x, gamma, beta, running, True, eps=eps)
        test_out, _, _ = student.batchnorm_forward(x, gamma, beta, running, False, eps=eps)
    expected_train_out = reference.batchnorm_forward(x, gamma, beta, running, True, eps=eps)[0]
    expected_test_out = reference.batchnorm_forward(x, gamma, beta, running, False, eps=eps)[0]
    matches(train_out.value, expected_train_out, name="out while training")
    matches(test_out.value, expected_test_out, name="out at inference")


@check(points=1, after=normalises_over_the_batch)
def sums_the_parameters_gradients(student, reference, rng):
    """dgamma and dbeta are sums over the batch (eps is 0)"""
    x, (gamma, beta), running = _batch(rng), _parameters(rng), _running(rng)
    dout = rng.normal(0.5, 1.0, x.shape).round(2)
    with student.batch():
        _, _, cache = student.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)
        _, dgamma, dbeta = student.batchnorm_backward(dout, cache)
    _, _, cache = reference.batchnorm_forward(x, gamma, beta, running, True, eps=0.0)
    _, expected_dgamma, expected_dbeta = reference.batchnorm_backward(dout, cache)
    matches(dgamma.value, expected_dgamma, name="dgamma")
    matches(dbeta.value, expected_dbeta, name="dbeta")


@check(points=2)
def takes_the_gradient_through_the_statistics(student, reference, rng):
    """dx, dgamma and dbeta are the gradients of the training pass, with eps in them (it is large)"""
    gamma, beta = _parameters(rng)
    inputs = {
        "x": rng.normal(size=(8, FEATURES)).round(2),
        "gamma": gamma,
        "beta": beta,
        "running": _running(rng),
        "training": True,
        "momentum": 0.1,
        "eps": _eps(rng),
    }
    pair, wrt = ("batchnorm_forward", "batchnorm_backward"), ["x", "gamma", "beta"]
    gradient_check(student, reference, *pair, inputs=inputs, rng=rng, wrt=wrt)


@check(points=1)
def leaves_all_inputs_alone(student, reference, rng):
    """Neither pass modifies its inputs, the running statistics included"""
    x, (gamma, beta), running = _batch(rng), _parameters(rng), _running(rng)
    leaves_inputs_alone(student, "batchnorm_forward", x, gamma, beta, running, False)
    _, _, cache = leaves_inputs_alone(student, "batchnorm_forward", x, gamma, beta, running, True)
    leaves_inputs_alone(student, "batchnorm_backward", rng.normal(size=x.shape), cache)
