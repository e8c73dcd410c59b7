"""What a student writes is never lost: not in a second tab, not by a reload, not when the session ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import NOBODY, PASSWORD, exercise, write


def saved(page: Page) -> None:
    """Waits until the draft is kept by the server."""
    expect(page.locator("[data-editor-status]")).to_contain_text("Saved")


def test_the_draft_survives_a_reload(windows, student):
    page = windows.open(student, exercise("adam"))
    write(page, "x = 'a draft'")
    saved(page)
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("x = 'a draft'")


def test_the_draft_is_there_on_another_machine(windows, student):
    page = windows.open(student, exercise("adam"))
    write(page, "x = 'a draft'")
    saved(page)
    elsewhere = windows.open(student, exercise("adam"))
    expect(elsewhere.locator(".cm-content")).to_contain_text("x = 'a draft'")


def test_what_was_typed_in_the_last_moment_is_offered_after_a_reload(windows, student):
    page = windows.open(student, exercise("adam"))
    write(page, "x = 'the last words'")
    page.reload()  # before one pauses
    offer = page.get_by_role("button", name="Use the copy")
    expect(offer.or_(page.get_by_text("x = 'the last words'"))).to_be_visible()
    if offer.is_visible():
        offer.click()
    expect(page.locator(".cm-content")).to_contain_text("x = 'the last words'")


@pytest.mark.parametrize("choice", ["Use this text instead", "Take the newer text"])
def test_of_two_tabs_with_different_drafts_the_student_chooses(windows, student, choice):
    windows.expected = {409}
    first = windows.open(student, exercise("adam"))
    second = first.context.new_page()
    second.goto(exercise("adam"))
    expect(second.locator(".cm-content")).to_be_visible()
    first.bring_to_front()
    write(first, "x = 'of the first tab'")
    saved(first)
    second.bring_to_front()
    write(second, "x = 'of the second tab'")
    expect(second.get_by_text("This draft was changed elsewhere")).to_be_visible()
    expect(second.locator(".cm-content")).to_contain_text("x = 'of the second tab'")
    second.get_by_text(choice, exact=True).click()
    winner = "second" if choice == "Use this text instead" else "first"
    if winner == "second":
        saved(second)
    expect(second.get_by_text("This draft was changed elsewhere")).to_have_count(0)
    expect(second.locator(".cm-content")).to_contain_text(f"x = 'of the {winner} tab'")
    fresh = windows.open(student, exercise("adam"))
    expect(fresh.locator(".cm-content")).to_contain_text(f"x = 'of the {winner} tab'")


def test_nothing_is_lost_when_the_session_ends_while_one_writes(windows, student):
    windows.expected = {400, 401}
    page = windows.open(student, exercise("adam"))
    expect(page.locator(".cm-content")).to_be_visible()
    page.context.clear_cookies()
    write(page, "x = 'written after the session'")
    expect(page.locator("#notices")).to_contain_text("signed out")
    expect(page.locator("[data-editor-status]")).to_contain_text("A copy is kept in this browser.")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("[data-editor-status]")).to_contain_text("Not handed in")
    page.locator("#notices").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()
    page.get_by_role("button", name="Use the copy").click()
    saved(page)
    expect(page.locator(".cm-content")).to_contain_text("x = 'written after the session'")


def test_without_javascript_the_page_that_refuses_shows_what_was_written(windows, student):
    windows.expected = {400, 401}
    page = windows.open(student, exercise("adam"), javascript=False)
    page.get_by_label("adam.py").fill("x = 'written after the session'")
    page.context.clear_cookies()
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.locator("main")).to_contain_text("x = 'written after the session'")


def test_starting_over_offers_the_text_back(windows, student):
    page = windows.open(student, exercise("adam"))
    write(page, "x = 'a draft'")
    saved(page)
    page.get_by_text("Start over", exact=True).click()
    page.get_by_role("button", name="Start over with the starter").click()
    expect(page.locator(".cm-content")).to_contain_text("NotImplementedError")
    page.get_by_role("button", name="Take my text back").click()
    expect(page.locator(".cm-content")).to_contain_text("x = 'a draft'")


def test_what_is_written_after_starting_over_is_not_lost_when_the_session_ends(windows, student):
    windows.expected = {400, 401}
    page = windows.open(student, exercise("adam"))
    write(page, "x = 'a draft'")
    saved(page)
    page.get_by_text("Start over", exact=True).click()
    page.get_by_role("button", name="Start over with the starter").click()
    expect(page.locator(".cm-content")).to_contain_text("NotImplementedError")
    page.wait_for_load_state("networkidle")  # an answer under way would bring the session back
    page.context.clear_cookies()
    write(page, "x = 'written after starting over'")
    expect(page.locator("[data-editor-status]")).to_contain_text("A copy is kept in this browser.")
    page.get_by_role("button", name="Take my text back").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()
    assert page.url.endswith(exercise("adam"))
    page.get_by_role("button", name="Use the copy").click()
    expect(page.locator(".cm-content")).to_contain_text("x = 'written after starting over'")


def test_copies_that_were_kept_under_former_addresses_are_offered_one_after_the_other(windows, student):
    page = windows.open(student, exercise("adam"))
    for place in ("/start-over", "/run"):
        page.evaluate(
            "([user, address, source]) => localStorage.setItem(`chainrule:draft:${user}:${address}`,"
            " JSON.stringify({ source, at: '2026-01-02T03:04:05Z' }))",
            [student.email, exercise("adam") + place, f"x = 'kept at {place}'"],
        )
    for place in ("/start-over", "/run"):
        page.reload()
        page.get_by_role("button", name="Use the copy").click()
        expect(page.locator(".cm-content")).to_contain_text(f"x = 'kept at {place}'")
        saved(page)
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("x = 'kept at /run'")
    expect(page.get_by_role("button", name="Use the copy")).to_have_count(0)


def test_a_server_that_cannot_be_reached_costs_nothing(windows, student):
    windows.expected = {NOBODY}
    page = windows.open(student, exercise("adam"))
    expect(page.locator(".cm-content")).to_be_visible()
    page.context.set_offline(True)
    write(page, "x = 'written in a tunnel'")
    expect(page.locator("[data-editor-status]")).to_contain_text("no connection")
    page.context.set_offline(False)
    saved(page)
