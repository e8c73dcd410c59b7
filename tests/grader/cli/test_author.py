"""The commands of an author: exercise test and exercise new."""

from __future__ import annotations

import json
import shutil

import pytest

COUNTS = {"solution", "variants", "starter", "mistakes_caught", "mistakes_named", "examples"}


def test_a_sound_exercise_passes_with_zero(chainrule):
    result = chainrule("exercise", "test", "scale", "--seeds", 3, "--jobs", 1)
    assert result.exit_code == 0
    assert "scale" in result.stdout


def test_an_exercise_with_a_hole_is_one_and_says_which(chainrule):
    result = chainrule("exercise", "test", "leaky", "--seeds", 2, "--jobs", 1)
    assert result.exit_code == 1
    assert "not fit" in result.stdout
    assert "leaky: mistake keeps_the_sign, seed 1: is not caught: it gets full marks" in result.stdout


def test_a_check_that_is_broken_is_told_without_a_traceback(chainrule):
    result = chainrule("exercise", "test", "broken", "--seeds", 1, "--jobs", 1)
    assert result.exit_code == 1
    assert "the check 'raises_by_itself' of broken is broken" in result.stdout
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_the_proofs_as_json_are_one_document(chainrule):
    result = chainrule("exercise", "test", "scale", "leaky", "--seeds", 2, "--jobs", 1, "--json")
    document = json.loads(result.stdout)
    scale, leaky = document["exercises"]
    assert result.exit_code == 1
    assert document["passed"] is False
    assert (scale["exercise"], scale["seeds"], scale["passed"]) == ("scale", 2, True)
    assert all(scale[name].keys() == {"runs", "good"} for name in COUNTS)
    assert leaky["exceptions"][0].keys() == {"kind", "name", "seed", "what"}


def test_without_names_all_exercises_are_proven(chainrule):
    result = chainrule("exercise", "test", "--seeds", 1, "--jobs", 1, "--json")
    assert [each["exercise"] for each in json.loads(result.stdout)["exercises"]] == [
        "scale",
        "layer",
        "leaky",
        "broken",
        "undecided",
    ]


def test_more_seeds_than_travel_together_are_all_counted(chainrule):
    result = chainrule("exercise", "test", "scale", "--seeds", 12, "--jobs", 1, "--json")
    assert json.loads(result.stdout)["exercises"][0]["solution"] == {"runs": 12, "good": 12}


def test_a_number_of_seeds_that_is_none_is_a_wrong_call(chainrule):
    assert chainrule("exercise", "test", "scale", "--seeds", 0).exit_code == 2


def test_points_that_do_not_add_up_are_told_in_one_line(chainrule, course, tmp_path):
    shutil.copytree(course.path, tmp_path / "course")
    path = tmp_path / "course/exercises/sound/scale/exercise.toml"
    path.write_text(path.read_text().replace("points = 4", "points = 5"))
    result = chainrule("exercise", "test", "scale", "--seeds", 1, course=tmp_path / "course")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "points is 5, but the checks" in result.stderr


@pytest.mark.slow
def test_exercises_are_proven_side_by_side_as_a_program(program):
    done = program("exercise", "test", "scale", "leaky", "--seeds", 2, "--jobs", 2, "--json")
    assert done.returncode == 1
    assert [each["passed"] for each in json.loads(done.stdout)["exercises"]] == [True, False]


# --- new --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(course, tmp_path):
    """A copy of the small course, to be added to."""
    shutil.copytree(course.path, tmp_path / "course")
    return tmp_path / "course"


def test_a_new_exercise_is_written_and_the_next_step_is_told(chainrule, copy):
    result = chainrule("exercise", "new", "relu", "--unit", "sound", course=copy)
    assert result.exit_code == 0
    assert (copy / "exercises/sound/relu/statement.md").is_file()
    assert (copy / "reference/sound/relu/mistakes.py").is_file()
    assert "Listed 'relu' in the unit 'sound'" in result.stdout
    assert "chainrule exercise test relu" in result.stdout


def test_a_new_exercise_passes_the_gate_from_the_start(chainrule, copy):
    written = json.loads(chainrule("exercise", "new", "relu", "--json", course=copy).stdout)
    assert (written["unit"], len(written["files"])) == ("faulty", 8)  # the last unit
    assert chainrule("exercise", "test", "relu", "--seeds", 3, "--jobs", 1, course=copy).exit_code == 0
    assert "relu" in chainrule("list", course=copy).stdout


def test_a_new_exercise_may_found_a_new_unit(chainrule, copy):
    assert chainrule("exercise", "new", "relu", "--unit", "activations", course=copy).exit_code == 0
    listed = json.loads(chainrule("list", "--json", course=copy).stdout)["exercises"]
    assert (listed[-1]["name"], listed[-1]["unit"]) == ("relu", "activations")


def test_a_course_without_units_is_asked_for_its_first(chainrule, tmp_path):
    (tmp_path / "course.toml").write_text('title = "T"\nunits = []\n')
    result = chainrule("exercise", "new", "relu", course=tmp_path)
    assert result.exit_code == 2
    assert "the course has no unit yet; name its first with --unit NAME" in result.stderr


@pytest.mark.parametrize(
    ("name", "sentence"), [("lambda", "a word of Python's own"), ("leaky", "the unit 'faulty' has an exercise 'leaky'")]
)
def test_a_name_that_cannot_be_had_is_a_wrong_call(chainrule, copy, name, sentence):
    result = chainrule("exercise", "new", name, "--unit", "sound", course=copy)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_new_exercise_never_overwrites(chainrule, copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    result = chainrule("exercise", "new", "scale", "--unit", "sound", course=copy)
    assert result.exit_code == 2
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
