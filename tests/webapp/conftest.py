"""The cast and the stage of the web application's tests: real databases, a real Redis, a real sandbox.

    ana    student of the course "small"         sol    student of the course "other"
    ben    another student of "small"            omar   instructor of "other"
    tia    assistant of "small"                  ada    the site's administrator
    ines   instructor of "small"

Tests that use `database`, or anything built on it, run on SQLite and on PostgreSQL. Every test has a database of its
own, copied from a template that holds the cast.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as redis_client
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from grader.sandbox import Sandbox
from grader.tasks import Bench
from webapp import schema
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.accounts.services import hash_password, make_token, make_user, set_password
from webapp.courses.models import Course, Membership
from webapp.database import Base, Database, now
from webapp.factory import create_app
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket
from webapp.submissions.models import Submission

# A password costs as much to check as it is meant to cost an attacker; a thousand tests sign in.
accounts._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "tests" / "fixtures" / "course"
PASSWORD = "correct horse battery"
SECRET = "a secret for tests, which is long enough to be one"
CAST = {
    "ana": ("Ana Alonso", "small", "student", "A"),
    "ben": ("Ben Blanco", "small", "student", "B"),
    "tia": ("Tia Torres", "small", "assistant", ""),
    "ines": ("Inés Ibarra", "small", "instructor", ""),
    "sol": ("Sol Soto", "other", "student", ""),
    "omar": ("Omar Ortiz", "other", "instructor", ""),
    "ada": ("Ada Admin", None, None, ""),
}


def _cast_the_play(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    hashed = hash_password(PASSWORD)
    with database.writing() as session:
        courses = {
            slug: Course(slug=slug, title=f"A {slug} course", edition="2026", path=str(COURSE), created_at=now())
            for slug in ("small", "other")
        }
        session.add_all(courses.values())
        session.flush()
        for name, (full, course, role, group) in CAST.items():
            user = make_user(session, f"{name}@example.org", full, is_admin=name == "ada")
            set_password(session, user, hashed)
            if course is not None:
                session.add(
                    Membership(course_id=courses[course].id, user_id=user.id, role=role, group=group, created_at=now())
                )
    database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server on a Unix socket; the URL of its server, without a database's name."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "initdb").parent]
    folder = Path(tempfile.mkdtemp(prefix="chainrule-pg-"))
    unprivileged: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        unprivileged = {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": folder}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **unprivileged}
    data = folder / "data"
    subprocess.run(
        [found[-1] / "initdb", "-D", data, "-U", "chainrule", "-A", "trust", "-N", "--locale=C", "-E", "UTF8"],
        check=True,
        **quiet,
    )
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
    control = [found[-1] / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, **quiet)
    yield f"postgresql://chainrule@/{{name}}?host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder)


@contextmanager
def running_redis(password: str = "") -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A Redis of one's own, behind this password where there is one: its Unix socket and its process."""
    folder = Path(tempfile.mkdtemp(prefix="chainrule-redis-"))
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
        + ["--requirepass", password] * bool(password),
        stdout=subprocess.DEVNULL,
    )
    client = redis_client.Redis(unix_socket_path=str(socket), password=password or None, retry=None)
    while True:
        try:
            client.ping()
            break
        except redis_client.ConnectionError:
            assert server.poll() is None, "redis-server ended"
    client.close()
    try:
        yield socket, server
    finally:
        server.kill()  # it keeps nothing, and one that is stopped would hear nothing else
        server.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis on a Unix socket."""
    with running_redis() as (socket, _):
        yield f"unix://{socket}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the cast."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _cast_the_play(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_stage(postgresql: str) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """The URL of a PostgreSQL database, and the rows of the cast by table.

    One database, emptied before each test: making and dropping one for each costs ten times as much.
    """
    with psycopg.connect(postgresql.format(name="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE stage")
    url = postgresql.format(name="stage")
    _cast_the_play(url)
    database = Database(url)
    with database.engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in Base.metadata.sorted_tables
        }
    database.close()
    return url, rows


def _set_the_stage(url: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Empties the database, whoever may still be connected to it, and lets the cast enter."""
    database = Database(url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.exec_driver_sql(f"TRUNCATE {', '.join(rows)} RESTART IDENTITY CASCADE")
        for table in Base.metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])
                if "id" in table.c and table.c["id"].autoincrement:
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                    )
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the cast, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "chainrule.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url, rows = request.getfixturevalue("postgresql_stage")
    _set_the_stage(url, rows)
    return str(url)


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a test's own application."""
    with redis_client.Redis.from_url(redis_url) as client:
        client.flushall()
    return Settings(
        home=tmp_path, secret=SECRET, database_url=database_url, redis_url=redis_url, url="http://localhost"
    )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def bare(database: Database) -> Database:
    """The test's database without the cast."""
    with database.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return database


class CompiledTemplates(BytecodeCache):
    """Templates that this process has compiled, for every test's application: compiling is most of a page's time."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket, where its template was compiled from the same source."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what was compiled."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED_TEMPLATES = CompiledTemplates()


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """Werkzeug compiles two functions for each route of each application, which took a third of a test."""
    compiled: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application."""
    made = create_app(settings)
    made.testing = True
    made.jinja_env.bytecode_cache = COMPILED_TEMPLATES
    yield made
    made.extensions["chainrule"].database.close()


@dataclass
class Browser:
    """A person's browser: keeps cookies, and sends the token of our forms with every POST."""

    client: FlaskClient

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Asks for a page."""
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> TestResponse:
        """Sends a form."""
        headers = {"X-CSRFToken": self.csrf_token(), **kwargs.pop("headers", {})}
        return self.client.post(path, data=data, headers=headers, **kwargs)

    def csrf_token(self) -> str:
        """The token that stands in every page of ours."""
        page = self.client.get("/receipts").get_data(as_text=True)
        found = re.search(r'"X-CSRFToken": "([^"]+)"', page)
        assert found is not None, page
        return found[1]


@pytest.fixture
def browser(app: Flask) -> Callable[[str | None], Browser]:
    """A browser in which the named person of the cast is signed in; None is a passer-by."""

    def open_for(name: str | None = None) -> Browser:
        opened = Browser(app.test_client())
        if name is not None:
            answer = opened.post("/sign-in", {"email": f"{name}@example.org", "password": PASSWORD})
            assert answer.status_code == 302, answer.get_data(as_text=True)
        return opened

    return open_for


class Silent(WSGIRequestHandler):
    """Writes no log."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, name: str) -> None:
    """Signs the named person of the cast in, in a real browser."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses/small/")


@pytest.fixture
def bearer(database: Database) -> Callable[[str], dict[str, str]]:
    """The headers with which a person of the cast asks the API."""

    def headers(name: str) -> dict[str, str]:
        with database.writing() as session:
            user = session.scalars(select(User).where(User.email == f"{name}@example.org")).one()
            return {"Authorization": f"Bearer {make_token(session, user, 'a test')[1]}"}

    return headers


@pytest.fixture
def bench(settings: Settings, sandbox: Sandbox) -> Iterator[Bench]:
    """What a worker process works with, in this process, on the suite's warm sandbox."""
    made = Bench(DatabaseDocket(settings), sandbox)
    yield made
    made.docket.close()


@pytest.fixture
def grade_all(bench: Bench, database: Database) -> Callable[[], int]:
    """Grades all that waits, as the workers would; gives how many."""

    def run() -> int:
        with database.reading() as session:
            waiting = list(session.scalars(select(Submission.id).where(Submission.state != "graded")))
        for id in waiting:
            bench.grade(id)
        return len(waiting)

    return run


@pytest.fixture
def rewrite_course(database: Database, tmp_path: Path) -> Callable[[str], Path]:
    """Gives the course "small" a folder of its own with this course.toml; gives the folder, to be written to."""

    def rewrite(toml: str) -> Path:
        folder = tmp_path / "course"
        shutil.copytree(COURSE, folder)
        (folder / "course.toml").write_text(toml, encoding="utf-8")
        with database.writing() as session:
            session.scalars(select(Course).where(Course.slug == "small")).one().path = str(folder)
        return folder

    return rewrite


@pytest.fixture
def with_settings(settings: Settings) -> Callable[..., Settings]:
    """The test's settings with some changed."""
    return lambda **changes: replace(settings, **changes)
