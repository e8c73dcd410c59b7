"""The solutions of unit backprop against PyTorch's autograd and against derivatives known by hand."""

import numpy as np
import pytest
import torch

RELATIVE = 1e-10


def _tensor(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def _agrees(got, expected, relative=RELATIVE):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else np.asarray(expected)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=relative, atol=relative * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(1, 1), (5, 4), (7, 2, 3), (3, 2, 4, 2), (2, 1, 3, 1, 2)])
def test_affine_agrees_with_torch(solution, shape, seed):
    rng = np.random.default_rng(seed)
    affine = solution("affine")
    inputs, outputs = int(np.prod(shape[1:])), 1 + seed * 2
    x, w, b = rng.normal(size=shape), rng.normal(size=(inputs, outputs)), rng.normal(size=outputs)
    dout = rng.normal(size=(shape[0], outputs))

    out, cache = affine.affine_forward(x, w, b)
    gradients = affine.affine_backward(dout, cache)

    tensors = [_tensor(array) for array in (x, w, b)]
    torch_out = torch.nn.functional.linear(tensors[0].flatten(1), tensors[1].T, tensors[2])
    torch_out.backward(torch.tensor(dout))
    _agrees(out, torch_out)
    for gradient, tensor in zip(gradients, tensors, strict=True):
        _agrees(gradient, tensor.grad)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("reg", [0.0, 0.1, 2.5])
@pytest.mark.parametrize(("n", "d", "h", "c"), [(1, 1, 1, 2), (4, 2, 5, 3), (9, 6, 3, 7)])
@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_mlp_loss_agrees_with_torch(solution, n, d, h, c, reg, scale, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.integers(0, c, n)
    params = {
        "w1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "w2": scale * rng.normal(size=(h, c)),
        "b2": scale * rng.normal(size=c),
    }

    loss, grads = solution("mlp_backprop").mlp_loss(x, y, params, reg)

    tensors = {key: _tensor(array) for key, array in params.items()}
    hidden = torch.relu(torch.tensor(x) @ tensors["w1"] + tensors["b1"])
    scores = hidden @ tensors["w2"] + tensors["b2"]
    penalty = 0.5 * reg * sum((tensors[key] ** 2).sum() for key in ("w1", "w2"))
    torch_loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y)) + penalty
    torch_loss.backward()
    _agrees(loss, torch_loss)
    assert grads.keys() == params.keys()
    for key, gradient in grads.items():
        _agrees(gradient, tensors[key].grad)


@pytest.mark.parametrize("h", [1.0, 0.1, 1e-2])
@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1, 3), ()])
def test_the_numerical_gradient_of_cubes_is_off_by_h_squared_and_no_more(solution, shape, h):
    rng = np.random.default_rng(0)
    scales, x = rng.normal(size=shape), rng.normal(size=shape)
    gradient = solution("numerical_gradient").numerical_gradient(lambda x: np.sum(scales * x**3), x, h)
    _agrees(gradient, scales * (3 * x**2 + h**2))


@pytest.mark.parametrize("seed", range(3))
def test_the_numerical_gradient_of_a_quadratic_form_is_exact_for_any_step(solution, seed):
    rng = np.random.default_rng(seed)
    matrix, x = rng.normal(size=(5, 5)), rng.normal(size=5)
    gradient = solution("numerical_gradient").numerical_gradient(lambda x: x @ matrix @ x, x, 0.5)
    _agrees(gradient, (matrix + matrix.T) @ x)


def test_the_numerical_gradient_agrees_with_autograd_to_the_accuracy_of_its_default_step(solution):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3))

    def f(x):
        return torch.logsumexp(torch.as_tensor(x).sin().flatten() * 3, 0)

    tensor = _tensor(x)
    f(tensor).backward()
    gradient = solution("numerical_gradient").numerical_gradient(lambda x: float(f(x)), x)
    _agrees(gradient, tensor.grad, relative=1e-9)
