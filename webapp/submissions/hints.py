"""When a diagnosis is shown: at once, after so many attempts, or after the deadline. One rule, for the pages and the API.

What is withheld is the name of the mistake and its way out; checks, values and reproducers are always there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from sqlalchemy.orm import Session

from grader.course import Timetable
from grader.report import Report
from webapp.courses.models import ExerciseSetup
from webapp.courses.setup import Plan, told
from webapp.submissions.models import Submission
from webapp.submissions.services import attempts_used

AT_ONCE: Final = "at_once"
AFTER_ATTEMPTS: Final = "after_attempts"
AFTER_DEADLINE: Final = "after_deadline"


@dataclass(frozen=True)
class Withheld:
    """What must come before a hint is shown: so many attempts more, or this moment."""

    attempts: int = 0
    until: datetime | None = None

    def sentence(self, zone: tzinfo) -> str:
        """It in words."""
        if self.until is not None:
            return f"There is a hint for this; it is shown after the deadline, {told(self.until, zone)}."
        if self.attempts == 1:
            return "There is a hint for this; it is shown after one more attempt."
        return f"There is a hint for this; it is shown after {self.attempts} more attempts."


@dataclass(frozen=True)
class Shown:
    """A report as somebody may see it, and why the hint in it is withheld, where it is."""

    report: Report
    withheld: Withheld | None = None


def withheld(setup: ExerciseSetup | None, times: Timetable, attempts: int, moment: datetime) -> Withheld | None:
    """What a student who has made so many attempts must still wait for; None where hints are shown.

    An exercise without dates has no deadline to wait for.
    """
    if setup is None:
        return None
    if setup.hints == AFTER_ATTEMPTS and attempts < setup.hints_after:
        return Withheld(attempts=setup.hints_after - attempts)
    deadline = times.due or times.closes
    if setup.hints == AFTER_DEADLINE and deadline is not None and moment <= deadline:
        return Withheld(until=deadline)
    return None


def shown(report: Report, held: Withheld | None) -> Shown:
    """The report with its hint, or without it where it is withheld; what has no hint is shown as it is."""
    named = report.diagnosis is not None or any(check.diagnosis for check in report.checks)
    if held is None or not named:
        return Shown(report)
    checks = [replace(check, diagnosis=None) for check in report.checks]
    return Shown(replace(report, diagnosis=None, checks=checks), held)


def rule_for(session: Session, plan: Plan, submission: Submission, moment: datetime, *, staff: bool) -> Withheld | None:
    """What the person whose plan this is must wait for, for hints on this submission; staff see all."""
    setup = plan.setups.get(submission.exercise)
    if staff or setup is None or setup.hints == AT_ONCE or submission.exercise not in plan.content.exercises:
        return None
    used = attempts_used(session, submission.course, submission.user, submission.exercise)
    return withheld(setup, plan.timetable(submission.exercise), used, moment)
