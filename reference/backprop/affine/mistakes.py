"""Wrong answers to the affine layer that students really write."""

import numpy as np

from .solution import affine_backward, affine_forward


class bias_forgotten:
    """Your forward pass leaves out b

    The layer computes x w + b. The bias has one number for each output and is added to every row of the
    batch.
    """

    def affine_forward(x, w, b):
        return x.reshape(len(x), -1) @ w, (x, w)

    affine_backward = affine_backward


class samples_not_flattened:
    """You multiply x by w without flattening the samples

    An x with more than two axes does not fit w, which has one row for each number of a sample. Reshape x to
    (N, D) first; a reshape to (N, -1) finds D by itself.
    """

    def affine_forward(x, w, b):
        return x @ w + b, (x, w)

    def affine_backward(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout, dout.sum(axis=0)


class samples_mixed:
    """Your reshape mixes the numbers of different samples

    Reshaping to (D, N) and transposing reads the array in another order than one sample after the other.
    Reshape to (N, D): the first axis is the batch and stays the batch.
    """

    def affine_forward(x, w, b):
        return x.reshape(-1, len(x)).T @ w + b, (x, w)

    def affine_backward(dout, cache):
        x, w = cache
        dx = (dout @ w.T).T.reshape(x.shape)
        return dx, x.reshape(-1, len(x)) @ dout, dout.sum(axis=0)


class samples_flattened_column_first:
    """You flatten each sample in column-major order

    The first row of w belongs to the first number of a sample in row-major order, which is what reshape does
    by itself. Leave out order="F", and do not transpose the axes of x.
    """

    def affine_forward(x, w, b):
        return affine_forward(x.T.reshape(-1, len(x)).T, w, b)[0], (x, w)

    def affine_backward(dout, cache):
        x, w = cache
        dx, dw, db = affine_backward(dout, (x.T.reshape(-1, len(x)).T, w))
        return dx.T.reshape(x.shape[::-1]).T, dw, db


class single_axes_squeezed:
    """You squeeze the output

    np.squeeze removes every axis of length 1, and so the batch where it is a single sample, or the outputs where there is
    a single one. The output is (N, M), whatever N and M are.
    """

    def affine_forward(x, w, b):
        out, cache = affine_forward(x, w, b)
        return np.squeeze(out), cache


class dx_not_reshaped:
    """Your dx is flat, but x was not

    A gradient has the shape of what it belongs to. Keep the shape of x in the cache, and reshape dx to it.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx.reshape(len(dx), -1), dw, db


class w_not_transposed:
    """You do not transpose w in dx

    dout has one column for each output, and so has w: the sum over the outputs is dout times the transpose of
    w.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        x, w = cache
        _, dw, db = affine_backward(dout, cache)
        return (dout @ w).reshape(x.shape), dw, db


class w_reshaped_for_transposed:
    """You reshape w where it must be transposed

    A reshape to (M, D) has the shape of the transpose but puts the numbers in other places. Use w.T in dx.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        x, w = cache
        _, dw, db = affine_backward(dout, cache)
        return (dout @ w.reshape(w.shape[::-1])).reshape(x.shape), dw, db


class dw_transposed:
    """Your dw is transposed

    dw has the shape (D, M) of w: the transpose of x, flattened, times dout. The other order gives (M, D),
    which belongs to layers that keep their weights as (outputs, inputs).
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, dw.T, db


class dw_averaged:
    """You divide dw by the batch size

    The mean over the batch belongs to the loss, and dout brings its 1/N with it. The layer only sums over the
    samples.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, dw / len(dout), db


class db_averaged:
    """You average db over the batch

    The mean over the batch belongs to the loss, and dout brings its 1/N with it. The layer only sums over the
    samples.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, dw, db / len(dout)


class dw_and_db_averaged:
    """You divide dw and db by the batch size

    The mean over the batch belongs to the loss, and dout brings its 1/N with it. The layer only sums over the
    samples.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, dw / len(dout), db / len(dout)


class db_all_ones:
    """Your db is 1 everywhere, whatever dout is

    The derivative of out with respect to b is 1, but backwards that 1 is multiplied by dout and summed over
    the batch.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, _ = affine_backward(dout, cache)
        return dx, dw, np.ones(dout.shape[1])


class db_not_summed:
    """Your db is not summed over the batch

    Every sample uses the same b, so the gradients of all samples add up. Sum dout over its first axis.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, _ = affine_backward(dout, cache)
        return dx, dw, dout.copy()


class db_summed_over_the_outputs:
    """You sum db over the outputs, not over the batch

    b has one number for each output. Every sample uses the same b, so sum dout over the samples, its first
    axis.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, _ = affine_backward(dout, cache)
        return dx, dw, dout.sum(axis=1)


class db_with_an_axis_too_many:
    """Your db has shape (1, M), but b has shape (M,)

    A gradient has the shape of what it belongs to. Leave out keepdims.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, dw, db[np.newaxis]


class dw_and_db_swapped:
    """You return db before dw

    The gradients come in the order of the arguments of the forward pass: dx, dw, db.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx, db, dw


class dx_returned_last:
    """You return dx after dw and db

    The gradients come in the order of the arguments of the forward pass: dx, dw, db.
    """

    affine_forward = affine_forward

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dw, db, dx


_last_cache = {}
_stack = []


class cache_in_a_global:
    """You keep the cache in a global and ignore the one you are given

    A network has many affine layers, and the last forward pass overwrites what the others need. Return from
    the forward pass what the backward pass needs, and read only that.
    """

    def affine_forward(x, w, b):
        out, _last_cache["x, w"] = affine_forward(x, w, b)
        return out, None

    def affine_backward(dout, cache):
        return affine_backward(dout, _last_cache["x, w"])


class shape_in_a_global:
    """You keep the shape of x in a global

    A network has many affine layers, and the last forward pass overwrites the shape that the others need. It belongs into
    the cache, as all that the backward pass reads.
    """

    def affine_forward(x, w, b):
        _last_cache["shape"] = x.shape
        return affine_forward(x, w, b)

    def affine_backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return dx.reshape(_last_cache["shape"]), dw, db


class caches_on_a_global_stack:
    """You keep the caches on a global stack and ignore the one you are given

    That works as long as the layers come back in the opposite order, and each of them once. Where two layers stand side
    by side, nobody promises it: read only the cache that comes in.
    """

    def affine_forward(x, w, b):
        out, cache = affine_forward(x, w, b)
        _stack.append(cache)
        return out, None

    def affine_backward(dout, cache):
        return affine_backward(dout, _stack.pop())


class x_resized_in_place:
    """You change the shape of the caller's x

    resize and an assignment to x.shape change the array itself, and the caller goes on with a flat one.
    reshape gives you the flat view and leaves x as it is.
    """

    def affine_forward(x, w, b):
        shape = x.shape
        x.resize((len(x), len(w)), refcheck=False)
        return x @ w + b, (x.reshape(shape), w)

    affine_backward = affine_backward
