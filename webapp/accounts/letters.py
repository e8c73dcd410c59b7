"""The e-mails about accounts. Their texts are templates, whose first line is the subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from webapp.accounts.services import RESET_HOURS


@dataclass(frozen=True)
class Letter:
    """What an e-mail says."""

    subject: str
    text: str


def invitation(name: str, link: str, course: str, days: int) -> Letter:
    """Invites a person to choose a password; `course` is the title of the course they join, or empty."""
    return _write("invitation", name=name, link=link, course=course, days=days)


def reset(name: str, link: str, address: str) -> Letter:
    """Lets a person choose a new password; `address` is the site's."""
    return _write("reset", name=name, link=link, hours=RESET_HOURS, address=address)


def _write(template: str, **values: object) -> Letter:
    subject, _, text = _templates().get_template(f"{template}.txt").render(values).partition("\n")
    return Letter(subject.removeprefix("Subject: "), text.lstrip("\n"))


@cache
def _templates() -> Environment:
    # An environment of its own: letters are plain text, and commands write them without a web application.
    return Environment(
        loader=PackageLoader("webapp", "templates/accounts/mail"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
