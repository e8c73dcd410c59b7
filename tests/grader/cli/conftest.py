"""The command line on the small course: in this process, and as a program of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from grader.cli import cli

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def files(folder):
    """Three files in that folder: a right answer, a wrong one, and one that is no Python."""
    (folder / "right.py").write_text(RIGHT)
    (folder / "wrong.py").write_text(WRONG)
    (folder / "torn.py").write_text("def scale(x\n")
    return folder


@pytest.fixture
def bare(course, tmp_path_factory):
    """The small course without its hidden half, and with long budgets: this machine does other things too."""
    path = tmp_path_factory.mktemp("bare") / "course"
    shutil.copytree(course.path, path)
    shutil.rmtree(path / "reference")
    toml = path / "exercises/sound/scale/exercise.toml"
    toml.write_text(toml.read_text().replace("wall_s = 1.0", "wall_s = 60"))
    return path


@pytest.fixture
def chainrule(course, folder):
    """Runs a command in this process, on the small course."""

    def run(*arguments, course=course.path):
        return CliRunner().invoke(cli, ["--course", str(course), *map(str, arguments)], prog_name="chainrule")

    return run


@pytest.fixture
def program(course, folder):
    """Runs a command as a program of its own, on the small course. What it writes is in the encoding it was given."""

    def run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment):
        command = [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)]
        environment = {**os.environ, "CHAINRULE_COURSE": str(course.path), **environment}
        encoding = environment.get("PYTHONIOENCODING")
        return subprocess.run(
            command, stdout=stdout, stderr=stderr, text=True, encoding=encoding, env=environment, check=False,
            timeout=120,
        )  # fmt: skip

    return run
