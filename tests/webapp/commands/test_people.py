"""The operator's commands about people and courses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.services import find_link, valid_token, verify
from webapp.audit import Change
from webapp.commands.people import course, roster, user
from webapp.courses.models import Course
from webapp.database import Database, now
from webapp.grades.models import Rollup

COURSE = Path(__file__).parents[2] / "fixtures" / "course"
ROSTER = """name,e-mail,role,group
Ana Alonso,ana@example.org,student,A
Ben Blanco,ben@example.org,student,A
Sol Soto,sol@example.org,student,B
Nuria Núñez,nuria@example.org,student,B
"""

Run = Callable[..., Result]


@click.group()
def chainrule() -> None:
    """The commands, as they stand in the whole."""


for _command in (user, roster, course):
    chainrule.add_command(_command)


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command against the test's database."""
    for variable in ("CHAINRULE_SMTP_URL", "CHAINRULE_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CHAINRULE_HOME", str(tmp_path))
    monkeypatch.setenv("CHAINRULE_DATABASE_URL", database_url)
    monkeypatch.setenv("CHAINRULE_URL", "https://chainrule.example.org")
    monkeypatch.setenv("COLUMNS", "160")

    def invoke(*words: str, input: str | None = None) -> Result:
        return CliRunner().invoke(chainrule, words, input=input)

    return invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A roster for the course "small"."""
    path = tmp_path / "class.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def document(result: Result, code: int = 0) -> Any:
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def told(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    return result.stderr


def token_of(link: str) -> str:
    assert link.startswith("https://chainrule.example.org/welcome/")
    return link.rpartition("/")[2]


def test_a_new_account_gets_a_link_and_a_seat(run: Run, database: Database):
    result = run(
        "user", "add", "Nuria@example.org", "--name", "Nuria Núñez", "--course", "small", "--role", "assistant"
    )
    assert result.exit_code == 0, result.output
    with database.reading() as session:
        person = find_link(session, "invitation", token_of(result.stdout.strip())).user
        assert (person.email, person.name, person.is_admin) == ("nuria@example.org", "Nuria Núñez", False)
    people = {each["email"]: each for each in document(run("user", "list", "--json"))["users"]}
    assert people["nuria@example.org"] == {
        "email": "nuria@example.org",
        "name": "Nuria Núñez",
        "admin": False,
        "active": True,
        "has_password": False,
        "courses": [{"course": "small", "role": "assistant", "group": ""}],
    }


def test_a_new_administrator_can_begin_with_a_password(run: Run, database: Database):
    words = ("user", "add", "root@example.org", "--name", "Root", "--admin", "--password-stdin", "--json")
    assert document(run(*words, input="a password of mine\n"))["link"] is None
    with database.reading() as session:
        person = verify(session, "root@example.org", "a password of mine")
        assert person is not None
        assert person.is_admin


@pytest.mark.parametrize(
    ("words", "input", "error"),
    [
        (["add", "ana@example.org", "--name", "Ana"], None, "ana@example.org has one"),
        (["add", "ana", "--name", "Ana"], None, "has not the form name@example.org"),
        (["add", "x@example.org", "--name", "X", "--course", "none"], None, "there is no course 'none'"),
        (["add", "x@example.org", "--name", "X", "--password-stdin"], "short\n", "choose at least 10"),
        (["add", "x@example.org"], None, "Missing option '--name'"),
        (["password", "nobody@example.org"], "a password of mine\n", "nobody@example.org has no account"),
        (["password", "ana@example.org"], "short\n", "choose at least 10"),
        (["deactivate", "nobody@example.org"], None, "nobody@example.org has no account"),
        (["token", "nobody@example.org", "--name", "x"], None, "nobody@example.org has no account"),
        (["token", "ana@example.org", "--name", "x" * 101], None, "use at most 100"),
        (["invite", "ana@example.org"], None, "ana@example.org has chosen one"),
    ],
)
def test_a_call_that_cannot_be_done_says_why_and_changes_nothing(run: Run, database: Database, words, input, error):
    assert error in told(run("user", *words, input=input))
    with database.reading() as session:
        assert len(session.scalars(select(User)).all()) == 7


def test_the_list_shows_every_account(run: Run):
    result = run("user", "list")
    assert result.exit_code == 0
    for part in ("ana@example.org", "Inés Ibarra", "small (instructor)", "administrator"):
        assert part in result.stdout


def test_a_password_is_set_and_sessions_end(run: Run, database: Database):
    assert run("user", "password", "Ana@example.org", input="a password of mine\n").exit_code == 0
    with database.reading() as session:
        person = verify(session, "ana@example.org", "a password of mine")
        assert person is not None
        assert person.epoch == 2


def test_a_person_is_kept_out_and_let_in_again(run: Run, database: Database):
    for command, active in (("deactivate", False), ("activate", True)):
        assert run("user", command, "ana@example.org").exit_code == 0
        with database.reading() as session:
            assert session.scalars(select(User).where(User.email == "ana@example.org")).one().is_active is active


def test_a_token_is_printed_alone_on_standard_output(run: Run, database: Database):
    result = run("user", "token", "ana@example.org", "--name", "export")
    assert result.exit_code == 0
    with database.reading() as session:
        token = valid_token(session, result.stdout.strip())
        assert token is not None
        assert token.expires_at is None
    assert document(run("user", "token", "ana@example.org", "--name", "b", "--days", "3", "--json"))["expires_at"]


def test_an_invitation_can_be_renewed(run: Run, database: Database):
    first = document(run("user", "add", "nuria@example.org", "--name", "Nuria", "--json"))["link"]
    second = run("user", "invite", "nuria@example.org").stdout.strip()
    assert second == document(run("user", "invite", "nuria@example.org", "--json"))["link"] or second != first
    assert token_of(second) != token_of(first)


def test_a_dry_run_shows_the_plan_and_changes_nothing(run: Run, file: Path):
    result = run("roster", "import", str(file), "--course", "small", "--dry-run")
    assert result.exit_code == 0, result.output
    for part in ("new account", "nuria@example.org", "B -> A", "not in the file, stays", "ines@example.org"):
        assert part in result.stdout
    assert "1 new accounts, 1 join, 1 change, 1 unchanged, 2 not in the file." in result.stderr
    again = document(run("roster", "import", str(file), "--course", "small", "--dry-run", "--json"))
    assert [each["email"] for each in again["new_accounts"]] == ["nuria@example.org"]
    assert again["applied"] is False


def test_an_import_prints_the_links_of_new_accounts(run: Run, file: Path, database: Database):
    result = run("roster", "import", str(file), "--course", "small")
    assert result.exit_code == 0, result.output
    email, link = result.stdout.splitlines()[-1].split("\t")
    assert email == "nuria@example.org"
    with database.reading() as session:
        assert find_link(session, "invitation", token_of(link)).user.email == email


def test_an_import_is_in_the_audit_log_and_in_the_grades(run: Run, file: Path, database: Database):
    with database.writing() as session:
        ben = session.scalars(select(User.id).where(User.email == "ben@example.org")).one()
        small = session.scalars(select(Course.id).where(Course.slug == "small")).one()
        session.add(
            Rollup(
                course_id=small, user_id=ben, scheme="s", document={}, computed_at=now(), valid_until=None, stale=False
            )
        )
    assert run("roster", "import", str(file), "--course", "small").exit_code == 0
    with database.reading() as session:
        assert session.get_one(Rollup, (small, ben)).stale
        changes = {each.subject: each for each in session.scalars(select(Change))}
        assert set(changes) == {"ben@example.org", "sol@example.org", "nuria@example.org"}
        assert changes["ben@example.org"].after == {"role": "student", "group": "A"}
        assert changes["ben@example.org"].who == "A command on the server"


def test_who_is_added_to_a_course_is_in_its_audit_log(run: Run, database: Database):
    assert run("user", "add", "eva@example.org", "--name", "Eva", "--course", "small").exit_code == 0
    with database.reading() as session:
        change = session.scalars(select(Change)).one()
        assert (change.subject, change.after) == ("eva@example.org", {"role": "student", "group": ""})


def test_an_import_as_json_has_all_of_it(run: Run, file: Path):
    imported = document(run("roster", "import", str(file), "--course", "small", "--json"))
    assert imported["applied"] is True
    assert imported["changes"] == [
        {
            "email": "ben@example.org",
            "name": "Ben Blanco",
            "role": "student",
            "group": "A",
            "before": {"role": "student", "group": "B"},
        }
    ]
    (invitation,) = imported["invitations"]
    assert (invitation["sent"], invitation["problem"]) == (False, None)


def test_a_faulty_file_is_told_line_by_line_and_changes_nothing(run: Run, file: Path):
    file.write_text("name,e-mail\nNuria,nuria@example.org\nBen,ben\nCleo,\n")
    stderr = told(run("roster", "import", str(file), "--course", "small"))
    assert f"{file}, line 3: 'ben' has not the form" in stderr
    assert "nothing is changed: mend these 2 first." in stderr
    faults = document(run("roster", "import", str(file), "--course", "small", "--json"), 2)
    assert [each["line"] for each in faults["problems"]] == [3, 4]
    assert "nuria@example.org" not in run("user", "list").stdout


@pytest.mark.parametrize(
    ("smtp", "why"),
    [("", "Not sent: no mail server is set"), ("smtp://127.0.0.1:1", "Not sent: the mail server 127.0.0.1:1 cannot")],
)
def test_invitations_that_are_not_sent_are_listed_so_that_nothing_is_lost(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, smtp: str, why: str
):
    monkeypatch.setenv("CHAINRULE_SMTP_URL", smtp)
    result = run("roster", "import", str(file), "--course", "small", "--send")
    assert result.exit_code == 1
    assert why in result.stderr
    assert token_of(result.stdout.splitlines()[-1].split("\t")[1])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["none.csv", "--course", "small"], "none.csv: No such file"),
        (["{file}", "--course", "none"], "there is no course 'none'"),
        (["{file}"], "Missing option '--course'"),
    ],
)
def test_an_import_that_cannot_begin_says_why(run: Run, file: Path, words, error):
    assert error in told(run("roster", "import", *(word.format(file=file) for word in words)))


def test_a_course_is_added_and_listed(run: Run, tmp_path: Path):
    folder = shutil.copytree(COURSE, tmp_path / "course")
    words = ("course", "add", "tests-2026", "--path", str(folder), "--edition", "2026")
    assert "https://chainrule.example.org/courses/tests-2026/" in run(*words).stderr
    courses = {each["slug"]: each for each in document(run("course", "list", "--json"))["courses"]}
    assert courses["tests-2026"] == {
        "slug": "tests-2026",
        "title": "A course for the tests",
        "edition": "2026",
        "path": str(folder),
        "people": {},
    }
    assert "1 assistant, 1 instructor, 2 students" in run("course", "list").stdout


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["small", "--path", str(COURSE), "--edition", "1"], "'small' is A small course 2026"),
        (["Bad Slug", "--path", str(COURSE), "--edition", "1"], "small letters, digits and hyphens"),
        (["new", "--path", str(COURSE)], "--edition 2026"),
        (["new", "--path", str(COURSE.parent)], "course.toml is missing"),
    ],
)
def test_a_course_that_cannot_be_added_says_why(run: Run, words, error):
    assert error in told(run("course", "add", *words))


def test_an_empty_server_says_how_it_fills(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from webapp import schema

    url = f"sqlite:///{tmp_path / 'empty.db'}"
    empty = Database(url)
    schema.upgrade(empty)
    empty.close()
    monkeypatch.setenv("CHAINRULE_DATABASE_URL", url)
    assert "chainrule user add" in told(run("user", "list"), 0)
    assert "chainrule course add" in told(run("course", "list"), 0)


@pytest.mark.parametrize(
    ("url", "code", "error"),
    [
        ("sqlite:////nowhere/chainrule.db", 2, "there is no database at /nowhere/chainrule.db"),
        ("sqlite:///{tmp}/stale.db", 2, "run `chainrule db upgrade`"),
        ("mysql://localhost/x", 2, "expected sqlite:///PATH or postgresql:"),
        ("no url", 2, "expected sqlite:///PATH or postgresql:"),
        ("postgresql://x@127.0.0.1:1/x", 3, "this database cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url, code, error):
    (tmp_path / "stale.db").touch()
    monkeypatch.setenv("CHAINRULE_HOME", str(tmp_path))
    monkeypatch.setenv("CHAINRULE_DATABASE_URL", url.format(tmp=tmp_path))
    assert error in told(CliRunner().invoke(chainrule, ["user", "list"]), code)


@pytest.mark.parametrize("group", [user, roster, course])
def test_every_command_has_help_with_an_example(group: click.Group):
    for name, command in group.commands.items():
        assert f"Example: chainrule {group.name} {name}" in (command.help or "")
