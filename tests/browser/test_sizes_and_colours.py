"""On a phone, in the dark, without JavaScript: the same pages, and the same work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import NARROW, exercise, write

RAISES = "def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\n    raise ValueError('not yet')\n"


def overflow(page: Page) -> list[str]:
    """What is wider than the window; empty where nobody has to scroll sideways."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll("body *")].filter(each => each.getBoundingClientRect().right > innerWidth + 1)
                .map(each => each.outerHTML.slice(0, 100)).slice(0, 10)"""
    )


@pytest.mark.parametrize("address", ["/", exercise("adam"), "/courses/demo/grade", "/account", "/receipts", "/api"])
def test_no_page_scrolls_sideways_on_a_phone(windows, student, address):
    page = windows.open(student, address, size=NARROW)
    page.wait_for_load_state("networkidle")
    assert overflow(page) == []


@pytest.mark.parametrize("address", ["/sign-in", "/reset"])
def test_no_page_for_strangers_scrolls_sideways_on_a_phone(windows, address):
    assert overflow(windows.open(address=address, size=NARROW)) == []


def test_on_a_phone_the_panes_are_tabs_and_a_submission_comes_to_its_verdict(windows, student):
    page = windows.open(student, exercise("adam"), size=NARROW)
    statement, code = page.get_by_role("tab", name="Statement"), page.get_by_role("tab", name="Your code")
    expect(page.locator(".prose")).to_be_visible()
    expect(page.locator(".cm-content")).to_be_hidden()
    code.click()
    expect(page.locator(".cm-content")).to_be_visible()
    expect(page.locator(".prose")).to_be_hidden()
    code.press("ArrowLeft")
    expect(statement).to_be_focused()
    expect(page.locator(".prose")).to_be_visible()
    statement.press("ArrowRight")

    write(page, RAISES)
    expect(page.locator(".check-dot[data-state=wrong]").first).to_be_visible()
    assert overflow(page) == []
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.locator("#verdict[data-outcome=wrong]")).to_be_visible()
    assert overflow(page) == []
    receipt = page.locator("#receipt").inner_text()
    page.get_by_role("link", name="All attempts").click()
    expect(page.get_by_role("heading", name="Your attempts")).to_be_visible()
    assert overflow(page) == []
    page.goto("/receipts")
    page.get_by_label("The receipt").fill(receipt)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("This receipt is ours")).to_be_visible()
    assert overflow(page) == []


def test_on_a_phone_the_next_exercise_comes_first(windows, student):
    page = windows.open(student, "/", size=NARROW)
    begin, first = page.get_by_role("link", name="Begin"), page.locator(".exercise-row").first
    assert begin.bounding_box()["y"] < first.bounding_box()["y"]


def test_of_an_attempt_a_phone_shows_the_score_and_what_it_says(windows, platform, student):
    platform.hand_in(student, "adam", RAISES)
    page = windows.open(student, exercise("adam") + "/submissions", size=NARROW)
    assert page.locator(".attempts .says").bounding_box()["x"] < NARROW[0]


def _luminance(colour: str) -> float:
    """The relative luminance of WCAG of a computed colour."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Page, selector: str) -> float:
    """The contrast of an element's text with what is painted behind it."""
    ink, paper = page.locator(selector).first.evaluate(
        """element => {
            const painted = at => at && (getComputedStyle(at).backgroundColor !== "rgba(0, 0, 0, 0)"
                ? getComputedStyle(at).backgroundColor : painted(at.parentElement));
            return [getComputedStyle(element).color, painted(element)];
        }"""
    )
    lighter, darker = sorted([_luminance(ink), _luminance(paper)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_in_dark_mode_the_colours_change_and_the_verdict_is_legible(windows, student):
    page = windows.open(student, exercise("adam"), dark=True)
    write(page, RAISES)
    expect(page.locator(".check-dot[data-state=wrong]").first).to_be_visible()
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.locator("#verdict[data-outcome=wrong]")).to_be_visible()
    paper = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    for selector in (".verdict-headline", ".verdict-score", ".check-message", ".source-note", ".source-line"):
        assert contrast(page, selector) >= 4.5, selector
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert _luminance(dark) < 0.05 < 0.8 < _luminance(light)
    for selector in (".verdict-headline", ".verdict-score", ".check-message", ".source-note", ".source-line"):
        assert contrast(page, selector) >= 4.5, selector


def test_the_choice_of_colours_outlives_the_page(windows, student):
    page = windows.open(student, "/")
    button = page.locator("[data-theme-button]")
    expect(button).to_have_attribute("title", "Colours: as the system")
    button.click()
    button.click()
    expect(button).to_have_attribute("title", "Colours: dark")
    page.reload()
    expect(button).to_have_attribute("title", "Colours: dark")
    assert _luminance(page.evaluate("() => getComputedStyle(document.body).backgroundColor")) < 0.05


def test_without_javascript_one_reads_runs_submits_and_sees_the_verdict(windows, student, solution_of):
    page = windows.open(student, exercise("adam"), javascript=False)
    expect(page.locator(".math.block").first).to_contain_text(r"\beta_1")
    editor = page.get_by_label("adam.py")
    editor.fill(solution_of["adam"])
    page.get_by_role("button", name="Run").click()
    if page.get_by_role("link", name="Show the results").is_visible():
        page.wait_for_timeout(500)  # a person takes longer
        page.get_by_role("link", name="Show the results").click()
        page.reload()
    expect(page.locator("#run-results")).to_contain_text("All 3 public checks pass.")
    expect(editor).to_have_value(re.compile("m_hat"))
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()  # a page that waits refreshes itself


def test_without_javascript_no_button_stands_there_that_does_nothing(windows, student):
    for address in ("/", exercise("adam")):
        page = windows.open(student, address, javascript=False)
        for selector in ("[data-copy]", "[data-theme-button]", "[data-open-dialog]", ".finder"):
            for each in page.locator(selector).all():
                expect(each).to_be_hidden()
