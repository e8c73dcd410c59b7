"""A folder of hand-ins named like modules of Python: grading what lies in it never runs them outside of the walls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMES = ("selectors", "socket", "struct", "tempfile", "random", "click", "rich", "numpy", "runpy", "grader")
HAND_IN = """
import os

with open(os.path.join({folder!r}, "RT-ESCAPE-{name}"), "w") as marker:
    marker.write(str(os.getpid()))


def scale(x):
    return 3 * x + 1
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hand-ins that leave a marker when they run where they can write."""
    hand_ins = tmp_path / "hand-ins"
    hand_ins.mkdir()
    for name in NAMES:
        (hand_ins / f"{name}.py").write_text(HAND_IN.format(folder=str(hand_ins), name=name), encoding="utf-8")
    return hand_ins


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Run:
    """Runs the command line in that folder as its script does: Python begins with the script's folder on its path."""
    script = tmp_path / "scripts" / "chainrule"
    script.parent.mkdir()
    script.write_text("import sys\nfrom grader.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n")

    def runner(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), "--course", str(HERE / "course"), *arguments]
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
        return subprocess.run(
            command, cwd=folder, env=inherited | environment, capture_output=True, text=True, check=False, timeout=120
        )

    return runner


def _markers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("RT-ESCAPE*"))


def test_the_hand_ins_would_leave_markers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)  # a command of ours sets it, and may have run in this process
    subprocess.run([sys.executable, "-c", "import selectors, struct"], cwd=folder, check=False, capture_output=True)
    assert _markers(folder) == ["RT-ESCAPE-selectors", "RT-ESCAPE-struct"]


def test_grading_several_files_runs_none_of_them_outside(folder: Path, run: Run) -> None:
    done = run("grade", "selectors.py", "socket.py", "struct.py", "tempfile.py", "-e", "scale", "--jobs", "2", "--json")
    assert _markers(folder) == [], done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(each["file"] for each in reports) == ["selectors.py", "socket.py", "struct.py", "tempfile.py"]
    assert {each["status"] for each in reports} == {"error"}  # the marker cannot be written behind the walls


def test_grading_one_file_runs_none_of_them_outside(folder: Path, run: Run) -> None:
    done = run("grade", "socket.py", "-e", "scale", "--json")
    assert _markers(folder) == [], done.stderr
    assert json.loads(done.stdout)["status"] == "error"


def test_an_import_path_that_names_the_current_folder_by_accident_does_not_count(folder: Path, run: Run) -> None:
    for name in set(NAMES) - {"selectors", "socket", "tempfile"}:
        (folder / f"{name}.py").unlink()  # what Python itself imports before our first line is the caller's to mind
    path = os.pathsep.join(["", *filter(None, [os.environ.get("PYTHONPATH")])])
    done = run("grade", "selectors.py", "socket.py", "-e", "scale", "--jobs", "2", "--json", PYTHONPATH=path)
    assert len(done.stdout.splitlines()) == 2, done.stderr
    assert _markers(folder) == []


@pytest.mark.parametrize("arguments", [["exercise", "test", "scale", "--seeds", "11", "--jobs", "2"], ["list"]])
def test_other_commands_run_none_of_them_either(arguments: list[str], folder: Path, run: Run) -> None:
    done = run(*arguments)
    assert _markers(folder) == [], done.stderr
    assert done.returncode == 0, done.stderr


def test_checking_a_file_runs_that_file_alone(folder: Path, run: Run) -> None:
    done = run("check", "socket.py", "-e", "scale", "--json")
    assert json.loads(done.stdout)["exercise"] == "scale", done.stderr
    assert _markers(folder) == ["RT-ESCAPE-socket"]  # its author's own machine: there are no walls
