"""Hidden checks of the affine layer."""

import numpy as np

from grader.checks import check, gradient_check, leaves_inputs_alone, matches


def _layer(rng, *shape, outputs=3):
    """Random x of this shape, w and b that fit it."""
    return rng.normal(size=shape), rng.normal(size=(np.prod(shape[1:]), outputs)), rng.normal(size=outputs)


@check(points=2)
def computes_x_w_plus_b(student, reference, rng):
    """The forward pass computes x w + b for every sample of the batch"""
    x, w, b = _layer(rng, 5, 4)
    out, _ = student.affine_forward(x, w, b)
    matches(out, reference.affine_forward(x, w, b)[0], name="out")


@check(points=1, after=computes_x_w_plus_b)
def flattens_each_sample(student, reference, rng):
    """The forward pass flattens samples of two and of three axes, each to a row of its own, and a single one too"""
    layers = [
        _layer(rng, *shape, outputs=outputs) for shape, outputs in (((4, 2, 3), 5), ((3, 2, 1, 4), 5), ((1, 2, 3), 1))
    ]
    with student.batch():
        answers = [student.affine_forward(*layer) for layer in layers]
    for layer, (out, _) in zip(layers, answers, strict=True):
        matches(out.value, reference.affine_forward(*layer)[0], name="out")


def _gradients(student, reference, rng, *shape, outputs):
    """The student's dx, dw, db, and the right ones, for a random dout."""
    x, w, b = _layer(rng, *shape, outputs=outputs)
    dout = rng.normal(size=(shape[0], outputs))
    _, cache = student.affine_forward(x, w, b)
    _, right_cache = reference.affine_forward(x, w, b)
    return student.affine_backward(dout, cache), reference.affine_backward(dout, right_cache)


@check(points=1)
def finds_dx(student, reference, rng):
    """The backward pass gives the gradient with respect to x"""
    # w is square here: a forgotten transpose gives numbers that can be compared. Elsewhere it is not.
    (dx, _, _), (expected, _, _) = _gradients(student, reference, rng, 5, 4, outputs=4)
    matches(dx, expected, name="dx")


@check(points=1)
def finds_dw(student, reference, rng):
    """The backward pass gives the gradient with respect to w"""
    (_, dw, _), (_, expected, _) = _gradients(student, reference, rng, 5, 4, outputs=3)
    matches(dw, expected, name="dw")


@check(points=1)
def finds_db(student, reference, rng):
    """The backward pass gives the gradient with respect to b"""
    (_, _, db), (_, _, expected) = _gradients(student, reference, rng, 5, 4, outputs=3)
    # The shape (1, 3) costs its points below, not here.
    matches(db[0] if db.shape == (1, 3) else db, expected, name="db")


@check(points=2, after=(flattens_each_sample, finds_dx, finds_dw, finds_db))
def gradients_have_the_shapes_of_the_arguments(student, reference, rng):
    """For samples of any shape, dx, dw and db have the shapes of x, w and b and are right"""
    for shape, outputs in (((5, 4), 3), ((4, 2, 3), 1), ((1, 2, 1, 4), 3)):
        inputs = dict(zip("xwb", _layer(rng, *shape, outputs=outputs), strict=True))
        gradient_check(student, reference, "affine_forward", "affine_backward", inputs, rng, wrt=list(inputs))


@check(points=1, after=(computes_x_w_plus_b, finds_dx, finds_dw))
def two_layers_keep_their_own_caches(student, reference, rng):
    """Two layers, forward through both and then back through both in either order, do not mix up their caches"""

    def one_on_the_other(layers, x, w_1, b_1, w_2, b_2, dout):
        hidden, cache_1 = layers.affine_forward(x, w_1, b_1)
        _, cache_2 = layers.affine_forward(hidden, w_2, b_2)
        dhidden, dw_2, _ = layers.affine_backward(dout, cache_2)
        dx, dw_1, _ = layers.affine_backward(dhidden, cache_1)
        return {"dw of the second layer": dw_2, "dw of the first layer": dw_1, "dx": dx}

    def side_by_side(layers, first, second, dout_1, dout_2):
        _, cache_1 = layers.affine_forward(*first)
        _, cache_2 = layers.affine_forward(*second)
        dx_1, dw_1, _ = layers.affine_backward(dout_1, cache_1)
        dx_2, dw_2, _ = layers.affine_backward(dout_2, cache_2)
        return {"dx of the first layer": dx_1, "its dw": dw_1, "dx of the second layer": dx_2, "dw of that": dw_2}

    # The layers have the same shape at first: a mixed-up cache gives wrong numbers instead of an exception. Then they have
    # not, but as many numbers: so does a mixed-up shape.
    chain = (*_layer(rng, 5, 4, outputs=4), *_layer(rng, 5, 4, outputs=4)[1:], rng.normal(size=(5, 4)))
    pair = _layer(rng, 6, 4), _layer(rng, 8, 3), rng.normal(size=(6, 3)), rng.normal(size=(8, 3))
    for way, inputs in ((one_on_the_other, chain), (side_by_side, pair)):
        with student.batch():
            got = way(student, *inputs)
        matches({name: gradient.value for name, gradient in got.items()}, way(reference, *inputs))


@check(points=1, after=computes_x_w_plus_b)
def leaves_its_arguments_alone(student, reference, rng):
    """Neither pass modifies its arguments"""
    x, w, b = _layer(rng, 4, 2, 3)
    with student.batch():
        _, cache = leaves_inputs_alone(student, "affine_forward", x, w, b)
        leaves_inputs_alone(student, "affine_backward", rng.normal(size=(4, 3)), cache)
