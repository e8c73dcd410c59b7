"""The solution of sgd."""


def sgd(w, dw, state, *, lr=0.01):
    """One step of gradient descent: w - lr dw.

    w, dw : arrays of one shape, any shape; dw is averaged over the batch already
    state : not used, handed on
    Returns next_w, of the shape of w, and the state.
    Source: Robbins & Monro 1951; torch.optim.SGD without momentum.
    """
    return w - lr * dw, state
