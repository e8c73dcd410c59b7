"""What the tests of the API share: a person's programs, and a course whose dates and limits a test chooses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from webapp.courses.models import Course
from webapp.database import Database

ROOT = Path(__file__).resolve().parents[3]
RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"


@dataclass
class Program:
    """A program of a person: speaks to the API with a token, and keeps no cookies."""

    client: FlaskClient
    headers: dict[str, str]

    def ask(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """One request; `path` is below /api/v1."""
        headers = {**self.headers, **kwargs.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Asks for something."""
        return self.ask("GET", path, **kwargs)

    def submit(self, source: str = RIGHT, exercise: str = "scale", **kwargs: Any) -> TestResponse:
        """Hands a source in, as JSON."""
        return self.ask("POST", f"/exercises/{exercise}/submissions", json={"source": source}, **kwargs)


@pytest.fixture
def program(app: Flask, bearer: Callable[[str], dict[str, str]]) -> Callable[[str | None], Program]:
    """A program of the named person of the cast; None has no token."""
    return lambda name=None: Program(app.test_client(use_cookies=False), bearer(name) if name else {})


@pytest.fixture
def ana(program: Callable[[str | None], Program]) -> Program:
    """A program of Ana's."""
    return program("ana")


@pytest.fixture
def small_course(database: Database, tmp_path: Path) -> Callable[..., None]:
    """Gives the course "small" a line more for its first unit, such as `closes = 2020-01-01T00:00:00Z`, or more."""

    def change(line: str, more: str = "") -> None:
        folder = tmp_path / "course"
        shutil.copytree(ROOT / "tests" / "fixtures" / "course", folder)
        text = (folder / "course.toml").read_text(encoding="utf-8")
        text = text.replace('name = "sound"\n', f'name = "sound"\n{line}\n') + more
        (folder / "course.toml").write_text(text, encoding="utf-8")
        with database.writing() as session:
            session.execute(update(Course).where(Course.slug == "small").values(path=str(folder)))

    return change
