"""Grading through the real sandbox: each way of failing gets its status, in time, with a sentence that names the cause."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from grader import grading, judging
from grader.checks import check
from grader.course import CourseError, load_course
from grader.grading import (
    ATTEMPTS,
    QUICK_SHARE,
    Begun,
    CheckDone,
    Ended,
    Restarted,
    Submission,
    final_report,
    fresh_seed,
    grade,
)
from grader.judging import RemoteJudge
from grader.remote import Remote
from grader.sandbox import Sandbox, SandboxLost, SandboxUnavailable
from grader.wire import decode

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
GRACE_S = 0.5
"""By how much a submission may outlast its budget: the platform's promise."""


def body(text):
    """A submission whose function does this."""
    return "import os, sys, time, signal\nimport numpy as np\n\ndef scale(x, factor=2.0):\n    " + text + "\n"


# --- right and wrong --------------------------------------------------------------------------------------------------


def test_the_solution_passes(hand_in):
    report = hand_in(RIGHT)
    assert (report.status, report.score, report.message) == ("passed", 4, "")


def test_a_starter_gets_nothing(hand_in, course):
    report = hand_in(course.exercise("scale").starter)
    assert (report.status, report.score) == ("failed", 0)
    assert report.checks[0].message == "scale is not written yet."


def test_a_wrong_answer_is_named(hand_in):
    report = hand_in(body("return x + factor"))
    assert (report.status, report.score) == ("failed", 1)
    assert report.diagnosis.name == "adds_the_factor"


def test_every_kind_of_value_crosses_the_wall(hand_in, course):
    report = hand_in((course.exercise("layer").hidden / "solution.py").read_text(), "layer")
    assert (report.status, report.score) == ("passed", 5)


def test_the_same_seed_gives_the_same_report(hand_in):
    first, again = (hand_in(body("return x + factor"), seed=5).as_dict() for _ in range(2))
    del first["resources"], again["resources"]
    assert first == again


def test_another_seed_gives_other_inputs(hand_in):
    first, other = (hand_in(body("return x + factor"), seed=seed).checks[0] for seed in (5, 6))
    assert first.reproducer != other.reproducer
    assert first.message != other.message


def test_seeds_are_exact_in_json_and_never_the_same():
    seeds = {fresh_seed() for _ in range(100)}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**53 for seed in seeds)


def test_a_grading_is_told_as_it_goes(course, sandbox):
    events = list(grade(Submission(RIGHT.encode(), course.exercise("scale"), "answer.py", 1), sandbox))
    assert [type(event) for event in events] == [Begun, CheckDone, CheckDone, CheckDone, Ended]
    assert events[0].checks == 3
    assert [event.result for event in events[1:4]] == events[4].report.checks


@pytest.mark.parametrize("filename", ["../../up.py", "Übung 1.py", "a" * 300 + ".py", "", "x\ny.py"])
def test_a_files_name_is_no_matter(hand_in, filename):
    assert hand_in(RIGHT, filename=filename).status == "passed"
    assert hand_in(body("return x + factor"), filename=filename).status == "failed"


def test_what_one_submission_changes_the_next_does_not_see(hand_in):
    spoils = (
        "import builtins, numpy\nbuiltins.len = numpy.add = numpy.ndarray = None\nimport sys\nsys.modules.clear()\n"
    )
    hand_in(spoils + RIGHT)
    assert hand_in(body("return np.add(0, factor * x)")).status == "passed"


def test_what_one_check_keeps_in_a_global_the_next_does_not_see(hand_in):
    source = "calls = []\ndef scale(x, factor=2.0):\n    calls.append(1)\n    return factor * x + len(calls) - 1\n"
    assert hand_in(source).status == "passed"


# --- quickly, or check by check ---------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What the student's code is asked, by seat: 1, 2 and so on side by side, 0 where the checks run one by one."""
    seats = []
    monkeypatch.setattr(grading, "QUICK_SHARE", 1.0)  # a slow machine is no reason to ask again
    monkeypatch.setattr(grading, "QUICK_S", 60.0)
    monkeypatch.setattr(Remote, "ask", _noting(Remote.ask, seats))
    return seats


def _noting(ask, seats):
    def noting(self, question):
        _, seat, *_ = decode(question.message[4:])
        seats.append(seat)
        return ask(self, question)

    return noting


def test_each_check_of_code_that_behaves_asks_in_a_seat_of_its_own(hand_in, asked):
    assert hand_in(RIGHT).status == "passed"
    assert asked == [1, 2, 3]


def test_code_that_takes_its_time_is_run_check_by_check_with_all_it_may_take(hand_in, asked, course, monkeypatch):
    monkeypatch.setattr(grading, "QUICK_SHARE", QUICK_SHARE)
    quick_s = QUICK_SHARE * course.exercise("scale").limits.wall_s
    report = hand_in(body(f"time.sleep({1.5 * quick_s}); return factor * x"))
    assert (report.status, report.score) == ("passed", 4)
    assert asked == [1, 0, 0, 0]


def test_code_that_ends_its_process_once_costs_the_check_that_it_ended(hand_in, asked):
    report = hand_in(body("return factor * x if np.ndim(x) == 2 else os._exit(3)"))
    assert [check.passed for check in report.checks] == [True, False, True]
    assert report.status == "crashed"
    assert asked == [1, 2, 0, 0, 0]


def test_an_answer_out_of_form_costs_the_check_that_it_answers(hand_in, asked):
    forged = "from grader.wire import encode, frame\n    os.write(3, frame(encode(['done', 7, None])))\n    os._exit(0)"
    report = hand_in(body(f"if np.ndim(x) == 2: return factor * x\n    {forged}"))
    assert [check.passed for check in report.checks] == [True, False, True]
    assert asked == [1, 2, 3, 0, 0, 0] or asked == [1, 2, 0, 0, 0]  # it may be seen to end first


def test_memory_that_the_checks_take_together_is_none_that_one_has_taken(hand_in, asked):
    keeps = "kept = np.empty(5 * 2**20)"  # 40 MiB; Python and NumPy leave some hundred, and each seat imports it anew
    report = hand_in(f"import numpy as np\n{keeps}\ndef scale(x, factor=2.0): return factor * x\n")
    assert report.status == "passed"
    assert asked[-3:] == [0, 0, 0]


# --- each way of failing ----------------------------------------------------------------------------------------------

# On a machine that does other things as well, the clock on the wall may end a loop before the processor's does.
COMPUTED = r"computed until its time was up \(0\.3 s|did not answer in time \(1 s"
WAITED = r"did not answer in time \(1 s"
WAYS = {
    "loops for ever": (body("while True: pass"), "timeout", COMPUTED),
    "loops for ever at import": ("while True: pass\n" + RIGHT, "timeout", COMPUTED),
    "sleeps": (body("time.sleep(100)"), "timeout", WAITED),
    "sleeps at import": ("import time\ntime.sleep(100)\n" + RIGHT, "timeout", WAITED),
    "waits for a signal": (body("signal.pause()"), "timeout", WAITED),
    "ignores signals and loops": (
        body("[signal.signal(s, signal.SIG_IGN) for s in (2, 3, 15, 24)]\n    while True: pass"),
        "timeout",
        COMPUTED,
    ),
    "allocates without end": (
        body("kept = []\n    while True: kept.append(np.empty(2**19))"),  # not written to: that would take its time
        "memory",
        "scale used up the memory it may have in line 6",
    ),
    "allocates too much at once": (body("return np.ones((2**20, 2**20))"), "memory", "used up the memory it may have"),
    "broadcasts too far": (body("return x.ravel() + np.zeros((2**28, 1))"), "memory", "used up the memory it may have"),
    "allocates without end at import": (
        "import numpy as np\nkept = []\nwhile True: kept.append(np.empty(2**19))\n",
        "memory",
        "256 MiB",
    ),
    "prints a gigabyte": (
        body("for _ in range(2**10): print('x' * 2**20)\n    return factor * x"),
        "output",
        "printed more than 8 MiB",
    ),
    "prints a gigabyte as errors": (
        body("for _ in range(2**10): sys.stderr.write('x' * 2**20)\n    return factor * x"),
        "output",
        "printed more than 8 MiB",
    ),
    "prints without end at import": ("while True: print('x' * 1000)\n", "output", "printed more than 8 MiB"),
    "returns a gigabyte": (body("return np.broadcast_to(0.0, (2**27,))"), "output", "scale returned 1024 MiB"),
    "returns forty megabytes": (body("return np.zeros(5 * 2**20)"), "output", "scale returned 40 MiB"),
    "raises": (body("raise KeyError('m')"), "failed", "scale raised KeyError in line 5: 'm'"),
    "raises what no database keeps": (
        body("raise ValueError('a\\0b')"),
        "failed",
        "scale raised ValueError in line 5: ab",
    ),
    "asserts": (body("assert False, 'no'"), "failed", "scale raised AssertionError in line 5: no"),
    "is not written": (body("raise NotImplementedError"), "failed", "scale is not written yet."),
    "calls sys.exit": (body("sys.exit(0)"), "failed", "scale raised SystemExit in line 5: 0"),
    "closes its channel and stays": (body("os.close(3); time.sleep(100)"), "crashed", "wrote into a channel"),
    "calls os._exit": (body("os._exit(0)"), "crashed", "ended the whole process (exit code 0)"),
    "calls os._exit at import": ("import os\nos._exit(7)\n", "crashed", "ended the whole process (exit code 7)"),
    "aborts": (body("os.abort()"), "crashed", "The Python interpreter "),
    "crashes the interpreter": (body("import ctypes; ctypes.string_at(0)"), "crashed", "crashed in your code (SIGSEGV)"),
    "recurses without end": (body("return scale(x, factor)"), "failed", "scale raised RecursionError in line 5"),
    "starts a program": (body("os.execv('/python/bin/python3', ['p'])"), "forbidden", "asked the system for something"),
    "forks": (body("os.fork()"), "failed", "scale raised PermissionError in line 5"),
    "starts a thread": (
        body("import threading; threading.Thread(target=print).start()"),
        "failed",
        "scale raised RuntimeError in line 5",
    ),
    "opens a file": (body("open('/etc/passwd')"), "failed", "scale raised "),
    "opens a connection": (body("import socket; socket.socket()"), "failed", "scale raised "),
    "closes the stream": (body("os.closerange(0, 100)"), "crashed", ""),
    "writes into the stream": (body("os.write(3, b'\\0' * 1000); return x"), "crashed", "channel that belongs to the grader"),
    "returns nothing": (body("pass"), "failed", "scale is None, expected an array. Is the return missing?"),
    "returns a generator": (body("yield x"), "failed", "scale is a value of type generator, expected an array."),
    "returns an object": (body("return object()"), "failed", "scale is a value of type object, expected an array."),
    "bad syntax": ("def scale(x, factor=2.0)\n    return x\n", "invalid", "not Python: expected ':' in line 1: 'def scale"),
    "deeply nested": ("x = " + "(" * 5000, "invalid", "not Python: too many nested parentheses"),
    "too deep for the parser": ("x = " + "-" * 100_000 + "1\n", "invalid", "nested too deeply"),
    "NUL bytes": (b"x = 1\n\0\0\n", "invalid", "NUL byte in line 2"),
    "ten megabytes": (b"#" * 10 * 2**20, "invalid", "10,485,760 bytes; at most 131,072 are accepted"),
    "wrong encoding": ("x = 'ä'\n".encode("latin-1"), "invalid", "not UTF-8: byte 0xe4 in line 1"),
    "no text at all": (bytes(range(128, 256)), "invalid", "not UTF-8"),
    "empty": (b"", "invalid", "is empty"),
    "no such function": (
        "def scala(x): return x\n",
        "invalid",
        "defines no function 'scale'. It must keep the names of the starter file (scale); the functions in it are: scala.",
    ),
    "no function but a number": ("scale = 3\n", "invalid", "'scale' is an int in your file, expected an ordinary function."),
    "wrong signature": (
        "def scale(): return 1\n",
        "invalid",
        "scale() cannot be called as scale(x, factor): too many positional arguments. Keep the starter's signature.",
    ),
    "no such default": ("def scale(x, f=2.0): return f * x\n", "invalid", "it has no argument named 'factor'"),
    "async function": ("async def scale(x, factor=2.0): return x\n", "invalid", "'scale' is an async function in your file, expected"),
    "raises at import": ("import os\n\n1 / 0\n", "error", "raised ZeroDivisionError in line 3: division by zero."),
    "imports what is not there": (
        "import torch\n",
        "error",
        "raised ModuleNotFoundError in line 1: No module named 'torch'. Only Python's standard library, NumPy and this one file are there: write what is missing into it.",
    ),
    "reads arguments": ("import argparse\nargparse.ArgumentParser().parse_args()\n", "invalid", "defines no function"),
    "exits at import": ("import sys\nsys.exit('bye')\n", "error", "raised SystemExit in line 2: bye."),
    "imports the grader": ("import grader.checks\n", "error", "raised ModuleNotFoundError in line 1"),
}  # fmt: skip


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[pytest.mark.slow] if WAYS[way][2] == WAITED else []) for way in WAYS]
)
def test_each_way_of_failing_has_its_status_in_time_and_its_cause(hand_in, course, way):
    source, status, sentence = WAYS[way]
    started = time.monotonic()
    report = hand_in(source)
    took = time.monotonic() - started
    said = " ".join([report.message, *(check.message for check in report.checks)])
    assert report.status == status, said
    assert re.search(sentence, said) if sentence in (COMPUTED, WAITED) else sentence in said
    assert report.score < report.max_score
    assert took < course.exercise("scale").limits.wall_s + GRACE_S
    assert len(report.checks) == 3


def test_after_all_that_an_honest_answer_still_passes(hand_in):
    for way in ("allocates without end", "crashes the interpreter", "writes into the stream"):
        hand_in(WAYS[way][0])
    assert hand_in(RIGHT).status == "passed"


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ("os._exit(1)", "crashed"),
        ("while True: pass", "timeout"),
        ("time.sleep(100)", "timeout"),
        ("print('x' * 2**24)", "output"),
        ("return np.broadcast_to(0.0, (2**27,))", "output"),
    ],
)
def test_a_check_that_ends_the_code_costs_only_itself(hand_in, deed, status):
    report = hand_in(body(f"if factor == 2.0:\n        {deed}\n    return factor * x"))
    assert [check.passed for check in report.checks] == [True, False, True]
    assert (report.status, report.score) == (status, 3)


def test_a_file_that_takes_long_to_load_is_told_where_its_time_went(hand_in):
    for trial in ("while time.process_time() - began < 0.12: pass", "time.sleep(0.4)"):
        report = hand_in(f"{RIGHT}\nimport time\nbegan = time.process_time()\n{trial}\n")
        assert report.status == "timeout"
        assert any("To load your file takes" in check.message for check in report.checks)
        assert any('below `if __name__ == "__main__":`' in check.message for check in report.checks)


def test_a_cache_may_be_whatever_the_student_likes(sandbox):
    source = """
def affine_forward(x, w, b):
    cache = {"x": x, "w": w}
    cache["self"] = cache
    return x.reshape(len(x), -1) @ w + b, cache

def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
"""
    exercise = load_course().exercise("affine")
    assert final_report(grade(Submission(source.encode(), exercise, "affine.py", 1), sandbox)).status == "passed"


def test_an_exception_may_be_called_as_one_of_ours(hand_in):
    report = hand_in(f"class TooLarge(Exception): pass\n\n{body('raise TooLarge(5)')}")
    assert report.status == "failed"
    assert report.checks[0].message == "scale raised TooLarge in line 7: 5"


def test_where_a_file_cannot_be_used_every_check_is_skipped(hand_in):
    report = hand_in("def scale(x\n")
    assert all(check.skipped and not check.passed and check.message == "Not run." for check in report.checks)
    assert (report.score, report.max_score) == (0, 4)


def test_the_students_own_lines_are_told(hand_in):
    report = hand_in("def helper(x):\n    return x.nothing\n\ndef scale(x, factor=2.0):\n    return helper(x)\n")
    assert [(step.line, step.function) for step in report.checks[0].trace] == [(5, "scale"), (2, "helper")]


def test_the_resources_are_those_of_the_student(hand_in):
    report = hand_in(body("kept = bytearray(64 * 2**20); sum(range(10**6)); return factor * x"))
    assert report.resources.cpu_s > 0.01
    assert report.resources.peak_memory_mb > 64
    assert report.resources.wall_s > 0.01


@pytest.mark.parametrize(
    "deed",
    ["while True: pass", "time.sleep(100)", "os._exit(3)", "ctypes.string_at(0)", "while True: print('x' * 1000)"],
)
def test_a_check_that_ends_the_code_still_shows_the_call_that_did_it(hand_in, deed):
    first, second, third = hand_in(f"import ctypes, os, time\ndef scale(x, factor=2.0):\n    {deed}\n").checks
    assert second.skipped
    for each in (first, third):
        assert each.reproducer.startswith("import numpy as np\nfrom answer import scale\n\nout_0 = scale(")
        assert each.reproducer.endswith("print(out_0)\n")


def test_the_calls_before_the_one_that_ends_the_code_are_shown_too(course, sandbox, hand_in):
    source = "calls = []\ndef scale(x, factor=2.0):\n    calls.append(x)\n    return x if len(calls) < 3 else exit_()\n"
    source += "def exit_():\n    import os\n    os._exit(1)\n"

    @check(points=1)
    def three(student, reference, rng):
        """Three calls"""
        for x in (1.0, 2.0, 3.0):
            student.scale(x)

    exercise = course.exercise("scale")
    backend = Remote(exercise, source, "answer.py", sandbox.take, limited=True)
    judge = RemoteJudge(exercise, None, backend, 1, filename="answer.py")
    (result,) = judge.sit([three])
    assert judge.status == "crashed"
    assert result.reproducer == (
        "import numpy as np\nfrom answer import scale\n\n"
        "out_0 = scale(1.0)\nout_1 = scale(2.0)\nout_2 = scale(3.0)\nprint(out_2)\n"
    )


# --- our own faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", ["broken", "undecided"])
def test_a_check_that_is_itself_broken_is_our_fault(hand_in, exercise):
    report = hand_in("def identity(x): return x\n", exercise)
    assert report.status == "platform_error"
    assert report.message.startswith("Our grader failed, not your code: the check '")
    assert all(check.skipped for check in report.checks)


def test_an_exercise_without_its_hidden_half_cannot_be_graded(tmp_path, course, sandbox):
    (tmp_path / "course.toml").write_text(
        'title = "t"\n[[units]]\nname = "sound"\ntitle = "t"\nexercises = ["scale"]\n'
    )
    (tmp_path / "exercises").symlink_to(course.path / "exercises")
    exercise = load_course(tmp_path).exercise("scale")
    with pytest.raises(CourseError, match="hidden checks of 'scale' are not here"):
        next(grade(Submission(RIGHT.encode(), exercise, "answer.py", 1), sandbox))


def test_an_error_of_ours_that_nobody_has_thought_of_is_no_verdict_and_logged(hand_in, monkeypatch, caplog):
    def break_down(judge, check):
        raise LookupError("nobody has thought of this")

    monkeypatch.setattr(RemoteJudge, "judge", break_down)
    report = hand_in(RIGHT)
    assert report.status == "platform_error"
    assert report.message == "Our grader failed, not your code: LookupError: nobody has thought of this"
    assert "break_down" in caplog.text  # the traceback
    monkeypatch.undo()
    assert hand_in(RIGHT).status == "passed"


def test_a_result_that_takes_all_our_memory_is_a_wrong_answer(hand_in, monkeypatch):
    def too_much(*_, **__):
        raise MemoryError

    monkeypatch.setattr(grading, "run_check_silently", too_much)  # side by side
    assert hand_in(RIGHT).status == "passed"  # it is looked at alone then
    monkeypatch.setattr(judging, "run_check", too_much)
    report = hand_in(RIGHT)
    assert (report.status, report.score) == ("failed", 0)
    assert report.checks[0].message.startswith("Your result is too large to be compared")


class Failing:
    """A sandbox that always fails in the same way."""

    def __init__(self, error, *, at="take"):
        self.error, self.at, self.starts = error, at, 0

    running = False

    def start(self):
        self.starts += 1
        if self.at == "start":
            raise self.error

    def close(self):
        pass

    def take(self):
        raise self.error


def test_a_submission_is_given_up_after_three_losses(course):
    sandbox = Failing(SandboxLost("the warm process has ended"))
    events = list(grade(Submission(RIGHT.encode(), course.exercise("scale"), "answer.py", 1), sandbox))
    assert ATTEMPTS == sandbox.starts == 3
    assert [type(event) for event in events] == [Begun, Restarted, Restarted, Ended]
    assert events[-1].report.status == "platform_error"
    assert events[-1].report.message == "Our grader failed, not your code: the warm process has ended"


def test_where_a_wall_cannot_stand_nothing_is_graded(course):
    sandbox = Failing(SandboxUnavailable("bubblewrap is not installed"), at="start")
    report = final_report(grade(Submission(RIGHT.encode(), course.exercise("scale"), "answer.py", 1), sandbox))
    assert sandbox.starts == 1
    assert report.status == "platform_error"
    assert "bubblewrap is not installed" in report.message


# --- killed under way -------------------------------------------------------------------------------------------------

SLEEPER = """
import time

import numpy as np


def layer_forward(x, w):
    return x @ w, (x, w)


def layer_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def descend(loss, params):
    w = params["w"]
    steps = 0.5 * np.eye(w.size)
    return loss(w), {"w": np.array([loss(w + step) - loss(w - step) for step in steps])}


def draw(n, *, rng):
    time.sleep(0.7)
    return rng.random(n)
"""


def processes_below(parent):
    """All processes that this one has started, directly or not, as pairs of depth and pid; the deepest last."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
    found, generation, depth = [], {parent}, 0
    while generation:
        depth += 1
        generation = {pid for pid, above in parents.items() if above in generation}
        found += sorted((depth, pid) for pid in generation)
    return found


def warm_process(below):
    """The shallowest of these processes that is a Python: the warm one, whose children serve submissions."""
    return next(pid for _, pid in below if "python" in Path(f"/proc/{pid}/comm").read_text())


@pytest.fixture
def own_sandbox():
    """A sandbox of one test's own, and the processes in it."""
    before = set(processes_below(os.getpid()))
    with Sandbox() as sandbox:
        yield sandbox, lambda: [each for each in processes_below(os.getpid()) if each not in before]


@pytest.mark.slow
def test_a_killed_warm_process_is_replaced_and_the_submission_graded_again(course, own_sandbox):
    sandbox, below = own_sandbox
    timer = threading.Timer(0.35, lambda: os.kill(warm_process(below()), signal.SIGKILL))
    timer.start()
    submission = Submission(SLEEPER.encode(), course.exercise("layer"), "answer.py", 1)
    events = list(grade(submission, sandbox))
    timer.join()
    assert [type(event) for event in events].count(Restarted) == 1
    assert events[-1].report.status == "passed"
    assert sandbox.running


@pytest.mark.slow
@pytest.mark.parametrize(("quick_s", "restarts"), [(0.0, 1), (60.0, 0)], ids=["check by check", "side by side"])
def test_a_students_process_that_is_killed_from_outside_is_not_the_students_fault(
    course, own_sandbox, monkeypatch, quick_s, restarts
):
    sandbox, below = own_sandbox
    monkeypatch.setattr(grading, "QUICK_SHARE", 1.0)
    monkeypatch.setattr(grading, "QUICK_S", quick_s)

    def kill_the_children():
        warm = warm_process(below())
        for _, pid in processes_below(warm):
            os.kill(pid, signal.SIGKILL)

    timer = threading.Timer(0.35, kill_the_children)
    timer.start()
    submission = Submission(SLEEPER.encode(), course.exercise("layer"), "answer.py", 1)
    events = list(grade(submission, sandbox))
    timer.join()
    assert [type(event) for event in events].count(Restarted) == restarts
    assert events[-1].report.status == "passed"


@pytest.mark.slow
def test_a_warm_process_that_died_between_two_submissions_is_replaced(course, own_sandbox):
    sandbox, below = own_sandbox
    submission = Submission(RIGHT.encode(), course.exercise("scale"), "answer.py", 1)
    assert final_report(grade(submission, sandbox)).status == "passed"
    os.kill(warm_process(below()), signal.SIGKILL)
    assert final_report(grade(submission, sandbox)).status == "passed"


@pytest.mark.slow
def test_a_sandbox_that_was_closed_is_started_again(course):
    sandbox = Sandbox()
    try:
        report = final_report(grade(Submission(RIGHT.encode(), course.exercise("scale"), "answer.py", 1), sandbox))
    finally:
        sandbox.close()
    assert report.status == "passed"
