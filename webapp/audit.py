"""The audit log: who changed what and when, in the same transaction as the change; rows are added, never overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from webapp.accounts.models import User
from webapp.database import Base, now


class Change(Base):
    """One change. `kind` is what was changed (`score`, `extension`, ...), `subject` which one, in words for people.

    `user_id` is the student whom it is about, where it is about one; `before` and `after` are what stood there. `by` is
    nobody where it was made by a command on the server, which asks for no account.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_of_course", "course_id", "at"),
        Index("ix_changes_of_student", "course_id", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")

    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])

    @property
    def who(self) -> str:
        """Who made it."""
        return self.by.name if self.by is not None else "A command on the server"


def record(
    session: Session,
    *,
    course_id: int,
    by_id: int | None,
    kind: str,
    subject: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    user_id: int | None = None,
    reason: str = "",
) -> None:
    """Notes a change, in the transaction that makes it."""
    session.add(
        Change(
            course_id=course_id,
            user_id=user_id,
            by_id=by_id,
            at=now(),
            kind=kind,
            subject=subject,
            before=before,
            after=after,
            reason=reason,
        )
    )


def history(session: Session, course_id: int, *, user_id: int | None = None, limit: int = 200) -> list[Change]:
    """The changes of a course, or those about one student, newest first."""
    query = select(Change).where(Change.course_id == course_id)
    if user_id is not None:
        query = query.where(Change.user_id == user_id)
    return list(session.scalars(query.order_by(Change.at.desc(), Change.id.desc()).limit(limit)))
