"""Where each student stands in each exercise, kept beside the submissions: what a class of thousands is read from.

`fold` computes a student's rows anew from the student's own submissions, in the transaction that changes one; so they
are always right, and a page over the whole class never reads all submissions.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

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
    """Computes a student's rows in an exercise anew; the database adds up, however many submissions there are."""
    session.flush()
    # Two verdicts of one student at the same moment wait for each other here.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    for table in (Progress, Trouble):
        session.execute(
            delete(table).where(table.course_id == course_id, table.user_id == user_id, table.exercise == exercise)
        )
    key = {"course_id": course_id, "user_id": user_id, "exercise": exercise}
    mine = (Submission.course_id == course_id, Submission.user_id == user_id, Submission.exercise == exercise)
    graded = (*mine, Submission.state == "graded")
    in_order = (Submission.received_at, Submission.id)
    attempts, first_at, last_at, failures = session.execute(
        select(
            func.count(),
            func.min(Submission.received_at),
            func.max(Submission.received_at),
            func.sum(Submission.failures),
        ).where(*mine)
    ).one()
    if not attempts:
        return
    best = session.execute(
        select(Submission.id, Submission.received_at, Submission.score, Submission.max_score)
        .where(*graded)
        .order_by(Submission.score.desc(), *in_order)
        .limit(1)
    ).first()
    passed_at = session.scalar(
        select(func.min(Submission.received_at)).where(*graded, Submission.score == Submission.max_score)
    )

    def count(*conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(*conditions)) or 0

    session.add(
        Progress(
            **key,
            attempts=attempts,
            graded=count(*graded),
            best_score=best.score if best else None,
            max_score=best.max_score if best else None,
            best_id=best.id if best else None,
            first_at=first_at,
            last_at=last_at,
            passed_at=passed_at,
            attempts_to_pass=count(*mine, Submission.received_at <= passed_at) if passed_at else None,
            since_best=count(*graded, Submission.received_at > best.received_at) if best else 0,
            failures=failures,
        )
    )
    troubles = session.execute(
        select(
            Submission.diagnosis,
            func.count(),
            func.min(Submission.received_at),
            func.max(Submission.received_at),
            func.max(Submission.id),  # they sort by the moment
        )
        .where(*graded, Submission.diagnosis.is_not(None))
        .group_by(Submission.diagnosis)
    )
    session.add_all(
        Trouble(**key, diagnosis=diagnosis, times=times, first_at=first, last_at=last, last_id=last_id)
        for diagnosis, times, first, last, last_id in troubles
    )
