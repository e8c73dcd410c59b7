"""Where each student stands in each exercise, kept beside the submissions: what a class of thousands is read from.

`fold` computes a student's rows anew from the student's own submissions, in the transaction that changes one; so they
are always right, and a page over the whole class never reads all submissions.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    ForeignKey,
    Index,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from webapp.accounts.models import User
from webapp.database import Base, hold
from webapp.submissions.best import best_of
from webapp.submissions.models import Submission


class Progress(Base):
    """One student in one exercise. `passed` is full marks; `since_best` are the attempts with a score after the best one.

    `graded` are all those with a score: also one that is graded once more, and one that has it by hand alone.
    """

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
    hold(session, User, user_id)
    _compute(session, course_id=course_id, user_id=user_id, exercise=exercise)


def fold_all(session: Session, course_id: int) -> None:
    """Computes the rows of all students of a course anew, as `fold` does for one."""
    session.flush()
    _compute(session, course_id=course_id)


def _compute(session: Session, **whose: int | str) -> None:
    """Replaces the rows of these submissions' students and exercises, in one statement for each table."""
    connection = session.connection()
    for statement in _statements(*whose):
        connection.execute(statement, {f"the_{name}": value for name, value in whose.items()})


@cache
def _statements(*names: str) -> list[Executable]:
    """The statements for submissions of which these columns are given. To make them takes longer than to run them."""
    given: dict[str, BindParameter[Any]] = {name: bindparam(f"the_{name}") for name in names}
    theirs = [getattr(Submission, name) == value for name, value in given.items()]
    progress, trouble = (Base.metadata.tables[each.__tablename__] for each in (Progress, Trouble))
    return [
        *(
            delete(table).where(*(table.c[name] == value for name, value in given.items()))
            for table in (progress, trouble)
        ),
        insert(progress).from_select(*_progress_of(*theirs)),
        insert(trouble).from_select(*_troubles_of(*theirs)),
    ]


def _progress_of(*theirs: ColumnElement[bool]) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    """One row a student and exercise, by lookups in the index of a student's submissions.

    Window functions would take ten times as long on SQLite, while every other writer waits.
    """
    mine = [Submission.course_id, Submission.user_id, Submission.exercise]
    full = case((Submission.score == Submission.max_score, Submission.received_at))
    work = (
        select(
            *mine,
            func.count().label("attempts"),
            func.count(Submission.score).label("graded"),
            func.min(Submission.received_at).label("first_at"),
            func.max(Submission.received_at).label("last_at"),
            func.min(full).label("passed_at"),
            func.sum(Submission.failures).label("failures"),
        )
        .where(*theirs)
        .group_by(*mine)
        .subquery()
    )
    best, each = aliased(Submission), aliased(Submission)

    def of_the_same(one: type[Submission]) -> ColumnElement[bool]:
        return and_(one.course_id == work.c.course_id, one.user_id == work.c.user_id, one.exercise == work.c.exercise)

    best_id = best_of(work.c.course_id, work.c.user_id, work.c.exercise).correlate(work).scalar_subquery()
    count = select(func.count()).select_from(each)
    to_pass = count.where(of_the_same(each), each.received_at <= work.c.passed_at).correlate(work)
    later = count.where(of_the_same(each), each.score.is_not(None), each.received_at > best.received_at)
    columns = {
        **{name: work.c[name] for name in ("course_id", "user_id", "exercise", "attempts", "graded")},
        "best_score": best.score,
        "max_score": best.max_score,
        "best_id": best.id,
        **{name: work.c[name] for name in ("first_at", "last_at", "passed_at")},
        "attempts_to_pass": case((work.c.passed_at.is_not(None), to_pass.scalar_subquery())),
        "since_best": later.correlate(work, best).scalar_subquery(),
        "failures": work.c.failures,
    }
    return list(columns), select(*columns.values()).select_from(work.outerjoin(best, best.id == best_id))


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
    return names, query.where(*theirs, Submission.diagnosis.is_not(None))
