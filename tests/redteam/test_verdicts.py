"""The holes that attacks have found, each as its own story: what the verdict is now, and what it must never be."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from grader.course import Course, Exercise, load_course
from grader.grading import Restarted, Submission, grade
from grader.inside import runner
from grader.report import Report
from grader.sandbox import Child, Sandbox, SandboxLost

FORGE = """
import os, struct, time
import numpy as np
from grader.wire import encode, frame


def forge(value):
    os.write(3, frame(encode(value)))

"""


def _graded(source: str, exercise: Exercise, sandbox: Sandbox) -> tuple[Report, int]:
    """The report, and how often the grading was begun anew."""
    events = list(grade(Submission(source.encode(), exercise, "scale.py", 2), sandbox))
    return events[-1].report, sum(isinstance(event, Restarted) for event in events)


@pytest.mark.parametrize(
    "message", [["broken", "no wall"], ["broken"], ["walled"], ["problem"], ["problem", "import", 5]]
)
def test_a_student_cannot_say_that_the_grader_is_broken(message: list[Any], exercise: Exercise, warm: Sandbox) -> None:
    report, restarts = _graded(f"{FORGE}\nforge({message!r})\ndef scale(x):\n    return x\n", exercise, warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert "channel" in report.message


@pytest.mark.parametrize(
    "problem",
    [
        "['problem', 'syntax', np.zeros(3)]",
        "['problem', np.zeros(3), {}]",
        "['problem', ['syntax'], {}]",
        "['problem', 'import', {'type': 'E', 'message': np.ones(2), 'line': 1}]",
        "['problem', 'missing', {'function': 'scale', 'defined': np.array(5)}]",
    ],
)
def test_a_forged_problem_out_of_form_is_a_verdict(problem: str, exercise: Exercise, warm: Sandbox) -> None:
    report, restarts = _graded(f"{FORGE}\nforge({problem})\n", exercise, warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert "channel" in report.message


@pytest.mark.parametrize(
    "answer",
    [
        "np.zeros(3)",
        "['done', np.zeros(3), None]",
        "['done', [np.zeros(3)], None]",
        "['done', [[1, 1.0, 5]], None]",
        "['done', [], 'ValueError']",
        "['done', [], {'type': 'E', 'message': '', 'line': 1, 'trace': np.array(5)}]",
        "['done', [], {'type': 'E', 'message': '', 'line': 1, 'trace': [[1, 'f']]}]",
        "['done', [], {'type': 'E', 'message': '', 'line': 1, 'trace': [], 'nbytes': 'many'}]",
    ],
)
def test_a_forged_answer_out_of_form_is_a_verdict(answer: str, exercise: Exercise, warm: Sandbox) -> None:
    report, restarts = _graded(f"{FORGE}\ndef scale(x):\n    forge({answer})\n    time.sleep(9)\n", exercise, warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert {check.message for check in report.checks if not check.skipped} == {
        "Your code wrote into a channel that belongs to the grader. Print with print() only."
    }


@pytest.mark.parametrize(
    "walked",
    [
        "[np.arange(1e6)] + [np.zeros((1, *np.shape(w))) for w in starts[1:]]",
        "[np.zeros((steps + 1, *np.shape(w))) for w in starts]",
        "[np.zeros((steps, *np.shape(w))) for w in starts] * 2",
        "[np.float64(0)] * len(starts)",
        "np.zeros((len(starts), steps))",
        "[b'0' * steps] * len(starts)",
    ],
)
def test_a_student_cannot_choose_how_long_our_loops_over_a_walk_are(walked: str, warm: Sandbox) -> None:
    source = f"""{FORGE}
import sys

def sgd(w, dw, state, *, lr=0.01):
    frame_of_ours = sys._getframe()
    while "message" not in frame_of_ours.f_locals:
        frame_of_ours = frame_of_ours.f_back
    _, _, _, _, forms, calls = frame_of_ours.f_locals["message"]
    results = []
    for form, *args in calls:
        if forms[form][2] != "walk":
            return w - lr * dw, state
        starts, steps = args[0], len(args[1][0])
        results.append([2, {walked}, None])
    forge(["done", results, None])
    time.sleep(9)
"""
    report, restarts = _graded(source, load_course().exercise("sgd"), warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert report.score < report.max_score
    assert len(json.dumps(report.as_dict())) < 50_000


def test_a_program_that_closes_its_channel_and_stays_is_ended(exercise: Exercise, warm: Sandbox) -> None:
    report, restarts = _graded(f"{FORGE}\nos.close(3)\ntime.sleep(60)\n", exercise, warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert report.resources.wall_s < exercise.limits.wall_s


def test_a_program_cannot_have_itself_killed_as_if_by_accident(course: Course, warm: Sandbox) -> None:
    source = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True:\n    pass\n"
    report, restarts = _graded(source, course.exercise("patient"), warm)
    assert (report.status, restarts) == ("error", 0)
    assert "line 2" in report.message


def test_an_answer_in_advance_is_not_taken_for_the_next(exercise: Exercise, warm: Sandbox) -> None:
    source = f"{FORGE}\ndef scale(x):\n    data = frame(encode(['done', [[1, 3 * x + 1, None]], None]))\n"
    source += "    os.write(3, data + data)\n    time.sleep(9)\n"
    report, restarts = _graded(source, exercise, warm)
    assert (report.status, restarts) == ("crashed", 0)
    assert report.checks[0].passed  # by the value that was asked for, whoever sent it
    assert "channel" in report.checks[1].message


class Losing(Sandbox):
    """Loses its warm process whenever a second child is asked for."""

    def start(self) -> None:
        self.taken = -len(runner.REHEARSALS)  # the first children rehearse
        super().start()

    def take(self) -> Child:
        self.taken += 1
        if self.taken > 1:
            raise SandboxLost("the warm process has ended")
        return super().take()


def test_a_sandbox_that_is_lost_inside_a_check_is_never_a_wrong_answer(exercise: Exercise) -> None:
    with Losing() as sandbox:
        report, restarts = _graded("import os\ndef scale(x):\n    os._exit(0)\n", exercise, sandbox)
    assert (report.status, report.score, restarts) == ("platform_error", 0, 2)


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("name", load_course().exercises)
def test_results_that_broadcast_far_cost_the_grader_no_memory(name: str, warm: Sandbox) -> None:
    exercise = load_course().exercise(name)
    source = "import numpy as np\ncalls = [0]\n"
    for function in exercise.functions.values():
        wide = "np.ones((20_000, 1) if (calls[0] + {}) % 2 else (1, 20_000))"
        parts = ", ".join(
            "{'a': " + wide.format(place) + "}" if place in function.mappings else wide.format(place)
            for place in range(len(function.returns))
        )
        source += f"def {function.name}(*args, **kwargs):\n    calls[0] += 1\n    return {parts}\n"
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    before = _peak()
    report, restarts = _graded(source, exercise, warm)
    assert (report.status, restarts) == ("failed", 0)
    assert report.score <= report.max_score / 5  # what any function gets that leaves its inputs alone
    assert _peak() - before < 512 * 2**20


def test_an_exception_of_a_known_mistake_s_size_is_no_exception_of_ours(warm: Sandbox, exercise: Exercise) -> None:
    for factor in ("1e-310", "1e-320", "1e300", "-1e-310", "np.float64(5e-324)"):
        source = f"import numpy as np\ndef scale(x):\n    return (3 * x + 1) * {factor}\n"
        report, _ = _graded(source, exercise, warm)
        assert report.status == "failed"
        json.dumps(report.as_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "source", ["forge(['problem', 'import', raised])", "def scale(x):\n    forge(['done', [], raised])"]
)
def test_texts_that_a_forged_answer_brings_are_cut(source: str, warm: Sandbox, exercise: Exercise) -> None:
    trace = "[[1, 'f' * 10**5, 't' * 10**5]] * 100"
    raised = f"raised = {{'type': 'E' * 10**6, 'message': 'm' * 10**6, 'line': 1, 'trace': {trace}}}"
    report, _ = _graded(f"{FORGE}\n{raised}\n{source}\n", exercise, warm)
    assert len(json.dumps(report.as_dict())) < 50_000


FORGER = (
    FORGE
    + """
import random
import sys
import warnings

from grader.wire import Callback, Handle, Opaque, Seed, Unsupported

warnings.simplefilter("ignore")
sys.drawn = getattr(sys, "drawn", 0) + 1
draw = random.Random(1000 * SEED + sys.drawn)
PLAIN = (None, True, 0, -1, 2**63, 0.0, float("nan"), float("inf"), 1e308, "", "MemoryError", "syntax", "nan", b"abc",
         Handle(0, 0), Handle(9, 9), Seed(1), Opaque("dict"), Unsupported("set"), Callback(0))
SHAPES = ((), (0,), (1,), (3,), (2, 3), (5, 4), (4, 3), (1, 7), (7, 1), (1, 1, 1), (0, 3))
TYPES = (float, float, float, bool, np.int8, np.uint64, np.float16, np.complex128, np.float32)


def value(depth=0):
    kind = draw.randrange(8)
    if kind < 3:
        fill = draw.choice((0, 1, np.nan, np.inf, 1e308, -1e308, 1e-310))
        return np.full(draw.choice(SHAPES), fill).astype(draw.choice(TYPES))
    if kind < 5 and depth < 4:
        return [value(depth + 1) for _ in range(draw.randrange(6))]
    if kind == 5 and depth < 4:
        return {draw.choice(("w1", "b1", "x", "y", "mean", "")): value(depth + 1) for _ in range(draw.randrange(4))}
    return draw.choice(PLAIN)


def result(count):
    several = [value() for _ in range(draw.choice((count, count, 0, 5)))]
    return [draw.choice((count, count, count, 1, -1, value())), draw.choice((several, value())), value()]


def reply(count):
    raised = {"type": draw.choice(("ValueError", "MemoryError", "TooLarge", "")), "message": draw.choice(("", "5", "nan")),
              "line": draw.choice((0, 10**9, -5)), "trace": draw.choice(([], [[1, "f", "t"]], value())),
              "nbytes": draw.choice((0, 10**9, value()))}
    return draw.choice((
        ["done", [result(count) for _ in range(draw.choice((1, 1, 1, 2, 0, 100)))], None],
        ["done", [result(count)], raised], ["done", value(), value()], [value() for _ in range(3)],
        ["callback", draw.choice((0, 1, -1)), [value()]],
    ))


def strike(count):
    if draw.random() < 0.5:
        forge(reply(count))
    return value() if draw.random() < 0.5 else tuple(value() for _ in range(count))

"""
)


@pytest.mark.parametrize("name", load_course().exercises)
def test_whatever_comes_back_is_a_verdict_and_never_an_exception(name: str, warm: Sandbox) -> None:
    exercise = load_course().exercise(name)
    for seed in random.Random(name).sample(range(10**6), 3):
        source = FORGER.replace("SEED", str(seed))
        for function in exercise.functions.values():
            source += f"\n\ndef {function.name}(*args, **kwargs):\n    return strike({len(function.returns)})\n"
        report, restarts = _graded(source, exercise, warm)
        assert restarts == 0
        assert report.status not in ("passed", "platform_error")
        assert report.score < report.max_score
        json.dumps(report.as_dict(), allow_nan=False)
