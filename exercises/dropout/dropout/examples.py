"""Public checks of the dropout exercise; they need no reference."""

import numpy as np

from grader.checks import check, has_frequency, matches, require


@check(points=0)
def an_element_is_zero_or_scaled_up(student, reference, rng):
    """With rate 0.2, every element of [1, -2, 3, 4, -5] comes out as 0 or multiplied by 1.25"""
    x = np.array([[1.0, -2.0, 3.0, 4.0, -5.0]])
    out, _ = student.dropout_forward(x, 0.2, True, rng)
    require(out.shape == x.shape, f"`out` has shape {out.shape}, expected {x.shape}, the shape of `x`.")
    matches(out, np.where(out != 0, [[1.25, -2.5, 3.75, 5.0, -6.25]], 0.0), name="out")


@check(points=0)
def one_element_in_four_is_dropped(student, reference, rng):
    """With rate 0.25, three quarters of the elements are kept"""
    out, _ = student.dropout_forward(np.ones((1, 6000)), 0.25, True, rng)
    has_frequency(out != 0, 0.75, name="kept elements")


@check(points=0)
def inference_changes_nothing(student, reference, rng):
    """At inference out is x and dx is dout"""
    x = np.array([[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]])
    dout = np.array([[0.5, 1.0], [2.0, -1.0], [3.0, 4.0]])
    out, cache = student.dropout_forward(x, 0.2, False, None)
    matches(out, x, name="out")
    matches(student.dropout_backward(dout, cache), dout, name="dx")


@check(points=0)
def backward_repeats_what_forward_did(student, reference, rng):
    """The backward pass multiplies each element of dout by the factor that the forward pass gave to x"""
    x = np.array([[1.0, -2.0, 3.0], [4.0, -5.0, 6.0]])
    dout = np.array([[0.4, 0.8, -0.2], [1.0, 2.0, -3.0]])
    out, cache = student.dropout_forward(x, 0.2, True, rng)
    dx = student.dropout_backward(dout, cache)
    require(out.shape == x.shape, f"`out` has shape {out.shape}, expected {x.shape}, the shape of `x`.")
    matches(dx, dout * out / x, name="dx")


@check(points=0)
def two_layers_keep_their_own_masks(student, reference, rng):
    """Two layers go forward, and then both go back, each with its own mask"""
    x = np.array([[1.0, -2.0, 3.0, -0.5, 1.5, 2.5], [4.0, -5.0, 6.0, 0.25, -3.5, -1.0]])
    dout = np.array([[0.4, 0.8, -0.2, 1.5, -2.5, 0.6], [1.0, 2.0, -3.0, -1.2, 0.7, 0.3]])
    out_1, cache_1 = student.dropout_forward(x, 0.5, True, rng)
    out_2, cache_2 = student.dropout_forward(x, 0.5, True, rng)
    for out, cache in [(out_1, cache_1), (out_2, cache_2)]:
        dx = student.dropout_backward(dout, cache)
        require(out.shape == x.shape, f"`out` has shape {out.shape}, expected {x.shape}, the shape of `x`.")
        matches(dx, dout * out / x, name="dx")
