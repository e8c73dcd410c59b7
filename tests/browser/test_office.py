"""The course office in a real browser: an extension that changes a grade, an override whose reason the student sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.stage import Person, Platform, Windows, served
from webapp.courses.models import Course, ExerciseSetup
from webapp.database import now
from webapp.submissions.models import Submission
from webapp.submissions.services import new_id

SOLVED = "import numpy as np\n\n\ndef sgd(w, dw, *, lr=0.01):\n    return w\n"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform of its own, whose dates may be changed."""
    with served() as platform:
        yield platform


@pytest.fixture
def late(platform: Platform) -> tuple[Person, Person]:
    """A student whose full marks in one exercise came days late, and an instructor."""
    student = platform.person("Marta Moreno")
    with platform.database.writing() as session:
        course = session.scalars(select(Course).where(Course.slug == "demo")).one()
        setup = session.scalar(select(ExerciseSetup).filter_by(course_id=course.id, exercise="sgd"))
        if setup is None:
            setup = ExerciseSetup(course_id=course.id, exercise="sgd")
            session.add(setup)
        setup.due, setup.closes = now() - timedelta(days=9), now() - timedelta(days=7)
        session.add(
            Submission(
                id=new_id(), course_id=course.id, user_id=student.number, exercise="sgd", filename="sgd.py",
                source=SOLVED.encode(), digest="d", origin="editor", received_at=now() - timedelta(days=5),
                receipt="r", state="queued", lane="submissions",
            )
        )  # fmt: skip
    return student, platform.person("Nora Navarro", role="instructor")


def value_of(page: Page, exercise: str) -> str:
    """What the grade page says of an exercise."""
    page.goto("/courses/demo/grade")
    return page.locator(f"#row-{exercise} .grade-value").inner_text()


def test_an_extension_and_an_override_change_the_grade_and_the_student_reads_why(windows: Windows, late) -> None:
    student, instructor = late
    own = windows.open(student, "/courses/demo/exercises/sgd/submissions")
    own.get_by_role("link", name="1", exact=True).click()
    address = own.url
    expect(own.locator("#verdict[data-outcome=wrong]")).to_be_visible()
    assert value_of(own, "sgd") == "Missing"  # it came when nothing was taken any more

    page = windows.open(instructor, "/courses/demo/setup")
    page.get_by_role("navigation", name="Set-up").get_by_role("link", name="Extensions and excuses").click()
    page.locator("#student").fill(student.email)
    page.get_by_label("Exercise", exact=True).select_option("sgd")
    page.get_by_label("Days more").fill("9")
    page.locator("#reason").fill("In hospital for a week.")
    page.get_by_role("button", name="Grant it").click()
    expect(page.get_by_role("row", name=re.compile("Marta Moreno.*9 days"))).to_be_visible()

    page.goto(address)
    page.get_by_label("Score").fill("8")
    page.get_by_label("Reason").fill("The idea is right; the sign was told wrongly in class.")
    page.get_by_role("button", name="Override", exact=True).click()
    expect(page.locator(".verdict-score")).to_contain_text("8")

    assert value_of(own, "sgd").startswith("8 of")
    expect(own.locator("#granted")).to_contain_text("In hospital for a week.")
    own.goto(address)
    expect(own.locator("#verdict")).to_contain_text("The idea is right; the sign was told wrongly in class.")
    expect(own.locator("#verdict")).to_contain_text("Nora Navarro")

    page.goto("/courses/demo/setup/log?student=Marta")
    expect(page.get_by_role("row", name=re.compile("Override.*Marta Moreno"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Extension.*Marta Moreno"))).to_be_visible()


def test_a_file_with_bad_rows_is_told_row_by_row(windows: Windows, platform: Platform) -> None:
    windows.expected.add(422)
    page = windows.open(platform.person("Olga Ortega", role="instructor"), "/courses/demo/setup/roster")
    text = "name,e-mail,role\nEva Sol,eva.sol@example.org,student\nBo,not an address,student\nCy,cy@example.org,king\n"
    page.get_by_label("CSV file").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("row", name=re.compile("^3 .*has not the form"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^4 .*is not known"))).to_be_visible()
    page.get_by_role("link", name="Back to the roster").click()
    page.get_by_label("Name or address").fill("eva.sol")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody is found")).to_be_visible()
