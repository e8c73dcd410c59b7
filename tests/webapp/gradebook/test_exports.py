"""The gradebook as a file."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from webapp.gradebook.exports import FORMATS, guarded, unguarded

EXPORT = "/courses/small/gradebook/export"


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture
def download(browser):
    """An export as tia gets it."""
    tia = browser("tia")

    def get(query):
        answer = tia.get(f"{EXPORT}?{query}")
        assert answer.status_code == 200
        return answer

    return get


def test_csv_has_everything_and_leaves_what_is_missing_empty(download, stands):
    stands("ana", "exam", "7.5")
    answer = download("format=csv")
    ana, ben = table(answer.data)
    assert ana == {
        "Name": "Ana Alonso", "E-mail": "ana@example.org", "Group": "A",
        "Labs, at least": "0", "Labs, at most": "10", "Exercises, at least": "0", "Exercises, at most": "10",
        "Scale": "", "Layer": "", "CNN interview": "", "Exam": "7.5",
        "Grade, at least": "1.9", "Grade, at most": "9.4", "Grade": "", "Mark": "fail to pass",
    }  # fmt: skip
    assert (ben["Exam"], ben["Grade"]) == ("", "")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=small-grades-20")


def test_a_workbook_holds_numbers_as_numbers_under_a_frozen_head(download, stands):
    stands("ana", "exam", "7.5")
    sheet = openpyxl.load_workbook(io.BytesIO(download("format=xlsx").data)).active
    head = [cell.value for cell in sheet[1]]
    ana = dict(zip(head, (cell.value for cell in sheet[2]), strict=True))
    assert (ana["Name"], ana["Exam"], ana["Grade, at least"], ana["CNN interview"]) == ("Ana Alonso", 7.5, 1.9, None)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:O3"
    assert sheet.max_row == 3


def test_moodle_gets_the_address_and_one_column_an_item(download, stands):
    stands("ana", "exam", "7.5")
    answer = download("format=moodle")
    ana, _ = table(answer.data)
    assert list(ana) == ["Email address", "Scale", "Layer", "CNN interview", "Exam", "Grade"]
    assert (ana["Email address"], ana["Exam"], ana["CNN interview"]) == ("ana@example.org", "7.5", "")
    assert "moodle.csv" in answer.headers["Content-Disposition"]


def test_canvas_gets_its_columns_and_the_points_possible(download, stands):
    stands("ana", "exam", "7.5")
    most, ana, _ = table(download("format=canvas").data)
    assert list(ana)[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert list(ana)[5:] == ["Scale", "Layer", "CNN interview", "Exam"]  # every other column would be an assignment
    assert (most["Student"].strip(), most["Scale"], most["Exam"]) == ("Points Possible", "4", "10")
    assert (ana["Student"], ana["SIS Login ID"], ana["Section"]) == ("Ana Alonso", "ana@example.org", "A")
    assert (ana["Exam"], ana["Scale"]) == ("7.5", "")


@pytest.mark.parametrize(
    ("hidden", "left"),
    [(["layer"], ["Scale", "CNN interview", "Exam"]), (["scale", "layer"], ["CNN interview", "Exam"])],
)
def test_what_is_hidden_is_in_no_export(download, hide, hidden, left):
    hide(*hidden)
    _, ana, _ = table(download("format=canvas").data)
    assert [name for name in ana if name in ("Scale", "Layer", "CNN interview", "Exam")] == left
    assert "EX" not in ana.values()
    (ana, _) = table(download("format=csv").data)
    assert "Layer" not in ana
    assert "excused" not in ana.values()


def test_only_the_csv_for_spreadsheets_begins_with_their_mark(download):
    begins = {name: download(f"format={name}").data[:3] == b"\xef\xbb\xbf" for name in ("csv", "moodle", "canvas")}
    assert begins == {"csv": True, "moodle": False, "canvas": False}


@pytest.mark.parametrize("name", FORMATS)
def test_a_group_is_exported_alone(download, name):
    data = download(f"format={name}&group=B").data
    if name != "xlsx":
        assert b"ben@example.org" in data
        assert b"ana@example.org" not in data
    else:
        assert openpyxl.load_workbook(io.BytesIO(data)).active.max_row == 2


EVIL = '=HYPERLINK("http://example.org")'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_compute_is_guarded_and_can_be_read_back(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["Ana", "'Anna", "O'Neil", "", "7.5"])
def test_other_text_is_left_alone(text):
    assert guarded(text) == text
    assert unguarded(text) == text


def test_no_name_becomes_a_formula(download, enrol):
    enrol(names=(EVIL,), group="@group")
    for name, student in (("csv", "Name"), ("canvas", "Student")):
        row = next(row for row in table(download(f"format={name}").data) if "HYPERLINK" in (row[student] or ""))
        assert row[student] == f"'{EVIL}"
        assert row["Group" if name == "csv" else "Section"] == "'@group"
    sheet = openpyxl.load_workbook(io.BytesIO(download("format=xlsx").data)).active
    cell = next(cell for cell in sheet["A"] if "HYPERLINK" in str(cell.value))
    assert (cell.value, cell.data_type) == (EVIL, "s")


@pytest.mark.parametrize("name", ["csv", "moodle", "canvas"])
def test_our_own_export_can_be_imported_again(name, download, browser, stands, excuse):
    stands("ana", "exam", "7.5", "Fine.")
    excuse("ben", "exam")
    stands("ben", "cnn", "6")
    excuse("ben", "cnn")
    data = download(f"format={name}").data
    assert (b"excused" in data, b"EX" in data) == (name == "csv", name == "canvas")
    answer = browser("tia").post(
        "/courses/small/gradebook/import", {"file": (io.BytesIO(data), "a.csv")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 200
    assert "Nothing would change" in answer.get_data(as_text=True)


def test_a_format_that_there_is_not_is_told(browser):
    answer = browser("tia").get(f"{EXPORT}?format=pdf")
    assert answer.status_code == 422
    assert "csv, xlsx, moodle, canvas" in answer.get_data(as_text=True)
