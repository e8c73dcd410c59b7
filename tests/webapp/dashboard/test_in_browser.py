"""The dashboard in a browser: the commonest mistake followed to its students, and a page that everyone can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chromium import window
from tests.webapp.conftest import sign_in
from webapp.database import now

from .building import Class, Try

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.fixture
def at_work(small: Class, set_due) -> Class:
    """A class in which "in_place" is the commonest mistake, and ana has not started what was due."""
    set_due("scale", now() - timedelta(days=2))
    for place, user in enumerate(small.enrol(12)):
        mistake = "in_place" if place % 3 else "adds_the_factor"
        [wrong] = small.hand_in(user, "scale", Try(1, 90 - place, mistake))
        small.report(wrong, [("It leaves x alone", False)])
        if place % 2:
            small.hand_in(user, "scale", Try(4, 60 - place))
    return small


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """A window in which ines is signed in."""
    with window(chromium, address, **getattr(request, "param", {"viewport": WIDE})) as opened:
        sign_in(opened, "ines")
        yield opened


def test_the_commonest_mistake_is_followed_to_its_students(at_work: Class, page: Page) -> None:
    page.goto("/courses/small/class")
    commonest = page.get_by_role("region", name="The commonest mistakes").get_by_role("row").nth(1)
    expect(commonest).to_contain_text("8")
    commonest.get_by_role("link", name="You overwrite x").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“You overwrite x”")
    students = page.get_by_role("region", name="Students").get_by_role("row")
    expect(students).to_have_count(9)
    name = students.nth(1).get_by_role("rowheader").inner_text()
    students.nth(1).get_by_role("link").last.click()
    expect(page.locator(".page-header .lead")).to_contain_text(name)


def test_who_needs_help_leads_to_the_students_page(at_work: Class, page: Page) -> None:
    page.goto("/courses/small/class")
    page.get_by_role("link", name="Ana Alonso").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Alonso")
    expect(page.get_by_text("Not started, was due")).to_be_visible()


@pytest.mark.parametrize("page", [{"viewport": WIDE}, {"viewport": NARROW, "color_scheme": "dark"}], indirect=True)
def test_every_page_fits_and_is_accessible(at_work: Class, page: Page) -> None:
    student, found = at_work.number("ana"), {}
    for path in ("", "/exercises/scale", "/diagnoses/scale/in_place", "/students", f"/students/{student}"):
        page.goto(f"/courses/small/class{path}")
        for chart in page.locator("figure[data-chart]").all():
            expect(chart.locator("svg.marks")).to_be_visible()
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")
        report = Axe().run(page)
        if report.violations_count:
            found[path] = report.generate_report()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[path] = "is wider than the window"
    assert found == {}
