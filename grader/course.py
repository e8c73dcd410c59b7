"""The course and its exercises as data: read from course.toml and exercises/, never from reference/.

A course is a folder: `course.toml`, `exercises/UNIT/NAME/` and, on a server, `reference/UNIT/NAME/`. Loading reads
and checks the files as data and runs none of them; what is wrong is told with the file and the key (`CourseError`).
"""

from __future__ import annotations

import ast
import functools
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from grader.grade_scheme import Component, GradeScheme, default_scheme, exercise_leaf, read_scheme
from grader.table import CourseError as CourseError
from grader.table import Table
from grader.timetable import Timetable as Timetable
from grader.timetable import read_timetable, read_zone

PACKAGE = Path(__file__).resolve().parent
PUBLIC_FILES = ("exercise.toml", "statement.md", "starter.py", "examples.py")
MOST_CPU_S, MOST_WALL_S = 60, 120
LEAST_MEMORY_MB, MOST_MEMORY_MB = 256, 2048
HIDDEN_FILES = ("solution.py", "checks.py", "mistakes.py", "variants.py")


@dataclass(frozen=True)
class FunctionSpec:
    """One function that a student writes.

    `positional`, `defaulted` and `keyword_only` are the starter's argument names (`defaulted` are those of either
    kind with a default); `returns` names what it returns; `opaque` and `mappings` are positions in it.
    """

    name: str
    positional: tuple[str, ...]
    defaulted: tuple[str, ...]
    keyword_only: tuple[str, ...]
    returns: tuple[str, ...]
    opaque: frozenset[int]
    mappings: frozenset[int]

    @functools.cached_property
    def on_the_wire(self) -> dict[str, Any]:
        """What the runner in the sandbox must know of it."""
        return {
            "positional": list(self.positional),
            "defaulted": list(self.defaulted),
            "keyword_only": list(self.keyword_only),
            "returns": len(self.returns),
            "opaque": sorted(self.opaque),
        }


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds of processor time and on the wall clock, mebibytes of memory."""

    cpu_s: float = 2.0
    wall_s: float = 6.0
    memory_mb: int = 1024


@dataclass(frozen=True)
class Exercise:
    """One exercise: its data, and where its files lie (`hidden` is None where the course has no reference/)."""

    name: str
    unit: str
    title: str
    summary: str
    points: float
    difficulty: int
    source: str
    functions: Mapping[str, FunctionSpec]
    limits: Limits
    public: Path
    hidden: Path | None

    @property
    def starter(self) -> str:
        """The text of the file that a student starts from."""
        return (self.public / "starter.py").read_text(encoding="utf-8")

    @property
    def statement(self) -> str:
        """The exercise's text: Markdown with TeX."""
        return (self.public / "statement.md").read_text(encoding="utf-8")

    @functools.cached_property
    def version(self) -> str:
        """A hash of all the exercise's files: a verdict belongs to one version."""
        digest = hashlib.sha256()
        files = [self.public / name for name in PUBLIC_FILES]
        if self.hidden is not None:
            files += [self.hidden / name for name in HIDDEN_FILES]
        for file in files:
            data = file.read_bytes() if file.is_file() else b""  # loading the hidden half says what is missing
            digest.update(f"{file.name}:{len(data)}\n".encode() + data)
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Unit:
    """A chapter of the course: its exercises in their order."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]


@dataclass(frozen=True)
class Course:
    """A course: its units in their order, where it lies, when its exercises are due, and how the grade is made.

    `zone` is the time zone of its dates, None where this computer knows no time zones; `edition` tells the years apart.
    """

    title: str
    path: Path
    units: tuple[Unit, ...]
    grader: Mapping[str, str]
    grade: GradeScheme
    edition: str = ""
    zone: tzinfo | None = UTC
    timetables: Mapping[str, Timetable] = field(default_factory=dict)

    @functools.cached_property
    def exercises(self) -> dict[str, Exercise]:
        """All exercises by name, in the course's order."""
        return {exercise.name: exercise for unit in self.units for exercise in unit.exercises}

    def exercise(self, name: str) -> Exercise:
        """The exercise of that name. Raises CourseError, with what there is, when there is none."""
        try:
            return self.exercises[name]
        except KeyError:
            known = ", ".join(self.exercises) or "none at all"
            raise CourseError(f"there is no exercise {name!r} in {self.path}; there are: {known}") from None

    def timetable(self, exercise: str) -> Timetable:
        """When the exercise of that name opens, is due and closes. Raises CourseError when nobody can tell."""
        self.exercise(exercise)
        if self.zone is None:
            raise CourseError(
                f"{self.path / 'course.toml'}: timezone is unknown here, as this computer has no time zone database; "
                "`pip install tzdata` brings one"
            )
        return self.timetables.get(exercise, Timetable())


def default_course() -> Path:
    """$CHAINRULE_COURSE, or the repository this program runs from, or the course that came with the installation."""
    named = os.environ.get("CHAINRULE_COURSE")
    if named:
        return Path(named)
    checkout = PACKAGE.parent
    return checkout if (checkout / "course.toml").is_file() else PACKAGE / "_course"


def load_course(path: Path | None = None) -> Course:
    """Reads a course. Raises CourseError naming the file and the key that is wrong."""
    path = (path or default_course()).resolve()
    table = Table.read(path / "course.toml")
    zone = read_zone(table)
    loaded = [_load_unit(path, unit, zone) for unit in table.tables("units")]
    units = tuple(unit for unit, _ in loaded)
    names = [exercise.name for unit in units for exercise in unit.exercises]
    for name in names:
        if names.count(name) > 1:
            raise table.wrong("units", f"exercise {name!r} stands in it twice; names are unique in a course")
    timetables = {exercise.name: dates for unit, dates in loaded for exercise in unit.exercises}
    course = Course(
        title=table.get("title", str),
        path=path,
        units=units,
        grader=table.mapping("grader"),
        grade=_load_grade(table, units),
        edition=table.get("edition", str, ""),
        zone=zone,
        timetables=timetables | _load_overrides(table, zone, timetables),
    )
    table.done()
    return course


def _load_unit(path: Path, table: Table, zone: tzinfo | None) -> tuple[Unit, Timetable]:
    name = table.get("name", str)
    exercises = tuple(_load_exercise(path, name, exercise) for exercise in table.strings("exercises"))
    unit = Unit(name, table.get("title", str), exercises)
    dates = read_timetable(table, zone, Timetable())
    table.done()
    return unit, dates


def _load_overrides(table: Table, zone: tzinfo | None, units: Mapping[str, Timetable]) -> dict[str, Timetable]:
    """The dates of [exercise.NAME], where an exercise's differ from its unit's."""
    exercises = table.table("exercise", optional=True)
    overrides = {}
    for name, own in exercises.items():
        if name not in units:
            raise exercises.wrong(name, f"is no exercise of this course; there are: {', '.join(units)}")
        overrides[name] = read_timetable(own, zone, units[name])
        own.done()
    return overrides


def _load_grade(table: Table, units: tuple[Unit, ...]) -> GradeScheme:
    leaves: dict[str, list[Component]] = {
        unit.name: [exercise_leaf(each.name, each.title, each.points) for each in unit.exercises] for unit in units
    }
    return read_scheme(table.table("grade"), leaves) if "grade" in table else default_scheme(leaves)


def _load_exercise(path: Path, unit: str, name: str) -> Exercise:
    public, hidden = path / "exercises" / unit / name, path / "reference" / unit / name
    if not name.isidentifier():
        raise CourseError(f"{path / 'course.toml'}: {name!r} is no exercise name: letters, digits and _ only")
    table = Table.read(public / "exercise.toml")
    for file in PUBLIC_FILES:
        if not (public / file).is_file():
            raise CourseError(f"{public / file} is missing; docs/authoring.md says what an exercise consists of")
    signatures = _signatures(public / "starter.py")
    functions = {}
    for function, spec in table.table("functions").items():
        functions[function] = _function(public / "starter.py", function, spec, signatures)
    limits = table.table("budget", optional=True)
    exercise = Exercise(
        name=name,
        unit=unit,
        title=table.get("title", str),
        summary=table.get("summary", str, ""),
        points=table.number("points"),
        difficulty=table.get("difficulty", int, 2),
        source=table.get("source", str, ""),
        functions=functions,
        limits=Limits(
            cpu_s=limits.number("cpu_s", Limits.cpu_s),
            wall_s=limits.number("wall_s", Limits.wall_s),
            memory_mb=limits.get("memory_mb", int, Limits.memory_mb),
        ),
        public=public,
        hidden=hidden if hidden.is_dir() else None,
    )
    limits.done()
    table.done()
    if not functions:
        raise table.wrong("functions", "is empty; name at least one function that the student writes")
    if exercise.limits.wall_s < exercise.limits.cpu_s:
        raise table.wrong("budget.wall_s", "is shorter than budget.cpu_s")
    if exercise.limits.cpu_s > MOST_CPU_S:
        raise table.wrong(
            "budget.cpu_s", f"is {exercise.limits.cpu_s:g}, more than the {MOST_CPU_S} s that a submission may have"
        )
    if exercise.limits.wall_s > MOST_WALL_S:
        raise table.wrong(
            "budget.wall_s", f"is {exercise.limits.wall_s:g}, more than the {MOST_WALL_S} s that a submission may have"
        )
    if not LEAST_MEMORY_MB <= exercise.limits.memory_mb <= MOST_MEMORY_MB:
        raise table.wrong(
            "budget.memory_mb",
            f"is {exercise.limits.memory_mb}, expected {LEAST_MEMORY_MB} (NumPy needs as much) to {MOST_MEMORY_MB}",
        )
    return exercise


def _function(starter: Path, name: str, table: Table, signatures: dict[str, ast.arguments]) -> FunctionSpec:
    if name not in signatures:
        raise CourseError(f"{starter}: defines no function {name!r}, which exercise.toml lists under [functions]")
    arguments = signatures[name]
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [argument.arg for argument in arguments.kwonlyargs]
    defaulted = positional[len(positional) - len(arguments.defaults) :]
    defaulted += [
        argument for argument, default in zip(keyword_only, arguments.kw_defaults, strict=True) if default is not None
    ]
    returns = table.strings("returns")
    positions = {}
    for key in ("opaque", "mappings"):
        names = table.strings(key, [])
        unknown = [each for each in names if each not in returns]
        if unknown:
            raise table.wrong(key, f"names {unknown[0]!r}, which is not in returns = {returns}")
        positions[key] = frozenset(returns.index(each) for each in names)
    table.done()
    return FunctionSpec(name, tuple(positional), tuple(defaulted), tuple(keyword_only), tuple(returns), **positions)


def _signatures(path: Path) -> dict[str, ast.arguments]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: is not Python: {error}") from error
    return {node.name: node.args for node in tree.body if isinstance(node, ast.FunctionDef)}
