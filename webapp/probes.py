"""The services that the settings name, tried for real: `chainrule doctor` shows what comes of it.

What nobody has named is told as missing, which keeps no machine from grading.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from grader.doctor import Finding
from webapp.database import Database
from webapp.schema import SchemaError, require_current
from webapp.serving.errors import RedisMissing
from webapp.serving.redis import find_redis
from webapp.settings import Settings, SettingsError, masked

CONNECT_S: Final = 3
"""How long a Redis may take to answer."""


def examine(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Tries the database and Redis of these settings."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        yield Finding("settings", "broken", str(error))
        return
    yield _database(settings, named="CHAINRULE_DATABASE_URL" in environment)
    yield from _privacy(settings)
    yield _redis(settings, named="CHAINRULE_REDIS_URL" in environment)


def _database(settings: Settings, *, named: bool) -> Finding:
    database = Database(settings.database_url)
    where = masked(settings.database_url)
    try:
        if database.file is not None and not database.file.is_file():  # looking would make it
            advice = "run `chainrule db upgrade`" if named else "CHAINRULE_DATABASE_URL names one, `serve` makes one"
            return Finding("database", "broken" if named else "missing", f"{where} is not there: {advice}")
        with database.writing() as session:
            session.execute(text("SELECT 1"))
        require_current(database)
    except SQLAlchemyError as error:
        return Finding("database", "broken", f"{where} cannot be used: {_first_line(error)}")
    except SchemaError as error:
        return Finding("database", "broken", f"{where}: {error}")
    finally:
        database.close()
    return Finding("database", "stands", f"{where} answers, its schema is up to date")


def _privacy(settings: Settings) -> Iterator[Finding]:
    """What others on this machine can read, and should not."""
    files, database = [settings.home / "secret"], Database(settings.database_url).file
    if database is not None:
        files += [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]
    open_to_others = [str(path) for path in files if path.is_file() and _is_open(path.resolve())]
    if open_to_others:
        names = " ".join(shlex.quote(each) for each in open_to_others)
        yield Finding("privacy", "missing", f"others on this machine can read the platform's data: chmod 600 {names}")


def _is_open(path: Path) -> bool:
    """Whether the file can be read by others, who also need a way to it."""
    return bool(path.stat().st_mode & 0o044) and all(folder.stat().st_mode & 0o011 for folder in path.parents)


def _redis(settings: Settings, *, named: bool) -> Finding:
    if not named:
        return _own_redis()
    where = masked(settings.redis_url)
    key = f"chainrule:doctor:{secrets.token_hex(8)}"
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S, retry=None
        ) as client:
            client.set(key, b"1", px=1000 * CONNECT_S)
            kept = client.getdel(key)
    except (redis.RedisError, OSError) as error:
        return Finding("Redis", "broken", f"{where} cannot be used: {_first_line(error)}")
    if kept != b"1":
        return Finding("Redis", "broken", f"{where} does not keep what it is given")
    return Finding("Redis", "stands", f"{where} answers and keeps what it is given")


def _own_redis() -> Finding:
    """Where the settings name none, `serve` starts one, if the program is there."""
    try:
        program = find_redis()
    except RedisMissing as error:
        return Finding("Redis", "missing", f"CHAINRULE_REDIS_URL names none. {error}")
    return Finding("Redis", "missing", f"CHAINRULE_REDIS_URL names none; `chainrule serve` starts its own, {program}")


def _first_line(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__
