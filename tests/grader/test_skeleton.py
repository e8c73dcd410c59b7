"""A new exercise's skeleton passes its own gate, and never overwrites anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import CourseError, load_course
from grader.gate import prove
from grader.skeleton import write_skeleton


@pytest.fixture
def course_folder(tmp_path: Path) -> Path:
    (tmp_path / "course.toml").write_text('title = "T"\n[[units]]\nname = "u"\ntitle = "U"\nexercises = []\n')
    return tmp_path


def test_it_passes_the_gate_as_it_is(course_folder: Path) -> None:
    write_skeleton(load_course(course_folder), "u", "doubled")
    toml = (course_folder / "course.toml").read_text().replace("[]", '["doubled"]')
    (course_folder / "course.toml").write_text(toml)
    *_, proof = prove(load_course(course_folder).exercise("doubled"), range(5))
    assert proof.passed
    assert proof.exceptions == []


def test_it_writes_nothing_where_something_is_there_already(course_folder: Path) -> None:
    course = load_course(course_folder)
    write_skeleton(course, "u", "doubled")
    (course_folder / "exercises" / "u" / "doubled" / "starter.py").write_text("mine")
    with pytest.raises(CourseError, match="is there already"):
        write_skeleton(course, "u", "doubled")
    assert (course_folder / "exercises" / "u" / "doubled" / "starter.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["a b", "../x", "Adam", "1st", ""])
def test_it_refuses_a_name_that_is_none(course_folder: Path, name: str) -> None:
    with pytest.raises(CourseError, match="is no exercise name"):
        write_skeleton(load_course(course_folder), "u", name)
