"""Scores from a CSV file: what is wrong with it, line by line, and what it would change.

    read_scores(bytes, columns)         -> Upload     pure: the rows, or all that is wrong with the file
    preview(session, ..., upload)       -> Preview    what would change, and the lines that name nobody of this class

A file has a column of e-mail addresses, and one for each component whose scores it brings, named by its title or key;
a column "Exam comment" brings the comments. An empty cell, or one that says "excused", leaves what stands there. Nothing of a file with a fault is
used. Whoever confirms a preview sends its fingerprint along: if the same file would now change something else, they
are shown that first.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.courses.models import Membership
from webapp.courses.roster import Fault, decoded
from webapp.gradebook.exports import unguarded
from webapp.gradebook.scores import NOTHING, Entry, Held, NotAScore, held_by, read_comment, read_score
from webapp.gradebook.sheet import Column

LARGEST: Final = 2**20
"""Bytes of a file; five thousand students with ten scores each are a third of that."""

_DELIMITERS: Final = (",", ";", "\t")
_EMAIL: Final = frozenset(
    {
        "email", "mail", "emailaddress", "sisloginid",
        "correo", "correoelectronico", "direcciondecorreo", "direccionemail", "direcciondeemail",
    }
)  # fmt: skip
_COMMENT: Final = ("comment", "feedback", "comentario")
_EXCUSED: Final = frozenset({"excused", "ex"})
"""What our exports, and Canvas's, say of what is excused; a file of scores changes nothing about that."""
_NOBODY: Final = frozenset({"pointspossible"})
"""What stands in the place of a student's name in Canvas's line of maxima."""


@dataclass(frozen=True)
class Brought:
    """What a line brings for one component. None stands for what it does not say."""

    column: Column
    score: Decimal | None
    comment: str | None


@dataclass(frozen=True)
class Line:
    """One line of the file: somebody's address, and what it brings."""

    number: int
    email: str
    brought: tuple[Brought, ...]


@dataclass(frozen=True)
class Upload:
    """What a file says. Notes are told and hinder nothing."""

    lines: tuple[Line, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A score that the file would change."""

    name: str
    email: str
    column: Column
    entry: Entry


@dataclass(frozen=True)
class Preview:
    """What a file would do to the gradebook: nothing at all while there are faults."""

    differences: tuple[Difference, ...]
    unchanged: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is to be written."""
        return tuple(each.entry for each in self.differences)

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same changes."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()


def read_scores(data: bytes, columns: Sequence[Column]) -> Upload:
    """What a file says of these columns. Every fault names its line, the value and the way out."""
    if len(data) > LARGEST:
        return Upload(faults=(Fault(1, "The file is larger than 1 MiB. Leave out what is no score."),))
    text, note = decoded(data)
    if text is None:
        return Upload(faults=(Fault(1, note[:1].upper() + note[1:]),))
    reader = _Reader(text, columns)
    lines = tuple(reader.lines())
    return Upload(lines, tuple(reader.faults), (*([note] if note else []), *reader.notes))


def preview(session: Session, course_id: int, upload: Upload) -> Preview:
    """What the file would change as things stand."""
    query = (
        select(User.email, User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.course_id == course_id, Membership.role == "student")
    )
    students = {email: (number, name) for email, number, name in session.execute(query)}
    standing = held_by(session, course_id)
    faults, differences, unchanged = list(upload.faults), [], 0
    for line in upload.lines:
        if line.email not in students:
            faults.append(
                Fault(line.number, f"No student of this course has the address {line.email}. Look at its spelling.")
            )
            continue
        number, name = students[line.email]
        for brought in line.brought:
            place = (number, brought.column.key)
            before = standing.get(place, NOTHING)
            after = Held(
                before.score if brought.score is None else brought.score,
                before.comment if brought.comment is None else brought.comment,
            )
            if before == after:
                unchanged += 1
            else:
                differences.append(Difference(name, line.email, brought.column, Entry(place, before, after)))
    return Preview(
        differences=() if faults else tuple(differences),
        unchanged=unchanged,
        faults=tuple(sorted(faults, key=lambda fault: fault.line)),
        notes=upload.notes,
    )


class _Reader:
    """Reads the lines of one file, and collects what is wrong on the way."""

    def __init__(self, text: str, columns: Sequence[Column]) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._columns = columns
        self._email = -1
        self._scores: dict[str, int] = {}
        self._comments: dict[str, int] = {}
        self._width = 0
        self._cells = self._split(text)

    def lines(self) -> Iterator[Line]:
        """The lines, as far as they are sound."""
        first = next(self._cells, None)
        if first is None:
            self._fault(1, "The file is empty. Its first line names the columns, such as: e-mail,Exam.")
            return
        self._read_head(*first)
        seen: dict[str, int] = {}
        for number, cells in self._cells if not self.faults else ():
            line = self._line(number, cells)
            if line is None:
                continue
            if line.email in seen:
                where = f"stands in line {seen[line.email]} already"
                self._fault(number, f"The address {line.email} {where}. Keep one of the two lines.")
                continue
            seen[line.email] = number
            yield line

    def _split(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The lines that are not blank, as cells, each with its number."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter(text), strict=True)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self._fault(number, f"The quotes are not in order ({error}). A quote within a value is doubled.")
                return
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield number, cells

    def _delimiter(self, text: str) -> str:
        """The one with which the first line names the most columns that we know."""
        first = next((line for line in text.splitlines() if line.strip()), "")

        def known(delimiter: str) -> int:
            return sum(self._meaning(header.strip('" ')) is not None for header in first.split(delimiter))

        return max(_DELIMITERS, key=lambda each: (known(each), first.count(each)))

    def _meaning(self, header: str) -> tuple[str, str] | None:
        """What a column brings: ("email", ""), or ("score" or "comment", the component's key); None when unknown."""
        plain = _plain(unguarded(header))
        if plain in _EMAIL:
            return "email", ""
        for column in self._columns:
            names = {_plain(column.heading), _plain(column.key)}
            if plain in names:
                return "score", column.key
            if any(plain == name + word for name in names for word in _COMMENT):
                return "comment", column.key
        return None

    def _read_head(self, number: int, headers: list[str]) -> None:
        self._width = len(headers)
        taken: dict[tuple[str, str], str] = {}
        unused = []
        for at, header in enumerate(headers):
            meaning = self._meaning(header)
            if meaning is None:
                unused += [header.strip()] if header.strip() else []
            elif meaning in taken:
                self._fault(
                    number,
                    f"{taken[meaning]!r} and {header.strip()!r} bring the same. Take one of the two columns away.",
                )
            else:
                taken[meaning] = header.strip()
                self._take(meaning, at)
        if unused:
            self.notes.append(f"Not used: {', '.join(unused)}. Only scores by hand are imported.")
        if self._email < 0:
            self._fault(number, f"There is no column e-mail (or correo); the first line names: {_listed(headers)}.")
        if not self._scores and not self._comments:
            hand = _listed([column.heading for column in self._columns]) or "none in this course"
            self._fault(number, f"No column is a score by hand. Name one of them: {hand}.")

    def _take(self, meaning: tuple[str, str], at: int) -> None:
        kind, key = meaning
        if kind == "email":
            self._email = at
        else:
            (self._scores if kind == "score" else self._comments)[key] = at

    def _line(self, number: int, cells: list[str]) -> Line | None:
        if any(cell.strip() for cell in cells[self._width :]):
            self._fault(
                number,
                f"There are {len(cells)} values for {self._width} columns. Put a value that holds the delimiter in "
                'quotes: "7,5".',
            )
            return None
        if _plain(cells[0]) in _NOBODY:
            return None
        email = unguarded(self._cell(cells, self._email)).lower()
        if not email:
            self._fault(number, "The e-mail address is empty. Write it in, or take the line away.")
            return None
        before = len(self.faults)
        brought = tuple(filter(None, (self._brought(number, cells, column) for column in self._columns)))
        return Line(number, email, brought) if len(self.faults) == before else None

    def _brought(self, number: int, cells: list[str], column: Column) -> Brought | None:
        score_text = self._cell(cells, self._scores.get(column.key, -1))
        if score_text.casefold() in _EXCUSED:
            score_text = ""
        comment_text = self._cell(cells, self._comments.get(column.key, -1))
        if not score_text and not comment_text:
            return None
        try:
            score = read_score(score_text, column.most)
            comment = read_comment(unguarded(comment_text)) if comment_text else None
        except NotAScore as error:
            self._fault(number, f"{column.title}: {error}")
            return None
        return Brought(column, score, comment)

    def _cell(self, cells: list[str], at: int) -> str:
        return cells[at].strip() if 0 <= at < len(cells) else ""

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(line, text))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(repr(word.strip()) for word in words if word.strip())


def _plain(text: str) -> str:
    """Letters and digits alone, small, without accents: `E-Mail` is `email`."""
    return "".join(each for each in unicodedata.normalize("NFKD", text).casefold() if each.isalnum())
