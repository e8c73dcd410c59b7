"""Computes inside C code, where no signal handler of Python's ever runs."""

import re


def scale(x):
    if VARIANT == 0:
        return 7 ** (10**8)
    if VARIANT == 1:
        return re.match("(a+)+$", "a" * 64 + "b")
    if VARIANT == 2:
        return sum(range(10**13))
    return np.linalg.svd(np.ones((3000, 3000)))
