"""Accepting submissions, and what is known of them: the place in the queue, the standing, the attempts."""

from __future__ import annotations

import hashlib
import itertools
import math
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import Select, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import BindParameter

from grader.course import Exercise
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.courses.setup import Plan, told
from webapp.database import Database, hold, now
from webapp.grades.rollups import make_stale
from webapp.problems import Problem
from webapp.submissions.best import best_of
from webapp.submissions.models import WAITING, Origin, Submission
from webapp.submissions.receipts import Receipt, moment, sign
from webapp.submissions.sources import module_name, source_of

if TYPE_CHECKING:
    from grader.docket import Queue
    from grader.tasks import Post

RECENT: Final = 20
"""Gradings that an estimate looks back on."""
PRESSURE_S: Final = 10
"""The queue is long while more wait in it than the workers have done in so many seconds ..."""
SHORT: Final = 10
"""... and never while fewer than this wait."""
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class HandIn:
    """What a person hands in: the raw bytes as they came, and how they came."""

    data: bytes
    filename: str
    origin: Origin
    idempotency_key: str | None = None


def new_id(received: datetime | None = None) -> str:
    """A submission's name: 26 characters that sort by the moment (as ULIDs do) and cannot be guessed."""
    milliseconds = time.time_ns() // 1_000_000 if received is None else int(received.timestamp() * 1000)
    number = (milliseconds << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def accept(
    database: Database, secret: str, course: Course, plan: Plan, exercise: Exercise, user: User, work: HandIn
) -> tuple[Submission, bool]:
    """Accepts a submission: after this it is kept, whatever happens. The message to the workers comes after it.

    Gives the submission, and whether it is new: the same idempotency key gives the one that was accepted first. Raises
    Problem when the file, the deadline or the number of attempts does not allow it.
    """
    received = now()
    submission = entered(secret, course, exercise, user, work, received)
    with database.writing() as session:
        # One after the other for each person: the same key, or the last attempt, may come twice at the same moment.
        hold(session, User, user.id)
        earlier = _same(session, submission)
        if earlier is not None:
            return earlier, False
        require_open(session, course, plan, exercise, user, received)
        session.add(submission)
        make_stale(session, course.id, [user.id])  # until the verdict, the grade may become better or worse
    return submission, True


def send(database: Database, post: Post, id: str, queue: Queue = "submissions") -> None:
    """Asks the workers for a verdict. While the broker is away, the sweeper does it as soon as it is back."""
    if not post.grade(id, queue):
        note_unsent(database, id)


def note_unsent(database: Database, *ids: str) -> None:
    """Notes that there is no message for these submissions, so that they are overdue at once."""
    with database.writing() as session:
        waiting = Submission.id.in_(ids), Submission.state.in_(WAITING)
        session.execute(update(Submission).where(*waiting).values(sent_at=None))


def entered(
    secret: str, course: Course, exercise: Exercise, user: User, work: HandIn, received: datetime
) -> Submission:
    """A submission as it enters the queue, with its signed receipt; not yet kept. Raises Invalid for a bad file."""
    source = source_of(work.data, work.filename)
    submission = Submission(
        id=new_id(received),
        course_id=course.id,
        user_id=user.id,
        exercise=exercise.name,
        filename=module_name(work.filename, exercise.name),
        source=source,
        digest=hashlib.sha256(source).hexdigest(),
        origin=work.origin,
        received_at=received,
        idempotency_key=work.idempotency_key,
        state="queued",
        lane="submissions",
        sent_at=received,
        sendings=1,
        failures=0,
        checks_done=0,
        checks_total=0,
    )
    receipt = Receipt(submission.id, user.email, course.slug, exercise.name, submission.digest, moment(received))
    submission.receipt = sign(receipt, secret)
    return submission


def _same(session: Session, submission: Submission) -> Submission | None:
    if submission.idempotency_key is None:
        return None
    query = select(Submission).where(
        Submission.user_id == submission.user_id, Submission.idempotency_key == submission.idempotency_key
    )
    earlier = session.scalar(query)
    if earlier is not None and _work(earlier) != _work(submission):
        raise Problem(
            409,
            "That key was used for another submission",
            f"Idempotency-Key {submission.idempotency_key!r} belongs to submission {earlier.id}. Use a fresh key for "
            "each new submission.",
        )
    return earlier


def _work(submission: Submission) -> tuple[int, str, str]:
    return submission.course_id, submission.exercise, submission.digest


def require_open(
    session: Session, course: Course, plan: Plan, exercise: Exercise, user: User, moment: datetime
) -> None:
    """Raises Problem (409, 429) when the exercise does not take a submission of this person at this moment."""
    times = plan.timetable(exercise.name)
    if times.opens is not None and moment < times.opens:
        raise Problem(
            409,
            "Not open yet",
            f"{exercise.title} opens on {told(times.opens, plan.zone)}. Your draft is kept until then.",
        )
    if times.closes is not None and moment > times.closes:
        raise Problem(
            409,
            "This exercise is closed",
            f"{exercise.title} closed on {told(times.closes, plan.zone)}. Run still works; for an extension, ask your instructors.",
        )
    if times.attempts is not None and attempts_used(session, course, user, exercise.name) >= times.attempts:
        raise Problem(
            409,
            "No attempts are left",
            f"You have used all {times.attempts} attempts at {exercise.title}; the best one counts. Run still works.",
        )
    _require_cool(session, course, plan, exercise, user)


def _require_cool(session: Session, course: Course, plan: Plan, exercise: Exercise, user: User) -> None:
    """Raises Problem (429) where instructors want it so, the queue is long, and an attempt of this person waits in it."""
    setup = plan.setups.get(exercise.name)
    if setup is None or not setup.cool_down:
        return
    waiting = session.scalar(
        select(Submission)
        .where(
            Submission.course_id == course.id,
            Submission.user_id == user.id,
            Submission.exercise == exercise.name,
            Submission.state != "graded",
            Submission.lane == "submissions",
        )
        .order_by(Submission.received_at.desc())
        .limit(1)
    )
    place = place_of(session, waiting) if waiting is not None and _under_pressure(session) else None
    if place is None:
        return
    wait_s = max(1, math.ceil(place.estimate_s or PRESSURE_S))
    raise Problem(
        429,
        "The queue is long right now",
        f"Your attempt at place {place.position} is kept. Hand in the next one when it has its verdict, in about "
        f"{wait_s} seconds. Run still works.",
        retry_after=wait_s,
    )


def _under_pressure(session: Session) -> bool:
    """Whether more submissions wait than the workers have done in the last seconds."""
    waiting = session.scalar(select(func.count()).where(Submission.state != "graded", Submission.lane == "submissions"))
    done = session.scalar(
        select(func.count()).where(
            Submission.state == "graded",
            Submission.lane == "submissions",
            # The index knows when they were received. What waited longer was part of a long queue itself.
            Submission.received_at > now() - timedelta(hours=1),
            Submission.graded_at > now() - timedelta(seconds=PRESSURE_S),
        )
    )
    return (waiting or 0) >= SHORT and (waiting or 0) > (done or 0)


def attempts_used(session: Session, course: Course, user: User, exercise: str) -> int:
    """How many submissions of this person count as attempts."""
    query = select(func.count()).where(
        Submission.course_id == course.id, Submission.user_id == user.id, Submission.exercise == exercise
    )
    return session.scalar(query) or 0


@dataclass(frozen=True)
class Standing:
    """Where a person stands in one exercise; `best` and `max_score` are those of the best attempt.

    `waiting` are the attempts without a score: one that is graded once more has it already.
    """

    attempts: int
    waiting: int
    best: Decimal | None
    max_score: Decimal | None

    @property
    def state(self) -> str:
        """`not_started`, `waiting`, `tried` or `passed` (full marks)."""
        if self.best is not None and self.best == self.max_score:
            return "passed"
        if self.waiting:
            return "waiting"
        return "tried" if self.attempts else "not_started"


NOT_STARTED: Final = Standing(0, 0, None, None)


def standings(session: Session, course: Course, user: User) -> dict[str, Standing]:
    """Where a person stands, by exercise; exercises without a submission are left out. One query."""
    found = session.execute(_STANDINGS, {"of_course": course.id, "of_user": user.id})
    return {name: Standing(count, waiting, best, most) for name, count, waiting, best, most in found}


def _standings() -> Select[str, int, int, Decimal | None, Decimal | None]:
    """The query for `standings`. To make it takes longer than to run it."""
    course: BindParameter[int] = bindparam("of_course")
    user: BindParameter[int] = bindparam("of_user")
    best = aliased(Submission)
    work = (
        select(
            Submission.exercise,
            func.count().label("attempts"),
            func.sum(case((Submission.score.is_(None), 1), else_=0)).label("waiting"),
        )
        .where(Submission.course_id == course, Submission.user_id == user)
        .group_by(Submission.exercise)
        .subquery()
    )
    best_id = best_of(course, user, work.c.exercise).correlate(work).scalar_subquery()
    return select(work.c.exercise, work.c.attempts, work.c.waiting, best.score, best.max_score).select_from(
        work.outerjoin(best, best.id == best_id)
    )


_STANDINGS: Final = _standings()


def attempts(session: Session, course: Course, user: User, exercise: str) -> list[Submission]:
    """All submissions of a person to an exercise, newest first."""
    query = (
        select(Submission)
        .where(Submission.course_id == course.id, Submission.user_id == user.id, Submission.exercise == exercise)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class Place:
    """A place in the queue: 1 is next. `estimate_s` is how long it may take, where that can be told."""

    position: int
    estimate_s: float | None


def place_of(session: Session, submission: Submission) -> Place | None:
    """The submission's place, or None when it does not wait any more.

    Counted are those that were received earlier and are not held back; that newer ones of the same student go first
    changes nothing for the student.
    """
    if submission.state == "graded":
        return None
    at = now()
    asked = {"lane": submission.lane, "received_at": submission.received_at, "now": at}
    ahead = session.scalar(_AHEAD, asked) or 0
    recent = session.execute(_RECENT, {"since": at - timedelta(minutes=1)})
    pace_s = pace_of([(sent, graded) for sent, graded in recent if graded])
    return Place(ahead + 1, None if pace_s is None else round((ahead + 1) * pace_s, 1))


def pace_of(gradings: Sequence[tuple[datetime, datetime]]) -> float | None:
    """Seconds of the workers' time for one grading, by when the last ones were sent and graded, newest first.

    From one verdict to the next, only the time counts in which the next was there already: in a quiet hour the workers
    wait for students, not students for them. None where there are not two gradings to tell by.
    """
    spans = [
        max(0.0, (graded - max(sent, before)).total_seconds())
        for (sent, graded), (_, before) in itertools.pairwise(gradings)
    ]
    return sum(spans) / len(spans) if spans else None


_AHEAD: Final = select(func.count()).where(
    Submission.state.in_(WAITING),
    Submission.lane == bindparam("lane"),
    Submission.received_at < bindparam("received_at"),
    or_(Submission.not_before.is_(None), Submission.not_before <= bindparam("now")),
)
_RECENT: Final = (
    select(func.coalesce(Submission.sent_at, Submission.received_at), Submission.graded_at)
    .where(Submission.graded_at > bindparam("since"))
    .order_by(Submission.graded_at.desc())
    .limit(RECENT)
)
