"""Dropout and batch normalisation agree with PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

RTOL = 1e-10


def _tensor(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def _close(got, expected):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert got.shape == expected.shape
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, expected, rtol=RTOL, atol=RTOL * np.sqrt(np.mean(np.square(expected))))


@pytest.mark.parametrize("shape", [(9,), (6, 7), (3, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.8])
def test_dropout_and_its_gradient_agree_with_autograd_under_the_same_mask(solution, shape, rate):
    rng = np.random.default_rng(len(shape))
    x, dout = rng.uniform(0.5, 2, shape), rng.normal(size=shape)
    out, cache = solution("dropout").dropout_forward(x, rate, True, rng)
    mask, leaf = torch.tensor(out != 0), _tensor(x)
    expected = leaf * mask / (1 - rate)
    expected.backward(torch.tensor(dout))
    _close(out, expected)
    _close(solution("dropout").dropout_backward(dout, cache), leaf.grad)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.7])
def test_dropout_scales_and_drops_as_pytorch_does(solution, rate):
    torch.manual_seed(1)
    x = np.ones((200, 500))
    out, _ = solution("dropout").dropout_forward(x, rate, True, np.random.default_rng(2))
    expected = torch.nn.functional.dropout(torch.tensor(x), p=rate, training=True).numpy()
    np.testing.assert_allclose(np.unique(out), np.unique(expected), rtol=RTOL)
    # Each frequency has a standard deviation of at most 0.0016: eight of them, for the difference of two.
    assert abs((out != 0).mean() - (expected != 0).mean()) < 8 * np.sqrt(2) * 0.0016
    assert abs((out != 0).mean() - (1 - rate)) < 8 * 0.0016


def test_dropout_is_the_identity_at_inference_as_in_pytorch(solution):
    rng = np.random.default_rng(3)
    x, dout = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    out, cache = solution("dropout").dropout_forward(x, 0.4, False, None)
    leaf = _tensor(x)
    expected = torch.nn.functional.dropout(leaf, p=0.4, training=False)
    expected.backward(torch.tensor(dout))
    _close(out, expected)
    _close(solution("dropout").dropout_backward(dout, cache), leaf.grad)


CASES = [
    pytest.param(shape, momentum, eps, id=f"{shape[0]}x{shape[1]}, momentum {momentum}, eps {eps}")
    for shape, momentum, eps in [
        ((8, 5), 0.1, 1e-5),
        ((2, 3), 0.3, 1e-5),
        ((16, 1), 0.05, 0.1),
        ((7, 4), 0.9, 1.0),
        ((64, 32), 0.1, 1e-3),
    ]
]


def _batch_norm_inputs(shape, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(rng.uniform(-3, 3, shape[1]), rng.uniform(0.5, 3, shape[1]), shape)
    gamma, beta = rng.normal(size=shape[1]), rng.normal(size=shape[1])
    running = {"mean": rng.normal(size=shape[1]), "var": rng.uniform(0.5, 3, shape[1])}
    return x, gamma, beta, running, rng.normal(size=shape)


@pytest.mark.parametrize(("shape", "momentum", "eps"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_batch_norm_and_its_gradients_agree_with_pytorch_while_training(solution, shape, momentum, eps, seed):
    x, gamma, beta, running, dout = _batch_norm_inputs(shape, seed)
    layer = solution("batch_norm")
    out, next_running, cache = layer.batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
    gradients = layer.batchnorm_backward(dout, cache)

    leaves = [_tensor(array) for array in (x, gamma, beta)]
    mean, var = (torch.tensor(running[name]) for name in ("mean", "var"))
    expected = torch.nn.functional.batch_norm(leaves[0], mean, var, leaves[1], leaves[2], True, momentum, eps)
    expected.backward(torch.tensor(dout))

    _close(out, expected)
    _close(next_running["mean"], mean)
    _close(next_running["var"], var)
    for got, leaf in zip(gradients, leaves, strict=True):
        # With two samples out hardly depends on x, and dx is what is left of large terms that cancel.
        scale = np.abs(dout).max() * np.abs(gamma).max() / np.sqrt(x.var(axis=0) + eps).min()
        assert got.shape == leaf.shape
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=RTOL, atol=RTOL * scale)


@pytest.mark.parametrize(("shape", "momentum", "eps"), CASES)
def test_batch_norm_agrees_with_pytorch_at_inference(solution, shape, momentum, eps):
    x, gamma, beta, running, _ = _batch_norm_inputs(shape, seed=4)
    layer = solution("batch_norm")
    out, next_running, _ = layer.batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
    mean, var, *parameters = (torch.tensor(array) for array in (running["mean"], running["var"], gamma, beta))
    _close(out, torch.nn.functional.batch_norm(torch.tensor(x), mean, var, *parameters, False, momentum, eps))
    _close(next_running["mean"], mean)
    _close(next_running["var"], var)


def test_batch_norm_follows_a_pytorch_layer_over_many_steps(solution):
    rng = np.random.default_rng(5)
    ours, layer = solution("batch_norm"), torch.nn.BatchNorm1d(4, dtype=torch.float64)
    gamma, beta, running = np.ones(4), np.zeros(4), {"mean": np.zeros(4), "var": np.ones(4)}
    for _ in range(20):
        x = rng.normal(2, 3, (int(rng.integers(2, 12)), 4))
        out, running, _ = ours.batchnorm_forward(x, gamma, beta, running, True)
        _close(out, layer(torch.tensor(x)))
    _close(running["mean"], layer.running_mean)
    _close(running["var"], layer.running_var)
    layer.eval()
    x = rng.normal(size=(1, 4))
    _close(ours.batchnorm_forward(x, gamma, beta, running, False)[0], layer(torch.tensor(x)))
