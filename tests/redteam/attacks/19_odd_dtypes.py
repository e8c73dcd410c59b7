"""Returns arrays of dtypes that comparisons were not written for."""


class Equal:
    __eq__ = __le__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *_: self


def odd(x):
    size = x.size
    return (
        lambda: np.array([Equal() for _ in range(size)], dtype=object).reshape(x.shape),
        lambda: np.zeros(x.shape, [("a", float), ("b", float)]),
        lambda: np.full(x.shape, "1.0"),
        lambda: np.full(x.shape, b"1.0"),
        lambda: np.full(x.shape, np.datetime64("NaT")),
        lambda: np.full(x.shape, np.timedelta64("NaT")),
        lambda: np.full(x.shape, complex(np.nan, np.nan)),
        lambda: np.full(x.shape, np.longdouble("1e4000")),
        lambda: np.full(x.shape, np.inf, np.float16),
        lambda: np.ones(x.shape, bool),
        lambda: np.ma.masked_all(x.shape),
        lambda: np.matrix(np.atleast_2d(x)),
        lambda: x.astype(">f8"),
        lambda: np.recarray(x.shape, dtype=[("a", float)]),
        lambda: np.ones(x.shape, np.uint8),
        lambda: np.ones(x.shape, np.clongdouble),
    )[VARIANT]()


def scale(x):
    return odd(x)
