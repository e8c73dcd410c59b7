"""Wrong answers to mlp_backprop that students really write, many of them in CS231n's TwoLayerNet."""

import numpy as np

from .solution import mlp_loss

WEIGHTS, BIASES = ("w1", "w2"), ("b1", "b2")


def _forward(x, params):
    """z, hidden and scores."""
    z = x @ params["w1"] + params["b1"]
    hidden = np.maximum(z, 0)
    return z, hidden, hidden @ params["w2"] + params["b2"]


def _cross_entropy(scores, y):
    """The mean cross-entropy and its gradient with respect to the scores."""
    samples = np.arange(len(y))
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dscores = np.exp(log_probabilities)
    dscores[samples, y] -= 1
    return -log_probabilities[samples, y].mean(), dscores / len(y)


def _gradients(x, hidden, dz, dscores):
    """The gradients without a penalty."""
    return {"w1": x.T @ dz, "b1": dz.sum(axis=0), "w2": hidden.T @ dscores, "b2": dscores.sum(axis=0)}


def _penalised(loss, grads, params, reg, *, half=0.5, slope=1.0, in_loss=WEIGHTS, in_grads=WEIGHTS):
    """Adds half * reg * squares to the loss, slope * reg * parameter to the gradients; right by default."""
    loss = loss + half * reg * sum(np.sum(params[key] ** 2) for key in in_loss)
    return loss, {key: grads[key] + slope * reg * params[key] * (key in in_grads) for key in grads}


def _with_gate(x, y, params, reg, gate):
    """Right but for dz, which is gate(dhidden, z, hidden)."""
    z, hidden, scores = _forward(x, params)
    loss, dscores = _cross_entropy(scores, y)
    dz = gate(dscores @ params["w2"].T, z, hidden)
    return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


def _with_dscores(x, y, params, reg, change):
    """Right but for dscores, which is change(dscores)."""
    z, hidden, scores = _forward(x, params)
    loss, dscores = _cross_entropy(scores, y)
    dscores = change(dscores)
    dz = dscores @ params["w2"].T * (z > 0)
    return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


def _with_probabilities(x, y, params, reg, softmax, log=np.log):
    """Right but for the softmax and the logarithm of the probabilities."""
    z, hidden, scores = _forward(x, params)
    samples = np.arange(len(y))
    with np.errstate(all="ignore"):
        dscores = softmax(scores)
        loss = -log(dscores[samples, y]).mean()
    dscores[samples, y] -= 1
    dscores /= len(y)
    dz = dscores @ params["w2"].T * (z > 0)
    return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


# --- the mean over the batch --------------------------------------------------------------------------------


class batch_summed:
    """You sum over the batch where the mean is asked for

    Loss and gradients fit each other but are N times too large. Divide the cross-entropy and dscores by the
    number of samples; the penalty is not divided.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params)
        return _penalised(len(x) * loss, {key: len(x) * grads[key] for key in grads}, params, reg)


class loss_not_averaged:
    """Your loss is summed over the batch, your gradients are averaged

    Divide the cross-entropy by the number of samples too; the penalty is not divided.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params)
        return _penalised(len(x) * loss, grads, params, reg)


class gradient_not_averaged:
    """Your gradients lack the factor 1/N of the mean

    The loss is a mean over the batch, so dscores, where the way back begins, has the same factor 1/N.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params)
        return _penalised(loss, {key: len(x) * grads[key] for key in grads}, params, reg)


class averaged_twice:
    """Your gradients are divided by N twice

    The factor 1/N of the mean belongs into dscores, once. The layers below only sum over the batch.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params)
        return _penalised(loss, {key: grads[key] / len(x) for key in grads}, params, reg)


class bias_gradients_averaged:
    """Your bias gradients are divided by N twice

    dscores has the factor 1/N of the mean already, so the gradients of b1 and b2 are sums over the batch.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params, reg)
        return loss, {key: grads[key] / len(x) if key in BIASES else grads[key] for key in grads}


# --- the penalty --------------------------------------------------------------------------------------------


class reg_ignored:
    """You leave out the L2 penalty

    reg appears neither in your loss nor in your gradients. The penalty adds to the loss, and its slope adds
    to the gradients of w1 and w2.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return mlp_loss(x, y, params)


class penalty_missing_in_the_loss:
    """Your loss lacks the L2 penalty

    Your gradients have it, but the loss is the cross-entropy alone. Add reg/2 times the squares of w1 and w2.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_loss=())


class penalty_missing_in_the_gradients:
    """Your gradients lack the L2 penalty

    Your loss has it, but its slope is missing: `reg * w` adds to the gradient of each weight matrix.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_grads=())


class penalty_without_a_half:
    """Your L2 penalty lacks the factor 1/2

    Your loss and your gradients fit each other: `reg * w**2` and `2 * reg * w`. This exercise asks for `reg/2 * w**2`,
    whose slope is `reg * w`.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, half=1.0, slope=2.0)


class half_missing_in_the_loss:
    """The L2 penalty in your loss lacks the factor 1/2

    Your gradients have `reg * w`, which is the slope of `reg/2 * w**2`, not of `reg * w**2`.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, half=1.0)


class penalty_twice_in_the_gradients:
    """The L2 penalty in your gradients is twice too large

    Your loss has `reg/2 * w**2`, whose slope is `reg * w`: the 2 of the square and the 1/2 cancel.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, slope=2.0)


class half_kept_in_the_gradients:
    """The L2 penalty in your gradients keeps the factor 1/2

    The slope of `reg/2 * w**2` is `reg * w`: the 2 of the square and the 1/2 cancel.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, slope=0.5)


class penalty_divided_by_n:
    """You divide the L2 penalty by the batch size

    The penalty does not depend on the batch: it is reg/2 times the squares of the weights, and `reg * w` in the
    gradients. Only the cross-entropy is a mean.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg / len(x))


class w1_not_penalised:
    """You penalise w2 only

    The squares of both weight matrices count. Add those of w1 to the loss, and `reg * w1` to its gradient.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_loss=("w2",), in_grads=("w2",))


class w2_not_penalised:
    """You penalise w1 only

    The squares of both weight matrices count. Add those of w2 to the loss, and `reg * w2` to its gradient.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_loss=("w1",), in_grads=("w1",))


class biases_penalised:
    """You penalise the biases too

    The penalty is for the weights w1 and w2 alone: a large bias makes a network no less smooth.
    """

    def mlp_loss(x, y, params, reg=0.0):
        keys = WEIGHTS + BIASES
        return _penalised(*mlp_loss(x, y, params), params, reg, in_loss=keys, in_grads=keys)


class bias_gradients_penalised:
    """Your bias gradients have an L2 term that your loss does not have

    Only w1 and w2 are penalised. The gradients of b1 and b2 do not depend on reg.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_grads=WEIGHTS + BIASES)


class biases_penalised_in_the_loss:
    """Your loss has an L2 term for the biases that your gradients do not have

    Only w1 and w2 are penalised. Leave b1 and b2 out of the sum of squares.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _penalised(*mlp_loss(x, y, params), params, reg, in_loss=WEIGHTS + BIASES)


# --- the hidden layer ---------------------------------------------------------------------------------------


class gate_missing:
    """Your way back passes the gradient on where a unit is off

    Either there is no ReLU on it, or its gate never closes: the output of the ReLU is never below 0. Multiply dhidden by
    1 where `z > 0` and by 0 elsewhere.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_gate(x, y, params, reg, lambda dhidden, z, hidden: dhidden)


class gate_on_the_gradient:
    """Your ReLU gate looks at the gradient, not at z

    What decides is whether the unit was on in the forward pass, z > 0. The gradient that comes back may have
    any sign.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_gate(x, y, params, reg, lambda dhidden, z, hidden: dhidden * (dhidden > 0))


class gate_reversed:
    """Your ReLU gate is the wrong way round

    The gradient passes where z > 0, and is 0 where z < 0. Yours passes where the units are off.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_gate(x, y, params, reg, lambda dhidden, z, hidden: dhidden * (z < 0))


class multiplied_by_the_activation:
    """You multiply by the hidden activations, not by the slope of the ReLU

    The slope of the ReLU is 1 where the unit is on, whatever its value, and 0 where it is off.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_gate(x, y, params, reg, lambda dhidden, z, hidden: dhidden * hidden)


class dw2_from_z:
    """Your gradient of w2 uses z, not the output of the ReLU

    The second layer's input is hidden, the ReLU of z, so its weight gradient is the transpose of hidden times dscores.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params, reg)
        z, _, scores = _forward(x, params)
        return loss, {**grads, "w2": z.T @ _cross_entropy(scores, y)[1] + reg * params["w2"]}


class no_relu:
    """Your network has no ReLU between the layers

    Without it, two affine layers are one affine layer. hidden is the larger of 0 and z, element by element.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z, _, _ = _forward(x, params)
        loss, dscores = _cross_entropy(z @ params["w2"] + params["b2"], y)
        return _penalised(loss, _gradients(x, z, dscores @ params["w2"].T, dscores), params, reg)


class no_relu_but_a_gate:
    """Your way back has the ReLU, your forward pass does not

    You compute the scores from z. The second layer's input is hidden, the ReLU of z.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z, _, _ = _forward(x, params)
        loss, dscores = _cross_entropy(z @ params["w2"] + params["b2"], y)
        return _penalised(loss, _gradients(x, z, dscores @ params["w2"].T * (z > 0), dscores), params, reg)


class pythons_max_for_the_relu:
    """Your ReLU is Python's max, which compares whole arrays

    `max(0, z)` asks whether z is larger than 0, and an array has no single answer: Python raises a ValueError. The ReLU
    works element by element, so take NumPy's function for that.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z = x @ params["w1"] + params["b1"]
        hidden = max(0, z)
        loss, dscores = _cross_entropy(hidden @ params["w2"] + params["b2"], y)
        dz = dscores @ params["w2"].T * (z > 0)
        return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


class relu_gives_the_mask:
    """Your ReLU returns 0 or 1, not the value

    A unit that is on passes its value z on; 0 or 1 is the slope of the ReLU, for the way back.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z, _, _ = _forward(x, params)
        hidden = (z > 0).astype(float)
        loss, dscores = _cross_entropy(hidden @ params["w2"] + params["b2"], y)
        dz = dscores @ params["w2"].T * hidden
        return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


class relu_on_the_scores:
    """You apply a ReLU to the scores too

    The last layer is affine: its scores may be negative, and they go into the softmax as they are.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z, hidden, scores = _forward(x, params)
        loss, dscores = _cross_entropy(np.maximum(scores, 0), y)
        dscores = dscores * (scores > 0)
        dz = dscores @ params["w2"].T * (z > 0)
        return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


class biases_forgotten:
    """Your forward pass leaves out b1 and b2

    Each layer computes x w + b. Your bias gradients may be there, but the biases do not act.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return mlp_loss(x, y, {**params, "b1": 0 * params["b1"], "b2": 0 * params["b2"]}, reg)


# --- softmax and cross-entropy ------------------------------------------------------------------------------


class true_class_not_subtracted:
    """Your dscores lacks the -1 at the true class

    The gradient of the cross-entropy with respect to the scores is the probabilities minus the one-hot true
    class.
    """

    def mlp_loss(x, y, params, reg=0.0):
        one_hot = np.eye(len(params["b2"]))[y]
        return _with_dscores(x, y, params, reg, lambda dscores: dscores + one_hot / len(x))


class sign_of_the_gradient:
    """Your gradients of the cross-entropy have the wrong sign

    It is the probabilities minus the one-hot true class, not the other way round: raising the true class's
    score lowers the loss.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_dscores(x, y, params, reg, lambda dscores: -dscores)


class sign_of_the_loss:
    """Your cross-entropy has the wrong sign

    The loss is minus the logarithm of the true class's probability: never negative, and 0 for a perfect
    prediction.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params)
        return _penalised(-loss, grads, params, reg)


class classes_counted_in_the_labels:
    """You take the number of classes from the labels

    A batch need not have a sample of every class, so neither the largest label nor the number of different ones tells
    how many there are. The scores do: they have one column for each class.
    """

    def mlp_loss(x, y, params, reg=0.0):
        z, hidden, scores = _forward(x, params)
        loss, dscores = _cross_entropy(scores, y)
        probabilities = len(x) * dscores + np.eye(scores.shape[1])[y]
        dscores = (probabilities - np.eye(y.max() + 1)[y]) / len(x)
        dz = dscores @ params["w2"].T * (z > 0)
        return _penalised(loss, _gradients(x, hidden, dz, dscores), params, reg)


class softmax_over_the_batch:
    """Your softmax runs over the batch, not over the classes

    The probabilities of one sample sum to 1: take the maximum and the sum along axis 1, with keepdims.
    """

    def mlp_loss(x, y, params, reg=0.0):
        def softmax(scores):
            exponentials = np.exp(scores - scores.max(axis=0))
            return exponentials / exponentials.sum(axis=0)

        return _with_probabilities(x, y, params, reg, softmax)


class no_max_shift:
    """Your softmax overflows for large scores

    `exp(1000)` is infinite, and `exp(-1000)` is 0. Subtract from each row of scores its maximum before you take the
    exponential: the probabilities stay the same.
    """

    def mlp_loss(x, y, params, reg=0.0):
        def softmax(scores):
            return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

        return _with_probabilities(x, y, params, reg, softmax)


class one_shift_for_the_whole_batch:
    """You shift all rows by the maximum of the whole batch

    A row whose scores lie far below that maximum has only exponentials that are 0. Shift each row by its own
    maximum.
    """

    def mlp_loss(x, y, params, reg=0.0):
        def softmax(scores):
            exponentials = np.exp(scores - scores.max())
            return exponentials / exponentials.sum(axis=1, keepdims=True)

        return _with_probabilities(x, y, params, reg, softmax)


def _stable_softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class log_of_a_zero_probability:
    """Your loss is infinite where a probability is too small to be a number

    The probability of a hopeless class is rounded to 0, and its logarithm is minus infinity. Do not take the
    logarithm of the softmax: work with the shifted score minus the logarithm of the sum of exponentials.
    """

    def mlp_loss(x, y, params, reg=0.0):
        return _with_probabilities(x, y, params, reg, _stable_softmax)


def _capped(small):
    def loss_and_gradients(x, y, params, reg=0.0):
        return _with_probabilities(x, y, params, reg, _stable_softmax, log=lambda p: np.log(p + small))

    return loss_and_gradients


class small_number_inside_the_log:
    """A small number inside your logarithm caps the loss

    It hides the infinity, but `log(1e-12)` is about -28, whatever the scores. Work with the shifted score minus the
    logarithm of the sum of exponentials; it needs no such number.
    """

    mlp_loss = _capped(1e-12)


class small_number_1e_5_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-5)


class small_number_1e_6_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-6)


class small_number_1e_7_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-7)


class small_number_1e_8_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-8)


class small_number_1e_9_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-9)


class small_number_1e_10_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-10)


class small_number_1e_15_inside_the_log(small_number_inside_the_log):
    mlp_loss = _capped(1e-15)


# --- the arguments ------------------------------------------------------------------------------------------


class grads_written_into_params:
    """You write the gradients into params

    `grads = params` gives the same dict a second name, so the caller's parameters are gone. Start from a dict of its
    own.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params, reg)
        params.update(grads)
        return loss, params


class params_updated:
    """You update the parameters, which is not asked for here

    The function returns the loss and the gradients; applying them is the optimizer's work, and the caller
    decides on it.
    """

    def mlp_loss(x, y, params, reg=0.0):
        loss, grads = mlp_loss(x, y, params, reg)
        for key in params:
            params[key] -= 0.01 * grads[key]
        return loss, grads
