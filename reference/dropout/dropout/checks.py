"""The hidden checks of the dropout exercise.

No stream of random numbers is pinned: x has no element near zero, so the mask is read off the student's own
output. has_frequency fails a right answer with a probability of at most 1e-10 a call; for all else the
probability of a false alarm stands beside the check.
"""

import numpy as np

from grader.checks import check, has_frequency, leaves_inputs_alone, matches, require


def _away_from_zero(rng, shape):
    return rng.uniform(0.5, 2.0, shape).round(2) * rng.choice([-1.0, 1.0], shape)


def _rate(rng, low, high):
    return round(rng.uniform(low, high), 2)


def _kept(out, x):
    require(out.shape == x.shape, f"`out` has shape {out.shape}, expected {x.shape}, the shape of `x`.")
    return out != 0


@check(points=2)
def scales_what_it_keeps(student, reference, rng):
    """While training, an element of out is either 0 or x / (1 - rate)"""
    x, rate = _away_from_zero(rng, (6, 7)), _rate(rng, 0.15, 0.35)
    out, _ = student.dropout_forward(x, rate, True, rng)
    kept = _kept(out, x)
    # All 42 elements dropped: at most 0.35**42 < 1e-19.
    require(kept.any(), "Every element of `out` is 0. At this rate most of them should be `x / (1 - rate)`.")
    matches(out, np.where(kept, x / (1 - rate), 0.0), name="out")


@check(points=2)
def drops_with_probability_rate(student, reference, rng):
    """While training, an element is dropped with probability rate, and rate 0 keeps everything"""
    # One sample of 6000 ones, so that one mask for the whole batch, which another check looks for, is no
    # fault here. Two rates, far from 0.5: normal draws for uniform ones show at one of them, whichever way
    # they are compared (78% of them are below 0.78: with that keep probability they are not told apart).
    x, small, large = np.ones((1, 6000)), _rate(rng, 0.2, 0.23), _rate(rng, 0.6, 0.7)
    with student.batch():
        out_small, _ = student.dropout_forward(x, small, True, rng)
        out_large, _ = student.dropout_forward(x, large, True, rng)
        out_zero, _ = student.dropout_forward(x[:, :40], 0.0, True, rng)
    for rate, out in [(small, out_small.value), (large, out_large.value)]:
        kept = _kept(out, x)
        # All 6000 kept: at most 0.85**6000 < 1e-400; all dropped: at most 0.7**6000, which is less.
        require(
            kept.any() and not kept.all(),
            "All 6000 elements of a sample are kept, or all are dropped. Each of them is dropped on its own, "
            "with probability `rate`.",
        )
        # A right share is near 1 - rate, which is 0.2 or more away from rate.
        require(
            abs(kept.mean() - rate) > 0.05 or not np.allclose(out[kept], 1 / rate),
            "Elements are kept with probability `rate`, and divided by `rate`: you read `rate` as the "
            "probability to keep. It is the probability to drop.",
        )
        has_frequency(kept, 1 - rate, name=f"kept elements (`rate` is {rate:g})")
    require(
        _kept(out_zero.value, x[:, :40]).all(),
        "With `rate = 0` some elements are 0. Nothing may be dropped then: look at how you compare.",
    )


@check(points=1)
def draws_each_element_from_rng(student, reference, rng):
    """While training, every element has a draw of its own, and every draw comes from rng"""
    x, rate, seed = _away_from_zero(rng, (10, 12)), _rate(rng, 0.4, 0.5), int(rng.integers(2**32))
    with student.batch():
        once, _ = student.dropout_forward(x, rate, True, np.random.default_rng(seed))
        again, _ = student.dropout_forward(x, rate, True, np.random.default_rng(seed))
        other, _ = student.dropout_forward(x, rate, True, np.random.default_rng(seed + 1))
    once, again, other = _kept(once.value, x), _kept(again.value, x), _kept(other.value, x)
    masks = np.stack([once, other])
    # The bounds below take the worst rate in [0.4, 0.5]. All 240 kept: 0.6**240 < 1e-53; all dropped: less.
    require(masks.any(), "All 240 elements are dropped. Each should be kept with probability `1 - rate`.")
    require(not masks.all(), "All 240 elements are kept. Each should be dropped with probability `rate`.")
    # 10 equal rows, twice: (0.6**10 + 0.4**10)**24 < 1e-53.
    require(
        (masks != masks[:, :1]).any(),
        "All samples of the batch lose the same elements: you draw one mask for the whole batch. "
        "Draw one number for each element, so a mask of the shape of `x`.",
    )
    # 12 equal columns, twice: (0.6**12 + 0.4**12)**20 < 1e-53.
    require(
        (masks != masks[:, :, :1]).any(),
        "A sample is kept or dropped as a whole: you draw one number for each row. "
        "Draw one for each element, so a mask of the shape of `x`.",
    )
    require(
        (once == again).all(),
        "Two generators in the same state gave different masks. Draw from `rng` and from nothing else.",
    )
    # Two equal masks of 120 elements: (0.6**2 + 0.4**2)**120 < 1e-34.
    require(
        (once != other).any(),
        "Two generators in different states gave the same mask. Draw from `rng`, and set no seed yourself.",
    )


@check(points=1)
def passes_everything_at_inference(student, reference, rng):
    """At inference out is x, and nothing is drawn: rng may be None"""
    x, rate = _away_from_zero(rng, (5, 6)), _rate(rng, 0.3, 0.45)
    out, _ = student.dropout_forward(x, rate, False, rng)
    # A right answer is never at risk: x has no zeros. A wrong mask that happens to keep all 30 elements is
    # given away by its scale, or by the second call, which has nothing to draw from.
    require(_kept(out, x).all(), "Some elements are 0 at inference, where nothing is dropped.")
    if np.allclose(out, x * (1 - rate)):
        trained, _ = student.dropout_forward(x, rate, True, rng)
        require(
            not np.allclose(trained, np.where(_kept(trained, x), x, 0.0)),
            "You scale by `1 - rate` at inference, and not while training: that is classic dropout. Here the "
            "scaling happens while training, and inference passes `x` as it is.",
        )
    matches(out, x, name="out")
    matches(student.dropout_forward(x, rate, False, None)[0], x, name="out")


@check(points=2)
def sends_the_gradient_through_the_same_mask(student, reference, rng):
    """The backward pass uses the mask and the scale of its own forward pass; after inference dx is dout"""
    # A backward pass without a mask gets by only if all 56 elements are kept: 0.65**56 < 1e-10; one with a
    # new mask only if that is the old one again: (0.65**2 + 0.35**2)**56 < 1e-14.
    x, dout, rate = _away_from_zero(rng, (7, 8)), _away_from_zero(rng, (7, 8)), _rate(rng, 0.35, 0.45)
    with student.batch():
        out, cache = student.dropout_forward(x, rate, True, rng)
        dx = student.dropout_backward(dout, cache)
        _, inference_cache = student.dropout_forward(x, rate, False, rng)
        inference_dx = student.dropout_backward(dout, inference_cache)
    kept, dx = _kept(out.value, x), dx.value
    require(dx.shape == dout.shape, f"`dx` has shape {dx.shape}, expected {dout.shape}, the shape of `dout`.")
    require(
        kept.all() or not np.array_equal(dx, dout),
        "`dx` is `dout` as it came in. That is right after inference only: use the mask of the forward pass.",
    )
    require(
        kept.all() or not (dx != 0).all(),
        "No element of `dx` is 0, though some of `out` are. What the forward pass drops passes no gradient.",
    )
    require(
        ((dx != 0) == kept).all(),
        "`dx` and `out` are 0 at different elements. The backward pass uses the mask of its forward pass: "
        "keep that mask in the cache.",
    )
    matches(dx, np.where(kept, dout / (1 - rate), 0.0), name="dx")
    matches(inference_dx.value, dout, name="dx at inference")


@check(points=1, after=draws_each_element_from_rng)
def takes_any_number_of_axes(student, reference, rng):
    """Inputs with one, three or four axes are dropped element by element, too"""
    inputs = [_away_from_zero(rng, shape) for shape in [(3, 4), (7,), (3, 4, 5), (2, 3, 4, 5)]]
    rate = _rate(rng, 0.4, 0.5)
    with student.batch():
        outs = [student.dropout_forward(x, rate, True, rng)[0] for x in inputs]
    masks = [_kept(out.value, x) for x, out in zip(inputs, outs, strict=True)]
    for x, out, kept in zip(inputs, outs, masks, strict=True):
        signs = np.where(kept, np.sign(x), 0.0)
        matches(np.sign(out.value), signs, name=f"sign of out for x of shape {x.shape}")
    # Six channels of 20 elements, each all kept or all dropped: (0.6**20 + 0.4**20)**6 < 1e-26. Who drops
    # nothing at all has another problem; a mask for each channel has 37 draws here: all kept, 0.6**37 < 1e-8.
    channels = masks[-1].reshape(6, 20)
    require(
        (channels != channels[:, :1]).any() or all(kept.all() for kept in masks),
        "With x of shape (N, C, H, W) whole channels are kept or dropped. Draw one number for each element "
        "instead, so a mask of the shape of `x`.",
    )


@check(points=1, after=draws_each_element_from_rng)
def leaves_x_and_dout_alone(student, reference, rng):
    """Neither pass modifies its inputs"""
    x, dout, rate = _away_from_zero(rng, (4, 5)), rng.normal(size=(4, 5)), _rate(rng, 0.3, 0.45)
    with student.batch():
        _, cache = leaves_inputs_alone(student, "dropout_forward", x, rate, True, rng)
        leaves_inputs_alone(student, "dropout_backward", dout, cache)
