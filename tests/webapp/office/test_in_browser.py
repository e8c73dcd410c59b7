"""The set-up in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import window
from tests.webapp.conftest import sign_in
from tests.webapp.office.test_exercises import DATES, PAGE

# What a browser shows does not depend on the database.
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def test_the_dates_of_exercises_are_by_the_courses_clock_wherever_the_reader_is(
    chromium: Browser, address: str, rewrite_course
):
    rewrite_course(DATES)
    with window(chromium, address, timezone_id="America/New_York") as page:
        sign_in(page, "ines")
        page.goto(PAGE)
        expect(page.get_by_text("the course’s clock (Europe/Madrid)")).to_be_visible()
        due = page.locator("time[title*='New_York']").first
        expect(due).to_have_text("15 Jan 2027, 23:59")
        expect(due).to_have_attribute("title", re.compile(r"15 January 2027.* 17:59 \(America/New_York\)"))
