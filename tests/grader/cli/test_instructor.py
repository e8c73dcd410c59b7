"""The command of an instructor: grade, with its exit codes and its JSON."""

from __future__ import annotations

import json
import shutil

import pytest


def test_a_right_answer_is_zero(chainrule, files):
    result = chainrule("grade", "right.py", "--exercise", "scale")
    assert result.exit_code == 0
    assert "Scale  Right.  4 of 4 points." in result.stdout


def test_a_wrong_answer_is_one_and_says_why(chainrule, files):
    result = chainrule("grade", "wrong.py", "--exercise", "scale")
    assert result.exit_code == 1
    for text in (
        "Scale  Not yet right.  1 of 4 points.",
        "You add the factor to x. Multiply by it.",
        "The result is the factor times x",
        "To see it yourself:",
        "from wrong import scale",
    ):
        assert text in result.stdout


def test_a_file_that_is_no_python_is_one(chainrule, files):
    result = chainrule("grade", "torn.py", "--exercise", "scale")
    assert result.exit_code == 1
    assert "'(' was never closed in line 1" in result.stdout


def test_our_own_fault_is_three(chainrule, folder):
    (folder / "mine.py").write_text("def identity(x): return x\n")
    result = chainrule("grade", "mine.py", "--exercise", "broken")
    assert result.exit_code == 3
    assert "Our fault, not yours." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.py", "-e", "scale"], "nowhere.py: there is no such file; nothing was graded"),
        (["right.py", "nowhere.py", "-e", "scale"], "nowhere.py: there is no such file; nothing was graded"),
        (["right.py", "-e", "adam"], "there is no exercise 'adam'"),
        (["right.py", "--seed", "-1"], "Invalid value for '--seed'"),
        (["right.py", "--seed", str(2**53)], "Invalid value for '--seed'"),
        (["right.py", "--jobs", "0"], "Invalid value for '--jobs'"),
        ([".", "-e", "scale"], ". is a folder, a pipe or a device; name a file"),
        ([], "Missing argument 'FILES...'"),
    ],
)
def test_a_call_that_makes_no_report_is_two(chainrule, files, arguments, sentence):
    result = chainrule("grade", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_a_course_without_its_hidden_half_is_two(chainrule, files, course, tmp_path):
    shutil.copytree(course.path, tmp_path / "bare")
    shutil.rmtree(tmp_path / "bare" / "reference")
    result = chainrule("grade", "right.py", "-e", "scale", course=tmp_path / "bare")
    assert result.exit_code == 2
    assert "the hidden checks of 'scale' are not here" in result.stderr


def test_one_file_as_json_is_one_document(chainrule, files):
    result = chainrule("grade", "wrong.py", "-e", "scale", "--seed", 7, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["status"], document["score"], document["seed"]) == ("failed", 1, 7)
    assert "file" not in document
    assert result.stdout.count("\n") == 1


def test_a_seed_gives_the_same_report_again(chainrule, files):
    reports = [json.loads(chainrule("grade", "wrong.py", "--seed", 7, "--json").stdout) for _ in range(2)]
    for report in reports:
        del report["resources"]
    assert reports[0] == reports[1]


def test_without_a_seed_the_inputs_are_fresh(chainrule, files):
    seeds = [json.loads(chainrule("grade", "wrong.py", "--json").stdout)["seed"] for _ in range(2)]
    assert seeds[0] != seeds[1]


def test_several_files_are_one_report_a_line_each_with_its_file(chainrule, files):
    (files / "torn.ipynb").write_text("{")
    names = ("torn.ipynb", "right.py", "wrong.py", "torn.py")
    result = chainrule("grade", *names, "-e", "scale", "--jobs", 1, "--json")
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(report["file"], report["status"]) for report in reports] == [
        ("torn.ipynb", "invalid"),
        ("right.py", "passed"),
        ("wrong.py", "failed"),
        ("torn.py", "invalid"),
    ]
    assert result.exit_code == 1


def test_several_files_for_people_are_a_line_each(chainrule, files):
    result = chainrule("grade", "right.py", "wrong.py", "-e", "scale", "--jobs", 1)
    assert [line.split()[:3] for line in result.stdout.splitlines()] == [
        ["right.py", "passed", "4/4"],
        ["wrong.py", "failed", "1/4"],
    ]
    assert "You add the factor to x" in result.stdout


@pytest.mark.parametrize(
    ("names", "code"),
    [(["right.py", "right.py"], 0), (["right.py", "wrong.py"], 1), (["wrong.py", "broken.py", "right.py"], 3)],
)
def test_of_several_files_the_worst_counts(chainrule, files, names, code):
    (files / "broken.py").write_text("def identity(x): return x\n")
    assert chainrule("grade", *names, "--jobs", 1).exit_code == code


@pytest.mark.slow
def test_files_are_graded_side_by_side_as_a_program(program, files):
    done = program("grade", "right.py", "wrong.py", "torn.py", "-e", "scale", "--jobs", 2, "--json")
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert {report["file"]: report["status"] for report in reports} == {
        "right.py": "passed",
        "wrong.py": "failed",
        "torn.py": "invalid",
    }
    assert done.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("right.py", 0), ("wrong.py", 1), ("nowhere.py", 2)])
def test_the_exit_codes_are_those_of_the_program(program, files, name, code):
    done = program("grade", name, "-e", "scale", "--json")
    assert done.returncode == code
    assert bool(done.stdout) == (code != 2)
    assert "Traceback" not in done.stderr


def test_where_bubblewrap_is_missing_nothing_is_graded(chainrule, files, monkeypatch):
    monkeypatch.setenv("PATH", "")
    result = chainrule("grade", "right.py", "-e", "scale", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["status"] == "platform_error"
    assert "bubblewrap is not installed" in result.stdout
