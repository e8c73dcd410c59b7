"""Comparing arrays: the student's with the expected one, and a sentence for the first difference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import numpy as np

from grader.checks.answers import Wrong
from grader.report import ErrorFigure

RTOL: Final = 1e-7
"""Equal float64 programs of this course's size differ by 1e-15 to 1e-11 of the scale, float32 ones by 1e-7 to 1e-4."""
ATOL: Final = 1e-12

_strictness: ContextVar[float] = ContextVar("strictness", default=1.0)


@contextmanager
def stricter(factor: float) -> Iterator[None]:
    """Divides every tolerance by `factor` inside the block: the gate proves with it that right answers have room."""
    token = _strictness.set(factor)
    try:
        yield
    finally:
        _strictness.reset(token)


def matches(got: Any, expected: Any, name: str = "", *, rtol: float = RTOL, atol: float = ATOL) -> None:
    """Fails the check unless `got` is the array `expected` within the tolerance.

    Asked in this order: an array, axes, shape, dtype kind, finite, values. Element i may differ by at most atol +
    rtol * (|expected_i| + rms(expected)): the scale is the expected array's alone. A NaN or infinity must stand where
    the expected array has it, and nowhere else. `expected` may be a dict of arrays; `got` must then have its keys.
    `name` is what the sentence calls the value. Raises Wrong.
    """
    if type(expected) is not np.ndarray and isinstance(expected, Mapping):  # an abstract class takes long to ask
        _matches_mapping(got, expected, name, rtol, atol)
        return
    expected = np.asarray(expected)
    label = name or "the result"
    if not isinstance(got, np.ndarray):
        if not isinstance(got, (bool, int, float, np.generic)):
            raise Wrong(f"{label} is {type(got).__name__}, expected an array of shape {expected.shape}.")
        got = np.asarray(got)
    problem = _form(got, expected, label)
    if problem:
        raise Wrong(problem, got=got, expected=expected, label=label)
    _compare_values(got, expected, label, rtol, atol)


def _matches_mapping(got: Any, expected: Mapping[str, Any], name: str, rtol: float, atol: float) -> None:
    if not isinstance(got, Mapping) or got.keys() != expected.keys():
        keys = sorted(got) if isinstance(got, Mapping) else type(got).__name__
        raise Wrong(f"{name or 'the result'} has {keys}, expected a dict with the keys {sorted(expected)}.")
    for key, value in expected.items():
        matches(got[key], value, f"{name}[{key!r}]" if name else key, rtol=rtol, atol=atol)


def _form(got: np.ndarray, expected: np.ndarray, label: str) -> str | None:
    if got.ndim != expected.ndim or got.shape != expected.shape:
        return f"{label} has shape {got.shape}, expected {expected.shape}.{_shape_hint(got.shape, expected.shape)}"
    numbers, ours = "biu", "fc"
    if got.dtype.kind == "c" and expected.dtype.kind != "c":
        return f"{label} is complex ({got.dtype}), expected real numbers ({expected.dtype})."
    if expected.dtype.kind in ours and got.dtype.kind in numbers and got.size:
        return f"{label} has dtype {got.dtype}, expected {expected.dtype}: it seems to be rounded to whole numbers."
    return None


def _shape_hint(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if tuple(size for size in got if size != 1) == tuple(size for size in expected if size != 1):
        return " An axis of length 1 is too many or too few (keepdims, or a missing reshape)."
    if len(got) == len(expected) == 2 and got == expected[::-1]:
        return " It is transposed."
    if len(got) == len(expected) + 1:
        for axis in range(len(got)):
            if got[:axis] + got[axis + 1 :] == expected:
                return f" A sum over axis {axis} seems to be missing."
    if len(got) == len(expected) == 1:
        return " It seems to be summed over the wrong axis."
    if np.prod(got) == np.prod(expected):
        return " The number of elements is right; a reshape is missing or wrong."
    return ""


def _compare_values(got: np.ndarray, expected: np.ndarray, label: str, rtol: float, atol: float) -> None:
    if expected.size == 0 or agree(got, expected, rtol=rtol, atol=atol):
        return
    finite = np.isfinite(expected)
    strange = ~np.isfinite(got) & finite
    if strange.any():
        at = _worst(strange)
        what = f"{label}{_place(at, got)} is {got[at]}, expected {_number(expected[at])}."
        raise Wrong(what + _strange_hint(got, strange), got=got, expected=expected, label=label)
    if not finite.all() and not np.array_equal(got[~finite], expected[~finite], equal_nan=True):
        raise Wrong(f"{label} should be {expected[~finite].flat[0]} in some places and is not.", got=got, label=label)
    if not finite.any():
        return
    off = ~_within(got[finite], expected[finite], rtol, atol)
    if not off.any():
        return
    full = np.zeros(expected.shape)
    full[finite] = _distance(got[finite], expected[finite]) / np.maximum(_scale(expected[finite]), 1e-300)
    at = _worst(full)
    mine, ours = _told_apart(got[at], expected[at])
    count = f" ({off.sum()} of {expected.size} elements differ)" if expected.size > 1 else ""
    raise Wrong(
        f"{label}{_place(at, got)} is {mine}, expected {ours}{count}.",
        got=got,
        expected=expected,
        label=label,
        error=ErrorFigure(float(min(full[at], 1e300)), [int(index) for index in at]),
    )


def agree(got: np.ndarray, expected: np.ndarray, *, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Whether arrays of one shape agree in every element within the tolerance of `matches`; NaN and infinity never do."""
    if _agree_as_a_whole(got, expected, rtol, atol):
        return True
    return bool(np.isfinite(expected).all() and _within(got, expected, rtol, atol).all())


def _agree_as_a_whole(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether the norm of all differences is within the tolerance of any one element; if so, each of them is.

    Right answers nearly always are, and it takes a third of the time. Squares beyond the range of float64 prove nothing.
    """
    if got.dtype != np.float64 or expected.dtype != np.float64:
        return False
    tolerance = (atol + rtol * math.sqrt(np.vdot(expected, expected) / expected.size)) / _strictness.get()
    if not _SQUARABLE < tolerance < math.inf:
        return False
    off = got - expected
    return math.sqrt(np.vdot(off, off)) <= tolerance


_SQUARABLE: Final = 1e-150
"""The square of what is larger is still a number; that of what is smaller may be zero."""


def _within(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    return np.asarray(_distance(got, expected) <= (atol + rtol * _scale(expected)) / _strictness.get())


def _distance(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    # As floats: booleans have no difference, and that of integers may leave their range.
    return np.asarray(np.abs((got if got.dtype.kind in "fc" else got.astype(float)) - expected))


def _scale(expected: np.ndarray) -> np.ndarray:
    """|expected| + rms(expected), finite even where the squares are not."""
    size = np.abs(expected) if expected.dtype.kind in "fc" else np.abs(expected.astype(float))
    root = math.sqrt(np.vdot(size, size) / size.size)
    if math.isfinite(root):
        return np.asarray(size + root)
    largest = size.max()
    root = largest * math.sqrt(((size / largest) ** 2).mean())
    return np.asarray(np.minimum(size + root, np.finfo(float).max))


def _worst(values: np.ndarray) -> tuple[int, ...]:
    return tuple(int(index) for index in np.unravel_index(int(np.argmax(values)), values.shape))


def _place(at: tuple[int, ...], array: np.ndarray) -> str:
    return f" at [{', '.join(map(str, at))}]" if array.ndim else ""


def _number(value: Any) -> str:
    return f"{value:.6g}"


def _told_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Two different values, each with as many digits as it takes for them to look different."""
    for digits in range(6, 18):
        pair = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def _strange_hint(got: np.ndarray, strange: np.ndarray) -> str:
    if np.isnan(got).any():
        return " Not a number comes of 0/0, inf - inf or the root of a negative number."
    return f" {int(strange.sum())} elements overflow: a division by zero, or exp of a large number."
