"""The demo: one edition of a course and an account for every role, whose passwords everyone knows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.course import load_course
from webapp.accounts.models import Token, User
from webapp.accounts.services import hash_password, make_token, make_user, set_password
from webapp.courses.editions import DEMO
from webapp.courses.models import Course, Membership
from webapp.database import Database, now

PASSWORD: Final = "chainrule-demo"
SLUG: Final = DEMO
GROUP: Final = "Demo"
"""The class group of the accounts."""
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
        if demo:
            _require_room(session)
        elif _is_demo(session):
            raise WrongHome(
                "this home holds the demo, whose passwords everyone knows: add --demo, or name another one: "
                "CHAINRULE_HOME=DIR"
            )
        elif open_to_all := _published(session):
            raise WrongHome(
                "beside others, this home holds accounts of the demo, whose passwords everyone knows. Keep them out with "
                f"`chainrule user deactivate`: {', '.join(open_to_all)}"
            )


def _is_demo(session: Session) -> bool:
    """Whether the demo's accounts came first, as they do nowhere else: they are added to an empty database only."""
    oldest = session.scalars(select(User.email).order_by(User.id).limit(len(PEOPLE)))
    return list(oldest) == [email for email, _, _ in PEOPLE]


def _published(session: Session) -> list[str]:
    """Where all of the demo's accounts are: the addresses of those that can come in."""
    ours = list(session.scalars(select(User).where(User.email.in_([email for email, _, _ in PEOPLE]))))
    return [user.email for user in ours if user.is_active] if len(ours) == len(PEOPLE) else []


def _require_room(session: Session) -> None:
    """Raises WrongHome where there is anything but a demo."""
    holds = any(session.scalar(select(each.id).limit(1)) is not None for each in (User, Course))
    if holds and not _is_demo(session):
        raise WrongHome("this home holds a real course; give the demo another one: CHAINRULE_HOME=DIR")


def prepare(database: Database, path: Path) -> list[dict[str, str]]:
    """Sees to it that the demo is there, and gives its accounts, each with a fresh token. Raises WrongHome, as found does."""
    found(database, load_course(path))
    with database.writing() as session:
        return [
            {"email": email, "password": PASSWORD, "token": _fresh_token(session, _user(session, email)), "role": role}
            for email, _, role in PEOPLE
        ]


def found(database: Database, content: Content) -> None:
    """Sees to it that the demo's edition and accounts are there. Raises WrongHome where there is anything else."""
    hashed = hash_password(PASSWORD)
    with database.writing() as session:
        _require_room(session)
        made = _is_demo(session)
        course = edition(session, SLUG, content)
        for email, name, role in () if made else PEOPLE:
            user = make_user(session, email, name, is_admin=role == "administrator")
            set_password(session, user, hashed)
            _seat(session, course, user, role)


def edition(session: Session, slug: str, content: Content) -> Course:
    """The edition with this slug, made where there is none, with this content."""
    course = session.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        course = Course(
            slug=slug, title=content.title, edition=content.edition, path=str(content.path), created_at=now()
        )
        session.add(course)
    course.path = str(content.path)
    session.flush()
    return course


def join(session: Session, course: Course) -> User:
    """Gives the demo's accounts their seats in another edition, too; gives the instructor's."""
    seated = set(session.scalars(select(Membership.user_id).where(Membership.course_id == course.id)))
    users = {role: _user(session, email) for email, _, role in PEOPLE}
    for role, user in users.items():
        if user.id not in seated:
            _seat(session, course, user, role)
    return users["instructor"]


def _user(session: Session, email: str) -> User:
    return session.scalars(select(User).where(User.email == email)).one()


def _seat(session: Session, course: Course, user: User, role: str) -> None:
    if role != "administrator":
        session.add(Membership(course_id=course.id, user_id=user.id, role=role, group=GROUP, created_at=now()))


def _fresh_token(session: Session, user: User) -> str:
    """A new token in the place of the last start's: only its digest was kept."""
    for old in session.scalars(select(Token).where(Token.user_id == user.id, Token.name == SLUG)):
        session.delete(old)
    return make_token(session, user, SLUG)[1]
