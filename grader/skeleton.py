"""The skeleton of a new exercise: two folders with eight small files that pass the gate as they are."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from grader.course import Course, CourseError


def write_skeleton(course: Course, unit: str, name: str) -> list[Path]:
    """Writes the files and gives their paths. Raises CourseError for a bad name or where something is there already."""
    if not name.isidentifier() or name != name.lower():
        raise CourseError(f"{name!r} is no exercise name: small letters, digits and _, beginning with a letter")
    if not unit.isidentifier():
        raise CourseError(f"{unit!r} is no unit name: letters, digits and _ only")
    folders = {side: course.path / side / unit / name for side in ("exercises", "reference")}
    for folder in folders.values():
        if folder.exists():
            raise CourseError(f"{folder} is there already; nothing was written")
    written = []
    for file, text in _FILES.items():
        side, _, base = file.partition("/")
        folders[side].mkdir(parents=True, exist_ok=True)
        path = folders[side] / base
        path.write_text(Template(text.lstrip("\n")).substitute(name=name), encoding="utf-8")
        written.append(path)
    return written


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
