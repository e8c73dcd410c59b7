"""Scores from a CSV file: a preview, every bad line told, nothing half-imported."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import event, select

from webapp.audit import Change
from webapp.gradebook.imports import LARGEST, read_scores
from webapp.gradebook.sheet import Column

IMPORT = "/courses/small/gradebook/import"
EXAM = Column("exam", "Exam", "Exam", "score", Decimal(10), 1)
CNN = Column("cnn", "CNN interview", "CNN interview", "score", Decimal(10), 2)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(page)).split())


@pytest.fixture
def send(browser):
    """Uploads a file as tia; gives the answer."""
    tia = browser("tia")

    def post(text, name="scores.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        return tia.post(IMPORT, {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")

    post.browser = tia
    return post


@pytest.fixture
def confirm(send):
    """Confirms the preview that is in an answer."""

    def post(answer):
        page = answer.get_data(as_text=True)
        fields = {
            name: unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])
            for name in ("text", "name", "fingerprint")
        }
        return send.browser.post(f"{IMPORT}/confirmed", fields, content_type="multipart/form-data")

    return post


def brought(data, columns=(EXAM, CNN)):
    upload = read_scores(data if isinstance(data, bytes) else data.encode(), columns)
    assert not upload.faults, upload.faults
    return [(line.email, each.column.key, each.score, each.comment) for line in upload.lines for each in line.brought]


@pytest.mark.parametrize(
    "text",
    [
        "e-mail,Exam\nana@example.org,7.5\n",
        'Email address,exam\nANA@example.org,"7,5"\n',
        "Correo electrónico;EXAM\r\nana@example.org;7,5\r\n",
        "Dirección Email;EXAM\r\nana@example.org;7,5\r\n",
        "e-mail,Exam,CNN interview\nana@example.org,7.5,excused\nben@example.org,EX,\n",
        "Name\tE-mail\tExam\nAna\tana@example.org\t7,5\n",
        "\ufeffe-mail,Exam\n\nana@example.org,7.5\n",
        "Student,ID,SIS Login ID,Exam\n    Points Possible,,,10\nAna,,ana@example.org,7.5\n",
        "e-mail,Exam\nana@example.org,7.5".encode("utf-16"),
    ],
)
def test_the_usual_forms_of_a_file_are_understood(text):
    assert brought(text) == [("ana@example.org", "exam", Decimal("7.5"), None)]


def test_comments_come_with_their_scores_and_empty_cells_leave_what_is_there():
    text = "e-mail,Exam,Exam comment,CNN interview\nana@example.org,,Come and see me.,\nben@example.org,3,,\n"
    assert brought(text) == [
        ("ana@example.org", "exam", None, "Come and see me."),
        ("ben@example.org", "exam", Decimal(3), None),
    ]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "The file is empty"),
        ("name,Exam\nAna,7\n", 1, "There is no column e-mail (or correo); the first line names: 'name', 'Exam'."),
        ("e-mail,Labs\nana@example.org,7\n", 1, "No column is a score by hand. Name one of them: 'Exam', 'CNN interview'."),
        ("e-mail,Exam,exam\nana@example.org,7,8\n", 1, "'Exam' and 'exam' bring the same."),
        ("e-mail,Exam\nana@example.org,11\n", 2, "Exam: 11 is more than 10."),
        ("e-mail,Exam\nana@example.org,seven\n", 2, "Exam: “seven” is no number."),
        ("e-mail,Exam\nana@example.org,7,5\n", 2, "There are 3 values for 2 columns"),
        ("e-mail,Exam\n,7\n", 2, "The e-mail address is empty"),
        ("e-mail,Exam\nana@example.org,7\nANA@example.org,8\n", 3, "ana@example.org stands in line 2 already."),
        ('e-mail,Exam\n"ana@example.org,7\n', 2, "The quotes are not in order"),
        (b"PK\x03\x04", 1, "This is a spreadsheet, not a CSV file"),
        (b"x" * (LARGEST + 1), 1, "larger than 1 MiB"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text, line, told):
    upload = read_scores(text if isinstance(text, bytes) else text.encode(), (EXAM, CNN))
    assert [fault.line for fault in upload.faults] == [line]
    assert told in upload.faults[0].text


def test_other_columns_are_named_and_left_alone():
    upload = read_scores(b"name,e-mail,Exam,Labs\nAna,ana@example.org,7,9\n", (EXAM,))
    assert upload.notes == ("Not used: name, Labs. Only scores by hand are imported.",)


def test_a_file_is_shown_before_it_is_imported(send, confirm, stands, score_of, database, number_of):
    stands("ana", "exam", "6")
    stands("ben", "exam", "4")
    answer = send("name;e-mail;Exam\nAna;ana@example.org;7,5\nBen;ben@example.org;4,0\n")
    page = words(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert "1 score would change" in page
    assert "Ana Alonso Exam 6 7.5 as it is ana@example.org" in page
    assert "1 is the same already." in page
    assert score_of("ana", "exam") == (Decimal(6), "")
    assert confirm(answer).status_code == 303
    assert (score_of("ana", "exam"), score_of("ben", "exam")) == ((Decimal("7.5"), ""), (Decimal(4), ""))
    with database.reading() as session:
        change = session.scalars(select(Change)).one()
    assert (change.by_id, change.reason, change.before["score"]) == (number_of("tia"), "Imported from scores.csv", "6")


def test_bad_rows_are_all_told_and_nothing_is_imported(send, score_of):
    answer = send(
        "e-mail,Exam\nana@example.org,7\nnobody@example.org,5\nben@example.org,eleven\n"
        "sol@example.org,5\ntia@example.org,5\nana@example.org,8\n"
    )
    page = words(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Nothing is imported: 5 lines are not right" in page
    assert "3 No student of this course has the address nobody@example.org" in page
    assert "4 Exam: “eleven” is no number." in page
    assert "5 No student of this course has the address sol@example.org" in page
    assert "6 No student of this course has the address tia@example.org" in page
    assert "7 The address ana@example.org stands in line 2 already" in page
    assert 'name="fingerprint"' not in answer.get_data(as_text=True)
    assert score_of("ana", "exam") is None


def test_what_changed_since_the_preview_is_shown_first(send, confirm, browser, number_of, score_of):
    answer = send("e-mail,Exam\nana@example.org,7\n")
    ana = number_of("ana")
    browser("ines").post("/courses/small/gradebook/scores", {f"score.{ana}.exam": "9", f"was.{ana}.exam": ""})
    again = confirm(answer)
    assert again.status_code == 409
    assert "Look again: the gradebook has changed" in words(again.get_data(as_text=True))
    assert "Ana Alonso Exam 9 7 as it is ana@example.org" in words(again.get_data(as_text=True))
    assert score_of("ana", "exam") == (Decimal(9), "")
    assert confirm(again).status_code == 303
    assert score_of("ana", "exam") == (Decimal(7), "")


def test_a_confirmation_that_was_never_shown_is_shown(send, score_of):
    answer = send.browser.post(f"{IMPORT}/confirmed", {"text": "e-mail,Exam\nana@example.org,7\n", "fingerprint": "x"})
    assert answer.status_code == 409
    assert score_of("ana", "exam") is None


def test_a_file_that_changes_nothing_says_so(send, stands):
    stands("ana", "exam", "7")
    page = send("e-mail,Exam\nana@example.org,7.0\n").get_data(as_text=True)
    assert "Nothing would change" in page
    assert 'name="fingerprint"' not in page


def test_no_file_is_told(browser):
    answer = browser("tia").post(IMPORT, {}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "There is no file" in answer.get_data(as_text=True)


def test_a_student_imports_nothing(browser):
    for address in (IMPORT, f"{IMPORT}/confirmed"):
        assert browser("ana").post(address, {}).status_code == 403


def test_the_queries_of_a_preview_do_not_grow_with_the_file(send, enrol, database, app):
    def count(text):
        asked = []
        engine = app.extensions["chainrule"].database.engine
        note = lambda *call: asked.append(call[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        assert send(text).status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    enrol(30)
    few = count("e-mail,Exam\nana@example.org,7\n")
    many = "e-mail,Exam\n" + "".join(f"student{number}@example.org,7\n" for number in range(30))
    assert count(many) == few
