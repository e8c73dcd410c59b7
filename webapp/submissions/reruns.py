"""Running a submission again, and what came of it.

Another version of the exercise gives another verdict, which stands from then on. Under the version that the standing
verdict was made with, that verdict stands whatever the second run gives: there is one for a submission and a version.
What the second run gave is kept in the audit log, so that whoever asked for it can compare, and override.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.report import Report
from webapp import audit
from webapp.audit import Change
from webapp.database import now
from webapp.problems import Invalid, NotThere
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.overrides import subject_of

KIND = "rerun"
"""What the audit log calls asking for one, and its result."""


@dataclass(frozen=True)
class Rerun:
    """The last rerun of a submission. `found` is what it gave: status, score, and whether it stands.

    waiting   it is in the queue, or being graded
    same      it gave the standing verdict once more
    other     it gave another one under the same version: the first stands
    new       it was made with another version of the exercise: this verdict stands
    """

    state: Literal["waiting", "same", "other", "new"]
    change: Change
    found: dict[str, Any] | None


def ask(session: Session, id: str, by_id: int) -> None:
    """Puts a graded submission back into the queue, in the lane of regrades; the message goes after the commit.

    Its score counts on meanwhile. Raises Invalid where it waits already.
    """
    submission = session.scalar(select(Submission).where(Submission.id == id).with_for_update())
    if submission is None:
        raise NotThere("submission")
    if submission.state != "graded":
        raise Invalid("It is in the queue already", "This submission waits for its verdict; look again in a moment.")
    submission.state, submission.lane = "queued", "regrades"
    submission.sent_at, submission.sendings = now(), 1
    submission.claim = submission.claimed_until = submission.not_before = None
    submission.checks_done = submission.checks_total = 0
    before = {"version": submission.exercise_version, "status": submission.status, "score": _told(submission.score)}
    _record(session, submission, by_id, before, None)


def answered(session: Session, id: str, report: Report, *, stands: bool) -> None:
    """Notes what a rerun gave; a grading that nobody has asked for again is none. `stands` tells a new verdict."""
    submission = session.get_one(Submission, id)
    asked = _last(session, submission) if submission.lane == "regrades" else None
    if asked is None or asked.after is not None:
        return
    same = not stands and _same(_kept(session, id, report.exercise_version), report)
    after = {
        "version": report.exercise_version,
        "status": report.status,
        "score": f"{report.score:g}",
        "stands": stands,
        "same": same,
    }
    _record(session, submission, asked.by_id, asked.before, after)


def last_rerun(session: Session, submission: Submission) -> Rerun | None:
    """The last rerun of a submission, or None where nobody has asked for one."""
    change = _last(session, submission)
    if change is None:
        return None
    found = change.after
    if found is None:
        return Rerun("waiting", change, None)
    return Rerun("new" if found["stands"] else "same" if found["same"] else "other", change, found)


def _last(session: Session, submission: Submission) -> Change | None:
    query = select(Change).where(
        Change.course_id == submission.course_id,
        Change.user_id == submission.user_id,
        Change.kind == KIND,
        Change.subject == subject_of(submission),
    )
    return session.scalar(query.order_by(Change.at.desc(), Change.id.desc()).limit(1))


def _kept(session: Session, id: str, version: str) -> dict[str, Any]:
    query = select(Verdict.report).where(Verdict.submission_id == id, Verdict.exercise_version == version)
    report: dict[str, Any] = session.scalars(query).one()
    return report


def _same(standing: dict[str, Any], report: Report) -> bool:
    """Whether a second run ended as the first, check by check."""

    def outcome(document: dict[str, Any]) -> tuple[object, ...]:
        checks = [(each["name"], each["passed"], each["skipped"]) for each in document["checks"]]
        return document["status"], document["score"], checks

    return outcome(standing) == outcome(report.as_dict())


def _told(score: Decimal | None) -> str | None:
    return None if score is None else f"{score.normalize():f}"


def _record(
    session: Session,
    submission: Submission,
    by_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(
        session,
        course_id=submission.course_id,
        user_id=submission.user_id,
        by_id=by_id,
        kind=KIND,
        subject=subject_of(submission),
        before=before,
        after=after,
    )
