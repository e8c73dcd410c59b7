"""What the queue needs of a store: jobs to claim, and a place for what came of them. The engine knows no database.

The web platform's store implements `Docket`. All that travels through the queue are ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from grader.course import Limits
from grader.grading import ATTEMPTS, Submission
from grader.report import Report

Queue = Literal["interactive", "submissions", "regrades"]
OUR_SIDE_S: Final = 22
"""What a grading may take on our side: starting sandboxes, comparing, looking for the cause."""


def longest_s(limits: Limits) -> float:
    """Seconds after which no worker can be at a submission any more: all its restarts used up their time."""
    return ATTEMPTS * limits.wall_s + OUR_SIDE_S


@dataclass(frozen=True)
class Job:
    """A submission that a worker has claimed: nobody else grades it until the claim has run out."""

    id: str
    claim: str
    submission: Submission


@dataclass(frozen=True)
class Trial:
    """A draft at one revision, to be run against the public checks."""

    draft: int
    revision: int
    submission: Submission


@dataclass(frozen=True)
class Overdue:
    """A submission whose message may be lost, and the queue that it belongs to."""

    id: str
    queue: Queue


class Docket(Protocol):
    """The store behind the workers. Every method may be called again with the same arguments without harm."""

    def claim(self, id: str) -> Job | None:
        """Claims the newest waiting submission of the student whose submission this is; None when none waits."""

    def progress(self, job: Job, done: int, total: int) -> None:
        """Notes how many checks of a long grading are done."""

    def settle(self, job: Job, report: Report) -> None:
        """Keeps the verdict, unless there is one for this version of the exercise already."""

    def give_back(self, job: Job, reason: str) -> None:
        """Puts a submission back into the queue, to be graded again after a while: our side failed."""

    def trial(self, draft: int, revision: int) -> Trial | None:
        """The draft at that revision; None when the student has written on since, or it has run.

        Raises CourseError when its course cannot be loaded.
        """

    def settle_trial(self, trial: Trial, report: Report) -> None:
        """Keeps what the public checks said of a draft."""

    def give_up(self, draft: int, revision: int, reason: str) -> None:
        """Tells that a draft at that revision could not be run: our side failed, and nobody tries again unasked."""

    def overdue(self) -> Iterable[Overdue]:
        """Submissions that have waited too long, noted as sent again with this call; a part of them where they are many."""

    def unsent(self, ids: Sequence[str]) -> None:
        """Notes that the messages of overdue submissions could not be sent: they are overdue again at once."""

    def tend(self) -> None:
        """Does, for a moment at most, what the clock alone makes due; what is left is done the next time."""

    def close(self) -> None:
        """Lets go of the store's connections."""
