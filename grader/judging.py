"""Judging: the checks of one submission in their order, each with its result, its cause and its reproducer."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Final

import numpy as np

from grader import __version__, sentences
from grader.checking import CutShort, Outcome, bounded_memory, run_check
from grader.checks import Check, Wrong
from grader.connection import ChildDied, LimitReached
from grader.course import Exercise
from grader.diagnosis import Diagnostician
from grader.patterns import explain
from grader.remote import LoadFailed, Remote
from grader.report import CheckResult, Diagnosis, Report, Status
from grader.reproducer import module_of, reproducer
from grader.student import Backend, Call, InProcess

SHARE: Final = 0.5
MAX_MESSAGE: Final = 2000
_VERSIONS: Final = {"chainrule": __version__, "python": platform.python_version(), "numpy": np.__version__}

log = logging.getLogger(__name__)


class CheckBroken(Exception):
    """A check fails with the solution itself: our fault, never the student's."""


class Judge:
    """Runs checks against one backend.

    `reference` is what the checks are handed as such: the solution, or None for public checks. `filename` is the
    student's file, which a reproducer imports; without one none are written.
    """

    def __init__(
        self,
        exercise: Exercise,
        reference: ModuleType | None,
        backend: Backend,
        seed: int,
        *,
        filename: str = "",
        diagnostician: Diagnostician | None = None,
    ) -> None:
        self.exercise, self.reference, self.backend, self.seed = exercise, reference, backend, seed
        self.filename = filename
        self.diagnostician = diagnostician
        self.results: list[CheckResult] = []
        self.figures: list[dict[str, Any]] = []
        self.status: Status = "passed"

    def judge(self, check: Check) -> CheckResult:
        """Runs one check, unless one that it comes after did not pass, and notes its result."""
        unmet = [result for result in self.results if result.name in check.after and not result.passed]
        result = skipped(check, f"Not run, because this failed first: {unmet[0].title}.") if unmet else self.run(check)
        self.results.append(result)
        return result

    def run(self, check: Check) -> CheckResult:
        """Runs one check. Raises CheckBroken, and CutShort where the student's code ends before the check does."""
        return self.result_of(check, run_check(check, self.exercise, self.reference, self.backend, self.seed))

    def result_of(self, check: Check, outcome: Outcome) -> CheckResult:
        """What a check found, as its result, with the cause of a failure. Raises CheckBroken."""
        if outcome.wrong is None:
            if self.diagnostician:
                self.diagnostician.passed(check)
            return CheckResult(check.name, check.title, True, check.points, check.points)
        if outcome.wrong.__cause__ is not None:
            self._verify(check, outcome.wrong)
        return self.explained(check, outcome, outcome.wrong)

    def _verify(self, check: Check, wrong: Wrong) -> None:
        """Sees to it that the error in the check came of the student's value: with the solution there must be none."""
        if self.reference is None:
            return
        solution = InProcess(self.exercise.functions, lambda: self.reference)
        ours = run_check(check, self.exercise, self.reference, solution, self.seed)
        if ours.wrong is not None:
            log.error("check %s of %s fails with the solution", check.name, self.exercise.name, exc_info=wrong)
            raise CheckBroken(f"the check {check.name!r} of {self.exercise.name} is broken: {ours.wrong.message}")

    def explained(self, check: Check, outcome: Outcome, wrong: Wrong) -> CheckResult:
        """The result of a failed check, with its cause: a known mistake, or else what the error's pattern says."""
        if wrong.exhausted:
            return self.failed(check, wrong, outcome.transcript, wrong.exhausted)
        diagnosis = self.diagnostician.failed(check, outcome) if self.diagnostician else None
        if wrong.figure:
            self.figures.append(wrong.figure)
        if diagnosis is None:
            pattern = explain(wrong.got, wrong.expected, _lengths(outcome.transcript))
            if pattern:
                wrong.message = f"{wrong.message} {pattern}"
        return self.failed(check, wrong, outcome.transcript, "failed", diagnosis)

    def failed(
        self, check: Check, wrong: Wrong, transcript: list[Call], status: Status, diagnosis: Diagnosis | None = None
    ) -> CheckResult:
        """Notes the status, of which the first that is more than `failed` stays, and makes the result."""
        if self.status in ("passed", "failed"):
            self.status = status
        return CheckResult(
            name=check.name,
            title=check.title,
            passed=False,
            points=0.0,
            max_points=check.points,
            message=wrong.message[:MAX_MESSAGE],
            diagnosis=diagnosis.name if diagnosis else None,
            error=wrong.error,
            reproducer=self.reproducer(wrong, transcript) if self.filename else None,
            trace=wrong.trace,
        )

    def reproducer(self, wrong: Wrong, transcript: list[Call]) -> str | None:
        """The failed check's calls as runnable NumPy, where they can be written out."""
        module = module_of(self.filename, self.exercise.name)
        text = reproducer(module, transcript, wrong.got, wrong.expected, self.exercise.functions)
        if text is None or self.filename == f"{module}.py":
            return text
        return f"# Save your file as {module}.py, beside this one.\n{text}"


class RemoteJudge(Judge):
    """A judge of a student's code behind a connection: a check that ends the code costs only itself.

    A single check may use up `SHARE` of the exercise's time limits, so that one endless loop leaves time for the
    others.
    """

    backend: Remote
    found: dict[str, Outcome]

    def quickly(self, checks: tuple[Check, ...]) -> dict[str, Outcome]:
        """What checks find ahead of their turn, by name, where there is a quicker way than one after the other.

        Raises what loading the file does, where it needs the file.
        """
        return {}

    def run(self, check: Check) -> CheckResult:
        try:
            return self._bounded(check)
        except MemoryError:  # there was no room left even to say what is wrong; now there is
            return self.failed(check, Wrong(sentences.TOO_LARGE_TO_COMPARE), [], "failed")

    def _bounded(self, check: Check) -> CheckResult:
        found = self.found.get(check.name)
        if found is not None:
            if found.wrong is None:
                return self.result_of(check, found)
            with bounded_memory():  # to look for a cause takes more arrays
                return self.result_of(check, found)
        budget, limits = self.backend.budget, self.exercise.limits
        whole = (budget.cpu_s, budget.wall_s)
        if min(whole) <= 0:
            status, message = sentences.of_time_used_up()
            return self.failed(check, Wrong(message), [], status)
        share = min(whole[0], SHARE * limits.cpu_s), min(whole[1], SHARE * limits.wall_s)
        budget.cpu_s, budget.wall_s = share
        try:
            with bounded_memory():
                return super().run(check)
        except CutShort as cut:
            status, message = self.ending(cut.ending)
            self.backend.end()
            return self.failed(check, Wrong(message), cut.transcript, status)
        finally:
            budget.cpu_s += whole[0] - share[0]
            budget.wall_s += whole[1] - share[1]

    def ending(self, error: LimitReached | ChildDied) -> sentences.Ending:
        """Status and sentence for student's code that has ended."""
        if isinstance(error, LimitReached):
            loading = self.backend.loading
            return sentences.of_limit(
                error.limit, self.exercise, loading.wall_s if error.limit == "wall" else loading.cpu_s
            )
        return sentences.of_death(error.signal, error.code, error.broken)

    def sit(self, checks: Iterable[Check]) -> Iterator[CheckResult]:
        """Loads the file and judges it by all checks; `status` and `message` then hold the verdict.

        Checks that were never reached are in `results` as skipped, but not among those given.
        """
        checks = tuple(checks)
        self.message = ""
        try:
            self.found = self.quickly(checks)
            self.backend.load()
            for check in checks:
                yield self.judge(check)
        except LoadFailed as error:
            self.status, self.message = sentences.of_load_problem(error.kind, error.details, self.exercise)
        except (LimitReached, ChildDied) as error:
            self.status, self.message = self.ending(error)
        finally:
            self.backend.end()
        self.results += [skipped(check, "Not run.") for check in checks[len(self.results) :]]


def skipped(check: Check, message: str) -> CheckResult:
    """The result of a check that was not run."""
    return CheckResult(check.name, check.title, False, 0.0, check.points, skipped=True, message=message)


def make_report(exercise: Exercise, seed: int, status: Status, checks: list[CheckResult], **rest: Any) -> Report:
    """A report with the sums of its checks and the versions at work; `rest` are further fields of `Report`."""
    return Report(
        exercise=exercise.name,
        exercise_version=exercise.version,
        status=status,
        score=float(sum(check.points for check in checks)),
        max_score=float(sum(check.max_points for check in checks)),
        seed=seed,
        checks=checks,
        versions=dict(_VERSIONS),
        **rest,
    )


def _lengths(transcript: list[Call]) -> set[int]:
    """The axis lengths of all arrays that were given to the student."""
    values = [value for call in transcript for value in (*call.args, *call.kwargs.values())]
    return {length for value in values if isinstance(value, np.ndarray) for length in value.shape}
