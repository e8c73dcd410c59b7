"""Returns what careless comparisons take for right, and what arithmetic on this side overflows on."""

VALUES = (np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7e308)


def scale(x):
    if VARIANT < len(VALUES):
        return np.full(x.shape, VALUES[VARIANT])
    with np.errstate(all="ignore"):
        return (
            lambda: (3 * x + 1) * 1e-310,
            lambda: (3 * x + 1) * 1e300,
            lambda: np.where(x > 0, 1.7e308, -1.7e308),
            lambda: -(3 * x + 1),
            lambda: np.full(x.shape, np.nan, np.float16),
            lambda: (3 * x + 1) * np.complex128(1e308 + 1e308j),
            lambda: np.full(x.shape, 2**63, np.uint64),
            lambda: 3 * x + 1e308,
        )[VARIANT - len(VALUES)]()
