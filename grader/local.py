"""The local self-check: the public checks against a student's file in a plain subprocess with the exercise's limits.

The same harness, vocabulary and wire as the server's, without walls and without anything of reference/. `fingerprint`
says where this machine differs from the grader's.
"""

from __future__ import annotations

import ast
import functools
import platform
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final, TypeGuard

import numpy as np

from grader.course import Course, Exercise
from grader.inside.runner import MODULE_NAME
from grader.judging import RemoteJudge, make_report, skipped
from grader.material import load_public
from grader.notebooks import read_submitted
from grader.remote import Remote
from grader.report import CheckResult, Report, Resources
from grader.source import UnreadableSource
from grader.unwalled import UnwalledConnection


def check_file(exercise: Exercise, data: bytes, filename: str, seed: int) -> Iterator[CheckResult | Report]:
    """The public checks' results on a file or notebook, one by one, and then the report. Raises CourseError."""
    checks = load_public(exercise)
    try:
        source = read_submitted(data, filename)
    except UnreadableSource as error:
        rest = [skipped(check, "Not run.") for check in checks]
        yield make_report(exercise, seed, "invalid", rest, message=str(error))
        return
    started, name = time.monotonic(), PurePath(filename)
    connect = functools.partial(UnwalledConnection, exercise.limits)
    backend = Remote(exercise, source, name.name, connect, limited=False)
    judge = RemoteJudge(exercise, None, backend, seed, filename=name.name)
    yield from judge.sit(checks)
    resources = Resources(wall_s=round(time.monotonic() - started, 4), cpu_s=round(backend.cpu_s, 4))
    yield make_report(exercise, seed, judge.status, judge.results, message=judge.message, resources=resources)


ABSENT: Final = frozenset({"ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtle", "turtledemo"})
"""What the grader leaves out of Python's standard library: nothing that computes."""


def foreign_modules(data: bytes, filename: str) -> list[str]:
    """The modules that a file imports, wherever it does, and that the grader has not; none where it is no Python.

    Those below `if __name__ == "__main__":` do not count, for only the student's own runs reach them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the file's own: they are shown where it runs
            imported = set(_imported(ast.parse(read_submitted(data, filename))))
    except (UnreadableSource, SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    there = (sys.stdlib_module_names - ABSENT) | {"numpy", MODULE_NAME}
    return sorted(imported - there)


def _imported(tree: ast.AST) -> Iterator[str]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        waiting += node.orelse if _is_for_own_runs(node) else ast.iter_child_nodes(node)


def _is_for_own_runs(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.dump(node.test) == _OWN_RUN


_OWN_RUN: Final = ast.dump(ast.parse("__name__ == '__main__'", mode="eval").body)


def fingerprint() -> dict[str, str]:
    """What the numbers of this machine depend on: Python, NumPy, BLAS, the kind of processor."""
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "machine": platform.machine(),
    }


def differences(course: Course) -> list[str]:
    """Where this machine differs from the grader that course.toml describes, in words."""
    here = fingerprint()
    return [
        f"the grader runs {name} {version}, this machine {here[name]}"
        for name, version in course.grader.items()
        if name in here and not f"{here[name]}.".startswith(f"{version}.")
    ]
