"""The sentences a student reads when a submission ends otherwise than by a right or wrong value.

Each gives the report's status and the sentence: what happened, and the way out.
"""

from __future__ import annotations

import signal
from typing import Any, Final

from grader.course import Exercise
from grader.report import Status

Ending = tuple[Status, str]

TOO_LARGE_TO_COMPARE: Final = "Your result is too large to be compared with the expected one: look at its shape."


LOADING_SHARE: Final = 0.05
"""The share of a time limit from which on loading the file, which every check does, is worth a word."""


def of_limit(limit: str, exercise: Exercise, loading_s: float = 0.0) -> Ending:
    """A budget that was used up; `limit` is one of those of `grader.sandbox.child`.

    `loading_s` is how much of it loading the file takes once.
    """
    limits = exercise.limits
    if limit in ("cpu", "wall") and loading_s > LOADING_SHARE * (limits.cpu_s if limit == "cpu" else limits.wall_s):
        return "timeout", (
            f"Your code's time was up. To load your file takes {loading_s:.1f} s, and each check loads it anew: "
            'move what you try out below `if __name__ == "__main__":`, where only your own runs reach it.'
        )
    endings: dict[str, Ending] = {
        "cpu": (
            "timeout",
            f"Your code computed until its time was up ({limits.cpu_s:g} s of processor time in all). "
            "Look for a loop that never ends, or that goes over single elements.",
        ),
        "wall": (
            "timeout",
            f"Your code did not answer in time ({limits.wall_s:g} s in all). "
            "Look for something that waits: sleep, input, a lock.",
        ),
        "printed": ("output", "Your code printed more than 8 MiB. Remove the prints, or the loop around them."),
        "returned": ("output", "Your code returned far more data than this exercise needs. Look at the shapes."),
        "callbacks": (
            "timeout",
            "Your code called the given function more than 20,000 times. Look for an endless loop.",
        ),
        "memory": (
            "memory",
            f"Your code used up the memory it may have ({limits.memory_mb} MiB). "
            "Look for a shape that broadcasts too far, or a list that only grows.",
        ),
    }
    return endings[limit]


def of_time_used_up() -> Ending:
    """A check that was not run because the checks before it took all the time."""
    return "timeout", "Not run: the checks before it used up all the time."


def of_death(signal_number: int, code: int, broken: str) -> Ending:
    """A child that ended by itself."""
    if broken:
        return "crashed", "Your code wrote into a channel that belongs to the grader. Print with print() only."
    if signal_number == signal.SIGSYS:
        return (
            "forbidden",
            "Your code asked the system for something that no exercise needs (starting programs, tracing, mounting). "
            "Use NumPy and plain Python only.",
        )
    if signal_number == signal.SIGXCPU:
        return "timeout", "Your code computed until its time was up. Look for a loop that never ends."
    if signal_number == signal.SIGSEGV:
        return (
            "crashed",
            "The Python interpreter crashed in your code (SIGSEGV). Most often that is an endless recursion; memory "
            "reached through ctypes or as_strided, and abort(), do it too.",
        )
    if signal_number:
        known = {each.value: each.name for each in signal.Signals}
        name = known.get(signal_number, f"signal {signal_number}")
        return "crashed", f"The Python interpreter was stopped in your code by {name}."
    return (
        "crashed",
        f"Your code ended the whole process (exit code {code}) instead of returning. Remove calls that exit or that close descriptors.",
    )


def of_load_problem(kind: str, details: dict[str, Any], exercise: Exercise) -> Ending:
    """A file that could not be loaded, as the runner describes it."""
    function = details.get("function", "")
    if kind == "syntax":
        return (
            "invalid",
            f"The file is not Python: {details['message']} in line {details['line']}: {details['text']!r}.",
        )
    if kind == "unparsable":
        return "invalid", "The file cannot be read as Python: it is nested too deeply or too large for the parser."
    if kind == "missing":
        defined = ", ".join(details["defined"]) or "none"
        return "invalid", (
            f"The file defines no function {function!r}. It must keep the names of the starter file "
            f"({', '.join(exercise.functions)}); the functions in it are: {defined}."
        )
    if kind == "not_callable":
        kind = details["kind"]
        article = "an" if kind[:1] in tuple("aeiou") else "a"
        return "invalid", f"{function!r} is {article} {kind} in your file, expected an ordinary function."
    if kind == "signature":
        wanted = _signature(exercise, function)
        return "invalid", (
            f"{function}{details['yours']} cannot be called as {wanted}: {details['why']}. Keep the starter's signature."
        )
    line = f" in line {details['line']}" if details["line"] else ""
    text = f": {details['message']}" if details["message"] else ""
    if details["type"] == "MemoryError":
        return "memory", of_limit("memory", exercise)[1]
    what = f"Importing the file raised {details['type']}{line}{text}."
    if details["type"] == "ModuleNotFoundError":
        what += " Only Python's standard library, NumPy and this one file are there: write what is missing into it."
    return "error", what


def _signature(exercise: Exercise, function: str) -> str:
    spec = exercise.functions[function]
    keywords = ["*", *spec.keyword_only] if spec.keyword_only else []
    return f"{function}({', '.join([*spec.positional, *keywords])})"
