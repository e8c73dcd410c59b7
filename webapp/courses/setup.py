"""How a course is set up: course.toml, and over it what instructors have changed in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.course import Exercise, Timetable
from webapp.accounts.models import User
from webapp.courses.models import Course, ExerciseSetup, Membership
from webapp.grades.attempts import Extension, extended
from webapp.grades.models import ExtensionGrant
from webapp.grades.tree import GradeTree


@dataclass(frozen=True)
class Plan:
    """A course as it is run: its content, and the setup of each exercise."""

    content: Content
    setups: Mapping[str, ExerciseSetup]

    @property
    def zone(self) -> tzinfo:
        """The course's time zone."""
        return self.content.zone or UTC

    def timetable(self, exercise: str) -> Timetable:
        """The dates of an exercise, for everyone."""
        base, setup = self.content.timetable(exercise), self.setups.get(exercise)
        if setup is None:
            return base
        changes = {name: value for name in ("opens", "due", "closes") if (value := getattr(setup, name)) is not None}
        if setup.attempts is not None:
            changes["attempts"] = setup.attempts or None
        return replace(base, **changes)

    def is_hidden(self, exercise: str) -> bool:
        """Whether students do not see it."""
        setup = self.setups.get(exercise)
        return setup is not None and setup.hidden

    def visible(self) -> list[Exercise]:
        """The exercises that students see, in the course's order."""
        return [each for each in self.content.exercises.values() if not self.is_hidden(each.name)]

    def tree(self) -> GradeTree:
        """The grade tree with the dates as they are run."""
        timetables = {name: self.timetable(name) for name in self.content.exercises}
        return GradeTree(self.content.grade, timetables, self.zone)

    def scheme(self) -> str:
        """A hash that changes with everything that a grade depends on and that is not the student's own."""
        timetables = sorted((name, self.timetable(name)) for name in self.content.exercises)
        return hashlib.sha256(repr((self.content.grade, timetables, str(self.zone))).encode()).hexdigest()


def plan_of(session: Session, course: Course, content: Content) -> Plan:
    """The course as it is run."""
    setups = session.scalars(select(ExerciseSetup).where(ExerciseSetup.course_id == course.id))
    return Plan(content, {setup.exercise: setup for setup in setups})


def extensions_of(session: Session, course: Course, user: User, names: Iterable[str]) -> dict[str, list[Extension]]:
    """A student's extensions by exercise: the student's own and those of the group."""
    group = session.scalar(
        select(Membership.group).where(Membership.course_id == course.id, Membership.user_id == user.id)
    )
    query = select(ExtensionGrant).where(
        ExtensionGrant.course_id == course.id,
        or_(
            ExtensionGrant.user_id == user.id,
            (ExtensionGrant.user_id.is_(None)) & (ExtensionGrant.group == (group or "")),
        ),
    )
    return by_exercise(session.scalars(query), names)


def by_exercise(grants: Iterable[ExtensionGrant], names: Iterable[str]) -> dict[str, list[Extension]]:
    """Grants as the grade tree takes them; one without an exercise holds for all of them."""
    found: dict[str, list[Extension]] = {}
    all_names = list(names)
    for grant in grants:
        for name in [grant.exercise] if grant.exercise else all_names:
            found.setdefault(name, []).append(Extension(due=grant.due, days=grant.days))
    return found


def own_timetable(session: Session, course: Course, plan: Plan, user: User, exercise: str) -> Timetable:
    """The dates of an exercise for one student, extensions included."""
    extensions = extensions_of(session, course, user, [exercise])
    return extended(plan.timetable(exercise), extensions.get(exercise, ()), plan.zone)


def told(moment: datetime, zone: tzinfo) -> str:
    """A moment in words, in the course's time zone."""
    return moment.astimezone(zone).strftime("%A, %-d %B %Y, %H:%M %Z")
