"""The gradebook in a real browser: scores typed and pasted as in a spreadsheet, a CSV file with bad rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import window
from tests.webapp.conftest import sign_in

# What a browser shows does not depend on the database.
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PASTE = """([input, text]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A window in which tia is signed in."""
    with window(chromium, address, "status of (400|409|422)") as opened:
        sign_in(opened, "tia")
        yield opened


def cell(page: Page, name: str, component: str = "Exam") -> Locator:
    return page.get_by_label(f"{name}, {component}", exact=True)


def paste(page: Page, into, text: str) -> None:
    into.focus()
    page.evaluate(PASTE, [into.element_handle(), text])


def test_a_column_pasted_from_a_spreadsheet_is_saved(page: Page, score_of):
    page.goto("/courses/small/gradebook/scores?component=exam")
    paste(page, cell(page, "Ana Alonso"), "7,5\tWell argued.\r\n11\t\r\n")
    expect(cell(page, "Ana Alonso")).to_have_value("7,5")
    expect(page.get_by_label("Ana Alonso, comment to the student")).to_have_value("Well argued.")
    expect(page.get_by_text("11 is more than 10.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(cell(page, "Ben Blanco")).to_be_focused()
    assert score_of("ana", "exam") is None
    page.keyboard.type("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 scores are saved.")).to_be_visible()
    assert score_of("ana", "exam") == (Decimal("7.5"), "Well argued.")
    assert score_of("ben", "exam") == (Decimal(9), "")


def test_a_block_fills_rows_and_columns_and_says_what_did_not_fit(page: Page):
    page.goto("/courses/small/gradebook/scores")
    paste(page, cell(page, "Ana Alonso", "CNN interview"), '1\t2\n3\t"4"\n5\t6\n')
    for name, values in (("Ana Alonso", "12"), ("Ben Blanco", "34")):
        for component, value in zip(("CNN interview", "Exam"), values, strict=True):
            expect(cell(page, name, component)).to_have_value(value)
    told = page.locator("[data-score-status]")  # not the live region, which says the same
    expect(told).to_contain_text("4 cells pasted; 2 values beyond the table left out.")
    page.get_by_role("button", name="Undo all").click()
    expect(cell(page, "Ana Alonso")).to_have_value("")


def test_the_keys_are_those_of_a_spreadsheet(page: Page, stands):
    stands("ana", "exam", "6")
    page.goto("/courses/small/gradebook/scores")
    cell(page, "Ana Alonso").click()
    page.keyboard.type("8")
    expect(cell(page, "Ana Alonso")).to_have_value("8")
    page.keyboard.press("Enter")
    expect(cell(page, "Ben Blanco")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, "Ben Blanco", "CNN interview")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(cell(page, "Ana Alonso")).to_be_focused()
    page.keyboard.press("Delete")
    expect(cell(page, "Ana Alonso")).to_have_value("")
    page.keyboard.press("Escape")
    expect(cell(page, "Ana Alonso")).to_have_value("8")
    page.keyboard.press("F2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("1,")
    expect(cell(page, "Ana Alonso")).to_have_value("1,8")


def test_what_somebody_else_entered_meanwhile_is_told(page: Page, browser, number_of, score_of):
    page.goto("/courses/small/gradebook/scores")
    ana = number_of("ana")
    browser("ines").post("/courses/small/gradebook/scores", {f"score.{ana}.exam": "6", f"was.{ana}.exam": ""})
    cell(page, "Ana Alonso").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else has set it to 6 meanwhile.").first).to_be_visible()
    assert score_of("ana", "exam") == (Decimal(6), "")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 score is saved.")).to_be_visible()
    assert score_of("ana", "exam") == (Decimal(9), "")


def test_scores_that_could_not_be_saved_are_offered_again_until_they_are(page: Page, stands, score_of):
    page.goto("/courses/small/gradebook/scores?component=exam")
    cell(page, "Ana Alonso").fill("7,5")
    page.get_by_label("Ana Alonso, comment to the student").fill("Well argued.")
    cell(page, "Ben Blanco").fill("9")
    page.evaluate("document.querySelector('[data-score-form] [name=csrf_token]').value = 'of another session'")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This form has expired")).to_be_visible()
    stands("ben", "exam", "6")
    page.get_by_role("link", name="Back to the page before").click()
    expect(page.get_by_text("This browser keeps 3 cells")).to_be_visible()
    expect(cell(page, "Ana Alonso")).to_have_value("")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Put into the table").click()
    expect(cell(page, "Ana Alonso")).to_have_value("7,5")
    expect(page.get_by_text("Somebody has set it to 6 meanwhile.")).to_be_visible()
    expect(page.locator("[data-score-status]")).to_contain_text("3 changes, not saved yet")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 scores are saved.")).to_be_visible()
    assert score_of("ana", "exam") == (Decimal("7.5"), "Well argued.")
    expect(page).to_have_url(re.compile(r"^[^#]+$"))  # once the page's script has run
    assert not page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':scores:')).length")
    page.reload()
    expect(page.locator(".notice", has_text="This browser keeps")).to_have_count(0)


def test_kept_scores_stay_until_they_are_taken_or_discarded(page: Page, score_of):
    page.goto("/courses/small/gradebook/scores?component=exam")
    page.once("dialog", lambda dialog: dialog.accept())
    cell(page, "Ana Alonso").fill("7,5")
    page.goto("/courses/small/gradebook/scores?component=exam&find=ben")
    expect(page.get_by_text("They stand beside students who are not on this page.")).to_be_visible()
    cell(page, "Ben Blanco").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 score is saved.")).to_be_visible()
    page.goto("/courses/small/gradebook/scores?component=exam")
    expect(page.get_by_text("This browser keeps 1 cell,")).to_be_visible()
    page.get_by_role("button", name="Discard what is kept").click()
    page.reload()
    expect(page.locator(".notice", has_text="This browser keeps")).to_have_count(0)
    assert score_of("ana", "exam") is None
    page.goto("/courses/small/gradebook/scores")
    expect(page.locator(".notice", has_text="This browser keeps")).to_have_count(0)


def test_a_file_with_bad_rows_is_told_row_by_row_then_mended_and_imported(page: Page, score_of):
    page.goto("/courses/small/gradebook/import")

    def choose(text: str) -> None:
        file = {"name": "exam.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Show what would change").click()

    choose("e-mail;Exam\nana@example.org;7,5\nnobody@example.org;5\nben@example.org;eleven\n")
    expect(page.get_by_text("Nothing is imported: 2 lines are not right")).to_be_visible()
    expect(page.get_by_role("row", name="3 No student of this course has the address")).to_be_visible()
    expect(page.get_by_role("row", name="4 Exam: “eleven” is no number.")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert score_of("ana", "exam") is None
    choose("e-mail;Exam\nana@example.org;7,5\nben@example.org;8\n")
    page.get_by_role("button", name="Import 2 scores").click()
    expect(page.get_by_text("2 scores are imported.")).to_be_visible()
    expect(page.get_by_role("row", name="Ana Alonso").get_by_role("link", name="7.5")).to_be_visible()
    assert score_of("ben", "exam") == (Decimal(8), "")


@pytest.mark.parametrize("path", ["", "/scores", "/scores?component=exam", "/import"])
def test_nothing_is_hidden_from_those_who_hear_the_page(page: Page, stands, path):
    stands("ana", "exam", "6", "Fine.")
    page.goto(f"/courses/small/gradebook{path}")
    assert Axe().run(page).response["violations"] == []
