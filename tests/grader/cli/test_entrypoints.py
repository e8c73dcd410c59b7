"""Entry points: the same as Python's own library finds, from every distribution on the import path."""

from __future__ import annotations

import importlib.metadata
import json
import sys

import pytest

from grader.cli.entrypoints import entry_points

TEXT = """
# what others have written before us
[ group.one ]
; another way to say nothing
whole = json
part=json:dumps
deep = json : JSONEncoder.default [extra, other]

[group.two]
part = json:loads
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a distribution with these entry points into a folder at the head of the import path."""

    def run(text, folder="first", name="outside-1.0.dist-info"):
        place = tmp_path / folder / name
        place.mkdir(parents=True)
        (place / "entry_points.txt").write_text(text)
        (place / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
        monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / folder)])

    return run


def of(group):
    return {each.name: each for each in entry_points() if each.group == group}


def test_they_are_those_that_pythons_own_library_finds():
    theirs = importlib.metadata.entry_points(group="console_scripts")
    ours = of("console_scripts")
    assert {(each.name, each.module, each.attr) for each in theirs} == {
        (each.name, each.module, each.attribute) for each in ours.values()
    }


def test_a_module_a_thing_in_it_and_a_thing_in_that_are_loaded(install):
    install(TEXT)
    loaded = {name: each.load() for name, each in of("group.one").items()}
    assert loaded == {"whole": json, "part": json.dumps, "deep": json.JSONEncoder.default}
    assert of("group.two")["part"].load() is json.loads


def test_each_knows_its_distribution(install):
    install(TEXT)
    assert of("group.two")["part"].dist.metadata["Name"] == "outside"


def test_of_two_versions_the_first_on_the_path_counts(install):
    install("[group.one]\nit = json:dumps\n", "first")
    install("[group.one]\nit = json:loads\nmore = json\n", "second", "Outside-2.0.dist-info")
    assert {name: each.load() for name, each in of("group.one").items()} == {"it": json.dumps}


def test_entries_of_the_path_that_are_no_folders_hold_none(monkeypatch, tmp_path):
    (tmp_path / "archive.zip").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "archive.zip"), str(tmp_path / "nowhere"), ""])
    monkeypatch.chdir(tmp_path)
    assert entry_points() == []
