"""The migrations give exactly the schema of the models, on both databases."""

from __future__ import annotations

from pathlib import Path

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
