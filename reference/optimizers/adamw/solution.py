"""The solution of adamw."""

import numpy as np


def adamw(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    """One step of AdamW: Adam, and lr weight_decay w is subtracted as well.

    m and v are decaying averages of dw and of dw squared, from zero; t is 1 at the first step. Both are
    divided by 1 - beta**t, and eps is added outside the root. The decay enters neither.

    w, dw : arrays of one shape, any shape
    state : {} or {"m": array of the shape of w, "v": the same, "t": int}; m and v are kept uncorrected
    Returns next_w and the next state. Source: Loshchilov & Hutter 2019, Algorithm 2; torch.optim.AdamW.
    """
    t = state.get("t", 0) + 1
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * dw
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * dw**2

    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    decay = weight_decay * w
    next_w = w - lr * (decay + m_hat / (np.sqrt(v_hat) + eps))
    return next_w, {"m": m, "v": v, "t": t}
