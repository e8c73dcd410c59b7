"""The long poll: a request that waits for a verdict looks at the database in short pauses, and holds nothing meanwhile.

Every request that waits takes a thread of its web process. So only half of the threads may wait at a time; whoever
comes when these are taken is answered at once, and asks again.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from sqlalchemy.orm import Session

from webapp.submissions.models import Submission

_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.25
_GROWTH: Final = 1.5


class WaitingRoom:
    """The seats of one web process."""

    def __init__(self, threads: int) -> None:
        self._seats = threading.BoundedSemaphore(threads // 2)

    def wait_for_verdict(self, session: Session, submission: Submission, seconds: float) -> None:
        """Comes back when the submission is graded, when the time is over, or at once when all seats are taken."""
        if seconds <= 0 or submission.state == "graded" or not self._seats.acquire(blocking=False):
            return
        try:
            _watch(session, submission, time.monotonic() + seconds)
        finally:
            self._seats.release()


def _watch(session: Session, submission: Submission, until: float) -> None:
    pause = _FIRST_PAUSE_S
    while submission.state != "graded" and (left := until - time.monotonic()) > 0:
        session.commit()  # lets go of the connection, and of the moment that this transaction sees
        time.sleep(min(pause, left))
        pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)
        session.refresh(submission)
