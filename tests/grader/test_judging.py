"""Judging: the checks of one submission in their order, what is skipped, and whose fault it is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.checking import Outcome
from grader.checks import Wrong, check, matches, require, undecidable
from grader.judging import CheckBroken, Judge, RemoteJudge, make_report
from grader.remote import LoadFailed
from grader.student import InProcess


@check(points=2)
def multiplies(student, reference, rng):
    """It multiplies"""
    x = rng.normal(size=(3, 2))
    matches(student.scale(x), reference.scale(x) if reference else 2 * x, name="out")


@check(points=1, after=multiplies)
def builds_on_it(student, reference, rng):
    """It builds on that"""
    student.scale(1.0)


@check(points=1, after=builds_on_it)
def builds_on_that(student, reference, rng):
    """It builds on that, too"""


@check(points=4)
def stands_alone(student, reference, rng):
    """It stands alone"""
    require(student.scale(np.ones(3)).shape == (3,), "The shape is another one.")


CHECKS = (multiplies, builds_on_it, builds_on_that, stands_alone)
SOLUTION = SimpleNamespace(scale=lambda x, factor=2.0: factor * x)


@pytest.fixture
def judge_of(course):
    """Makes a judge of a student's `scale`."""

    def make(scale=SOLUTION.scale, reference=SOLUTION, **options):
        exercise = course.exercise("scale")
        backend = InProcess(exercise.functions, lambda: SimpleNamespace(scale=scale))
        return Judge(exercise, reference, backend, 1, **options)

    return make


def test_a_right_answer_passes_every_check_with_its_points(judge_of):
    results = [judge_of().judge(each) for each in CHECKS]
    assert [result.passed for result in results] == [True] * 4
    assert [result.points for result in results] == [2, 1, 1, 4]


def test_what_comes_after_a_failed_check_is_skipped_and_so_on(judge_of):
    judge = judge_of(lambda x, factor=2.0: 3 * x)
    results = [judge.judge(each) for each in CHECKS]
    assert [(result.passed, result.skipped) for result in results] == [
        (False, False),
        (False, True),
        (False, True),
        (True, False),
    ]
    assert results[1].message == "Not run, because this failed first: It multiplies."
    assert results[2].message == "Not run, because this failed first: It builds on that."
    assert [result.points for result in results] == [0, 0, 0, 4]
    assert judge.status == "failed"


def test_the_pattern_of_an_error_is_told_where_no_mistake_is_known(judge_of):
    result = judge_of(lambda x, factor=2.0: -2 * x).judge(multiplies)
    assert result.message.endswith("Your values have the wrong sign.")
    result = judge_of(lambda x, factor=2.0: 2 * x / len(x)).judge(multiplies)
    assert "Your values are 1/3 of the expected ones: an average where a sum belongs" in result.message


def wrong(x, factor=2.0):
    return x


def test_a_reproducer_imports_the_students_file(judge_of):
    for filename, module in (("answer.py", "answer"), ("match.py", "match"), ("größe.py", "größe")):
        text = judge_of(wrong, filename=filename).judge(multiplies).reproducer
        assert text.startswith(f"import numpy as np\nfrom {module} import scale\n")
    assert judge_of(wrong).judge(multiplies).reproducer is None


@pytest.mark.parametrize(
    "filename",
    [
        "my-scale v2.py",
        "lambda.py",
        "2nd.py",
        "random.py",
        "numpy.py",
        "answer.txt",
        "answer",
        "scale.PY",
        ".py",
        "a.b.py",
    ],
)
def test_a_reproducer_says_what_to_save_a_file_as_that_cannot_be_imported(judge_of, filename):
    text = judge_of(wrong, filename=filename).judge(multiplies).reproducer
    module = "answer" if filename.startswith("answer") else "scale"
    assert text.startswith(
        f"# Save your file as {module}.py, beside this one.\nimport numpy as np\nfrom {module} import"
    )


def test_a_very_long_message_is_cut_short(judge_of):
    @check(points=1)
    def talks(student, reference, rng):
        """It talks"""
        raise Wrong("x" * 100_000)

    assert len(judge_of().judge(talks).message) <= 2000


# --- whose fault it is ------------------------------------------------------------------------------------------------


@check(points=1)
def unpacks(student, reference, rng):
    """It unpacks the columns"""
    a, b = student.scale(np.ones((3, 2))).T
    matches(a, b)


@check(points=1)
def broken(student, reference, rng):
    """It is broken"""
    student.scale(1.0)
    _ = {}["x"]


@check(points=1)
def torn(student, reference, rng):
    """It never decides"""
    undecidable("a tie")


def test_an_odd_value_is_the_students_fault_where_the_solution_has_none(judge_of):
    result = judge_of(lambda x, factor=2.0: np.ones(4)).judge(unpacks)
    assert not result.passed
    assert result.message.startswith("Your result could not be compared (")


@pytest.mark.parametrize("check", [broken, torn], ids=["raises", "never decides"])
def test_a_check_that_fails_with_the_solution_too_is_our_fault(judge_of, check):
    with pytest.raises(CheckBroken, match=f"the check '{check.name}' of scale is broken"):
        judge_of().judge(check)


def test_public_checks_have_no_solution_to_be_held_against(judge_of):
    assert judge_of(reference=None).judge(broken).passed is False


# --- the sums ---------------------------------------------------------------------------------------------------------


def test_a_report_has_the_sums_of_its_checks(judge_of, course):
    judge = judge_of(lambda x, factor=2.0: 3 * x)
    results = [judge.judge(each) for each in CHECKS]
    report = make_report(course.exercise("scale"), 1, judge.status, results, message="m")
    assert (report.score, report.max_score, report.status, report.message) == (4, 8, "failed", "m")


def test_a_file_that_cannot_be_used_is_told_even_where_no_check_has_asked_it_anything(course):
    class Unasking(RemoteJudge):
        def quickly(self, checks):
            return {check.name: Outcome(None, [], 0) for check in checks}

    def load():
        raise LoadFailed("missing", {"function": "scale", "defined": []})

    backend = SimpleNamespace(load=load, end=lambda: None)
    judge = Unasking(course.exercise("scale"), SOLUTION, backend, 1)
    assert list(judge.sit(CHECKS)) == []
    assert (judge.status, [result.skipped for result in judge.results]) == ("invalid", [True] * 4)
