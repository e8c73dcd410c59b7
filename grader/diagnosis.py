"""Naming the cause: the known mistakes get a failed check's inputs, and the one that gives the student's output is it.

Equal outputs are the strong evidence. A random layer may draw its numbers in a way of its own, so that its outputs equal
no mistake's; then the same failure counts: the same measured statistic, the same constant ratio, the same sentence.
Whatever the evidence, a mistake that fails a check which the submission passes is not what is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.checking import Outcome, run_check
from grader.checks import Check, Wrong
from grader.course import Exercise, FunctionSpec
from grader.material import Alternative, Hidden
from grader.patterns import constant_ratio
from grader.report import Diagnosis
from grader.student import Call, InProcess
from grader.wire import Handle, Seed

SAME_OUTPUT: Final = 1e-6
_STRONG, _WEAK = 2, 1


@dataclass
class Failure:
    """A failed check of a submission, and the strength with which each mistake explains it."""

    check: Check
    evidence: dict[str, int]


class MistakeRuns:
    """What each mistake gives on the inputs of one seed.

    `all_of_them` computes every outcome in full and keeps it, for the gate, where each is asked for many times.
    """

    def __init__(self, exercise: Exercise, hidden: Hidden, seed: int, *, all_of_them: bool = False) -> None:
        self.exercise, self.hidden, self.seed = exercise, hidden, seed
        self._all = all_of_them
        self._outcomes: dict[tuple[str, str, int], Outcome] = {}

    def outcome(self, check: Check, mistake: Alternative, draw: int) -> Outcome:
        """The check's outcome with the mistake as the student, from this draw of the inputs on."""
        key = (check.name, mistake.name, draw)
        if key not in self._outcomes:
            self._outcomes[key] = self._run(check, mistake, draw)
        return self._outcomes[key]

    def same_output(self, check: Check, mistake: Alternative, outcome: Outcome) -> bool:
        """Whether the mistake fails the check with the very calls and results of the submission."""
        key = (check.name, mistake.name, outcome.draw)
        if self._all or key in self._outcomes:
            theirs = self.outcome(check, mistake, outcome.draw)
        else:
            try:
                theirs = self._run(check, mistake, outcome.draw, lambda call: self._stay_with(call, outcome.transcript))
            except _Diverged:
                return False
        return theirs.wrong is not None and _same_calls(outcome.transcript, theirs.transcript, self.exercise.functions)

    def _stay_with(self, call: Call, transcript: list[Call]) -> None:
        if call.number >= len(transcript) or not _same_call(call, transcript[call.number], self.exercise.functions):
            raise _Diverged

    def raised(self, check: Check, mistake: Alternative) -> str | None:
        """The type of exception with which the mistake ends the check, None where it ends with a value.

        Looked up on inputs of our own, once for each version of the exercise, so that it is the same for every
        submission.
        """
        key = (self.exercise.name, self.exercise.version, check.name, mistake.name)
        if key not in _raised:
            backend = InProcess(self.exercise.functions, mistake.load)
            _raised[key] = _raised_by(run_check(check, self.exercise, self.hidden.solution, backend, seed=0))
        return _raised[key]

    def _run(
        self, check: Check, mistake: Alternative, draw: int, follow: Callable[[Call], None] | None = None
    ) -> Outcome:
        backend, solution = InProcess(self.exercise.functions, mistake.load), self.hidden.solution
        return run_check(check, self.exercise, solution, backend, self.seed, first_draw=draw, follow=follow)


_raised: dict[tuple[str, str, str, str], str | None] = {}


def _raised_by(outcome: Outcome) -> str | None:
    last = outcome.transcript[-1].raised if outcome.transcript else None
    return last.type if last is not None else None


class _Diverged(Exception):
    """A mistake gave another result than the submission: it is not the cause, and need not run to its end."""


class Diagnostician:
    """Holds one submission's failed checks against the exercise's mistakes."""

    def __init__(self, hidden: Hidden, runs: MistakeRuns) -> None:
        self._runs = runs
        self._mistakes = {mistake.name: mistake for mistake in hidden.mistakes}
        self._names = list(self._mistakes)
        self._failures: list[Failure] = []
        self._passed: list[Check] = []

    def passed(self, check: Check) -> None:
        """Notes a check that the submission passed."""
        self._passed.append(check)

    def failed(self, check: Check, outcome: Outcome) -> Diagnosis | None:
        """Notes a failed check, and names the mistake that explains it, if one does that may be in the file.

        The student's very output is looked for first, beginning with the mistakes that gave it before: one cause is the
        common case, and this keeps a wrong answer nearly as quick as a right one.
        """
        suspects = [name for name in self._names if self._suspected(name)]
        others = [name for name in self._names if name not in suspects]
        same = self._of_the_same_output(check, outcome, suspects) or self._of_the_same_output(check, outcome, others)
        evidence = dict.fromkeys(same, _STRONG)
        if not any(map(self.may_be, same)):
            alike = [name for name in self._names if name not in same and self._fails_alike(check, outcome, name)]
            evidence |= dict.fromkeys(alike, _WEAK)
        self._failures.append(Failure(check, evidence))
        possible = {name: strength for name, strength in evidence.items() if self.may_be(name)}
        best = [name for name, strength in possible.items() if strength == max(possible.values())]
        strong = max(possible.values(), default=0) == _STRONG
        return self._diagnosis(best[0]) if strong or len(best) == 1 else None

    def _suspected(self, name: str) -> bool:
        return any(failure.evidence.get(name) == _STRONG for failure in self._failures)

    def _of_the_same_output(self, check: Check, outcome: Outcome, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if self._ends_alike(check, outcome, name) and self._runs.same_output(check, self._mistakes[name], outcome)
        ]

    def _fails_alike(self, check: Check, outcome: Outcome, name: str) -> bool:
        """Whether the mistake fails the check as the submission does, though it draws other numbers."""
        if outcome.wrong is None or not _random(outcome.transcript) or not self._ends_alike(check, outcome, name):
            return False
        theirs = self._runs.outcome(check, self._mistakes[name], outcome.draw)
        return theirs.wrong is not None and _same_failure(outcome.wrong, theirs.wrong)

    def _ends_alike(self, check: Check, outcome: Outcome, name: str) -> bool:
        # An exception is compared with the mistakes that raise one too: most raise none, and running all of them on
        # every submission that is not finished yet would cost more than grading a right one.
        raised = _raised_by(outcome)
        return raised is None or self._runs.raised(check, self._mistakes[name]) == raised

    def explains(self, check: Check, name: str) -> bool:
        """Whether the mistake explains this failed check."""
        return any(failure.check is check and name in failure.evidence for failure in self._failures)

    def overall(self) -> Diagnosis | None:
        """The mistake that explains most of the failed points, and that passes what the submission passed.

        Weak evidence names a mistake only where no other one explains the same failures as well.
        """
        ranks: dict[str, tuple[float, float]] = {}
        for name in {name for failure in self._failures for name in failure.evidence}:
            explained = [failure for failure in self._failures if name in failure.evidence]
            points = sum(failure.check.points or 0.01 for failure in explained)
            strength = sum(failure.evidence[name] for failure in explained) / len(explained)
            ranks[name] = (points, strength)
        for rank in sorted(set(ranks.values()), reverse=True):
            best = [name for name in self._names if ranks.get(name) == rank and self.may_be(name)]
            if best:
                return self._diagnosis(best[0]) if len(best) == 1 or rank[1] == _STRONG else None
        return None

    def may_be(self, name: str) -> bool:
        """Whether the mistake passes all checks that the submission has passed."""
        mistake = self._mistakes[name]
        return all(self._runs.outcome(check, mistake, 0).wrong is None for check in self._passed)

    def _diagnosis(self, name: str) -> Diagnosis:
        mistake = self._mistakes[name]
        return Diagnosis(mistake.name, mistake.title, mistake.hint)


def _random(transcript: list[Call]) -> bool:
    """Whether the student was given a random generator, so that equal outputs are not to be hoped for."""
    return any(isinstance(value, Seed) for call in transcript for value in (*call.args, *call.kwargs.values()))


def _same_calls(mine: list[Call], theirs: list[Call], functions: Mapping[str, FunctionSpec]) -> bool:
    """Whether two transcripts hold the same calls with the same results; opaque values are not looked into."""
    return len(mine) == len(theirs) > 0 and all(_same_call(a, b, functions) for a, b in zip(mine, theirs, strict=True))


def _same_call(a: Call, b: Call, functions: Mapping[str, FunctionSpec]) -> bool:
    if a.function != b.function or not _same(a.value, b.value) or not _same(a.seen, b.seen):
        return False
    if a.raised is None or b.raised is None:
        return a.raised is b.raised
    spec = functions[a.function]
    parameters = {*spec.positional, *spec.keyword_only}
    return a.raised.type == b.raised.type and _gist(a.raised.message, parameters) == _gist(b.raised.message, parameters)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Handle) or isinstance(b, Handle):
        return True
    if isinstance(a, (np.ndarray, float, int)) and isinstance(b, (np.ndarray, float, int)):
        return _same_array(np.asarray(a), np.asarray(b))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return type(a) is type(b)


def _same_array(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    finite = np.isfinite(a) & np.isfinite(b)
    if not finite.all():
        if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            return False
        a, b = a[finite], b[finite]
    scale = np.abs(b)
    return bool(np.all(np.abs(a - b) <= SAME_OUTPUT * (scale + (scale.mean() if scale.size else 0)) + 1e-12))


def _same_failure(mine: Wrong, theirs: Wrong) -> bool:
    if mine.statistic and theirs.statistic:
        a, b = mine.statistic, theirs.statistic
        return a.name == b.name and abs(a.value - b.value) <= a.margin + b.margin
    if mine.statistic or theirs.statistic:
        return False
    mine_ratio, their_ratio = _ratio(mine), _ratio(theirs)
    if mine_ratio is not None and their_ratio is not None:
        return mine.label == theirs.label and bool(np.isclose(mine_ratio, their_ratio, rtol=1e-5))
    if mine.expected is not None or theirs.expected is not None:
        return False
    return _gist(mine.message) == _gist(theirs.message)


def _ratio(wrong: Wrong) -> float | None:
    got, expected = wrong.got, wrong.expected
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray) or got.dtype.kind not in "fiu":
        return None
    return constant_ratio(got.astype(float), expected.astype(float))


_NAMES_AND_LINES: Final = re.compile(
    r"^'\w+'$|(?<=KeyError: )'\w+'"  # what a key is called that is not there,
    r"|(?<=name )'\w+'|(?<=variable )'\w+'"  # or a variable, is the student's own choice
    r"| in line \d+"
)
_NUMBERS: Final = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
_SHAPES: Final = re.compile(r"core dimension|shapes|dimensions")
"""What NumPy says of shapes that do not fit: which ones they are tells one slip from another."""


def _gist(message: str, parameters: Collection[str] = ()) -> str:
    """A sentence without its line references, the names that are not there, and numbers that are no shape.

    The names of the function's own parameters stay: whoever looks for one of them does not look for a key in a state.
    """

    def without(found: re.Match[str]) -> str:
        return found[0] if found[0].strip("'") in parameters else "#"

    gist = _NAMES_AND_LINES.sub(without, message)
    return gist if _SHAPES.search(gist) else _NUMBERS.sub("#", gist)
