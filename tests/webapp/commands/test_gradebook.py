"""The operator's command that exports the gradebook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

from webapp.commands.grades import FORMATS, gradebook
from webapp.gradebook.exports import FORMATS as WRITERS

Run = Callable[..., Result]


@click.group()
def chainrule() -> None:
    """The commands, as they stand in the whole."""


chainrule.add_command(gradebook)


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Exports the grades of the course "small" from the test's database."""
    monkeypatch.setenv("CHAINRULE_HOME", str(tmp_path))
    monkeypatch.setenv("CHAINRULE_DATABASE_URL", database_url)

    def invoke(*words: str, course: str = "small") -> Result:
        return CliRunner().invoke(chainrule, ["gradebook", "export", "--course", course, *words])

    return invoke


def test_it_prints_csv(run: Run):
    result = run()
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["E-mail"] for row in rows] == ["ana@example.org", "ben@example.org"]
    assert result.stderr == ""


@pytest.mark.parametrize("name", FORMATS)
def test_it_writes_each_format_to_a_file(run: Run, tmp_path: Path, name: str):
    file = tmp_path / "grades"
    result = run("--format", name, "--output", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{file} has the grades of 2 students." in result.stderr
    if name == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(file.read_bytes())).active["A2"].value == "Ana Alonso"
    else:
        assert b"ana@example.org" in file.read_bytes()


def test_the_formats_are_those_of_the_pages():
    assert set(FORMATS) == set(WRITERS)


def test_json_has_the_class_as_one_document(run: Run):
    result = run("--json", "--group", "A")
    document = json.loads(result.stdout)
    assert (document["course"], document["output"], document["scale"]) == ("small", None, "10")
    assert {each["key"] for each in document["components"]} >= {"scale", "layer"}
    (ana,) = document["students"]
    assert ana["email"] == "ana@example.org"
    assert ana["components"]["scale"] == {"state": "missing", "low": "0", "high": "4"}
    assert ana["grade"] == {"low": "0.0", "high": "10.0", "mark": ""}


def test_json_and_a_file_are_both_there(run: Run, tmp_path: Path):
    file = tmp_path / "grades.csv"
    assert json.loads(run("--json", "--output", str(file)).stdout)["output"] == str(file)
    assert b"ana@example.org" in file.read_bytes()


@pytest.mark.parametrize(
    ("words", "course", "told"),
    [
        ([], "nowhere", "there is no course 'nowhere'"),
        (["--group", "C"], "small", "no student is in a group 'C'. The groups are: A, B."),
        (["--output", "/nowhere/grades.csv"], "small", "/nowhere/grades.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_done_says_why(run: Run, words: list[str], course: str, told: str):
    result = run(*words, course=course)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_the_command_has_help_with_an_example():
    assert "Example: chainrule gradebook export" in (gradebook.commands["export"].help or "")
