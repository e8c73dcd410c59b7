"""The page that reads receipts."""

from webapp.submissions.models import Submission
from webapp.submissions.receipts import Receipt, sign


def receipt_of(database, path):
    with database.reading() as session:
        return session.get(Submission, path.rsplit("/")[-1])


def page_of(browser, name, receipt):
    answer = browser(name).post("/receipts", {"receipt": receipt})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_it_says_what_a_receipt_is(browser):
    answer = browser(None).get("/receipts")
    assert "What a receipt is" in answer.get_data(as_text=True)


def test_a_receipt_of_ours_is_known_and_read(browser, submit_as, database):
    submission = receipt_of(database, submit_as("ana"))
    page = page_of(browser, "ana", submission.receipt)
    assert "This receipt is ours" in page
    for words in ("ana@example.org", "small", "scale", submission.digest, submission.id):
        assert words in page


def test_it_may_have_been_broken_into_lines(browser, submit_as, database):
    receipt = receipt_of(database, submit_as("ana")).receipt
    assert "This receipt is ours" in page_of(browser, None, f"  {receipt[:30]}\r\n{receipt[30:]} ")


def test_the_address_is_for_that_person_and_the_courses_staff(browser, submit_as, database):
    receipt = receipt_of(database, submit_as("ana")).receipt
    for name in ("ana", "tia"):
        assert "ana@example.org" in page_of(browser, name, receipt)
    for name in ("ben", None):
        page = page_of(browser, name, receipt)
        assert "ana@example.org" not in page
        assert "a…@example.org" in page


def test_what_was_changed_or_signed_elsewhere_is_not_ours(browser, submit_as, database):
    receipt = receipt_of(database, submit_as("ana")).receipt
    forged = sign(Receipt("x", "ana@example.org", "small", "scale", "0" * 64, "2026-01-01"), "another secret" * 4)
    for text in (receipt[:-2], "A" + receipt, forged, "<script>", "é\0"):
        page = page_of(browser, None, text)
        assert "This is no receipt of ours" in page
        assert "<script>alert" not in page
