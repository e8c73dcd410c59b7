"""Wrong answers to the dropout exercise that students really write."""

import numpy as np


class rate_as_keep_probability:
    """You read rate as the probability to keep

    Here rate is the probability to drop, as in PyTorch: with rate 0.2 about 80 elements of 100 are kept.
    Other courses pass the keep probability instead. Turn both places round, the comparison and the scale.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (rng.random(x.shape) < rate) / np.float64(rate)
        return x * scale, scale


class keeps_what_it_should_drop:
    """You keep the elements that should be dropped

    The scale `1 / (1 - rate)` is right, but the mask is 1 with probability rate, where it should be 0. A uniform number
    is smaller than rate with probability rate: turn the comparison round.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (rng.random(x.shape) < rate) / (1 - rate)
        return x * scale, scale


class no_scaling:
    """You do not scale what you keep

    With some of its inputs cut off, the next layer gets less than at inference, where all of them are there.
    While training, divide what you keep by the probability to keep it, and let the backward pass do the same.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        mask = 1.0 * (rng.random(x.shape) >= rate)
        return x * mask, mask


class scales_at_inference_instead:
    """You scale at inference instead of while training

    That is classic dropout, the form on the slides. This exercise asks for the inverted form: divide by 1 -
    rate while training, and let inference pass x as it is.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x * (1 - rate), 1 - rate
        mask = 1.0 * (rng.random(x.shape) >= rate)
        return x * mask, mask


class scales_at_inference_too:
    """You scale while training and again at inference

    What you keep is already divided by 1 - rate while training, so that inference needs no correction. With
    training False, out is x itself.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x * (1 - rate), 1.0
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class scales_up_at_inference:
    """You divide by 1 - rate at inference, where nothing is dropped

    The division makes up for what is cut off while training. At inference everything is there: with training
    False, out is x itself.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x / (1 - rate), 1.0
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class multiplies_by_keep_probability:
    """You multiply by 1 - rate while training instead of dividing

    Dropping makes the mean input of the next layer smaller by the factor 1 - rate already. To make up for
    that, the elements that stay have to grow.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (rng.random(x.shape) >= rate) * (1 - rate)
        return x * scale, scale


class divides_by_rate:
    """You divide by the probability to drop, not by the probability to keep

    Your mask is right. But with rate 0.2 what you keep should grow by `1 / 0.8`, that is 1.25, and you make it five
    times as large. Divide by the probability with which the mask is 1.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(rng.random(x.shape) >= rate, 1 / np.float64(rate), 0.0)
        return x * scale, scale


class division_before_comparison:
    """Your division comes before the comparison, so nothing is dropped

    Python reads `u < keep / keep` as `u < (keep / keep)`, that is `u < 1`, which is always true: the mask is
    all ones and nothing is scaled. Put the comparison in brackets and divide its result.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        keep = 1 - rate
        mask = rng.random(x.shape) < keep / keep
        return x * mask, mask


class normal_below_keep_probability:
    """You compare normal numbers, not uniform ones, with the keep probability

    A uniform number in [0, 1) is smaller than q with probability q; a standard normal one is not. Draw the
    mask with rng.random, not with rng.standard_normal (the same slip as randn for rand).
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (rng.standard_normal(x.shape) < 1 - rate) / (1 - rate)
        return x * scale, scale


class normal_above_rate:
    """You compare normal numbers, not uniform ones, with rate

    A uniform number in [0, 1) is smaller than rate with probability rate; a standard normal one is smaller
    than that far more often. Draw the mask with rng.random, not with rng.standard_normal (the same slip as
    randn for rand).
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (rng.standard_normal(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class one_mask_for_the_batch:
    """You draw one mask for the whole batch

    All samples of the batch lose the same elements, so a step trains one thinned net instead of many. The
    mask has the shape of x, its first axis included.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = np.broadcast_to((rng.random(x.shape[1:]) >= rate) / (1 - rate), x.shape)
        return x * scale, scale


class one_draw_for_each_sample:
    """You draw one number for each sample, so a sample is dropped as a whole

    Dropout cuts off single elements, not whole rows. The mask has the shape of x, not (N, 1).
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        draws = rng.random(x.shape[:1] + (1,) * (x.ndim - 1))
        scale = np.broadcast_to((draws >= rate) / (1 - rate), x.shape)
        return x * scale, scale


class drops_whole_channels:
    """With more than two axes you draw one number for each channel

    Dropping whole channels is a layer of its own (Dropout2d in PyTorch). Here each element has its own draw,
    so the mask has the shape of x, however many axes that has.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        draws = rng.random(x.shape[:2] + (1,) * (x.ndim - 2))
        scale = np.broadcast_to((draws >= rate) / (1 - rate), x.shape)
        return x * scale, scale


class one_mask_for_the_samples_of_images:
    """With more than two axes you draw one mask for all samples

    With x of shape (N, C, H, W) all samples lose the same elements. The mask has the shape of x, its first axis
    included, however many axes there are.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        shape = x.shape if x.ndim <= 2 else (1, *x.shape[1:])
        scale = np.broadcast_to((rng.random(shape) >= rate) / (1 - rate), x.shape)
        return x * scale, scale


class one_mask_for_the_channels:
    """With more than two axes you draw one mask for all channels of a sample

    With x of shape (N, C, H, W) all channels of a sample lose the same elements. The mask has the shape of x, its
    second axis included, however many axes there are.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        shape = x.shape if x.ndim <= 2 else (len(x), 1, *x.shape[2:])
        scale = np.broadcast_to((rng.random(shape) >= rate) / (1 - rate), x.shape)
        return x * scale, scale


class exactly_the_share:
    """You drop exactly the share rate of the elements in every call

    Which elements are dropped is random, but how many is not. Each element has a draw of its own, so that their number
    differs from call to call: compare one uniform number for each element with rate.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = np.full(x.size, 1 / (1 - rate))
        scale[rng.choice(x.size, round(rate * x.size), replace=False)] = 0.0
        scale = scale.reshape(x.shape)
        return x * scale, scale


class exactly_the_share_of_each_sample:
    """You drop exactly the share rate of the elements of every sample

    Which elements are dropped is random, but how many is not. Each element has a draw of its own, so that their number
    differs from sample to sample: compare one uniform number for each element with rate.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        ranks = rng.random((len(x), x[0].size)).argsort(axis=1).reshape(x.shape)
        scale = (ranks >= round(rate * x[0].size)) / (1 - rate)
        return x * scale, scale


class one_mask_rolled_along:
    """You draw one mask for the first sample and roll it along for the others

    The samples lose different elements, but one draw decides for all of them. Draw one number for each element, so a
    mask of the shape of x.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        first = (rng.random(x[0].size) >= rate) / (1 - rate)
        scale = np.stack([np.roll(first, i) for i in range(len(x))]).reshape(x.shape)
        return x * scale, scale


class only_two_axes:
    """Your mask has two axes only

    x may have any number of axes: (D,), (N, D), (N, C, H, W). Take the whole of x.shape for the mask, rather
    than its first two entries.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        n, d = x.shape
        scale = (rng.random((n, d)) >= rate) / (1 - rate)
        return x * scale, scale


class randomness_not_from_rng:
    """Your mask does not come from rng

    Two calls with generators in the same state give different masks, so your training cannot be repeated.
    Call the methods of rng, not the functions of np.random nor a generator of your own.
    """

    _own = np.random.default_rng(2014)

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (randomness_not_from_rng._own.random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class fixed_seed:
    """You draw the same mask in every call

    A seed of your own, set inside the function, makes all draws equal: the same elements are cut off on every
    step. Draw from rng, which moves on by itself, and set no seed.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (np.random.default_rng(0).random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class drops_at_inference:
    """You drop at inference, too

    Your function does not look at training. With training False nothing is dropped and nothing is scaled: out
    is x.
    """

    def dropout_forward(x, rate, training, rng):
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class drops_only_at_inference:
    """You drop at inference and pass everything while training

    The two branches have changed places. With training True elements are dropped and scaled; with training
    False out is x.
    """

    def dropout_forward(x, rate, training, rng):
        if training:
            return x, 1.0
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        return x * scale, scale


class draws_at_inference:
    """You draw a mask at inference, though you do not use it

    At inference rng may be None, and a layer that draws then changes every draw after it. Ask for training
    first, and draw only in its branch.
    """

    def dropout_forward(x, rate, training, rng):
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        if not training:
            return x, 1.0
        return x * scale, scale


class backward_forgets_the_scale:
    """Your backward pass forgets the factor 1 / (1 - rate)

    What the forward pass keeps it also divides by `1 - rate`, so its derivative is `1 / (1 - rate)`, not 1. The
    simplest way is to keep the mask with its scale in the cache.
    """

    def dropout_backward(dout, cache):
        return dout * (np.asarray(cache) != 0)


class backward_scales_twice:
    """Your backward pass divides by 1 - rate twice

    The mask in the cache is divided by 1 - rate already. Divide once: in the mask or in the backward pass.
    """

    def dropout_backward(dout, cache):
        return dout * cache * cache


class backward_without_mask:
    """Your backward pass does not use the mask

    An element that was dropped has no influence on the loss, so its gradient is 0. Keep the mask in the cache
    and apply it to dout.
    """

    def dropout_backward(dout, cache):
        return dout * np.max(cache)


class backward_passes_dout_unchanged:
    """Your backward pass returns dout as it is

    That is right at inference only. After training, each element of dout is multiplied by what the forward pass
    multiplied the same element of x by: 0, or `1 / (1 - rate)`.
    """

    def dropout_backward(dout, cache):
        return 1.0 * dout


class new_mask_in_backward:
    """Your backward pass draws a new mask

    The gradient flows through the elements that the forward pass kept, and through no others. Draw once, in
    the forward pass, and hand the mask on in the cache.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, (rate, training, rng)
        return x * (rng.random(x.shape) >= rate) / (1 - rate), (rate, training, rng)

    def dropout_backward(dout, cache):
        rate, training, rng = cache
        if not training:
            return dout
        return dout * (rng.random(dout.shape) >= rate) / (1 - rate)


_last = {}


class mask_in_a_global:
    """You keep the mask in a global and ignore the one in the cache

    A network has many dropout layers, and the last forward pass overwrites what the others need. Return the mask from
    the forward pass, in the cache, and let the backward pass read only that.
    """

    def dropout_forward(x, rate, training, rng):
        _last["scale"] = (rng.random(x.shape) >= rate) / (1 - rate) if training else np.ones(x.shape)
        return x * _last["scale"], None

    def dropout_backward(dout, cache):
        return dout * _last["scale"]


class mask_read_off_the_output:
    """You read the mask off out, which is 0 where x is 0, too

    Behind a ReLU many elements of x are 0. Such an element may well be kept, and then its gradient passes: `out != 0`
    does not tell. Keep the mask itself in the cache.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        out = x * (rng.random(x.shape) >= rate) / (1 - rate)
        return out, (out != 0) / (1 - rate)


class mask_from_out_over_x:
    """Your backward pass divides out by x, which may be 0

    Behind a ReLU many elements of x are 0, and `out / x` is nan there, whether they were kept or dropped. Keep the mask
    itself in the cache.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, (np.ones_like(x), np.ones_like(x))
        out = x * (rng.random(x.shape) >= rate) / (1 - rate)
        return out, (out, x)

    def dropout_backward(dout, cache):
        out, x = cache
        with np.errstate(divide="ignore", invalid="ignore"):
            return dout * out / x


class backward_scales_after_inference:
    """Your backward pass scales after inference, where the forward pass did not

    After a forward pass with training False, dx is dout. Let the cache tell the backward pass which of the
    two it was.
    """

    def dropout_forward(x, rate, training, rng):
        keep = rng.random(x.shape) >= rate if training else np.ones(x.shape, dtype=bool)
        return (x * keep / (1 - rate) if training else x), (keep, rate)

    def dropout_backward(dout, cache):
        keep, rate = cache
        return dout * keep / (1 - rate)


class works_in_place:
    """Your forward pass modifies x

    The values are right, but x itself is changed for whoever still needs it, the layer before this one for
    instance. Write `x = x * mask` rather than `x *= mask`, and assign nothing into x.
    """

    def dropout_forward(x, rate, training, rng):
        if not training:
            return x, 1.0
        scale = (rng.random(x.shape) >= rate) / (1 - rate)
        x *= scale
        return x, scale


class backward_works_in_place:
    """Your backward pass modifies dout

    The values are right, but dout itself is changed for whoever still needs it. Write `dx = dout * mask`
    rather than `dout *= mask`, and assign nothing into dout.
    """

    def dropout_backward(dout, cache):
        dout *= cache
        return dout
