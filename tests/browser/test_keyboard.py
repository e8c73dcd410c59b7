"""Everything a student does can be done without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import PASSWORD, exercise


def tab_to(page: Page, wanted: Locator, most: int = 40) -> None:
    """Presses Tab until that has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element.getRootNode().activeElement === element"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {wanted}")


def test_from_signing_in_to_the_verdict_by_keys_alone(windows, student):
    page = windows.open(address="/")
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type(student.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deep Learning", level=1)).to_be_visible()

    page.keyboard.press("/")
    expect(page.get_by_label("Find an exercise")).to_be_focused()
    page.keyboard.type("bias correction")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()

    editor = page.locator(".cm-content")
    expect(editor).to_be_visible()
    tab_to(page, editor)
    page.keyboard.press("Control+a")
    page.keyboard.type("def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\nreturn w - lr * dw, {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#run-results")).to_contain_text("1 of 3 public checks passes.")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#verdict[data-outcome=wrong]")).to_be_visible()

    tab_to(page, page.get_by_role("link", name="Continue in the editor"))
    page.keyboard.press("Enter")
    expect(editor).to_contain_text("return w - lr * dw")


def test_tab_indents_and_after_escape_it_leaves_the_editor(windows, student):
    page = windows.open(student, exercise("adam"))
    editor = page.locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("x = 1")
    page.keyboard.press("Tab")
    expect(editor).to_be_focused()
    expect(editor.locator(".cm-line").first).to_have_text("    x = 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()
    expect(page.locator("#checks")).to_be_focused()


def test_enter_in_a_function_indents_and_backspace_goes_one_level_back(windows, student):
    page = windows.open(student, exercise("adam"))
    lines = page.locator(".cm-line")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("def f(x):\nif x:\nreturn 1")
    expect(lines).to_have_text(["def f(x):", "    if x:", "        return 1"])
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.type("return 2")
    expect(lines.last).to_have_text(re.compile(r"^ {0,4}return 2$"))


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(windows, student):
    page = windows.open(student, "/")
    keys = page.get_by_role("dialog", name="Keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_keys_that_are_typed_into_the_editor_are_text(windows, student):
    page = windows.open(student, exercise("adam"))
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("# a / b ?")
    expect(page.locator(".cm-line").first).to_have_text("# a / b ?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_slash_on_an_exercise_leads_to_the_search_on_the_course_page(windows, student):
    page = windows.open(student, exercise("adam"))
    page.keyboard.press("/")
    expect(page.get_by_label("Find an exercise")).to_be_focused()


def test_the_first_tab_skips_to_the_content(windows, student):
    page = windows.open(student, "/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_names_of_numpy_are_completed(windows, student):
    page = windows.open(student, exercise("adam"))
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("np.logadd")
    expect(page.get_by_role("option", name="logaddexp", exact=True)).to_be_visible()
    page.wait_for_timeout(200)  # what has only just appeared is not taken: the key may have been meant for the text
    page.keyboard.press("Tab")
    expect(page.locator(".cm-line").first).to_have_text(re.compile(r"^np\.logaddexp"))
