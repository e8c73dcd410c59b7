"""Where each student stands and what each should be at, for the rules of `attention`: so many queries for any class."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import String, and_, case, cast, func, select
from sqlalchemy.orm import Session

from grader.course import Exercise, Timetable
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan, by_exercise
from webapp.dashboard.attention import STUCK_AFTER, Need, Position, SinceBest, Task, needs
from webapp.grades.attempts import extended
from webapp.grades.models import Excuse, ExtensionGrant
from webapp.submissions.models import WAITING, Submission
from webapp.submissions.progress import Progress

NO_EXERCISES: Final[frozenset[str]] = frozenset()
Excused = Mapping[int, frozenset[str]]
"""The exercises that do not count for a student, by the student's number."""


def who_needs_help(session: Session, course: Course, plan: Plan, moment: datetime) -> list[Need]:
    """The students who need help at this moment, the most urgent first."""
    excused = _excused(session, course, plan)
    open_now = [
        (exercise, times)
        for name, exercise in plan.exercises.items()
        if not plan.is_hidden(name) and _is_open(times := plan.common(name), moment)
    ]
    tasks = [_task(exercise, times, moment) for exercise, times in open_now]
    grants = _grants(session, course)
    own = {
        user: _own_tasks(plan, open_now, grants.get(user, []), excused.get(user, NO_EXERCISES), moment)
        for user in {*grants, *excused}
    }
    return needs(_positions(session, course, plan, excused), tasks, own, moment)


def _positions(session: Session, course: Course, plan: Plan, excused: Excused) -> list[Position]:
    """One row a student: the database puts the student's exercises into one text, and those where one is stuck."""
    stuck = case(
        (
            and_(Progress.passed_at.is_(None), Progress.since_best >= STUCK_AFTER),
            Progress.exercise + ":" + cast(Progress.since_best, String),
        )
    )
    work = (  # added up before it is joined: there are many more rows of it than students
        select(
            Progress.user_id,
            func.aggregate_strings(Progress.exercise, ",").label("tried"),
            func.count(Progress.passed_at).label("passed"),
            func.aggregate_strings(stuck, ",").label("marks"),
        )
        .where(Progress.course_id == course.id, Progress.exercise.in_(plan.exercises))
        .group_by(Progress.user_id)
        .subquery()
    )
    query = (
        select(User.id, User.name, work.c.tried, func.coalesce(work.c.passed, 0), work.c.marks)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(work, work.c.user_id == User.id)
        .where(Membership.course_id == course.id, Membership.role == "student", User.is_active)
    )
    waiting, full = _waiting(session, course), _full_marks(session, course, excused)
    positions = []
    for id, name, tried, passed, marks in session.execute(query):
        begun = frozenset(tried.split(",")) if tried else NO_EXERCISES
        if id in waiting:
            begun |= waiting[id]
        if id in excused:  # which counts as passed, tried or not: it sets nobody behind
            passed += len(excused[id] - full.get(id, NO_EXERCISES))
        positions.append(Position(id, name, begun, passed, _counts(marks) if marks else ()))
    return positions


def _counts(marks: str) -> SinceBest:
    """The names and the numbers in "adam:7,sgd:9"."""
    return tuple((name, int(number)) for name, _, number in (mark.partition(":") for mark in marks.split(",")))


def _waiting(session: Session, course: Course) -> dict[int, frozenset[str]]:
    """What students have handed in and wait for: until the first verdict, nothing else tells that they have begun."""
    query = (
        select(Submission.user_id, Submission.exercise)
        .where(Submission.course_id == course.id, Submission.state.in_(WAITING), Submission.lane == "submissions")
        .distinct()
    )
    found: dict[int, frozenset[str]] = {}
    for user, exercise in session.execute(query):
        found[user] = found.get(user, NO_EXERCISES) | {exercise}
    return found


def _full_marks(session: Session, course: Course, users: Collection[int]) -> dict[int, frozenset[str]]:
    """The exercises in which these students have full marks."""
    query = select(Progress.user_id, Progress.exercise).where(
        Progress.course_id == course.id, Progress.user_id.in_(users), Progress.passed_at.is_not(None)
    )
    found: dict[int, frozenset[str]] = {}
    for user, exercise in session.execute(query):
        found[user] = found.get(user, NO_EXERCISES) | {exercise}
    return found


def _excused(session: Session, course: Course, plan: Plan) -> Excused:
    below = {
        component.key: frozenset(leaf.key for leaf in component.walk() if leaf.kind == "exercise")
        for component in plan.grade_scheme().root.walk()
    }
    found: dict[int, frozenset[str]] = {}
    query = select(Excuse.user_id, Excuse.component).where(Excuse.course_id == course.id)
    for user, component in session.execute(query):
        found[user] = found.get(user, NO_EXERCISES) | below.get(component, NO_EXERCISES)
    return found


def _grants(session: Session, course: Course) -> dict[int, list[ExtensionGrant]]:
    """The extensions of each student who has one, alone or with the group."""
    granted = list(session.scalars(select(ExtensionGrant).where(ExtensionGrant.course_id == course.id)))
    members: dict[str, list[int]] = {}
    if groups := {grant.group for grant in granted if grant.user_id is None}:
        query = select(Membership.group, Membership.user_id)
        for group, user in session.execute(
            query.where(Membership.course_id == course.id, Membership.group.in_(groups))
        ):
            members.setdefault(group, []).append(user)
    found: dict[int, list[ExtensionGrant]] = {}
    for grant in granted:
        for user in members.get(grant.group, []) if grant.user_id is None else [grant.user_id]:
            found.setdefault(user, []).append(grant)
    return found


def _own_tasks(
    plan: Plan,
    open_now: Iterable[tuple[Exercise, Timetable]],
    grants: Iterable[ExtensionGrant],
    excused: frozenset[str],
    moment: datetime,
) -> list[Task]:
    extensions = by_exercise(grants, plan.content.exercises)
    return [
        _task(exercise, extended(times, extensions.get(exercise.name, ()), plan.zone), moment)
        for exercise, times in open_now
        if exercise.name not in excused
    ]


def _task(exercise: Exercise, times: Timetable, moment: datetime) -> Task:
    return Task(exercise.name, exercise.title, times.due, times.closes is not None and times.closes < moment)


def _is_open(times: Timetable, moment: datetime) -> bool:
    return times.opens is None or times.opens <= moment
