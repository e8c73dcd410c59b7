"""The schema of the database: brought up to date by Alembic, and looked at before anything is served."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from webapp.database import Database
from webapp.models import Base

_LOCK: Final = 0x636861696E
"""PostgreSQL's advisory lock on our schema: a number that nobody else takes by chance."""


class SchemaError(RuntimeError):
    """A database whose schema is not the one that this version needs."""


def upgrade(database: Database) -> None:
    """Brings the schema up to date, in one transaction; a second at the same time waits, and finds nothing to do.

    Raises SchemaError for a database that a newer version has made, and where its folder cannot be made.
    """
    if database.file is not None:
        try:
            database.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SchemaError(f"there is no folder for {database.file}: {error.strerror}") from error
    with database.engine.connect().execution_options(chainrule_writes=True) as connection, connection.begin():
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config = _config()
        _refuse_newer(config, _revision(connection))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def write_migration(database: Database, message: str) -> None:
    """Writes a migration from what the models have and the database has not; read it before you commit it."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)


def require_current(database: Database) -> None:
    """Raises SchemaError, with the way out, when the schema is not up to date."""
    config = _config()
    with database.engine.connect() as connection:
        found = _revision(connection)
    _refuse_newer(config, found)
    expected = ScriptDirectory.from_config(config).get_current_head()
    if found != expected:
        raise SchemaError(
            f"the database's schema is {found or 'empty'}, this version needs {expected}: run `chainrule db upgrade`"
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(config: Config, found: str | None) -> None:
    """Raises SchemaError where the database is ahead of this version."""
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found is not None and found not in known:
        raise SchemaError(
            f"a newer version of Chainrule has made this database: its schema is {found}, and this version knows those up "
            f"to {known[0]}. Install the newer one again, or go back to a backup from before it"
        )


def differences(database: Database) -> list[object]:
    """Where the schema differs from the models; none, when the migrations are complete."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
