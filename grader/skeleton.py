"""The skeleton of a new exercise: two folders with eight small files that pass the gate, and its place in course.toml."""

from __future__ import annotations

import json
import keyword
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any, Final

from grader.course import Course, CourseError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def write_skeleton(course: Course, unit: str, name: str) -> list[Path]:
    """Writes the files and gives their paths; course.toml then lists the exercise, in a unit that is new if need be.

    Raises CourseError, and writes nothing, for a bad name and where the course has something of that name.
    """
    _require_free(course, unit, name)
    toml = course.path / "course.toml"
    listing = _listed(toml.read_bytes().decode(), unit, name)
    if listing is None:
        raise CourseError(f"{toml}: the exercises of the unit {unit!r} cannot be added to; nothing was written")
    written = []
    try:
        for file, text in _FILES.items():
            side, _, base = file.partition("/")
            path = course.path / side / unit / name / base
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text.lstrip("\n")).substitute(name=name), encoding="utf-8")
            written.append(path)
        toml.write_bytes(listing.encode())
    except OSError as error:
        raise CourseError(f"{error.filename}: {error.strerror}") from error
    return written


def _require_free(course: Course, unit: str, name: str) -> None:
    """Raises CourseError where the name cannot be a function's and a module's, or where something has it already."""
    if not _NAME.fullmatch(name):
        raise CourseError(f"{name!r} is no exercise name: small letters, digits and _, beginning with a letter")
    if keyword.iskeyword(name):
        raise CourseError(f"{name!r} is no exercise name: it is a word of Python's own, and no function can have it")
    if not unit.isidentifier():
        raise CourseError(f"{unit!r} is no unit name: letters, digits and _ only")
    if name in course.exercises:
        raise CourseError(
            f"the unit {course.exercises[name].unit!r} has an exercise {name!r} already; names are unique in a course"
        )
    for side in ("exercises", "reference"):
        for folder in sorted((course.path / side).glob(f"*/{name}")):
            raise CourseError(f"{folder} is there already; nothing was written")


# --- course.toml ------------------------------------------------------------------------------------------------------


def _listed(text: str, unit: str, name: str) -> str | None:
    """The text of course.toml with the exercise at the end of its unit, all else as its author wrote it.

    Each place where a list or a table ends is tried; right is the one after which the file says what it must.
    """
    wanted = tomllib.loads(text)
    units = {each["name"]: each for each in wanted["units"]}
    if unit in units:
        units[unit]["exercises"].append(name)
        tried = _with_item(text, name)
    else:
        title = unit.replace("_", " ").capitalize()
        wanted["units"].append({"name": unit, "title": title, "exercises": [name]})
        tried = _with_unit(text, f"[[units]]\nname = {json.dumps(unit)}\ntitle = {json.dumps(title)}\n", name)
    return next((each for each in tried if _says(each, wanted)), None)


def _with_item(text: str, name: str) -> Iterator[str]:
    """The text with the name at the end of one of its lists: behind the last item, or on the line of the bracket."""
    for bracket in re.finditer(r"\]", text):
        before = text[: bracket.start()]
        last = before.rstrip()
        comma = "" if last.endswith("[") else " " if last.endswith(",") else ", "
        item = f'{comma}"{name}"' + ("," if comma == " " else "")
        yield last + item + text[len(last) :]
        yield before + f'"{name}"' + text[bracket.start() :]


def _with_unit(text: str, table: str, name: str) -> Iterator[str]:
    """The text with a unit more, in one of the gaps between its tables: as early as may be after the last unit."""
    table += f'exercises = ["{name}"]\n'
    for gap in re.finditer(r"\n(?=\r?\n)", text):
        yield f"{text[: gap.end()]}\n{table}{text[gap.end() :]}"
    yield f"{text.rstrip()}\n\n{table}"


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


_FILES: Final = {
    "exercises/exercise.toml": """
title = "$name"
summary = "One line on what the student writes."
points = 3
difficulty = 1
source = "Author, year, equation"

[functions.$name]
returns = ["out"]
""",
    "exercises/statement.md": """
# $name

Say why this is worth knowing. Then write `$name(x)`, which doubles every element:

$$$$\\mathrm{out}_{ij} = 2\\,x_{ij}$$$$

- `x` has shape (N, D); the result has the same shape and dtype float64.
- Source: the paper and the equation.

## Worked example

`$name(np.array([[1.0, -2.0]]))` gives `[[2.0, -4.0]]`.

## What is checked

The values (2 points), and that `x` is not modified (1 point).
""",
    "exercises/starter.py": '''
"""$name: say in one line what this is."""

import numpy as np


def $name(x):
    """Double every element.

    x : (N, D) float64
    Returns out, (N, D) float64.
    """
    raise NotImplementedError("$name")
''',
    "exercises/examples.py": '''
"""Public checks of $name: they run on the student's own machine."""

import numpy as np

from grader.checks import check, matches


@check()
def worked_example(student, reference, rng):
    """The worked example of the statement"""
    matches(student.$name(np.array([[1.0, -2.0]])), [[2.0, -4.0]], "out")
''',
    "reference/solution.py": '''
"""The solution of $name."""


def $name(x):
    """Twice x, of the same shape. Source: the paper and the equation."""
    return 2 * x
''',
    "reference/checks.py": '''
"""The hidden checks of $name."""

from grader.checks import check, leaves_inputs_alone, matches


@check(points=2)
def doubles_every_element(student, reference, rng):
    """Every element is doubled"""
    x = rng.normal(size=(5, 4))
    matches(student.$name(x), reference.$name(x), "out")


@check(points=1, after=doubles_every_element)
def leaves_x_alone(student, reference, rng):
    """x is not modified"""
    leaves_inputs_alone(student, "$name", rng.normal(size=(5, 4)))
''',
    "reference/mistakes.py": '''
"""What students write wrong in $name."""


class squared:
    """Your values are squared instead of doubled

    Two times x is 2 * x; x ** 2 is something else.
    """

    def $name(x):
        return x**2


class in_place:
    """Your function changes x itself

    The caller still needs x. Compute into a new array.
    """

    def $name(x):
        x *= 2
        return x
''',
    "reference/variants.py": '''
"""Right answers to $name, written otherwise."""

import numpy as np


class by_addition:
    """Adds x to itself"""

    def $name(x):
        return x + x


class on_a_copy:
    """In place on a copy"""

    def $name(x):
        out = np.array(x)
        out *= 2
        return out


class by_einsum:
    """Einstein summation with a constant"""

    def $name(x):
        return np.einsum("ij,->ij", x, 2.0)
''',
}
