"""Long lists, a page at a time: two queries, however long the list is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

_T = TypeVar("_T")

SIZE: Final = 100


@dataclass(frozen=True)
class Page(Generic[_T]):
    """One page of a list: its rows, its number from 1, and how many rows and pages there are."""

    rows: Sequence[_T]
    number: int
    pages: int
    total: int


def page_of(session: Session, query: Select[Any], number: int, size: int = SIZE) -> Page[Any]:
    """The page of that number; the nearest there is where that is none."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(number, 1), pages)
    rows = list(session.scalars(query.offset((number - 1) * size).limit(size)))
    return Page(rows, number, pages, total)
