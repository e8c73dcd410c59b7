"""`chainrule demo`: a class as big as one likes, in a database that holds a demo or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.common import (
    FAILED,
    PASSED,
    PLATFORM,
    WRONG_CALL,
    Failure,
    finish,
    json_option,
    print_json,
    progress_bar,
)
from webapp.commands.running import database_of, demo_environment, settings_of

if TYPE_CHECKING:
    from webapp.database import Database
    from webapp.demo.classes import Made
    from webapp.settings import Settings


@click.command()
@click.option("--students", default=24, show_default=True, type=click.IntRange(2, 100_000), help="How many students.")
@click.option("--submissions", default=250, show_default=True, type=click.IntRange(0), help="How many submissions.")
@click.option("--course", "slug", default="demo", show_default=True, help="The edition's name in addresses.")
@click.option("--repeat", is_flag=True, help="Grade each distinct file once and repeat its report: for huge classes.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same class.")
@json_option
@click.pass_context
def demo(
    context: click.Context, students: int, submissions: int, slug: str, repeat: bool, seed: int, as_json: bool
) -> None:
    """Make a believable class: real submissions, really graded, and scores by hand.

    It goes into the demo's home, or into the database that the environment names, which holds a demo or nothing.
    Example: chainrule demo --students 200 --submissions 3000
    """
    from grader.course import default_course

    settings = settings_of(demo_environment())
    if not settings.secret:
        settings = replace(settings, secret=_new_secret(settings))
    began = time.monotonic()
    with _demo_database(settings) as database:
        path = context.find_root().obj or default_course()
        made = _make(settings, database, path, slug, (students, submissions, seed), repeat)
    document = {
        "course": slug,
        "students": made.students,
        "submissions": sum(made.statuses.values()),
        "distinct": made.distinct,
        "statuses": made.statuses,
        "took_s": round(time.monotonic() - began, 1),
    }
    if as_json:
        print_json(document)
    else:
        _tell(document)
    finish(FAILED if made.statuses.get("platform_error") else PASSED)


def _make(
    settings: Settings, database: Database, path: Path, slug: str, size: tuple[int, int, int], repeat: bool
) -> Made:
    from grader.course import CourseError, load_course
    from grader.crew import cores
    from webapp.courses.editions import read_edition
    from webapp.database import now
    from webapp.demo import WrongHome, classes
    from webapp.demo.edition import found
    from webapp.problems import Problem

    try:
        content = load_course(read_edition(slug, path).path)
        found(database, content)
        story = classes.story_of(content, *size, today=now())
        make = classes.repeat_class if repeat else classes.grade_class
        return make(settings, database, content, story, slug, cores(), progress_bar)
    except Problem as problem:
        raise Failure(problem.detail, WRONG_CALL) from problem
    except (CourseError, WrongHome, classes.ClassIsThere) as error:
        raise Failure(str(error), WRONG_CALL) from error
    except classes.NotGraded as error:
        raise Failure(f"{error} `chainrule doctor` says what is missing.", PLATFORM) from error


def _new_secret(settings: Settings) -> str:
    from webapp.serving.errors import ServingError
    from webapp.serving.home import usable
    from webapp.settings import SettingsError, make_secret

    try:
        with usable(settings.home):
            return make_secret(settings.home)
    except (ServingError, SettingsError) as error:
        raise Failure(str(error), WRONG_CALL) from error


@contextmanager
def _demo_database(settings: Settings) -> Iterator[Database]:
    """The database that is to hold the class: an empty one gets its schema, a real course's is refused."""
    from sqlalchemy import inspect

    from webapp.demo import WrongHome, require_kind
    from webapp.schema import SchemaError, require_current, upgrade

    with database_of(settings) as database:
        try:
            is_new = database.file is not None and not database.file.is_file()
            if is_new or not inspect(database.engine).get_table_names():
                upgrade(database)
            require_current(database)
            require_kind(database, demo=True)
            yield database
        except (SchemaError, WrongHome) as error:
            raise Failure(str(error), WRONG_CALL) from error


def _tell(made: dict[str, Any]) -> None:
    statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(made["statuses"].items()))
    click.echo(
        f"{made['students']:,} students and {made['submissions']:,} submissions ({statuses}) from {made['distinct']:,} "
        f"distinct files, in {made['took_s']:g} s. See them: chainrule serve --demo, as instructor@example.org."
    )
