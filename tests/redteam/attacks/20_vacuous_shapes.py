"""Returns shapes about which everything, or nothing, is true."""


def scale(x):
    right = 3 * x + 1
    return (
        lambda: np.zeros(0),
        lambda: np.zeros((0, *x.shape)),
        lambda: np.zeros((*x.shape, 0)),
        lambda: np.zeros((0, 2**50)),
        lambda: np.float64(1),
        lambda: np.zeros((1,)),
        lambda: np.zeros((1, 1)),
        lambda: right.reshape(-1, 1),
        lambda: right[None],
        lambda: right.T.copy() if x.ndim > 1 else right[:, None],
        lambda: None,
        lambda: (),
        lambda: [],
        lambda: "",
        lambda: {},
        lambda: right.tolist(),
        lambda: (right,),
    )[VARIANT]()
