"""What the pattern of an error says, when no known mistake explains it: a ratio, a sign, a transpose, a missing sum.

Pure: two arrays and the lengths of the axes in play go in, a sentence or nothing comes out.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np


@np.errstate(all="ignore")
def explain(got: Any, expected: Any, lengths: Collection[int] = ()) -> str | None:
    """A sentence on how `got` is off from `expected`, or None where nothing is plain.

    `lengths` are the axis lengths of the inputs: a ratio of 1/N is only called an average where some axis has N.
    """
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray):
        return None
    if got.dtype.kind not in "fiub" or expected.dtype.kind not in "fiub" or not np.isfinite(expected).all():
        return None
    if got.shape != expected.shape or got.size == 0:
        return None
    got, expected = got.astype(float), expected.astype(float)
    if not np.isfinite(got).all():
        return None
    if _same(got, expected):
        return None  # only a tolerance tighter than ours tells them apart
    if not got.any():
        return "All your values are zero."
    ratio = constant_ratio(got, expected)
    if ratio is not None:
        return _ratio_sentence(ratio, lengths)
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _same(got.T, expected):
        return "Your result is transposed."
    difference = got - expected
    if got.size == 1:
        return None
    if _same(difference, np.full_like(difference, difference.flat[0])):
        return f"Every element is off by the same amount, {difference.flat[0]:.4g}."
    if _same(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "The values are right but stand in other places: look at axes and order."
    if _as_in_float32(got, expected):
        return "The error is that of float32: compute in float64."
    rows = np.any(~_close(got, expected), axis=tuple(range(1, got.ndim))) if got.ndim > 1 else ~_close(got, expected)
    if 0 < rows.sum() == 1 and len(rows) > 3:
        return f"Only index {int(np.argmax(rows))} along the first axis is wrong."
    return None


@np.errstate(all="ignore")
def constant_ratio(got: np.ndarray, expected: np.ndarray) -> float | None:
    """c where got = c * expected for some c other than 1, else None. Needs two elements that are not zero."""
    if got.shape != expected.shape or not np.isfinite(got).all() or np.count_nonzero(expected) < 2:
        return None
    ratio = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if ratio == 0 or abs(ratio - 1) < 1e-6 or not _same(got, ratio * expected):
        return None
    return ratio


def _as_in_float32(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the errors are those of rounding to float32; one that is not much larger only if `got` is so rounded."""
    rounded = np.array_equal(got, got.astype(np.float32))
    size = np.abs(expected)
    limit = (1e-5 if rounded else 1e-6) * (size + math.sqrt(np.mean(size**2)))
    return bool(np.all(np.abs(got - expected) <= limit))


def _ratio_sentence(ratio: float, lengths: Collection[int]) -> str | None:
    if abs(ratio + 1) < 1e-6:
        return "Your values have the wrong sign."
    for length in sorted(set(lengths)):
        if length > 1 and abs(ratio * length - 1) < 1e-6:
            return f"Your values are 1/{length} of the expected ones: an average where a sum belongs, over an axis of {length}?"
        if length > 1 and abs(ratio / length - 1) < 1e-6:
            return f"Your values are {length} times the expected ones: a sum where an average belongs, over an axis of {length}?"
    inverse = 1 / ratio
    if math.isfinite(inverse) and abs(inverse - round(inverse)) < 1e-6 and abs(inverse) > 1:
        return f"Your values are 1/{round(inverse)} of the expected ones: a factor is missing."
    if f"{ratio:.4g}" == "1":
        return None  # "1 times the expected ones" would say nothing
    return f"Your values are {ratio:.4g} times the expected ones: a constant factor is off."


def _close(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    size = np.abs(b)
    return np.asarray(np.abs(a - b) <= 1e-7 * (size + math.sqrt(np.mean(size**2))) + 1e-12)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(_close(a, b).all())
