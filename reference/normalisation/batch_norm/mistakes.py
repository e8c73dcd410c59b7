"""Wrong answers to the batch normalisation exercise that students really write.

The helpers are the steps of a right answer; each mistake goes wrong in one of them.
"""

import numpy as np

from .solution import batchnorm_backward, batchnorm_forward


def _train(x, gamma, beta, mean, std):
    """The output of a training pass and its cache, in the solution's layout."""
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, std, gamma)


def _infer(x, gamma, beta, running, std):
    return gamma * (x - running["mean"]) / std + beta, running, None


def _move(running, x, momentum):
    """The running statistics after the batch x."""
    mean = (1 - momentum) * running["mean"] + momentum * x.mean(axis=0)
    var = (1 - momentum) * running["var"] + momentum * x.var(axis=0, ddof=1)
    return {"mean": mean, "var": var}


class unbiased_variance_in_the_output:
    """You normalise the batch by the unbiased variance

    While training, the sum of squares is divided by N, not by N - 1. The unbiased variance has its place in
    the running variance only.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        out, cache = _train(x, gamma, beta, x.mean(axis=0), np.sqrt(x.var(axis=0, ddof=1) + eps))
        return out, _move(running, x, momentum), cache


class statistics_over_everything:
    """You take one mean and one variance over the whole batch and all features

    Each feature has its own: `x.mean(axis=0)` has shape (D,), `x.mean()` is a single number.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        n, mean, var = x.size, x.mean(), x.var()
        out, cache = _train(x, gamma, beta, mean, np.sqrt(var + eps))
        next_mean = (1 - momentum) * running["mean"] + momentum * mean
        next_var = (1 - momentum) * running["var"] + momentum * var * n / (n - 1)
        return out, {"mean": next_mean, "var": next_var}, cache


class statistics_over_the_features:
    """You normalise each sample over its features

    That is layer normalisation. Batch normalisation takes the mean and the variance of each feature over the
    samples, so along the first axis.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        mean, std = x.mean(axis=1, keepdims=True), np.sqrt(x.var(axis=1, keepdims=True) + eps)
        out, cache = _train(x, gamma, beta, mean, std)
        return out, _move(running, x, momentum), cache


class divides_by_the_variance:
    """You divide by the variance, not by its root

    Dividing by the standard deviation is what gives each feature variance 1. While training, take the square
    root of the variance plus eps before you divide.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        out, cache = _train(x, gamma, beta, x.mean(axis=0), x.var(axis=0) + eps)
        return out, _move(running, x, momentum), cache


class squares_the_variance:
    """You square the variance under the root

    The variance is a square already: the root of `var + eps` is the standard deviation, the root of `var**2 + eps` is
    about the variance.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return _infer(x, gamma, beta, running, np.sqrt(running["var"] ** 2 + eps))
        out, cache = _train(x, gamma, beta, x.mean(axis=0), np.sqrt(x.var(axis=0) ** 2 + eps))
        return out, _move(running, x, momentum), cache


class eps_outside_the_root:
    """Your eps stands outside the root

    Add eps to the variance first, then take the root, in training and at inference.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return _infer(x, gamma, beta, running, np.sqrt(running["var"]) + eps)
        out, cache = _train(x, gamma, beta, x.mean(axis=0), x.std(axis=0) + eps)
        return out, _move(running, x, momentum), cache


class eps_outside_the_root_while_training:
    """While training, your eps stands outside the root

    At inference it is right. Add eps to the variance of the batch first, then take the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        out, cache = _train(x, gamma, beta, x.mean(axis=0), x.std(axis=0) + eps)
        return out, _move(running, x, momentum), cache


class eps_outside_the_root_at_inference:
    """At inference, your eps stands outside the root

    While training it is right. Add eps to the running variance first, then take the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if training:
            return batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        return _infer(x, gamma, beta, running, np.sqrt(running["var"]) + eps)


class eps_ignored:
    """Your function does not use its argument eps

    eps is part of the formula, in training and at inference: it may be large. Take the argument, not a
    constant of your own, and add it to the variance inside the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        return batchnorm_forward(x, gamma, beta, running, training, momentum, 0.0)


class default_eps_1e8:
    """Your default of eps is 1e-8

    MyTorch has it so; the signature of the exercise says 1e-5, as PyTorch's does. Leave the defaults as they stand in
    the starter.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-8):
        return batchnorm_forward(x, gamma, beta, running, training, momentum, eps)


class default_eps_1e3:
    """Your default of eps is 1e-3

    Keras has it so; the signature of the exercise says 1e-5, as PyTorch's does. Leave the defaults as they stand in
    the starter.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-3):
        return batchnorm_forward(x, gamma, beta, running, training, momentum, eps)


class eps_missing_at_inference:
    """At inference, your eps is missing

    While training it is there. Add eps to the running variance, too, inside the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        return batchnorm_forward(x, gamma, beta, running, training, momentum, eps if training else 0.0)


class eps_missing_while_training:
    """While training, your eps is missing

    At inference it is there. Add eps to the variance of the batch, too, inside the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        return batchnorm_forward(x, gamma, beta, running, training, momentum, 0.0 if training else eps)


class no_scale_and_shift:
    """You forget gamma and beta

    Normalising is half of the layer. Scale the normalised x by gamma and shift it by beta, in training and at
    inference.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        one, zero = np.ones_like(gamma), np.zeros_like(beta)
        return batchnorm_forward(x, one, zero, running, training, momentum, eps)


class no_scale_and_shift_at_inference:
    """At inference, you forget gamma and beta

    Only the statistics change at inference. Scale the normalised x by gamma and shift it by beta as in
    training.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if training:
            return batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        return (x - running["mean"]) / np.sqrt(running["var"] + eps), running, None


class batch_statistics_at_inference:
    """At inference, you normalise by the statistics of the batch

    The answer for one sample must not depend on which others come along with it. With training False, take
    `running["mean"]` and `running["var"]`.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        return out, (next_running if training else running), cache


class ignores_training:
    """Your function does not look at training

    It normalises by the batch and moves the running statistics at inference, too. With training False, take
    `running["mean"]` and `running["var"]`, and return them as they are.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        return batchnorm_forward(x, gamma, beta, running, True, momentum, eps)


class running_statistics_while_training:
    """While training, you normalise by the running statistics

    While training, the batch is normalised by its own mean and variance. The running ones are only brought up
    to date there, for inference.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not training:
            return batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        moved = _move(running, x, momentum)
        out, cache = _train(x, gamma, beta, moved["mean"], np.sqrt(moved["var"] + eps))
        return out, moved, cache


class variable_unset_at_inference:
    """At inference, you use a variable that only training sets

    Your function works while training. With training=False it skips the lines that give the variable its value,
    and then returns it: Python raises an UnboundLocalError. Give it a value in both branches.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if training:
            out, next_running, cache = batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        else:
            out, next_running, _ = batchnorm_forward(x, gamma, beta, running, False, momentum, eps)
        return out, next_running, cache


class unknown_name_at_inference:
    """At inference, you use a name that does not exist

    Your function works while training. In the lines for training=False there is a name that nothing defines, and
    Python raises a NameError: look for a slip of the pen, or for a running mean that is not read from running.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if training:
            return batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        xhat = (x - running_mean) / np.sqrt(running_var + eps)  # noqa: F821 - that is the mistake
        return gamma * xhat + beta, running, None


class divides_by_n_minus_one_at_inference:
    """At inference, you compute N / (N - 1), which does not exist for one sample

    Only the running variance of a training pass needs it. With training False there may be one sample, and Python raises
    a ZeroDivisionError: compute it in the lines for training=True.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        n = len(x)
        unbiased = n / (n - 1)
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            next_running["var"] = (1 - momentum) * running["var"] + momentum * x.var(axis=0) * unbiased
        return out, next_running, cache


class moves_running_statistics_at_inference:
    """You move the running statistics at inference

    Your output is right, but inference must learn nothing from what it sees. With training False, return
    running as it is.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, (next_running if training else _move(running, x, momentum)), cache


class running_variance_as_deviation:
    """At inference, you divide by the running variance, not by its root

    `running["var"]` is a variance. Add eps to it and take the root before you divide.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if training:
            return batchnorm_forward(x, gamma, beta, running, True, momentum, eps)
        return _infer(x, gamma, beta, running, running["var"] + eps)


class running_deviation_stored:
    """You store the standard deviation in running["var"]

    Inference takes the root once more. Move `running["var"]` towards the unbiased variance of the batch, before eps and
    before the root.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            std = np.sqrt(x.var(axis=0) + eps)
            next_running["var"] = (1 - momentum) * running["var"] + momentum * std
        return out, next_running, cache


class running_variance_with_eps:
    """Your running variance includes eps

    Inference adds eps once more. Move `running["var"]` towards the variance of the batch before you add eps to it.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            next_running["var"] = next_running["var"] + momentum * eps
        return out, next_running, cache


class running_biased_variance_with_eps:
    """Your running variance is the biased one, and includes eps

    Inference adds eps once more. Move `running["var"]` towards the variance that is divided by N - 1, before you add
    eps.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            next_running["var"] = (1 - momentum) * running["var"] + momentum * (x.var(axis=0) + eps)
        return out, next_running, cache


class running_biased_variance:
    """Your running variance is the biased one

    Two variances are asked for: the one divided by N normalises the batch, the one divided by N - 1 goes into
    the running variance, since that estimates the variance of all data.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            next_running["var"] = (1 - momentum) * running["var"] + momentum * x.var(axis=0)
        return out, next_running, cache


class running_statistics_not_moved:
    """While training, you return the running statistics as they were

    What you compute has to come back in next_running. While training, move both statistics towards those of
    the batch.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, _, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, running, cache


class running_statistics_overwritten:
    """You overwrite the running statistics by those of the batch

    They are an average over many batches: keep the share 1 - momentum of the old value, and add the share
    momentum of the new one.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, _, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, (_move(running, x, 1.0) if training else running), cache


class running_statistics_overwritten_biased:
    """You overwrite the running statistics by those of the batch, with the biased variance

    They are an average over many batches: keep the share 1 - momentum of the old value, and add the share
    momentum of the new one. And the variance that is remembered is divided by N - 1.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, _, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, ({"mean": x.mean(axis=0), "var": x.var(axis=0)} if training else running), cache


class momentum_swapped:
    """Your momentum is the weight of the old value

    Here, as in PyTorch, momentum is the weight of the new batch, and 1 - momentum that of the old value; in
    other courses it is the other way round.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        return batchnorm_forward(x, gamma, beta, running, training, 1 - momentum, eps)


class momentum_swapped_biased:
    """Your momentum is the weight of the old value, and your running variance is the biased one

    That is the convention of CS231n and MyTorch. Here momentum is the weight of the new batch, and the
    variance that is remembered is divided by N - 1.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, _, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if not training:
            return out, running, cache
        batch = {"mean": x.mean(axis=0), "var": x.var(axis=0)}
        return out, {name: momentum * running[name] + (1 - momentum) * batch[name] for name in batch}, cache


class momentum_brackets:
    """You multiply by the old running value inside the brackets of 1 - momentum

    The share of the old value is `(1 - momentum) * running`, not `1 - momentum * running`. Mind the brackets.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        if training:
            batch = {"mean": x.mean(axis=0), "var": x.var(axis=0, ddof=1)}
            next_running = {name: (1 - momentum * running[name]) + momentum * batch[name] for name in batch}
        return out, next_running, cache


_shared = {}


class state_shared_between_layers:
    """Your running statistics live outside the function, so all layers share them

    A network has many batch normalisation layers, and each has its own. Read them from the argument running
    and give the new ones back in next_running; keep nothing in a global.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        if not _shared:
            _shared.update(running)
        out, next_running, cache = batchnorm_forward(x, gamma, beta, _shared, training, momentum, eps)
        if training:
            _shared.update(next_running)
        return out, dict(_shared), cache


_last_cache = {}


class cache_in_a_global:
    """You keep the cache in a global and ignore the one you are given

    A network has many batch normalisation layers, and the last forward pass overwrites what the others need. Return from
    the forward pass what the backward pass needs, and read only that.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        _last_cache["xhat, std, gamma"] = cache
        return out, next_running, None

    def batchnorm_backward(dout, cache):
        return batchnorm_backward(dout, _last_cache["xhat, std, gamma"])


class dx_without_the_statistics:
    """Your dx leaves out that the mean and the variance depend on x

    `dout * gamma / std` treats them as constants. Each sample moves the mean and the variance of the whole batch: add
    the gradients that flow through these two.
    """

    def batchnorm_backward(dout, cache):
        _, std, gamma = cache
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dout * gamma / std, dgamma, dbeta


class dx_without_the_mean:
    """Your dx lacks the part that flows through the mean

    The mean is subtracted from every sample, so its gradient is minus the sum over the batch, and each sample
    gets 1/N of it.
    """

    def batchnorm_backward(dout, cache):
        xhat, std, gamma = cache
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return gamma / std * (dout - xhat * dgamma / len(dout)), dgamma, dbeta


class dx_without_the_variance:
    """Your dx lacks the part that flows through the variance

    The variance divides every sample of the batch, and it depends on x. Sum its gradient over the batch, then send it
    back to each sample through `(x - mean)**2`.
    """

    def batchnorm_backward(dout, cache):
        _, std, gamma = cache
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return gamma / std * (dout - dbeta / len(dout)), dgamma, dbeta


class variance_gradient_not_summed:
    """The gradient of your variance is not summed over the batch

    One variance divides all samples of a feature, so its gradient collects what comes from every one of them:
    it has shape (D,), not (N, D).
    """

    def batchnorm_backward(dout, cache):
        xhat, std, gamma = cache
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return gamma / std * (dout - dbeta / len(dout) - xhat * dout * xhat / len(dout)), dgamma, dbeta


class mean_gradient_not_summed:
    """The gradient of your mean is not summed over the batch

    One mean is subtracted from all samples of a feature, so its gradient collects what comes from every one
    of them: it has shape (D,), not (N, D).
    """

    def batchnorm_backward(dout, cache):
        xhat, std, gamma = cache
        n = len(dout)
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return gamma / std * (dout - dout / n - xhat * dgamma / n), dgamma, dbeta


class variance_gradient_lacks_the_two:
    """Your dx lacks the 2 of the derivative of a square

    The variance is the mean of `(x - mean)**2`; the derivative of a square is twice the number. Look at the step from
    the variance back to x.
    """

    def batchnorm_backward(dout, cache):
        xhat, std, gamma = cache
        n = len(dout)
        _, dgamma, dbeta = batchnorm_backward(dout, cache)
        return gamma / std * (dout - dbeta / n - 0.5 * xhat * dgamma / n), dgamma, dbeta


class dx_without_gamma:
    """Your dx leaves out gamma

    gamma stands between the normalised x and out, so the gradient of the normalised x is `dout * gamma`. Go on from
    there.
    """

    def batchnorm_backward(dout, cache):
        _, _, gamma = cache
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx / gamma, dgamma, dbeta


class eps_missing_in_backward:
    """Your backward pass leaves out eps

    It divides by the root of the variance alone, the forward pass by the root of the variance plus eps. With
    a tiny eps nobody sees it. The simplest way is to keep the forward pass's own denominator in the cache.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, _ = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, next_running, (x, gamma)

    def batchnorm_backward(dout, cache):
        x, gamma = cache
        std = x.std(axis=0)
        return batchnorm_backward(dout, ((x - x.mean(axis=0)) / std, std, gamma))


class cache_in_another_order:
    """You unpack the cache in another order than you packed it

    Your forward pass puts gamma before the standard deviation, your backward pass takes them the other way round.
    Both have the shape (D,), so nothing raises. Compare the two lines, or make the cache a dict.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, next_running, cache and (cache[0], cache[2], cache[1])


class cache_of_another_length:
    """You unpack another number of values than your cache has

    Your forward pass packs more into the cache than your backward pass takes out of it, and Python raises a
    ValueError. Change both lines together, or make the cache a dict.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, next_running, cache and (*cache, x)


class dgamma_and_dbeta_swapped:
    """dgamma and dbeta have changed places

    dbeta is the sum of dout, dgamma the sum of dout times the normalised x. They are returned as dx, dgamma,
    dbeta.
    """

    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx, dbeta, dgamma


class parameter_gradients_averaged:
    """You average dgamma and dbeta over the batch

    gamma and beta act on every sample, so what comes from the samples adds up. A mean over the batch, if
    there is one, is the loss's own, and is in dout already.
    """

    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx, dgamma / len(dout), dbeta / len(dout)


class parameter_gradients_not_summed:
    """You do not sum dgamma and dbeta over the batch

    gamma and beta have shape (D,), and so have their gradients: each is used by all samples, so what comes
    from them adds up.
    """

    def batchnorm_backward(dout, cache):
        dx, _, _ = batchnorm_backward(dout, cache)
        return dx, dout * cache[0], 1.0 * dout


class parameter_gradients_in_one_number:
    """You sum dgamma and dbeta over the features as well

    Each feature has a gamma and a beta of its own. Sum over the first axis only: the result has shape (D,).
    """

    def batchnorm_backward(dout, cache):
        dx, _, _ = batchnorm_backward(dout, cache)
        return dx, np.sum(dout * cache[0]), np.sum(dout)


class dgamma_as_a_matrix:
    """Your dgamma is a matrix product

    gamma acts on each feature by itself, so dgamma has shape (D,): multiply dout and the normalised x element
    by element and sum over the batch. That is the diagonal of your (D, D) matrix.
    """

    def batchnorm_backward(dout, cache):
        dx, _, dbeta = batchnorm_backward(dout, cache)
        return dx, dout.T @ cache[0], dbeta


class dgamma_from_x:
    """Your dgamma is made from x, not from the normalised x

    gamma multiplies the normalised x, so that is what multiplies dout in its gradient.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, next_running, (x, cache)

    def batchnorm_backward(dout, cache):
        x, cache = cache
        dx, _, dbeta = batchnorm_backward(dout, cache)
        return dx, (dout * x).sum(axis=0), dbeta


class gradients_of_shape_1_d:
    """Your dgamma and dbeta have shape (1, D)

    The values are right. keepdims=True leaves an axis of length 1 behind: gamma and beta have shape (D,), and
    their gradients have the same.
    """

    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx, dgamma[None], dbeta[None]


class running_statistics_of_shape_1_d:
    """Your running statistics have shape (1, D)

    The values are right. keepdims=True leaves an axis of length 1 behind: the mean and the variance in running have
    shape (D,), and what you return has the same.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        return out, {name: np.reshape(value, (1, -1)) for name, value in next_running.items()}, cache


class modifies_x:
    """Your forward pass modifies x

    The values are right, but x itself is changed for whoever still needs it. Write `x = x - mean` rather than
    `x -= mean`, and assign nothing into x.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        x -= x.mean(axis=0) if training else running["mean"]
        return out, next_running, cache


class modifies_running:
    """Your forward pass modifies running

    The values are right, but the dict that you were given is changed as well. Build a new dict and return it
    as next_running.
    """

    def batchnorm_forward(x, gamma, beta, running, training, momentum=0.1, eps=1e-5):
        out, next_running, cache = batchnorm_forward(x, gamma, beta, running, training, momentum, eps)
        for name in running:
            running[name][...] = next_running[name]
        return out, running, cache


class modifies_dout:
    """Your backward pass modifies dout

    The values are right, but dout itself is changed for whoever still needs it. Write `dxhat = dout * gamma`
    rather than `dout *= gamma`, and assign nothing into dout.
    """

    def batchnorm_backward(dout, cache):
        gradients = batchnorm_backward(dout, cache)
        dout *= cache[2]
        return gradients
