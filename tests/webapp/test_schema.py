"""The migrations give exactly the schema of the models, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from webapp.database import Database
from webapp.schema import SchemaError, differences, require_current, upgrade


def test_migrations_and_models_agree(database: Database) -> None:
    require_current(database)
    assert differences(database) == []


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    require_current(database)


def test_an_empty_database_is_told_how_to_be_brought_up_to_date(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(SchemaError, match="run `chainrule db upgrade`"):
        require_current(database)
    database.close()


def test_a_database_of_a_newer_version_is_told_as_such_and_left_alone(database: Database) -> None:
    rename = "UPDATE alembic_version SET version_num = '{}'"
    with database.engine.begin() as connection:
        before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.exec_driver_sql(rename.format("9999"))
    try:
        for attempt in (require_current, upgrade):
            with pytest.raises(
                SchemaError, match="a newer version of Chainrule has made this database: its schema is 9999"
            ):
                attempt(database)
    finally:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(rename.format(before))


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    server = request.getfixturevalue("postgresql")
    with psycopg.connect(server.format(name="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE new")
        yield server.format(name="new")
        connection.execute("DROP DATABASE new")


def test_of_those_who_upgrade_at_once_one_does_it_and_the_others_wait(new_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "CHAINRULE_HOME": str(tmp_path), "CHAINRULE_DATABASE_URL": new_url}
    command = [sys.executable, "-m", "grader.cli", "db", "upgrade"]
    processes = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    database = Database(new_url)
    require_current(database)
    database.close()
