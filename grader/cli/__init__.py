"""The command line, `chainrule`: exit 0 all passed, 1 something failed, 2 the call or the input is wrong, 3 we failed.

Modules here import click at most; NumPy, rich and the engine are imported by the commands that need them, so that help
and completion answer at once.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from grader import __version__
from grader.cli.author import exercise
from grader.cli.common import INTERRUPTED, PLATFORM, Failure, finish
from grader.cli.instructor import grade
from grader.cli.operator import completion, doctor
from grader.cli.plugins import PluggableGroup
from grader.cli.server import grades, login, logout, status, submit
from grader.cli.student import check, list_exercises, new
from grader.imports import keep_out_the_current_folder
from grader.threads import compute_in_one_thread

DEBUG = "CHAINRULE_DEBUG"
"""The environment variable that shows where an unexpected error of ours came from."""


class _Main(PluggableGroup):
    """Keeps the commands in the order in which one meets them, and turns our own errors into one line."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Runs a command. Whatever we did not foresee is our failure: one line that names it, and the exit code 3."""
        try:
            try:
                return super().main(*arguments, **settings)
            finally:
                if sys.stdout is not None:  # it is closed
                    sys.stdout.flush()  # here at the latest a full disk is noticed
        except BrokenPipeError:
            _let_go_of_output()
            sys.exit(1)  # as click ends when nobody reads any more
        except Exception as error:  # the last resort: told by its type and words, and where it was with DEBUG
            try:
                _tell(error)
                _let_go_of_output()
            finally:
                sys.exit(PLATFORM)  # also where standard error takes nothing

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Reads the call."""
        with _interruptible():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> object:
        with _interruptible():
            from grader.course import CourseError

            try:
                return super().invoke(ctx)
            except CourseError as error:
                raise Failure(str(error), 2) from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ends with a sentence, and with the exit code of what Ctrl-C ended."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
        finish(INTERRUPTED)


def _tell(error: Exception) -> None:
    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exception(error)
    said = " ".join(str(error).split())
    where = "" if os.environ.get(DEBUG) else f" {DEBUG}=1 shows where."
    click.echo(f"Error: chainrule itself failed: {type(error).__name__}{said and f': {said}'}.{where}", err=True)


def _let_go_of_output() -> None:
    """Throws away what standard output does not take: Python would try again at its end, and change the exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--course",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="CHAINRULE_COURSE",
    help="The course's folder (with course.toml). Default: the one this program came with.",
)
@click.version_option(__version__, prog_name="chainrule")
@click.pass_context
def cli(context: click.Context, course: Path | None) -> None:
    """Chainrule: exercises in deep learning, checked in an instant and with reasons.

    \b
    A student:     chainrule list | chainrule new adam | chainrule check adam.py
                   chainrule login URL | chainrule submit adam.py --wait | chainrule status | chainrule grades
    An instructor: chainrule grade adam.py --exercise adam
    An author:     chainrule exercise new NAME | chainrule exercise test NAME
    An operator:   chainrule doctor
    """
    context.obj = course


for command in (list_exercises, new, check, login, submit, status, grades, logout, grade, exercise, doctor, completion):
    cli.add_command(command)


def replace_what_cannot_be_encoded() -> None:
    """Lets an output that has no Unicode show a question mark for what it lacks, where Python would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main() -> None:
    """The entry point."""
    keep_out_the_current_folder()
    compute_in_one_thread()
    replace_what_cannot_be_encoded()
    sys.exit(cli(standalone_mode=True))
