"""Who needs help, and why: rules over where each student stands, with their thresholds. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

NOTHING: Final = timedelta(0)
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


@dataclass(frozen=True, slots=True)
class Position:
    """Where one student stands. `tried` are all exercises with a submission, `passed` counts those with full marks.

    `since_best` are the graded attempts since the best one, of exercises without full marks.
    """

    user_id: int
    name: str
    tried: frozenset[str] = frozenset()
    passed: int = 0
    since_best: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs help. `exercises` are the titles of those that it is about, with what is to be added."""

    kind: Kind
    exercises: tuple[str, ...]
    position: Position
    median: int = 0

    @property
    def urgency(self) -> int:
        """How urgent it is."""
        return URGENCY[self.kind] * max(len(self.exercises), 1)

    @property
    def text(self) -> str:
        """It in one sentence."""
        listed, many = _listed(self.exercises), len(self.exercises)
        match self.kind:
            case "overdue" if many == 1 and self.position.tried:
                return f"Has not started {listed}, which was due."
            case "overdue" if many == 1:
                return f"Has handed in nothing yet; {listed} was due."
            case "overdue" if self.position.tried:
                return f"Has not started {many} exercises that were due: {listed}."
            case "overdue":
                return f"Has handed in nothing yet; {many} exercises were due: {listed}."
            case "stuck":
                return f"Is stuck at {listed}." if many == 1 else f"Is stuck at {many} exercises: {listed}."
            case "soon" if many == 1:
                return f"Has not started {listed}, due within {SOON.days} days."
            case "soon":
                return f"Has not started {many} exercises due within {SOON.days} days: {listed}."
            case "behind":
                passed = self.position.passed
                has = f"{passed} exercise{'' if passed == 1 else 's'}" if passed else "none"
                return f"Falls behind: full marks in {has}, half of the class has them in {self.median} or more."


@dataclass(frozen=True, slots=True)
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
    class_ = _Class.of([position.passed for position in positions])
    common = _Agenda.of(tasks, now)
    agendas = {user: _Agenda.of(theirs, now) for user, theirs in own.items()}
    found = []
    for position in positions:
        agenda = agendas.get(position.user_id, common)
        reasons = (*agenda.reasons(position), *class_.reasons(position))
        if reasons:
            found.append(Need(position, reasons))
    return sorted(found, key=lambda need: (-need.urgency, need.position.name, need.position.user_id))


@dataclass(frozen=True)
class _Agenda:
    """Tasks by what they ask for at one moment: their titles by their names."""

    overdue: Mapping[str, str]
    soon: Mapping[str, str]
    open: Mapping[str, str]

    @classmethod
    def of(cls, tasks: Iterable[Task], now: datetime) -> _Agenda:
        dated = [(task, task.due - now) for task in tasks if task.due is not None]
        return cls(
            overdue={task.name: task.title for task, left in dated if left < NOTHING},
            soon={task.name: task.title for task, left in dated if NOTHING <= left <= SOON},
            open={task.name: task.title for task in tasks if not task.is_closed},
        )

    def reasons(self, position: Position) -> list[Reason]:
        """Why somebody in this position needs help."""
        found: list[tuple[Kind, list[str]]] = []
        if not self.overdue.keys() <= position.tried:
            found.append(("overdue", _missing(self.overdue, position)))
        if position.since_best:
            found.append(("stuck", self._stuck(position)))
        if not self.soon.keys() <= position.tried:
            found.append(("soon", _missing(self.soon, position)))
        return [Reason(kind, tuple(exercises), position) for kind, exercises in found if exercises]

    def _stuck(self, position: Position) -> list[str]:
        return [
            f"{self.open[name]} ({count} attempts since the best one)"
            for name, count in position.since_best.items()
            if count >= STUCK_AFTER and name in self.open
        ]


def _missing(titles: Mapping[str, str], position: Position) -> list[str]:
    return [title for name, title in titles.items() if name not in position.tried]


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

    def reasons(self, position: Position) -> list[Reason]:
        """Whether somebody in this position falls behind."""
        return [Reason("behind", (), position, self.median)] if position.passed <= self.behind else []


def _listed(words: Sequence[str]) -> str:
    """Names set apart though they may have commas: A; B; C and 4 more."""
    named, more = "; ".join(words[:NAMED]), len(words) - NAMED
    return f"{named} and {more} more" if more > 0 else named
