"""A report as its reader sees it: the headline, the way on, and the lines of the source that it speaks of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from grader.report import CheckResult, Report, Status

Outcome = Literal["right", "wrong", "waiting", "ours"]

HEADLINES: Final[Mapping[Status, str]] = {
    "passed": "Right.",
    "failed": "Not yet right.",
    "error": "Your file raises when it is imported.",
    "timeout": "Your code ran out of time.",
    "memory": "Your code ran out of memory.",
    "output": "Your code printed or returned too much.",
    "forbidden": "Your code did something that is not allowed here.",
    "crashed": "The Python interpreter stopped in your code.",
    "invalid": "This file cannot be graded as it is.",
    "platform_error": "Our sandbox stopped, not your code.",
}
"""One line for every way in which a grading can end."""

EXCEPTIONS: Final[Mapping[str, str]] = {
    "KeyError": "The dict has no such key at that moment. At the first call it may still be empty: d.get(key, default) "
    "gives a default instead.",
    "NameError": "That name does not exist where it is used. Look for a typing error, a missing import, or a name "
    "that belongs to another function.",
    "UnboundLocalError": "That name gets its value later in the function, or only in a branch that was not taken.",
    "TypeError": "A value or the number of arguments is not what is asked for there. Compare the line with the signature "
    "in the statement, and look at what kind of value each name has.",
    "AttributeError": "The value before the dot has nothing of that name: it may be None, or a number where an array is "
    "expected.",
    "IndexError": "An index lies beyond the end of its axis. Look at the shape of the array in that line.",
    "ZeroDivisionError": "Something is divided by zero: look at what the divisor is at the first call.",
    "RecursionError": "A function calls itself and does not stop.",
    "NotImplementedError": "This part is still as the starter has it: it is yours to write.",
}
"""What often lies behind an exception, and where to look."""
SHAPES: Final = "The shapes in that line do not fit together. Print the shape of each array in it."

_RAISED: Final = re.compile(r"\braised (?P<name>\w+)(?: in line \d+)?(?:: (?P<words>.*))?", re.DOTALL)
_ABOUT_SHAPES: Final = re.compile(r"broadcast|shape|dimension|matmul|axes|align")
_LINE: Final = re.compile(r"\bin line (\d{1,7})\b")
_NUMBER: Final = r"-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf|nan)"
_VALUE: Final = rf"(?:{_NUMBER}|\([\d, ]*\)|[a-z]+\d+)"
_GOT_AND_EXPECTED: Final = re.compile(
    rf"^.{{1,200}}? (?:is|has (?P<what>shape|dtype)) (?P<got>{_VALUE}), expected (?P<expected>{_VALUE})(?!\.?\w)"
)
"""The sentences of `grader.checks.compare`: a number, a shape or a dtype, and what it should be."""


@dataclass(frozen=True)
class Line:
    """One line of a source; `notes` are what the report says of it."""

    number: int
    text: str
    notes: tuple[str, ...]


def outcome(report: Report, score: Decimal | None = None) -> Outcome:
    """The colour of a report; `score` is the one that was set by hand."""
    if score is not None:
        return "right" if score >= Decimal(str(report.max_score)) else "wrong"
    if report.status == "platform_error":
        return "ours"
    return "right" if report.status == "passed" else "wrong"


def headline(report: Report) -> str:
    """The first line: the mistake by its name where it is known, or else how the grading ended."""
    if report.status == "failed" and report.diagnosis is not None:
        return sentence(report.diagnosis.title)
    if report.status == "failed":
        return _common_exception(report) or _count_of_failed(report)
    return HEADLINES[report.status]


def hints(report: Report) -> list[str]:
    """What follows the headline: why there are no checks, and the diagnosis with its way out."""
    told = [report.message] if report.message else []
    if report.diagnosis is not None:
        if report.status != "failed":
            told.append(sentence(report.diagnosis.title))
        told.append(report.diagnosis.hint)
    elif report.status in ("failed", "error"):
        told.append(hint_of_exception(report.message or _common_exception(report)))
    return [each for each in told if each]


def hint_of_exception(message: str) -> str:
    """What often lies behind the exception that a message tells of; empty for a message or an exception of no kind."""
    found = _RAISED.search(message)
    if found is None:
        return ""
    if found["name"] == "ValueError":
        return SHAPES if _ABOUT_SHAPES.search(found["words"] or "") else ""
    return EXCEPTIONS.get(found["name"], "")


def got_and_expected(check: CheckResult) -> tuple[str, str] | None:
    """The two values of a check's sentence, to be set side by side; None where it compares no single values."""
    found = _GOT_AND_EXPECTED.match(check.message)
    if found is None:
        return None
    what = f"{found['what']} " if found["what"] else ""
    return what + found["got"], what + found["expected"]


def announcement(report: Report, score: Decimal | None = None) -> str:
    """The verdict in one breath, for those who hear the page; `score` is the one that was set by hand."""
    standing = report.score if score is None else score
    return f"{standing:g} of {report.max_score:g}. {headline(report)}"


def short(report: Report) -> str:
    """The headline for a list, without its full stop."""
    return headline(report).removesuffix(".")


def sentence(title: str) -> str:
    """A title as a sentence of its own."""
    return title if title.endswith((".", "?")) else f"{title}."


def source_lines(source: str, report: Report | None) -> list[Line]:
    """The source line by line, with what the report says of each."""
    notes = notes_by_line(report) if report is not None else {}
    return [
        Line(number, text, notes.get(number, ()))
        for number, text in enumerate(source.removesuffix("\n").split("\n"), 1)
    ]


def notes_by_line(report: Report) -> dict[int, tuple[str, ...]]:
    """The lines that the report speaks of: where checks ended in an exception, or why the file could not be loaded."""
    notes: dict[int, list[str]] = {}
    for check in report.checks:
        for step in check.trace:
            said = notes.setdefault(step.line, [])
            if check.message not in said:
                said.append(check.message)
    found = _LINE.search(report.message)
    if found and report.status in ("invalid", "error"):
        notes.setdefault(int(found[1]), []).append(report.message)
    return {line: tuple(said) for line, said in notes.items()}


def _common_exception(report: Report) -> str:
    """The exception in which all failed checks ended; empty where they failed otherwise."""
    failed = [check for check in report.checks if _failed(check)]
    messages = {check.message for check in failed}
    return sentence(messages.pop()) if len(messages) == 1 and all(check.trace for check in failed) else ""


def _count_of_failed(report: Report) -> str:
    failed = [check for check in report.checks if _failed(check)]
    if not failed:
        return HEADLINES["failed"]
    verb = "does not pass" if len(failed) == 1 else "do not pass"
    return f"{len(failed)} of {len(report.checks)} checks {verb} yet."


def _failed(check: CheckResult) -> bool:
    return not check.passed and not check.skipped
