"""The roster of a course: a file becomes rows, the rows become a plan, and the plan is carried out or only shown.

    read_roster(bytes)  ->  Roster    pure: the rows, or all that is wrong with the file
    plan(...)           ->  Plan      what would change, and who is a member but not in the file
    apply(...)          ->  Applied   changes it, in the caller's transaction; gives the invitations of new accounts

What a file does not say is left as it is: a file without a column of roles, or a line with nothing in it, makes no
instructor a student, and who is missing in the file stays a member.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.invitations import Invitation, invite
from webapp.accounts.models import User
from webapp.accounts.services import LONGEST_NAME, make_user, normalise_email, plain_text
from webapp.courses.editions import add_member
from webapp.courses.models import Course, Membership, Role
from webapp.problems import Invalid
from webapp.settings import Settings

LONGEST_GROUP: Final = 80
DEFAULT_ROLE: Final[Role] = "student"

_DELIMITERS: Final = (",", ";", "\t")
_LOOKED_UP_AT_ONCE: Final = 500

# As they are once accents, capitals and punctuation are gone: `Alumno/a` is alumnoa.
_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "name": frozenset({"name", "fullname", "firstname", "nombre", "nombrecompleto", "nombreyapellidos", "alumno"}),
    "surname": frozenset({"surname", "lastname", "familyname", "apellido", "apellidos"}),
    "email": frozenset(
        {"email", "mail", "emailaddress", "correo", "correoelectronico", "direcciondecorreo", "direccionemail"}
    ),
    "role": frozenset({"role", "rol"}),
    "group": frozenset({"group", "groups", "classgroup", "grupo", "grupos"}),
}
_ROLES: Final[Mapping[str, Role]] = {
    "student": "student",
    "estudiante": "student",
    "alumno": "student",
    "alumna": "student",
    "alumnoa": "student",
    "assistant": "assistant",
    "teachingassistant": "assistant",
    "ta": "assistant",
    "ayudante": "assistant",
    "instructor": "instructor",
    "instructora": "instructor",
    "teacher": "instructor",
    "profesor": "instructor",
    "profesora": "instructor",
}


@dataclass(frozen=True)
class Fault:
    """Something in the file that keeps it from being used, at a line of it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class Row:
    """One person of the file. None stands for what the file does not say."""

    line: int
    email: str
    name: str
    role: Role | None = None
    group: str | None = None


@dataclass(frozen=True)
class Roster:
    """What a file says. With a fault in it nothing may be applied; notes are told and hinder nothing."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seat:
    """What a person is in a course."""

    role: str
    group: str


@dataclass(frozen=True)
class Entry:
    """A person in a plan: what they are to be, and what they are now."""

    email: str
    name: str
    seat: Seat
    before: Seat | None = None


@dataclass(frozen=True)
class Plan:
    """What a roster changes in a course."""

    new_accounts: tuple[Entry, ...] = ()
    new_members: tuple[Entry, ...] = ()
    """Those who have an account and join the course."""
    changes: tuple[Entry, ...] = ()
    unchanged: tuple[Entry, ...] = ()
    absent: tuple[Entry, ...] = ()
    """Members who are not in the file: they stay."""


@dataclass(frozen=True)
class Applied:
    """A plan that was carried out, and the invitations of the new accounts."""

    plan: Plan
    invitations: tuple[Invitation, ...]


def read_roster(data: bytes) -> Roster:
    """The rows of a CSV file: with columns for name and e-mail address, and perhaps surname, role and group.

    Every fault names its line, the value and the way out.
    """
    text, note = decoded(data)
    if text is None:
        return Roster((), (Fault(1, note),))
    reader = _Reader(text)
    rows = tuple(reader.rows())
    return Roster(() if reader.faults else rows, tuple(reader.faults), (*([note] if note else []), *reader.notes))


def decoded(data: bytes) -> tuple[str | None, str]:
    """The text and a note on how it was read; or None and what is wrong."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return None, "this is a spreadsheet, not a CSV file. Open it, and save it as CSV (UTF-8)."
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = {"utf-16": ""}
    else:
        encodings = {
            "utf-8-sig": "",
            "cp1252": "The file is not in UTF-8 and was read as Latin-1: look at the accents.",
        }
    for encoding, note in encodings.items():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, note
    return None, "this is no text that can be read. Save the file as CSV in UTF-8."


class _Reader:
    """Reads the lines of one file, and collects what is wrong on the way."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._width = 0
        self._lines = self._split(text)

    def rows(self) -> Iterator[Row]:
        """The people, as far as their lines are sound."""
        first = next(self._lines, None)
        if first is None:
            self._fault(1, "the file is empty. Its first line names the columns, such as: name,e-mail,role,group.")
            return
        columns = self._columns(*first)
        seen: dict[str, int] = {}
        for line, cells in self._lines if columns else ():
            if any(cell.strip() for cell in cells[self._width :]):
                self._fault(
                    line,
                    f"there are {len(cells)} values for {self._width} columns. Put a value that holds the delimiter "
                    'in quotes: "Alonso, Ana".',
                )
                continue
            row = self._row(line, {key: cells[at].strip() for key, at in columns.items() if at < len(cells)}, columns)
            if row is None:
                continue
            if row.email in seen:
                where = f"stands in line {seen[row.email]} already"
                self._fault(line, f"the address {row.email} {where}. Keep one of the two lines.")
                continue
            seen[row.email] = line
            yield row

    def _split(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The lines that are not blank, as cells, each with its number."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self._fault(line, f"the quotes are not in order ({error}). A quote within a value is doubled.")
                return
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield line, cells

    def _columns(self, line: int, headers: list[str]) -> dict[str, int]:
        """Where each field stands; empty when one is missing or there twice."""
        self._width = len(headers)
        columns: dict[str, int] = {}
        for at, header in enumerate(headers):
            field = _field(header)
            if field is None and header.strip():
                self.notes.append(f"The column {header.strip()!r} is not used.")
            elif field in columns:
                both = f"{headers[columns[field]].strip()!r} and {header.strip()!r}"
                self._fault(line, f"{both} both mean the {field}. Take one of the two columns away.")
            elif field is not None:
                columns[field] = at
        wanted = {"name": "name (or nombre)", "email": "e-mail (or correo)"}
        missing = " and ".join(words for field, words in wanted.items() if field not in columns)
        if missing:
            found = ", ".join(repr(header.strip()) for header in headers)
            self._fault(line, f"there is no column {missing}; the first line names: {found}.")
        return {} if self.faults else columns

    def _row(self, line: int, cells: Mapping[str, str], columns: Mapping[str, int]) -> Row | None:
        before = len(self.faults)
        email = self._email(line, cells.get("email", ""))
        name = self._text(line, f"{cells.get('name', '')} {cells.get('surname', '')}", "name", LONGEST_NAME)
        if not name and len(self.faults) == before:
            self._fault(line, f"the name of {email} is empty. Write it in, or take the line away.")
        role = self._role(line, cells["role"]) if cells.get("role") else None
        group = self._text(line, cells.get("group", ""), "group", LONGEST_GROUP) if "group" in columns else None
        return Row(line, email, name, role, group) if len(self.faults) == before else None

    def _email(self, line: int, value: str) -> str:
        if not value:
            self._fault(line, "the e-mail address is empty. Write it in, or take the line away.")
            return ""
        try:
            return normalise_email(value)
        except Invalid as problem:
            self._fault(line, problem.detail)
            return ""

    def _role(self, line: int, value: str) -> Role | None:
        role = _ROLES.get(_plain(value))
        if role is None:
            self._fault(line, f"the role {value!r} is not known. Roles are: {', '.join(get_args(Role))}.")
        return role

    def _text(self, line: int, value: str, what: str, longest: int) -> str:
        try:
            return plain_text(value, what, longest)
        except Invalid as problem:
            self._fault(line, f"the {what} {value[:40]!r} cannot be used. {problem.detail}")
            return ""

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(line, text))


def _delimiter(text: str) -> str:
    """The one with which the first line names the most columns that we know."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def known(delimiter: str) -> int:
        return sum(_field(header.strip('" ')) is not None for header in first.split(delimiter))

    # Where no column is known, the one that makes the most of them: the fault shows what the columns are.
    return max(_DELIMITERS, key=lambda each: (known(each), first.count(each)))


def _field(header: str) -> str | None:
    plain = _plain(header)
    return next((field for field, names in _COLUMNS.items() if plain in names), None)


def _plain(text: str) -> str:
    """Letters and digits alone, small, without accents: `Correo electrónico` is `correoelectronico`."""
    return "".join(each for each in unicodedata.normalize("NFKD", text).casefold() if each.isalnum())


def plan(session: Session, course: Course, roster: Roster) -> Plan:
    """What the roster would change in the course."""
    members = {
        member.user.email: member
        for member in session.scalars(
            select(Membership).options(joinedload(Membership.user)).where(Membership.course_id == course.id)
        )
    }
    accounts = _accounts(session, [row.email for row in roster.rows if row.email not in members])
    sorted_in: dict[str, list[Entry]] = {"new_accounts": [], "new_members": [], "changes": [], "unchanged": []}
    for row in roster.rows:
        member, account = members.pop(row.email, None), accounts.get(row.email)
        if member is not None:
            before = Seat(member.role, member.group)
            seat = _seat(row, before)
            kind = "unchanged" if seat == before else "changes"
            sorted_in[kind].append(Entry(row.email, member.user.name, seat, before))
        elif account is not None:
            sorted_in["new_members"].append(Entry(row.email, account.name, _seat(row)))
        else:
            sorted_in["new_accounts"].append(Entry(row.email, row.name, _seat(row)))
    absent = [_absent(member) for member in members.values()]
    return Plan(
        **{kind: tuple(entries) for kind, entries in sorted_in.items()},
        absent=tuple(sorted(absent, key=lambda entry: (entry.seat.role, entry.email))),
    )


def _seat(row: Row, before: Seat | None = None) -> Seat:
    now_is = before or Seat(DEFAULT_ROLE, "")
    return Seat(row.role or now_is.role, now_is.group if row.group is None else row.group)


def _absent(member: Membership) -> Entry:
    seat = Seat(member.role, member.group)
    return Entry(member.user.email, member.user.name, seat, seat)


def _accounts(session: Session, emails: list[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    for begin in range(0, len(emails), _LOOKED_UP_AT_ONCE):  # databases limit the values of one query
        query = select(User).where(User.email.in_(emails[begin : begin + _LOOKED_UP_AT_ONCE]))
        found |= {user.email: user for user in session.scalars(query)}
    return found


def apply(session: Session, course_id: int, roster: Roster, settings: Settings) -> Applied:
    """Carries the roster out, in the transaction of `session`: all of it, or nothing when an exception ends it.

    The plan is made anew, because the course may have changed since it was shown. A roster with faults is refused.
    """
    if roster.faults:
        raise ValueError(f"a roster with faults is not applied; the first is in {roster.faults[0]}")
    # Locked, so that of two imports at the same time the second sees what the first has done.
    course = session.scalars(select(Course).where(Course.id == course_id).with_for_update()).one()
    made = plan(session, course, roster)
    _change_members(session, course, made.changes)
    existing = _accounts(session, [entry.email for entry in made.new_members])
    for entry in made.new_members:
        add_member(session, course, existing[entry.email], entry.seat.role, entry.seat.group)
    return Applied(made, tuple(_new_accounts(session, course, made.new_accounts, settings)))


def _change_members(session: Session, course: Course, changes: Iterable[Entry]) -> None:
    seats = {entry.email: entry.seat for entry in changes}
    query = select(Membership).options(joinedload(Membership.user)).where(Membership.course_id == course.id)
    for member in session.scalars(query):
        seat = seats.get(member.user.email)
        if seat is not None:
            member.role, member.group = seat.role, seat.group


def _new_accounts(
    session: Session, course: Course, entries: Iterable[Entry], settings: Settings
) -> Iterator[Invitation]:
    for entry in entries:
        user = make_user(session, entry.email, entry.name)
        add_member(session, course, user, entry.seat.role, entry.seat.group)
        yield invite(session, user, settings)
