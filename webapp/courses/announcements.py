"""What all of a course should know: written by instructors in Markdown, shown on the course page, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from webapp import audit
from webapp.courses.models import Announcement
from webapp.database import now
from webapp.exercises.statement import render
from webapp.problems import NotThere

KIND: Final = "announcement"
"""What the audit log calls such a change."""
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 20_000
MOST: Final = 50
"""Announcements that a page shows."""
_HEADINGS: Final = 4
"""The level of the highest headings in a text: its title is one of the third."""


@dataclass(frozen=True)
class Told:
    """An announcement as a page shows it."""

    announcement: Announcement
    html: Markup


def announcements_of(session: Session, course_id: int) -> list[Told]:
    """The announcements of a course, newest first."""
    query = (
        select(Announcement)
        .options(joinedload(Announcement.by))
        .where(Announcement.course_id == course_id)
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
        .limit(MOST)
    )
    return [
        Told(each, render(each.text, highest=_HEADINGS, prefix=f"announcement-{each.id}"))
        for each in session.scalars(query)
    ]


def announce(session: Session, course_id: int, by_id: int, title: str, text: str) -> None:
    """Publishes an announcement."""
    session.add(Announcement(course_id=course_id, title=title, text=text, by_id=by_id, published_at=now()))
    audit.record(session, course_id=course_id, by_id=by_id, kind=KIND, subject=title, before=None, after={"text": text})


def take_down(session: Session, course_id: int, by_id: int, id: int) -> Announcement:
    """Deletes an announcement; the audit log keeps its text. Raises NotThere."""
    found = session.get(Announcement, id)
    if found is None or found.course_id != course_id:
        raise NotThere("announcement")
    audit.record(
        session,
        course_id=course_id,
        by_id=by_id,
        kind=KIND,
        subject=found.title,
        before={"text": found.text},
        after=None,
    )
    session.delete(found)
    return found
