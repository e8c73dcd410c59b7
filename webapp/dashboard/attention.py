"""Who needs help, and why: rules over where each student stands, with their thresholds. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final, Literal, NamedTuple

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

SinceBest = tuple[tuple[str, int], ...]
"""Names of exercises, each with a number of attempts."""
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


class Position(NamedTuple):
    """Where one student stands. `tried` are all exercises with a submission, `passed` counts those with full marks.

    `since_best` are the graded attempts since the best one, by the name of an exercise without full marks.
    """

    user_id: int
    name: str
    tried: frozenset[str] = frozenset()
    passed: int = 0
    since_best: SinceBest = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs help. `exercises` are the titles of those that it is about, with what is to be added.

    `begun` tells whether there is any submission, `passed` how many exercises have full marks.
    """

    kind: Kind
    exercises: tuple[str, ...]
    begun: bool
    passed: int = 0
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
            case "overdue" if many == 1 and self.begun:
                return f"Has not started {listed}, which was due."
            case "overdue" if many == 1:
                return f"Has handed in nothing yet; {listed} was due."
            case "overdue" if self.begun:
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
                has = f"{self.passed} exercise{'' if self.passed == 1 else 's'}" if self.passed else "none"
                return f"Falls behind: full marks in {has}, half of the class has them in {self.median} or more."


@dataclass(frozen=True, slots=True)
class Need:
    """A student who needs help, with the reasons, and how urgent these are together."""

    position: Position
    reasons: tuple[Reason, ...]
    urgency: int


def needs(
    positions: Sequence[Position], tasks: Sequence[Task], own: Mapping[int, Sequence[Task]], now: datetime
) -> list[Need]:
    """The students who need help, the most urgent first. `own` are the tasks of those with dates of their own."""
    class_ = _Class.of([position.passed for position in positions])
    common = _Agenda.of(tasks, now)
    agendas = {user: _Agenda.of(theirs, now) for user, theirs in own.items()}

    def weighed(
        agenda: _Agenda, tried: frozenset[str], passed: int, since_best: SinceBest
    ) -> tuple[tuple[Reason, ...], int]:
        reasons = (*agenda.reasons(tried, since_best), *class_.reasons(passed))
        return reasons, sum(reason.urgency for reason in reasons)

    weighed_for_most = cache(partial(weighed, common))  # in a large class many stand in the same place
    found = []
    for position in positions:
        user_id, _, tried, passed, since_best = position
        weigh = partial(weighed, agendas[user_id]) if user_id in agendas else weighed_for_most
        reasons, urgency = weigh(tried, passed, since_best)
        if reasons:
            found.append(Need(position, reasons, urgency))
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

    def reasons(self, tried: frozenset[str], since_best: SinceBest) -> list[Reason]:
        """Why somebody who has tried these exercises needs help."""
        stuck = [
            f"{self.open[name]} ({count} attempts since the best one)"
            for name, count in since_best
            if count >= STUCK_AFTER and name in self.open
        ]
        found: list[tuple[Kind, list[str]]] = [
            ("overdue", _missing(self.overdue, tried)),
            ("stuck", stuck),
            ("soon", _missing(self.soon, tried)),
        ]
        return [Reason(kind, tuple(exercises), bool(tried)) for kind, exercises in found if exercises]


def _missing(titles: Mapping[str, str], tried: frozenset[str]) -> list[str]:
    return [title for name, title in titles.items() if name not in tried]


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
        """Whether somebody with full marks in so many exercises falls behind."""
        return [Reason("behind", (), begun=True, passed=passed, median=self.median)] if passed <= self.behind else []


def _listed(words: Sequence[str]) -> str:
    """Names set apart though they may have commas: A; B; C and 4 more."""
    named, more = "; ".join(words[:NAMED]), len(words) - NAMED
    return f"{named} and {more} more" if more > 0 else named
