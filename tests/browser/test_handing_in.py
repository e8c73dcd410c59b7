"""What can be handed in, and what is answered to what cannot: the fact, and the way out."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import NOBODY, Windows, exercise, write


def notebook(*cells: str) -> bytes:
    """A notebook with these code cells, and some text between."""
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    text = {"cell_type": "markdown", "source": ["# Adam\n"]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [text, *code]}).encode()


def upload(page: Page, filename: str, data: bytes) -> None:
    """Hands in a file on the exercise's page."""
    page.get_by_text("Hand in a file instead").click()
    file = {"name": filename, "mimeType": "application/octet-stream", "buffer": data}
    page.get_by_label("A .py file or a notebook").set_input_files(file)
    page.get_by_role("button", name="Submit this file").click()


def test_a_file_is_handed_in_and_graded(windows, student, solution_of):
    page = windows.open(student, exercise("sgd"))
    upload(page, "my_sgd.py", solution_of["sgd"].encode())
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
    expect(page.get_by_role("link", name="my_sgd.py")).to_be_visible()


def test_of_a_notebook_the_code_cells_are_taken(windows, student, solution_of):
    page = windows.open(student, exercise("adam"))
    upload(page, "week 3.ipynb", notebook("%matplotlib inline\nimport numpy as np", solution_of["adam"]))
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
    expect(page.locator("#source")).to_contain_text("# %matplotlib inline")


BAD = {
    "an empty file": ("adam.py", b"", 422, "empty"),
    "a binary": ("adam.py", b"\x7fELF\x02\x01\x00" * 40, 422, "cannot be handed in"),
    "another kind": ("adam.txt", b"def adam(): ...", 422, "neither Python nor a notebook"),
    "a broken notebook": ("adam.ipynb", b'{"cells": [', 422, "The notebook is not JSON"),
    "a notebook without code": ("adam.ipynb", notebook(), 422, "no code cell"),
    "an old notebook": ("adam.ipynb", b'{"worksheets": []}', 422, "nbformat 4"),
    "a file of 1 MB": ("adam.py", b"# data\n" * 150_000, 422, "at most"),
    "a file of 10 MB": ("adam.py", b"# data\n" * 1_500_000, 413, "too large"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_the_reason_and_the_way_back(windows: Windows, student, what):
    filename, data, status, reason = BAD[what]
    windows.expected = {status}
    page = windows.open(student, exercise("adam"))
    upload(page, filename, data)
    expect(page.locator("main")).to_contain_text(reason)
    page.locator("main a.button.primary").click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="All attempts")).to_have_count(0)  # it was no attempt


def test_an_empty_editor_is_not_handed_in(windows, student):
    windows.expected = {422}
    page = windows.open(student, exercise("adam"))
    write(page, "\n")
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.get_by_role("alert")).to_contain_text("empty")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.locator("[data-editor-status]")).to_contain_text("Not handed in")


def test_a_text_that_is_too_long_is_not_lost(windows, student):
    windows.expected = {413, 422}
    page = windows.open(student, exercise("adam"))
    write(page, "# data\n" * 20_000)
    expect(page.get_by_text("This text is too long to be saved")).to_be_visible()
    expect(page.locator("[data-editor-status]")).to_contain_text("A copy is kept in this browser.")
    page.get_by_role("button", name="Submit", exact=False).first.click()
    expect(page.get_by_role("alert").last).to_contain_text("at most")
    page.reload()
    page.get_by_role("button", name="Use the copy").click()
    expect(page.locator(".cm-line").first).to_have_text("# data")


def test_a_closed_exercise_says_so_and_run_still_works(windows, platform, student):
    slug = platform.closed_course(student)
    page = windows.open(student, exercise("adam", slug))
    expect(page.locator("#exception")).to_contain_text("For an extension, ask your instructors")
    expect(page.get_by_role("button", name="Submit", exact=False).first).to_be_disabled()
    write(page, "def adam(): ...")
    expect(page.locator(".check-dot[data-state=wrong]").first).to_be_visible()


def test_whoever_submits_as_it_closes_is_told_and_the_text_is_kept(windows, platform, student):
    windows.expected = {409}
    page = windows.open(student, exercise("adam", platform.closed_course(student)))
    write(page, "def adam(): ...  # just in time")
    expect(page.locator("[data-editor-status]")).to_contain_text("Saved")
    submit = page.get_by_role("button", name="Submit", exact=False).first
    submit.evaluate("button => button.disabled = false")  # the page is older than the deadline
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("This exercise is closed")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("# just in time")


def test_without_a_connection_nothing_is_handed_in_and_the_next_press_does(windows: Windows, student, solution_of):
    windows.expected = {NOBODY}
    page = windows.open(student, exercise("adam"))
    write(page, solution_of["adam"])
    expect(page.locator("[data-editor-status]")).to_contain_text("Saved")
    page.context.set_offline(True)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("[data-editor-status]")).to_contain_text("Not handed in: no connection")
    page.context.set_offline(False)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()


def test_the_verdict_has_its_address_and_back_leads_to_the_exercise(windows, student, solution_of):
    page = windows.open(student, exercise("adam"))
    write(page, solution_of["adam"])
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/submissions/\w{26}$"))
    expect(page).to_have_title(re.compile("^Attempt 1"))
    expect(page.locator("main")).to_be_focused()
    expect(page.locator("#live")).to_have_text(re.compile("^10 of 10"))
    page.reload()
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(exercise("adam")))
    expect(page.locator(".cm-content")).to_contain_text("def adam")
    page.go_forward()
    expect(page.locator("#verdict[data-outcome=right]")).to_be_visible()
