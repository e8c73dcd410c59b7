"""Where each student stands in each exercise, kept beside the submissions: what a class of thousands is read from.

`fold` computes a student's rows anew from the student's own submissions, in the transaction that changes one; so they
are always right, and a page over the whole class never reads all submissions.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.accounts.models import User
from webapp.database import Base
from webapp.submissions.models import Submission


class Progress(Base):
    """One student in one exercise. `passed` is full marks; `since_best` are the graded attempts after the best one."""

    __tablename__ = "progress"
    __table_args__ = (Index("ix_progress_of_exercise", "course_id", "exercise"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    graded: Mapped[int]
    best_score: Mapped[Decimal | None]
    max_score: Mapped[Decimal | None]
    best_id: Mapped[str | None] = mapped_column(String(26))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    attempts_to_pass: Mapped[int | None]
    since_best: Mapped[int]
    failures: Mapped[int]


class Trouble(Base):
    """How often a diagnosis was made of a student's submissions to an exercise, and of which one last."""

    __tablename__ = "troubles"
    __table_args__ = (Index("ix_troubles_of_exercise", "course_id", "exercise", "diagnosis"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(64), primary_key=True)
    diagnosis: Mapped[str] = mapped_column(String(80), primary_key=True)
    times: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_id: Mapped[str] = mapped_column(String(26))


def fold(session: Session, course_id: int, user_id: int, exercise: str) -> None:
    """Computes a student's rows in an exercise anew."""
    session.flush()
    # Two verdicts of one student at the same moment wait for each other here.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    columns = (
        Submission.id, Submission.received_at, Submission.state, Submission.score, Submission.max_score,
        Submission.diagnosis, Submission.failures,
    )  # fmt: skip
    mine = (
        Submission.course_id == course_id,
        Submission.user_id == user_id,
        Submission.exercise == exercise,
    )
    rows = session.execute(select(*columns).where(*mine).order_by(Submission.received_at, Submission.id)).all()
    for table in (Progress, Trouble):
        session.execute(
            delete(table).where(table.course_id == course_id, table.user_id == user_id, table.exercise == exercise)
        )
    if not rows:
        return
    progress = Progress(
        course_id=course_id,
        user_id=user_id,
        exercise=exercise,
        attempts=len(rows),
        graded=0,
        best_score=None,
        max_score=None,
        first_at=rows[0].received_at,
        last_at=rows[-1].received_at,
        since_best=0,
        failures=sum(row.failures for row in rows),
    )
    times: Counter[str] = Counter()
    troubles: dict[str, Trouble] = {}
    for number, row in enumerate(rows, start=1):
        if row.state != "graded":
            continue
        progress.graded += 1
        progress.max_score = row.max_score
        progress.since_best += 1
        if progress.best_score is None or row.score > progress.best_score:
            progress.best_score, progress.best_id, progress.since_best = row.score, row.id, 0
        if progress.passed_at is None and row.score == row.max_score:
            progress.passed_at, progress.attempts_to_pass = row.received_at, number
        if row.diagnosis is not None:
            times[row.diagnosis] += 1
            trouble = troubles.setdefault(
                row.diagnosis,
                Trouble(
                    course_id=course_id,
                    user_id=user_id,
                    exercise=exercise,
                    diagnosis=row.diagnosis,
                    first_at=row.received_at,
                ),
            )
            trouble.times, trouble.last_at, trouble.last_id = times[row.diagnosis], row.received_at, row.id
    session.add(progress)
    session.add_all(troubles.values())
