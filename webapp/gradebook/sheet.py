"""The class as a table: one row a student, one column a component of the grade tree, read from the roll-ups.

    sheet_of(...) -> Sheet                          the whole class
    students_of(...), shares_of(...), waiting_of(...)   what a sheet is made of, for a part of it: see pages.py

A cell is in the component's own points: of its maximum for a leaf, of the course's scale for what is above leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grade_scheme import Component, GradeScheme, Kind, Scale
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan
from webapp.database import Database
from webapp.grades.models import Rollup
from webapp.grades.rollups import renew
from webapp.search import folded
from webapp.submissions.models import WAITING, Submission

State = Literal["settled", "range", "missing", "waiting", "excused"]
Shares = Mapping[str, Sequence[str] | None]
"""The lowest and the highest share by component, as a roll-up keeps them; None where it does not count."""


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


@dataclass(frozen=True)
class Cell:
    """What a student has in a component; `low` and `high`, in its points, differ while something is missing."""

    state: State
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def value(self) -> Fraction | None:
        """The points, once they are settled."""
        return self.low if self.state == "settled" else None

    @cached_property
    def text(self) -> str:
        """The points with two decimals at most; a range where they are not settled."""
        if self.low is None or self.high is None:
            return ""
        if self.low == self.high:
            return points_text(self.low)
        return f"{points_text(self.low)}–{points_text(self.high)}"


class Row(NamedTuple):
    """A student of the class: the grade, and what it is made of."""

    user_id: int
    name: str
    email: str
    group: str
    low: Decimal | None
    high: Decimal | None
    shares: Shares = MappingProxyType({})


@dataclass(frozen=True)
class Sheet:
    """Students of a class; `columns` are all components below the root, each before what is below it."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scale: Scale
    title: str
    waiting: frozenset[tuple[int, str]] = frozenset()
    """Students and exercises with an attempt that is not graded yet."""

    def cell(self, row: Row, column: Column) -> Cell:
        """What a student has in a column."""
        found = cell_of(row.shares.get(column.key), column)
        is_waiting = found.state in ("missing", "range") and (row.user_id, column.key) in self.waiting
        return replace(found, state="waiting") if is_waiting else found

    def grade_text(self, row: Row) -> str:
        """The final grade, or the range in which it will be; empty where nothing counts."""
        if row.low is None or row.high is None:
            return ""
        text = f"{row.low:.{self.scale.decimals}f}"
        return text if row.low == row.high else f"{text}–{row.high:.{self.scale.decimals}f}"

    def mark_text(self, row: Row) -> str:
        """The word for the grade; two where the range holds more than one mark."""
        if row.low is None or row.high is None:
            return ""
        marks = [self.scale.mark(row.low), self.scale.mark(row.high)]
        return " to ".join(dict.fromkeys(mark for mark in marks if mark))


def sheet_of(database: Database, course: Course, plan: Plan, now: datetime, group: str = "") -> Sheet:
    """The class, or one group of it, as it stands at `now`, by name."""
    renew(database, course, plan, now)
    with database.reading() as session:
        students = students_of(session, course.id)
        shares = shares_of(session, course.id)
        waiting = waiting_of(session, course.id)
    chosen = (row for row in students if row.user_id in shares and group in ("", row.group))
    rows = (row._replace(shares=shares[row.user_id]) for row in chosen)
    return sheet_with(plan.grade_scheme(), sorted(rows, key=by_name), waiting)


def sheet_with(scheme: GradeScheme, rows: Sequence[Row], waiting: frozenset[tuple[int, str]]) -> Sheet:
    """The sheet of these students; `scheme` is that of their roll-ups, so a hidden exercise has no column."""
    return Sheet(columns_of(scheme), tuple(rows), scheme.scale, scheme.root.title, waiting)


def students_of(session: Session, course_id: int) -> list[Row]:
    """All students of the course with a roll-up, which `renew` has made, without what their grades are made of."""
    query = (
        select(User.id, User.name, User.email, Membership.group, Rollup.low, Rollup.high)
        .join(Membership, Membership.user_id == User.id)
        .join(Rollup, (Rollup.user_id == User.id) & (Rollup.course_id == Membership.course_id))
        .where(Membership.course_id == course_id, Membership.role == "student")
    )
    return [Row(*each) for each in session.execute(query)]


def shares_of(session: Session, course_id: int, users: Collection[int] | None = None) -> dict[int, Shares]:
    """What the grades of these students, or of all, are made of."""
    query = select(Rollup.user_id, Rollup.document).where(Rollup.course_id == course_id)
    if users is not None:
        query = query.where(Rollup.user_id.in_(users))
    return {row.user_id: row.document for row in session.execute(query)}


def waiting_of(session: Session, course_id: int, users: Collection[int] | None = None) -> frozenset[tuple[int, str]]:
    """The students, of these or of all, and the exercises with an attempt that is not graded yet.

    What is only graded once more has its score meanwhile.
    """
    query = select(Submission.user_id, Submission.exercise).where(
        Submission.course_id == course_id, Submission.state.in_(WAITING), Submission.lane == "submissions"
    )
    if users is not None:
        query = query.where(Submission.user_id.in_(users))
    return frozenset((user, exercise) for user, exercise in session.execute(query))


def cell_of(shares: Sequence[str] | None, column: Column) -> Cell:
    """What shares are in a column's points."""
    if shares is None:
        return EXCUSED
    low, high = shares
    return _cell(low, high, column.most, column.is_leaf)


EXCUSED: Final = Cell("excused")


@lru_cache(maxsize=2**14)
def _cell(low_share: str, high_share: str, most: Decimal, is_leaf: bool) -> Cell:
    """The cell of shares as the roll-up keeps them; a class has few different ones, and making each anew takes long."""
    low, high = Fraction(low_share) * Fraction(most), Fraction(high_share) * Fraction(most)
    if low == high:
        return Cell("settled", low, high)
    is_missing = low == 0 and (is_leaf or high == most)
    return Cell("missing" if is_missing else "range", low, high)


def by_name(row: Row) -> tuple[str, str]:
    """The order of students."""
    return folded(row.name), row.email


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


def points_text(points: Fraction | Decimal, places: int = 2) -> str:
    """Points with as many decimals as they need, up to `places`."""
    text = f"{Decimal(round(Fraction(points) * 10**places)).scaleb(-places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
