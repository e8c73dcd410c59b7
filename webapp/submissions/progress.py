"""Where each student stands in each exercise, kept beside the submissions: what a class of thousands is read from.

`fold` computes a student's rows anew from the student's own submissions, in the transaction that changes one; so they
are always right, and a page over the whole class never reads all submissions.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, case, delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column
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
    _compute(session, course_id=course_id, user_id=user_id, exercise=exercise)


def fold_all(session: Session, course_id: int) -> None:
    """Computes the rows of all students of a course anew, as `fold` does for one."""
    session.flush()
    _compute(session, course_id=course_id)


def _compute(session: Session, **whose: int | str) -> None:
    """Replaces the rows of these submissions' students and exercises, in one statement for each table."""
    for table in (Progress, Trouble):
        session.execute(delete(table).filter_by(**whose))
    theirs = [getattr(Submission, name) == value for name, value in whose.items()]
    for table, (names, query) in ((Progress, _progress_of(*theirs)), (Trouble, _troubles_of(*theirs))):
        session.execute(insert(table).from_select(names, query))


def _progress_of(*theirs: ColumnElement[bool]) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    graded = case((Submission.state == "graded", 1), else_=0)
    mine = [Submission.course_id, Submission.user_id, Submission.exercise]
    best_first = (graded.desc(), Submission.score.desc(), Submission.received_at, Submission.id)

    def of_best(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
        """The best attempt's value; nothing while none is graded."""
        value = case((Submission.state == "graded", column))
        return func.first_value(value).over(partition_by=mine, order_by=best_first)

    full = case(((Submission.state == "graded") & (Submission.score == Submission.max_score), Submission.received_at))
    each = (
        select(
            *mine,
            Submission.received_at,
            Submission.failures,
            graded.label("graded"),
            of_best(Submission.id).label("best_id"),
            of_best(Submission.received_at).label("best_at"),
            of_best(Submission.score).label("best_score"),
            of_best(Submission.max_score).label("max_score"),
            func.min(full).over(partition_by=mine).label("passed_at"),
        )
        .where(*theirs)
        .subquery()
        .c
    )
    columns = {
        "course_id": each.course_id,
        "user_id": each.user_id,
        "exercise": each.exercise,
        "attempts": func.count(),
        "graded": func.sum(each.graded),
        "best_score": func.max(each.best_score),
        "max_score": func.max(each.max_score),
        "best_id": func.max(each.best_id),
        "first_at": func.min(each.received_at),
        "last_at": func.max(each.received_at),
        "passed_at": func.max(each.passed_at),
        "attempts_to_pass": func.sum(case((each.received_at <= each.passed_at, 1))),
        "since_best": func.sum(case(((each.graded == 1) & (each.received_at > each.best_at), 1), else_=0)),
        "failures": func.sum(each.failures),
    }
    return list(columns), select(*columns.values()).group_by(each.course_id, each.user_id, each.exercise)


def _troubles_of(*theirs: ColumnElement[bool]) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    mine = [Submission.course_id, Submission.user_id, Submission.exercise, Submission.diagnosis]
    columns = {
        "times": func.count(),
        "first_at": func.min(Submission.received_at),
        "last_at": func.max(Submission.received_at),
        "last_id": func.max(Submission.id),  # they sort by the moment
    }
    query = select(*mine, *columns.values()).group_by(*mine)
    names = ["course_id", "user_id", "exercise", "diagnosis", *columns]
    return names, query.where(*theirs, Submission.state == "graded", Submission.diagnosis.is_not(None))
