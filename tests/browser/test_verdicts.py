"""The pages of a submission: where it went wrong, what it cost, the receipt."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.stage import copied, exercise, write

HEAD = "def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\n"


def submit(page: Page, source: str, outcome: str) -> None:
    """Hands in what is pasted into the editor of Adam, and waits for the verdict."""
    page.goto(exercise("adam"))
    write(page, source)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator(f"#verdict[data-outcome={outcome}]")).to_be_visible()


def test_a_submission_that_raises_shows_the_students_own_line(windows, student):
    page = windows.open(student)
    submit(page, HEAD + "    step = len(state)\n    return w / step.size, {}\n", "wrong")
    expect(page.locator(".verdict-headline")).to_contain_text("AttributeError")
    expect(
        page.locator(".check .trace, .check-trace, .check").filter(has_text="return w / step.size").first
    ).to_be_visible()
    marked = page.locator(".source-line[data-marked]")
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-line", "3")
    expect(page.locator(".source-note").first).to_contain_text("AttributeError")


def test_an_endless_loop_gets_the_verdict_of_the_clock(windows, student):
    page = windows.open(student)
    submit(page, HEAD + "    while True:\n        pass\n", "wrong")
    expect(page.locator(".verdict-headline")).to_have_text("Your code ran out of time.")


def test_a_syntax_error_names_the_line(windows, student):
    page = windows.open(student)
    submit(page, HEAD + "    return (w\n", "wrong")
    expect(page.locator(".verdict-headline")).to_have_text("This file cannot be graded as it is.")
    expect(page.locator(".source-line[data-marked]")).to_have_attribute("data-line", "2")


def test_the_editor_marks_the_line_that_raised_in_a_run(windows, student):
    page = windows.open(student, exercise("adam"))
    write(page, HEAD + "    raise ValueError('not yet')\n")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()


def test_a_copied_receipt_is_verified_and_a_changed_one_is_not(windows, student, solution_of):
    page = windows.open(student)
    submit(page, solution_of["adam"], "right")
    receipt = copied(page, page.locator("[data-copy='#receipt']"))
    page.goto("/receipts")
    page.get_by_label("The receipt").fill(receipt)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("This receipt is ours")).to_be_visible()
    expect(page.locator("main")).to_contain_text(student.email)
    page.get_by_label("The receipt").fill(receipt[:20] + ("a" if receipt[20] != "a" else "b") + receipt[21:])
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("This is no receipt of ours")).to_be_visible()


def test_the_reproducer_is_copied(windows, student):
    page = windows.open(student)
    submit(page, HEAD + "    return w, {}\n", "wrong")
    assert "import numpy as np" in copied(page, page.locator(".check [data-copy]").first)


def test_whoever_waits_is_told_the_place_and_may_leave(windows, platform, student):
    page = windows.open(student, f"/submissions/{platform.waiting(student, HEAD)}")
    expect(page.locator(".verdict-headline")).to_contain_text("in the queue")
    expect(page.locator(".verdict-hint").first).to_contain_text("You may close this page")
    page.get_by_role("link", name="Back to the exercise").click()
    expect(page.get_by_role("heading", name="Adam", level=1)).to_be_visible()


def test_the_attempts_say_what_each_one_changed(windows, student, solution_of):
    page = windows.open(student)
    submit(page, HEAD + "    return w, {}\n", "wrong")
    submit(page, solution_of["adam"], "right")
    page.get_by_role("link", name="All attempts").click()
    rows = page.locator("table.attempts tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("fixed")
    expect(rows.first).to_contain_text("10 of 10")


def test_nobody_sees_the_submission_of_another_student(windows, platform, student):
    windows.expected = {404}
    address = f"/submissions/{platform.waiting(student, HEAD)}"
    page = windows.open(platform.person(), address)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such submission")
    page.get_by_role("link", name="To my courses").click()
    expect(page.get_by_role("heading", name="Deep Learning", level=1)).to_be_visible()
