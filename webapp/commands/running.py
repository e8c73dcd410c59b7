"""Running the platform: everything on one machine (`serve`), or one part each (`web`, `worker`, `db`)."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.common import PASSED, PLATFORM, WRONG_CALL, Failure, finish, json_option, print_json

if TYPE_CHECKING:
    from webapp.database import Database
    from webapp.settings import Settings

LISTENER = "CHAINRULE_LISTENER"
"""Names the descriptor of a listening socket that `serve` hands down to `web`."""
READY = "CHAINRULE_READY"
"""Names a file that `worker` makes for `serve` once it is ready."""
PORT = click.IntRange(0, 65535)
DEMO_CLASS = 24, 250
"""Students and submissions of the class with which a demo begins."""


def settings_of(environment: dict[str, str] | None = None) -> Settings:
    """The settings; a bad one ends the command with a line that names it."""
    from webapp.mail import Mail
    from webapp.settings import Settings, SettingsError

    try:
        found = Settings.from_environment(os.environ if environment is None else environment)
        Mail(found)  # reads the addresses of the server and the sender, and connects to nothing
    except SettingsError as error:
        raise Failure(str(error), WRONG_CALL) from error
    return found


@contextmanager
def database_of(found: Settings) -> Iterator[Database]:
    """The database; one that cannot be used ends the command with a line that names it."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    from webapp.database import Database, reason
    from webapp.settings import masked

    database = Database(found.database_url)
    where = f"CHAINRULE_DATABASE_URL is {masked(found.database_url)!r}"
    try:
        yield database
    except OperationalError as error:
        raise Failure(f"{where}; this database cannot be used: {reason(error)}", PLATFORM) from error
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_NOTADB":
            raise
        raise Failure(f"{where}; this file is no SQLite database", WRONG_CALL) from error
    finally:
        database.close()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port; 0 takes one that is free.")
@click.option("--demo", is_flag=True, help="With a demo course and accounts whose password everyone knows.")
@click.option("--no-class", is_flag=True, help="Leave out the demo's class of students.")
@json_option
@click.pass_context
def serve(context: click.Context, host: str, port: int, demo: bool, no_class: bool, as_json: bool) -> None:
    """Run everything on this machine: web, worker, and a Redis of its own.

    All state lives in CHAINRULE_HOME, or of the demo in a home of its own. A fresh demo gets a small class, whose work
    is graded while you look. One Ctrl-C stops all. Example: chainrule serve --demo
    """
    from grader.course import default_course
    from webapp.demo import WrongHome, prepare, require_kind
    from webapp.schema import SchemaError, upgrade
    from webapp.serving import home as homes
    from webapp.serving.errors import ServingError
    from webapp.serving.redis import PrivateRedis
    from webapp.serving.supervisor import Supervisor
    from webapp.serving.web import listen, url_of
    from webapp.settings import SettingsError, make_secret

    found = settings_of(demo_environment() if demo else None)
    try:
        with homes.hold(found.home) as home, listen(host, port) as listener:
            with homes.usable(home.path):
                secret = found.secret or make_secret(home.path)
            here = url_of(listener)
            url = os.environ.get("CHAINRULE_URL", "") or here
            path = context.find_root().obj or default_course()
            with database_of(found) as database:
                upgrade(database)
                require_kind(database, demo=demo)
                accounts = prepare(database, path) if demo else []
                waiting = _demo_class(database, secret, path) if demo and not no_class else []
            with homes.usable(home.path):
                supervisor = Supervisor(_parts(found, listener.fileno(), here, url, demo), home)

            def on_ready() -> None:
                _tell(here, url, accounts, demo, as_json)
                _send(PrivateRedis(found.home).url, waiting)

            code = supervisor.run(on_ready)
    except ServingError as error:
        raise Failure(str(error), error.exit_code) from error
    except (WrongHome, SchemaError, SettingsError) as error:
        raise Failure(str(error), WRONG_CALL) from error
    finish(code)


def demo_environment() -> dict[str, str]:
    """Where no home is named, the demo has one of its own, beside the real one."""
    from webapp.settings import default_home

    home = default_home(os.environ)
    return {"CHAINRULE_HOME": str(home.with_name(f"{home.name}-demo")), **os.environ}


def _demo_class(database: Database, secret: str, path: Path) -> list[str]:
    """A small class for a demo that has none; the submissions that wait for the workers."""
    from grader.course import CourseError, load_course
    from webapp.database import now
    from webapp.demo.classes import is_there, queue_class, story_of

    with database.reading() as session:
        if is_there(session):
            return []
    try:
        content = load_course(path)
        return queue_class(database, secret, content, story_of(content, *DEMO_CLASS, seed=1, today=now()))
    except CourseError as error:
        click.echo(f"The demo has no class: {error}", err=True)
        return []


def _send(redis_url: str, waiting: list[str]) -> None:
    """Asks the workers for what waits, behind everything that somebody hands in."""
    if not waiting:
        return
    from grader.tasks import Post

    post = Post(redis_url)
    for id in waiting:
        post.grade(id, "regrades")


def _parts(found: Settings, listener: int, here: str, url: str, demo: bool) -> list[Any]:
    """Redis, worker and web, each ready before the next is started. `here` is where we listen, `url` what people use."""
    from webapp.serving.redis import PrivateRedis
    from webapp.serving.supervisor import Part
    from webapp.serving.web import GRACE_S, answers

    redis = PrivateRedis(found.home)
    environment = {
        "CHAINRULE_HOME": str(found.home.absolute()),
        "CHAINRULE_DATABASE_URL": found.database_url,
        "CHAINRULE_REDIS_URL": redis.url,
        "CHAINRULE_URL": url,
        "CHAINRULE_DEMO": "yes" if demo else "no",
    }
    command = [sys.executable, "-P", "-m", "grader.cli"]
    ready = found.home.absolute() / "worker.ready"
    return [
        redis.part(),
        Part("worker", [*command, "worker"], {**environment, READY: str(ready)}, ready.exists, grace_s=30, flag=ready),
        Part(
            "web",
            [*command, "web"],
            {**environment, LISTENER: str(listener)},
            lambda: answers(f"{here}/sign-in"),
            grace_s=GRACE_S + 2,
            fds=[listener],
        ),
    ]


def _tell(here: str, url: str, accounts: list[dict[str, str]], demo: bool, as_json: bool) -> None:
    """Says where the platform listens, `here`; people may come by another address, `url`, through a proxy."""
    if as_json:
        print_json({"url": here, "accounts": accounts} if demo else {"url": here})
        sys.stdout.flush()
        return
    click.echo(f"\nChainrule is ready: {here}{'' if url == here else f', which people reach as {url}'}", err=True)
    for account in accounts:
        click.echo(f"  {account['role']:13} {account['email']:26} {account['password']}", err=True)
    click.echo("Ctrl-C stops it.\n", err=True)


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port.")
def web(host: str, port: int) -> None:
    """Serve the pages and the API, with gunicorn.

    Settings come from the environment; docs/operating.md lists them. Example: chainrule web --port 8000
    """
    from webapp.serving.errors import ServingError
    from webapp.serving.web import inherited, listen, run_web

    found = _checked()
    handed_down = os.environ.pop(LISTENER, "")
    try:
        listener = inherited(int(handed_down)) if handed_down else listen(host, port)
    except ServingError as error:
        raise Failure(str(error), error.exit_code) from error

    def factory() -> Any:
        from webapp.factory import create_app

        return create_app(found)

    run_web(factory, listener, workers=found.web_workers, threads=found.web_threads)


@click.command()
def worker() -> None:
    """Grade what is handed in, each process in a warm sandbox of its own.

    Settings come from the environment; docs/operating.md lists them. Example: chainrule worker
    """
    from grader.crew import cores
    from grader.sandbox import SandboxUnavailable
    from grader.tasks import run_worker
    from webapp.submissions.docket import DatabaseDocket

    found = _checked()
    ready = os.environ.pop(READY, "")
    processes = found.workers or cores()
    try:
        run_worker(found.redis_url, lambda: DatabaseDocket(found), processes, Path(ready).touch if ready else None)
    except SandboxUnavailable as error:
        raise Failure(f"{error}. `chainrule doctor` says what is missing.", PLATFORM) from error


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database's schema up to date; safe to run again.

    Example: chainrule db upgrade
    """
    from webapp import schema

    with database_of(settings_of()) as database:
        try:
            schema.upgrade(database)
        except schema.SchemaError as error:
            raise Failure(str(error), WRONG_CALL) from error
    click.echo("The schema is up to date.", err=True)
    finish(PASSED)


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the database into a new FILE, while the platform runs.

    Of PostgreSQL it says the command that does it. Example: chainrule db backup /srv/backup/chainrule-2026-11-28.db
    """
    import sqlite3

    from webapp.backup import back_up, dump_command

    found = settings_of()
    with database_of(found) as database:
        if not database.is_sqlite:
            command = dump_command(found.database_url, file)
            raise Failure(f"this database is PostgreSQL's, whose own program copies it: {command}", WRONG_CALL)
        require_there(database)
        try:
            back_up(database, file)
        except FileExistsError as error:
            raise Failure(
                f"{file} is there already, and a backup overwrites nothing: name another.", WRONG_CALL
            ) from error
        except OSError as error:
            raise Failure(f"{file} cannot be written: {error.strerror}", WRONG_CALL) from error
        except sqlite3.Error as error:
            raise Failure(f"the database cannot be copied to {file}: {error}", PLATFORM) from error
    secret = found.home / "secret"
    kept = f"the one in {secret}" if secret.is_file() else "CHAINRULE_SECRET"
    click.echo(
        f"{file} holds the database as it stands. It is worth nothing without the secret that belongs to it, {kept}: "
        "keep a copy of that, too.",
        err=True,
    )
    finish(PASSED)


def require_there(database: Database) -> None:
    """SQLite would make an empty file where there is none: a misspelt home is told instead."""
    if database.file is not None and not database.file.is_file():
        raise Failure(
            f"there is no database at {database.file}. Is CHAINRULE_HOME right? `chainrule db upgrade` makes a new one.",
            WRONG_CALL,
        )


def _checked() -> Settings:
    """The settings of a part that serves: with a secret, and a database whose schema is up to date."""
    from webapp import logs
    from webapp.schema import SchemaError, require_current
    from webapp.settings import SettingsError

    logs.write()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    found = settings_of()
    try:
        found.require_secret()
        with database_of(found) as database:
            require_current(database)
    except (SettingsError, SchemaError) as error:
        raise Failure(str(error), WRONG_CALL) from error
    return found
