"""Who needs help, and why: rules over where each student stands, with their thresholds. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

SOON: Final = timedelta(days=2)
"""An exercise that is due within this time should have been started."""
STUCK_AFTER: Final = 5
"""Graded attempts since the best one after which somebody is stuck."""
BEHIND_BY: Final = 2
"""Exercises that lie at least between the class's median and somebody who falls behind ..."""
MOST: Final = 0.75
"""... of whom at least this share of the class is ahead."""
NAMED: Final = 3
"""Exercises that a reason names; more are counted."""

Kind = Literal["overdue", "stuck", "soon", "behind"]
URGENCY: Final[Mapping[Kind, int]] = {"stuck": 3, "soon": 3, "behind": 2, "overdue": 1}
"""What each exercise of a reason adds; falling behind counts once. What can still be rescued weighs most."""


@dataclass(frozen=True)
class Task:
    """An exercise that a student should be at: it is open and not excused. `is_closed` takes nothing any more."""

    name: str
    title: str
    due: datetime | None = None
    is_closed: bool = False


@dataclass(frozen=True)
class Position:
    """Where one student stands. `tried` are all exercises with a submission, `passed` those with full marks.

    `since_best` are the graded attempts since the best one, of the others.
    """

    user_id: int
    name: str
    tried: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    since_best: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Reason:
    """Why somebody needs help: the kind, how urgent, and the sentence that says it."""

    kind: Kind
    urgency: int
    text: str


@dataclass(frozen=True)
class Need:
    """A student who needs help, with the reasons."""

    position: Position
    reasons: tuple[Reason, ...]

    @property
    def urgency(self) -> int:
        """How urgent all reasons are together."""
        return sum(reason.urgency for reason in self.reasons)


def needs(
    positions: Sequence[Position], tasks: Sequence[Task], own: Mapping[int, Sequence[Task]], now: datetime
) -> list[Need]:
    """The students who need help, the most urgent first. `own` are the tasks of those with dates of their own."""
    everyone = _Class.of([len(position.passed) for position in positions])
    found = []
    for position in positions:
        reasons = [*_reasons(position, own.get(position.user_id, tasks), now), *everyone.reasons(len(position.passed))]
        if reasons:
            found.append(Need(position, tuple(reasons)))
    return sorted(found, key=lambda need: (-need.urgency, need.position.name, need.position.user_id))


def _reasons(position: Position, tasks: Iterable[Task], now: datetime) -> list[Reason]:
    overdue, soon, stuck = [], [], []
    since_best = position.since_best or {}
    for task in tasks:
        if task.name not in position.tried:
            if task.due is not None and task.due < now:
                overdue.append(task.title)
            elif task.due is not None and task.due - now <= SOON:
                soon.append(task.title)
        elif since_best.get(task.name, 0) >= STUCK_AFTER and not task.is_closed:
            stuck.append((task.title, since_best[task.name]))
    reasons = []
    if overdue:
        were = "was due" if len(overdue) == 1 else "were due"
        started = f"Has not started {_listed(overdue)}, which {were}."
        nothing = f"Has handed in nothing yet; {_listed(overdue)} {were}."
        reasons.append(_reason("overdue", overdue, started if position.tried else nothing))
    if stuck:
        told = [f"{title} ({count} attempts since the best one)" for title, count in stuck]
        reasons.append(_reason("stuck", stuck, f"Is stuck at {_listed(told)}."))
    if soon:
        reasons.append(_reason("soon", soon, f"Has not started {_listed(soon)}, due within {SOON.days} days."))
    return reasons


@dataclass(frozen=True)
class _Class:
    """Where the class as a whole stands: the median of the exercises passed, and up to which number one is behind."""

    median: int
    behind: int

    @classmethod
    def of(cls, passed: Sequence[int]) -> _Class:
        if not passed:
            return cls(0, -1)
        median = statistics.median_low(passed)

        def is_behind(number: int) -> bool:
            ahead = sum(each > number for each in passed)
            return ahead >= MOST * len(passed) and median - number >= BEHIND_BY

        return cls(median, max(filter(is_behind, set(passed)), default=-1))

    def reasons(self, passed: int) -> list[Reason]:
        """Whether somebody who has passed so many falls behind."""
        if passed > self.behind:
            return []
        has = f"{passed} exercise{'' if passed == 1 else 's'}" if passed else "none"
        text = f"Falls behind: full marks in {has}, half of the class has them in {self.median} or more."
        return [Reason("behind", URGENCY["behind"], text)]


def _reason(kind: Kind, exercises: Sequence[object], text: str) -> Reason:
    return Reason(kind, URGENCY[kind] * len(exercises), text)


def _listed(words: Sequence[str]) -> str:
    """Names as a sentence has them: A, B and C; A, B, C and 4 more."""
    named, more = words[:NAMED], len(words) - NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
