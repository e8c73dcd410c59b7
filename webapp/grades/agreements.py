"""What the teaching team has granted a student, with the reason, as the student reads it: extensions and excuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.courses.setup import GRANTS, Plan, told
from webapp.grades.models import Excuse, ExtensionGrant


@dataclass(frozen=True)
class Agreement:
    """One thing granted: what it is about, what was granted and why, by whom and when."""

    about: str
    what: str
    reason: str
    by: str
    at: datetime


def agreements_of(session: Session, course: Course, plan: Plan, user: User) -> list[Agreement]:
    """All that a student was granted, newest first; what is about an exercise that the student cannot see is left out."""
    query = GRANTS.options(joinedload(ExtensionGrant.by))
    grants = session.scalars(query, {"of_course": course.id, "to_user": user.id})
    excuses = session.scalars(
        select(Excuse).options(joinedload(Excuse.by)).filter_by(course_id=course.id, user_id=user.id)
    )
    titles = {each.key: each.title for each in plan.grade_scheme().root.walk()}
    seen = {name: exercise.title for name, exercise in plan.exercises.items()} | {"": "All exercises"}
    found = [
        Agreement(seen[each.exercise], _more_time(each, plan), each.reason, each.by.name, each.granted_at)
        for each in grants
        if each.exercise in seen
    ]
    found += [
        Agreement(titles[each.component], "You are excused from it.", each.reason, each.by.name, each.excused_at)
        for each in excuses
        if each.component in titles
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _more_time(grant: ExtensionGrant, plan: Plan) -> str:
    for_group = f" for your group, {grant.group}" if grant.group else ""
    if grant.due is not None:
        return f"Due on {told(grant.due, plan.zone)}{for_group}."
    return f"{grant.days} more {'day' if grant.days == 1 else 'days'}{for_group}."
