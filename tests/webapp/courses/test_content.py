"""The library of courses: read again when a file changes, and kept while it cannot be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import CourseError
from webapp.courses import content
from webapp.courses.content import Library

COURSE = Path(__file__).parents[2] / "fixtures" / "course"


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between two looks at a folder."""
    monkeypatch.setattr(content, "LOOK_S", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course's folder, to be written to."""
    return Path(shutil.copytree(COURSE, tmp_path / "course"))


def test_a_change_is_seen_and_without_one_nothing_is_read_again(folder: Path) -> None:
    library = Library()
    first = library.content(str(folder))
    assert library.content(str(folder)) is first
    toml = folder / "course.toml"
    toml.write_text(toml.read_text().replace("A course for the tests", "Another title"))
    assert library.content(str(folder)).title == "Another title"


@pytest.mark.parametrize("file", ["course.toml", "exercises/sound/scale/exercise.toml"])
def test_a_half_saved_file_leaves_the_course_as_it_was_and_is_told_once(
    folder: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library()
    first, whole = library.content(str(folder)), (folder / file).read_text()
    (folder / file).write_text(whole[: len(whole) // 2] + '\n"')
    assert [library.content(str(folder)) for _ in range(3)] == [first] * 3
    assert caplog.text.count("stays as it was") == 1
    (folder / file).write_text(whole)
    assert library.content(str(folder)) is not first


def test_a_course_that_was_never_read_is_an_error(folder: Path) -> None:
    (folder / "course.toml").write_text("title =")
    with pytest.raises(CourseError):
        Library().content(str(folder))


def test_a_worker_s_library_takes_the_files_as_they_are(folder: Path) -> None:
    library = Library(strict=True)
    library.content(str(folder))
    (folder / "course.toml").write_text("title =")
    with pytest.raises(CourseError):
        library.content(str(folder))


def test_a_half_saved_file_takes_no_page_down(browser: Callable, rewrite_course: Callable[[str], Path]) -> None:
    folder = rewrite_course((COURSE / "course.toml").read_text())
    ana = browser("ana")
    assert ana.get("/courses/small/").status_code == 200
    (folder / "course.toml").write_text("title =")
    assert ana.get("/courses/small/").status_code == 200
