"""Invitations: links with which new people choose their first password, and how they reach them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from webapp.accounts import letters
from webapp.accounts.models import User
from webapp.accounts.services import make_link
from webapp.mail import Mail, MailError, MailServerError
from webapp.problems import Invalid
from webapp.settings import Settings


@dataclass(frozen=True)
class Invitation:
    """A person and the link that lets them in."""

    email: str
    name: str
    link: str


@dataclass(frozen=True)
class Delivery:
    """An invitation and whether it was sent; `problem` says why it could not be."""

    invitation: Invitation
    sent: bool
    problem: str | None = None


def invite(session: Session, user: User, settings: Settings) -> Invitation:
    """A new invitation; earlier ones stop working. Raises Invalid for a person who has a password, or is kept out."""
    if user.password is not None:
        raise Invalid(
            "There is a password already",
            f"{user.email} has chosen one. Who has forgotten it asks for a new one at {settings.url}/reset, or you set "
            f"it with `chainrule user password {user.email}`.",
        )
    if not user.is_active:
        raise Invalid(
            "That account is closed",
            f"{user.email} may not come in. Open it first with `chainrule user activate {user.email}`.",
        )
    token = make_link(session, user, "invitation", timedelta(days=settings.invitation_days))
    return Invitation(user.email, user.name, f"{settings.url}/welcome/{token}")


def deliver(mail: Mail, settings: Settings, invitations: Iterable[Invitation], course: str = "") -> list[Delivery]:
    """Sends invitations, after the transaction that made them. What could not be sent comes back with the reason.

    A server that cannot be used is asked once, and not again for each of two hundred students.
    """
    deliveries, broken = [], ""
    for invitation in invitations:
        letter = letters.invitation(invitation.name, invitation.link, course, settings.invitation_days)
        problem = broken
        if not problem:
            try:
                mail.send(invitation.email, letter.subject, letter.text)
            except MailServerError as error:
                problem = broken = str(error)
            except MailError as error:
                problem = str(error)
        deliveries.append(Delivery(invitation, not problem, problem or None))
    return deliveries
