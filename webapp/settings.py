"""The settings: read from the environment once, each by a typed reader that names the variable when it is bad.

`docs/operating.md` lists them all; a test holds the two together.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from limits import parse_many
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_T = TypeVar("_T")

LEAST_SECRET: Final = 32
"""Characters that a secret must have."""
MOST: Final = 10_000
"""More processes, threads or days than this are a slip of the keyboard."""
SIDE_BY_SIDE: Final = 5
"""The most questions that a page asks the database at once."""
_PASSWORD: Final = re.compile(r"(:)(?!//).*(?=@)|([?&][^=&]*password[^=&]*=)[^&]*")


class SettingsError(ValueError):
    """A setting that is missing or bad; the text names the variable, its value and the way out."""


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError as error:  # there is no user of that name
        raise ValueError(value) from error


def _secret(value: str) -> str:
    if len(value) < LEAST_SECRET:
        raise ValueError(value)
    return value


def _count(value: str) -> int:
    number = int(value)
    if not 0 <= number <= MOST:
        raise ValueError(value)
    return number


def _positive(value: str) -> int:
    number = int(value)
    if not 0 < number <= MOST:
        raise ValueError(value)
    return number


def _flag(value: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
    except KeyError:
        raise ValueError(value) from None


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(value)
    return value.rstrip("/")


def _database(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ValueError(value) from error
    backend, name = url.get_backend_name(), url.database or ""
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and name in ("", ":memory:")):
        raise ValueError(value)
    if backend == "postgresql":
        _postgresql(value, url)
    return value


def _postgresql(value: str, url: URL) -> None:
    """Raises ValueError for what libpq does not know, and where a part of the password would be taken for the host."""
    from psycopg import ProgrammingError  # loads libpq, which SQLite does without
    from psycopg.conninfo import make_conninfo

    if value.count("@") > 1:
        raise ValueError(value)
    options = {name: each if isinstance(each, str) else ",".join(each) for name, each in url.query.items()}
    int(options.get("connect_timeout", 0))
    try:
        make_conninfo("", **options)
    except ProgrammingError as error:
        raise ValueError(value) from error


def _redis(value: str) -> str:
    parts = urlsplit(value)
    place = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in ("redis", "rediss", "unix") or not place or parts.port == 0:
        raise ValueError(value)
    return value


def _rate(value: str) -> str:
    (item,) = parse_many(value)
    if item.amount < 1:
        raise ValueError(value)
    return value


def masked(url: str) -> str:
    """A URL as it may be shown: without its password."""
    return _PASSWORD.sub(r"\1\2***", url)


def _setting(
    variable: str, meaning: str, read: Callable[[str], _T], expected: str, default: Any, shown: str | None = None
) -> Any:
    """A field of Settings: its variable, what it means, how it is read, what a good value is, and its default."""
    metadata = {
        "variable": variable,
        "meaning": meaning,
        "read": read,
        "expected": expected,
        "default": str(default) if shown is None else shown,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of the web application and its workers."""

    home: Path = _setting(
        "CHAINRULE_HOME", "The folder that holds all state.", _path, "a path", Path(), "~/.local/share/chainrule"
    )
    secret: str = _setting(
        "CHAINRULE_SECRET",
        "Signs sessions and receipts, and gives the hidden inputs their seeds. The same on every machine, kept secret. "
        "`chainrule serve` makes one in its home.",
        _secret,
        f"at least {LEAST_SECRET} characters",
        "",
        "none: `web` and `worker` refuse to start",
    )
    database_url: str = _setting(
        "CHAINRULE_DATABASE_URL",
        "SQLite, or PostgreSQL as postgresql://USER:PASSWORD@HOST/NAME.",
        _database,
        "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME, with each @, : and / of the password written as %40, %3A "
        "and %2F",
        "",
        "SQLite in the home",
    )
    redis_url: str = _setting(
        "CHAINRULE_REDIS_URL",
        "The Redis that carries the queues and counts the rates: redis://HOST:6379/0, or unix:///PATH.",
        _redis,
        "redis://HOST:6379/0 or unix:///PATH",
        "redis://127.0.0.1:6379/0",
    )
    url: str = _setting(
        "CHAINRULE_URL",
        "The address that people use; it stands in e-mails. With https, cookies are sent over https only. (For a student's "
        "commands it names the server that CHAINRULE_TOKEN belongs to; alone it means nothing to them.)",
        _address,
        "http://HOST or https://HOST",
        "http://127.0.0.1:8000",
    )
    proxies: int = _setting(
        "CHAINRULE_PROXIES",
        "How many reverse proxies stand in front and set X-Forwarded-For.",
        _count,
        "a whole number",
        0,
    )
    web_workers: int = _setting(
        "CHAINRULE_WEB_WORKERS", "Processes of `chainrule web`.", _positive, "a whole number from 1", 2
    )
    web_threads: int = _setting(
        "CHAINRULE_WEB_THREADS", "Threads of each of them.", _positive, "a whole number from 1", 4
    )
    workers: int = _setting(
        "CHAINRULE_WORKERS",
        "Processes of `chainrule worker`, each with a warm sandbox; 0 is one for each processor.",
        _count,
        "a whole number",
        0,
    )
    smtp_url: str = _setting(
        "CHAINRULE_SMTP_URL",
        "Where e-mails go: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://...:465; with ?tls=no in the clear, for a "
        "relay on the same machine. Without it they go to the log.",
        _text,
        "smtp://... or smtps://...",
        "",
        "none: to the log",
    )
    mail_from: str = _setting(
        "CHAINRULE_MAIL_FROM", "The sender of e-mails.", _text, "an e-mail address", "Chainrule <chainrule@localhost>"
    )
    session_days: int = _setting(
        "CHAINRULE_SESSION_DAYS", "How long a sign-in lasts.", _positive, "a whole number of days from 1", 30
    )
    invitation_days: int = _setting(
        "CHAINRULE_INVITATION_DAYS",
        "How long an invitation can be used.",
        _positive,
        "a whole number of days from 1",
        30,
    )
    rate_sign_in: str = _setting(
        "CHAINRULE_RATE_SIGN_IN",
        "Sign-ins tried for one account.",
        _rate,
        "a rate such as 20 per minute",
        "20 per minute",
    )
    rate_sign_in_address: str = _setting(
        "CHAINRULE_RATE_SIGN_IN_ADDRESS",
        "Sign-ins tried from one address, which a whole campus may share.",
        _rate,
        "a rate such as 20 per minute",
        "600 per minute",
    )
    rate_submit: str = _setting(
        "CHAINRULE_RATE_SUBMIT", "Submissions of one student.", _rate, "a rate such as 20 per minute", "60 per minute"
    )
    rate_run: str = _setting(
        "CHAINRULE_RATE_RUN", "Runs of one student.", _rate, "a rate such as 20 per minute", "240 per minute"
    )
    rate_mail: str = _setting(
        "CHAINRULE_RATE_MAIL", "E-mails asked for to one account.", _rate, "a rate such as 20 per minute", "5 per hour"
    )
    rate_mail_address: str = _setting(
        "CHAINRULE_RATE_MAIL_ADDRESS",
        "E-mails asked for from one address, which a whole campus may share.",
        _rate,
        "a rate such as 20 per minute",
        "300 per hour",
    )
    demo: bool = _setting(
        "CHAINRULE_DEMO", "The demo: its sign-in page names the demo accounts.", _flag, "yes or no", False, "no"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of this environment. Raises SettingsError for the first that is bad."""
        values: dict[str, Any] = {}
        for each in fields(cls):
            data = each.metadata
            raw = environment.get(data["variable"], "").strip()
            if not raw:
                continue
            try:
                values[each.name] = data["read"](raw)
            except ValueError:
                shown = f"of {len(raw)} characters" if each.name == "secret" else repr(masked(raw))
                raise SettingsError(f"{data['variable']} is {shown}, expected {data['expected']}") from None
        home = values.setdefault("home", default_home(environment))
        if "secret" not in values:
            values["secret"] = _kept_secret(home / "secret") or ""
        values.setdefault("database_url", f"sqlite:///{home / 'chainrule.db'}")
        return cls(**values)

    def require_secret(self) -> str:
        """The secret. Raises SettingsError where it is missing."""
        if not self.secret:
            raise SettingsError(
                f"CHAINRULE_SECRET is not set; expected at least {LEAST_SECRET} characters, the same on every machine. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return self.secret

    @property
    def connections(self) -> int:
        """The most connections to the database of one process of `web`: every thread can finish what it has begun.

        A request reads on one and writes on another; a page of many questions reads on several at once.
        """
        return 2 * self.web_threads + SIDE_BY_SIDE

    @property
    def secure(self) -> bool:
        """Whether people come over https."""
        return self.url.startswith("https://")


def make_secret(home: Path) -> str:
    """The secret of a home, made when there is none; only this user may read it. Raises SettingsError for a bad one."""
    path = home / "secret"
    if (kept := _kept_secret(path)) is not None:
        return kept
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Whole or not at all, whatever ends us: what it signs and the inputs of submissions hang on it for ever.
    descriptor, name = tempfile.mkstemp(dir=home, prefix="secret.")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        keep(written)
        with suppress(FileExistsError):  # another was quicker: theirs is the secret
            os.link(written, path)
    finally:
        written.unlink()
    keep(home)
    return make_secret(home)


def keep(path: Path) -> None:
    """Sees to it that a power cut does not take this file, or what was made in this folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _kept_secret(path: Path) -> str | None:
    """The secret in this file; None where there is none. Raises SettingsError for a file that holds none."""
    try:
        return _secret(path.read_text(encoding="ascii").strip())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "holds no text"
    except ValueError:
        problem = "is empty, or was written in part"
    raise SettingsError(
        f"the secret {path} {problem}; expected a line of at least {LEAST_SECRET} characters. Put the one of your backup "
        "there. Where nothing was handed in yet, remove the file: `chainrule serve` makes another"
    )


def default_home(environment: Mapping[str, str]) -> Path:
    """The home where none is named. Raises SettingsError for a user without a folder."""
    data = environment.get("XDG_DATA_HOME")
    try:
        return (Path(data) if data else Path.home() / ".local" / "share") / "chainrule"
    except RuntimeError as error:
        raise SettingsError("CHAINRULE_HOME is not set, and this user has no folder: name one") from error
