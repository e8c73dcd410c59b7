"""Who takes part: finding members, and changing the roster by hand or from a file. All of it is in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from webapp import audit
from webapp.accounts.invitations import Invitation, invite
from webapp.accounts.models import Password, User
from webapp.accounts.services import make_user, normalise_email, user_by_email
from webapp.courses.editions import add_member
from webapp.courses.models import Course, Membership
from webapp.courses.roster import Applied, Entry, Plan, Roster, Seat, apply
from webapp.grades.rollups import make_stale
from webapp.problems import Invalid, NotThere
from webapp.search import numbers_that_fit
from webapp.settings import Settings

KIND: Final = "member"
"""What the audit log calls such a change."""
ROLES: Final = ("student", "assistant", "instructor")
OWN_ROLE: Final = "That changes your own role"
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Wanted:
    """Which members are listed: words of name or address, a role, a group; empty is all."""

    words: str = ""
    role: str = ""
    group: str = ""


def members(session: Session, course_id: int, wanted: Wanted) -> Select[Membership]:
    """The query for the members of a course, by name."""
    query = (
        select(Membership)
        .join(Membership.user)
        .options(joinedload(Membership.user))
        .where(Membership.course_id == course_id)
        .order_by(func.lower(User.name), User.id)
    )
    if wanted.words:
        theirs = select(User.id, User.name, User.email).join(Membership).where(Membership.course_id == course_id)
        query = query.where(Membership.user_id.in_(numbers_that_fit(session, wanted.words, theirs)))
    if wanted.role:
        query = query.where(Membership.role == wanted.role)
    if wanted.group:
        query = query.where(Membership.group == wanted.group)
    return query


def groups(session: Session, course_id: int) -> list[str]:
    """The names of the groups."""
    query = select(Membership.group).where(Membership.course_id == course_id, Membership.group != "").distinct()
    return sorted(session.scalars(query))


def counts(session: Session, course_id: int) -> dict[str, int]:
    """How many take part, by role."""
    query = select(Membership.role, func.count()).where(Membership.course_id == course_id).group_by(Membership.role)
    return dict(session.execute(query).all())


def uninvited(session: Session, users: Iterable[int]) -> set[int]:
    """Those who have not chosen a password yet."""
    asked = set(users)
    return asked - set(session.scalars(select(Password.user_id).where(Password.user_id.in_(asked))))


def member_of(session: Session, course_id: int, user_id: int) -> Membership:
    """A person's membership. Raises NotThere for one who takes no part."""
    query = select(Membership).where(Membership.course_id == course_id, Membership.user_id == user_id)
    found = session.scalar(query.options(joinedload(Membership.user)))
    if found is None:
        raise NotThere("member")
    return found


def is_ours_alone(session: Session, course_id: int, user: User) -> bool:
    """Whether an account belongs to this course and to nothing else on the site.

    The link of an invitation opens the account to whoever has it: instructors see only those of their own people.
    """
    elsewhere = select(Membership.id).where(Membership.user_id == user.id, Membership.course_id != course_id).limit(1)
    return not user.is_admin and session.scalar(elsewhere) is None


def add(
    session: Session, course_id: int, by_id: int, email: str, name: str, seat: Seat, settings: Settings
) -> Invitation | None:
    """Adds one person; gives the invitation of a new account. Raises Invalid for an address that is none or a member's."""
    course = session.scalars(select(Course).where(Course.id == course_id).with_for_update()).one()
    user = user_by_email(session, normalise_email(email))
    invitation = None
    if user is None:
        if not name:
            raise Invalid("Who is it?", f"{email} has no account yet: write in the name, too.")
        user = make_user(session, email, name)
        invitation = invite(session, user, settings)
    else:
        query = select(Membership.id).where(Membership.course_id == course_id, Membership.user_id == user.id)
        if session.scalar(query) is not None:
            raise Invalid(
                "That person is here already", f"{user.email} takes part already; find the person in the list."
            )
    take_in(session, course, by_id, user, seat)
    return invitation


def take_in(session: Session, course: Course, by_id: int | None, user: User, seat: Seat) -> None:
    """Gives somebody who has none a seat. `by_id` is None where a command on the server does it."""
    add_member(session, course, user, seat.role, seat.group)
    _record(session, course.id, by_id, user, None, seat)
    make_stale(session, course.id, [user.id])


def change(session: Session, course_id: int, by_id: int, user_id: int, seat: Seat) -> None:
    """Changes a member's role and group. Nobody takes the own role away: somebody must be left who can give it back."""
    member = _locked(session, course_id, user_id)
    before = Seat(member.role, member.group)
    if user_id == by_id and seat.role != before.role:
        raise Invalid("That is you", "You would lose the page you are on. Ask another instructor to change your role.")
    if seat == before:
        return
    member.role, member.group = seat.role, seat.group
    _record(session, course_id, by_id, member.user, before, seat)
    make_stale(session, course_id, [user_id])


def remove(session: Session, course_id: int, by_id: int, user_id: int) -> User:
    """Takes a member out of the course; the account and all work are kept, and count again if the person comes back."""
    member = _locked(session, course_id, user_id)
    if user_id == by_id:
        raise Invalid("That is you", "You would lose the page you are on. Ask another instructor to take you out.")
    user = member.user
    _record(session, course_id, by_id, user, Seat(member.role, member.group), None)
    make_stale(session, course_id, [user_id])
    session.delete(member)
    return user


def import_roster(session: Session, course_id: int, by_id: int | None, roster: Roster, settings: Settings) -> Applied:
    """Carries a roster out, all or nothing, with one entry in the audit log for each person that it changes.

    `by_id` is None where a command on the server does it.
    """
    applied = apply(session, course_id, roster, settings)
    entries = [*applied.plan.new_accounts, *applied.plan.new_members, *applied.plan.changes]
    users = _by_address(session, [entry.email for entry in entries])
    by = session.get(User, by_id) if by_id is not None else None
    if by is not None and (refusal := takes_own_role(applied.plan, by)):
        raise Invalid(OWN_ROLE, refusal)
    for entry in entries:
        _record(session, course_id, by_id, users[entry.email], entry.before, entry.seat)
    make_stale(session, course_id)
    return applied


def takes_own_role(plan: Plan, user: User) -> str:
    """Why this person may not carry the plan out, which takes the own role away; empty where it does not."""
    own = next((entry for entry in plan.changes if entry.email == user.email), None)
    if own is None or own.before is None or own.seat.role == own.before.role:
        return ""
    return f"By the file your own role is {own.seat.role}. Take your line out of it, and choose it again."


def words_of(entry: Entry) -> str:
    """What a person of a roster becomes, in words."""
    now_is = _words(entry.seat)
    return now_is if entry.before is None or entry.before == entry.seat else f"{_words(entry.before)} → {now_is}"


def _words(seat: Seat) -> str:
    return f"{seat.role}, group {seat.group}" if seat.group else seat.role


def _locked(session: Session, course_id: int, user_id: int) -> Membership:
    query = select(Membership).where(Membership.course_id == course_id, Membership.user_id == user_id)
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotThere("member")
    return found


def _by_address(session: Session, emails: list[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    for begin in range(0, len(emails), _AT_ONCE):  # databases limit the values of one query
        query = select(User).where(User.email.in_(emails[begin : begin + _AT_ONCE]))
        found |= {user.email: user for user in session.scalars(query)}
    return found


def _record(
    session: Session, course_id: int, by_id: int | None, user: User, before: Seat | None, after: Seat | None
) -> None:
    def told(seat: Seat | None) -> dict[str, Any] | None:
        return None if seat is None else {"role": seat.role, "group": seat.group}

    audit.record(
        session,
        course_id=course_id,
        by_id=by_id,
        user_id=user.id,
        kind=KIND,
        subject=user.email,
        before=told(before),
        after=told(after),
    )
