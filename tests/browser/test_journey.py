"""The way of a student, from signing in to full marks."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import PASSWORD, exercise, write

UNCORRECTED = """import numpy as np


def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * dw
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * dw**2
    return w - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}
"""


def earned(page: Page) -> str:
    """What the course page says of the grade."""
    return page.locator("[aria-label='Where you stand'] [role=img]").get_attribute("aria-label")


def test_a_student_reads_tries_is_told_the_mistake_mends_it_and_sees_the_grade_change(windows, student, solution_of):
    page = windows.open(address="/")
    page.get_by_label("E-mail address").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deep Learning")
    before = earned(page)

    page.get_by_label("Find an exercise").fill("bias correction")
    page.get_by_role("link", name="Adam", exact=True).click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()
    expect(page.locator(".math.block .katex").first).to_be_visible()
    expect(page.locator("#run-results")).to_contain_text("Not run yet")

    write(page, UNCORRECTED)
    expect(page.locator("#run-results")).to_contain_text("1 of 3 public checks passes.")
    expect(page.locator(".check-dot[data-state=wrong]")).to_have_count(2)
    expect(page.locator("[data-editor-status]")).to_contain_text("Saved")

    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#verdict[data-outcome=wrong]")).to_be_visible()
    expect(page.locator(".verdict-headline")).to_have_text("Your m and v are not bias-corrected.")
    assert float(page.locator(".verdict-score").inner_text().split()[0]) < 10

    page.get_by_role("link", name="Continue in the editor").click()
    expect(page.locator(".cm-content")).to_contain_text("def adam")
    write(page, solution_of["adam"])
    expect(page.locator("#run-results")).to_contain_text("All 3 public checks pass.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
    expect(page.locator(".verdict-score")).to_have_text(re.compile(r"10\s+of 10"))
    expect(page.locator(".verdict-since")).to_contain_text("fixed")

    page.get_by_role("link", name="Course", exact=True).click()
    row = page.locator(".exercise-row", has_text="Adam").filter(has_text="bias correction")
    expect(row).to_contain_text("Full marks")
    expect(row).to_contain_text("10 of 10")
    assert earned(page) != before
    page.get_by_role("link", name="Grade", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_demos_student_signs_in_by_one_press(windows):
    page = windows.open(address="/sign-in")
    page.get_by_role("button", name="Sign in as the student").click()
    expect(page.get_by_role("link", name="Sofía Student")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def test_a_wrong_password_is_told_and_the_address_stays(windows, student):
    windows.expected = {422}
    page = windows.open(address="/sign-in")
    page.get_by_label("E-mail address").fill(student.email)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#content")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value(student.email)


def test_whoever_followed_a_link_is_there_after_signing_in(windows, student):
    page = windows.open(address=exercise("adam"))
    page.get_by_label("E-mail address").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()


def test_an_invitation_leads_into_the_course(windows, platform):
    page = windows.open(address=platform.invited("Nora Nueva"))
    expect(page.get_by_label("Your name")).to_have_value("Nora Nueva")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Deep Learning", level=1)).to_be_visible()
    expect(page.get_by_text("Your account is ready")).to_be_visible()
