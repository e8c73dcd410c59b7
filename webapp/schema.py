"""The schema of the database: brought up to date by Alembic, and looked at before anything is served."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from webapp.database import Database
from webapp.models import Base


class SchemaError(RuntimeError):
    """A database whose schema is not the one that this version needs."""


def upgrade(database: Database) -> None:
    """Brings the schema up to date, in one transaction."""
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with database.engine.begin() as connection:
        config = _config()
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
    expected = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != expected:
        raise SchemaError(
            f"the database's schema is {found or 'empty'}, this version needs {expected}: run `chainrule db upgrade`"
        )


def differences(database: Database) -> list[object]:
    """Where the schema differs from the models; none, when the migrations are complete."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
