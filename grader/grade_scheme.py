"""The course's grade as data: a tree of weighted components, its rules, and the scale; read from course.toml.

    GradeScheme
      scale: Scale                  from 0 to what, its rounding, its marks
      root: Component               "grade"
        Component                   a group of components, with its rules ...
          Component                 ... or a leaf: an exercise, or a score entered by hand

How a student's work becomes a grade is not here: the grade tree of the web application does that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, cast

from grader.table import Table

Policy = Literal["best", "last", "latest_before_deadline"]
Rounding = Literal["half-up", "half-even", "down"]
Kind = Literal["group", "exercise", "score"]

POLICIES: tuple[Policy, ...] = ("best", "last", "latest_before_deadline")
ROUNDINGS: tuple[Rounding, ...] = ("half-up", "half-even", "down")
CONTENTS = ("components", "exercises", "unit", "exercise", "max")
ROOT = "grade"
MOST_GRACE_DAYS = 30
MOST_DECIMALS = 3
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class LateRule:
    """What lateness costs: `per_day` (a share of what the attempt earned) for each day begun, never more than `cap`.

    `grace_days` is how many days in all a student may be late without cost, over all exercises under the component.
    """

    per_day: Decimal
    cap: Decimal = Decimal(1)
    grace_days: int = 0

    def penalty(self, days: int) -> Fraction:
        """The share that so many days cost."""
        return min(Fraction(self.per_day) * max(days, 0), Fraction(self.cap))


@dataclass(frozen=True)
class Minimum:
    """What a component must reach, on the course's scale; where it does not, the final grade is at most `cap`."""

    least: Decimal
    cap: Decimal


@dataclass(frozen=True)
class Component:
    """One node of the tree. `policy` and `late` hold for all below; None is "as the component above says"."""

    key: str
    title: str
    kind: Kind
    weight: Decimal = Decimal(1)
    components: tuple[Component, ...] = ()
    max_score: Decimal | None = None
    policy: Policy | None = None
    late: LateRule | None = None
    minimum: Minimum | None = None
    drop_lowest: int = 0

    def walk(self) -> list[Component]:
        """This component and all below it, each before what is below it."""
        return [self] + [each for component in self.components for each in component.walk()]


@dataclass(frozen=True)
class Mark:
    """A word for the grades from a number up to the next mark."""

    least: Decimal
    name: str


@dataclass(frozen=True)
class Scale:
    """The numbers of the final grade: 0 to `top` with so many decimals, and the words for them."""

    top: Decimal = Decimal(10)
    decimals: int = 1
    rounding: Rounding = "half-up"
    marks: tuple[Mark, ...] = ()

    def rounded(self, points: Fraction) -> Decimal:
        """Points on this scale (not a share), rounded to its decimals. The one place where a grade is rounded."""
        shifted = points * 10**self.decimals
        if self.rounding == "half-up":
            whole = (2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator)
        elif self.rounding == "half-even":
            whole = round(shifted)
        else:
            whole = shifted.numerator // shifted.denominator
        return Decimal(whole).scaleb(-self.decimals)

    def mark(self, grade: Decimal) -> str | None:
        """The word for a rounded grade; None on a scale without words."""
        names = [mark.name for mark in self.marks if mark.least <= grade]
        return names[-1] if names else None


@dataclass(frozen=True)
class GradeScheme:
    """How the course's grade is made."""

    root: Component
    scale: Scale = Scale()


def exercise_leaf(name: str, title: str, points: float, weight: Decimal = Decimal(1)) -> Component:
    """The leaf of an exercise; its key is the exercise's name."""
    return Component(name, title, "exercise", weight, max_score=Decimal(str(points)))


def default_scheme(units: Mapping[str, Sequence[Component]]) -> GradeScheme:
    """All exercises, equally: the grade of a course that says nothing about it."""
    return GradeScheme(Component(ROOT, "Grade", "group", components=_all(units), policy="best"))


def read_scheme(table: Table, units: Mapping[str, Sequence[Component]]) -> GradeScheme:
    """The table [grade] of course.toml, given the leaves of each unit's exercises. Raises CourseError."""
    scale = _scale(table)
    components = _all(units)
    if "components" in table:
        reader = _Reader(units, scale)
        components = tuple(reader.component(each) for each in table.tables("components"))
    root = Component(
        ROOT,
        table.get("title", str, "Grade"),
        "group",
        components=components,
        policy=_policy(table) or "best",
        late=_late(table),
    )
    table.done()
    _unique(table, root)
    _grace_before_minimum(table, root, None)
    return GradeScheme(root, scale)


class _Reader:
    """Reads components, each with those below it."""

    def __init__(self, units: Mapping[str, Sequence[Component]], scale: Scale) -> None:
        self._units, self._scale = units, scale
        self._exercises = {leaf.key: leaf for leaves in units.values() for leaf in leaves}

    def component(self, table: Table) -> Component:
        contents = [key for key in CONTENTS if key in table]
        if len(contents) != 1:
            told = ", ".join(contents) or "none of them"
            raise table.wrong("components", f"needs exactly one of {', '.join(CONTENTS)}; there is: {told}")
        weight = table.exact("weight", Decimal(1))
        if not weight:
            raise table.wrong(
                "weight", "is 0; expected a number above 0 (leave the component out if it does not count)"
            )
        if contents == ["exercise"]:
            component = self._exercise(table, weight)
        elif contents == ["max"]:
            component = self._score(table, weight)
        else:
            component = self._group(table, weight, contents[0])
        table.done()
        return component

    def _exercise(self, table: Table, weight: Decimal) -> Component:
        leaf = self._leaf(table, "exercise", table.get("exercise", str))
        return Component(
            leaf.key,
            table.get("title", str, leaf.title),
            "exercise",
            weight,
            max_score=leaf.max_score,
            policy=_policy(table),
            late=_late(table),
            minimum=self._minimum(table),
        )

    def _score(self, table: Table, weight: Decimal) -> Component:
        top = table.exact("max")
        if not top:
            raise table.wrong("max", "is 0; expected the most that can be scored")
        minimum = self._minimum(table)
        return Component(_key(table), table.get("title", str), "score", weight, max_score=top, minimum=minimum)

    def _group(self, table: Table, weight: Decimal, content: str) -> Component:
        components = self._contents(table, content)
        if not components:
            raise table.wrong(content, "is empty; name what counts in it, or leave the component out")
        drop = table.count("drop_lowest", 0, least=0, most=len(components) - 1)
        if drop and len({each.weight for each in components}) > 1:
            raise table.wrong(
                "drop_lowest", "needs components of equal weight: with others the lowest is not the least"
            )
        return Component(
            _key(table),
            table.get("title", str),
            "group",
            weight,
            components,
            policy=_policy(table),
            late=_late(table),
            minimum=self._minimum(table),
            drop_lowest=drop,
        )

    def _contents(self, table: Table, content: str) -> tuple[Component, ...]:
        if content == "components":
            return tuple(self.component(each) for each in table.tables("components"))
        if content == "unit":
            unit = table.get("unit", str)
            if unit not in self._units:
                raise table.wrong("unit", f"is {unit!r}, which is no unit; there are: {', '.join(self._units)}")
            return tuple(self._units[unit])
        if table.get("exercises", object) == "all":
            return _all(self._units)
        return tuple(self._leaf(table, "exercises", name) for name in table.strings("exercises"))

    def _leaf(self, table: Table, key: str, name: str) -> Component:
        if name not in self._exercises:
            raise table.wrong(key, f"names {name!r}, which is no exercise; there are: {', '.join(self._exercises)}")
        return self._exercises[name]

    def _minimum(self, table: Table) -> Minimum | None:
        if "minimum" not in table:
            return None
        inner = table.table("minimum")
        least = inner.exact("least", most=self._scale.top)
        minimum = Minimum(least, inner.exact("cap", least, most=self._scale.top))
        inner.done()
        return minimum


def _scale(table: Table) -> Scale:
    top = table.exact("scale", Scale.top)
    if not top:
        raise table.wrong("scale", "is 0; expected the best grade, such as 10")
    marks = []
    if "marks" in table:
        for each in table.tables("marks"):
            marks.append(Mark(each.exact("from", most=top), each.get("name", str)))
            each.done()
        starts = [mark.least for mark in marks]
        if starts[:1] != [Decimal(0)] or sorted(set(starts)) != starts:
            raise table.wrong("marks", "must begin with `from = 0` and go up, so that every grade has one")
    return Scale(
        top,
        table.count("decimals", Scale.decimals, least=0, most=MOST_DECIMALS),
        cast(Rounding, table.choice("rounding", ROUNDINGS, Scale.rounding)),
        tuple(marks),
    )


def _policy(table: Table) -> Policy | None:
    return cast(Policy, table.choice("policy", POLICIES, "best")) if "policy" in table else None


def _late(table: Table) -> LateRule | None:
    if "late" not in table:
        return None
    inner = table.table("late")
    rule = LateRule(
        inner.exact("per_day", most=Decimal(1)),
        inner.exact("cap", LateRule.cap, most=Decimal(1)),
        inner.count("grace_days", 0, least=0, most=MOST_GRACE_DAYS),
    )
    inner.done()
    return rule


def _key(table: Table) -> str:
    key = table.get("key", str)
    if not KEY.fullmatch(key):
        raise table.wrong("key", f"is {key!r}; expected letters, digits, - and _")
    return key


def _all(units: Mapping[str, Sequence[Component]]) -> tuple[Component, ...]:
    return tuple(leaf for leaves in units.values() for leaf in leaves)


def _unique(table: Table, root: Component) -> None:
    keys = [component.key for component in root.walk()]
    for key in keys:
        if keys.count(key) > 1:
            raise table.wrong("components", f"holds {key!r} twice; an exercise counts once, and keys are unique")


def _grace_before_minimum(table: Table, component: Component, owner: Component | None) -> None:
    """Grace days go to where they save the most points, which must never cost a minimum: so they may not cross one."""
    has_exercises = any(each.kind == "exercise" for each in component.walk())
    if owner is not None and component.late is None and component.minimum is not None and has_exercises:
        raise table.wrong(
            "components",
            f"lets {component.key!r}, which has a minimum, share the grace days of {owner.key!r}; "
            "give it a late rule of its own",
        )
    if component.late is not None:
        owner = component if component.late.grace_days else None
    for each in component.components:
        _grace_before_minimum(table, each, owner)
