"""The demo: one edition of a course and an account for every role, whose passwords everyone knows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course import load_course
from webapp.accounts.models import Token, User
from webapp.accounts.services import hash_password, make_token, make_user, set_password, user_by_email
from webapp.courses.models import Course, Membership
from webapp.database import Database, now

PASSWORD: Final = "chainrule-demo"
SLUG: Final = "demo"
PEOPLE: Final = (
    ("student@example.org", "Sofía Student", "student"),
    ("assistant@example.org", "Andrés Assistant", "assistant"),
    ("instructor@example.org", "Inés Instructor", "instructor"),
    ("admin@example.org", "Ada Administrator", "administrator"),
)


class WrongHome(Exception):
    """A demo where a real course lives, or the other way round."""


def require_kind(database: Database, *, demo: bool) -> None:
    """Raises WrongHome when a real course would get accounts that everyone can use, or a demo be taken for real."""
    with database.reading() as session:
        has_people = session.scalar(select(User.id).limit(1)) is not None
        is_demo = session.scalar(select(Course.id).where(Course.slug == SLUG)) is not None
    if demo and has_people and not is_demo:
        raise WrongHome("this home holds a real course; give the demo another one: CHAINRULE_HOME=DIR")
    if is_demo and not demo:
        raise WrongHome(
            "this home holds the demo, whose passwords everyone knows: add --demo, or name another one: "
            "CHAINRULE_HOME=DIR"
        )


def prepare(database: Database, path: Path) -> list[dict[str, str]]:
    """Sees to it that the demo is there, and gives its accounts, each with a fresh token."""
    content = load_course(path)
    hashed = hash_password(PASSWORD)
    with database.writing() as session:
        course = session.scalar(select(Course).where(Course.slug == SLUG))
        if course is None:
            course = Course(
                slug=SLUG, title=content.title, edition=content.edition, path=str(content.path), created_at=now()
            )
            session.add(course)
        course.path = str(content.path)
        session.flush()
        return [_account(session, course, hashed, *person) for person in PEOPLE]


def _account(session: Session, course: Course, hashed: str, email: str, name: str, role: str) -> dict[str, str]:
    user = user_by_email(session, email)
    if user is None:
        user = make_user(session, email, name, is_admin=role == "administrator")
        set_password(session, user, hashed)
        if role != "administrator":
            session.add(Membership(course_id=course.id, user_id=user.id, role=role, group="Demo", created_at=now()))
    return {"email": email, "password": PASSWORD, "token": _fresh_token(session, user), "role": role}


def _fresh_token(session: Session, user: User) -> str:
    """A new token in the place of the last start's: only its digest was kept."""
    for old in session.scalars(select(Token).where(Token.user_id == user.id, Token.name == SLUG)):
        session.delete(old)
    return make_token(session, user, SLUG)[1]
