"""A course of two sound exercises, and a class that takes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.course import Course, load_course
from webapp.database import Database
from webapp.demo.classes import story_of
from webapp.demo.edition import found
from webapp.demo.story import Story

ROOT = Path(__file__).resolve().parents[3]
TODAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
COURSE_TOML = """
title = "A sound course"
edition = "2026"
timezone = "Europe/Madrid"

[[units]]
name = "sound"
title = "Exercises without a fault"
exercises = ["scale", "layer"]

[[grade.components]]
key = "platform"
title = "Exercises"
exercises = "all"
weight = 3

[[grade.components]]
key = "exam"
title = "Exam"
max = 10
"""


@contextmanager
def silent(what: str, total: int):
    """Shows nothing."""
    yield lambda: None


@pytest.fixture
def content(tmp_path: Path) -> Course:
    """The small course of the tests without its faulty exercises."""
    folder = tmp_path / "sound"
    shutil.copytree(ROOT / "tests" / "fixtures" / "course", folder)
    (folder / "course.toml").write_text(COURSE_TOML, encoding="utf-8")
    return load_course(folder)


@pytest.fixture
def story(content: Course) -> Story:
    """A class of twelve."""
    return story_of(content, 12, 24, seed=3, today=TODAY)


@pytest.fixture
def empty(bare: Database, content: Course) -> Database:
    """A database with the demo's accounts and no class."""
    found(bare, content)
    return bare


@pytest.fixture
def shown() -> Callable[..., object]:
    """A progress bar that shows nothing."""
    return silent
