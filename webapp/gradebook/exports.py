"""The gradebook as a file: CSV, XLSX, and the CSV forms that Moodle's and Canvas's gradebooks import.

What is not settled is left empty, never a zero: a component above leaves has its range in two columns, and so has the
grade. The forms for Moodle and Canvas have the leaves; both compute totals of their own from them. Moodle lets people
choose where a column goes, so the grade is there, too. Canvas makes an assignment of every column that it does not know,
so there it is left out.

A name or an address that a spreadsheet would take for a formula gets an apostrophe before it in CSV, which is the
spreadsheets' own sign for text; XLSX says of each cell what it is.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from webapp.gradebook.sheet import Cell, Column, Row, Sheet, points_text

DECIMALS: Final = 4
"""Of components; the grade has those of the course's scale."""

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL: Final = ("\t", "\r", "\n")

Value = str | Fraction | None
"""What stands in a cell of a file; None leaves it empty."""


@dataclass(frozen=True)
class Format:
    """A kind of file."""

    title: str
    suffix: str
    mimetype: str
    write: Callable[[Sheet], bytes]


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if _is_risky(text) else text


def unguarded(text: str) -> str:
    """The text that was guarded, or text as it is."""
    text = text.strip()
    return text[1:] if text.startswith("'") and _is_risky(text[1:]) else text


def _is_risky(text: str) -> bool:
    return text.startswith(_CONTROL) or text.lstrip().startswith(_FORMULA)


def write_csv(sheet: Sheet) -> bytes:
    """One row a student, with everything; commas, decimal points, and UTF-8 with the mark by which Excel knows it."""
    return codecs.BOM_UTF8 + _csv([_head(sheet), *_body(sheet)])


def write_xlsx(sheet: Sheet) -> bytes:
    """The same as a workbook: numbers are numbers, the head and the names stay in sight."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        grades = book.add_worksheet("Grades")
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        number = book.add_format({"num_format": "0.00"})
        final = book.add_format({"num_format": "0." + "0" * sheet.scale.decimals if sheet.scale.decimals else "0"})
        head = _head(sheet)
        for at, text in enumerate(head):
            grades.write_string(0, at, text, bold)
        first_final = len(head) - 1 - len(_grade_head(sheet))
        rows = 0
        for rows, values in enumerate(_body(sheet), start=1):
            for at, value in enumerate(values):
                if isinstance(value, str):
                    grades.write_string(rows, at, value)
                elif value is not None:
                    grades.write_number(rows, at, float(value), final if at >= first_final else number)
        grades.freeze_panes(1, 1)
        grades.autofilter(0, 0, rows, len(head) - 1)
        grades.set_column(0, 1, 28)
        grades.set_column(2, len(head) - 1, 12)
    return stream.getvalue()


def write_moodle(sheet: Sheet) -> bytes:
    """Students by "Email address", and one column an item; an excused item is left empty, Moodle has no word for it."""
    items = _leaves(sheet)
    lines: list[list[Value]] = [["Email address", *(item.heading for item in items), sheet.title]]
    for row in sheet.rows:
        lines.append([row.email, *(sheet.cell(row, item).value for item in items), _grade(row)])
    return _csv(lines)


def write_canvas(sheet: Sheet) -> bytes:
    """Students by "SIS Login ID", which is the e-mail address, and one column an assignment; "EX" is excused."""
    items = _leaves(sheet)
    people: list[Value] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    most: list[Value] = [Fraction(item.most) for item in items]
    lines: list[list[Value]] = [
        [*people, *(item.heading for item in items)],
        ["    Points Possible", None, None, None, None, *most],
    ]
    for row in sheet.rows:
        scores = (_or_word(sheet.cell(row, item), "EX") for item in items)
        lines.append([row.name, None, None, row.email, row.group, *scores])
    return _csv(lines)


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format("CSV", "csv", "text/csv; charset=utf-8", write_csv),
    "xlsx": Format(
        "Excel (XLSX)", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx
    ),
    "moodle": Format("CSV for Moodle", "csv", "text/csv; charset=utf-8", write_moodle),
    "canvas": Format("CSV for Canvas", "csv", "text/csv; charset=utf-8", write_canvas),
}


def file_name(slug: str, format: str, moment: datetime) -> str:
    """The name of an export: the course, the day, and for whom it is made."""
    made_for = f"-{format}" if format in ("moodle", "canvas") else ""
    return f"{slug}-grades-{moment:%Y-%m-%d}{made_for}.{FORMATS[format].suffix}"


def document_of(sheet: Sheet) -> dict[str, Any]:
    """The gradebook as a JSON document; a component that does not count for a student is null."""
    return {
        "title": sheet.title,
        "scale": points_text(sheet.scale.top),
        "components": [
            {"key": each.key, "title": each.title, "kind": each.kind, "max": points_text(each.most)}
            for each in sheet.columns
        ],
        "students": [
            {
                "name": row.name,
                "email": row.email,
                "group": row.group,
                "components": {each.key: _cell_document(sheet.cell(row, each)) for each in sheet.columns},
                "grade": _grade_document(sheet, row),
            }
            for row in sheet.rows
        ],
    }


def _cell_document(cell: Cell) -> dict[str, Any] | None:
    if cell.low is None or cell.high is None:
        return None
    return {"state": cell.state, "low": points_text(cell.low, DECIMALS), "high": points_text(cell.high, DECIMALS)}


def _grade_document(sheet: Sheet, row: Row) -> dict[str, Any] | None:
    low, high = row.low, row.high
    if low is None or high is None:
        return None
    places = sheet.scale.decimals
    return {"low": f"{low:.{places}f}", "high": f"{high:.{places}f}", "mark": sheet.mark_text(row)}


def _leaves(sheet: Sheet) -> list[Column]:
    return [column for column in sheet.columns if column.is_leaf]


def _head(sheet: Sheet) -> list[str]:
    head = ["Name", "E-mail", "Group"]
    for column in sheet.columns:
        head += [column.heading] if column.is_leaf else _range_head(column.heading)
    return [*head, *_grade_head(sheet), "Mark"]


def _grade_head(sheet: Sheet) -> list[str]:
    return [*_range_head(sheet.title), sheet.title]


def _range_head(title: str) -> list[str]:
    return [f"{title}, at least", f"{title}, at most"]


def _body(sheet: Sheet) -> Iterator[list[Value]]:
    for row in sheet.rows:
        line: list[Value] = [row.name, row.email, row.group]
        for column in sheet.columns:
            cell = sheet.cell(row, column)
            line += [_or_word(cell, "excused")] if column.is_leaf else [cell.low, cell.high]
        low, high = row.low, row.high
        bounds = [None if each is None else Fraction(each) for each in (low, high)]
        yield [*line, *bounds, _grade(row), sheet.mark_text(row)]


def _or_word(cell: Cell, excused: str) -> Value:
    return excused if cell.state == "excused" else cell.value


def _grade(row: Row) -> Fraction | None:
    low, high = row.low, row.high
    return Fraction(low) if low is not None and low == high else None


def _csv(lines: Iterable[Iterable[Value]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([_csv_cell(value) for value in line] for line in lines)
    return stream.getvalue().encode()


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else points_text(value, DECIMALS)
