"""The report: what one grading found, as data; `Report.as_dict` is the stable form that scripts rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args

Status = Literal[
    "passed", "failed", "error", "timeout", "memory", "output", "forbidden", "crashed", "invalid", "platform_error"
]

_T = TypeVar("_T")


@dataclass(frozen=True)
class ErrorFigure:
    """How far off the worst element is: relative to the expected array's scale, and where."""

    max_relative: float
    at: list[int]


@dataclass(frozen=True)
class StudentLine:
    """Where an exception left the student's own file."""

    line: int
    function: str
    text: str


@dataclass(frozen=True)
class CheckResult:
    """One check: `title` is its sentence, `message` what was wrong, in the student's terms."""

    name: str
    title: str
    passed: bool
    points: float
    max_points: float
    skipped: bool = False
    message: str = ""
    diagnosis: str | None = None
    error: ErrorFigure | None = None
    reproducer: str | None = None
    trace: list[StudentLine] = field(default_factory=list)


@dataclass(frozen=True)
class Diagnosis:
    """The mistake that gives the student's very output: its name, what it is, and the way out."""

    name: str
    title: str
    hint: str


@dataclass(frozen=True)
class Resources:
    """What the submission used in the sandbox: seconds, and mebibytes at the peak."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0


@dataclass(frozen=True)
class Report:
    """One submission's verdict. `message` says in one sentence why there are no checks, where there are none."""

    exercise: str
    exercise_version: str
    status: Status
    score: float
    max_score: float
    seed: int
    checks: list[CheckResult]
    message: str = ""
    diagnosis: Diagnosis | None = None
    figures: list[dict[str, Any]] = field(default_factory=list)
    resources: Resources = field(default_factory=Resources)
    versions: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """The report whose `as_dict` this is; keys that a newer version adds are left out.

        Raises KeyError, TypeError, ValueError or AttributeError where the document is no report.
        """
        if document["status"] not in get_args(Status):
            raise ValueError(f"the status {document['status']!r} is not known")
        read = dict(document)
        read["checks"] = [_check(each) for each in document["checks"]]
        read["diagnosis"] = _maybe(Diagnosis, document.get("diagnosis"))
        read["resources"] = _maybe(Resources, document.get("resources")) or Resources()
        return _known(cls, read)


def _check(document: Mapping[str, Any]) -> CheckResult:
    read = dict(document)
    read["error"] = _maybe(ErrorFigure, document.get("error"))
    read["trace"] = [_known(StudentLine, each) for each in document.get("trace", [])]
    return _known(CheckResult, read)


def _maybe(kind: type[_T], document: Mapping[str, Any] | None) -> _T | None:
    return None if document is None else _known(kind, document)


def _known(kind: type[_T], document: Mapping[str, Any]) -> _T:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in document.items() if name in names})
