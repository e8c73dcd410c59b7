"""Editions of courses on this server: adding one from its folder, and who takes part in which."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from grader.course import load_course
from webapp.accounts.models import User
from webapp.accounts.services import plain_text
from webapp.courses.models import Course, Membership
from webapp.database import now
from webapp.problems import Invalid

LONGEST_SLUG: Final = 80
LONGEST_TITLE: Final = 200
LONGEST_EDITION: Final = 80
DEMO: Final = "demo"
"""The slug of the demo's edition, which no other may have."""

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Edition:
    """What a new edition is to be: read from its folder, not yet kept."""

    slug: str
    title: str
    edition: str
    path: Path
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """An account, and its seats: the slug of a course, the role and the group in it."""

    user: User
    has_password: bool
    seats: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Enrolment:
    """A course and how many take part, by role."""

    course: Course
    people: Counter[str] = field(default_factory=Counter)


def read_edition(slug: str, path: Path, title: str = "", edition: str = "") -> Edition:
    """The edition in a folder; title and edition stand in its course.toml where they are not given.

    Raises CourseError when the folder holds no course, Invalid when it cannot be graded or the slug is none.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Invalid(
            "That is no name for an address",
            f"{slug!r} stands in the course's address: use small letters, digits and hyphens, such as deep-learning-2026.",
        )
    content = load_course(path)
    incomplete = [name for name, exercise in content.exercises.items() if exercise.hidden is None]
    if incomplete:
        raise Invalid(
            "That course cannot be graded",
            f"{content.path / 'reference'} has no folder for {', '.join(incomplete)}. A server needs the hidden half of "
            "the course, too.",
        )
    title = plain_text(title or content.title, "title", LONGEST_TITLE)
    edition = plain_text(edition or content.edition, "edition", LONGEST_EDITION)
    if not edition:
        raise Invalid(
            "Which edition is it?",
            f"{content.path / 'course.toml'} does not say. Write it there, or give it: --edition 2026.",
        )
    return Edition(slug, title, edition, content.path, tuple(content.exercises))


def add_edition(session: Session, edition: Edition) -> Course:
    """Keeps a new edition. Raises Invalid when its slug is taken, or the demo's."""
    other = course_by_slug(session, edition.slug)
    if other is not None:
        raise Invalid(
            "There is such a course already",
            f"{edition.slug!r} is {other.title} {other.edition}, in {other.path}. Choose another name.",
        )
    if edition.slug == DEMO:
        raise Invalid(
            "That is the demo's name",
            f"{DEMO!r} is the edition of the demo, whose passwords everyone knows. Choose another name.",
        )
    course = Course(
        slug=edition.slug,
        title=edition.title,
        edition=edition.edition,
        path=str(edition.path),
        created_at=now(),
        began_with=list(edition.exercises),
    )
    session.add(course)
    session.flush()
    return course


def course_by_slug(session: Session, slug: str) -> Course | None:
    """The edition with this slug, or None."""
    return session.scalar(select(Course).where(Course.slug == slug))


def enrolments(session: Session) -> list[Enrolment]:
    """All editions, newest first, with how many take part."""
    courses = session.scalars(select(Course).order_by(Course.created_at.desc(), Course.slug))
    found = {course.id: Enrolment(course) for course in courses}
    counts = select(Membership.course_id, Membership.role, func.count()).group_by(Membership.course_id, Membership.role)
    for course_id, role, count in session.execute(counts):
        found[course_id].people[role] = count
    return list(found.values())


def memberships_of(session: Session, user: User) -> list[Membership]:
    """Where a person takes part, the newest edition first."""
    query = (
        select(Membership)
        .join(Membership.course)
        .options(joinedload(Membership.course))
        .where(Membership.user_id == user.id)
        .order_by(Course.created_at.desc(), Course.slug)
    )
    return list(session.scalars(query))


def everyone(session: Session) -> list[Person]:
    """All accounts by address, with their seats."""
    users = session.scalars(select(User).options(selectinload(User.password)).order_by(User.email))
    found = {user.id: Person(user, user.password is not None) for user in users}
    seats = (
        select(Membership.user_id, Course.slug, Membership.role, Membership.group)
        .join(Membership.course)
        .order_by(Course.slug)
    )
    for user_id, slug, role, group in session.execute(seats):
        found[user_id].seats.append((slug, role, group))
    return list(found.values())


def add_member(session: Session, course: Course, user: User, role: str, group: str = "") -> Membership:
    """Makes a person a member of a course."""
    member = Membership(course_id=course.id, user_id=user.id, role=role, group=group, created_at=now())
    session.add(member)
    session.flush()
    return member
