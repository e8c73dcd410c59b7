"""Work side by side: every submission is graded once and every seed proven once, on one process or on several."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import shutil
import time

import pytest

from grader.course import Limits, load_course
from grader.crew import SEEDS_AT_ONCE, cores, grade_all, pieces_of, prove_all
from grader.grading import Submission

SOURCES = [
    "def scale(x, factor=2.0): return factor * x\n",
    "def scale(x, factor=2.0): return factor + x\n",
    "def scale(x\n",
    "import os\ndef scale(x, factor=2.0): os._exit(1)\n",
]
STATUSES = ["passed", "failed", "invalid", "crashed"]


@pytest.fixture
def submissions(course):
    """Four files, and three of them again."""
    return [
        Submission(source.encode(), course.exercise("scale"), f"{place}.py", place)
        for place, source in enumerate(SOURCES + SOURCES[:3])
    ]


def test_there_is_at_least_one_core():
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_one_process_grades_in_the_given_order(submissions):
    graded = list(grade_all(submissions, 1))
    assert [place for place, _ in graded] == list(range(7))
    assert [report.status for _, report in graded] == [*STATUSES, *STATUSES[:3]]
    assert [report.seed for _, report in graded] == list(range(7))


def test_nothing_to_grade_is_nothing_graded():
    assert list(grade_all([], 1)) == []


def test_submissions_are_read_only_as_they_are_needed(submissions):
    given = []

    def one_by_one():
        for submission in submissions:
            given.append(submission)
            yield submission

    next(grade_all(one_by_one(), 1))
    assert len(given) == 1


@pytest.mark.slow
def test_several_processes_grade_each_submission_once(submissions):
    graded = dict(grade_all(submissions, 2))
    assert [graded[place].status for place in range(7)] == [*STATUSES, *STATUSES[:3]]
    assert [graded[place].seed for place in range(7)] == list(range(7))


@pytest.mark.slow
def test_whoever_takes_no_more_reports_ends_the_processes(course):
    loop = b"def scale(x, factor=2.0):\n    while True: pass\n"
    exercise = dataclasses.replace(course.exercise("scale"), limits=Limits(cpu_s=30, wall_s=60))
    files = [Submission(SOURCES[0].encode(), exercise, "0.py", 0), *[Submission(loop, exercise, "1.py", 1)] * 9]
    graded = grade_all(files, 2)
    assert next(graded)[1].status == "passed"
    started = time.monotonic()
    graded.close()
    assert time.monotonic() - started < 5
    assert multiprocessing.active_children() == []


DEADLY = """
@check(points=4)
def kills(student, reference, rng):
    \"\"\"The result is the factor times x, and 13 kills the grader\"\"\"
    answer = student.scale(np.array(1.0), 1.0)
    if answer == 13 or (answer == 12 and not marker.exists()):
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    matches(answer, reference.scale(1.0, 1.0))
"""


@pytest.fixture
def deadly(course, tmp_path):
    """A scale whose check kills our process: always at the answer 13, the first time at 12."""
    shutil.copytree(course.path, tmp_path / "course")
    imports = "import os\nimport signal\nfrom pathlib import Path\nimport numpy as np\nfrom grader.checks import check, matches\n"
    marker = f"marker = Path({str(tmp_path / 'marker')!r})\n"
    (tmp_path / "course/reference/sound/scale/checks.py").write_text(imports + marker + DEADLY)
    return load_course(tmp_path / "course").exercise("scale")


@pytest.mark.slow
def test_a_process_that_dies_costs_no_other_submission_its_report(deadly):
    answers = ["factor * x", "x + 12", "factor * x", "x + 11", "factor * x", "factor * x", "1 / 0"]
    submissions = [
        Submission(f"def scale(x, factor=2.0): return {answer}\n".encode(), deadly, f"{place}.py", place)
        for place, answer in enumerate(answers)
    ]
    graded = dict(grade_all(submissions, 2))
    assert [graded[place].status for place in range(7)] == [
        "passed", "platform_error", "passed", "failed", "passed", "passed", "failed",
    ]  # fmt: skip
    assert "Our grader failed, not your code: the process that graded this file has died, twice" in graded[1].message
    assert [check.skipped for check in graded[1].checks] == [True]


@pytest.mark.parametrize("seeds", [1, SEEDS_AT_ONCE, SEEDS_AT_ONCE + 1, 37])
def test_the_seeds_are_cut_into_pieces_without_a_gap(seeds):
    assert [seed for piece in pieces_of(seeds) for seed in piece] == list(range(seeds))
    assert max(map(len, pieces_of(seeds))) <= SEEDS_AT_ONCE


def total(proofs):
    counts = {}
    for proof in proofs:
        counts[proof.exercise] = counts.get(proof.exercise, 0) + proof.seeds
    return counts


def test_one_process_proves_each_exercise_on_each_seed(course):
    exercises = [course.exercise("scale"), course.exercise("leaky")]
    assert total(prove_all(exercises, 12, 1)) == {"scale": 12, "leaky": 12}


@pytest.mark.slow
def test_several_processes_prove_each_exercise_on_each_seed(course):
    exercises = [course.exercise("scale"), course.exercise("leaky")]
    assert total(prove_all(exercises, 12, 2)) == {"scale": 12, "leaky": 12}
