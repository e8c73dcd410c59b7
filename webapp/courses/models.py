"""Editions of courses and who takes part in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.database import Base

Role = Literal["student", "assistant", "instructor"]


class Course(Base):
    """One edition of a course. Its content is the folder at `path`: course.toml, exercises/, reference/.

    `began_with` are the exercises that were there when the edition was added; None where nobody noted them.
    """

    __tablename__ = "courses"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    edition: Mapped[str] = mapped_column(String(80))
    path: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    began_with: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))

    memberships: Mapped[list[Membership]] = relationship(back_populates="course", cascade="all, delete-orphan")

    def is_new(self, exercise: str) -> bool:
        """Whether an exercise was put into the folder of the running edition: it is hidden until it is published."""
        return self.began_with is not None and exercise not in self.began_with


class Membership(Base):
    """What a person is in a course. `group` is the name of a class group, or empty."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("course_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    course: Mapped[Course] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship()


class ExerciseSetup(Base):
    """What instructors have set for an exercise in the browser; None is "as course.toml says".

    `without` names the dates of course.toml that do not hold, such as "due closes". `attempts` 0 is without a limit. `hints` says when a diagnosis is shown: at once, after so many attempts
    (`hints_after`), or after the deadline. `cool_down` makes students wait a little between attempts while the queue
    is long.
    """

    __tablename__ = "exercise_setups"
    __table_args__ = (UniqueConstraint("course_id", "exercise"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    exercise: Mapped[str] = mapped_column(String(64))
    hidden: Mapped[bool] = mapped_column(default=False)
    opens: Mapped[datetime | None]
    due: Mapped[datetime | None]
    closes: Mapped[datetime | None]
    without: Mapped[str] = mapped_column(String(40), default="")
    attempts: Mapped[int | None]
    cool_down: Mapped[bool] = mapped_column(default=False)
    hints: Mapped[str] = mapped_column(String(20), default="at_once")
    hints_after: Mapped[int] = mapped_column(default=0)


class Announcement(Base):
    """Something that all of a course should know; the text is Markdown."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime]

    by: Mapped[User] = relationship()
