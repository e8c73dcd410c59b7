"""Drafts: what a student has in the editor, and what the public checks said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class Draft(Base):
    """A student's text for one exercise. `revision` grows with every change; a run belongs to one revision."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("course_id", "user_id", "exercise"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    exercise: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    saved_at: Mapped[datetime]
    # The last revision that the public checks have run on, and their report.
    ran_revision: Mapped[int | None]
    run_report: Mapped[dict[str, Any] | None]
