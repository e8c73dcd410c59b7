"""What the commands share: errors with an exit code, finding a course and an exercise, output."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from rich.progress import Progress

    from grader.course import Course, Exercise

PASSED, FAILED, WRONG_CALL, PLATFORM = 0, 1, 2, 3

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")


class Failure(click.ClickException):
    """An error in one line, with the exit code that it means."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.code = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the line and ends with the code."""
        super().show(file)
        sys.exit(self.code)


def course_of(context: click.Context) -> Course:
    """The course that `--course` names, or the default one."""
    from grader.course import load_course

    return load_course(context.find_root().obj)


def exercise_of(course: Course, name: str | None, file: Path) -> Exercise:
    """The exercise that is named, or that the file is plainly about: by its name, or by the functions it defines."""
    if name is not None:
        return course.exercise(name)
    if file.stem in course.exercises:
        return course.exercises[file.stem]
    defined = set(re.findall(r"^def (\w+)", read_bytes(file).decode("utf-8", "replace"), re.MULTILINE))
    fitting = [exercise for exercise in course.exercises.values() if defined.issuperset(exercise.functions)]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(exercise.name for exercise in fitting) or "none of the exercises' functions"
    raise Failure(f"which exercise is {file.name}? It defines {found}. Say it with --exercise NAME.", WRONG_CALL)


def read_bytes(file: Path) -> bytes:
    """The file's bytes; one more than is ever accepted at most, so that a huge file costs nothing."""
    try:
        with file.open("rb") as stream:
            return stream.read(20 * 2**20)
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}", WRONG_CALL) from error


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, allow_nan=False))


def finish(code: int) -> NoReturn:
    """Ends the command with this exit code."""
    sys.exit(code)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Any]:
    """Gives a function to call after each of `total` steps; a bar appears once it has taken more than a second.

    On a terminal only, and on standard error, so that it never mixes with a result.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar: Progress | None = None
    started, done = time.monotonic(), 0

    def advance(text: str = "") -> None:
        nonlocal bar, done
        done += 1
        if bar is None and console.is_terminal and time.monotonic() - started > 1 and done < total:
            bar = Progress(console=console, transient=True)
            bar.add_task(what, total=total)
            bar.start()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done, description=text or what)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()
