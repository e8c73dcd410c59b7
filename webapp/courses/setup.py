"""How a course is set up: course.toml, and over it what instructors have changed in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.course import Exercise, Timetable, Unit
from grader.grade_scheme import Component, GradeScheme
from webapp.accounts.models import User
from webapp.courses.models import Course, ExerciseSetup, Membership
from webapp.grades.attempts import Extension, extended
from webapp.grades.models import ExtensionGrant
from webapp.grades.tree import GradeTree


@dataclass(frozen=True)
class Plan:
    """A course as it is run, for one person: its content, what instructors have set, the person's own dates.

    `extensions` are the person's, by exercise; `sees_hidden` is for staff; `new` are the exercises that were put into the
    folder of the running edition.
    """

    content: Content
    setups: Mapping[str, ExerciseSetup] = field(default_factory=dict)
    extensions: Mapping[str, Sequence[Extension]] = field(default_factory=dict)
    sees_hidden: bool = False
    new: Collection[str] = ()

    @property
    def zone(self) -> tzinfo:
        """The course's time zone."""
        return self.content.zone or UTC

    def common(self, exercise: str) -> Timetable:
        """The dates of an exercise that hold for everyone."""
        base, setup = self.content.timetable(exercise), self.setups.get(exercise)
        if setup is None:
            return base
        without = setup.without.split()
        return Timetable(
            opens=None if "opens" in without else setup.opens or base.opens,
            due=None if "due" in without else setup.due or base.due,
            closes=None if "closes" in without else setup.closes or base.closes,
            attempts=base.attempts if setup.attempts is None else setup.attempts or None,
        )

    def timetable(self, exercise: str) -> Timetable:
        """The dates of an exercise for this person."""
        return extended(self.common(exercise), self.extensions.get(exercise, ()), self.zone)

    def is_hidden(self, exercise: str) -> bool:
        """Whether students do not see it: somebody has hidden it, or it is new and nobody has published it yet."""
        setup = self.setups.get(exercise)
        return exercise in self.new if setup is None else setup.hidden

    @property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises that this person sees, by name, in the course's order."""
        known = self.content.exercises
        return {name: each for name, each in known.items() if self.sees_hidden or not self.is_hidden(name)}

    @property
    def units(self) -> list[Unit]:
        """The units with the exercises that this person sees; empty ones are left out."""
        seen = self.exercises
        units = [
            replace(unit, exercises=tuple(each for each in unit.exercises if each.name in seen))
            for unit in self.content.units
        ]
        return [unit for unit in units if unit.exercises]

    def tree(self) -> GradeTree:
        """The grade tree with the dates as they are run; a student's extensions are part of the student's work."""
        timetables = {name: self.common(name) for name in self.content.exercises}
        return GradeTree(self.grade_scheme(), timetables, self.zone)

    def grade_scheme(self) -> GradeScheme:
        """How the grade is made: a hidden exercise does not count, whoever asks, until it is published."""
        hidden = {name for name in self.content.exercises if self.is_hidden(name)}
        scheme = self.content.grade
        return replace(scheme, root=_without(scheme.root, hidden)) if hidden else scheme

    def scheme(self) -> str:
        """A hash that changes with everything that a grade depends on and that is not the student's own."""
        timetables = [(name, self.common(name)) for name in sorted(self.content.exercises)]
        return hashlib.sha256(repr((self.grade_scheme(), timetables, str(self.zone))).encode()).hexdigest()


def _without(component: Component, hidden: Collection[str]) -> Component:
    """A group without these exercises, and without the groups in it that hold nothing else."""
    kept = [
        _without(each, hidden) if each.kind == "group" else each
        for each in component.components
        if each.kind != "exercise" or each.key not in hidden
    ]
    left = tuple(each for each in kept if each.kind != "group" or each.components)
    return replace(component, components=left, drop_lowest=min(component.drop_lowest, max(len(left) - 1, 0)))


_SETUPS: Final = select(ExerciseSetup).where(ExerciseSetup.course_id == bindparam("of_course"))


def plan_of(session: Session, course: Course, content: Content) -> Plan:
    """The course as it is run, for everyone."""
    setups = session.scalars(_SETUPS, {"of_course": course.id})
    new = frozenset(name for name in content.exercises if course.is_new(name))
    return Plan(content, {setup.exercise: setup for setup in setups}, new=new)


def personal(session: Session, course: Course, plan: Plan, user: User, *, staff: bool = False) -> Plan:
    """The course as it is run, for this person."""
    extensions = extensions_of(session, course, user, plan.content.exercises)
    return replace(plan, extensions=extensions, sees_hidden=staff)


def extensions_of(session: Session, course: Course, user: User, names: Iterable[str]) -> dict[str, list[Extension]]:
    """A student's extensions by exercise: the student's own and those of the group."""
    return by_exercise(session.scalars(GRANTS, {"of_course": course.id, "to_user": user.id}), names)


_GROUP: Final = (
    select(Membership.group)
    .where(
        Membership.course_id == bindparam("of_course"),
        Membership.user_id == bindparam("to_user"),
        Membership.group != "",
    )
    .scalar_subquery()
)
GRANTS: Final = select(ExtensionGrant).where(
    ExtensionGrant.course_id == bindparam("of_course"),
    or_(
        ExtensionGrant.user_id == bindparam("to_user"),
        ExtensionGrant.user_id.is_(None) & (ExtensionGrant.group == _GROUP),
    ),
)
"""The query for a student's extensions, the student's own and those of the group, by `of_course` and `to_user`."""


def by_exercise(grants: Iterable[ExtensionGrant], names: Iterable[str]) -> dict[str, list[Extension]]:
    """Grants as the grade tree takes them; one without an exercise holds for all of them."""
    found: dict[str, list[Extension]] = {}
    all_names = list(names)
    for grant in grants:
        for name in [grant.exercise] if grant.exercise else all_names:
            found.setdefault(name, []).append(Extension(due=grant.due, days=grant.days))
    return found


def told(moment: datetime, zone: tzinfo) -> str:
    """A moment in words, in the course's time zone."""
    return moment.astimezone(zone).strftime("%A, %-d %B %Y, %H:%M %Z")
