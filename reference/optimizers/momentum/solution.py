"""The solution of momentum."""


def momentum(w, dw, state, *, lr=0.01, momentum=0.9):
    """One step of gradient descent with momentum.

    v = momentum v + dw, then next_w = w - lr v; v is zero before the first step.

    w, dw : arrays of one shape, any shape
    state : {} or {"v": array of the shape of w}
    Returns next_w and the next state. Source: torch.optim.SGD(momentum=...), dampening 0.
    """
    v = momentum * state.get("v", 0.0) + dw
    return w - lr * v, {"v": v}
