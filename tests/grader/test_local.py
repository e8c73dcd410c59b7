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

from grader import unwalled
from grader.course import Limits, load_course
from grader.local import ABSENT, check_file, differences, fingerprint, foreign_modules
from grader.report import CheckResult, Report
from grader.sandbox import child, layout

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"


@pytest.fixture(scope="module")
def exercise(course):
    """The exercise scale with all the time in the world."""
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
    return f"import os, sys, time\nimport numpy as np\n\ndef scale(x, factor=2.0):\n    {text}\n"


def subprocesses():
    """The processes that run a student's file for this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and "grader.bounded" in (entry / "cmdline").read_text():
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
        (body("raise KeyError('m')"), "failed", "scale raised KeyError in line 5: 'm'"),
        (body("sys.exit(3)"), "failed", "scale raised SystemExit in line 5: 3"),
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


COMPUTED = "computed until its time was up (2 s of processor time in all)"
WAITED = "did not answer in time (4 s in all)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("while True: pass", COMPUTED),
        ("while True: np.ones((300, 300)) @ np.ones((300, 300))", COMPUTED),
        ("time.sleep(100)", WAITED),
        ("sys.stdin.read() or time.sleep(100)", WAITED),
    ],
)
@pytest.mark.parametrize("told", [True, False], ids=["told while it runs", "told at the end"])
def test_what_never_ends_is_stopped_as_a_loop_or_as_waiting(hurried, deed, sentence, told, monkeypatch):
    monkeypatch.setattr(unwalled, "_TOLD_WHILE_RUNNING", told)  # other systems tell it at the end alone
    report = check(hurried, body(deed))
    assert report.status == "timeout"
    assert sentence in report.checks[0].message
    assert not subprocesses()


@pytest.mark.slow
def test_many_short_requests_use_up_the_processor_time_as_one_long_one(hurried):
    seconds = "t = time.process_time()\n    while time.process_time() < t + 0.4: pass\n    return factor * x"
    assert check(hurried, body(seconds)).status == "passed"
    assert (
        check(
            hurried, "import time\nt = time.process_time()\nwhile time.process_time() < t + 1: pass\n" + body(seconds)
        ).status
        == "timeout"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "status", "sentence"),
    [
        (body("while True: print('x' * 1000)"), "output", "printed more than 8 MiB"),
        (body("while True: sys.stderr.write('x' * 1000)"), "output", "printed more than 8 MiB"),
        ("while True: print('x' * 1000)\n" + RIGHT, "output", "printed more than 8 MiB"),
        (body("return np.zeros(2**25)"), "output", "returned 256 MiB"),
        (body("kept = []\n    while True: kept.append(bytearray(2**22))"), "memory", "used up the memory it may have"),
        (body("return np.ones((2**20, 2**20))"), "memory", "used up the memory it may have"),
        ("kept = []\nwhile True: kept.append(bytearray(2**22))\n" + RIGHT, "memory", "used up the memory it may have"),
    ],
)
def test_what_takes_too_much_is_stopped_as_behind_the_walls(hurried, source, status, sentence, capfd):
    report = check(dataclasses.replace(hurried, limits=Limits(cpu_s=10, wall_s=30, memory_mb=512)), source)
    said = " ".join([report.message, *(result.message for result in report.checks)])
    assert (report.status, sentence in said) == (status, True), said
    assert len(capfd.readouterr().err) <= 2 * child.MAX_OUTPUT
    assert not subprocesses()


def test_the_limits_are_those_behind_the_walls():
    for name in ("MAX_OUTPUT", "MAX_RECEIVED", "MAX_CALLBACKS"):
        assert getattr(unwalled, name) == getattr(child, name)


def test_the_budget_does_not_count_how_long_python_takes_to_start(hurried, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text(
        "import sys, time\ntime.sleep(3)\nt = time.process_time()\nwhile time.process_time() < t + 1.5: pass\n"
        f"sys.path.remove({str(tmp_path)!r})\ndel sys.modules['numpy']\nimport numpy\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    report = check(hurried, RIGHT)
    assert report.status == "passed"
    assert report.resources.cpu_s < 1


def test_where_python_does_not_start_it_is_not_the_students_fault(exercise, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(unwalled.NotStarted, match="Python could not be started for your file: signal 0, code 1"):
        check(exercise, RIGHT)
    monkeypatch.setattr(sys, "executable", "/bin/echo")
    with pytest.raises(unwalled.NotStarted):
        check(exercise, RIGHT)


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


SWITCHES = {
    "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1",
    "PYTHONINTMAXSTRDIGITS": "640", "PYTHONHASHSEED": "random", "PYTHONMALLOC": "debug", "NPY_PROMOTION_STATE": "legacy",
}  # fmt: skip


def test_the_environments_switches_change_nothing_that_the_file_gives(exercise, monkeypatch, capfd):
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MY_DATA", "kept")
    facts = (
        "sys.stderr.encoding, sys.stdout.encoding, sys.flags.optimize, sys.flags.utf8_mode, sys.warnoptions, "
        f"sys.flags.dev_mode, sys.get_int_max_str_digits(), sorted(set(os.environ) & {set(SWITCHES)}), os.environ['MY_DATA']"
    )
    assert check(exercise, body(f"print('ω', {facts}, file=sys.stderr); return factor * x")).status == "passed"
    seen = "ω utf-8 utf-8 0 1 [] False 4300 ['PYTHONHASHSEED'] kept"
    assert seen in capfd.readouterr().err


def test_where_python_and_its_packages_are_is_still_told(exercise, tmp_path, monkeypatch):
    (tmp_path / "beside.py").write_text("factor = 2.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    source = "from beside import factor as f\ndef scale(x, factor=f):\n    return factor * x\n"
    assert check(exercise, source).status == "passed"


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


# --- what the grader has not -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        ("import numpy.linalg, os.path\nfrom collections import abc\nfrom __future__ import annotations\n", []),
        ("import scipy.special as s, torch\nfrom matplotlib import pyplot\n", ["matplotlib", "scipy", "torch"]),
        (
            "def f():\n    try:\n        import helper\n    except ImportError:\n        import tkinter\n",
            ["helper", "tkinter"],
        ),
        ("import submission\nfrom . import a\nfrom .b import c\n", []),
        ("from grader.checks import check\n", ["grader"]),
        ("if __name__ == '__main__':\n    import a\nelse:\n    import b\n", ["b"]),
        ("if __name__ != '__main__':\n    import a\n", ["a"]),
        ("import scipy\nx = '\\d' is 'a'\n", ["scipy"]),
        ("import scipy\ndef f(:\n", []),
        ("import scipy\nx = '\0'\n", []),
        ("import scipy\nx = " + "(" * 5000, []),
        ("import scipy\nx = " + "-" * 100_000 + "1", []),
    ],
)
def test_the_modules_that_the_grader_has_not_are_found_wherever_they_are_imported(source, foreign):
    assert foreign_modules(source.encode(), "scale.py") == foreign


def test_what_the_grader_leaves_out_of_the_standard_library_is_what_its_sandbox_hides():
    assert {*layout._HIDDEN, "turtle"} - ABSENT == {"site-packages", "dist-packages"}
    assert {*layout._HIDDEN, "turtle"} >= ABSENT  # turtle draws with tkinter


# --- this machine and the grader's ------------------------------------------------------------------------------------


def test_the_fingerprint_tells_what_numbers_depend_on():
    here = fingerprint()
    assert (here["python"], here["numpy"]) == (platform.python_version(), np.__version__)
    assert here["blas"]
    assert here["machine"] == platform.machine()


def test_a_machine_that_differs_is_told_so(course):
    assert differences(course) == [f"the grader runs python 2.7, this machine {platform.python_version()}"]


def test_another_blas_is_told_too(course):
    there = {"blas": "no-such-blas 1", "machine": "pdp11"}
    here = fingerprint()
    assert differences(dataclasses.replace(course, grader=there)) == [
        f"the grader runs blas no-such-blas 1, this machine {here['blas']}",
        f"the grader runs machine pdp11, this machine {here['machine']}",
    ]
    alike = {"blas": here["blas"].rpartition(".")[0], "machine": here["machine"]}
    assert differences(dataclasses.replace(course, grader=alike)) == []


@pytest.mark.parametrize("version", ["3", "3.11", platform.python_version()])
def test_a_machine_that_agrees_as_far_as_the_course_says_is_not(course, version):
    alike = version if platform.python_version().startswith(version) else platform.python_version()
    assert differences(dataclasses.replace(course, grader={"python": alike, "compiler": "any"})) == []


def test_a_version_that_only_begins_alike_is_another_one(course):
    beginning = platform.python_version().rpartition(".")[0][:-1]  # 3.1 of 3.11.7
    assert differences(dataclasses.replace(course, grader={"python": beginning}))
