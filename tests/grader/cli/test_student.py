"""The commands of a student: list, new, check. They need no sandbox, no server and nothing of reference/."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest

# --- list -------------------------------------------------------------------------------------------------------------


def test_list_shows_every_exercise_under_its_unit(chainrule):
    result = chainrule("list")
    assert result.exit_code == 0
    for text in (
        "A course for the tests",
        "Exercises without a fault",
        "scale",
        "Multiply an array by a factor.",
        "4 points",
    ):
        assert text in result.stdout


def test_list_gives_the_same_as_json(chainrule):
    result = chainrule("list", "--json")
    document = json.loads(result.stdout)
    assert document["course"] == "A course for the tests"
    assert document["exercises"][0] == {
        "name": "scale",
        "unit": "sound",
        "title": "Scale",
        "points": 4.0,
        "summary": "Multiply an array by a factor.",
    }


@pytest.mark.parametrize("width", [200, 60, 40, 20, 5, 0])
def test_list_leaves_nothing_out_on_a_narrow_terminal(chainrule, course, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    shown = chainrule("list").stdout
    said = " ".join(shown.split())
    for exercise in course.exercises.values():
        assert exercise.name in said
        assert all(word in said for word in exercise.summary.split())
    assert "4 points" in said
    assert "…" not in shown


# --- new --------------------------------------------------------------------------------------------------------------


def test_new_writes_the_starter_file_here(chainrule, folder, course):
    result = chainrule("new", "scale")
    assert result.exit_code == 0
    assert (folder / "scale.py").read_text() == course.exercise("scale").starter
    assert "Wrote scale.py." in result.stdout
    assert "chainrule check scale.py" in result.stdout


@pytest.mark.parametrize("name", ["my work.py", "-scale.py", "it's.py", "$HOME.py"])
def test_new_says_a_command_that_runs_whatever_the_file_is_called(chainrule, folder, name):
    shown = chainrule("new", "scale", f"--output={name}").stdout
    words = shlex.split(shown.partition("Check it with: chainrule ")[2])
    assert words[0] == "check"
    assert chainrule(*words, "-e", "scale").exit_code == 1  # it runs, and says that nothing is written yet


def test_new_writes_where_it_is_told(chainrule, folder):
    result = chainrule("new", "scale", "--output", "mine.py", "--json")
    assert json.loads(result.stdout)["file"] == "mine.py"
    assert (folder / "mine.py").is_file()
    assert not (folder / "scale.py").exists()


def test_new_never_overwrites(chainrule, folder):
    (folder / "scale.py").write_text("my work")
    result = chainrule("new", "scale")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "scale.py is there already; nothing was written." in result.stderr
    assert (folder / "scale.py").read_text() == "my work"


def test_new_does_not_follow_a_link_that_leads_nowhere(chainrule, folder):
    (folder / "scale.py").symlink_to(folder / "elsewhere.py")
    assert chainrule("new", "scale").exit_code == 2
    assert not (folder / "elsewhere.py").exists()


def test_new_tells_a_folder_that_is_not_there(chainrule):
    result = chainrule("new", "scale", "-o", "nowhere/scale.py")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_an_unknown_exercise_is_answered_with_what_there_is(chainrule, folder):
    for arguments in (["new", "adam"], ["check", "x.py", "-e", "adam"], ["exercise", "test", "adam"]):
        (folder / "x.py").touch()
        result = chainrule(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "there is no exercise 'adam'" in result.stderr
        assert "there are: scale, layer, leaky, broken, undecided" in result.stderr


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_passes_a_right_answer(chainrule, files, bare):
    result = chainrule("check", "right.py", course=bare)
    assert result.exit_code == 0
    assert "Right." in result.stdout
    assert "[1, 2] becomes [2, 4]" in result.stdout
    assert "The public checks pass. The hidden ones draw other inputs and look closer." in result.stdout


def test_check_shows_a_wrong_answer_what_is_wrong(chainrule, files, bare):
    result = chainrule("check", "wrong.py", course=bare)
    assert result.exit_code == 1
    assert "Not yet right." in result.stdout
    assert "the result at [0] is 3, expected 2" in result.stdout
    assert "from wrong import scale" in result.stdout
    assert "points" not in result.stdout


@pytest.mark.parametrize("width", [30, 5, 0])
def test_check_leaves_nothing_out_on_a_narrow_terminal(chainrule, files, bare, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    said = " ".join(chainrule("check", "wrong.py", course=bare).stdout.split())
    for text in (
        "Not yet right.",
        "[1, 2] becomes [2, 4]",
        "the result at [0] is 3, expected 2",
        "from wrong import scale",
    ):
        assert text in said


def test_check_tells_where_this_machine_differs(chainrule, files, bare):
    assert "Note: the grader runs python 2.7, this machine " in chainrule("check", "right.py", course=bare).stdout


def test_check_prints_one_json_document(chainrule, files, bare):
    result = chainrule("check", "wrong.py", "--seed", 5, "--json", course=bare)
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["status"], document["seed"], document["exercise"]) == ("failed", 5, "scale")
    assert document["differences"][0].startswith("the grader runs python 2.7")


def test_check_as_json_tells_what_the_numbers_of_this_machine_depend_on(chainrule, files, bare):
    document = json.loads(chainrule("check", "right.py", "--json", course=bare).stdout)
    here = document["fingerprint"]
    assert here.keys() == {"python", "numpy", "blas", "machine", "differences"}
    assert all(here[name] for name in ("python", "numpy", "blas", "machine"))
    assert here["differences"] == document["differences"]


def test_what_the_student_prints_does_not_mix_with_the_json(program, folder, bare):
    (folder / "loud.py").write_text("print('boo')\ndef scale(x, factor=2.0):\n    print('in')\n    return factor * x\n")
    done = program("check", "loud.py", "--json", CHAINRULE_COURSE=str(bare))
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "passed"
    assert "boo" in done.stderr


def test_check_tells_a_file_that_is_not_there(chainrule):
    result = chainrule("check", "nowhere.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.py: No such file or directory" in result.stderr


def test_a_pipe_is_refused_at_once(chainrule, folder):
    os.mkfifo(folder / "pipe.py")
    for command in ("check", "grade", "submit"):
        result = chainrule(command, "pipe.py", "-e", "scale")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "pipe.py is a folder, a pipe or a device; name a file" in result.stderr


@pytest.mark.parametrize("command", ["check", "grade"])
def test_a_folder_is_refused_at_once(chainrule, folder, command):
    assert chainrule(command, ".", "-e", "scale").exit_code == 2


def test_a_file_of_which_not_all_is_read_is_told_no_wrong_size(chainrule, folder, bare):
    for name, sentence in (
        ("scale.py", "The file has 20,971,520 or more bytes"),
        ("scale.ipynb", "The notebook has 20,971,520"),
    ):
        with (folder / name).open("wb") as stream:
            stream.truncate(30_000_000)
        result = chainrule("check", name, course=bare)
        assert sentence in result.output
        assert "accepted" in result.output


def test_check_tells_a_file_that_is_no_python(chainrule, files, bare):
    result = chainrule("check", "torn.py", "-e", "scale", course=bare)
    assert result.exit_code == 1
    assert "Not a file that can be graded." in result.stdout
    assert "'(' was never closed in line 1" in result.stdout


def test_the_name_of_a_file_cannot_paint_the_terminal(chainrule, folder):
    name = "\x1b[2J\u202e.py"
    (folder / name).write_text("def scale(x, factor=2.0):\n    return 1 / 0\n", encoding="utf-8")
    calls = (
        ["grade", name, name, "--jobs", 1],
        ["grade", name],
        ["check", name],
        ["check", f"no{name}"],
        ["submit", f"no{name}"],
    )
    for arguments in calls:
        result = chainrule(*arguments)
        assert result.exit_code in (1, 2)
        assert result.output
        assert not set(result.output) & {"\x1b", "\u202e"}, arguments


def test_what_a_student_says_cannot_paint_the_terminal(chainrule, folder, bare):
    (folder / "paint.py").write_text(
        "def scale(x, factor=2.0):\n    raise ValueError('[red]a[/red]\\x1b[2J\\u202eb')\n", encoding="utf-8"
    )
    result = chainrule("check", "paint.py", course=bare)
    assert "scale raised ValueError in line 2: [red]a[/red]" in result.stdout
    assert "\x1b[2J" not in result.stdout
    assert "\u202e" not in result.stdout


@pytest.mark.parametrize("level", ["1", "2"])
def test_a_python_that_leaves_out_docstrings_or_assertions_checks_alike(program, files, bare, level):
    examples = bare / "exercises/sound/scale/examples.py"
    more = '\n\n@check()\ndef asserts(student, reference, rng):\n    """It fails"""\n    assert False, "as it must"\n'
    examples.write_text(examples.read_text() + more)
    done = program("check", "right.py", CHAINRULE_COURSE=str(bare), PYTHONOPTIMIZE=level)
    assert (done.returncode, done.stderr) == (1, "")
    assert "[1, 2] becomes [2, 4]" in done.stdout
    assert "as it must" in done.stdout


def cells(*sources):
    """A notebook with these code cells, and a text before them."""
    code = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# def"}, *code], "nbformat": 4})


@pytest.mark.parametrize("command", ["check", "grade"])
def test_of_a_notebook_the_code_cells_are_taken(chainrule, folder, bare, course, command):
    path = bare if command == "check" else course.path
    (folder / "homework 1.ipynb").write_text(
        cells("%matplotlib inline\n", "def scale(x, factor=2.0):\n    return factor * x")
    )
    result = chainrule(command, "homework 1.ipynb", course=path)
    assert result.exit_code == 0
    assert "Scale  Right." in result.stdout
    (folder / "homework 2.ipynb").write_text(
        cells("import numpy as np\n", "\ndef scale(x, factor=2.0):\n    return 1 / 0")
    )
    result = chainrule(command, "homework 2.ipynb", course=path)
    assert result.exit_code == 1
    assert "raised ZeroDivisionError in line 7" in result.stdout
    assert "Note: line 7 is line 3 of code cell 2." in result.stdout
    assert "Save your file as scale.py" in result.stdout


@pytest.mark.parametrize("command", ["check", "grade"])
@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "is not JSON"), ("{}", "has no list of cells"), (cells(), "has no code cell")]
)
def test_a_notebook_that_cannot_be_read_is_told_why(chainrule, folder, command, text, sentence):
    (folder / "scale.ipynb").write_text(text)
    result = chainrule(command, "scale.ipynb")
    assert result.exit_code == 1
    assert "Not a file that can be graded." in result.stdout
    assert f"The notebook {sentence}" in " ".join(result.stdout.split())
    (folder / "mine.ipynb").write_text(text)  # for which exercise it is, nobody can tell
    result = chainrule(command, "mine.ipynb")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"mine.ipynb: The notebook {sentence}" in result.stderr


def test_the_lines_of_a_notebook_are_among_the_notes_in_json(chainrule, folder, bare):
    (folder / "scale.ipynb").write_text(cells("1 / 0"))
    document = json.loads(chainrule("check", "scale.ipynb", "--json", course=bare).stdout)
    assert document["status"] == "error"
    assert document["notes"] == ["line 1 is line 1 of code cell 1"]


def test_check_notes_what_a_file_imports_and_the_grader_has_not(chainrule, folder, bare):
    (folder / "helper.py").write_text("factor = 2.0\n")
    (folder / "mine.py").write_text(
        f"import sys\nsys.path.append({str(folder)!r})\nimport helper, numpy.linalg\n"
        "def scale(x, factor=2.0):\n    from rich.text import Text\n    return helper.factor * x if factor == 2.0 else factor * x\n"
    )
    result = chainrule("check", "mine.py", course=bare)
    assert result.exit_code == 0
    note = "the grader has Python's standard library, NumPy and your file alone, not helper, rich"
    assert f"Note: {note}." in " ".join(result.stdout.split())
    document = json.loads(chainrule("check", "mine.py", "--json", course=bare).stdout)
    assert document["notes"] == [note]


def test_a_file_that_imports_what_the_grader_has_gets_no_note(chainrule, files, bare):
    assert json.loads(chainrule("check", "right.py", "--json", course=bare).stdout)["notes"] == []


# --- which exercise ---------------------------------------------------------------------------------------------------


def test_the_exercise_is_told_from_the_files_name(chainrule, folder, bare):
    (folder / "scale.py").write_text("x = 1\n")
    document = json.loads(chainrule("check", "scale.py", "--json", course=bare).stdout)
    assert (document["exercise"], document["status"]) == ("scale", "invalid")


def test_the_exercise_is_told_from_the_functions_in_the_file(chainrule, files, bare):
    assert json.loads(chainrule("check", "right.py", "--json", course=bare).stdout)["exercise"] == "scale"


@pytest.mark.parametrize(
    ("source", "found"),
    [("def other(): ...\n", "none of the exercises' functions"), ("def identity(x): ...\n", "broken, undecided")],
)
def test_where_it_cannot_be_told_it_is_asked_for(chainrule, folder, source, found):
    (folder / "mine.py").write_text(source)
    result = chainrule("check", "mine.py")
    assert result.exit_code == 2
    assert f"which exercise is mine.py? It defines {found}. Say it with --exercise NAME." in result.stderr


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfdef scale(x): ...\n", b"import numpy\rdef scale(x): ...\r"])
def test_functions_are_found_behind_a_byte_order_mark_and_other_ends_of_lines(chainrule, folder, bare, data):
    (folder / "mine.py").write_bytes(data)
    assert json.loads(chainrule("check", "mine.py", "--json", course=bare).stdout)["exercise"] == "scale"


@pytest.mark.parametrize("command", ["check", "grade"])
def test_a_file_that_cannot_be_read_is_not_said_to_define_nothing(chainrule, folder, command):
    (folder / "mine.py").write_bytes("def scale(x): ...\n".encode("utf-16"))
    result = chainrule(command, "mine.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mine.py: The file holds a NUL byte in line 1: it is no text. Save it as plain UTF-8." in result.stderr


# --- what a student has not -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["list"], ["new", "scale"], ["check", "right.py"]])
def test_a_students_command_needs_no_sandbox_and_nothing_hidden(program, files, bare, arguments):
    done = program(*arguments, PATH="", CHAINRULE_COURSE=str(bare))
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("arguments", [["list"], ["new", "scale"], ["check", "right.py"]])
def test_a_students_command_loads_no_server_and_nothing_hidden(course, files, arguments):
    code = (
        "import sys\nfrom grader.cli import cli\n"
        f"try:\n    cli(['--course', {str(course.path)!r}, *{arguments!r}])\nexcept SystemExit:\n    pass\n"
        "print(*(getattr(each, '__file__', '') or name for name, each in sys.modules.items()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stderr
    for name in ("flask", "celery", "grader/sandbox", "grader/grading", "/reference/", "chainrule_hidden"):
        assert name not in loaded
