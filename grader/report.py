"""The report: what one grading found, as data; `Report.as_dict` is the stable form that scripts rely on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal[
    "passed", "failed", "error", "timeout", "memory", "output", "forbidden", "crashed", "invalid", "platform_error"
]


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
