"""How a check ends if it does not pass: `Wrong` (the student's answer is), `Undecidable` (the inputs were no good)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, Never

from grader.report import ErrorFigure, StudentLine

ODD_VALUES: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
    RuntimeError,
)
"""What a check, or a function that it gives to the student, may raise on a value that its author did not think of."""


@dataclass(frozen=True)
class Statistic:
    """A measured number and how far it may lie from the truth: two answers with statistics that agree have one cause."""

    name: str
    value: float
    margin: float


class Wrong(AssertionError):
    """The student's answer is wrong; the text is for the student.

    `got` and `expected` are the compared values, `label` the name of the value, for the diagnosis and the reproducer;
    `error` the worst element; `statistic` what a distribution showed; `trace` the student's own lines for an exception;
    `figure` a Vega-Lite spec that shows it; `exhausted` the limit that the call ran into.
    """

    def __init__(
        self,
        message: str,
        *,
        got: Any = None,
        expected: Any = None,
        label: str = "",
        error: ErrorFigure | None = None,
        statistic: Statistic | None = None,
        trace: list[StudentLine] | None = None,
        figure: dict[str, Any] | None = None,
        exhausted: Literal["memory", "output"] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.got, self.expected, self.label = got, expected, label
        self.error, self.statistic, self.trace = error, statistic, trace or []
        self.figure, self.exhausted = figure, exhausted


class Undecidable(Exception):
    """These inputs prove nothing either way (a kink, a tie): the engine draws others."""


def require(condition: object, message: str) -> None:
    """Fails the check with this sentence unless the condition holds."""
    if not condition:
        raise Wrong(message)


def undecidable(reason: str) -> Never:
    """Gives up these inputs; the engine draws others, and says so if none will do."""
    raise Undecidable(reason)
