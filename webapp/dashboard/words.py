"""Numbers and changes in words, as the dashboard's pages show them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

NONE: Final = "–"
STATUSES: Final[Mapping[str, str]] = {
    "passed": "Right",
    "failed": "Not yet right",
    "error": "Raises when it is imported",
    "timeout": "Ran out of time",
    "memory": "Ran out of memory",
    "output": "Printed or returned too much",
    "forbidden": "Did something that is not allowed",
    "crashed": "Stopped the interpreter",
    "invalid": "Cannot be graded as it is",
    "platform_error": "Our sandbox stopped",
}
"""How a grading ended, told to the teaching team."""


def percent(share: float | None) -> str:
    """A share as a percentage; a dash where there is none."""
    return NONE if share is None else f"{100 * share:.0f}%"


def number(value: float | None, places: int = 1) -> str:
    """A number with at most so many decimals; a dash where there is none."""
    return NONE if value is None else f"{round(value, places):g}"


def duration(time: timedelta | None) -> str:
    """A duration in whole units that suit it, begun ones left out; a dash where there is none."""
    if time is None:
        return NONE
    minutes = time.total_seconds() / 60
    if minutes < 1:
        return "under 1 min"
    if minutes < 90:
        return f"{int(minutes)} min"
    if minutes < 48 * 60:
        return f"{int(minutes / 60)} h"
    return f"{int(minutes / (24 * 60))} days"


def correlation(value: float | None) -> str:
    """What a discrimination says."""
    if value is None:
        return "needs more students, or more than one result"
    if value < 0.1:
        return "hardly tells strong from weak"
    return "tells strong from weak a little" if value < 0.3 else "tells strong from weak"


def count(number: int, one: str, many: str = "") -> str:
    """So many of something: 1 student, 2 students."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """What a change has changed: "score: 5 → 7"; what stayed is left out."""
    old, new = before or {}, after or {}
    return [
        f"{key.replace('_', ' ')}: {_value(old.get(key))} → {_value(new.get(key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value in (None, "") else str(value)
