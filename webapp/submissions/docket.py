"""The docket of the workers, in the database: claims, verdicts, and what has waited too long.

The states of a submission, and what moves it:

    queued  --claim-->  grading  --settle-->  graded
    queued  <--give_back--  grading           (our side failed; `not_before` says when it is tried again)
    grading --claim-->  grading               (the claim of a worker that died has run out)

A score by hand moves nothing: set while our side fails again and again, it counts at once, and the tries go on.

One transaction for each arrow, and a verdict is unique for a submission and a version of its exercise: so however often
a message is delivered and whoever dies in between, a submission gets exactly one.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Row, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, undefer

from grader.course import CourseError, Exercise, Limits
from grader.docket import Job, Overdue, Queue, Trial, longest_s
from grader.grading import Submission as Work
from grader.grading import fresh_seed
from grader.report import Report
from webapp.courses.content import Library
from webapp.courses.models import Course
from webapp.courses.setup import Plan, plan_of
from webapp.database import Base, Database, now
from webapp.exercises.models import Draft
from webapp.grades.rollups import fallen_due, make_stale, renew
from webapp.settings import Settings
from webapp.submissions import reruns
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.overrides import standing_score
from webapp.submissions.progress import fold
from webapp.submissions.services import note_unsent

LONGEST_S: Final = 300
"""The longest wait between two sendings, or before our side tries again."""
STUBBORN: Final = 10
"""Failures of our side at a submission after which it waits longer before it tries again ..."""
LONGEST_STUBBORN_S: Final = 3600
"""... so long at most: by then somebody must mend something, and more tries only cost."""
LONGEST_REASON: Final = 2000
"""Characters of the reason why our side failed that are kept for the teaching team."""
RESEND_S: Final = (15, 30, 60, 120, 240, LONGEST_S)
"""Seconds after which a waiting submission's message is sent again: after it was sent once, twice, ..."""
AT_ONCE: Final = 500
"""Overdue submissions that are noted as sent in one transaction."""

TEND_S: Final = 1
"""Seconds after which grades in the background wait for the next round."""

_VERDICTS: Final = Base.metadata.tables[Verdict.__tablename__]
_KEEP_ON_SQLITE, _KEEP_ON_POSTGRESQL = (
    insert(_VERDICTS).on_conflict_do_nothing().returning(_VERDICTS.c.id)
    for insert in (sqlite_insert, postgresql_insert)
)

_WAITS: Final = tuple(enumerate(RESEND_S, start=1))
_MOMENT: Final = bindparam("moment", type_=Submission.claimed_until.type)
_CLAIMABLE: Final = or_(
    (Submission.state == "queued") & or_(Submission.not_before.is_(None), Submission.not_before <= _MOMENT),
    (Submission.state == "grading") & (Submission.claimed_until < _MOMENT),
)
"""Waiting and not held back, or claimed by a worker that is long gone."""
_ASKED: Final = (
    select(Submission.user_id, Submission.course_id, Submission.lane, Submission.exercise, Course.path.label("path"))
    .join(Submission.course)
    .where(Submission.id == bindparam("asked_for"))
)
_NEWEST: Final = (
    select(Submission)
    .options(undefer(Submission.source))
    .where(
        Submission.user_id == bindparam("of_user"),
        Submission.course_id == bindparam("of_course"),
        Submission.lane == bindparam("in_lane"),
        _CLAIMABLE,
    )
    .order_by(Submission.received_at.desc(), Submission.id.desc())
    .limit(1)
    .with_for_update(skip_locked=True)
)
"""What is graded next of the student whose submission was asked for."""
_SENT_LONG_AGO: Final = Submission.sent_at < case(
    *((Submission.sendings <= times, bindparam(f"sent_{times}", type_=_MOMENT.type)) for times, _ in _WAITS[:-1]),
    else_=bindparam(f"sent_{len(_WAITS)}", type_=_MOMENT.type),
)
_IS_OVERDUE: Final = _CLAIMABLE & or_(
    Submission.sent_at.is_(None),
    (Submission.state == "grading") & (Submission.sent_at <= Submission.claimed_until),
    _SENT_LONG_AGO,
)
"""It has no message, or none since its claim has run out, or one that was sent long ago and may be lost."""
_OVERDUE: Final = select(Submission.id).where(_IS_OVERDUE).order_by(Submission.received_at).limit(bindparam("at_once"))
# On the table, not the class: an ORM's update would look through the session for rows that it has loaded.
_SUBMISSIONS: Final = Base.metadata.tables[Submission.__tablename__]
_CLAIM: Final = (
    update(_SUBMISSIONS)
    .where(_SUBMISSIONS.c.id == bindparam("claimed"))
    .values(state="grading", claim=bindparam("by"), claimed_until=bindparam("until"), checks_done=0, checks_total=0)
)
_SEND_AGAIN: Final = (
    update(_SUBMISSIONS)
    .where(_SUBMISSIONS.c.id.in_(bindparam("found", expanding=True)), _IS_OVERDUE)
    .values(sent_at=_MOMENT, sendings=_SUBMISSIONS.c.sendings + 1)
    .returning(_SUBMISSIONS.c.id, _SUBMISSIONS.c.lane)
)

log = logging.getLogger(__name__)


class DatabaseDocket:
    """The docket of one process."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database(settings.database_url)
        self._secret = settings.require_secret()
        self._library = Library(strict=True)
        self._worker = f"{socket.gethostname()}:{os.getpid()}"

    def claim(self, id: str) -> Job | None:
        """See Docket. A course that cannot be loaded gives the submission back."""
        asked = self._asked(id)
        if asked is None:
            log.warning("a message names submission %s, which is not there", id)
            return None
        self._exercise(asked.path, asked.exercise)  # read before the transaction, for which others wait
        with self._database.writing() as session:
            whose = {"of_user": asked.user_id, "of_course": asked.course_id, "in_lane": asked.lane, "moment": now()}
            submission = session.scalar(_NEWEST, whose)
            if submission is None:
                return None
            exercise, trouble = self._exercise(asked.path, submission.exercise)
            limits = exercise.limits if exercise is not None else Limits()
            claim, until = secrets.token_hex(8), now() + timedelta(seconds=longest_s(limits))
            session.connection().execute(_CLAIM, {"claimed": submission.id, "by": claim, "until": until})
        if exercise is None:
            self._give_back(submission.id, claim, trouble)
            return None
        work = Work(submission.source, exercise, submission.filename, seed_of(submission.id, self._secret))
        return Job(submission.id, claim, work)

    def _asked(self, id: str) -> Row[int, int, str, str, str] | None:
        with self._database.reading() as session:
            return session.execute(_ASKED, {"asked_for": id}).first()

    def _exercise(self, path: str, name: str) -> tuple[Exercise | None, str]:
        """The exercise of a course's folder, or why it cannot be used."""
        try:
            return self._library.content(path).exercise(name), ""
        except CourseError as error:
            return None, str(error)

    def progress(self, job: Job, done: int, total: int) -> None:
        """See Docket."""
        with self._database.writing() as session:
            session.execute(
                update(Submission)
                .where(Submission.id == job.id, Submission.claim == job.claim)
                .values(checks_done=done, checks_total=total)
            )

    def settle(self, job: Job, report: Report, at: datetime | None = None) -> None:
        """See Docket. The first verdict stands, and of two versions that of the later claim.

        `at` is when it was graded, where that is not now.
        """
        moment, document = at or now(), report.as_dict()
        with self._database.writing() as session:
            # Whoever overrides the score, or settles the same submission, waits here.
            submission = session.scalars(select(Submission).where(Submission.id == job.id).with_for_update()).one()
            holds = submission.claim == job.claim
            if submission.state == "graded" and not holds:
                log.info("submission %s has its verdict; one from a claim that had run out is let go", job.id)
                return
            if stands := self._keep(session, job, report.exercise_version, document, moment):
                _repeat(session, submission, report, moment)
            elif not holds:
                return
            submission.state, submission.claimed_until = "graded", None
            session.flush()
            reruns.answered(session, job.id, report, stands=stands)
            fold(session, submission.course_id, submission.user_id, submission.exercise)
            make_stale(session, submission.course_id, [submission.user_id])

    def _keep(self, session: Session, job: Job, version: str, document: dict[str, Any], moment: datetime) -> bool:
        """Keeps the verdict; says whether it is the first one for this version of the exercise."""
        verdict = {
            "submission_id": job.id,
            "exercise_version": version,
            "report": document,
            "worker": self._worker,
            "graded_at": moment,
        }
        keep = _KEEP_ON_SQLITE if self._database.is_sqlite else _KEEP_ON_POSTGRESQL
        return session.connection().execute(keep, verdict).scalar() is not None

    def give_back(self, job: Job, reason: str) -> None:
        """See Docket."""
        self._give_back(job.id, job.claim, reason, job.submission.exercise)

    def _give_back(self, id: str, claim: str, reason: str, exercise: Exercise | None = None) -> None:
        reason = _kept_text(reason)
        log.error("submission %s could not be graded: %s", id, reason)
        with self._database.writing() as session:
            submission = session.scalar(select(Submission).where(Submission.id == id).with_for_update())
            if submission is None or (submission.state, submission.claim) != ("grading", claim):
                return
            submission.failures += 1
            submission.failure = reason
            submission.state, submission.claim, submission.claimed_until = "queued", None, None
            submission.not_before = now() + timedelta(seconds=pause_s(submission.failures))
            if submission.max_score is None and exercise is not None:  # for a score by hand
                submission.max_score = Decimal(str(exercise.points))
            submission.sent_at = None
        log.warning("submission %s is back in the queue", id)

    def trial(self, draft: int, revision: int) -> Trial | None:
        """See Docket."""
        with self._database.reading() as session:
            found = session.get(Draft, draft)
            if found is None or found.revision != revision or found.ran_revision == revision:
                return None
            course = session.get_one(Course, found.course_id)
            exercise = self._library.content(course.path).exercise(found.exercise)
        work = Work(found.source.encode(), exercise, f"{exercise.name}.py", fresh_seed())
        return Trial(draft, revision, work)

    def settle_trial(self, trial: Trial, report: Report) -> None:
        """See Docket."""
        self._answer(trial.draft, trial.revision, report)

    def give_up(self, draft: int, revision: int, reason: str) -> None:
        """See Docket."""
        with self._database.reading() as session:
            exercise = session.scalar(select(Draft.exercise).where(Draft.id == draft)) or ""
        report = Report(exercise, "", "platform_error", 0, 0, 0, [], f"Our grader failed, not your code: {reason}")
        self._answer(draft, revision, report)
        log.error("draft %d could not be run at revision %d: %s", draft, revision, reason)

    def _answer(self, draft: int, revision: int, report: Report) -> None:
        with self._database.writing() as session:
            session.execute(
                update(Draft)
                .where(Draft.id == draft, Draft.revision == revision)
                .values(ran_revision=revision, run_report=report.as_dict())
            )

    def overdue(self) -> Iterable[Overdue]:
        """See Docket. Nobody who writes waits while the queue is looked through, however long it is."""
        moment = now()
        asked = {"moment": moment, **{f"sent_{times}": moment - timedelta(seconds=wait) for times, wait in _WAITS}}
        with self._database.reading() as session:
            found = list(session.scalars(_OVERDUE, {**asked, "at_once": AT_ONCE}))
        if not found:
            return []
        with self._database.writing() as session:
            sent = session.connection().execute(_SEND_AGAIN, {**asked, "found": found})
            lanes = {id: cast(Queue, lane) for id, lane in sent}
        return [Overdue(id, lanes[id]) for id in found if id in lanes]

    def unsent(self, ids: Sequence[str]) -> None:
        """See Docket."""
        note_unsent(self._database, *ids)

    def tend(self) -> None:
        """See Docket. Here: grades that a deadline or a verdict has changed, so that no page has to compute them all."""
        moment = now()
        with self._database.reading() as session:
            due = [(course, self._plan(session, course)) for course in fallen_due(session, moment)]
        for course, plan in due:
            if plan is not None:
                renew(self._database, course, plan, moment, TEND_S)

    def _plan(self, session: Session, course: Course) -> Plan | None:
        """The course as it is run; None, which is logged, while its folder cannot be read."""
        try:
            return plan_of(session, course, self._library.content(course.path))
        except CourseError as error:
            log.error("the grades of %s wait: %s", course.slug, error)
            return None

    def close(self) -> None:
        """See Docket."""
        self._database.close()


def _repeat(session: Session, submission: Submission, report: Report, moment: datetime) -> None:
    """Repeats the verdict that stands from now on beside the submission. Its claim stays: it tells the later claim."""
    max_score = Decimal(str(report.max_score))
    # Asked for first: a query in between would write what has changed until then, and the rest later.
    submission.score = standing_score(session, submission.id, Decimal(str(report.score)), max_score)
    submission.max_score = max_score
    submission.status = report.status
    submission.diagnosis = report.diagnosis.name if report.diagnosis else None
    submission.exercise_version = report.exercise_version
    submission.graded_at = moment


def seed_of(id: str, secret: str) -> int:
    """The seed of a submission's inputs: the same at every grading, and nobody's to predict."""
    return int.from_bytes(hmac.digest(secret.encode(), f"seed {id}".encode(), hashlib.sha256)[:6])


def pause_s(failures: int) -> int:
    """Seconds before our side tries again, after so many failures: twice as long after each, up to a limit."""
    longest = LONGEST_S if failures < STUBBORN else LONGEST_STUBBORN_S
    return min(longest, 1 << min(failures, 20))


def _kept_text(reason: str) -> str:
    """A reason as every database and every log keeps it, in a length that is still read."""
    return reason.encode("utf-8", "replace").decode().replace("\0", "?")[:LONGEST_REASON]
