"""The class as a table: one row a student, one column a component of the grade tree, read from the roll-ups.

    sheet_of(...) -> Sheet              the whole class
    View.of(args) -> View               what somebody wants to see of it: which columns, whose rows, in which order
    page_of(sheet, view) -> Page        that part of it

A cell is in the component's own points: of its maximum for a leaf, of the course's scale for what is above leaves.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from sqlalchemy import select

from grader.grade_scheme import ROOT, Component, GradeScheme, Kind, Scale
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan
from webapp.database import Database
from webapp.grades.models import Rollup
from webapp.grades.rollups import current
from webapp.submissions.progress import Progress

State = Literal["settled", "range", "missing", "waiting", "excused"]

PAGE_ROWS: Final = 100
MOST_ROWS: Final = 1000
"""The rows of a page that was asked for all of them; more would be slow to draw in any browser."""

NAME, EMAIL, GROUP = "_name", "_email", "_group"
"""Columns to sort by that are no components; the keys of components begin with a letter or a digit."""

DEPTHS: Final[Mapping[str, str]] = {
    "top": "Top level",
    "summary": "All but single exercises",
    "all": "Everything",
}
DEFAULT_DEPTH: Final = "summary"


@dataclass(frozen=True)
class Column:
    """One component of the grade tree. `heading` is its title, made unlike all others by the key where it must be."""

    key: str
    title: str
    heading: str
    kind: Kind
    most: Decimal
    depth: int

    @property
    def is_leaf(self) -> bool:
        """Whether it is an exercise or a score by hand."""
        return self.kind != "group"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a student has in a component; `low` and `high`, in its points, differ while something is missing."""

    state: State
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def value(self) -> Fraction | None:
        """The points, once they are settled."""
        return self.low if self.state == "settled" else None

    @property
    def text(self) -> str:
        """The points with two decimals at most; a range where they are not settled."""
        if self.low is None or self.high is None:
            return ""
        if self.low == self.high:
            return points_text(self.low)
        return f"{points_text(self.low)}–{points_text(self.high)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A student of the class, with the roll-up of the student's grade."""

    user_id: int
    name: str
    email: str
    group: str
    rollup: Rollup


@dataclass(frozen=True)
class Sheet:
    """The whole class, by name; `columns` are all components below the root, each before what is below it."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scale: Scale
    title: str
    waiting: frozenset[tuple[int, str]] = frozenset()
    """Students and exercises with an attempt that is not graded yet."""

    def cell(self, row: Row, column: Column) -> Cell:
        """What a student has in a column."""
        found = row.rollup.document.get(column.key)
        if found is None:
            return Cell("excused")
        low, high = (_share(text) * Fraction(column.most) for text in found)
        return Cell(self._state(row, column, low, high), low, high)

    def _state(self, row: Row, column: Column, low: Fraction, high: Fraction) -> State:
        if low == high:
            return "settled"
        if (row.user_id, column.key) in self.waiting:
            return "waiting"
        is_untouched = low == 0 and high == column.most
        return "missing" if column.is_leaf or is_untouched else "range"

    def grade_text(self, row: Row) -> str:
        """The final grade, or the range in which it will be; empty where nothing counts."""
        low, high = row.rollup.low, row.rollup.high
        if low is None or high is None:
            return ""
        text = f"{low:.{self.scale.decimals}f}"
        return text if low == high else f"{text}–{high:.{self.scale.decimals}f}"

    def mark_text(self, row: Row) -> str:
        """The word for the grade; two where the range holds more than one mark."""
        low, high = row.rollup.low, row.rollup.high
        if low is None or high is None:
            return ""
        marks = [self.scale.mark(low), self.scale.mark(high)]
        return " to ".join(dict.fromkeys(mark for mark in marks if mark))

    @cached_property
    def groups(self) -> dict[str, int]:
        """The groups of the class with how many are in each, in their order; without those who are in none."""
        counts = Counter(row.group for row in self.rows if row.group)
        return dict(sorted(counts.items(), key=lambda each: folded(each[0])))

    def of_group(self, group: str) -> Sheet:
        """The same with the students of one group; an empty name means all."""
        return replace(self, rows=tuple(row for row in self.rows if row.group == group)) if group else self


@dataclass(frozen=True)
class View:
    """What somebody wants to see of the class."""

    depth: str = DEFAULT_DEPTH
    sort: str = NAME
    descending: bool = False
    group: str = ""
    find: str = ""
    page: int = 1
    all_rows: bool = False

    @classmethod
    def of(cls, args: Mapping[str, str]) -> View:
        """What the query of an address says; what it says wrongly counts as not said."""
        page, depth = args.get("page", ""), args.get("show", "")
        return cls(
            depth=depth if depth in DEPTHS else DEFAULT_DEPTH,
            sort=args.get("sort", NAME),
            descending=args.get("order") == "down",
            group=args.get("group", ""),
            find=args.get("find", "").strip(),
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
            all_rows=args.get("rows") == "all",
        )

    def args(self, **changes: object) -> dict[str, Any]:
        """The query for this view with some of it changed, as short as it can be."""
        view = replace(self, **changes)  # type: ignore[arg-type]
        said = {
            "show": view.depth if view.depth != DEFAULT_DEPTH else "",
            "sort": view.sort if view.sort != NAME else "",
            "order": "down" if view.descending else "",
            "group": view.group,
            "find": view.find,
            "page": str(view.page) if view.page != 1 else "",
            "rows": "all" if view.all_rows else "",
        }
        return {name: value for name, value in said.items() if value}

    def sorted_by(self, sort: str) -> dict[str, Any]:
        """The query for the same view by another column; by the same column, the other way round."""
        return self.args(sort=sort, descending=sort == self.sort and not self.descending, page=1)

    def direction(self, sort: str) -> str:
        """How a column is sorted, in the words of `aria-sort`."""
        if sort != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"


@dataclass(frozen=True)
class Page:
    """The rows and columns of one view. `found` is how many rows the filters have left."""

    view: View
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    found: int
    number: int
    count: int
    first: int
    has_larger: bool
    """Whether more rows could stand on one page."""


def sheet_of(database: Database, course: Course, plan: Plan, now: datetime) -> Sheet:
    """The class as it stands at `now`."""
    rollups = current(database, course, plan, now)
    students = (
        select(User.id, User.name, User.email, Membership.group)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.course_id == course.id, Membership.role == "student")
    )
    ungraded = select(Progress.user_id, Progress.exercise).where(
        Progress.course_id == course.id, Progress.attempts > Progress.graded
    )
    with database.reading() as session:
        rows = [Row(*each, rollups[each.id]) for each in session.execute(students) if each.id in rollups]
        waiting = frozenset((user, exercise) for user, exercise in session.execute(ungraded))
    scheme = plan.content.grade
    return Sheet(
        columns=columns_of(scheme),
        rows=tuple(sorted(rows, key=lambda row: (folded(row.name), row.email))),
        scale=scheme.scale,
        title=scheme.root.title,
        waiting=waiting,
    )


def columns_of(scheme: GradeScheme) -> tuple[Column, ...]:
    """The components below the root, in their order."""
    titles = Counter(folded(each.title) for each in scheme.root.walk())

    def below(component: Component, depth: int) -> list[Column]:
        found = []
        for each in component.components:
            most = each.max_score if each.max_score is not None else scheme.scale.top
            heading = each.title if titles[folded(each.title)] == 1 else f"{each.title} ({each.key})"
            found += [Column(each.key, each.title, heading, each.kind, most, depth), *below(each, depth + 1)]
        return found

    return tuple(below(scheme.root, 1))


def by_hand(columns: Collection[Column]) -> tuple[Column, ...]:
    """The columns whose scores are entered by hand."""
    return tuple(column for column in columns if column.kind == "score")


def page_of(sheet: Sheet, view: View, size: int = PAGE_ROWS) -> Page:
    """The part of the class that somebody wants to see, in pages of `size` rows; a page beyond the last is the last."""
    words = folded(view.find).split()
    rows = [row for row in sheet.of_group(view.group).rows if _fits(row, words)]
    ordered = _ordered(sheet, rows, view)
    size = MOST_ROWS if view.all_rows else size
    count = max(1, math.ceil(len(ordered) / size))
    number = min(view.page, count)
    first = (number - 1) * size
    return Page(
        view=view,
        columns=_shown(sheet, view),
        rows=tuple(ordered[first : first + size]),
        found=len(ordered),
        number=number,
        count=count,
        first=first,
        has_larger=not view.all_rows and count > 1,
    )


def folded(text: str) -> str:
    """Text as it is compared: without accents and capitals."""
    return "".join(each for each in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(each))


def points_text(points: Fraction | Decimal, places: int = 2) -> str:
    """Points with as many decimals as they need, up to `places`."""
    text = f"{Decimal(round(Fraction(points) * 10**places)).scaleb(-places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=2**14)
def _share(text: str) -> Fraction:
    """A share as the roll-up keeps it; a class has few different ones, and reading each anew would take long."""
    return Fraction(text)


def _shown(sheet: Sheet, view: View) -> tuple[Column, ...]:
    if view.depth == "all":
        return sheet.columns
    inner = view.depth == "summary"
    return tuple(each for each in sheet.columns if each.depth == 1 or (inner and each.kind != "exercise"))


def _fits(row: Row, words: list[str]) -> bool:
    if not words:
        return True
    text = folded(f"{row.name} {row.email}")
    return all(word in text for word in words)


def _ordered(sheet: Sheet, rows: list[Row], view: View) -> list[Row]:
    """The rows by the view's column, those with the same there by name; those without anything there come last."""
    people = {NAME: lambda row: folded(row.name), EMAIL: lambda row: row.email, GROUP: lambda row: folded(row.group)}
    if view.sort in people:
        return sorted(rows, key=people[view.sort], reverse=view.descending)
    column = next((each for each in sheet.columns if each.key == view.sort), None)
    ranges = {row.user_id: _range(sheet, row, column, view.sort) for row in rows}
    counted = [row for row in rows if ranges[row.user_id] is not None]
    rest = [row for row in rows if ranges[row.user_id] is None]
    return sorted(counted, key=lambda row: ranges[row.user_id] or (), reverse=view.descending) + rest


def _range(sheet: Sheet, row: Row, column: Column | None, sort: str) -> tuple[Fraction | Decimal, ...] | None:
    low: Fraction | Decimal | None = None
    high: Fraction | Decimal | None = None
    if sort == ROOT:
        low, high = row.rollup.low, row.rollup.high
    elif column is not None:
        cell = sheet.cell(row, column)
        low, high = (cell.low, cell.high) if cell.state in ("settled", "range") else (None, None)
    return None if low is None or high is None else (low, high)
