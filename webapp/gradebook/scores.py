"""Scores by hand: read from what somebody typed, compared with what stands there, written with their history.

Whoever enters a score says what stood there when they looked. Where that is no longer so, somebody else was quicker:
this is told, and nothing at all is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.accounts.services import plain_text
from webapp.audit import Change, record
from webapp.courses.models import Course, Membership
from webapp.database import hold, now
from webapp.gradebook.sheet import Column, by_hand, points_text
from webapp.grades.models import HandScore
from webapp.grades.rollups import make_stale
from webapp.problems import Invalid

KIND: Final = "score"
"""The kind of a change of a score in the audit log."""
LONGEST_COMMENT: Final = 1000
DECIMALS: Final = 3
"""Points are kept exactly to a thousandth."""

Place = tuple[int, str]
"""A student's number and a component's key."""

_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,12}([.,][0-9]*)?|[.,][0-9]+)")


class NotAScore(ValueError):
    """What was typed is no score that this component can have; the text says why."""


class Changed(Exception):
    """What somebody looked at is no longer what stands there; nothing is written. `found` is what stands there now."""

    def __init__(self, found: Mapping[Place, Held]) -> None:
        super().__init__(f"{len(found)} scores have changed since they were looked at")
        self.found = found


@dataclass(frozen=True)
class Held:
    """What a student has in a component."""

    score: Decimal | None = None
    comment: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The same for the audit log."""
        return {"score": None if self.score is None else points_text(self.score, DECIMALS), "comment": self.comment}


NOTHING: Final = Held()


@dataclass(frozen=True)
class Entry:
    """A score to write: `before` is what stood there for the one who enters it."""

    place: Place
    before: Held
    after: Held


@dataclass(frozen=True)
class Step:
    """One change of one score, from the audit log."""

    at: datetime
    by: str
    before: Held
    after: Held
    reason: str


@dataclass(frozen=True)
class Standing:
    """What a student has in a component, and how it came to be, newest first."""

    held: Held
    steps: Sequence[Step] = field(default=())


def read_score(text: str, most: Decimal) -> Decimal | None:
    """The score that somebody typed, None where nothing; a comma or a point before the decimals. Raises NotAScore."""
    text = text.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise NotAScore(f"“{text[:20]}” is no number.")
    score = Decimal(text.replace(",", "."))
    if score < 0:
        raise NotAScore(f"{text} is less than 0.")
    if score > most:
        raise NotAScore(f"{text} is more than {points_text(most)}.")
    if score != round(score, DECIMALS):
        raise NotAScore(f"{text} has more than three decimals.")
    return round(score, DECIMALS)


def read_comment(text: str) -> str:
    """A comment in the form in which it is kept. Raises NotAScore."""
    try:
        return plain_text(text, "comment", LONGEST_COMMENT)
    except Invalid as problem:
        raise NotAScore(f"{problem.title}. {problem.detail}") from problem


def held_by(session: Session, course_id: int, users: Collection[int] | None = None) -> dict[Place, Held]:
    """What these students, or all, have by hand."""
    query = select(HandScore.user_id, HandScore.component, HandScore.score, HandScore.comment)
    query = query.where(HandScore.course_id == course_id)
    if users is not None:
        query = query.where(HandScore.user_id.in_(users))
    return {(user, component): Held(score, comment) for user, component, score, comment in session.execute(query)}


def steps_of(session: Session, course_id: int, users: Collection[int]) -> dict[Place, list[Step]]:
    """How these students' scores came to be, newest first."""
    query = (
        select(Change.user_id, Change.at, User.name, Change.before, Change.after, Change.reason)
        .join(User, User.id == Change.by_id)
        .where(Change.course_id == course_id, Change.kind == KIND, Change.user_id.in_(users))
        .order_by(Change.at.desc(), Change.id.desc())
    )
    found: dict[Place, list[Step]] = {}
    for user, at, by, before, after, reason in session.execute(query):
        step = Step(at, by, _held(before), _held(after), reason)
        found.setdefault((user, after["component"]), []).append(step)
    return found


def save(
    session: Session,
    course_id: int,
    columns: Collection[Column],
    entries: Collection[Entry],
    *,
    by_id: int,
    reason: str = "",
) -> int:
    """Writes all entries, in the transaction of `session`, and gives how many scores that changed.

    Raises Changed when what stands there is neither what the entry was made from nor what it is to become; Invalid for
    a student who is not in the class, or a component whose scores are not entered by hand. Nothing is written then.
    """
    known = {column.key: column for column in by_hand(columns)}
    users = {entry.place[0] for entry in entries}
    # Held, so that those who change scores take turns: nobody writes between our reading and our writing.
    hold(session, Course, course_id)
    make_stale(session, course_id, users)
    _require_places(session, course_id, known, entries)
    rows = {
        (row.user_id, row.component): row
        for row in session.scalars(
            select(HandScore).where(HandScore.course_id == course_id, HandScore.user_id.in_(users))
        )
    }
    standing = {place: Held(row.score, row.comment) for place, row in rows.items()}
    changes = [entry for entry in entries if standing.get(entry.place, NOTHING) != entry.after]
    found = {each.place: standing.get(each.place, NOTHING) for each in changes}
    conflicts = {each.place: found[each.place] for each in changes if found[each.place] != each.before}
    if conflicts:
        raise Changed(conflicts)
    for entry in changes:
        user, component = entry.place
        row = rows.get(entry.place)
        if row is None:
            row = HandScore(course_id=course_id, user_id=user, component=component)
            session.add(row)
        row.score, row.comment, row.changed_at = entry.after.score, entry.after.comment, now()
        record(
            session,
            course_id=course_id,
            by_id=by_id,
            kind=KIND,
            subject=known[component].title,
            user_id=user,
            before={"component": component, **entry.before.document},
            after={"component": component, **entry.after.document},
            reason=reason,
        )
    return len(changes)


def _require_places(session: Session, course_id: int, known: Mapping[str, Column], entries: Iterable[Entry]) -> None:
    members = select(Membership.user_id).where(Membership.course_id == course_id, Membership.role == "student")
    students = set(session.scalars(members))
    for user, component in (entry.place for entry in entries):
        if component not in known:
            raise Invalid(
                "That score is not entered by hand",
                f"{component!r} is no such part of the grade. Reload the page: the grade's parts may have changed.",
            )
        if user not in students:
            raise Invalid(
                "Somebody has left the class",
                "One of the students is no longer in this course; nothing is saved. Reload the page and enter it again.",
            )


def _held(document: Mapping[str, Any] | None) -> Held:
    if document is None:
        return NOTHING
    score = document["score"]
    return Held(None if score is None else Decimal(score), document["comment"])
