"""What the sandbox's root holds: our two packages, compiled before anything starts there."""

from __future__ import annotations

import importlib.util
import marshal
import shutil
from pathlib import Path

import pytest

import grader
from grader.sandbox import layout


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packages that run inside, without bytecode, taken for the installed ones."""
    for package in ("inside", "wire"):
        folder = Path(grader.__file__).parent / package
        shutil.copytree(folder, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(grader, "__file__", str(tmp_path / "__init__.py"))
    return tmp_path


def compiled(module: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(module)))


def test_what_runs_inside_is_compiled_ahead_under_the_names_that_it_has_there(packages: Path) -> None:
    layout.compile_ahead.__wrapped__()
    modules = sorted(packages.glob("*/*.py"))
    named = [marshal.loads(compiled(module).read_bytes()[16:]).co_filename for module in modules]
    assert named == [f"/site/grader/{module.relative_to(packages)}" for module in modules]


def test_where_nothing_can_be_written_it_stays_as_it_is(packages: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (packages / "inside" / "__pycache__").touch()
    layout.compile_ahead.__wrapped__()
    assert not compiled(packages / "inside" / "runner.py").exists()
    assert compiled(packages / "wire" / "codec.py").exists()
    assert capfd.readouterr() == ("", "")
