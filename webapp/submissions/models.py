"""Submissions and their verdicts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import Base

State = Literal["queued", "grading", "graded"]
WAITING: Final = ("queued", "grading")
"""The states before `graded`; asked for by name, an index finds them among a million others."""
Lane = Literal["submissions", "regrades"]
Origin = Literal["editor", "upload", "api"]


class Submission(Base):
    """A file that a student handed in, and where it stands.

    `queued` waits for a worker; `grading` is claimed by one until `claimed_until`; `graded` has its verdict. The
    columns from `status` on repeat the standing verdict, so that lists and roll-ups read one table; a score by hand is
    in the place of the verdict's, and may come before it. What our side has failed at has its `max_score` without one.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_submissions_of_student", "course_id", "user_id", "exercise", "received_at"),
        Index("ix_submissions_waiting", "state", "lane", "received_at"),
        Index("ix_submissions_pace", "graded_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    exercise: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(255))
    source: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    receipt: Mapped[str] = mapped_column(Text)

    state: Mapped[str] = mapped_column(String(10))
    lane: Mapped[str] = mapped_column(String(20))
    # When its message was last sent, and how often: the sweeper sends it again when that was long ago.
    sent_at: Mapped[datetime | None]
    sendings: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None]
    # How often our side failed, at what the last time, and until when to leave it then.
    failures: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(Text)
    not_before: Mapped[datetime | None]
    checks_done: Mapped[int] = mapped_column(default=0)
    checks_total: Mapped[int] = mapped_column(default=0)

    status: Mapped[str | None] = mapped_column(String(20))
    score: Mapped[Decimal | None]
    max_score: Mapped[Decimal | None]
    diagnosis: Mapped[str | None] = mapped_column(String(80))
    exercise_version: Mapped[str | None] = mapped_column(String(16))
    graded_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()
    user: Mapped[User] = relationship()
    verdicts: Mapped[list[Verdict]] = relationship(back_populates="submission", order_by="Verdict.id")


class Verdict(Base):
    """The one final report on a submission under one version of its exercise."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("submission_id", "exercise_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    exercise_version: Mapped[str] = mapped_column(String(16))
    report: Mapped[dict[str, Any]]
    worker: Mapped[str] = mapped_column(String(200))
    graded_at: Mapped[datetime]

    submission: Mapped[Submission] = relationship(back_populates="verdicts")


class Override(Base):
    """A score that the teaching team has set in the place of the verdict's, with the reason that the student sees.

    The last one of a submission stands; the verdict itself is kept as it was.
    """

    __tablename__ = "overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    score: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(String(1000))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]

    by: Mapped[User] = relationship()
