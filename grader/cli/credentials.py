"""The student's login: a server's address and a personal token, from the environment or from a file for the owner alone.

`CHAINRULE_URL` and `CHAINRULE_TOKEN` together override the file that `chainrule login` writes. A token alone is an error:
it is never sent to another address than the one it was given for. An address alone is no login: on a server, the variable
says where people find it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import click

from grader.cli.common import WRONG_CALL, Failure
from grader.client import LOOPBACK

_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Login:
    """Which server, and as whom; `overridden` tells that the environment names them. The token is in no repr."""

    url: str
    token: str = field(repr=False)
    overridden: bool = False


def login_file() -> Path:
    """Where the login is kept: the system's folder for a user's own settings."""
    return Path(click.get_app_dir("chainrule")) / "login.json"


def current_login() -> Login:
    """The login in use. Raises Failure, with the way to one, where there is none."""
    overriding = environment_login()
    if overriding is not None:
        return overriding
    file = login_file()
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return Login(checked_url(stored["url"], insecure=True), checked_token(stored["token"]))
    except FileNotFoundError:
        raise Failure("you are not logged in. Log in with `chainrule login URL`.", WRONG_CALL) from None
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}", WRONG_CALL) from error
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Failure(f"{file} is damaged. Log in again with `chainrule login URL`.", WRONG_CALL) from None


def environment_login() -> Login | None:
    """The login of the environment, if there is one. Raises Failure where it is a token without its address."""
    url, token = os.environ.get("CHAINRULE_URL"), os.environ.get("CHAINRULE_TOKEN")
    if not token:
        return None
    if not url:
        raise Failure("CHAINRULE_TOKEN is set and CHAINRULE_URL is not. Set both, or neither.", WRONG_CALL)
    return Login(checked_url(url), checked_token(token), overridden=True)


def store_login(login: Login) -> Path:
    """Writes the login, whole or not at all, readable by its owner alone. Gives the file."""
    file = login_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".login-")  # mode 0600 from its first moment
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump({"url": login.url, "token": login.token}, stream)
            Path(name).replace(file)
        except BaseException:  # Ctrl-C too: no half-written token is left behind, and it goes on being raised
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure(f"the login cannot be kept in {file}: {error.strerror or error}", WRONG_CALL) from error
    return file


def forget_login() -> None:
    """Removes the stored login."""
    login_file().unlink(missing_ok=True)


def checked_url(text: str, insecure: bool = False) -> str:
    """A server's address in its one form, `https://host[:port][/path]`. Raises Failure where it is none.

    Plain http is for this machine alone, unless `insecure`: everybody on the way could read the token.
    """
    address = text.strip()
    if "://" not in address:
        plain = address.partition("/")[0].partition(":")[0] in LOOPBACK or address.startswith("[::1]")
        address = f"{'http' if plain else 'https'}://{address}"
    try:
        parts = urlsplit(address)
        usable = parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or not _VISIBLE.fullmatch(address) or "@" in parts.netloc or parts.query or parts.fragment:
        raise Failure(f"{text!r} is no server's address. It looks like https://chainrule.example.org", WRONG_CALL)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not insecure:
        raise Failure(
            f"{text} is plain http: everybody on the way could read your token. Use https, or, in a network that you "
            "trust, `chainrule login URL --insecure`.",
            WRONG_CALL,
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1')}"


def checked_token(text: str) -> str:
    """The token without the space around it. Raises Failure where it cannot be one; never repeats it."""
    token = text.strip()
    if not _VISIBLE.fullmatch(token):
        what = "holds a space or a character that no token has" if token else "is empty"
        raise Failure(f"the token {what}. Copy it again, whole.", WRONG_CALL)
    return token
