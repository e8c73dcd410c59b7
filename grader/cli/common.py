"""What the commands share: errors with an exit code, finding a course and an exercise, output."""

from __future__ import annotations

import os
import re
import stat
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from grader.course import Course, Exercise
    from grader.report import Report

PASSED, FAILED, WRONG_CALL, PLATFORM = 0, 1, 2, 3
INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""
BAR_AFTER_S = 1.0

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")


def clean(text: str) -> str:
    """Text without control characters and direction marks, which a student's strings or a server's may hold."""
    return "".join(
        character if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co") else "�"
        for character in text
    )


class Failure(click.ClickException):
    """An error in one line, with the exit code that it means."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(clean(message))  # it may hold a file's name
        self.code = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the line and ends with the code."""
        super().show(file)
        sys.exit(self.code)


def course_of(context: click.Context) -> Course:
    """The course that `--course` names, before or after the command, or the default one."""
    from grader.course import load_course

    root = context.find_root()
    return load_course(root.obj or root.params.get("course"))  # a shell that completes has run no callback of ours


def _choose_course(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    if path is not None:
        context.find_root().obj = path


course_option = click.option(
    "--course",
    type=click.Path(path_type=Path, file_okay=False),
    expose_value=False,
    callback=_choose_course,
    help="The course's folder; may stand before the command as well.",
)


def exercise_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The exercises whose names begin so, for a shell that completes."""
    from grader.course import CourseError

    try:
        return [name for name in course_of(context).exercises if name.startswith(incomplete)]
    except CourseError:
        return []  # there is no place for an error on a line that is being typed; the command itself will tell it


def exercise_of(course: Course, name: str | None, file: Path, data: bytes) -> Exercise:
    """The exercise that is named, or that the file is plainly about: by its name, or by the functions it defines.

    `data` is what the file holds.
    """
    if name is not None:
        return course.exercise(name)
    if file.stem in course.exercises:
        return course.exercises[file.stem]
    from grader.notebooks import read_submitted
    from grader.source import UnreadableSource

    try:
        source = read_submitted(data, file.name)
    except UnreadableSource as error:
        raise Failure(f"{file}: {error}", WRONG_CALL) from error
    defined = set(re.findall(r"^def (\w+)", source, re.MULTILINE))
    fitting = [exercise for exercise in course.exercises.values() if defined.issuperset(exercise.functions)]
    if len(fitting) == 1:
        return fitting[0]
    found = ", ".join(exercise.name for exercise in fitting) or "none of the exercises' functions"
    raise Failure(f"which exercise is {file.name}? It defines {found}. Say it with --exercise NAME.", WRONG_CALL)


exercise_option = click.option(
    "-e",
    "--exercise",
    "name",
    metavar="NAME",
    shell_complete=exercise_names,
    help="Default: told from the file's name or its functions.",
)


def read_bytes(file: Path) -> bytes:
    """The file's bytes; no more than `MOST_READ`, so that a huge file costs nothing."""
    from grader.source import MOST_READ

    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe would wait for ever
            raise Failure(f"{file} is a folder, a pipe or a device; name a file", WRONG_CALL)
        with file.open("rb") as stream:
            return stream.read(MOST_READ)
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}", WRONG_CALL) from error


def notes_on_lines(report: Report, file: Path, data: bytes) -> list[str]:
    """Of a notebook, in which cells the lines are that the report names; none where it could not be read."""
    from grader.notebooks import is_notebook, where_lines_are
    from grader.source import UnreadableSource

    try:
        return where_lines_are(report, data) if is_notebook(file.name) else []
    except UnreadableSource:
        return []  # which the report says


def as_argument(file: Path) -> str:
    """A file's name as one types it behind a command: quoted for the system's shell, and never taken for an option."""
    import shlex
    import subprocess

    name = f".{os.sep}{file}" if str(file).startswith("-") else str(file)
    return subprocess.list2cmdline([name]) if sys.platform == "win32" else shlex.quote(name)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    import json

    click.echo(json.dumps(document, allow_nan=False))


def finish(code: int) -> NoReturn:
    """Ends the command with this exit code."""
    sys.exit(code)


@contextmanager
def progress_bar(what: str, total: int | None, *, quiet: bool = False) -> Iterator[Callable[..., None]]:
    """Gives a function to call after each of `total` steps; a bar appears once they have taken more than a second.

    On a terminal only, and on standard error, so that it never mixes with a result. With the last step it is gone again;
    where `total` is None nobody knows which one that is. `quiet` never shows it.
    """
    bar = _Bar(what, total)
    timer = threading.Timer(BAR_AFTER_S, bar.show)  # a single step may take longer than that
    timer.daemon = True
    if sys.stderr is not None and sys.stderr.isatty() and not quiet:
        timer.start()
    try:
        yield bar.advance
    finally:
        timer.cancel()
        bar.close()


class _Bar:
    """A progress bar that is shown by a timer's thread, and moved and taken away by the one that works."""

    def __init__(self, what: str, total: int | None) -> None:
        self._text, self._total, self._done = what, total, 0
        self._lock = threading.Lock()
        self._shown: Progress | None = None

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(spinner_for(console)), text, BarColumn(), TimeElapsedColumn())
        # A result that goes into a file or a pipe must not be redirected to the terminal.
        redirected = sys.stdout is not None and sys.stdout.isatty()
        bar = Progress(*columns, console=console, transient=True, redirect_stdout=redirected)
        with self._lock:
            if self._done != self._total:
                bar.add_task(clean(self._text), total=self._total if self._total != 1 else None, completed=self._done)
                bar.start()
                self._shown = bar

    def advance(self, text: str = "") -> None:
        with self._lock:
            self._done, self._text = self._done + 1, text or self._text
            if self._shown is not None:
                self._shown.update(self._shown.task_ids[0], completed=self._done, description=clean(self._text))
        if self._done == self._total:
            self.close()

    def close(self) -> None:
        with self._lock:
            self._total = self._done  # nothing is shown any more
            if self._shown is not None:
                self._shown.stop()
                self._shown = None


def spinner_for(console: Console) -> str:
    """The spinner, by rich's name for it, that this output can show."""
    return "dots" if console.encoding.startswith("utf") else "line"
