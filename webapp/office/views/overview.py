"""The office's front page, and the preview as a student."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from webapp import web
from webapp.audit import Change
from webapp.authorisation import Action, InCourse, allow
from webapp.courses.models import Announcement
from webapp.grades.models import Excuse, ExtensionGrant
from webapp.office import people
from webapp.office.blueprint import bp


@bp.get("/courses/<slug>/setup")
@allow(InCourse(Action.SET_UP))
def overview(slug: str) -> ResponseReturnValue:
    """What there is to set up, with how it stands."""
    del slug  # web.course() is its course
    session, course, plan = web.db(), web.course(), web.plan()
    totals = {
        table.__tablename__: session.scalar(select(func.count()).where(table.course_id == course.id)) or 0
        for table in (ExtensionGrant, Excuse, Announcement, Change)
    }
    return render_template(
        "office/overview.html",
        people=people.counts(session, course.id),
        groups=people.groups(session, course.id),
        exercises=len(plan.content.exercises),
        hidden=sum(plan.is_hidden(name) for name in plan.content.exercises),
        totals=totals,
    )


@bp.post("/courses/<slug>/setup/preview")
@allow(InCourse(Action.SEE_COURSE))
def preview(slug: str) -> ResponseReturnValue:
    """Begins or ends the preview. Who is a student already sees nothing else by it, so everybody may."""
    if request.form.get("as") == "student":
        web.preview(web.course())
        return redirect(url_for("courses.course", slug=slug))
    web.leave_preview()
    flash("You have left the preview.")
    return redirect(url_for("courses.course", slug=slug))
