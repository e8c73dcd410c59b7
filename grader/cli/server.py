"""The commands of a student that talk to a server: login, submit, status, grades, logout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.common import (
    FAILED,
    INTERRUPTED,
    PASSED,
    PLATFORM,
    WRONG_CALL,
    Failure,
    clean,
    course_of,
    course_option,
    exercise_names,
    exercise_of,
    exercise_option,
    finish,
    json_option,
    notes_on_lines,
    print_json,
    read_bytes,
    spinner_for,
)

if TYPE_CHECKING:
    from rich.status import Status

    from grader.cli.credentials import Login
    from grader.client import Client, ClientError, Document, Upload
    from grader.course import Course
    from grader.report import Report

_SUBMIT_PATIENCE_S = 60.0
_MOST_BYTES = 10 * 2**20
_LARGE_BYTES = 2**20


@click.command()
@click.argument("url")
@click.option("--token", help="The token. Better: paste it when asked, or give it on standard input.")
@click.option("--insecure", is_flag=True, help="Allow plain http: who can read the network can read your token.")
@json_option
def login(url: str, token: str | None, insecure: bool, as_json: bool) -> None:
    """Log in to a course's server, with a personal token.

    You make the token on your account's page. It is kept in a file that you alone can read. CHAINRULE_URL and
    CHAINRULE_TOKEN, both set, override that file.

    Example: chainrule login https://chainrule.example.org
    """
    from grader.cli.credentials import Login, checked_token, checked_url, environment_login, store_login

    overriding = environment_login()
    address = checked_url(url, insecure)
    mine = Login(address, checked_token(token if token is not None else _asked_token(address)))
    with _client(mine) as client:
        user = client.me()
    store_login(mine)
    if overriding is not None:
        click.echo("Note: CHAINRULE_URL and CHAINRULE_TOKEN are set, and override this login.", err=True)
    if as_json:
        print_json({"url": address, **user})
        return
    _say(f"Logged in to {address} as {user['name']} ({user['email']}).")
    for course in user["courses"]:
        _say(f"    {course.get('title')} {course.get('edition') or ''}".rstrip())
    click.echo("Hand a file in with: chainrule submit FILE --wait")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@exercise_option
@click.option("--wait", is_flag=True, help="Wait for the verdict, and print the report.")
@course_option
@json_option
@click.pass_context
def submit(context: click.Context, file: Path, name: str | None, wait: bool, as_json: bool) -> None:
    """Hand in a Python file or a notebook.

    Without --wait it ends when the server has accepted the file (exit code 0); with it, when the verdict is there.

    Example: chainrule submit adam.py --wait
    """
    data = read_bytes(file)
    course = course_of(context)
    upload = _upload(file, data)
    exercise = name or exercise_of(course, name, file, data).name
    with _client(patience_s=_SUBMIT_PATIENCE_S) as client:
        accepted = _hand_in(client, exercise, upload, len(data))
        identifier = str(accepted["id"])
        if not wait and as_json:
            print_json(accepted)
            return
        if not wait:
            _show_accepted(client, accepted, exercise, err=False)
            _say(f"See the verdict with: chainrule status {identifier}")
            return
        with _kept(client, identifier):
            _show_accepted(client, accepted, exercise, err=True)
            graded = _verdict(client, identifier)
    report = _report_of(graded, client)
    notes = notes_on_lines(report, file, data)
    _finish_with(report, _title(course, exercise), graded["report"] if as_json else None, notes)


@click.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option(
    "-e", "--exercise", "name", metavar="NAME", shell_complete=exercise_names, help="Only this exercise's submissions."
)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="At most so many.")
@course_option
@json_option
@click.pass_context
def status(context: click.Context, identifier: str | None, name: str | None, limit: int, as_json: bool) -> None:
    """Show your latest submissions, or one of them with its report.

    With an ID the exit code is the verdict's; 0 while there is none.

    Example: chainrule status
    """
    if identifier is not None:
        _show_one(context, identifier, as_json)
        return
    with _client() as client:
        submissions = client.submissions(name, limit)
        if name is not None and not submissions:
            _must_be_there(client, name)
    if as_json:
        print_json({"submissions": submissions})
    elif submissions:
        from grader.cli.render import show_submissions

        show_submissions(submissions)
    else:
        what = "" if name is None else f" for {name}"
        click.echo(f"Nothing is submitted{what} yet. Hand a file in with: chainrule submit FILE --wait")


@click.command()
@json_option
def grades(as_json: bool) -> None:
    """Show your grade: what it is made of, what is missing, the range still possible.

    Example: chainrule grades
    """
    with _client() as client:
        document = client.grades()
    if as_json:
        print_json(document)
        return
    from grader.cli.render import show_grades

    show_grades(document)


@click.command()
@json_option
def logout(as_json: bool) -> None:
    """Log out: revoke the token in use, and forget it.

    Example: chainrule logout
    """
    from grader.cli.credentials import current_login
    from grader.client import ClientError, Refused

    mine = current_login()
    revoked = True
    with _client(mine) as client:
        try:
            client.revoke()
        except Refused as error:
            if error.status != 401:
                raise
            revoked = False  # it was worthless already, which is all that was wanted
        except ClientError as error:
            _forget(mine, f"{error} Besides, ", f" Revoke its token at {mine.url}/account.")
            raise Failure(
                _clean(f"{error} The login is forgotten here; revoke its token at {mine.url}/account."), PLATFORM
            ) from error
    _forget(mine, f"the token is {'revoked' if revoked else 'no longer valid'}, but ")
    if as_json:
        print_json({"url": mine.url, "revoked": revoked})
        return
    click.echo(f"Logged out of {mine.url}. The token is {'revoked' if revoked else 'no longer valid'}.")
    if mine.overridden:
        click.echo("It came from the environment: unset CHAINRULE_URL and CHAINRULE_TOKEN.")


def _forget(login: Login, before: str, after: str = "") -> None:
    """Removes the stored login, if it is the one in use. Raises Failure, with these words around it, where that fails."""
    from grader.cli.credentials import forget_login, login_file

    if login.overridden:
        return
    try:
        forget_login()
    except OSError as error:
        what = f"{login_file()} cannot be removed: {error.strerror or error}. Remove it yourself."
        raise Failure(_clean(f"{before}{what}{after}"), WRONG_CALL) from error


@contextmanager
def _client(login: Login | None = None, patience_s: float = 5.0) -> Iterator[Client]:
    """A client for a login that is being made, or for the one in use; its failures end the command with the way out."""
    from grader.cli.credentials import current_login
    from grader.client import Client, ClientError

    used = login or current_login()
    notices = _Notices()
    try:
        yield Client(used.url, used.token, patience_s=patience_s, tell=notices)
    except ClientError as error:
        raise _failure(error, used.url) from error
    finally:
        notices.close()


def _failure(error: ClientError, url: str, addition: str = "") -> Failure:
    """The error as one line: the fact, then the way out; 2 where the call is wrong, 3 where the platform is."""
    from grader.client import Broken, Refused

    parts = [str(error)]
    if isinstance(error, Refused) and error.status == 401:
        parts = [
            f"the server does not accept your token: {error}" if error.explained else "your token is not accepted."
        ]
        parts.append(f"Make a new one at {url}/account, then `chainrule login {url}`.")
    elif isinstance(error, Refused) and error.status == 413:
        parts = [str(error) if error.explained else "the server does not take a file as large as this."]
        parts.append("Submit the functions alone, without data; clear a notebook's outputs.")
    elif isinstance(error, Broken) or (isinstance(error, Refused) and not error.explained):
        parts.append("Is the address right, and are you connected? `chainrule login URL` names another.")
    parts += [addition] if addition else []
    return Failure(_clean(" ".join(parts)), WRONG_CALL if isinstance(error, Refused) else PLATFORM)


def _asked_token(url: str) -> str:
    """The token from standard input: asked for without showing it, or a line that is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    click.echo(f"Make a personal token at {url}/account and paste it here; it is not shown.", err=True)
    asked: str = click.prompt("Token", hide_input=True, err=True)
    return asked


def _upload(file: Path, data: bytes) -> Upload:
    """The file as it is sent. What the server would refuse for its very form is told without asking."""
    from grader.client import Upload
    from grader.source import UnreadableSource, read_source

    if len(data) > _MOST_BYTES:
        raise Failure(
            f"{file} is larger than {_MOST_BYTES // 2**20} MB. Submit the functions alone, without data; clear a "
            "notebook's outputs.",
            WRONG_CALL,
        )
    if file.suffix.lower() == ".ipynb":
        return Upload.of_file(data, file.name)
    try:
        read_source(data)
    except UnreadableSource as error:
        raise Failure(f"{file} is not submitted. {error}", WRONG_CALL) from error
    return Upload.of_source(data.decode("utf-8"), file.name)


def _hand_in(client: Client, exercise: str, upload: Upload, size: int) -> Document:
    """Submits, however often the connection fails on the way: the key lets the server take it once."""
    import uuid

    from grader.client import Busy, ClientError, Refused, Unreachable

    try:
        return client.submit(exercise, upload, str(uuid.uuid4()))
    except Refused as error:
        if error.status == 404 and error.explained:
            _must_be_there(client, exercise, " Nothing is submitted.")
        raise _failure(error, client.url, "Nothing is submitted.") from error
    except Busy as error:
        if not error.changed_nothing:
            raise _lost(error, client.url, size) from error
        raise _failure(error, client.url, "Nothing is submitted.") from error
    except Unreachable as error:
        raise _lost(error, client.url, size) from error
    except ClientError as error:
        raise _failure(error, client.url, "`chainrule status` tells whether your file has arrived.") from error
    except KeyboardInterrupt:
        click.echo("\nStopped. `chainrule status` tells whether your file has arrived.", err=True)
        finish(INTERRUPTED)


def _lost(error: ClientError, url: str, size: int) -> Failure:
    """The failure of a submission of which nobody knows whether it has arrived."""
    large = f" The file has {size / 2**20:.1f} MB: perhaps it is too large." if size > _LARGE_BYTES else ""
    way_out = "`chainrule status` tells; if not, submit it again."
    return _failure(error, url, f"Nothing says that your file has arrived.{large} {way_out}")


def _must_be_there(client: Client, exercise: str, addition: str = "") -> None:
    """Raises Failure, with what there is, where the server has no such exercise."""
    names = [each["name"] for each in client.exercises()]
    if exercise not in names:
        there = ", ".join(names) or "none at all"
        raise Failure(
            _clean(f"there is no exercise {exercise!r} at {client.url}; there are: {there}.{addition}"), WRONG_CALL
        )


def _verdict(client: Client, identifier: str) -> Document:
    """Waits for the verdict, and says meanwhile where the submission stands."""
    from grader.cli.render import place_of

    for document in client.follow(identifier):
        if document["state"] != "graded":
            client.tell(place_of(document))
    return document


@contextmanager
def _kept(client: Client, identifier: str) -> Iterator[None]:
    """Whatever ends the waiting, Ctrl-C or a failure: the submission is kept, and this says how to see it."""
    from grader.client import ClientError

    kept = f"Your submission {identifier} is kept: see it with `chainrule status {identifier}`."
    try:
        yield
    except KeyboardInterrupt:
        _say(f"\nStopped waiting. {kept}", err=True)
        finish(INTERRUPTED)
    except ClientError as error:
        raise _failure(error, client.url, kept) from error


def _show_accepted(client: Client, accepted: Document, exercise: str, *, err: bool) -> None:
    from grader.cli.render import local_time, place_of

    received = local_time(accepted.get("received_at"))
    _say(f"Accepted: {exercise}, submission {accepted['id']}{f', received {received}' if received else ''}.", err=err)
    if accepted.get("receipt"):
        _say(f"Receipt: {accepted['receipt']}", err=err)
    _say(place_of(accepted), err=err)
    if accepted.get("url"):
        _say(client.page(str(accepted["url"])), err=err)


def _show_one(context: click.Context, identifier: str, as_json: bool) -> None:
    from grader.client import Refused

    with _client() as client:
        try:
            document = client.submission(identifier)
        except Refused as error:
            if error.status != 404 or not error.explained:
                raise
            raise Failure(
                f"there is no submission {identifier!r} of yours at {client.url}; `chainrule status` lists them.",
                WRONG_CALL,
            ) from error
    exercise = document["exercise"]
    if document["state"] == "graded":
        if not as_json:
            _show_accepted(client, document, exercise, err=True)
        report = _report_of(document, client)
        _finish_with(report, _title(course_of(context), exercise), document if as_json else None)
    elif as_json:
        print_json(document)
    else:
        _show_accepted(client, document, exercise, err=False)


def _report_of(graded: Document, client: Client) -> Report:
    """The report of a graded submission. Raises Failure, with the way to it, where it is of a form we do not know."""
    from grader.client import Broken, report_of

    try:
        return report_of(graded)
    except Broken as error:
        page = client.page(str(graded.get("url") or ""))
        raise Failure(
            _clean(f"{error} This program may be older than the server: update it, or see the report at {page}"),
            PLATFORM,
        ) from error


def _finish_with(report: Report, title: str, as_json: Document | None, notes: list[str] | None = None) -> None:
    """Prints the report as `chainrule grade` does, or the document, and ends with the verdict's exit code."""
    if as_json is not None:
        print_json(as_json)
    else:
        from grader.cli.render import show_report

        show_report(report, title, notes)
    finish({"passed": PASSED, "platform_error": PLATFORM}.get(report.status, FAILED))


def _title(course: Course, exercise: str) -> str:
    """The exercise's title where the installed course knows it; the server may have another course."""
    return course.exercises[exercise].title if exercise in course.exercises else exercise


class _Notices:
    """A line on standard error that replaces itself on a terminal; elsewhere each new text is a line of its own."""

    def __init__(self) -> None:
        self._last = ""
        self._status: Status | None = None

    def __call__(self, text: str) -> None:
        text = _clean(text)
        if text == self._last:
            return
        self._last = text
        if not sys.stderr.isatty():
            click.echo(text, err=True)
            return
        from rich.console import Console
        from rich.markup import escape

        if self._status is None:
            console = Console(stderr=True)
            self._status = console.status(escape(text), spinner=spinner_for(console))
            self._status.start()
        else:
            self._status.update(escape(text))

    def close(self) -> None:
        """Takes the line away from a terminal."""
        if self._status is not None:
            self._status.stop()


def _say(text: str, *, err: bool = False) -> None:
    """A line that holds words of the server's."""
    click.echo(_clean(text), err=err)


def _clean(text: Any) -> str:
    return clean(str(text))
