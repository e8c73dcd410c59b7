"""The solutions of the unit optimizers against torch.optim: the same gradients, the same path."""

import numpy as np
import pytest
import torch

SHAPES = [(), (5,), (4, 3), (2, 3, 4), (2, 3, 1, 2)]
STEPS = 25


def gradients_for(shape, rng):
    """Gradients of very different sizes; every third one is mostly zero, the last entry's always exactly."""
    gradients = rng.normal(size=(STEPS, *shape)) * 10.0 ** rng.uniform(-3, 2, size=(STEPS, *shape))
    gradients[::3] *= rng.random(size=gradients[::3].shape) < 0.2
    if shape:
        gradients[..., -1] = 0.0
    return gradients


def torch_path(optimizer, start, gradients, **hyper):
    """Where torch.optim goes from `start` when each step is given its gradient."""
    parameter = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    steps = optimizer([parameter], **hyper)
    path = []
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        steps.step()
        path.append(parameter.detach().numpy().copy())
    return path


def our_path(step, start, gradients, **hyper):
    """Where our function goes from `start` with the same gradients."""
    w, state, path = start, {}, []
    for gradient in gradients:
        w, state = step(w, gradient, state, **hyper)
        path.append(w)
    return path


def assert_same_path(step, optimizer, ours, theirs, seed):
    """Both walk the same path for arrays of 0 to 4 axes, to 1e-10 relative."""
    rng = np.random.default_rng(seed)
    for shape in SHAPES:
        start, gradients = np.asarray(rng.normal(size=shape)), gradients_for(shape, rng)
        got = our_path(step, start, gradients, **ours)
        expected = torch_path(optimizer, start, gradients, **theirs)
        for place, torchs in zip(got, expected, strict=True):
            assert np.shape(place) == shape
            np.testing.assert_allclose(place, torchs, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hyper", [{"lr": 0.01}, {"lr": 0.3}])
def test_sgd_walks_the_path_of_torch(solution, hyper, seed):
    assert_same_path(solution("sgd").sgd, torch.optim.SGD, hyper, hyper, seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hyper", [{"lr": 0.01, "momentum": 0.9}, {"lr": 0.2, "momentum": 0.5}])
def test_momentum_walks_the_path_of_torch(solution, hyper, seed):
    assert_same_path(solution("momentum").momentum, torch.optim.SGD, hyper, hyper, seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hyper", [{"lr": 0.01, "momentum": 0.9}, {"lr": 0.2, "momentum": 0.5}])
def test_nesterov_walks_the_path_of_torch(solution, hyper, seed):
    theirs = {**hyper, "nesterov": True}
    assert_same_path(solution("nesterov").nesterov, torch.optim.SGD, hyper, theirs, seed)


ADAMS = [
    {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    {"lr": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 0.1},
    {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "eps": 1e-15},
]


def in_the_words_of_torch(hyper):
    """beta1 and beta2 as the pair `betas`."""
    rest = {name: value for name, value in hyper.items() if name not in ("beta1", "beta2")}
    return {**rest, "betas": (hyper["beta1"], hyper["beta2"])}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("hyper", ADAMS)
def test_adam_walks_the_path_of_torch(solution, hyper, seed):
    assert_same_path(solution("adam").adam, torch.optim.Adam, hyper, in_the_words_of_torch(hyper), seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weight_decay", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("hyper", ADAMS)
def test_adamw_walks_the_path_of_torch(solution, hyper, weight_decay, seed):
    ours = {**hyper, "weight_decay": weight_decay}
    assert_same_path(solution("adamw").adamw, torch.optim.AdamW, ours, in_the_words_of_torch(ours), seed)


@pytest.mark.parametrize(("name", "optimizer"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_the_adaptive_optimizers_have_the_defaults_of_torch(solution, name, optimizer):
    assert_same_path(getattr(solution(name), name), optimizer, {}, {}, seed=7)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("sgd", {"lr": 0.01}),
        ("momentum", {"lr": 0.01, "momentum": 0.9}),
        ("nesterov", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    ],
)
def test_gradient_descent_has_the_defaults_of_the_statement(solution, name, theirs):
    assert_same_path(getattr(solution(name), name), torch.optim.SGD, {}, theirs, seed=7)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adam", "adamw"])
def test_a_step_modifies_neither_the_weights_nor_the_gradient_nor_the_state(solution, name):
    rng = np.random.default_rng(3)
    step = getattr(solution(name), name)
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, state = step(w, dw, {})
    before = [np.array(value) for value in (w, dw, *state.values())]
    next_w, next_state = step(w, dw, state)
    assert next_w is not w
    assert all(map(np.array_equal, before, (w, dw, *state.values())))
    assert next_state.keys() == state.keys()
