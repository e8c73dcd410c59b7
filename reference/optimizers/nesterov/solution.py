"""The solution of nesterov."""


def nesterov(w, dw, state, *, lr=0.01, momentum=0.9):
    """One step of gradient descent with Nesterov's momentum.

    v = momentum v + dw, d = dw + momentum v, then next_w = w - lr d; v is zero before the first step.

    w, dw : arrays of one shape, any shape; dw is the gradient at w
    state : {} or {"v": array of the shape of w}
    Returns next_w and the next state. Source: torch.optim.SGD(momentum=..., nesterov=True), dampening 0.
    """
    v = momentum * state.get("v", 0.0) + dw
    d = dw + momentum * v
    return w - lr * d, {"v": v}
