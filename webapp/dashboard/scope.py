"""What the dashboard's queries share: whose rows they read, and how moments become days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.courses.models import Course, Membership
from webapp.dashboard.statistics import QUARTER
from webapp.database import seconds_of
from webapp.submissions.progress import Progress


def students_of(course: Course) -> Select[int]:
    """The numbers of a course's students."""
    return select(Membership.user_id).where(Membership.course_id == course.id, Membership.role == "student")


def of_students(course: Course) -> tuple[ColumnElement[bool], ...]:
    """The conditions for the rows of progress that belong to the course's students."""
    return Progress.course_id == course.id, Progress.user_id.in_(students_of(course))


def quarter_of(moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]) -> ColumnElement[int]:
    """The quarter of an hour of a moment, counted since 1970, in SQL: of it days can be made in any time zone."""
    return seconds_of(moment) // QUARTER
