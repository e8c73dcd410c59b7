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


def _share_draws(masks, rate):
    """The sentence for draws that depend on each other, None where they do not.

    masks : (9, 6, 48) bool, what nine calls with a rate in [0.4, 0.5] kept. That two rows are equal has the probability
    (0.6**2 + 0.4**2)**48 < 3e-14 at most, whichever way one of them is rolled.
    """
    rows = [row.tobytes() for row in masks[0]]
    # 15 pairs: < 5e-13.
    if len(set(rows)) < 6:
        return "Some samples of the batch lose the same elements, though not all of them do."
    # 5 rows and 48 rolls: < 8e-12. All rolls of the first row stand in two copies of it, one behind the other.
    if any(row in 2 * rows[0] for row in rows[1:]):
        return "A sample of the batch loses the same elements as the first one, only rolled along."
    # The difference of the counts of two rows has the variance 96 rate (1 - rate). A mean square of 27 such differences
    # below 6% of that: < 1e-11, by the Chernoff bound on the binomial probabilities; of 216 pairs of columns, which have
    # 12 rate (1 - rate): < 1e-70.
    by_rows, by_columns = np.diff(masks.sum(axis=2).reshape(-1, 2)), np.diff(masks.sum(axis=1).reshape(-1, 2))
    if (by_rows**2).mean() < 0.06 * 96 * rate * (1 - rate):
        return "All samples of a batch lose the same number of elements, or nearly so."
    if (by_columns**2).mean() < 0.06 * 12 * rate * (1 - rate):
        return "Each element is kept in the same number of samples of a batch, or nearly so."
    # Nine equal counts of 288 draws; none of the counts has a probability of 0.048: 0.048**8 < 3e-11.
    if np.ptp(masks.sum(axis=(1, 2))) == 0:
        return "Nine calls with the same rate drop the very same number of elements."
    return None


@check(points=1)
def draws_each_element_from_rng(student, reference, rng):
    """While training, every element has a draw of its own, and every draw comes from rng"""
    x, rate, seed = np.ones((6, 48)), _rate(rng, 0.4, 0.5), int(rng.integers(2**32))
    with student.batch():
        again, _ = student.dropout_forward(x, rate, True, np.random.default_rng(seed))
        seeds = range(seed, seed + 9)
        outs = [student.dropout_forward(x, rate, True, np.random.default_rng(each))[0] for each in seeds]
    again, masks = _kept(again.value, x), np.stack([_kept(out.value, x) for out in outs])
    # The bounds here and above take the worst rate in [0.4, 0.5]. All 2592 kept: 0.6**2592 < 1e-500; all dropped: less.
    require(masks.any(), "All 2592 elements are dropped. Each should be kept with probability `1 - rate`.")
    require(not masks.all(), "All 2592 elements are kept. Each should be dropped with probability `rate`.")
    # 6 equal rows, nine times: (0.6**6 + 0.4**6)**432 < 1e-500.
    require(
        (masks != masks[:, :1]).any(),
        "All samples of the batch lose the same elements: you draw one mask for the whole batch. "
        "Draw one number for each element, so a mask of the shape of `x`.",
    )
    # 48 equal columns, nine times: (0.6**48 + 0.4**48)**54 < 1e-500.
    require(
        (masks != masks[:, :, :1]).any(),
        "A sample is kept or dropped as a whole: you draw one number for each row. "
        "Draw one for each element, so a mask of the shape of `x`.",
    )
    require(
        (masks[0] == again).all(),
        "Two generators in the same state gave different masks. Draw from `rng` and from nothing else.",
    )
    # Two equal masks of 288 elements: (0.6**2 + 0.4**2)**288 < 1e-81.
    require(
        (masks[0] != masks[1]).any(),
        "Two generators in different states gave the same mask. Draw from `rng`, and set no seed yourself.",
    )
    finding = _share_draws(masks, rate)
    require(not finding, f"{finding} Draw one number for each element, and let none depend on another.")


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


@check(points=1)
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


@check(points=1, after=sends_the_gradient_through_the_same_mask)
def keeps_the_mask_in_the_cache(student, reference, rng):
    """Each cache holds its own mask: of two layers, forward and then back, and where x is 0 as behind a ReLU"""
    # The layers have the same shape: a mixed-up mask gives wrong numbers instead of an exception.
    shape, rate = (8, 15), _rate(rng, 0.35, 0.45)
    x_1, x_2, dout = (_away_from_zero(rng, shape) for _ in range(3))
    silent = rng.permutation(120).reshape(shape) < 60
    x_2[silent] = 0.0
    with student.batch():
        out_1, cache_1 = student.dropout_forward(x_1, rate, True, rng)
        out_2, cache_2 = student.dropout_forward(x_2, rate, True, rng)
        dx_1 = student.dropout_backward(dout, cache_1)
        dx_2 = student.dropout_backward(dout, cache_2)
    for dx in (dx_1.value, dx_2.value):
        require(dx.shape == shape, f"`dx` has shape {dx.shape}, expected {shape}, the shape of `dout`.")
    # Two equal masks of 120 elements: (0.65**2 + 0.35**2)**120 < 1e-31.
    require(
        ((dx_1.value != 0) == _kept(out_1.value, x_1)).all(),
        "After the forward passes of two layers, `dx` and `out` of the first one are 0 at different elements. Each cache "
        "holds the mask of its own layer: keep nothing outside the functions.",
    )
    dx, kept = dx_2.value, _kept(out_2.value, x_2) | (silent & (dx_2.value != 0))
    require(np.isfinite(dx).all(), "Where `x` is 0, `dx` is nan or inf: take the mask as you drew it, not `out / x`.")
    has_frequency(kept[silent], 1 - rate, name="nonzero elements of `dx` where `x` is 0")
    matches(dx, np.where(kept, dout / (1 - rate), 0.0), name="dx")


@check(points=1, after=draws_each_element_from_rng)
def takes_any_number_of_axes(student, reference, rng):
    """Inputs with one, three or four axes are dropped element by element, too"""
    inputs = [_away_from_zero(rng, shape) for shape in [(3, 4), (7,), (3, 5, 10), (2, 3, 5, 10)]]
    rate = _rate(rng, 0.4, 0.5)
    with student.batch():
        outs = [student.dropout_forward(x, rate, True, rng)[0] for x in inputs]
    masks = [_kept(out.value, x) for x, out in zip(inputs, outs, strict=True)]
    for x, out, kept in zip(inputs, outs, masks, strict=True):
        signs = np.where(kept, np.sign(x), 0.0)
        matches(np.sign(out.value), signs, name=f"sign of out for x of shape {x.shape}")
    if all(kept.all() for kept in masks):
        return  # Who drops nothing at all has another problem.
    # Six channels of 50 elements, each all kept or all dropped: (0.6**50 + 0.4**50)**6 < 1e-66.
    require(
        (masks[3] != masks[3][:, :, :1, :1]).any(),
        "With x of shape (N, C, H, W) whole channels are kept or dropped. Draw one number for each element "
        "instead, so a mask of the shape of `x`.",
    )
    # That a mask is the same all along an axis of length k has the probability (0.6**k + 0.4**k)**(size / k) at most,
    # here 0.52**150 < 1e-42 for the two samples, and (0.6**3 + 0.4**3)**50 < 1e-27 for three samples or channels.
    for kept in masks[2:]:
        for axis, what in enumerate(["samples", "channels", "rows", "columns"][: kept.ndim]):
            require(
                (kept != kept.take([0], axis=axis)).any(),
                f"With x of shape {kept.shape} all its {what} lose the same elements (axis {axis}). Draw one number for "
                "each element, so a mask of the shape of `x`, its first axes included.",
            )
        # Two equal rows of 50 elements: 0.52**50 < 1e-14, and there are 3 pairs of samples, or 15 of channels.
        slices = kept.reshape(-1, 50)
        require(
            len({each.tobytes() for each in slices}) == len(slices),
            f"With x of shape {kept.shape} two samples or channels lose the same elements. Draw one number for each "
            "element, so a mask of the shape of `x`.",
        )


@check(points=1, after=draws_each_element_from_rng)
def leaves_x_and_dout_alone(student, reference, rng):
    """Neither pass modifies its inputs"""
    x, dout, rate = _away_from_zero(rng, (4, 5)), rng.normal(size=(4, 5)), _rate(rng, 0.3, 0.45)
    with student.batch():
        for training in (True, False):
            _, cache = leaves_inputs_alone(student, "dropout_forward", x, rate, training, rng)
            leaves_inputs_alone(student, "dropout_backward", dout, cache)
