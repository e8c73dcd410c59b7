"""What changed between two attempts: the checks that were fixed and those that were broken, as data and as a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from grader.report import CheckResult, Report


@dataclass(frozen=True)
class Comparison:
    """Two reports on one exercise, the earlier and the later; checks that only one of them has are left out.

    `fixed` pass now and did not before, `broken` passed before and do not now (a check that was skipped did not pass).
    `other_version` tells that the exercise itself was changed in between.
    """

    fixed: tuple[CheckResult, ...]
    broken: tuple[CheckResult, ...]
    other_version: bool

    @property
    def sentence(self) -> str:
        """It in words, as in `2 checks fixed, 1 broken.`"""
        parts = [(len(self.fixed), "fixed"), (len(self.broken), "broken")]
        told = [(number, word) for number, word in parts if number]
        if not told:
            words = "The same checks pass."
        else:
            first = f"{told[0][0]} {'check' if told[0][0] == 1 else 'checks'} {told[0][1]}"
            words = ", ".join([first, *(f"{number} {word}" for number, word in told[1:])]) + "."
        return f"{words} The exercise has been changed in between." if self.other_version else words


def compare(before: Report, after: Report) -> Comparison | None:
    """What changed from one report to a later one; None where the later file could not be judged at all."""
    if all(check.skipped for check in after.checks):
        return None
    passed = {check.name: check.passed for check in before.checks}
    known = [check for check in after.checks if check.name in passed]
    return Comparison(
        fixed=tuple(check for check in known if check.passed and not passed[check.name]),
        broken=tuple(check for check in known if not check.passed and passed[check.name]),
        other_version=before.exercise_version != after.exercise_version,
    )
