"""The audit log as people read it: filtered, and each change as what stood there and what stands there now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import User
from webapp.audit import Change
from webapp.search import numbers_that_fit

KINDS: Final[Mapping[str, str]] = {
    "member": "Roster",
    "exercise": "Exercise set-up",
    "gate": "Publishing gate",
    "extension": "Extension",
    "excuse": "Excuse",
    "announcement": "Announcement",
    "override": "Override",
    "rerun": "Run again",
    "score": "Score by hand",
}
"""The kinds of changes in words; one that is not here is told by its own name."""
NAMES: Final[Mapping[str, str]] = {
    "cool_down": "Cool-down",
    "days": "Days more",
    "hints_after": "Hints after attempts",
    "status": "Verdict",
}
"""The values of a change in words; one that is not here is told by its own name."""
LONGEST: Final = 120
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_IDENTIFIER: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")


@dataclass(frozen=True)
class Line:
    """One value that changed."""

    name: str
    before: str
    after: str


def changes(session: Session, course_id: int, student: str, kind: str) -> Select[Change]:
    """The query for the changes of a course, newest first; `student` are words of the name or address."""
    query = (
        select(Change)
        .options(joinedload(Change.by), joinedload(Change.user))
        .where(Change.course_id == course_id)
        .order_by(Change.at.desc(), Change.id.desc())
    )
    if kind:
        query = query.where(Change.kind == kind)
    if student:
        told_of = select(Change.user_id).where(Change.course_id == course_id)
        people = select(User.id, User.name, User.email).where(User.id.in_(told_of))
        query = query.where(Change.user_id.in_(numbers_that_fit(session, student, people)))
    return query


def kinds(session: Session, course_id: int) -> list[tuple[str, str]]:
    """The kinds of changes that there are, each with its words."""
    found = session.scalars(select(Change.kind).where(Change.course_id == course_id).distinct())
    return sorted(((kind, words_of(kind)) for kind in found), key=lambda each: each[1])


def words_of(kind: str) -> str:
    """A kind of change in words."""
    return KINDS.get(kind, kind.capitalize())


def lines_of(change: Change, zone: tzinfo) -> list[Line]:
    """The values that a change is about, without those that stayed as they were; moments by the course's clock."""
    before, after = change.before or {}, change.after or {}
    lines = [
        Line(_named(name), _told(before.get(name), zone), _told(after.get(name), zone)) for name in {**before, **after}
    ]
    return [line for line in lines if line.before != line.after]


def _named(name: str) -> str:
    return NAMES.get(name, name.replace("_", " ").capitalize())


def _told(value: Any, zone: tzinfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    if _MOMENT.match(text):
        return _moment(text, zone)
    if _IDENTIFIER.fullmatch(text):
        return text.replace("_", " ")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _moment(text: str, zone: tzinfo) -> str:
    """A moment in words; a text that only begins like one stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment if moment.tzinfo is None else moment.astimezone(zone)
    return local.strftime("%-d %b %Y, %H:%M")
