"""The operator's commands about grades: gradebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import WRONG_CALL, Failure, json_option, print_json
from webapp.commands.people import course_named, opened

if TYPE_CHECKING:
    from webapp.database import Database
    from webapp.gradebook.sheet import Sheet

FORMATS = ("csv", "xlsx", "moodle", "canvas")


@click.group()
def gradebook() -> None:
    """The grades of a class."""


@gradebook.command("export")
@click.option("--course", "slug", metavar="SLUG", required=True, help="The course; `chainrule course list` shows them.")
@click.option(
    "--format",
    "name",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="moodle and canvas are the CSV files that their gradebooks import.",
)
@click.option("--group", default="", metavar="GROUP", help="Only the students of this group.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file. Default: standard output.")
@json_option
def export(slug: str, name: str, group: str, output: Path | None, as_json: bool) -> None:
    """Write the grades of a class: every component, missing as missing, the grade or its range.

    With --json the same is one JSON document on standard output; the file is written only where --output names one.

    Example: chainrule gradebook export --course dl-2026 --format xlsx --output grades.xlsx
    """
    with opened() as (_, database):
        sheet = _sheet(database, slug, group)
    if output is not None or not as_json:
        _write(sheet, name, output)
    if as_json:
        from webapp.gradebook.exports import document_of

        print_json({"course": slug, "output": str(output) if output else None, **document_of(sheet)})
    elif output is not None:
        click.echo(f"{output} has the grades of {len(sheet.rows)} students.", err=True)


def _sheet(database: Database, slug: str, group: str) -> Sheet:
    from webapp.courses.content import Library
    from webapp.courses.setup import plan_of
    from webapp.database import now
    from webapp.gradebook.sheet import sheet_of

    with database.reading() as session:
        course = course_named(session, slug)
        plan = plan_of(session, course, Library().content(course.path))
    sheet = sheet_of(database, course, plan, now(), group)
    if group and not sheet.rows:
        known = ", ".join(sorted({row.group for row in sheet_of(database, course, plan, now()).rows if row.group}))
        raise Failure(f"no student is in a group {group!r}. The groups are: {known or 'none'}.", WRONG_CALL)
    return sheet


def _write(sheet: Sheet, name: str, output: Path | None) -> None:
    from webapp.gradebook.exports import FORMATS as WRITERS

    if output is None and name == "xlsx" and sys.stdout.isatty():
        raise Failure("a workbook is nothing to read on a terminal. Name a file with --output FILE.", WRONG_CALL)
    data = WRITERS[name].write(sheet)
    try:
        if output is None:
            click.echo(data, nl=False)
        else:
            output.write_bytes(data)
    except OSError as error:
        raise Failure(f"{output or 'standard output'}: {error.strerror or error}", WRONG_CALL) from error
