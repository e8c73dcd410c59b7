"""A copy of the SQLite database while the platform runs. A copy of the file alone would lack what is in its -wal."""

from __future__ import annotations

import os
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy.engine import URL, make_url

from webapp.database import Database
from webapp.settings import keep


def back_up(database: Database, target: Path) -> None:
    """Copies the database as it stands into a new file that only this user can read; nothing waits for it.

    Raises OSError, as FileExistsError where there is such a file, and sqlite3.Error.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with database.engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
            cast(sqlite3.Connection, connection.connection.driver_connection).backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read wherever it lies
        for path in (target, target.absolute().parent):
            keep(path)
    except BaseException:
        target.unlink()
        raise


def dump_command(url: str, target: Path) -> str:
    """How PostgreSQL's own program does the same; it asks for the password, or finds it where libpq looks."""
    whole = make_url(url)
    query = {name: value for name, value in whole.query.items() if "password" not in name}
    plain = URL.create(
        "postgresql", whole.username, host=whole.host, port=whole.port, database=whole.database, query=query
    )
    return shlex.join(["pg_dump", "--format=custom", f"--file={target}", plain.render_as_string(hide_password=False)])
