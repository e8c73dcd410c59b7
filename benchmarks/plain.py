"""Hidden checks on functions of this very process, as a grader without walls runs them.

The contenders that are not Chainrule (a fresh process behind bubblewrap, pytest, otter-grader) all go through `holds`,
on a folder that `benchmarks.folders` has written. As a program it runs the whole folder and prints what it found.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

from grader.checking import run_check
from grader.checks import Check, Wrong
from grader.course import FunctionSpec
from grader.student import InProcess

SEED: Final = 17


def holds(check: Check, functions: Mapping[str, FunctionSpec], solution: Any, submission: Any) -> None:
    """Runs one check on the submission's own functions; raises Wrong, which is an AssertionError, where it fails."""
    exercise: Any = SimpleNamespace(functions=functions)
    outcome = run_check(check, exercise, solution, InProcess(functions, lambda: submission), SEED)
    if outcome.wrong is not None:
        raise outcome.wrong


def main() -> None:
    """Runs the checks of the folder in which it is started."""
    submission = importlib.import_module("submission")
    checks, functions, solution = (
        importlib.import_module(f"hidden.{name}") for name in ("checks", "functions", "solution")
    )
    results = []
    for check in vars(checks).values():
        if isinstance(check, Check):
            results.append({"name": check.name, "points": check.points, "message": ""})
            try:
                holds(check, functions.FUNCTIONS, solution, submission)
            except Wrong as wrong:
                results[-1] |= {"points": 0, "message": wrong.message}
    print(json.dumps({"score": sum(result["points"] for result in results), "checks": results}))


if __name__ == "__main__":
    main()
