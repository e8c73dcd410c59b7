"""A part of the class, as somebody wants to see it: which columns, whose rows, in which order, which page of them.

Only the rows of the page are read with all that their grades are made of; of the whole class, only what it is sorted by.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, select, type_coerce
from sqlalchemy.orm import Session

from grader.grade_scheme import ROOT
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.database import Database
from webapp.gradebook.sheet import (
    Column,
    Row,
    Sheet,
    by_name,
    cell_of,
    columns_of,
    shares_of,
    sheet_with,
    students_of,
    waiting_of,
)
from webapp.grades.models import Rollup
from webapp.grades.rollups import renew
from webapp.search import fits, folded

PAGE_ROWS: Final = 100
MOST_ROWS: Final = 400
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
    """The rows and columns of one view. `found` is how many rows the filters have left, of a class of `size`."""

    view: View
    sheet: Sheet
    columns: tuple[Column, ...]
    groups: Mapping[str, int]
    size: int
    found: int
    number: int
    count: int
    first: int

    @property
    def larger(self) -> int:
        """How many rows could stand on one page instead; 0 where no more than here."""
        return min(self.found, MOST_ROWS) if self.count > 1 and not self.view.all_rows else 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """The students of this page."""
        return self.sheet.rows


def page_of(database: Database, course: Course, plan: Plan, now: datetime, view: View, rows: int = PAGE_ROWS) -> Page:
    """The part of the class that somebody wants to see, in pages of `rows`; a page beyond the last is the last."""
    renew(database, course, plan, now)
    scheme = plan.grade_scheme()
    most = MOST_ROWS if view.all_rows else rows
    with database.reading() as session:
        students = students_of(session, course.id)
        found = _ordered(session, course.id, columns_of(scheme), _filtered(students, view), view)
        count = max(1, math.ceil(len(found) / most))
        number = min(view.page, count)
        first = (number - 1) * most
        shown = found[first : first + most]
        users = [row.user_id for row in shown]
        shares, waiting = shares_of(session, course.id, users), waiting_of(session, course.id, users)
    sheet = sheet_with(scheme, [row._replace(shares=shares[row.user_id]) for row in shown], waiting)
    return Page(
        view=view,
        sheet=sheet,
        columns=_columns(sheet, view),
        groups=_groups(students),
        size=len(students),
        found=len(found),
        number=number,
        count=count,
        first=first,
    )


def _columns(sheet: Sheet, view: View) -> tuple[Column, ...]:
    if view.depth == "all":
        return sheet.columns
    inner = view.depth == "summary"
    return tuple(each for each in sheet.columns if each.depth == 1 or (inner and each.kind != "exercise"))


def _groups(students: Sequence[Row]) -> dict[str, int]:
    """The groups of the class with how many are in each, in their order; without those who are in none."""
    counts = Counter(row.group for row in students if row.group)
    return dict(sorted(counts.items(), key=lambda each: folded(each[0])))


def _filtered(students: Sequence[Row], view: View) -> list[Row]:
    return [row for row in students if view.group in ("", row.group) and fits(view.find, row.name, row.email)]


def _ordered(session: Session, course_id: int, columns: Sequence[Column], rows: list[Row], view: View) -> list[Row]:
    """The rows by the view's column, those with the same there by name; those without anything there come last."""
    rows = sorted(rows, key=by_name)
    people: Mapping[str, Callable[[Row], Any]] = {
        NAME: by_name,
        EMAIL: lambda row: row.email,
        GROUP: lambda row: folded(row.group),
    }
    if view.sort in people:
        return sorted(rows, key=people[view.sort], reverse=view.descending)
    ranges = _ranges(session, course_id, columns, rows, view.sort)
    counted = [row for row in rows if row.user_id in ranges]
    rest = [row for row in rows if row.user_id not in ranges]
    return sorted(counted, key=lambda row: ranges[row.user_id], reverse=view.descending) + rest


def _ranges(
    session: Session, course_id: int, columns: Sequence[Column], rows: Sequence[Row], key: str
) -> Mapping[int, tuple[float, float]]:
    """What each student has in a component, or as the grade, well enough to sort by; those with nothing are left out."""
    if key == ROOT:
        return {
            row.user_id: (float(row.low), float(row.high))
            for row in rows
            if row.low is not None and row.high is not None
        }
    column = next((each for each in columns if each.key == key), None)
    if column is None:
        return {}
    query = select(Rollup.user_id, type_coerce(Rollup.document, JSON)[key]).where(Rollup.course_id == course_id)
    cells = {user: cell_of(shares, column) for user, shares in session.execute(query)}
    return {
        user: (float(cell.low), float(cell.high))
        for user, cell in cells.items()
        if cell.state in ("settled", "range") and cell.low is not None and cell.high is not None
    }
