"""The command of an instructor: grade."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FAILED,
    PASSED,
    PLATFORM,
    WRONG_CALL,
    Failure,
    course_of,
    course_option,
    exercise_of,
    exercise_option,
    finish,
    json_option,
    notes_on_lines,
    print_json,
    progress_bar,
    read_bytes,
)

if TYPE_CHECKING:
    from grader.grading import Submission
    from grader.report import Report


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@exercise_option
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Draw these inputs again. Default: fresh ones.")
@click.option("--jobs", type=click.IntRange(min=1), help="Files graded side by side. Default: one a processor.")
@course_option
@json_option
@click.pass_context
def grade(
    context: click.Context, files: tuple[Path, ...], name: str | None, seed: int | None, jobs: int | None, as_json: bool
) -> None:
    """Grade Python files and notebooks by the hidden checks, in the sandbox.

    With several files, --json prints one report a line, each with its "file".

    Example: chainrule grade hand-ins/*.py --exercise adam --jobs 2
    """
    course = course_of(context)
    for file in files:
        if not file.exists():
            raise Failure(f"{file}: there is no such file; nothing was graded", WRONG_CALL)
    from grader.crew import cores, grade_all
    from grader.grading import Submission, fresh_seed

    read = [read_bytes(file) for file in files]
    submissions = [
        Submission(
            data,
            exercise_of(course, name, file, data),
            file.name,
            fresh_seed() if seed is None else seed,
        )
        for file, data in zip(files, read, strict=True)
    ]
    workers = min(jobs or cores(), len(files))
    worst = PASSED
    graded = grade_all(submissions, workers)
    with progress_bar("grading", len(files), quiet=as_json) as advance, contextlib.closing(graded):
        for place, report in graded:
            advance(f"graded {files[place].name}")
            _show(report, submissions[place], files[place], read[place], single=len(files) == 1, as_json=as_json)
            worst = max(worst, _code(report))
    finish(worst)


def _code(report: Report) -> int:
    return {"passed": PASSED, "platform_error": PLATFORM}.get(report.status, FAILED)


def _show(report: Report, submission: Submission, file: Path, data: bytes, *, single: bool, as_json: bool) -> None:
    if as_json:
        print_json(report.as_dict() if single else {"file": str(file), **report.as_dict()})
        return
    from grader.cli.render import show_line, show_report

    if single:
        show_report(report, submission.exercise.title, notes_on_lines(report, file, data))
    else:
        show_line(report, file)
