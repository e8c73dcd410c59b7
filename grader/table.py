"""A TOML table that knows its file and its key, so that every error names both.

Numbers with a point are read as exact decimals: a weight of 0.1 is a tenth. `number` gives a float where a measure is
meant (points, seconds), `exact` the decimal where the grade depends on it.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")


class CourseError(ValueError):
    """A course that cannot be used; the text names the file, the key, the value and what to do."""


class Table:
    """One table of a course's file; `done` refuses the keys that nobody asked for."""

    def __init__(self, data: Any, path: Path, key: str = "") -> None:
        if not isinstance(data, dict):
            raise CourseError(f"{path}: {key.rstrip('.')} is {_shown(data)}, expected a table")
        self._data, self._path, self._key = data, path, key
        self._seen: set[str] = set()

    @classmethod
    def read(cls, path: Path) -> Table:
        """The table of a whole file."""
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal), path)
        except FileNotFoundError:
            raise CourseError(f"{path} is missing; `--course DIR` names a folder with a course") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path}: is not TOML: {error}") from error

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def wrong(self, key: str, what: str) -> CourseError:
        """The error to raise about a key."""
        return CourseError(f"{self._path}: {self._key}{key} {what}")

    def get(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        """A value of that kind; without a default it must be there."""
        self._seen.add(key)
        value = self._data.get(key, default)
        if value is None:
            raise self.wrong(key, f"is missing; expected {_kind_name(kind)}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"is {_shown(value)}, expected {_kind_name(kind)}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number above 0, as a float."""
        value = self.get(key, object, default)
        if not isinstance(value, (int, float, Decimal)) or isinstance(value, bool) or not float(value) > 0:
            raise self.wrong(key, f"is {_shown(value)}, expected a number above 0")
        return float(value)

    def exact(
        self, key: str, default: Decimal | None = None, *, least: int = 0, most: Decimal | None = None
    ) -> Decimal:
        """A number exactly as it is written, from `least` to `most`."""
        value = self.get(key, object, default)
        expected = f"a number from {least} to {most}" if most is not None else f"a number from {least} up"
        if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
            raise self.wrong(key, f"is {_shown(value)}, expected {expected}")
        number = Decimal(value)
        if not number.is_finite() or number < least or (most is not None and number > most):
            raise self.wrong(key, f"is {_shown(value)}, expected {expected}")
        return number

    def count(self, key: str, default: int | None = None, *, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.get(key, int, default)
        if not least <= value <= most:
            raise self.wrong(key, f"is {value}, expected a whole number from {least} to {most}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.get(key, str, default)
        if value not in choices:
            raise self.wrong(key, f"is {value!r}, expected one of: {', '.join(choices)}")
        return value

    def strings(self, key: str, default: list[str] | None = None) -> list[str]:
        """A list of strings."""
        values = self.get(key, list, default)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, f"is {_shown(values)}, expected a list of strings")
        return values

    def mapping(self, key: str) -> dict[str, str]:
        """A table of names and texts."""
        values = self.get(key, dict, {})
        return {name: str(value) for name, value in values.items()}

    def table(self, key: str, *, optional: bool = False) -> Table:
        """A table inside of this one; an optional one that is missing is empty."""
        return Table(self.get(key, dict, {} if optional else None), self._path, f"{self._key}{key}.")

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        return [
            Table(item, self._path, f"{self._key}{key}[{index}].") for index, item in enumerate(self.get(key, list))
        ]

    def items(self) -> list[tuple[str, Table]]:
        """All that is in this table, each a table."""
        self._seen |= self._data.keys()
        return [(key, Table(value, self._path, f"{self._key}{key}.")) for key, value in self._data.items()]

    def done(self) -> None:
        """Raises CourseError for a key that nobody asked for: a misspelt one, most likely."""
        unknown = sorted(self._data.keys() - self._seen)
        if unknown:
            raise self.wrong(unknown[0], f"is not a key that is known here; known: {', '.join(sorted(self._seen))}")


def _shown(value: object) -> str:
    """A value as the author wrote it, near enough."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_shown(each) for each in value)}]"
    return repr(value)


def _kind_name(kind: type) -> str:
    return _KINDS.get(kind, "a value")


_KINDS: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    list: "a list",
    dict: "a table",
    object: "a number",
    datetime: "a date and a time, such as 2026-12-01T23:59:00",
}
