"""`chainrule demo`: what it prints, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from grader.cli import cli
from grader.course import Course as Content
from webapp.database import Database
from webapp.settings import Settings
from webapp.submissions.models import Verdict


def call(home: Path, content: Content, *arguments: str, **environment: str) -> Result:
    settings = {"CHAINRULE_HOME": str(home), "CHAINRULE_DATABASE_URL": "", "CHAINRULE_SECRET": "", **environment}
    return CliRunner().invoke(cli, ["--course", str(content.path), "demo", *arguments], env=settings)


@pytest.mark.slow
def test_it_makes_a_class_in_a_home_that_is_not_there_yet(tmp_path: Path, content: Content) -> None:
    home = tmp_path / "home"
    result = call(home, content, "--students", "5", "--submissions", "12", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["course"], document["students"], document["submissions"]) == ("demo", 5, 12)
    database = Database(f"sqlite:///{home / 'chainrule.db'}")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Verdict)) == 12
    database.close()
    again = call(home, content)
    assert again.exit_code == 2
    assert "has a demo class already" in again.output
    beside = call(home, content, "--course", "second", "--students", "4", "--submissions", "6", "--repeat")
    assert beside.exit_code == 0, beside.output
    assert "4 students and 6 submissions" in beside.output


def test_it_keeps_out_of_a_real_course(settings: Settings, content: Content, tmp_path: Path) -> None:
    result = call(tmp_path, content, CHAINRULE_DATABASE_URL=settings.database_url, CHAINRULE_SECRET=settings.secret)
    assert result.exit_code == 2
    assert "this home holds a real course" in result.output


def test_it_keeps_out_of_an_old_schema(tmp_path: Path, content: Content) -> None:
    database = Database(f"sqlite:///{tmp_path / 'chainrule.db'}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE something (id INTEGER)")
    database.close()
    result = call(tmp_path, content)
    assert result.exit_code == 2
    assert "chainrule db upgrade" in result.output


def test_it_names_an_address_that_cannot_be(tmp_path: Path, content: Content) -> None:
    result = call(tmp_path, content, "--course", "My Course")
    assert result.exit_code == 2
    assert "'My Course' stands in the course's address" in result.output
