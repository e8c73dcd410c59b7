"""Glorot's and He's weights against PyTorch's, exactly in scale and statistically in distribution."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

LAYERS = [(1, 1), (3, 2), (2, 3), (7, 300), (300, 7), (784, 128), (128, 784)]
LARGE = [(600, 250), (250, 600)]
GLOROT = {"glorot_normal": torch.nn.init.xavier_normal_, "glorot_uniform": torch.nn.init.xavier_uniform_}
HE = {"he_normal": torch.nn.init.kaiming_normal_, "he_uniform": torch.nn.init.kaiming_uniform_}
NAMES = [*GLOROT, *HE]


@pytest.fixture
def ours(solution):
    """Each of the four functions by its name."""
    functions = {}
    for name in NAMES:
        functions[name] = getattr(solution("glorot_init" if name in GLOROT else "he_init"), name)
    return functions


def torch_weights(name, fan_in, fan_out, seed):
    """PyTorch's weights in our layout, (fan_in, fan_out)."""
    torch.manual_seed(seed)
    w = torch.empty(fan_out, fan_in, dtype=torch.float64)
    if name in GLOROT:
        GLOROT[name](w)
    else:
        HE[name](w, mode="fan_in", nonlinearity="relu")
    return w.numpy().T


def torch_scale(name, fan_in, fan_out, seed):
    """The standard deviation, or the bound: what PyTorch multiplies the standard draws of a seed by."""
    torch.manual_seed(seed)
    if name.endswith("normal"):
        draws = torch.randn(fan_out, fan_in, dtype=torch.float64)
    else:
        draws = 2 * torch.rand(fan_out, fan_in, dtype=torch.float64) - 1
    draws = draws.numpy().T
    return np.vdot(draws, torch_weights(name, fan_in, fan_out, seed)) / np.vdot(draws, draws)


def target_variance(name, fan_in, fan_out):
    """PyTorch's gain, squared, over the fan of the convention."""
    if name in GLOROT:
        return torch.nn.init.calculate_gain("linear") ** 2 * 2 / (fan_in + fan_out)
    return torch.nn.init.calculate_gain("relu") ** 2 / fan_in


def distribution(name, variance):
    """SciPy's distribution of that variance."""
    if name.endswith("normal"):
        return stats.norm(0, math.sqrt(variance))
    a = math.sqrt(3 * variance)
    return stats.uniform(-a, 2 * a)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_weights_are_standard_draws_times_the_scale_of_torch(ours, name, layer, seed):
    draw = np.random.default_rng(seed)
    standard = draw.standard_normal(layer) if name.endswith("normal") else 2 * draw.random(layer) - 1
    w = ours[name](*layer, np.random.default_rng(seed))
    assert w.shape == layer
    assert w.dtype == np.float64
    np.testing.assert_allclose(w, standard * torch_scale(name, *layer, seed), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", LAYERS)
def test_the_scale_of_torch_is_the_gain_over_the_fan(name, layer):
    variance = target_variance(name, *layer)
    scale = math.sqrt(variance if name.endswith("normal") else 3 * variance)
    assert torch_scale(name, *layer, 5) == pytest.approx(scale, rel=1e-10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", LARGE)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_large_samples_have_the_mean_and_the_variance_of_torch(ours, name, layer, seed):
    w, theirs = ours[name](*layer, np.random.default_rng(seed)), torch_weights(name, *layer, seed)
    variance = target_variance(name, *layer)
    for sample in (w, theirs):
        assert abs(sample.mean()) < 5 * math.sqrt(variance / sample.size)
        assert sample.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / sample.size))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", LARGE)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_large_samples_follow_the_distribution(ours, name, layer, seed):
    w = ours[name](*layer, np.random.default_rng(seed)).ravel()
    assert stats.kstest(w, distribution(name, target_variance(name, *layer)).cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", LARGE)
def test_large_samples_and_those_of_torch_follow_one_distribution(ours, name, layer):
    w, theirs = ours[name](*layer, np.random.default_rng(3)), torch_weights(name, *layer, 3)
    assert stats.ks_2samp(w.ravel(), theirs.ravel()).pvalue > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_tests_tell_the_two_exercises_apart(ours, name):
    other = name.replace("glorot", "he") if name in GLOROT else name.replace("he", "glorot")
    w = ours[other](600, 250, np.random.default_rng(4)).ravel()
    assert stats.kstest(w, distribution(name, target_variance(name, 600, 250)).cdf).pvalue < 1e-9
