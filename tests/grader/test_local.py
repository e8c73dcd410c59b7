"""The local self-check: the public checks in a subprocess, whatever the student's file does there."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.course import Limits, load_course
from grader.local import check_file, differences, fingerprint
from grader.report import CheckResult, Report

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"


@pytest.fixture(scope="module")
def exercise(course):
    """The exercise scale with all the time in the world, as Python has to start first."""
    return dataclasses.replace(course.exercise("scale"), limits=Limits(cpu_s=20, wall_s=60))


@pytest.fixture(scope="module")
def hurried(course):
    """The same with little time."""
    return dataclasses.replace(course.exercise("scale"), limits=Limits(cpu_s=2, wall_s=4))


def check(exercise, source, filename="answer.py", seed=1):
    """The report on a file; every check result came before it."""
    data = source if isinstance(source, bytes) else source.encode()
    *results, report = check_file(exercise, data, filename, seed)
    assert isinstance(report, Report)
    assert all(isinstance(result, CheckResult) for result in results)
    assert results == report.checks[: len(results)]
    return report


def body(text):
    return f"import os, sys, time\n\ndef scale(x, factor=2.0):\n    {text}\n"


def subprocesses():
    """The processes that run a student's file for this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and "grader.inside.local" in (entry / "cmdline").read_text():
                found.append(entry.name)
        except OSError:
            continue  # it has just ended
    return found


# --- right and wrong --------------------------------------------------------------------------------------------------


def test_a_right_answer_passes_the_public_checks(exercise):
    report = check(exercise, RIGHT)
    assert report.status == "passed"
    assert [(result.name, result.passed) for result in report.checks] == [("doubles", True), ("triples", True)]
    assert (report.score, report.max_score) == (0, 0)
    assert report.resources.wall_s > 0


def test_a_wrong_answer_is_told_what_is_wrong_and_how_to_see_it(exercise):
    report = check(exercise, body("return 4 * x"))
    assert report.status == "failed"
    assert report.checks[0].message.startswith("the result at [1] is 8, expected 4")
    assert report.checks[0].reproducer.startswith("import numpy as np\nfrom answer import scale\n")
    assert report.checks[1].skipped


def test_the_same_seed_draws_the_same_inputs(exercise):
    wrong = body("return 2 * x")
    first, again, other = (check(exercise, wrong, seed=seed).checks[1].message for seed in (1, 1, 2))
    assert first == again != other


def test_every_kind_of_argument_arrives(course):
    layer = dataclasses.replace(course.exercise("layer"), limits=Limits(cpu_s=20, wall_s=60))
    assert check(layer, (layer.hidden / "solution.py").read_text()).status == "passed"


# --- whatever the file does -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "status", "sentence"),
    [
        (body("raise KeyError('m')"), "failed", "scale raised KeyError in line 4: 'm'"),
        (body("sys.exit(3)"), "failed", "scale raised SystemExit in line 4: 3"),
        (body("os._exit(3)"), "crashed", "ended the whole process (exit code 3)"),
        (body("os.close(0); os.closerange(3, 20)"), "crashed", ""),
        (body("import ctypes; ctypes.string_at(0)"), "crashed", "SIGSEGV"),
        (body("return None"), "failed", "Is the return missing?"),
        ("def scale(x\n", "invalid", "not Python"),
        ("def other(x): return x\n", "invalid", "defines no function 'scale'"),
        ("1 / 0\n", "error", "raised ZeroDivisionError in line 1"),
        ("import sys\nsys.exit()\n", "error", "raised SystemExit in line 2"),
        (b"\xff\xfe", "invalid", "not UTF-8"),
    ],
)
def test_each_way_of_failing_has_its_status_and_its_cause(exercise, source, status, sentence):
    report = check(exercise, source)
    said = " ".join([report.message, *(result.message for result in report.checks)])
    assert report.status == status, said
    assert sentence in said
    assert not subprocesses()


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["while True: pass", "time.sleep(100)", "sys.stdin.read() or time.sleep(100)"])
def test_what_never_ends_is_stopped(hurried, deed):
    report = check(hurried, body(deed))
    assert report.status == "timeout"
    assert "did not answer in time (4 s in all)" in report.checks[0].message
    assert not subprocesses()


@pytest.mark.slow
def test_a_file_that_closes_the_stream_and_goes_on_is_stopped(exercise):
    report = check(exercise, body("os.closerange(3, 30)\n    while True: pass"))
    assert report.status == "crashed"
    assert "channel that belongs to the grader" in report.checks[0].message
    assert not subprocesses()


def test_what_the_student_prints_goes_to_standard_error(exercise, capfd):
    report = check(
        exercise, "print('at import')\n" + body("print('in the call'); sys.stdout.write('!'); return factor * x")
    )
    out, err = capfd.readouterr()
    assert report.status == "passed"
    assert out == ""
    assert "at import" in err
    assert "in the call" in err


def test_nothing_can_be_read_from_standard_input(exercise):
    assert check(exercise, body("return factor * x if sys.stdin.read() == '' else x")).status == "passed"


def test_after_a_check_no_descriptor_is_left_open(exercise):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    check(exercise, RIGHT)
    before = descriptors()
    check(exercise, RIGHT)
    check(exercise, body("os._exit(1)"))
    assert descriptors() == before


# --- without the hidden half ------------------------------------------------------------------------------------------


def test_nothing_under_reference_is_read(course, tmp_path):
    shutil.copytree(course.path, tmp_path / "course")
    for path in (tmp_path / "course" / "reference").rglob("*.py"):
        path.write_text("raise SystemExit('this ran')\n")
    before = set(sys.modules)
    exercise = load_course(tmp_path / "course").exercise("scale")
    exercise = dataclasses.replace(exercise, limits=Limits(cpu_s=20, wall_s=60))
    assert check(exercise, RIGHT).status == "passed"
    assert not [name for name in set(sys.modules) - before if "hidden" in name]


def test_no_reference_is_needed(course, tmp_path):
    shutil.copytree(course.path, tmp_path / "course")
    shutil.rmtree(tmp_path / "course" / "reference")
    exercise = load_course(tmp_path / "course").exercise("scale")
    exercise = dataclasses.replace(exercise, limits=Limits(cpu_s=20, wall_s=60))
    assert check(exercise, RIGHT).status == "passed"


# --- this machine and the grader's ------------------------------------------------------------------------------------


def test_the_fingerprint_tells_what_numbers_depend_on():
    here = fingerprint()
    assert (here["python"], here["numpy"]) == (platform.python_version(), np.__version__)
    assert here["blas"]


def test_a_machine_that_differs_is_told_so(course):
    assert differences(course) == [f"the grader runs python 2.7, this machine {platform.python_version()}"]


@pytest.mark.parametrize("version", ["3", "3.11", platform.python_version()])
def test_a_machine_that_agrees_as_far_as_the_course_says_is_not(course, version):
    alike = version if platform.python_version().startswith(version) else platform.python_version()
    assert differences(dataclasses.replace(course, grader={"python": alike, "compiler": "any"})) == []


def test_a_version_that_only_begins_alike_is_another_one(course):
    beginning = platform.python_version().rpartition(".")[0][:-1]  # 3.1 of 3.11.7
    assert differences(dataclasses.replace(course, grader={"python": beginning}))
