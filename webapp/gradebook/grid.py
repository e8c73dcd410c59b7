"""The form in which scores are typed: its fields, what was typed into them, and what is wrong, cell by cell.

Each cell has a field for the score, one for what it was when the page was opened, and, where only one component is
shown, the same two for the comment:

    score.41.exam   was.41.exam   comment.41.exam   noted.41.exam      student 41, component "exam"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from webapp.gradebook.scores import NOTHING, Changed, Entry, Held, NotAScore, Place, read_comment, read_score
from webapp.gradebook.sheet import Column, points_text
from webapp.problems import Invalid

_DECIMALS: Final = 3


@dataclass(frozen=True)
class Field:
    """One cell: what stands in its fields, and what is wrong with what was typed. A comment of None is not shown.

    `note` is told of what stands there and hinders nothing.
    """

    place: Place
    score: str
    was: str
    comment: str | None = None
    noted: str = ""
    error: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The end of the names of its fields."""
        return f"{self.place[0]}.{self.place[1]}"

    @property
    def is_touched(self) -> bool:
        """Whether somebody has typed anything else into it than stood there."""
        return self.score.strip() != self.was or (self.comment is not None and self.comment.strip() != self.noted)


@dataclass(frozen=True)
class Typed:
    """A form that was sent: the cells that were touched, and the entries that they make where nothing is wrong."""

    fields: Mapping[Place, Field]
    entries: tuple[Entry, ...] = ()

    @property
    def errors(self) -> list[Field]:
        """The cells with something wrong."""
        return [field for field in self.fields.values() if field.error]

    def after(self, changed: Changed) -> Typed:
        """The same form once somebody else has changed these scores: told, and free to be sent again."""
        fields = dict(self.fields)
        for place, held in changed.found.items():
            told = f"Somebody else has set it to {_shown(held)} meanwhile. Save again to replace that."
            fields[place] = replace(fields[place], was=text_of(held.score), noted=held.comment, error=told)
        return Typed(fields)


def field_of(place: Place, held: Held, most: Decimal, with_comment: bool) -> Field:
    """A cell as it is shown first; a score above a maximum that was lowered since is told."""
    score = text_of(held.score)
    told = f"More than {points_text(most)}: it counts as {points_text(most)}." if (held.score or 0) > most else ""
    comment, noted = (held.comment, held.comment) if with_comment else (None, "")
    return Field(place, score, score, comment, noted, note=told)


def text_of(score: Decimal | None) -> str:
    """A score as it stands in its field."""
    return "" if score is None else points_text(score, _DECIMALS)


def read(form: Mapping[str, str], columns: Iterable[Column], standing: Mapping[Place, Held]) -> Typed:
    """What was typed. `standing` is what is there now, for the comments that the form does not show."""
    known = {column.key: column for column in columns}
    fields: dict[Place, Field] = {}
    entries: list[Entry] = []
    for name in form:
        kind, _, rest = name.partition(".")
        if kind != "score":
            continue
        field = _field(form, rest, known)
        if not field.is_touched:
            continue
        column, held = known[field.place[1]], standing.get(field.place, NOTHING)
        try:
            entries.append(_entry(field, column, held))
        except NotAScore as error:
            field = replace(field, error=str(error))
        fields[field.place] = field
    return Typed(fields, tuple(entries))


def _field(form: Mapping[str, str], rest: str, known: Mapping[str, Column]) -> Field:
    number, _, key = rest.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and key in known):
        raise Invalid(
            "That form does not fit the gradebook",
            f"It has a score for {rest[:80]!r}. Reload the page: the grade's parts may have changed.",
        )
    return Field(
        (int(number), key),
        form[f"score.{rest}"],
        form.get(f"was.{rest}", ""),
        form.get(f"comment.{rest}"),
        form.get(f"noted.{rest}", ""),
    )


def _entry(field: Field, column: Column, held: Held) -> Entry:
    score, was = read_score(field.score, column.most), _was(field)
    if field.comment is None:
        return Entry(field.place, Held(was, held.comment), Held(score, held.comment))
    return Entry(field.place, Held(was, field.noted), Held(score, read_comment(field.comment)))


def _was(field: Field) -> Decimal | None:
    """What stood there; a maximum that was lowered since must not keep a score from being mended."""
    return read_score(field.was, Decimal("Infinity"))


def _shown(held: Held) -> str:
    told = "nothing" if held.score is None else text_of(held.score)
    return f"{told} (“{held.comment}”)" if held.comment else told
