"""The numbers of a class: medians, distributions, difficulty, discrimination, and what adds up over the days. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

LEAST_FOR_CORRELATION: Final = 10
"""Students below which a correlation would say more about chance than about the exercise."""
QUARTER: Final = 900
"""Seconds of a quarter of an hour: days of every time zone begin and end with one."""
MANY_ATTEMPTS: Final = 8
"""From here on, attempts to pass are counted together."""
STEPS_S: Final = ((2 * 3600, 60), (48 * 3600, 600))
"""Times to pass, in seconds: below each of these they are told in such steps."""
LONGEST_STEP_S: Final = 3600
DURATIONS: Final = (
    ("< 10 min", timedelta(minutes=10)),
    ("10–30 min", timedelta(minutes=30)),
    ("30–60 min", timedelta(hours=1)),
    ("1–3 h", timedelta(hours=3)),
    ("3–24 h", timedelta(days=1)),
    ("1–3 days", timedelta(days=3)),
    ("3–7 days", timedelta(days=7)),
)
"""Ranges of the time to pass, each up to its end; what takes longer is counted together."""


@dataclass(frozen=True)
class Bin:
    """One bar of a distribution."""

    label: str
    count: int


def median(counts: Mapping[int, int]) -> float | None:
    """The median of numbers of which each occurs so many times; None where there are none."""
    total = sum(counts.values())
    if not total:
        return None
    return (_nth(counts, (total - 1) // 2) + _nth(counts, total // 2)) / 2


def _nth(counts: Mapping[int, int], place: int) -> int:
    for number in sorted(counts):
        place -= counts[number]
        if place < 0:
            return number
    raise IndexError(f"there are not so many numbers: {place + 1} too few")


def in_steps(duration: timedelta) -> timedelta:
    """A time to pass in whole minutes; a longer one in tens of minutes, or in hours."""
    seconds = int(duration.total_seconds())
    step = next((step for below, step in STEPS_S if seconds < below), LONGEST_STEP_S)
    return timedelta(seconds=seconds // step * step)


def median_time(durations: Iterable[timedelta]) -> timedelta | None:
    """The lower median of durations, in steps; None where there are none."""
    known = list(durations)
    return in_steps(statistics.median_low(known)) if known else None


def share_of(part: int, whole: int) -> float | None:
    """A part of a whole, from 0 to 1; None where there is no whole."""
    return part / whole if whole else None


def difficulty(shares: Sequence[float]) -> float | None:
    """The mean of the best shares of those who have tried: 1 is easiest. None where nobody has."""
    return statistics.fmean(shares) if shares else None


def discrimination(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The correlation (Pearson's) of the share in one exercise with the sum of the shares in all others.

    `pairs` has both for each student who tried the exercise. None where they are fewer than LEAST_FOR_CORRELATION, or
    where all have the same.
    """
    if len(pairs) < LEAST_FOR_CORRELATION:
        return None
    own, rest = zip(*pairs, strict=True)
    if len(set(own)) == 1 or len(set(rest)) == 1:
        return None
    return statistics.correlation(own, rest)


def of_scores(counts: Mapping[float, int]) -> list[Bin]:
    """The distribution of shares of the full marks, in tenths; full marks stand for themselves."""
    tenths = [0] * 11
    for share, count in counts.items():
        tenths[10 if share >= 1 else int(share * 10 + 1e-9)] += count
    labels = [f"{10 * tenth}–{10 * tenth + 10}%" for tenth in range(10)]
    return [Bin(label, count) for label, count in zip([*labels, "full"], tenths, strict=True)]


def of_grades(counts: Mapping[float, int], top: float) -> list[Bin]:
    """The distribution of grades in ten ranges of the scale; the last one has its end too."""
    tenths = [0] * 10
    for grade, count in counts.items():
        tenths[min(int(grade / top * 10 + 1e-9), 9)] += count
    return [Bin(f"{top * tenth / 10:g}–{top * (tenth + 1) / 10:g}", count) for tenth, count in enumerate(tenths)]


def of_attempts(counts: Mapping[int, int]) -> list[Bin]:
    """The distribution of the attempts that it took to pass."""
    few = [Bin(str(number), counts.get(number, 0)) for number in range(1, MANY_ATTEMPTS)]
    many = sum(count for number, count in counts.items() if number >= MANY_ATTEMPTS)
    return [*few, Bin(f"{MANY_ATTEMPTS}+", many)]


def of_durations(durations: Iterable[timedelta]) -> list[Bin]:
    """The distribution of the time that it took to pass."""
    labels = [label for label, _ in DURATIONS] + ["> 7 days"]
    counts = [0] * len(labels)
    for duration in durations:
        counts[sum(duration >= end for _, end in DURATIONS)] += 1
    return [Bin(label, count) for label, count in zip(labels, counts, strict=True)]


def by_day(quarters: Mapping[int, int], zone: tzinfo) -> dict[date, int]:
    """Counts by quarters of an hour since 1970, as counts by days of the course's calendar."""
    days: dict[date, int] = {}
    for quarter, count in quarters.items():
        day = datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(zone).date()
        days[day] = days.get(day, 0) + count
    return days


def running_total(days: Mapping[date, int], first: date, last: date) -> list[int]:
    """For each day from `first` to `last`, all that has happened up to its end."""
    total = sum(count for day, count in days.items() if day < first)
    totals = []
    for day in each_day(first, last):
        total += days.get(day, 0)
        totals.append(total)
    return totals


def each_day(first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both among them."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
