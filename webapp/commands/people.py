"""The operator's commands about people and their courses: user, roster, course."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.common import FAILED, PASSED, WRONG_CALL, Failure, finish, json_option, print_json, read_bytes
from webapp.commands.running import database_of, require_there, settings_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.accounts.invitations import Delivery
    from webapp.accounts.models import User
    from webapp.courses.models import Course
    from webapp.courses.roster import Entry, Plan, Roster
    from webapp.database import Database
    from webapp.settings import Settings


@click.group()
def user() -> None:
    """The accounts on this server."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--admin", is_flag=True, help="An administrator of the whole site.")
@click.option("--course", "slug", metavar="SLUG", help="A course that the person joins.")
@click.option(
    "--role",
    type=click.Choice(["student", "assistant", "instructor"]),
    default="student",
    show_default=True,
    help="What the person is in that course.",
)
@click.option("--password-stdin", is_flag=True, help="Read a first password from standard input.")
@json_option
def add_user(
    email: str, name: str, admin: bool, slug: str | None, role: str, password_stdin: bool, as_json: bool
) -> None:
    """Make an account, and print the link with which the person chooses a password.

    Example: chainrule user add ines@example.org --name "Inés Ibarra" --course dl-2026 --role instructor
    """
    with opened() as (settings, database):
        from webapp.accounts.invitations import invite
        from webapp.accounts.services import hash_password, make_user, set_password
        from webapp.courses.roster import Seat
        from webapp.office.people import take_in

        hashed = hash_password(_asked_password("")) if password_stdin else None
        with database.writing() as session:
            person = make_user(session, email, name, is_admin=admin)
            if slug is not None:
                take_in(session, course_named(session, slug), None, person, Seat(role, ""))
            if hashed is not None:
                set_password(session, person, hashed)
            link = invite(session, person, settings).link if hashed is None else None
    if as_json:
        print_json({"email": person.email, "name": person.name, "link": link})
        return
    click.echo(f"{person.name} ({person.email}) has an account.", err=True)
    if link is not None:
        _print_link(link, settings.invitation_days)


@user.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """List the accounts, with their courses.

    Example: chainrule user list --json
    """
    with opened() as (_, database):
        from webapp.courses.editions import everyone

        with database.reading() as session:
            people = [
                {
                    "email": person.user.email,
                    "name": person.user.name,
                    "admin": person.user.is_admin,
                    "active": person.user.is_active,
                    "has_password": person.has_password,
                    "courses": [{"course": slug, "role": role, "group": group} for slug, role, group in person.seats],
                }
                for person in everyone(session)
            ]
    if as_json:
        print_json({"users": people})
    elif people:
        _print_table(["e-mail", "name", "courses", ""], [_user_line(person) for person in people])
    else:
        click.echo("There are no accounts yet. Make one with: chainrule user add EMAIL --name NAME --admin", err=True)


@user.command("password")
@click.argument("email")
def change_password(email: str) -> None:
    """Set a person's password, and sign them out everywhere.

    It is asked for without showing it, or read from standard input.

    Example: chainrule user password ines@example.org
    """
    with opened() as (_, database):
        from webapp.accounts.services import hash_password, set_password

        with database.reading() as session:
            address = _person(session, email).email
        hashed = hash_password(_asked_password(address))
        with database.writing() as session:
            set_password(session, _person(session, email), hashed)
    click.echo(f"The password of {address} is set; sessions that were open have ended.", err=True)


@user.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Keep a person out: sessions end, tokens rest; all that was handed in stays.

    Example: chainrule user deactivate sol@example.org
    """
    _set_active(email, False)
    click.echo(f"{email} cannot come in any more. `chainrule user activate {email}` opens the account again.", err=True)


@user.command("activate")
@click.argument("email")
def activate(email: str) -> None:
    """Let a person in again who was deactivated.

    Example: chainrule user activate sol@example.org
    """
    _set_active(email, True)
    click.echo(f"{email} can come in.", err=True)


def _set_active(email: str, active: bool) -> None:
    with opened() as (_, database):
        from webapp.accounts.services import set_active

        with database.writing() as session:
            set_active(session, _person(session, email), active)


@user.command("token")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for; it tells tokens apart.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it works. Default: until it is revoked.")
@json_option
def make_token(email: str, name: str, days: int | None, as_json: bool) -> None:
    """Make a personal token, and print it: this once, only its fingerprint is kept.

    Example: chainrule user token ines@example.org --name "nightly export" --days 365
    """
    with opened() as (settings, database):
        from datetime import timedelta

        from webapp.accounts import services

        with database.writing() as session:
            person = _person(session, email)
            lifetime = timedelta(days=days) if days is not None else None
            token, text = services.make_token(session, person, name, lifetime)
    if as_json:
        expires = token.expires_at.isoformat() if token.expires_at else None
        print_json({"email": person.email, "name": token.name, "token": text, "expires_at": expires})
        return
    click.echo(f"Who has this token can act as {person.email}. Revoke it at {settings.url}/account.", err=True)
    click.echo(text)


@user.command("invite")
@click.argument("email")
@json_option
def invite_user(email: str, as_json: bool) -> None:
    """Print a new link with which a person chooses a first password; earlier links stop working.

    Example: chainrule user invite ana@example.org
    """
    with opened() as (settings, database):
        from webapp.accounts.invitations import invite

        with database.writing() as session:
            invitation = invite(session, _person(session, email), settings)
    if as_json:
        print_json({"email": invitation.email, "name": invitation.name, "link": invitation.link})
        return
    _print_link(invitation.link, settings.invitation_days)


@click.group()
def roster() -> None:
    """Who takes part in a course."""


@roster.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--course", "slug", metavar="SLUG", required=True, help="The course; `chainrule course list` shows them.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--send", is_flag=True, help="Send the invitations by e-mail.")
@json_option
def import_roster(file: Path, slug: str, dry_run: bool, send: bool, as_json: bool) -> None:
    """Import a CSV file with columns for name, e-mail, role and group, and show what it changes.

    New people get an account and a link to choose a password. Nobody is removed: who is not in the file is listed.
    With a fault in the file nothing is changed.

    Example: chainrule roster import students.csv --course dl-2026 --dry-run
    """
    with opened() as (settings, database):
        from webapp.accounts.invitations import Delivery, deliver
        from webapp.courses.roster import Applied, plan, read_roster
        from webapp.mail import Mail
        from webapp.office import people

        mail = Mail(settings)
        read = read_roster(read_bytes(file))
        _require_sound(file, read, as_json)
        with database.reading() as session:
            course = course_named(session, slug)
            applied = Applied(plan(session, course, read), ())
        if not dry_run:
            with database.writing() as session:
                applied = people.import_roster(session, course.id, None, read, settings)
        if send and mail.leaves:
            deliveries = deliver(mail, settings, applied.invitations, f"{course.title} {course.edition}")
        else:
            why = "no mail server is set: CHAINRULE_SMTP_URL" if send else None
            deliveries = [Delivery(each, sent=False, problem=why) for each in applied.invitations]
    if as_json:
        print_json(_roster_document(slug, not dry_run, read, applied.plan, deliveries))
    else:
        _show_plan(read, applied.plan, dry_run)
        _show_deliveries(deliveries, settings.invitation_days)
    finish(FAILED if any(each.problem for each in deliveries) else PASSED)


def _require_sound(file: Path, read: Roster, as_json: bool) -> None:
    """Ends the command when there is a fault in the file, with all of them."""
    if not read.faults:
        return
    if as_json:
        faults = [{"line": fault.line, "problem": fault.text} for fault in read.faults]
        print_json({"applied": False, "problems": faults, "notes": list(read.notes)})
    for fault in read.faults:
        click.echo(f"{file}, {fault}", err=True)
    count = len(read.faults)
    raise Failure(f"nothing is changed: mend {'this line' if count == 1 else f'these {count}'} first.", WRONG_CALL)


def _roster_document(slug: str, applied: bool, read: Roster, plan: Plan, deliveries: list[Delivery]) -> dict[str, Any]:
    return {
        "course": slug,
        "applied": applied,
        "notes": list(read.notes),
        "new_accounts": [_entry_document(entry) for entry in plan.new_accounts],
        "new_members": [_entry_document(entry) for entry in plan.new_members],
        "changes": [_entry_document(entry) for entry in plan.changes],
        "unchanged": len(plan.unchanged),
        "absent": [_entry_document(entry) for entry in plan.absent],
        "invitations": [
            {
                "email": each.invitation.email,
                "name": each.invitation.name,
                "link": each.invitation.link,
                "sent": each.sent,
                "problem": each.problem,
            }
            for each in deliveries
        ],
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    document: dict[str, Any] = {"email": entry.email, "name": entry.name}
    document |= {"role": entry.seat.role, "group": entry.seat.group}
    if entry.before is not None and entry.before != entry.seat:
        document["before"] = {"role": entry.before.role, "group": entry.before.group}
    return document


def _show_plan(read: Roster, plan: Plan, dry_run: bool) -> None:
    for note in read.notes:
        click.echo(f"Note: {note}", err=True)
    kinds = {
        "new account": plan.new_accounts,
        "joins": plan.new_members,
        "changes": plan.changes,
        "not in the file, stays": plan.absent,
    }
    lines = [[kind, each.email, each.name, *_seat_words(each)] for kind, entries in kinds.items() for each in entries]
    if lines:
        _print_table(["", "e-mail", "name", "role", "group"], lines)
    counts = f"{len(plan.new_accounts)} new accounts, {len(plan.new_members)} join, {len(plan.changes)} change"
    click.echo(f"{counts}, {len(plan.unchanged)} unchanged, {len(plan.absent)} not in the file.", err=True)
    if dry_run:
        click.echo("Nothing is changed yet: leave out --dry-run to do it.", err=True)


def _seat_words(entry: Entry) -> list[str]:
    before = entry.before or entry.seat
    pairs = ((before.role, entry.seat.role), (before.group, entry.seat.group))
    return [is_now if was == is_now else f"{was or '(none)'} -> {is_now or '(none)'}" for was, is_now in pairs]


def _show_deliveries(deliveries: list[Delivery], days: int) -> None:
    """Says how many invitations were sent; gives the links of the others, so that nothing is lost."""
    kept = [each for each in deliveries if not each.sent]
    if len(deliveries) > len(kept):
        click.echo(f"{len(deliveries) - len(kept)} invitations are sent.", err=True)
    if not kept:
        return
    for problem in dict.fromkeys(each.problem for each in kept if each.problem):
        click.echo(f"Not sent: {problem}", err=True)
    click.echo(f"Hand these links on; each works once, for {days} days:", err=True)
    for each in kept:
        click.echo(f"{each.invitation.email}\t{each.invitation.link}")


@click.group()
def course() -> None:
    """The courses on this server."""


@course.command("add")
@click.argument("slug")
@click.option(
    "--path",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder with course.toml, exercises/ and reference/.",
)
@click.option("--title", default="", help="Default: the one in course.toml.")
@click.option("--edition", default="", help="Default: the one in course.toml.")
@json_option
def add_course(slug: str, path: Path, title: str, edition: str, as_json: bool) -> None:
    """Add an edition of a course from its folder; SLUG stands in its address.

    Example: chainrule course add deep-learning-2026 --path /srv/courses/deep-learning
    """
    with opened() as (settings, database):
        from webapp.courses.editions import add_edition, read_edition

        found = read_edition(slug, path, title, edition)
        with database.writing() as session:
            added = add_edition(session, found)
    if as_json:
        print_json(_course_document(added))
        return
    click.echo(f"{added.title} {added.edition} is at {settings.url}/courses/{added.slug}/", err=True)
    click.echo(f"Add people with: chainrule roster import FILE --course {added.slug}", err=True)


@course.command("list")
@json_option
def list_courses(as_json: bool) -> None:
    """List the courses, with how many take part.

    Example: chainrule course list
    """
    with opened() as (_, database):
        from webapp.courses.editions import enrolments

        with database.reading() as session:
            found = enrolments(session)
    if as_json:
        print_json({"courses": [{**_course_document(each.course), "people": dict(each.people)} for each in found]})
    elif found:
        lines = [
            [each.course.slug, f"{each.course.title} {each.course.edition}", _counts(each.people), each.course.path]
            for each in found
        ]
        _print_table(["slug", "course", "people", "folder"], lines)
    else:
        click.echo("There are no courses yet. Add one with: chainrule course add SLUG --path DIR", err=True)


def _course_document(course: Course) -> dict[str, Any]:
    return {"slug": course.slug, "title": course.title, "edition": course.edition, "path": course.path}


def _counts(people: dict[str, int]) -> str:
    return ", ".join(f"{people[role]} {role}{'s' if people[role] != 1 else ''}" for role in sorted(people)) or "nobody"


@contextmanager
def opened() -> Iterator[tuple[Settings, Database]]:
    """The settings and the database, whose schema is up to date; what goes wrong ends the command in one line."""

    from grader.course import CourseError
    from webapp.problems import Problem
    from webapp.schema import SchemaError, require_current
    from webapp.settings import SettingsError

    settings = settings_of()
    with database_of(settings) as database:
        try:
            require_there(database)
            require_current(database)
            yield settings, database
        except Problem as problem:
            raise Failure(problem.detail, WRONG_CALL) from problem
        except (SchemaError, SettingsError, CourseError) as error:
            raise Failure(str(error), WRONG_CALL) from error


def _person(session: Session, email: str) -> User:
    from webapp.accounts.services import user_by_email

    person = user_by_email(session, email)
    if person is None:
        raise Failure(f"{email} has no account. `chainrule user list` shows those that there are.", WRONG_CALL)
    return person


def course_named(session: Session, slug: str) -> Course:
    """The course with that slug; an unknown one ends the command."""
    from webapp.courses.editions import course_by_slug

    found = course_by_slug(session, slug)
    if found is None:
        raise Failure(f"there is no course {slug!r}. `chainrule course list` shows those that there are.", WRONG_CALL)
    return found


def _asked_password(email: str) -> str:
    """The password from standard input: asked for twice without showing it, or a line that is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt(
        f"New password{f' of {email}' if email else ''}", hide_input=True, confirmation_prompt=True, err=True
    )
    return asked


def _print_link(link: str, days: int) -> None:
    click.echo(f"Hand this link on; it works once, for {days} days:", err=True)
    click.echo(link)


def _user_line(person: dict[str, Any]) -> list[str]:
    seats = [f"{each['course']} ({each['role']})" for each in person["courses"]]
    states = {
        "administrator": person["admin"],
        "deactivated": not person["active"],
        "no password yet": not person["has_password"],
    }
    return [person["email"], person["name"], ", ".join(seats), ", ".join(word for word, so in states.items() if so)]


def _print_table(headers: list[str], lines: Iterable[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from grader.cli.render import clean

    table = Table(box=None, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    for line in lines:
        table.add_row(*(Text(clean(cell)) for cell in line))
    Console().print(table)
