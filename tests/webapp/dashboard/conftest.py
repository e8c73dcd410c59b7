"""What the tests of the dashboard's pages share: a class in the database, and pages as plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime

import pytest

from webapp.courses.models import ExerciseSetup
from webapp.database import Database

from .building import Class


@pytest.fixture
def small(database: Database) -> Class:
    """The class of the course "small": ana and ben, and whom a test enrols."""
    return Class(database)


@pytest.fixture
def set_due(small: Class) -> Callable[[str, datetime], None]:
    """Sets the due date of an exercise."""

    def run(exercise: str, due: datetime) -> None:
        with small.database.writing() as session:
            session.add(
                ExerciseSetup(
                    course_id=small.course.id, exercise=exercise, due=due, hidden=False, cool_down=False,
                    hints="at_once", hints_after=0,
                )
            )  # fmt: skip

    return run


@pytest.fixture
def read(browser) -> Callable[..., str]:
    """A page of the course "small" as the words on it, for ines unless told."""

    def run(path: str = "", person: str = "ines") -> str:
        answer = browser(person).get(f"/courses/small/class{path}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        text = re.sub(r"<script.*?</script>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))

    return run
