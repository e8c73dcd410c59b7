"""Scores that the teaching team has set in the place of a verdict's: the last one stands, the verdict is kept as it was.

A submission at which our side has failed again and again can have one before its verdict, and stays in the queue.

Everything that reads scores reads `Submission.score`; so that column holds the standing score, whoever gave it.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from webapp import audit
from webapp.database import now
from webapp.grades.rollups import make_stale
from webapp.problems import Invalid, NotThere
from webapp.submissions.models import Override, Submission, Verdict
from webapp.submissions.progress import fold

KIND = "override"
"""What the audit log calls such a change."""
LEAST_FAILURES = 3
"""After so many failures of our side the teaching team need not wait for a verdict."""


def overrides_of(session: Session, ids: Collection[str]) -> dict[str, Override]:
    """The standing overrides of these submissions, by the submission's id. One query."""
    query = select(Override).options(joinedload(Override.by)).where(Override.submission_id.in_(ids))
    return {each.submission_id: each for each in session.scalars(query.order_by(Override.id))} if ids else {}


def override_of(session: Session, id: str) -> Override | None:
    """The standing override of a submission."""
    return overrides_of(session, [id]).get(id)


def standing_score(session: Session, id: str, score: Decimal, max_score: Decimal) -> Decimal:
    """The score that counts where a verdict gives `score`: an override stands against later verdicts, too."""
    query = select(Override.score).where(Override.submission_id == id).order_by(Override.id.desc()).limit(1)
    override = session.scalar(query)
    return score if override is None else min(override, max_score)


def can_be_set(submission: Submission) -> bool:
    """Whether a score can be set by hand: there is a verdict, or our side has failed too often to wait for one."""
    settled = submission.state == "graded" or submission.failures >= LEAST_FAILURES
    return settled and submission.max_score is not None


def override(session: Session, id: str, score: Decimal, reason: str, by_id: int) -> None:
    """Sets a score by hand. Raises Invalid where that cannot be done yet, or for a score out of range."""
    submission = _locked(session, id)
    if not can_be_set(submission) or submission.max_score is None:
        raise Invalid(
            "There is no verdict yet", "Wait until this submission is graded; then you can override its score."
        )
    if not 0 <= score <= submission.max_score:
        raise Invalid(
            "That score is out of range", f"It is {score}; give one from 0 to {submission.max_score.normalize():f}."
        )
    earlier = override_of(session, id)
    session.add(Override(submission_id=id, score=score, reason=reason, by_id=by_id, at=now()))
    before = _told(submission.score, earlier.reason if earlier else "")
    _settle(session, submission, score, by_id, before, _told(score, reason), reason)


def withdraw(session: Session, id: str, by_id: int, reason: str = "") -> None:
    """Lets the verdict's own score count again, if there is a verdict. Raises NotThere where no override stands."""
    submission = _locked(session, id)
    earlier = override_of(session, id)
    if earlier is None:
        raise NotThere("override")
    report = session.scalars(
        select(Verdict.report).where(
            Verdict.submission_id == id, Verdict.exercise_version == submission.exercise_version
        )
    ).one_or_none()
    session.execute(delete(Override).where(Override.submission_id == id))
    score = None if report is None else Decimal(str(report["score"]))
    _settle(session, submission, score, by_id, _told(submission.score, earlier.reason), _told(score, ""), reason)


def _locked(session: Session, id: str) -> Submission:
    submission = session.scalar(select(Submission).where(Submission.id == id).with_for_update())
    if submission is None:
        raise NotThere("submission")
    return submission


def _told(score: Decimal | None, reason: str) -> dict[str, str | None]:
    told: dict[str, str | None] = {"score": None if score is None else f"{score.normalize():f}"}
    return told | ({"reason": reason} if reason else {})


def _settle(
    session: Session,
    submission: Submission,
    score: Decimal | None,
    by_id: int,
    before: dict[str, str | None],
    after: dict[str, str | None],
    reason: str,
) -> None:
    submission.score = score
    fold(session, submission.course_id, submission.user_id, submission.exercise)
    make_stale(session, submission.course_id, [submission.user_id])
    audit.record(
        session,
        course_id=submission.course_id,
        user_id=submission.user_id,
        by_id=by_id,
        kind=KIND,
        subject=subject_of(submission),
        before=before,
        after=after,
        reason=reason,
    )


def subject_of(submission: Submission) -> str:
    """What the audit log calls a submission."""
    return f"{submission.exercise}, submission {submission.id}"
