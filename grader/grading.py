"""Grading one submission: `grade` runs the hidden checks behind the walls, as a generator of events.

    Begun -> CheckDone, one for each check -> Ended(report)

`try_out` does the same with the public checks, for a student who tries something before handing it in.

When the warm process dies on the way, `Restarted` comes and the checks are done again from the first; nothing that has
been told before counts then. Whatever breaks on our side ends in a report with the status `platform_error`, which is no
verdict on the student.
"""

from __future__ import annotations

import logging
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import ModuleType
from typing import Final

from grader import sentences
from grader.checking import CutShort, Outcome, bounded_memory, run_check_silently
from grader.checks import Check
from grader.connection import Budget, ChildDied, LimitReached
from grader.course import CourseError, Exercise
from grader.diagnosis import Diagnostician, MistakeRuns
from grader.judging import CheckBroken, RemoteJudge, make_report, skipped
from grader.material import Hidden, load_hidden, load_public
from grader.notebooks import read_submitted
from grader.remote import Remote
from grader.report import CheckResult, Diagnosis, Report, Resources, Status
from grader.rounds import Abandoned, side_by_side
from grader.sandbox import Sandbox, SandboxLost, SandboxUnavailable
from grader.source import UnreadableSource
from grader.wire import TooLarge

QUICK_SHARE, QUICK_S = 0.1, 0.4
"""What the checks may take where they are run side by side: a share of the exercise's time limits, and these seconds at
most, so that what has to be run again still ends within half a second of its limits."""
ATTEMPTS: Final = 3
"""How often a submission is graded when the sandbox dies under it, before we say that we are broken."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submission:
    """A file or notebook that a student handed in: its bytes, its name, the exercise, and the seed of its inputs."""

    source: bytes
    exercise: Exercise
    filename: str
    seed: int


def fresh_seed() -> int:
    """A seed that nobody can predict, exact in JSON."""
    return secrets.randbits(53)


@dataclass(frozen=True)
class Begun:
    """The grading has begun; `checks` is how many there are."""

    exercise: Exercise
    checks: int


@dataclass(frozen=True)
class Restarted:
    """Our sandbox died; the submission is graded again from the first check."""

    reason: str


@dataclass(frozen=True)
class CheckDone:
    """One check is done."""

    result: CheckResult


@dataclass(frozen=True)
class Ended:
    """The grading has ended with this report."""

    report: Report


Event = Begun | Restarted | CheckDone | Ended


def grade(submission: Submission, sandbox: Sandbox) -> Iterator[Event]:
    """Grades a submission against the hidden checks, in a sandbox that is started if need be.

    Yields events, `Ended` last. Raises CourseError when the exercise itself cannot be used.
    """
    hidden = load_hidden(submission.exercise)
    yield from _attempts(
        submission, hidden.checks, sandbox, lambda source: _Grading(submission, hidden, source, sandbox)
    )


def try_out(submission: Submission, sandbox: Sandbox) -> Iterator[Event]:
    """Runs the public checks alone, behind the same walls and with the same events as `grade`.

    No reference takes part and no cause is looked for. Raises CourseError when the exercise cannot be used.
    """
    checks = load_public(submission.exercise)
    yield from _attempts(submission, checks, sandbox, lambda source: _Sitting(submission, checks, source, sandbox))


def _attempts(
    submission: Submission, checks: tuple[Check, ...], sandbox: Sandbox, sitting: Callable[[str], _Sitting]
) -> Iterator[Event]:
    yield Begun(submission.exercise, len(checks))
    try:
        source = read_submitted(submission.source, submission.filename)
    except UnreadableSource as error:
        yield Ended(_unjudged(submission, checks, "invalid", str(error)))
        return
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            log.warning("grading %s again: %s", submission.filename, reason)
            yield Restarted(reason)
        try:
            if not sandbox.running:
                sandbox.close()
                sandbox.start()
            yield from sitting(source).events()
            return
        except SandboxLost as error:
            reason = str(error)
            sandbox.close()
        except (SandboxUnavailable, OSError) as error:
            reason = f"the grader is not available: {error}"
            sandbox.close()
            break
        except CheckBroken as error:
            reason = str(error)
            break
        except CourseError:
            raise
        except Exception as error:  # that nobody has thought of: ours, and of this file alone
            log.exception("grading %s has failed", submission.filename)
            reason = f"{type(error).__name__}: {error}"
            sandbox.close()
            break
    yield Ended(given_up(submission, checks, reason))


def final_report(events: Iterator[Event]) -> Report:
    """Runs a grading to its end and gives its report."""
    for event in events:
        if isinstance(event, Ended):
            return event.report
    raise RuntimeError("a grading ended without a report")


def given_up(submission: Submission, checks: tuple[Check, ...], reason: str) -> Report:
    """The report on a submission that could not be graded, through no fault of the student."""
    log.error("giving up on %s: %s", submission.filename, reason)
    return _unjudged(submission, checks, "platform_error", f"Our grader failed, not your code: {reason}")


class _Sitting(RemoteJudge):
    """One pass over some checks with one sandbox."""

    def __init__(
        self,
        submission: Submission,
        checks: tuple[Check, ...],
        source: str,
        sandbox: Sandbox,
        solution: ModuleType | None = None,
        diagnostician: Diagnostician | None = None,
    ) -> None:
        filename = PurePath(submission.filename).name
        backend = Remote(submission.exercise, source, filename, sandbox.take, limited=True)
        super().__init__(
            submission.exercise, solution, backend, submission.seed, filename=filename, diagnostician=diagnostician
        )
        self.checks, self.sandbox = checks, sandbox

    def events(self) -> Iterator[Event]:
        started = time.monotonic()
        for result in self.sit(self.checks):
            yield CheckDone(result)
        resources = Resources(
            wall_s=round(time.monotonic() - started, 4),
            cpu_s=round(self.backend.cpu_s, 4),
            peak_memory_mb=round(self.backend.peak_memory_mb, 1),
        )
        yield Ended(self.report(resources))

    def report(self, resources: Resources) -> Report:
        return make_report(
            self.exercise, self.seed, self.status, self.results, message=self.message, resources=resources
        )

    def ending(self, error: LimitReached | ChildDied) -> sentences.Ending:
        """Status and sentence for a child that is gone. Raises SandboxLost when it was killed from outside."""
        if isinstance(error, ChildDied) and error.signal == signal.SIGKILL:
            if self.sandbox.was_out_of_memory():
                return sentences.of_limit("memory", self.exercise)
            if self.backend.clock() >= self.exercise.limits.cpu_s:
                return super().ending(LimitReached("cpu"))
            raise SandboxLost("the student's process was killed from outside") from error
        return super().ending(error)

    def quickly(self, checks: tuple[Check, ...]) -> dict[str, Outcome]:
        """All checks side by side, where the student's code gives no trouble and takes next to no time, its import too.

        Where it does, they are run one after the other, with all the time of a submission, as if this had not been.
        """
        limits, whole = self.exercise.limits, self.backend.budget
        self.backend.budget = Budget(
            min(QUICK_SHARE * limits.cpu_s, QUICK_S), min(QUICK_SHARE * limits.wall_s, QUICK_S)
        )
        try:
            with bounded_memory():
                return side_by_side(
                    checks,
                    lambda check, seat: run_check_silently(check, self.exercise, self.reference, seat, self.seed),
                    self.backend,
                )
        except (Abandoned, CutShort, MemoryError, TooLarge, LimitReached, ChildDied):
            self.backend.end()
            self.sandbox.was_out_of_memory()  # what happened until now is no sign for what is to come
            return {}
        finally:
            self.backend.budget = whole


class _Grading(_Sitting):
    """The hidden checks, with the solution at hand and the mistakes to name a wrong answer by."""

    def __init__(self, submission: Submission, hidden: Hidden, source: str, sandbox: Sandbox) -> None:
        self.diagnoses = Diagnostician(hidden, MistakeRuns(submission.exercise, hidden, submission.seed))
        super().__init__(submission, hidden.checks, source, sandbox, hidden.solution, self.diagnoses)

    def report(self, resources: Resources) -> Report:
        diagnosis = self.diagnoses.overall()
        return make_report(
            self.exercise,
            self.seed,
            self.status,
            self.named_alike(diagnosis),
            message=self.message,
            diagnosis=diagnosis,
            figures=self.figures,
            resources=resources,
        )

    def named_alike(self, diagnosis: Diagnosis | None) -> list[CheckResult]:
        """The results, each named by the overall diagnosis where that explains it as well as another.

        A name that was given before a later check has shown that it cannot be is taken back.
        """
        explained = [
            check.name for check in self.checks if diagnosis and self.diagnoses.explains(check, diagnosis.name)
        ]
        results = []
        for result in self.results:
            name = diagnosis.name if diagnosis and result.name in explained else result.diagnosis
            name = name if name and self.diagnoses.may_be(name) else None
            results.append(result if name == result.diagnosis else replace(result, diagnosis=name))
        return results


def _unjudged(submission: Submission, checks: tuple[Check, ...], status: Status, message: str) -> Report:
    rest = [skipped(check, "Not run.") for check in checks]
    return make_report(submission.exercise, submission.seed, status, rest, message=message)
