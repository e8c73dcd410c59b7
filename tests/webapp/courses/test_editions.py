"""Adding an edition of a course from its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.course import CourseError
from webapp.courses.editions import add_edition, course_by_slug, enrolments, everyone, read_edition
from webapp.database import Database
from webapp.problems import Invalid

COURSE = Path(__file__).parents[2] / "fixtures" / "course"


def test_title_and_edition_come_from_the_folder_or_from_whoever_adds_it(database: Database, tmp_path: Path):
    with (COURSE / "course.toml").open() as file:
        text = file.read()
    shutil.copytree(COURSE, tmp_path / "course")
    (tmp_path / "course" / "course.toml").write_text('edition = "2027"\n' + text)
    own = read_edition("tests-2027", tmp_path / "course")
    assert (own.title, own.edition) == ("A course for the tests", "2027")
    given = read_edition("tests-2028", tmp_path / "course", "Another title", "2028")
    assert (given.title, given.edition) == ("Another title", "2028")
    with database.writing() as session:
        added = add_edition(session, own)
    assert added.path == str(tmp_path / "course")
    assert added.began_with is not None
    assert (added.is_new("scale"), added.is_new("put in later")) == (False, True)
    with database.reading() as session:
        assert course_by_slug(session, "tests-2027") is not None


@pytest.mark.parametrize("slug", ["", "Deep", "deep learning", "deep--learning", "-deep", "ñ", "a/b", "x" * 81])
def test_a_slug_that_cannot_stand_in_an_address_is_refused(slug):
    with pytest.raises(Invalid, match="small letters, digits and hyphens"):
        read_edition(slug, COURSE, edition="2026")


def test_a_course_without_an_edition_is_asked_for_it():
    with pytest.raises(Invalid, match="--edition"):
        read_edition("tests", COURSE)


def test_a_folder_without_a_course_is_named(tmp_path: Path):
    with pytest.raises(CourseError, match=r"course\.toml"):
        read_edition("tests", tmp_path, edition="2026")


def test_a_course_that_cannot_be_graded_is_refused(tmp_path: Path):
    shutil.copytree(COURSE, tmp_path / "course", ignore=shutil.ignore_patterns("reference"))
    with pytest.raises(Invalid, match="has no folder for scale, layer"):
        read_edition("tests", tmp_path / "course", edition="2026")


def test_a_slug_is_given_once(database: Database):
    with database.writing() as session, pytest.raises(Invalid, match="'small' is A small course 2026"):
        add_edition(session, read_edition("small", COURSE, edition="2026"))


def test_the_demo_s_name_is_for_the_demo(database: Database):
    with database.writing() as session, pytest.raises(Invalid, match="the edition of the demo"):
        add_edition(session, read_edition("demo", COURSE, edition="2026"))


def test_it_counts_who_takes_part(database: Database):
    with database.reading() as session:
        people = {each.course.slug: dict(each.people) for each in enrolments(session)}
    assert people == {
        "small": {"student": 2, "assistant": 1, "instructor": 1},
        "other": {"student": 1, "instructor": 1},
    }


def test_it_lists_all_accounts_with_their_seats(database: Database):
    with database.reading() as session:
        found = {person.user.email.partition("@")[0]: person for person in everyone(session)}
    assert found["ana"].seats == [("small", "student", "A")]
    assert found["ada"].seats == []
    assert found["ada"].has_password
