"""Naming the cause: the mistake that gives the student's very output is named, and no other."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from grader.course import load_course
from grader.diagnosis import Diagnostician, MistakeRuns
from grader.grading import Submission, final_report, grade
from grader.judging import Judge
from grader.material import load_hidden
from grader.student import InProcess


def judged(exercise, functions, seed=3, **options):
    """All check results of an answer, and the diagnosis over all."""
    hidden = load_hidden(exercise)
    diagnostician = Diagnostician(hidden, MistakeRuns(exercise, hidden, seed, **options))
    answer = SimpleNamespace(**{**vars(hidden.solution), **functions})
    backend = InProcess(exercise.functions, lambda: answer)
    judge = Judge(exercise, hidden.solution, backend, seed, diagnostician=diagnostician)
    return {check.name: judge.judge(check) for check in hidden.checks}, diagnostician.overall()


def rewritten(course, tmp_path, text):
    """The exercise scale with these mistakes."""
    shutil.copytree(course.path, tmp_path / "course")
    (tmp_path / "course/reference/sound/scale/mistakes.py").write_text(text)
    return load_course(tmp_path / "course").exercise("scale")


def scale_of(body):
    names = {}
    exec(f"def scale(x, factor=2.0):\n    {body}\n", {"np": np}, names)
    return names


# --- the same output --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return factor + x", "adds_the_factor"),
        ("return np.add(x, factor, dtype=float)", "adds_the_factor"),
        ("return (3.0 if factor == 2.0 else factor) * x", "other_default"),
        ("x[...] = factor * x; return x", "in_place"),
    ],
)
def test_the_mistake_is_named_however_it_is_written(course, body, name):
    results, diagnosis = judged(course.exercise("scale"), scale_of(body))
    assert diagnosis.name == name
    assert name in {result.diagnosis for result in results.values()}


def test_the_diagnosis_has_the_title_and_the_way_out(course):
    _, diagnosis = judged(course.exercise("scale"), scale_of("return x + factor"))
    assert (diagnosis.title, diagnosis.hint) == ("You add the factor to x", "Multiply by it.")


@pytest.mark.parametrize(
    "body", ["return factor * x", "return x * 0", "return x + factor + 1e-3", "return factor * x.T"]
)
def test_an_answer_that_none_of_the_mistakes_gives_has_no_name(course, body):
    _, diagnosis = judged(course.exercise("scale"), scale_of(body))
    assert diagnosis is None


def test_an_outputs_rounding_does_not_hide_the_mistake(course):
    _, diagnosis = judged(course.exercise("scale"), scale_of("return (x + factor) * (1 + 1e-9)"))
    assert diagnosis.name == "adds_the_factor"


def test_the_mistakes_run_alike_whether_all_are_kept_or_none(course):
    for body in ("return x + factor", "x *= factor; return x", "return 3 * x"):
        answers = [judged(course.exercise("scale"), scale_of(body), all_of_them=kept)[1] for kept in (True, False)]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("seed", range(5))
def test_every_mistake_is_named_as_itself(course, seed):
    for exercise in (course.exercise("scale"), course.exercise("layer")):
        for mistake in load_hidden(exercise).mistakes:
            _, diagnosis = judged(exercise, vars(mistake.load()), seed)
            assert diagnosis.name == mistake.name


# --- the same failure -------------------------------------------------------------------------------------------------


def test_a_random_answer_is_named_by_its_statistic(course):
    _, diagnosis = judged(
        course.exercise("layer"), {"draw": lambda n, *, rng: 0.5 + 0.3 * rng.standard_normal(n)[::-1]}
    )
    assert diagnosis.name == "normal_draw"


def test_a_random_answer_with_another_statistic_is_not_named(course):
    _, diagnosis = judged(course.exercise("layer"), {"draw": lambda n, *, rng: rng.normal(0.5, 5, n)})
    assert diagnosis is None


def test_numbers_that_a_mistake_draws_too_are_held_against_no_other_failure(course, monkeypatch):
    asked, outcome = [], MistakeRuns.outcome
    monkeypatch.setattr(
        MistakeRuns,
        "outcome",
        lambda self, check, mistake, draw: asked.append(check.name) or outcome(self, check, mistake, draw),
    )
    mistakes = {mistake.name: mistake for mistake in load_hidden(course.exercise("layer")).mistakes}
    results, diagnosis = judged(course.exercise("layer"), vars(mistakes["normal_draw"].load()))
    assert diagnosis.name == "normal_draw"
    assert asked
    assert not {name for name, result in results.items() if not result.passed} & {*asked}


RAISING = """
import numpy as np


class looks_up:
    '''You look up a key that is not there'''

    def scale(x, factor=2.0):
        return {}["velocity"]


class divides:
    '''You divide by zero'''

    def scale(x, factor=2.0):
        return x * (1 // 0)


class multiplies_matrices:
    '''You multiply matrices'''

    def scale(x, factor=2.0):
        return np.ones((2, 3)) @ np.ones((4, 5))
"""


def test_the_same_exception_is_the_same_cause(course, tmp_path):
    exercise = rewritten(course, tmp_path, RAISING)
    for body in ("table = dict(a=1); return x * table['speed']", "return {}['velocity']"):
        _, diagnosis = judged(exercise, scale_of(body))
        assert diagnosis.name == "looks_up"
    assert judged(exercise, scale_of("return np.zeros((9, 3)) @ np.zeros((4, 9))"))[1].name == "multiplies_matrices"


@pytest.mark.parametrize(
    "body",
    [
        "return [][1]",
        "return x.nothing",
        "raise NotImplementedError('scale')",
        "return dict(speed=1)['factor']",  # a parameter's name: this is about no state
        "return np.ones((2, 3)) @ np.ones((5, 5))",  # other shapes
    ],
)
def test_another_exception_is_not(course, tmp_path, body):
    assert judged(rewritten(course, tmp_path, RAISING), scale_of(body))[1] is None


# --- which one, where several explain it ------------------------------------------------------------------------------

TWINS = """
class wrong_everywhere:
    '''You always triple'''

    def scale(x, factor=2.0):
        return 3.0 * x


class wrong_by_default:
    '''Your default is 3'''

    def scale(x, factor=3.0):
        return factor * x


class twin:
    '''The same again'''

    def scale(x, factor=3.0):
        return x * factor
"""


def test_the_one_that_passes_what_the_answer_passed_is_named(course, tmp_path):
    exercise = rewritten(course, tmp_path, TWINS)
    assert judged(exercise, scale_of("return (3.0 if factor == 2.0 else factor) * x"))[1].name == "wrong_by_default"


def test_one_that_fails_what_the_answer_passed_is_never_named(course, tmp_path, sandbox):
    exercise = rewritten(course, tmp_path, TWINS.partition("class wrong_by_default")[0])
    source = b"def scale(x, factor=2.0):\n    return (3.0 if factor == 2.0 else factor) * x\n"
    report = final_report(grade(Submission(source, exercise, "scale.py", 3), sandbox))
    assert (report.status, report.diagnosis) == ("failed", None)
    assert {check.diagnosis for check in report.checks} == {None}


def test_the_one_that_explains_more_points_is_named(course, tmp_path):
    exercise = rewritten(course, tmp_path, TWINS)
    assert judged(exercise, scale_of("return 3.0 * x"))[1].name == "wrong_everywhere"
