"""The roll-up: from a student's work to the range, the points and the history of every node, and to the final grade.

    GradeTree.of(course)             the course's scheme, compiled once
      .grade(work, now) -> Grade     one student: lean, a class of thousands takes well under a second or two
         .final                      the grade: a value with its mark, or from-to while something is missing
         .possible                   the same, up to what better attempts at open exercises can still win back
         .range_of(key)              a node's lowest and highest share, for tables
         .node(key), .root           a node with all that a page shows, made when asked for
         .what_if({"exam": 7})       the final grade with such scores
         .needed("exam", 5)          the least score that reaches a grade

Three roll-ups over the same tree: `low` counts what is missing as zero, `high` as the most that is still possible,
`so_far` leaves it out. All are exact; only `Scale.rounded` rounds, once, what is shown as the grade.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from grader.course import Course, Timetable
from grader.grade_scheme import Component, GradeScheme, Kind, LateRule, Minimum, Policy
from webapp.grades.attempts import (
    EXCUSED,
    FULL,
    MISSING,
    NOTHING,
    Attempt,
    Counted,
    Curve,
    Extension,
    Number,
    Rules,
    Standing,
    State,
    counted,
    days_late,
    entered,
    exact,
    extended,
    later,
    ratio,
    standing,
    still_possible,
    used_up,
)
from webapp.grades.grace import Branch, spend

Assumption = Literal["zero", "full", "current"] | Mapping[str, Number]
Shares = list[Fraction | None]
"""A share from 0 to 1 for each node; None for one that does not count."""


@dataclass(frozen=True, slots=True)
class Work:
    """All that counts of one student; keys that the tree does not know count for nothing.

    `attempts` and `extensions` are by exercise, `scores` (out of the leaf's `max`) by key; `excused` are keys of leaves
    or components.
    """

    attempts: Mapping[str, Sequence[Attempt]] = field(default_factory=dict)
    scores: Mapping[str, Number] = field(default_factory=dict)
    extensions: Mapping[str, Sequence[Extension]] = field(default_factory=dict)
    excused: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class MinimumResult:
    """A component's minimum: `unmet` when it can no longer be reached, `open` while it can, by a better attempt too."""

    rule: Minimum
    state: Literal["met", "unmet", "open"]


@dataclass(frozen=True, slots=True)
class FreeDays:
    """The grace days that a component gives, and on what they are spent as it stands: keys with so many days."""

    given: int
    spent: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """How many are spent."""
        return sum(days for _, days in self.spent)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a student's grade. Shares are of 1; points are on the course's scale.

    weight, share       its weight within its parent and of the whole, after what is excused or dropped; while it is open
                        what is dropped, those that it has if it counts
    score               exact, None while something in it is missing
    low, high, so_far   the range still possible with what is missing; by what is graded alone
    best                the highest share, with all that better attempts can still win back
    earned, open, lost  what its share of the scale has brought, may bring, and no longer brings: never more than it is
    retrievable         the part of `lost` that a better attempt at a still open exercise could win back
    winnable, gone      what may still come, and what cannot any more: `open` with the retrievable, `lost` without
    rules               its policy and late rule
    free_days           the grace days that are given here, for all that is below
    counted, timetable  of an exercise: the attempt that counts, and the student's own dates
    dropped             left out, as it stands, by its parent's drop_lowest
    in_low, in_best     whether its parent counts it at the lowest, and at its best
    """

    key: str
    title: str
    kind: Kind
    state: State
    weight: Fraction
    share: Fraction
    score: Fraction | None
    low: Fraction
    high: Fraction
    best: Fraction
    so_far: Fraction | None
    earned: Fraction
    open: Fraction
    lost: Fraction
    retrievable: Fraction
    max_score: Decimal | None
    rules: Rules
    free_days: FreeDays | None
    counted: Counted | None
    timetable: Timetable | None
    minimum: MinimumResult | None
    drop_lowest: int
    dropped: bool
    in_low: bool
    in_best: bool
    children: tuple[Node, ...]

    @property
    def winnable(self) -> Fraction:
        """The points that may still come, by what is missing or by a better attempt."""
        return self.open + self.retrievable

    @property
    def gone(self) -> Fraction:
        """The points that nothing can bring back."""
        return self.lost - self.retrievable

    def walk(self) -> list[Node]:
        """This node and all below it, each before what is below it."""
        return [self] + [each for child in self.children for each in child.walk()]


@dataclass(frozen=True, slots=True)
class Final:
    """The grade: rounded `low` to `high`, each with its mark; equal when it is settled.

    `exact_low` and `exact_high` are the same unrounded, `uncapped_*` before unmet minimums; `capped_by` names the
    components whose minimum holds the grade down, as it stands: one whose cap is above it does not. All is None when
    nothing counts.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    low_mark: str | None = None
    high_mark: str | None = None
    exact_low: Fraction | None = None
    exact_high: Fraction | None = None
    uncapped_low: Fraction | None = None
    uncapped_high: Fraction | None = None
    capped_by: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """The grade, once nothing that is missing can change it."""
        return self.low if self.low == self.high else None

    @property
    def mark(self) -> str | None:
        """The word for the grade, once it is settled (a range may lie within one mark)."""
        return self.low_mark if self.low_mark == self.high_mark else None


@dataclass(frozen=True, slots=True)
class Needed:
    """What a leaf must score for a target: the least `score` of `max_score`, when it is possible at all.

    `grade` is the final grade with that score; with full marks when even these do not reach the target.
    """

    state: Literal["reached", "possible", "impossible"]
    score: Decimal | None
    max_score: Decimal
    grade: Decimal | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A component in the compiled tree: where it stands, and the rules that hold there."""

    index: int
    component: Component
    parent: int
    children: tuple[tuple[int, int], ...]  # (index, weight) with whole weights
    rules: Rules
    pool: int  # the place that owns the late rule, -1 without one
    timetable: Timetable


@dataclass(frozen=True, slots=True)
class _Part:
    """What a node is of its parent and of the whole; see Node.

    `low_worth` and `high_worth` are its share where it counts in that roll-up, and nothing where it, or what it is in, is
    dropped there.
    """

    weight: Fraction = FULL
    share: Fraction = FULL
    low_worth: Fraction = FULL
    high_worth: Fraction = FULL
    in_low: bool = True
    in_best: bool = True
    dropped: bool = False


class GradeTree:
    """A course's grade scheme, ready to be applied to any number of students."""

    def __init__(self, scheme: GradeScheme, timetables: Mapping[str, Timetable], zone: tzinfo) -> None:
        self.scheme, self.zone = scheme, zone
        self._timetables = timetables
        self._places: list[_Place] = []
        self._add(scheme.root, -1, "best", None, -1)
        self.index = {place.component.key: place.index for place in self._places}
        self._leaves = [place for place in self._places if place.component.kind != "group"]
        self._upward = [place for place in reversed(self._places) if place.component.kind == "group"]
        self._minimums = [(place.index, each) for place in self._places if (each := place.component.minimum)]
        self._pools = [place for place in reversed(self._places) if place.pool == place.index]

    @classmethod
    def of(cls, course: Course) -> GradeTree:
        """The tree of a course, with the dates of its exercises."""
        timetables = {name: course.timetable(name) for name in course.exercises}
        return cls(course.grade, timetables, course.zone or UTC)

    def grade(self, work: Work, now: datetime) -> Grade:
        """One student's grade, as it stands at `now`. Raises ValueError for a score below 0, or of an attempt above its most."""
        excused = self._excused(work.excused) if work.excused else ()
        standings: list[Standing] = [MISSING] * len(self._places)
        for place in self._leaves:
            standings[place.index] = EXCUSED if place.index in excused else self._standing(place, work, now)
        return Grade(self, work, now, standings)

    @property
    def where_the_best_counts(self) -> list[str]:
        """The exercises of whose attempts the best one counts."""
        return [
            place.component.key
            for place in self._leaves
            if place.component.kind == "exercise" and place.rules.policy == "best"
        ]

    def own_timetable(self, exercise: str, work: Work) -> Timetable:
        """The dates of an exercise for a student, extensions included."""
        timetable = self._timetables.get(exercise, Timetable())
        extensions = work.extensions.get(exercise)
        return extended(timetable, extensions, self.zone) if extensions else timetable

    def _add(self, component: Component, parent: int, policy: Policy, late: LateRule | None, pool: int) -> int:
        index = len(self._places)
        policy = component.policy or policy
        if component.late is not None:
            late, pool = component.late, index
        timetable = self._timetables.get(component.key, Timetable())
        rules = Rules(policy, late, self.zone)
        self._places.append(_Place(index, component, parent, (), rules, pool, timetable))
        inner = [self._add(child, index, policy, late, pool) for child in component.components]
        children = tuple(zip(inner, _whole([child.weight for child in component.components]), strict=True))
        self._places[index] = _Place(index, component, parent, children, rules, pool, timetable)
        return index

    def _excused(self, keys: Collection[str]) -> frozenset[int]:
        """The leaves that are excused, on their own or with a component above them."""
        excused: set[int] = set()
        for place in self._places:
            if place.component.key in keys or place.parent in excused:
                excused.add(place.index)
        return frozenset(excused)

    def _standing(self, place: _Place, work: Work, now: datetime) -> Standing:
        key = place.component.key
        if place.component.kind == "score":
            score = work.scores.get(key)
            return MISSING if score is None else entered(score, place.component.max_score or 0)
        timetable = self.own_timetable(key, work) if key in work.extensions else place.timetable
        return standing(work.attempts.get(key, ()), timetable, place.rules, place.rules.grace_days, now)

    def _roll(self, curves: Sequence[Curve | None]) -> tuple[Shares, dict[int, int]]:
        """Every node's share, given the leaves' curves; and the grace days that went to each leaf."""
        grace = self._spend(curves) if any(curve is not None and len(curve) > 1 for curve in curves) else {}
        shares: Shares = [None if curve is None else curve[grace.get(leaf, 0)] for leaf, curve in enumerate(curves)]
        for place in self._upward:
            shares[place.index] = _mean(place, shares)
        return shares, grace

    def _spend(self, curves: Sequence[Curve | None]) -> dict[int, int]:
        """The grace days for each leaf: pool by pool, the innermost first."""
        curves, grace = list(curves), {}
        for pool in self._pools:
            branch = self._branch(pool, curves)
            if branch is None:
                continue
            for leaf, days in spend(branch, pool.rules.grace_days):
                grace[leaf] = days
            for place in self._leaves:
                curve = curves[place.index]
                if place.pool == pool.index and curve is not None:
                    curves[place.index] = (curve[grace.get(place.index, 0)],)
        return grace

    def _branch(self, place: _Place, curves: Sequence[Curve | None]) -> Branch | None:
        """What spending needs to know of a node; None for one that does not count."""
        if place.component.kind != "group":
            curve = curves[place.index]
            return None if curve is None else Branch(place.index, curve)
        inner = ((weight, self._branch(self._places[child], curves)) for child, weight in place.children)
        children = tuple((weight, branch) for weight, branch in inner if branch is not None)
        return Branch(children=children, drop=_drops(place, len(children))) if children else None

    def _final(self, low: Shares, high: Shares) -> Final:
        scale, top = self.scheme.scale, Fraction(self.scheme.scale.top)
        if low[0] is None or high[0] is None:
            return Final()
        (exact_low, capped_by), (exact_high, _) = self._capped(low[0] * top, low), self._capped(high[0] * top, high)
        rounded = scale.rounded(exact_low)
        rounded_high = rounded if exact_high == exact_low else scale.rounded(exact_high)
        return Final(
            low=rounded,
            high=rounded_high,
            low_mark=scale.mark(rounded),
            high_mark=scale.mark(rounded_high),
            exact_low=exact_low,
            exact_high=exact_high,
            uncapped_low=low[0] * top,
            uncapped_high=high[0] * top,
            capped_by=capped_by,
        )

    def _capped(self, points: Fraction, shares: Shares) -> tuple[Fraction, tuple[str, ...]]:
        """The grade after unmet minimums, and the components whose minimum holds it down."""
        holding = [
            (index, cap)
            for index, minimum in self._minimums
            if not self._met(shares[index], minimum) and (cap := Fraction(minimum.cap)) < points
        ]
        keys = tuple(self._places[index].component.key for index, _ in holding)
        return min([points, *(cap for _, cap in holding)]), keys

    def _met(self, share: Fraction | None, minimum: Minimum) -> bool:
        return share is None or share * Fraction(self.scheme.scale.top) >= Fraction(minimum.least)


class Grade:
    """One student's grade: quick to make, with everything else when it is asked for."""

    def __init__(self, tree: GradeTree, work: Work, now: datetime, standings: list[Standing]) -> None:
        self.tree, self.work, self.now = tree, work, now
        self._standings = standings
        self._low, self._grace = tree._roll([_low(each) for each in standings])
        self.complete = all(standings[place.index].state in _SETTLED for place in tree._leaves)
        self._high = self._low if self.complete else tree._roll([_high(each) for each in standings])[0]
        self.final = tree._final(self._low, self._high)

    @functools.cached_property
    def possible(self) -> Final:
        """The grade as `final`, its high end with all that better attempts can still win back."""
        return self.tree._final(self._low, self._best)

    def range_of(self, key: str) -> tuple[Fraction, Fraction] | None:
        """The lowest and the highest share that a node can still have; None when it does not count."""
        index = self._find(key)
        low, high = self._low[index], self._high[index]
        return None if low is None or high is None else (low, max(low, high))

    def next_change(self) -> datetime | None:
        """The next moment at which time alone can change this grade: a deadline, a closing, one day more of lateness."""
        moments = []
        for place in self.tree._leaves:
            if place.component.kind != "exercise" or self._standings[place.index].state in ("lost", "excused"):
                continue
            times = self.tree.own_timetable(place.component.key, self.work)
            moments += [each for each in (times.due, times.closes) if each is not None and each > self.now]
            if times.due is not None and times.due <= self.now and place.rules.late is not None:
                days = days_late(self.now, times.due, self.tree.zone)
                moments.append(later(times.due, days, self.tree.zone) + timedelta(microseconds=1))
        return min((each for each in moments if each > self.now), default=None)

    @functools.cached_property
    def root(self) -> Node:
        """The whole tree, as a page shows it."""
        return self._node(0, _Part())

    def node(self, key: str) -> Node:
        """The node of that key. Raises KeyError, with what there is, when there is none."""
        return self._nodes[self.tree._places[self._find(key)].component.key]

    def what_if(self, scores: Mapping[str, Number], others: Assumption = "current") -> Final:
        """The final grade with these scores in points of their leaves, whatever they are now; excused stays excused.

        `others` says what the other missing leaves count: "zero", "full" (as much as is still possible), "current" (as
        the mean of what there is: left out), or scores by key, the rest as "current".
        """
        given = dict(scores) if isinstance(others, str) else {**self._only_missing(others), **scores}
        known = {self._find(key): self._ratio(key, score) for key, score in given.items()}
        curves = [
            (known[index],) if index in known and each is not EXCUSED else self._assumed(each, others)
            for index, each in enumerate(self._standings)
        ]
        shares, _ = self.tree._roll(curves)
        return self.tree._final(shares, shares)

    def needed(
        self, leaf: str, target: Number, others: Assumption = "current", step: Decimal = Decimal("0.01")
    ) -> Needed:
        """The least score of a leaf, in steps, with which the rounded grade reaches the target."""
        top = self.tree._places[self._find(leaf)].component.max_score
        if top is None:
            raise ValueError(f"{leaf!r} is no leaf: only an exercise or a score has something to reach")
        goal, steps = exact(target), math.ceil(top / step)

        def grade(score: Decimal) -> Decimal | None:
            return self.what_if({leaf: score}, others).low

        def reaches(score: Decimal) -> bool:
            value = grade(score)
            return value is not None and Fraction(value) >= goal

        if reaches(Decimal(0)):
            return Needed("reached", Decimal(0), top, grade(Decimal(0)))
        if not reaches(top):
            return Needed("impossible", None, top, grade(top))
        least = bisect.bisect_left(range(steps), True, lo=1, key=lambda number: reaches(number * step))
        score = min(least * step, top)
        return Needed("possible", score, top, grade(score))

    @functools.cached_property
    def _nodes(self) -> dict[str, Node]:
        return {node.key: node for node in self.root.walk()}

    def _find(self, key: str) -> int:
        try:
            return self.tree.index[key]
        except KeyError:
            raise KeyError(f"there is no {key!r} in the grade; there are: {', '.join(self.tree.index)}") from None

    def _ratio(self, key: str, score: Number) -> Fraction:
        top = self.tree._places[self._find(key)].component.max_score
        if top is None:
            raise ValueError(f"{key!r} is no leaf: only an exercise or a score can be given")
        return ratio(score, top)

    def _only_missing(self, scores: Mapping[str, Number]) -> dict[str, Number]:
        return {key: score for key, score in scores.items() if self._standings[self._find(key)].state not in _SETTLED}

    def _assumed(self, each: Standing, others: Assumption) -> Curve | None:
        if each.state in _SETTLED or others == "zero":
            return _low(each)
        return _high(each) if others == "full" else each.so_far

    @functools.cached_property
    def _so_far(self) -> Shares:
        return self.tree._roll([each.so_far for each in self._standings])[0]

    @functools.cached_property
    def _best(self) -> Shares:
        """The highest shares, with all that better attempts can still win back."""
        curves = [_high(each) for each in self._standings]
        for place in self.tree._leaves:
            curve = curves[place.index]
            if place.component.kind == "exercise" and curve is not None:
                key, budget = place.component.key, place.rules.grace_days
                own = self.tree.own_timetable(key, self.work)
                none_left = used_up(self.work.attempts.get(key, ()), own)
                curves[place.index] = _higher(curve, still_possible(none_left, own, place.rules, budget, self.now))
        return self.tree._roll(curves)[0]

    def _node(self, index: int, part: _Part) -> Node:
        place = self.tree._places[index]
        component, top = place.component, Fraction(self.tree.scheme.scale.top)
        children = self._children(place, part)
        state = _group_state(children) if component.kind == "group" else self._standings[index].state
        low, high = self._low[index] or NOTHING, self._high[index] or NOTHING
        if place.parent < 0 and self._low[index] is None:
            high = FULL  # nothing counts yet: whatever comes to count, all of the scale is possible
        high = max(low, high)  # at its best the whole may need the grace days that this node has as it stands
        earned = part.low_worth * low * top
        still_open = max(part.high_worth * high * top - earned, NOTHING)
        lost = max(max(part.low_worth, part.high_worth) * top - earned - still_open, NOTHING)
        chosen, timetable, retrievable = None, None, sum((child.retrievable for child in children), NOTHING)
        if component.kind == "exercise":
            chosen, timetable = self._counted(place), self.tree.own_timetable(component.key, self.work)
            retrievable = part.low_worth * top * self._retrievable(place, timetable)
        return Node(
            key=component.key,
            title=component.title,
            kind=component.kind,
            state=state,
            weight=part.weight,
            share=part.share,
            score=self._low[index] if state in _SETTLED else None,
            low=low,
            high=high,
            best=max(high, self._best[index] or NOTHING),
            so_far=self._so_far[index],
            earned=earned,
            open=still_open,
            lost=lost,
            retrievable=min(retrievable, lost),
            max_score=component.max_score,
            rules=place.rules,
            free_days=self._free_days(place),
            counted=chosen,
            timetable=timetable,
            minimum=self._minimum(place),
            drop_lowest=component.drop_lowest,
            dropped=part.dropped,
            in_low=part.in_low,
            in_best=part.in_best,
            children=children,
        )

    def _children(self, place: _Place, part: _Part) -> tuple[Node, ...]:
        low, high, best = ({child for child, _ in _kept(place, each)} for each in (self._low, self._high, self._best))
        # As many count in each; which they are is open for those with equal weights only.
        whole = sum(weight for child, weight in place.children if child in low)
        # While something is missing, the lowest may be what is not there yet: dropped is only what is settled.
        dropped = {child for child, _ in place.children if child not in low and self._low[child] is not None}
        dropped = {child for child in dropped if self._settled(child)}

        def part_of(child: int, weight: int) -> _Part:
            counts = self._low[child] is not None and child not in dropped
            of_parent = Fraction(weight, whole) if counts else NOTHING
            return _Part(
                weight=of_parent,
                share=part.share * of_parent,
                low_worth=part.low_worth * of_parent if child in low else NOTHING,
                high_worth=part.high_worth * of_parent if child in high else NOTHING,
                in_low=child in low,
                in_best=child in best,
                dropped=child in dropped,
            )

        return tuple(self._node(child, part_of(child, weight)) for child, weight in place.children)

    def _settled(self, index: int) -> bool:
        place = self.tree._places[index]
        if place.component.kind != "group":
            return self._standings[index].state in _SETTLED
        return all(self._settled(child) for child, _ in place.children)

    def _counted(self, place: _Place) -> Counted | None:
        """The attempt that counts, with the grace days that the roll-up has spent on it."""
        key, work = place.component.key, self.work
        if self._standings[place.index] is EXCUSED:
            return None
        own, grace = self.tree.own_timetable(key, work), self._grace.get(place.index, 0)
        return counted(work.attempts.get(key, ()), place.timetable, own, place.rules, grace)

    def _free_days(self, place: _Place) -> FreeDays | None:
        """The grace days that a component gives of its own; None where it gives none."""
        if place.pool != place.index or not place.rules.grace_days:
            return None
        below = (
            (each.component.key, self._grace.get(each.index, 0))
            for each in self.tree._leaves
            if each.pool == place.index
        )
        return FreeDays(place.rules.grace_days, tuple((key, days) for key, days in below if days))

    def _retrievable(self, place: _Place, timetable: Timetable) -> Fraction:
        """The share that one more attempt could still add to an exercise that has a score."""
        share = self._low[place.index]
        if share is None or self._standings[place.index].state != "scored":
            return NOTHING
        none_left = used_up(self.work.attempts.get(place.component.key, ()), timetable)
        grace = self._grace.get(place.index, 0)
        return max(still_possible(none_left, timetable, place.rules, grace, self.now)[-1] - share, NOTHING)

    def _minimum(self, place: _Place) -> MinimumResult | None:
        rule, low = place.component.minimum, self._low[place.index]
        if rule is None or low is None:
            return None
        if self.tree._met(low, rule):
            return MinimumResult(rule, "met")
        return MinimumResult(rule, "open" if self.tree._met(self._best[place.index], rule) else "unmet")


_SETTLED = ("scored", "lost", "excused")


def _low(each: Standing) -> Curve | None:
    return each.low or None


def _high(each: Standing) -> Curve | None:
    return each.high or None


def _higher(one: Curve, other: Curve) -> Curve:
    """Of two curves the higher share at each number of grace days."""
    ends = len(one) - 1, len(other) - 1
    return tuple(max(one[min(days, ends[0])], other[min(days, ends[1])]) for days in range(max(ends) + 1))


def _whole(weights: Sequence[Decimal]) -> list[int]:
    """Weights as whole numbers in the same proportions."""
    exact_weights = [Fraction(weight) for weight in weights]
    common = math.lcm(*(weight.denominator for weight in exact_weights))
    return [int(weight * common) for weight in exact_weights]


def _drops(place: _Place, counting: int) -> int:
    """How many of the children that count are dropped: at least one stays."""
    return max(min(place.component.drop_lowest, counting - 1), 0)


def _kept(place: _Place, shares: Shares) -> list[tuple[int, int]]:
    """The children that make the node's share: those that count, but the lowest; of equals the first stay."""
    counting = [(child, weight, share) for child, weight in place.children if (share := shares[child]) is not None]
    drop = _drops(place, len(counting))
    if drop:
        common = math.lcm(*(share.denominator for _, _, share in counting))
        counting.sort(key=lambda each: -each[2].numerator * (common // each[2].denominator))
        counting = counting[:-drop]
    return [(child, weight) for child, weight, _ in counting]


def _mean(place: _Place, shares: Shares) -> Fraction | None:
    """The weighted mean of what is kept; None when nothing counts.

    It is the innermost loop of a class: whole numbers gathered by denominator, and one division at the end.
    """
    tops: dict[int, int] = {}
    weights = 0
    for child, weight in _kept(place, shares) if place.component.drop_lowest else place.children:
        share = shares[child]
        if share is not None:
            bottom = share.denominator
            tops[bottom] = tops.get(bottom, 0) + weight * share.numerator
            weights += weight
    if not weights:
        return None
    common = math.lcm(*tops)
    return Fraction(sum(top * (common // bottom) for bottom, top in tops.items()), common * weights)


def _group_state(children: Sequence[Node]) -> State:
    states = {child.state for child in children} - {"excused"}
    if not states:
        return "excused"
    if states <= {"scored", "lost"}:
        return "scored"
    return "missing" if states == {"missing"} else "partial"
