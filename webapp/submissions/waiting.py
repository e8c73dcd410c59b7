"""What somebody who waits for a verdict is told, and when the page asks again. Pure.

The page of whoever is next asks within milliseconds, and ever less often as it takes longer. Further back it asks when
the verdict can be expected, and whoever has waited for a second not more than once a second: a thousand who wait ask
together a few dozen times a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from webapp.submissions.models import Submission
from webapp.submissions.services import Place

FIRST_MS: Final = 30
NEAR: Final = 2
"""Places for which the page asks at once."""
SHARE_OF_AGE: Final = 0.4
"""Near the front: the next look comes after this share of the time that has passed already."""
LONGEST_NEAR_MS: Final = 1_000
FRESH_FAR_MS: Final = 100
SHORTEST_FAR_MS: Final = 1_000
"""Behind the front: the next look comes not before this, or before as much time again as has passed already."""
LONGEST_FAR_MS: Final = 10_000
PER_PLACE_MS: Final = 50
"""Behind the front, while the pace is not known."""


@dataclass(frozen=True)
class Waiting:
    """The state of a submission without a verdict, in words; `ours` tells that our side failed on the way."""

    ours: bool
    state: str
    headline: str
    hint: str
    poll_after_ms: int


def waiting(submission: Submission, place: Place, now: datetime) -> Waiting:
    """What to tell of a submission that is queued or being graded."""
    age_s = max(0.0, (now - submission.received_at).total_seconds())
    held_s = max(0.0, (submission.not_before - now).total_seconds()) if submission.not_before else 0.0
    after = poll_after_ms(place, age_s, held_s)
    if submission.failures:
        again = "We are running it again; this costs no attempt."
        return Waiting(True, submission.state, "Our sandbox stopped, not your code.", again, after)
    leave = "You may close this page: the verdict will be here."
    if submission.lane == "regrades" and submission.exercise_version is not None:
        leave = "It is graded once more, as your instructors have asked for. Until then its score counts on."
    if submission.state == "grading":
        return Waiting(False, "grading", _progress(submission), leave, after)
    return Waiting(False, "queued", _position(place), leave, after)


def poll_after_ms(place: Place, age_s: float, held_s: float = 0.0) -> int:
    """When to look again: `age_s` seconds have passed, and for `held_s` more nothing can happen."""
    if held_s:
        return _between(SHORTEST_FAR_MS, held_s * 1000, LONGEST_FAR_MS)
    if place.position <= NEAR:
        return _between(FIRST_MS, SHARE_OF_AGE * age_s * 1000, LONGEST_NEAR_MS)
    least = _between(FRESH_FAR_MS, age_s * 1000, SHORTEST_FAR_MS)
    expected_ms = place.position * PER_PLACE_MS if place.estimate_s is None else place.estimate_s * 1000
    return _between(least, expected_ms, LONGEST_FAR_MS)


def _between(least: int, number: float, most: int) -> int:
    return int(min(max(number, least), most))


def _progress(submission: Submission) -> str:
    if not submission.checks_total:
        return "Grading."
    return f"Grading: {submission.checks_done} of {submission.checks_total} checks done."


def _position(place: Place) -> str:
    where = "Next in the queue" if place.position == 1 else f"Place {place.position} in the queue"
    return f"{where}, {_span(place.estimate_s)}." if place.estimate_s is not None else f"{where}."


def _span(seconds: float) -> str:
    if seconds < 1.5:
        return "about a second"
    if seconds < 90:
        return f"about {math.ceil(seconds)} seconds"
    return f"about {math.ceil(seconds / 60)} minutes"
