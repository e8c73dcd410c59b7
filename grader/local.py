"""The local self-check: the public checks against a student's file in a plain subprocess with the exercise's limits.

The same harness, vocabulary and wire as the server's, without walls and without anything of reference/. `fingerprint`
says where this machine differs from the grader's.
"""

from __future__ import annotations

import functools
import platform
import time
from collections.abc import Iterator
from pathlib import PurePath

import numpy as np

from grader.course import Course, Exercise
from grader.judging import RemoteJudge, make_report, skipped
from grader.material import load_public
from grader.remote import Remote
from grader.report import CheckResult, Report, Resources
from grader.source import UnreadableSource, read_source
from grader.unwalled import UnwalledConnection


def check_file(exercise: Exercise, data: bytes, filename: str, seed: int) -> Iterator[CheckResult | Report]:
    """The public checks' results on a file, one by one, and then the report. Raises CourseError."""
    checks = load_public(exercise)
    try:
        source = read_source(data)
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
