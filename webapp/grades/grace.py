"""Where a student's grace days save the most points.

Nobody has to plan them: of all ways to spend a component's grace days over its exercises, the one counts that makes the
component worth most, and of those that are worth the same the one that spends the fewest. So a better score can never
lower a grade, which it could if days went to whatever was late first.

A group keeps a fixed number of children (drop_lowest asks for equal weights), so the worth of a whole component is a
sum over the leaves that are kept, each with a fixed factor. Brought to one denominator all of it is whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from webapp.grades.attempts import Curve

Spent = tuple[tuple[int, int], ...]
"""Pairs of a leaf and the days spent on it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A node as spending sees it: a leaf with its curve, or children with weights of which the lowest are dropped."""

    leaf: int = -1
    curve: Curve = ()
    children: tuple[tuple[int, Branch], ...] = ()
    drop: int = 0


_Way = tuple[int, Spent]  # what is reached, and how the days were spent
_Row = list[_Way | None]  # the best way by the number of days; None where there is none


def spend(branch: Branch, days: int) -> Spent:
    """The best way to spend at most so many days."""
    factors = dict(_factors(branch, Fraction(1)))
    common = math.lcm(*(share.denominator * factor.denominator for leaf, factor in factors.values() for share in leaf))
    whole = {
        leaf: [
            share.numerator * factor.numerator * (common // (share.denominator * factor.denominator)) for share in curve
        ]
        for leaf, (curve, factor) in factors.items()
    }
    ways = _ways(branch, days, whole)
    best = max(worth for worth, _ in ways)
    return next(spent for worth, spent in ways if worth == best)


def _factors(branch: Branch, factor: Fraction) -> Iterator[tuple[int, tuple[Curve, Fraction]]]:
    """Each leaf with its curve, and its share of the whole when it is kept."""
    if not branch.children:
        yield branch.leaf, (branch.curve, factor)
        return
    kept = sum(sorted(weight for weight, _ in branch.children)[branch.drop :])
    for weight, child in branch.children:
        yield from _factors(child, factor * Fraction(weight, kept))


def _ways(branch: Branch, days: int, whole: dict[int, list[int]]) -> list[_Way]:
    """The best way for each number of days from none up, as far as more days help."""
    if not branch.children:
        return [
            (worth, ((branch.leaf, grace),) if grace else ())
            for grace, worth in enumerate(whole[branch.leaf][: days + 1])
        ]
    inner = [_ways(child, days, whole) for _, child in branch.children]
    fixed = sorted(ways[0][0] for ways in inner if len(ways) == 1)
    total = sum(fixed)
    # table[dropped][grace]: to begin with, the lowest of those that no day helps are dropped.
    table: list[_Row] = []
    for dropped in range(branch.drop + 1):
        table.append([(total - sum(fixed[:dropped]), ()) if dropped <= len(fixed) else None])
    for ways in inner:
        if len(ways) > 1:
            table = [_row(table, dropped, ways, days) for dropped in range(len(table))]
    return _rising(table[-1])


def _row(table: Sequence[_Row], dropped: int, ways: Sequence[_Way], days: int) -> _Row:
    """A row with one more child, which is kept with some number of days, or dropped."""
    kept = table[dropped]
    row: _Row = [None] * min(len(kept) + len(ways) - 1, days + 1)
    for grace, way in enumerate(kept):
        if way is not None:
            for more, child in enumerate(ways[: days - grace + 1], grace):
                known = row[more]
                if known is None or way[0] + child[0] > known[0]:
                    row[more] = way[0] + child[0], way[1] + child[1]
    if dropped:
        for grace, way in enumerate(table[dropped - 1]):
            known = row[grace]
            if way is not None and (known is None or way[0] > known[0]):
                row[grace] = way
    return row


def _rising(row: _Row) -> list[_Way]:
    """The row with, for each number of days, the best way that needs at most so many."""
    rising: list[_Way] = []
    for way in row:
        if way is not None:
            rising.append(max(way, rising[-1], key=lambda each: each[0]) if rising else way)
    while len(rising) > 1 and rising[-1][0] == rising[-2][0]:
        rising.pop()
    return rising
