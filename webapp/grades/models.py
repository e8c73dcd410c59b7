"""What the teaching team decides about a student's grade (scores by hand, extensions, excuses), and the roll-up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.database import Base


class HandScore(Base):
    """A score entered by hand for a leaf of the grade tree (its `component` is the leaf's key), out of the leaf's max."""

    __tablename__ = "hand_scores"
    __table_args__ = (UniqueConstraint("course_id", "user_id", "component"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    component: Mapped[str] = mapped_column(String(80))
    score: Mapped[Decimal | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class ExtensionGrant(Base):
    """More time, for one student or for a group; for one exercise, or where `exercise` is empty for all.

    `due` is a new due date, or `days` that many days after the course's own.
    """

    __tablename__ = "extensions"
    __table_args__ = (Index("ix_extensions_of_course", "course_id", "exercise"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    group: Mapped[str] = mapped_column(String(80), default="")
    exercise: Mapped[str] = mapped_column(String(64), default="")
    due: Mapped[datetime | None]
    days: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])


class Excuse(Base):
    """A leaf or component of the grade tree that does not count for a student."""

    __tablename__ = "excuses"
    __table_args__ = (UniqueConstraint("course_id", "user_id", "component"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    component: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    excused_at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])


class Rollup(Base):
    """A student's grade as it was computed last, so that a class of thousands is read and not computed.

    It holds while it is not `stale`, before `valid_until` (a deadline passes), and for the same `scheme` (a hash of the
    course's grade tree and dates). `document` has, for each key of the tree, its lowest and highest share as text ("3/4"), or null where it does not
    count.
    """

    __tablename__ = "rollups"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    stale: Mapped[bool] = mapped_column(default=False)
    valid_until: Mapped[datetime | None]
    scheme: Mapped[str] = mapped_column(String(64))
    low: Mapped[Decimal | None]
    high: Mapped[Decimal | None]
    mark: Mapped[str | None] = mapped_column(String(80))
    document: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]
