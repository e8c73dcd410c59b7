"""House rules: who may import whom, what every file says first, and what no file says at all."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTENT = [path for folder in ("exercises", "reference") for path in sorted((ROOT / folder).rglob("*.py"))]
ATTACKS = ROOT / "tests" / "redteam" / "attacks"
TEXTS = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".sh", ".json", ""}


def files():
    """The files of the repository, without what tools have put beside them."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        made = any(part in ("build", "dist", "__pycache__") or part.endswith(".egg-info") for part in parts)
        hidden = parts[0].startswith(".") and parts[0] not in (".github", ".ci", ".gitignore")
        if path.is_file() and path.suffix in TEXTS and not made and not hidden:
            yield path


def modules():
    return [path for path in files() if path.suffix == ".py" and ATTACKS not in path.parents]


def imports_of(path):
    """What a file imports: module names, with a dot before those of its own folder."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CONTENT, ids=name_of)
def test_content_imports_numpy_its_own_folder_and_the_vocabulary_of_checks_alone(path):
    allowed = {"numpy", "grader.checks"} | ({".solution"} if "reference" in path.parts else set())
    assert set(imports_of(path)) <= allowed


@pytest.mark.parametrize("path", CONTENT, ids=name_of)
def test_content_imports_nothing_by_other_ways(path):
    names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
    assert not names & {"__import__", "exec", "eval", "importlib", "open"}


def test_the_code_inside_the_sandbox_imports_numpy_the_wire_and_the_standard_library_alone():
    ours = {
        name
        for folder in ("inside", "wire")
        for path in (ROOT / "grader" / folder).glob("*.py")
        for name in imports_of(path)
        if name.startswith(("grader", "click", "rich"))
    }
    assert all(name.startswith(("grader.inside", "grader.wire")) for name in ours)


def test_imports_run_from_the_core_outward():
    # In a process of its own: it configures the logging anew, and silences every logger that is there.
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_engine_knows_no_web_and_no_database_and_one_module_the_queue():
    for path in (ROOT / "grader").rglob("*.py"):
        foreign = {"flask", "sqlalchemy", "webapp", "celery", "kombu", "redis"}
        allowed = {"celery", "kombu", "redis"} if path.name == "tasks.py" else set()
        assert not {name.partition(".")[0] for name in imports_of(path)} & (foreign - allowed), path


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_every_module_says_first_what_lives_there(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text
    assert text.split("\n\n")[0].rstrip()[-1] in ".:?"


def test_no_file_tells_where_somebody_lives():
    home = re.compile(r"/(?:home|Users|root)/\w+")
    told = [name_of(path) for path in files() if ATTACKS not in path.parents and home.search(path.read_text("utf-8"))]
    assert told == []


def test_what_students_install_holds_nothing_hidden():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["grader", "webapp"]
    assert set(wheel["force-include"]) == {"course.toml", "exercises"}


def cells(row):
    """The cells of a row of a Markdown table; an escaped bar separates nothing."""
    return len(re.split(r"(?<!\\)\|", row.strip().strip("|")))


@pytest.mark.parametrize("path", [path for path in files() if path.suffix == ".md"], ids=name_of)
def test_every_row_of_a_table_has_the_cells_of_its_head(path):
    rows = re.findall(r"^(?:\|.*\n)+", path.read_text(encoding="utf-8"), re.MULTILINE)
    for head, *rest in (table.splitlines() for table in rows):
        assert [row for row in rest if cells(row) != cells(head)] == []


def test_the_python_that_is_set_up_with_can_make_an_environment():
    chosen = subprocess.run([ROOT / "scripts" / "python"], capture_output=True, text=True, check=True).stdout.strip()
    asked = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    assert subprocess.run([chosen, "-c", asked], check=False).returncode == 0
