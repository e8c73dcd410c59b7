"""Ways to sign in. The password is the one there is; a second one (single sign-on, LTI) joins WAYS.

A way whose questions are asked elsewhere puts a link on the sign-in page, has views of its own for what comes back, and
ends with `admit`, as the sign-in page does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from webapp import web
from webapp.accounts import services
from webapp.accounts.models import User


class Refused(Exception):
    """Someone who is not let in; the text is for them."""


class Way(Protocol):
    """One way to sign in. `name` tells it from others in what the page sends; `template` is its part of the page."""

    @property
    def name(self) -> str: ...

    @property
    def template(self) -> str: ...

    def recognise(self, sent: Mapping[str, str]) -> User:
        """The person who has sent this. Raises Refused."""
        ...


class ByPassword:
    """E-mail address and password."""

    name: Final = "password"
    template: Final = "accounts/ways/password.html"

    def recognise(self, sent: Mapping[str, str]) -> User:
        """See Way."""
        password = sent.get("password", "")
        user = services.verify(web.db(), sent.get("email", ""), password)
        if user is None:
            raise Refused("That e-mail address and password do not belong together.")
        services.renew_hash(web.services().database, user, password)
        return user


WAYS: Final[Mapping[str, Way]] = {way.name: way for way in (ByPassword(),)}


def admit(user: User) -> None:
    """Begins a session for a person who has been recognised. Raises Refused when the account is closed."""
    if not user.is_active:
        raise Refused("This account is closed. Ask your instructors to open it again.")
    web.sign_in(user)
