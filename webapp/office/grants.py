"""Extensions and excuses: granted with a reason, withdrawn, and counted in the grade at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from grader.grade_scheme import Component
from webapp import audit
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan
from webapp.database import hold, now
from webapp.grades.models import Excuse, ExtensionGrant
from webapp.grades.rollups import make_stale
from webapp.office.forms import Form, local_text
from webapp.problems import NotThere

EXTENSION: Final = "extension"
EXCUSE: Final = "excuse"
"""What the audit log calls such changes."""
MOST_DAYS: Final = 366


@dataclass(frozen=True)
class Extension:
    """More time, for one student or for a group; for one exercise, or with an empty name for all."""

    user_id: int | None
    group: str
    exercise: str
    days: int
    due: datetime | None
    reason: str


def read_extension(form: Form, session: Session, course_id: int, plan: Plan, groups: list[str]) -> Extension:
    """The extension in a form; what is wrong with it stands in its errors."""
    group, exercise = form.raw("group"), form.raw("exercise")
    user_id = None
    if group and form.raw("student"):
        form.refuse("group", "Choose a student or a group, not both.")
    elif group and group not in groups:
        form.refuse("group", f"There is no group {group[:40]!r}. Choose one of the list.")
    elif not group:
        user_id = _student(form, session, course_id)
    days, due = form.count("days", 1, MOST_DAYS), form.moment("due", plan.zone)
    if (days is None) == (due is None) and not form.errors.keys() & {"days", "due"}:
        form.refuse("days", "Give a number of days or a new due date, one of the two.")
    if exercise:
        _check_due(form, plan, exercise, due)
    return Extension(user_id, group, exercise, days or 0, due, form.reason())


def _check_due(form: Form, plan: Plan, exercise: str, due: datetime | None) -> None:
    """An extension moves a due date, and never shortens."""
    known = plan.content.exercises.get(exercise)
    if known is None:
        form.refuse("exercise", f"There is no exercise {exercise[:40]!r}. Choose one of the list.")
        return
    common = plan.common(exercise).due
    if common is None:
        form.refuse("exercise", f"{known.title} has no due date, so there is nothing to extend.")
    elif due is not None and due <= common:
        form.refuse("due", f"{known.title} is due on {local_text(common, plan.zone)} for everyone. Give a later date.")


def grant(session: Session, course_id: int, by_id: int, extension: Extension, zone: tzinfo) -> None:
    """Grants an extension."""
    given = ExtensionGrant(
        course_id=course_id,
        user_id=extension.user_id,
        group=extension.group,
        exercise=extension.exercise,
        due=extension.due,
        days=extension.days,
        reason=extension.reason,
        by_id=by_id,
        granted_at=now(),
    )
    session.add(given)
    _changed(session, given, by_id, EXTENSION, _subject(given), None, _told(given, zone), given.reason)


def withdraw(session: Session, course_id: int, by_id: int, id: int, zone: tzinfo) -> None:
    """Takes an extension back. Raises NotThere."""
    given = session.get(ExtensionGrant, id)
    if given is None or given.course_id != course_id:
        raise NotThere("extension")
    _changed(session, given, by_id, EXTENSION, _subject(given), _told(given, zone), None, "")
    session.delete(given)


def read_excuse(form: Form, session: Session, course_id: int, plan: Plan) -> tuple[int | None, str, str]:
    """The student, the component and the reason in a form."""
    user_id = _student(form, session, course_id)
    component = form.one_of("component", components(plan), "part of the grade")
    return user_id, component, form.reason()


def excuse(session: Session, course_id: int, by_id: int, user_id: int, component: str, reason: str) -> None:
    """Excuses a student from a part of the grade; once is enough."""
    # Held, so that of two who press the button the second sees what the first has done.
    hold(session, Course, course_id)
    query = select(Excuse.id).filter_by(course_id=course_id, user_id=user_id, component=component)
    if session.scalar(query) is not None:
        return
    given = Excuse(
        course_id=course_id, user_id=user_id, component=component, reason=reason, by_id=by_id, excused_at=now()
    )
    session.add(given)
    _changed(session, given, by_id, EXCUSE, component, None, {"excused": True}, reason)


def withdraw_excuse(session: Session, course_id: int, by_id: int, id: int) -> None:
    """Takes an excuse back. Raises NotThere."""
    given = session.get(Excuse, id)
    if given is None or given.course_id != course_id:
        raise NotThere("excuse")
    _changed(session, given, by_id, EXCUSE, given.component, {"excused": True}, None, "")
    session.delete(given)


def components(plan: Plan) -> dict[str, str]:
    """The parts of the grade that a student can be excused from, each with its title and those above it."""
    found: dict[str, str] = {}

    def walk(component: Component, above: str) -> None:
        for each in component.components:
            found[each.key] = title = f"{above}{each.title}"
            walk(each, f"{title}: ")

    walk(plan.grade_scheme().root, "")
    return found


def extensions(course_id: int) -> Select[ExtensionGrant]:
    """The query for all extensions of a course, newest first."""
    return (
        select(ExtensionGrant)
        .options(joinedload(ExtensionGrant.user), joinedload(ExtensionGrant.by))
        .where(ExtensionGrant.course_id == course_id)
        .order_by(ExtensionGrant.granted_at.desc(), ExtensionGrant.id.desc())
    )


def excuses(course_id: int) -> Select[Excuse]:
    """The query for all excuses of a course, newest first."""
    return (
        select(Excuse)
        .options(joinedload(Excuse.user), joinedload(Excuse.by))
        .where(Excuse.course_id == course_id)
        .order_by(Excuse.excused_at.desc(), Excuse.id.desc())
    )


def _student(form: Form, session: Session, course_id: int) -> int | None:
    """The member whose address stands in the field `student`."""
    address = form.raw("student").lower()
    if not address:
        form.refuse("student", "Whose? Write in the student's e-mail address.")
        return None
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.course_id == course_id, User.email == address.replace("\0", ""))
    )
    found = session.scalar(query)
    if found is None:
        form.refuse("student", f"Nobody in this course has the address {address[:80]!r}. Look at the roster.")
    return found


def _subject(given: ExtensionGrant) -> str:
    what = given.exercise or "all exercises"
    return f"{what}, group {given.group}" if given.group else what


def _told(given: ExtensionGrant, zone: tzinfo) -> dict[str, Any]:
    return {"due": local_text(given.due, zone)} if given.due is not None else {"days": given.days}


def _changed(
    session: Session,
    given: ExtensionGrant | Excuse,
    by_id: int,
    kind: str,
    subject: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str,
) -> None:
    """Makes the grades that it touches stale, and notes it."""
    make_stale(session, given.course_id, None if given.user_id is None else [given.user_id])
    audit.record(
        session,
        course_id=given.course_id,
        by_id=by_id,
        user_id=given.user_id,
        kind=kind,
        subject=subject,
        before=before,
        after=after,
        reason=reason,
    )
