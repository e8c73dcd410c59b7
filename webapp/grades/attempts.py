"""What the attempts at one exercise are worth: deadlines, extensions, days late, and which attempt counts.

All worths are shares from 0 to 1. Grace days make them curves: `curve[g]` is what the exercise is worth when `g` grace
days are spent on it; a curve ends where more days change nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from grader.course import Timetable
from grader.grade_scheme import LateRule, Policy

Number = int | float | Decimal | Fraction
Curve = tuple[Fraction, ...]
State = Literal["scored", "waiting", "missing", "lost", "excused", "partial"]

NOTHING, FULL = Fraction(0), Fraction(1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission: when it was received, and its score once it is graded (None before: it waits, it is no zero).

    `id` is whatever the caller knows the submission by; `reason` is why its score was set by hand, where it was.
    """

    received_at: datetime
    score: Number | None
    max_score: Number
    id: int | str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for a student: a new due date, or so many days after the course's. It never shortens."""

    due: datetime | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """How one exercise counts: its policy, what lateness costs, and the course's time zone, which counts the days."""

    policy: Policy
    late: LateRule | None
    zone: tzinfo

    @property
    def grace_days(self) -> int:
        """The grace days that the course gives."""
        return self.late.grace_days if self.late else 0

    def accepts(self, days: int) -> bool:
        """Whether an attempt so many days late counts at all."""
        return days == 0 or (self.late is not None and self.policy != "latest_before_deadline")

    def penalty(self, days: int, grace: int = 0) -> Fraction:
        """The share that an attempt so many days late loses, after so many grace days."""
        return _penalty(self.late, days - grace) if self.late and days > grace else NOTHING


@dataclass(frozen=True, slots=True)
class Counted:
    """The attempt that counts, and how its worth came to be: `raw` less the share `penalty`.

    `due` is the student's own due date, `extended` tells that it is later than the course's.
    """

    attempt: Attempt
    raw: Fraction
    days_late: int
    grace_days: int
    penalty: Fraction
    worth: Fraction
    due: datetime | None
    extended: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one leaf stands: what it is worth as it is (`low`) and at best (`high`), by grace days.

    `so_far` is what it is worth by what is graded, None where nothing is.
    """

    state: State
    low: Curve
    high: Curve
    so_far: Curve | None


EXCUSED = Standing("excused", (), (), None)
MISSING = Standing("missing", (NOTHING,), (FULL,), None)
LOST = Standing("lost", (NOTHING,), (NOTHING,), (NOTHING,))


@functools.lru_cache(maxsize=100_000)
def ratio(score: Number, max_score: Number) -> Fraction:
    """A score as an exact share of the most. Raises ValueError for one that is out of range.

    A float is taken as it is written: 0.1 is a tenth, not the nearest binary fraction.
    """
    try:
        top, share = exact(max_score), exact(score)
    except ValueError:
        raise ValueError(f"a score of {score} out of {max_score}: expected two numbers") from None
    if top <= 0 or not 0 <= share <= top:
        raise ValueError(f"a score of {score} out of {max_score}: expected 0 to the most, which is above 0")
    return share / top


def exact(number: Number) -> Fraction:
    """A number as it is written, exactly."""
    return Fraction(str(number) if isinstance(number, float) else number)


@functools.lru_cache(maxsize=100_000)
def scored(score: Number, max_score: Number) -> Standing:
    """The standing of a leaf whose score is settled."""
    curve = (ratio(score, max_score),)
    return Standing("scored", curve, curve, curve)


@functools.lru_cache(maxsize=100_000)
def entered(score: Number, max_score: Number) -> Standing:
    """The standing of a score by hand: at most full marks, where the maximum was lowered after it was entered."""
    top = exact(max_score)
    return scored(min(exact(score), top), top)


def extended(timetable: Timetable, extensions: Iterable[Extension], zone: tzinfo) -> Timetable:
    """The timetable of a student with these extensions: the latest due date counts, and closing moves along with it.

    An exercise that closes without being due closes at that date. Both move by the course's calendar: two days after
    23:59 is 23:59, also when the clocks change between; but never does it close before it is due, or sooner than before.
    """
    closes = timetable.closes
    due = timetable.due or closes
    if due is None:
        return timetable
    choices = [(due, closes)]
    for extension in extensions:
        choices.append((later(due, extension.days, zone), closes and later(closes, extension.days, zone)))
        if extension.due is not None:
            own = extension.due.astimezone(UTC)
            by = _by_the_clock(own, zone) - _by_the_clock(due, zone)
            choices.append((own, closes and _moved(closes, by, zone)))
    due, closes = max(choices, key=lambda choice: choice[0])
    closes = closes and max(closes, due, timetable.closes or due)
    return replace(timetable, due=timetable.due and due, closes=closes)


@functools.lru_cache(maxsize=10_000)
def _penalty(late: LateRule, days: int) -> Fraction:
    return late.penalty(days)


def days_late(received_at: datetime, due: datetime | None, zone: tzinfo) -> int:
    """The days begun between due and received: 0 on time, 1 until the same time of the next day by the local clock."""
    if due is None or received_at <= due:
        return 0
    days = max((received_at - due) // DAY, 1)
    while received_at > later(due, days, zone):
        days += 1
    return days


@functools.lru_cache(maxsize=10_000)
def later(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of day by the local clock, so many days later, in UTC."""
    return _moved(moment, days * DAY, zone)


def _moved(moment: datetime, by: timedelta, zone: tzinfo) -> datetime:
    """The moment when the local clock shows so much more, in UTC."""
    return (_by_the_clock(moment, zone) + by).replace(tzinfo=zone).astimezone(UTC)


def _by_the_clock(moment: datetime, zone: tzinfo) -> datetime:
    """What the local clock shows at a moment, without its zone: such times differ by the calendar."""
    return moment.astimezone(zone).replace(tzinfo=None)


def standing(
    attempts: Sequence[Attempt], timetable: Timetable, rules: Rules, grace_days: int, now: datetime
) -> Standing:
    """What the attempts at an exercise are worth, `timetable` being the student's own.

    An exercise without an attempt that counts is missing while an attempt received now could still earn something;
    then it is a lost zero.
    """
    plain = _plain(attempts, timetable, rules, now)
    if plain is not None:
        return plain
    counting = _counting(attempts, timetable, rules)
    graded = [each for each in counting if each[0].score is not None]
    if len(graded) < len(counting):
        return _waiting(counting, graded, rules, grace_days)
    if graded:
        curve = _curve(graded, rules, grace_days)
        return Standing("scored", curve, curve, curve)
    ceiling = still_possible(used_up(attempts, timetable), timetable, rules, grace_days, now)
    if ceiling[-1] == NOTHING:
        return LOST
    return MISSING if ceiling == (FULL,) else Standing("missing", (NOTHING,), ceiling, None)


def counted(attempts: Sequence[Attempt], course: Timetable, own: Timetable, rules: Rules, grace: int) -> Counted | None:
    """The attempt that counts with so many grace days spent; None where none counts."""
    graded = [each for each in _counting(attempts, own, rules) if each[0].score is not None]
    if not graded:
        return None
    attempt, days = min(_candidates(graded, rules), key=lambda each: (-_worth(each, rules, grace), *_order(each)))
    spent = min(grace, days)
    return Counted(
        attempt=attempt,
        raw=_share(attempt),
        days_late=days,
        grace_days=spent,
        penalty=rules.penalty(days, spent),
        worth=_worth((attempt, days), rules, spent),
        due=own.due,
        extended=own.due != course.due,
    )


def used_up(attempts: Sequence[Attempt], timetable: Timetable) -> bool:
    """Whether no attempt is left."""
    return timetable.attempts is not None and len(attempts) >= timetable.attempts


@functools.lru_cache(maxsize=10_000)
def still_possible(used_up: bool, timetable: Timetable, rules: Rules, grace_days: int, now: datetime) -> Curve:
    """What full marks received now would be worth: nothing once the exercise is closed or the attempts are used up."""
    moment = now if timetable.opens is None else max(now, timetable.opens)
    days = days_late(moment, timetable.due, rules.zone)
    if used_up or (timetable.closes is not None and moment > timetable.closes) or not rules.accepts(days):
        return (NOTHING,)
    return _trimmed([FULL - rules.penalty(days, grace) for grace in range(grace_days + 1)])


_Placed = tuple[Attempt, int]  # an attempt, and how many days late it is


def _plain(attempts: Sequence[Attempt], timetable: Timetable, rules: Rules, now: datetime) -> Standing | None:
    """The standing in the two commonest cases, at a fraction of the cost: nothing yet, or all graded and on time."""
    due = timetable.due
    if not attempts:
        limit = due or timetable.closes
        return MISSING if limit is None or now <= limit else None
    if rules.policy != "best" or (due is None and timetable.closes is not None):
        return None
    top, best = attempts[0].max_score, attempts[0].score
    for attempt in attempts:
        score = attempt.score
        if score is None or best is None or attempt.max_score != top or (due and attempt.received_at > due):
            return None
        if score > best:
            best = score
    return None if best is None else scored(best, top)


def _counting(attempts: Sequence[Attempt], timetable: Timetable, rules: Rules) -> list[_Placed]:
    """The attempts that may count, each with its days late."""
    due, closes = timetable.due, timetable.closes
    placed = []
    for attempt in attempts:
        received_at = attempt.received_at
        days = 0 if due is None or received_at <= due else days_late(received_at, due, rules.zone)
        if (closes is None or received_at <= closes) and rules.accepts(days):
            placed.append((attempt, days))
    return placed


def _waiting(counting: list[_Placed], graded: list[_Placed], rules: Rules, grace_days: int) -> Standing:
    """While attempts wait for their verdicts: at worst these are zeros, at best full marks."""
    worst, best = (
        [
            (each if each[0].score is not None else (replace(each[0], score=score, max_score=1), each[1]))
            for each in counting
        ]
        for score in (0, 1)
    )
    so_far = _curve(graded, rules, grace_days) if graded else None
    return Standing("waiting", _curve(worst, rules, grace_days), _curve(best, rules, grace_days), so_far)


def _candidates(graded: list[_Placed], rules: Rules) -> list[_Placed]:
    """The attempts of which the policy takes the one that is worth most."""
    if rules.policy == "best":
        return graded
    last = max(attempt.received_at for attempt, _ in graded)
    return [each for each in graded if each[0].received_at == last]


def _curve(graded: list[_Placed], rules: Rules, grace_days: int) -> Curve:
    best: dict[int, _Placed] = {}  # by days late: of attempts that lose the same, the best one is worth most
    for attempt, days in _candidates(graded, rules):
        if days not in best or _share(attempt) > _share(best[days][0]):
            best[days] = attempt, days
    most = min(grace_days, max(best))
    return _trimmed([max(_worth(each, rules, grace) for each in best.values()) for grace in range(most + 1)])


def _worth(placed: _Placed, rules: Rules, grace: int) -> Fraction:
    attempt, days = placed
    return _share(attempt) * (FULL - rules.penalty(days, grace))


def _share(attempt: Attempt) -> Fraction:
    return ratio(attempt.score or 0, attempt.max_score)


def _order(placed: _Placed) -> tuple[int, datetime, str]:
    attempt, days = placed
    return days, attempt.received_at, str(attempt.id)


def _trimmed(curve: list[Fraction]) -> Curve:
    while len(curve) > 1 and curve[-1] == curve[-2]:
        curve.pop()
    return tuple(curve)
