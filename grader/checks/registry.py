"""The decorator that makes a function a check."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CheckFunction = Callable[[Any, Any, Any], None]


@dataclass(frozen=True)
class Check:
    """A check: its sentence (`title`), its points, the names of the checks it comes after, and the function."""

    name: str
    title: str
    points: float
    after: tuple[str, ...]
    function: CheckFunction


def check(points: float = 0, *, after: Check | tuple[Check, ...] = ()) -> Callable[[CheckFunction], Check]:
    """Makes `function(student, reference, rng)` a check; its docstring's first line is what the student reads.

    `after` names checks without which this one says nothing: it is skipped when one of them did not pass. Raises
    ValueError for a check without a docstring or with negative points.
    """
    predecessors = after if isinstance(after, tuple) else (after,)

    def decorate(function: CheckFunction) -> Check:
        title = (inspect.getdoc(function) or "").partition("\n")[0].strip()
        if not title:
            raise ValueError(f"check {function.__name__} has no docstring; its first line is what the student reads")
        if points < 0:
            raise ValueError(f"check {function.__name__} has {points} points; give 0 or more")
        return Check(function.__name__, title, float(points), tuple(each.name for each in predecessors), function)

    return decorate
