"""How a function behaves besides what it returns: whether it leaves its inputs alone, and what it costs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from grader.checks.answers import Wrong
from grader.checks.compare import matches
from grader.wire import Handle

_SHORTEST_S: Final = 2e-5
"""A reference quicker than this counts as this: below it, the call itself is what is measured."""


def leaves_inputs_alone(student: Any, function: str, *args: Any, **kwargs: Any) -> Any:
    """Fails the check when the call modifies an array, list or dict among its arguments; gives what it returned.

    Raises Wrong, in a batch at the end of it.
    """
    names = [*student.spec(function).positional[: len(args)], *kwargs]

    def judge(positional: list[Any], keywords: dict[str, Any]) -> None:
        for name, old, new in zip(names, [*args, *kwargs.values()], [*positional, *keywords.values()], strict=True):
            if not _unchanged(old, new):
                raise Wrong(
                    f"{function} changes its argument {name} in place; the caller still needs it. "
                    f"Compute into a new array, or start from {name}.copy()."
                )

    return student.observed(function, args, kwargs, judge)


def _unchanged(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray):
        same_form = isinstance(new, np.ndarray) and (old.dtype, old.shape) == (new.dtype, new.shape)
        return same_form and old.tobytes() == new.tobytes()
    if isinstance(old, dict):
        return isinstance(new, dict) and old.keys() == new.keys() and all(_unchanged(old[key], new[key]) for key in old)
    if isinstance(old, Handle):
        return True  # an opaque value is the student's own
    if isinstance(old, (list, tuple)):
        return isinstance(new, (list, tuple)) and len(old) == len(new) and all(map(_unchanged, old, new))
    return True  # numbers and strings cannot change


def keeps_pace(
    student: Any, reference: Any, function: str, draw: Callable[[], tuple[Any, ...]], ratio: float = 50
) -> None:
    """Fails the check when the function takes more than `ratio` times the reference's processor time, or is wrong.

    `draw()` gives the arguments of one call, other ones each time, so that neither a remembered nor an invented answer
    is quick; the (first) value returned must be the reference's. Processor time is measured on the trusted side, so
    neither a loaded machine nor a patched clock changes it; the best of three calls counts. Choose inputs on which
    loops over elements take hundreds of times as long. Raises Wrong.
    """
    ours, theirs = math.inf, math.inf
    for _ in range(3):
        args = draw()
        expected, seconds = _timed(time.process_time, getattr(reference, function), args)
        ours = min(ours, max(seconds, _SHORTEST_S))
        got, seconds = _timed(student.clock, getattr(student, function), args)
        theirs = min(theirs, seconds)
        matches(_first(got), _first(expected), f"{function}, called with large inputs,")
    if theirs > ratio * ours:
        raise Wrong(
            f"{function} takes {theirs / ours:.0f} times as long as a vectorised solution "
            f"(allowed: {ratio:g} times). Replace loops over elements by operations on whole arrays."
        )


def _timed(clock: Callable[[], float], function: Any, args: tuple[Any, ...]) -> tuple[Any, float]:
    start = clock()
    value = function(*args)
    return value, clock() - start


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value
