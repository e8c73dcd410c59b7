"""The pages of courses: mine, and one course with its units."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, InCourse, SignedIn, allow
from webapp.courses import services
from webapp.courses.announcements import announcements_of
from webapp.database import now
from webapp.grades.services import grade_of, so_far

bp = Blueprint("courses", __name__)


@bp.get("/")
@allow(SignedIn())
def index() -> ResponseReturnValue:
    """The person's courses; where there is but one, that one."""
    courses = services.courses_of(web.db(), web.person())
    if len(courses) == 1:
        return redirect(url_for("courses.course", slug=courses[0][0].slug))
    return render_template("courses/index.html", courses=courses)


@bp.get("/courses/<slug>/")
@allow(InCourse(Action.SEE_COURSE))
def course(slug: str) -> ResponseReturnValue:
    """The units as a path, each exercise with where the person stands; what is next, and the grade so far."""
    del slug  # web.course() is its course
    session, found, plan, person, moment = web.db(), web.course(), web.plan(), web.person(), now()
    path = services.path_of(session, found, plan, person, moment)
    return render_template(
        "courses/course.html",
        path=path,
        next=services.next_of(path),
        grade=so_far(grade_of(session, found, plan, person, moment)),
        announcements=announcements_of(session, found.id),
        hidden={name for name in plan.exercises if plan.is_hidden(name)},
        zone=plan.zone,
    )
