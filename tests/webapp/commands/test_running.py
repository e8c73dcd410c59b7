"""`chainrule serve` and its parts, as an operator runs them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from grader import tasks
from grader.cli import cli
from grader.course import load_course
from webapp.accounts.models import User
from webapp.accounts.services import make_user, set_active, user_by_email
from webapp.courses.editions import add_edition, read_edition
from webapp.database import Database
from webapp.demo import PASSWORD, PEOPLE, WrongHome, prepare, require_kind
from webapp.demo.edition import edition
from webapp.serving.supervisor import Supervisor
from webapp.settings import make_secret
from webapp.submissions.models import Submission, Verdict

ROOT = Path(__file__).resolve().parents[3]
COURSE = ROOT / "tests" / "fixtures" / "course"
SERVE = ("serve", "--demo", "--no-class", "--port", "0", "--json")
RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"


@contextmanager
def served(home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A platform with the demo, and what it printed when it was ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAINRULE")}
    log = (home / "stderr").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "grader.cli", "--course", str(COURSE), *SERVE],
        stdout=subprocess.PIPE,
        stderr=log,
        env={**environment, "CHAINRULE_HOME": str(home), "CHAINRULE_WORKERS": "1", "CHAINRULE_WEB_WORKERS": "1"},
        text=True,
    )
    assert server.stdout is not None
    try:
        yield server, json.loads(server.stdout.readline() or "{}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        server.stdout.close()
        log.close()


def ask(url: str, token: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request to the API; a POST when there is data."""
    body = json.dumps(data).encode() if data is not None else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
        document: dict[str, Any] = json.load(answer)
        return document


def graded(url: str, token: str, within_s: float = 60) -> dict[str, Any]:
    """Hands in a right answer, and gives its state once it is graded."""
    accepted = ask(f"{url}/api/v1/exercises/scale/submissions", token, {"source": RIGHT})
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        state = ask(f"{url}/api/v1/submissions/{accepted['id']}", token)
        if state["state"] == "graded":
            return state
        time.sleep(0.05)
    raise AssertionError(f"{accepted['id']} was not graded in {within_s} s")


def workers_of(server: subprocess.Popen[str]) -> list[int]:
    """The processes of `chainrule worker` below the supervisor."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]


@pytest.mark.slow
def test_it_serves_grades_survives_a_crash_and_stops_at_one_ctrl_c(tmp_path: Path) -> None:
    with served(tmp_path) as (server, ready):
        roles = [account["role"] for account in ready["accounts"]]
        assert roles == ["student", "assistant", "instructor", "administrator"]
        assert {account["password"] for account in ready["accounts"]} == {PASSWORD}
        url, token = ready["url"], ready["accounts"][0]["token"]
        assert graded(url, token)["report"]["status"] == "passed"
        (worker,) = workers_of(server)
        os.kill(worker, signal.SIGKILL)
        assert graded(url, token)["report"]["status"] == "passed"
        group = [server.pid, *workers_of(server)]
    assert server.returncode == 0
    assert not [pid for pid in group if Path(f"/proc/{pid}").exists()]
    database = Database(f"sqlite:///{tmp_path / 'chainrule.db'}")
    with database.reading() as session:
        assert len(list(session.scalars(select(Submission.id)))) == len(list(session.scalars(select(Verdict.id)))) == 2
    database.close()


def test_it_prints_where_it_really_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: Supervisor, on_ready: Callable[[], None]) -> int:
        on_ready()
        return 0

    monkeypatch.setattr(Supervisor, "run", run)
    environment = {"CHAINRULE_HOME": str(tmp_path), "CHAINRULE_URL": "https://chainrule.example.org"}
    told = CliRunner().invoke(cli, ["serve", "--port", "0", "--json"], env=environment)
    assert json.loads(told.stdout)["url"].startswith("http://127.0.0.1:")


def test_a_part_does_not_start_without_a_secret(tmp_path: Path) -> None:
    for part in ("web", "worker"):
        result = CliRunner().invoke(cli, [part], env={"CHAINRULE_HOME": str(tmp_path), "CHAINRULE_SECRET": ""})
        assert result.exit_code == 2
        assert "CHAINRULE_SECRET is not set" in result.output


def test_a_part_does_not_start_on_an_old_schema(tmp_path: Path) -> None:
    environment = {"CHAINRULE_HOME": str(tmp_path), "CHAINRULE_SECRET": "x" * 40}
    result = CliRunner().invoke(cli, ["web"], env=environment)
    assert result.exit_code == 2
    assert "chainrule db upgrade" in result.output
    assert CliRunner().invoke(cli, ["db", "upgrade"], env=environment).exit_code == 0


def test_there_is_a_worker_process_for_each_processor_that_it_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Callable[[Path], Database]
) -> None:
    counted: list[int] = []
    migrated(tmp_path)
    monkeypatch.setattr(tasks, "run_worker", lambda url, docket, processes, ready: counted.append(processes))
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    environment = {"CHAINRULE_HOME": str(tmp_path), "CHAINRULE_SECRET": "x" * 40, "CHAINRULE_WORKERS": "0"}
    assert CliRunner().invoke(cli, ["worker"], env=environment).exit_code == 0
    assert counted == [3]


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["db", "upgrade"], env={"CHAINRULE_PROXIES": "many"})
    assert result.exit_code == 2
    assert "CHAINRULE_PROXIES is 'many', expected a whole number" in result.output


def test_the_demo_keeps_out_of_a_real_home(database: Database) -> None:
    require_kind(database, demo=False)
    with pytest.raises(WrongHome, match="a real course"):
        require_kind(database, demo=True)


def test_a_demo_s_home_is_not_served_as_a_real_one(tmp_path: Path, migrated: Callable[[Path], Database]) -> None:
    database = migrated(tmp_path)
    prepare(database, COURSE)
    require_kind(database, demo=True)
    with pytest.raises(WrongHome, match="whose passwords everyone knows"):
        require_kind(database, demo=False)


def test_a_course_without_people_is_no_place_for_a_demo(tmp_path: Path, migrated: Callable[[Path], Database]) -> None:
    database = migrated(tmp_path)
    with database.writing() as session:
        add_edition(session, read_edition("dl-2026", COURSE, edition="2026"))
    with pytest.raises(WrongHome, match="a real course"):
        require_kind(database, demo=True)
    with pytest.raises(WrongHome, match="a real course"):
        prepare(database, COURSE)


def test_a_real_course_that_is_called_demo_is_no_demo(tmp_path: Path, migrated: Callable[[Path], Database]) -> None:
    database = migrated(tmp_path)
    with database.writing() as session:
        make_user(session, "you@example.org", "You", is_admin=True)
        edition(session, "demo", load_course(COURSE))  # `course add` took the name once
    require_kind(database, demo=False)
    with pytest.raises(WrongHome, match="a real course"):
        require_kind(database, demo=True)
    with pytest.raises(WrongHome, match="a real course"):
        prepare(database, COURSE)
    with database.reading() as session:
        assert list(session.scalars(select(User.email))) == ["you@example.org"]


def test_demo_accounts_beside_others_are_served_only_once_they_are_kept_out(
    tmp_path: Path, migrated: Callable[[Path], Database]
) -> None:
    database = migrated(tmp_path)
    with database.writing() as session:
        make_user(session, "you@example.org", "You", is_admin=True)
        for email, name, role in PEOPLE:
            make_user(session, email, name, is_admin=role == "administrator")
    with pytest.raises(WrongHome, match="a real course"):
        require_kind(database, demo=True)
    for email, _, _ in PEOPLE:
        with pytest.raises(WrongHome, match=f"chainrule user deactivate`: .*{re.escape(email)}"):
            require_kind(database, demo=False)
        with database.writing() as session:
            user = user_by_email(session, email)
            assert user is not None
            set_active(session, user, False)
    require_kind(database, demo=False)


def test_a_demo_with_a_person_more_is_still_the_demo(tmp_path: Path, migrated: Callable[[Path], Database]) -> None:
    database = migrated(tmp_path)
    prepare(database, COURSE)
    with database.writing() as session:
        make_user(session, "you@example.org", "You", is_admin=True)
    assert len(prepare(database, COURSE)) == len(PEOPLE)
    with pytest.raises(WrongHome, match="add --demo"):
        require_kind(database, demo=False)


def test_a_demo_that_is_prepared_again_keeps_its_people_and_gives_fresh_tokens(
    tmp_path: Path, migrated: Callable[[Path], Database]
) -> None:
    database = migrated(tmp_path)
    first, second = prepare(database, COURSE), prepare(database, COURSE)
    assert [each["email"] for each in first] == [each["email"] for each in second]
    assert {each["token"] for each in first}.isdisjoint(each["token"] for each in second)


@pytest.fixture
def migrated() -> Iterator[Callable[[Path], Database]]:
    """Makes an empty SQLite database with the schema in a folder."""
    made: list[Database] = []

    def make(folder: Path) -> Database:
        from webapp.schema import upgrade

        made.append(Database(f"sqlite:///{folder / 'chainrule.db'}"))
        upgrade(made[-1])
        return made[-1]

    yield make
    for database in made:
        database.close()


def backup(home: Path, target: Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["db", "backup", str(target)], env={"CHAINRULE_HOME": str(home), **environment})


def test_a_backup_holds_what_was_written_last_and_is_its_owner_s_alone(
    tmp_path: Path, migrated: Callable[[Path], Database]
) -> None:
    database = migrated(tmp_path)
    make_secret(tmp_path)
    with database.writing() as session:
        make_user(session, "you@example.org", "You")
    with database.reading() as session:  # somebody looks meanwhile, so that it stands in the -wal only
        session.scalars(select(User.email)).all()
        with database.writing() as other:
            make_user(other, "last@example.org", "Last")
        told = backup(tmp_path, tmp_path / "copy.db")
    assert told.exit_code == 0, told.output
    assert f"the secret that belongs to it, the one in {tmp_path / 'secret'}" in told.output
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "elsewhere" / "chainrule.db")
    listed = CliRunner().invoke(cli, ["user", "list", "--json"], env={"CHAINRULE_HOME": str(tmp_path / "elsewhere")})
    assert {each["email"] for each in json.loads(listed.stdout)["users"]} == {"you@example.org", "last@example.org"}


def test_a_backup_overwrites_nothing(tmp_path: Path, migrated: Callable[[Path], Database]) -> None:
    migrated(tmp_path)
    (tmp_path / "copy.db").write_text("the last one")
    told = backup(tmp_path, tmp_path / "copy.db")
    assert (told.exit_code, "is there already" in told.output) == (2, True), told.output
    assert (tmp_path / "copy.db").read_text() == "the last one"


def test_a_backup_of_nothing_is_none(tmp_path: Path) -> None:
    told = backup(tmp_path, tmp_path / "copy.db")
    assert (told.exit_code, "there is no database at" in told.output) == (2, True), told.output
    (tmp_path / "chainrule.db").write_bytes(b"no database at all, and long enough to be looked at" * 20)
    assert backup(tmp_path, tmp_path / "copy.db").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["chainrule.db"]


def test_a_backup_of_postgresql_is_its_own_program_s_and_the_password_is_not_told(tmp_path: Path) -> None:
    url = "postgresql://u:hunter2@db.example.org/x?sslmode=require"
    told = backup(tmp_path, tmp_path / "copy", CHAINRULE_DATABASE_URL=url)
    assert told.exit_code == 2
    words = f"pg_dump --format=custom --file={tmp_path / 'copy'} 'postgresql://u@db.example.org/x?sslmode=require'"
    assert words in told.output
    assert "hunter2" not in told.output


BAD = {
    "CHAINRULE_DATABASE_URL": "mysql://host/chainrule",
    "CHAINRULE_RATE_SUBMIT": "often",
    "CHAINRULE_SMTP_URL": "http://host",
    "CHAINRULE_WEB_WORKERS": "0",
    "CHAINRULE_URL": "http://x:abc",
}


@pytest.mark.parametrize("command", [("serve",), ("web",), ("worker",), ("db", "upgrade")], ids=" ".join)
@pytest.mark.parametrize("variable", BAD)
def test_a_bad_setting_stops_the_start_with_a_line_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], variable: str
) -> None:
    monkeypatch.setenv("CHAINRULE_HOME", str(tmp_path))
    monkeypatch.setenv(variable, BAD[variable])
    ended = CliRunner().invoke(cli, command)
    assert ended.exit_code == 2
    assert f"{variable} is {BAD[variable]!r}" in ended.output
    assert ended.output.count("\n") == 1


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("web",), ("worker",), ("db", "upgrade")], ids=" ".join)
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:***@127.0.0.1:1/x"),
        ("sqlite:////proc/nowhere.db", "sqlite:////proc/nowhere.db"),
    ],
)
def test_a_database_that_does_not_answer_stops_the_start_as_our_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], url: str, shown: str
) -> None:
    for variable, value in {"HOME": str(tmp_path), "SECRET": "s" * 40, "DATABASE_URL": url}.items():
        monkeypatch.setenv(f"CHAINRULE_{variable}", value)
    ended = CliRunner().invoke(cli, command)
    assert ended.exit_code == 3
    assert f"CHAINRULE_DATABASE_URL is '{shown}'; this database cannot be used" in ended.output
    assert "hunter2" not in ended.output
    assert ended.output.count("\n") == 1


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("web",), ("worker",), ("db", "upgrade")], ids=" ".join)
def test_a_file_that_is_no_database_is_a_bad_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, and long enough to be looked at" * 20)
    for variable, value in {"HOME": tmp_path, "SECRET": "s" * 40, "DATABASE_URL": f"sqlite:///{file}"}.items():
        monkeypatch.setenv(f"CHAINRULE_{variable}", str(value))
    ended = CliRunner().invoke(cli, command)
    assert ended.output == f"Error: CHAINRULE_DATABASE_URL is 'sqlite:///{file}'; this file is no SQLite database\n"
    assert ended.exit_code == 2


@pytest.mark.parametrize("demo", [(), ("--demo",)])
@pytest.mark.parametrize("where", ["a file", "below a file", "nowhere"])
def test_a_home_that_can_be_none_is_named(tmp_path: Path, where: str, demo: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    home = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "home", "nowhere": Path("/proc/nowhere")}
    told = CliRunner().invoke(cli, ["serve", "--port", "0", *demo], env={"CHAINRULE_HOME": str(home[where])})
    assert told.exit_code == 2
    assert f"CHAINRULE_HOME is '{home[where]}', which cannot be used" in told.output
    assert told.output.count("\n") == 1
    upgrade = CliRunner().invoke(cli, ["db", "upgrade"], env={"CHAINRULE_HOME": str(home[where])})
    assert (upgrade.exit_code, upgrade.output.count("\n")) in ((2, 1), (3, 1)), upgrade.output
    assert str(home[where]) in upgrade.output


def test_a_short_secret_keeps_the_server_from_beginning(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = CliRunner().invoke(
        cli, ["serve", "--port", "0"], env={"CHAINRULE_HOME": str(home), "CHAINRULE_SECRET": "short"}
    )
    assert told.exit_code == 2
    assert "CHAINRULE_SECRET is of 5 characters, expected" in told.output
    assert not home.exists()


@pytest.mark.parametrize("command", ["serve", "web"])
@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_refused(command: str, port: str) -> None:
    told = CliRunner().invoke(cli, [command, "--port", port])
    assert told.exit_code == 2
    assert "'--port'" in told.output
