"""A new exercise's skeleton passes its own gate, and never overwrites anything."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from grader.course import CourseError, load_course
from grader.gate import prove
from grader.skeleton import _listed, write_skeleton


@pytest.fixture
def course_folder(tmp_path: Path) -> Path:
    (tmp_path / "course.toml").write_text('title = "T"\n[[units]]\nname = "u"\ntitle = "U"\nexercises = []\n')
    return tmp_path


def test_it_passes_the_gate_as_it_is(course_folder: Path) -> None:
    write_skeleton(load_course(course_folder), "u", "doubled")
    *_, proof = prove(load_course(course_folder).exercise("doubled"), range(5))
    assert proof.passed
    assert proof.exceptions == []


def test_it_writes_nothing_where_something_is_there_already(course_folder: Path) -> None:
    mine = course_folder / "exercises" / "u" / "doubled" / "starter.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(CourseError, match="is there already"):
        write_skeleton(load_course(course_folder), "u", "doubled")
    assert list(course_folder.rglob("*.py")) == [mine]


@pytest.mark.parametrize("name", ["a b", "../x", "Adam", "1st", "", "_x", "größe", "lambda", "import", "None"])
def test_it_refuses_a_name_that_is_none(course_folder: Path, name: str) -> None:
    with pytest.raises(CourseError, match="is no exercise name"):
        write_skeleton(load_course(course_folder), "u", name)


def test_it_refuses_a_name_that_another_unit_has(course_folder: Path) -> None:
    write_skeleton(load_course(course_folder), "u", "doubled")
    before = (course_folder / "course.toml").read_text()
    with pytest.raises(CourseError, match="the unit 'u' has an exercise 'doubled' already"):
        write_skeleton(load_course(course_folder), "v", "doubled")
    assert not (course_folder / "exercises" / "v").exists()
    assert (course_folder / "course.toml").read_text() == before


def test_it_refuses_a_name_whose_folder_another_unit_has_without_listing_it(course_folder: Path) -> None:
    (course_folder / "reference" / "v" / "doubled").mkdir(parents=True)
    with pytest.raises(CourseError, match="is there already"):
        write_skeleton(load_course(course_folder), "u", "doubled")


# --- its place in course.toml -----------------------------------------------------------------------------------------

HEAD = '[[units]]\nname = "a"\ntitle = "A"\nexercises = ["first"]\n\n[[units]]\nname = "u"\ntitle = "U"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("exercises = []", 'exercises = ["new"]'),
        ('exercises = ["one"]  # two ]', 'exercises = ["one", "new"]  # two ]'),
        ('exercises = ["one", "two",]', 'exercises = ["one", "two", "new",]'),
        ("exercises = ['one']", "exercises = ['one', \"new\"]"),
        ('exercises = [\n    "one",\n    "two",\n]', 'exercises = [\n    "one",\n    "two", "new",\n]'),
        ('exercises = [\n    "one",  # odd ]\n]', 'exercises = [\n    "one",  # odd ]\n"new"]'),
        ('exercises = ["x]"]\r\ndue = 2027-01-01T00:00:00', 'exercises = ["x]", "new"]\r\ndue = 2027-01-01T00:00:00'),
    ],
)
def test_it_stands_at_the_end_of_its_unit_and_all_else_stays(before: str, after: str) -> None:
    tail = '\n\n# The machine.\n[grader]\npython = "3.11"\n'
    assert _listed(HEAD + before + tail, "u", "new") == HEAD + after + tail


def test_a_new_unit_stands_behind_the_last_one() -> None:
    head = HEAD + "exercises = []\ndue = 2027-01-01T00:00:00\n"
    tail = '\n# The machine.\n[grader]\npython = "3.11"\n'
    unit = '\n[[units]]\nname = "loss_functions"\ntitle = "Loss functions"\nexercises = ["new"]\n'
    assert _listed(head + tail, "loss_functions", "new") == head + unit + tail
    assert _listed(head, "loss_functions", "new") == head + unit


def test_this_courses_own_file_takes_a_new_exercise_in_each_unit(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "course.toml").read_text(encoding="utf-8")
    for unit in tomllib.loads(text)["units"]:
        listed = _listed(text, unit["name"], "relu")
        assert listed is not None
        assert len(listed) == len(text) + len(', "relu"')


def test_an_exercise_that_cannot_be_listed_is_not_written(course_folder: Path) -> None:
    (course_folder / "course.toml").write_text(
        'title = "T"\nunits = [{name = "u", title = "U", exercises = []}]\n', encoding="utf-8"
    )
    course = load_course(course_folder)
    write_skeleton(course, "u", "doubled")  # a list is a list, however its table is written
    with pytest.raises(CourseError, match="cannot be added to; nothing was written"):
        write_skeleton(course, "v", "tripled")  # but tables cannot be added to a list
    assert not (course_folder / "exercises" / "v").exists()
