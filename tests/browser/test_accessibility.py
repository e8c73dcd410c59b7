"""axe-core finds nothing on any page of a student, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.stage import NARROW, Platform, Windows, exercise, write

HEAD = "def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\n"


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds on the page by these rules, or all, each with the elements that it finds it in."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes']]}" for each in found]


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands: everything in light, and the colours again in dark."""
    if page.locator("[data-editor]").count():
        expect(page.locator(".cm-content")).to_have_count(1)
    page.evaluate(AXE_SCRIPT)
    page.emulate_media(color_scheme="light")
    found = [f"{page.url} in light: {each}" for each in violations(page)]
    page.emulate_media(color_scheme="dark")
    return found + [f"{page.url} in dark: {each}" for each in violations(page, "color-contrast")]


STRANGERS: dict[str, Callable[[Platform], str]] = {
    "sign-in": lambda platform: "/sign-in",
    "reset": lambda platform: "/reset",
    "welcome": lambda platform: platform.invited("Nora Nadal"),
    "choosing a password": lambda platform: platform.forgetful(platform.person()),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_axe_finds_nothing_on_the_pages_for_strangers(windows: Windows, platform: Platform, name):
    assert faults(windows.open(address=STRANGERS[name](platform))) == []


@pytest.mark.parametrize(
    "address",
    ["/", exercise("adam"), exercise("adam") + "/submissions", "/courses/demo/grade", "/account", "/receipts", "/api"],
)
def test_axe_finds_nothing_on_the_pages_of_a_student(windows: Windows, student, address):
    assert faults(windows.open(student, address)) == []


@pytest.mark.parametrize("address", ["/", exercise("adam"), "/courses/demo/grade"])
def test_axe_finds_nothing_on_a_phone(windows: Windows, student, address):
    assert faults(windows.open(student, address, size=NARROW)) == []


def test_axe_finds_nothing_where_there_is_nothing(windows: Windows, student):
    windows.expected = {404}
    assert faults(windows.open(student, "/courses/demo/exercises/none")) == []


def test_axe_finds_nothing_on_the_list_of_several_courses(windows: Windows, platform: Platform, student):
    platform.closed_course(student)
    assert faults(windows.open(student, "/")) == []


def test_axe_finds_nothing_where_one_is_in_no_course(windows: Windows, platform: Platform):
    assert faults(windows.open(platform.person(course=None), "/")) == []


def test_axe_finds_nothing_on_verdicts_and_what_they_lead_to(windows: Windows, student, solution_of):
    page = windows.open(student)
    for source, outcome in [(HEAD + "    return w / {}, {}\n", "wrong"), (solution_of["adam"], "right")]:
        page.goto(exercise("adam"))
        write(page, source)
        expect(page.locator(f".check-dot[data-state={outcome}]").first).to_be_visible()
        expect(page.locator("[data-editor-status]")).to_contain_text("Saved")
        assert faults(page) == []
        page.keyboard.press("Control+Shift+Enter")
        expect(page.locator(f"#verdict[data-outcome={outcome}]")).to_be_visible()
        assert faults(page) == []
    page.get_by_role("link", name="All attempts").click()
    assert faults(page) == []
    for address in ("/", "/courses/demo/grade"):
        page.goto(address)
        assert faults(page) == []


def test_axe_finds_nothing_on_a_submission_that_waits(windows: Windows, platform: Platform, student):
    assert faults(windows.open(student, f"/submissions/{platform.waiting(student, HEAD)}")) == []


def test_axe_finds_nothing_on_the_receipt_that_is_ours(windows: Windows, platform: Platform, student):
    page = windows.open(student, f"/submissions/{platform.waiting(student, HEAD)}")
    receipt = page.locator("#receipt").inner_text()
    page.goto("/receipts")
    page.get_by_label("The receipt").fill(receipt)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("This receipt is ours")).to_be_visible()
    assert faults(page) == []


def test_axe_finds_nothing_on_the_list_of_keys(windows: Windows, student):
    page = windows.open(student, "/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert faults(page) == []


def test_axe_finds_nothing_on_a_form_that_was_refused(windows: Windows, student):
    windows.expected = {422}
    page = windows.open(student, "/account")
    page.get_by_label("Current password").fill("not this one")
    page.get_by_label("New password", exact=True).fill("a new password, long")
    page.get_by_label("Repeat the password").fill("a new password, long")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("That is not your password.")).to_be_visible()
    assert faults(page) == []
