"""Reading forms: every field by a typed reader, which keeps what is wrong with it in words beside its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

from webapp.accounts.services import plain_text
from webapp.problems import Invalid

LONGEST_REASON: Final = 1000
PLACES: Final = 3
"""Decimals of points, as the database keeps them."""


class Form:
    """What was sent, and what is wrong with it; a template shows both again."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: Mapping[str, str] = values if values is not None else {}
        self.errors: dict[str, str] = {}

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.errors

    def refuse(self, name: str, why: str) -> None:
        """Says what is wrong with a field; the first word on it stays."""
        self.errors.setdefault(name, why)

    def raw(self, name: str) -> str:
        """The text of a field as it came, without the spaces around it."""
        return self.values.get(name, "").strip()

    def text(self, name: str, what: str, longest: int, *, required: bool = False) -> str:
        """A text on one line."""
        try:
            text = plain_text(self.values.get(name, ""), what, longest)
        except Invalid as problem:
            self.refuse(name, problem.detail)
            return ""
        if required and not text:
            self.refuse(name, f"Write in the {what}.")
        return text

    def reason(self, name: str = "reason") -> str:
        """A reason, which must be given."""
        return self.text(name, "reason", LONGEST_REASON, required=True)

    def one_of(self, name: str, known: Collection[str], what: str) -> str:
        """One of these values."""
        value = self.raw(name)
        if value not in known:
            self.refuse(name, f"{value[:40]!r} is no {what}. Choose one of the list.")
        return value

    def count(self, name: str, least: int, most: int) -> int | None:
        """A whole number; None for an empty field."""
        value = self.raw(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
            self.refuse(name, f"{value[:40]!r} is no whole number from {least} to {most}.")
            return None
        return int(value)

    def points(self, name: str, most: Decimal) -> Decimal:
        """Points from 0 to the most."""
        value = self.raw(name).replace(",", ".")
        try:
            points = Decimal(value)
        except InvalidOperation:
            points = Decimal("nan")
        if not (points.is_finite() and 0 <= points <= most and points == round(points, PLACES)):
            self.refuse(name, f"{value[:40]!r} is no number from 0 to {most.normalize():f}.")
            return Decimal(0)
        return points

    def moment(self, name: str, zone: tzinfo) -> datetime | None:
        """A date and time of the course's clock, in UTC; None for an empty field."""
        value = self.raw(name)
        if not value:
            return None
        try:
            local = datetime.fromisoformat(value)
            if local.tzinfo is not None or not 2000 <= local.year < 2200:
                raise ValueError(value)
        except ValueError:
            self.refuse(name, f"{value[:40]!r} is no date and time, such as 2027-01-15T23:59.")
            return None
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != local:
            self.refuse(name, "The clocks are put forward then: this time does not exist on that day.")
            return None
        return moment


def local_text(moment: datetime | None, zone: tzinfo) -> str:
    """A moment as a field of dates holds it: by the course's clock, to the minute, to the second where it has some."""
    if moment is None:
        return ""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")
