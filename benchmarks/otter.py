"""otter-grader in a virtual environment of its own: made once, kept in a cache directory, used without Docker.

What is run is `otter run -a autograder.zip submission.py`, the way that otter-grader offers for grading one submission
where containers are not wanted; with `otter grade` a container's start comes on top. The autograder holds one question,
whose test cases are the hidden checks, one test case a check; their points are the checks' points. otter-grader turns
the submission into a notebook, runs it in a Jupyter kernel of its own, and there runs the test cases.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.folders import Task

VERSION: Final = "7.0.0"
_AUTOGRADER: Final = "autograder.zip"


class NotInstalled(RuntimeError):
    """otter-grader could not be installed; the text says why."""


def cache() -> Path:
    """Where environments are kept: $CHAINRULE_BENCH_CACHE, or ~/.cache/chainrule/benchmarks."""
    named = os.environ.get("CHAINRULE_BENCH_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "chainrule" / "benchmarks"


def python() -> Path:
    """The environment's interpreter."""
    name = f"otter-{VERSION}-python-{platform.python_version()}-numpy-{np.__version__}"
    return cache() / name / "bin" / "python"


def install() -> None:
    """Makes the environment unless it is there, with this process's Python and NumPy. Raises NotInstalled."""
    folder = python().parent.parent
    done = folder / "complete"
    if done.is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run left
    packages = [f"otter-grader[grading]=={VERSION}", f"numpy=={np.__version__}"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
    ):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise NotInstalled(f"{' '.join(command)}: {result.stderr.strip()[-600:]}")
    done.touch()


def prepare(task: Task, environment: Mapping[str, str]) -> None:
    """Writes the task's autograder, with otter-grader's own tool."""
    command = [str(python()), "-m", "otter", "generate", "-t", "tests", "-o", _AUTOGRADER]
    files = [f"hidden/{name}.py" for name in ("__init__", "solution", "checks", "functions")]
    without = ["--no-config", "--no-environment", "--no-requirements"]
    result = subprocess.run(
        [*command, *without, *files], cwd=task.folder, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise NotInstalled(f"otter generate: {result.stderr.strip()[-600:]}")


def grade(task: Task, environment: Mapping[str, str]) -> tuple[float, str]:
    """Grades the task's submission once in a fresh process: its score, and what was printed."""
    with tempfile.TemporaryDirectory() as output:
        command = [str(python()), "-m", "otter", "run", "--no-logo", "-a", _AUTOGRADER, "-o", output, "submission.py"]
        result = subprocess.run(command, cwd=task.folder, env=environment, capture_output=True, text=True, check=False)
        path = Path(output) / "results.json"
        tests = json.loads(path.read_text(encoding="utf-8"))["tests"] if path.exists() else []
    said = result.stderr + "".join(str(test.get("output")) for test in tests)
    return sum(test.get("score", 0) for test in tests), said
