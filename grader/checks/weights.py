"""Initial weights: whether each of them is a draw of its own, and whether a Gaussian's tails were left as they are."""

from __future__ import annotations

import numpy as np

from grader.checks.answers import require
from grader.checks.statistics import has_frequency


def require_independent_weights(w: np.ndarray, fan_in: int, fan_out: int, name: str) -> None:
    """One finite number for each connection, in any layout, and no row or column repeated.

    A few may be equal: there are only 2**24 float32 numbers between 0 and 1. Raises Wrong.
    """
    call = f"{name}({fan_in}, {fan_out}, rng)"
    require(
        w.size == fan_in * fan_out,
        f"{call} returned {w.size} numbers, expected {fan_in * fan_out}: one for each input of each unit.",
    )
    require(np.isfinite(w).all(), f"{call} returned nan or inf: look at what stands under the root.")
    distinct = np.unique(w).size
    if distinct > w.size / 2:
        return
    finding = f"only {distinct} different numbers"
    if distinct == 1:
        finding = "all of them the same number"
    elif w.ndim == 2 and (w == w[:1]).all():
        finding = "and all rows are equal"
    elif w.ndim == 2 and (w == w[:, :1]).all():
        finding = "and all columns are equal"
    require(False, f"{call} returned {w.size} weights, {finding}: draw each of them on its own.")


def require_tails(w: np.ndarray, std: float, call: str) -> None:
    """A Gaussian's tails. Asked for before the variance, which says less about where weights were cut off.

    That none of 25,000 Gaussian numbers lies beyond 3 times their root mean square, or 3.03 times the true deviation, has
    a probability below 1e-26. Raises Wrong.
    """
    size = np.abs(w)
    widest, rms = float(size.max()), float(np.sqrt(np.mean(w**2)))
    if not 1.9 * rms < widest < 3.0 * rms:  # a uniform distribution ends at 1.73 times its deviation
        return
    if np.mean(size > 0.999 * widest) > 0.01:
        finding = "and many of them are that far away: they are moved to the edge"
    elif rms < 0.94 * std:
        finding = "and what is left varies too little"
    else:
        finding = "though they vary as much as they should, or more"
    require(
        False,
        f"The largest of the {w.size} weights of {call} is {widest / std:.2f} standard deviations from 0, {finding}. Of a "
        f"Gaussian's, about {0.0027 * w.size:.0f} are more than 3 away. Do not cut the tails: take the plain normal "
        "distribution.",
    )


def require_unrelated_weights(w: np.ndarray, name: str) -> None:
    """No row or column repeats another one, and the signs of neighbours are independent of each other.

    w : (fan_in, fan_out), at least 45 either way; a transposed one will do as well. The products of the signs of
    independent weights around 0 are independent, too, for neighbours as for the two halves: has_frequency holds.
    Raises Wrong.
    """
    call = f"{name}({w.shape[0]}, {w.shape[1]}, rng)"
    # Float32 has 2**23 numbers between 0.5 and 1: of 3500 draws, fewer than ten are equal.
    for values, what in ((w, "different ones"), (np.abs(w), "that are not another one with the sign turned")):
        different = np.unique(values).size
        require(
            different > 0.9 * w.size,
            f"{call} returned {w.size} weights, but only {different} {what}: draw each of them on its own, and use no draw "
            "twice.",
        )
    for axis, what in enumerate(("rows", "columns")):
        lines = np.abs(w) if axis == 0 else np.abs(w.T)
        count = len({line.tobytes() for line in lines})
        require(
            count == len(lines),
            f"{len(lines) - count} of the {len(lines)} {what} of {call} repeat another one, perhaps with the sign turned: "
            "draw each weight on its own.",
        )
    positive = w > 0
    if not 0.1 < positive.mean() < 0.9:
        return  # weights on one side of 0 are another check's matter
    for axis, what in enumerate(("column", "row")):
        # 125 lines of 45 or more signs: 125 * 2 * 0.5**45 < 1e-11.
        share = positive.mean(axis=axis)
        require(
            not ((share == 0) | (share == 1)).any(),
            f"In {call} all weights of a {what} have the same sign: each weight has a sign of its own, and comes in no "
            "particular order.",
        )
    for what, signs in (("rows", positive), ("columns", positive.T)):
        half = len(signs) // 2
        has_frequency(signs[1:] == signs[:-1], 0.5, name=f"equal signs in neighbouring {what} of {call}")
        has_frequency(
            signs[:half] == signs[half : 2 * half], 0.5, name=f"equal signs in the halves of the {what} of {call}"
        )
