"""Extensions and excuses: granted, listed, withdrawn."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.office import grants, people
from webapp.office.blueprint import bp
from webapp.office.forms import Form
from webapp.office.paging import page_of


@bp.get("/courses/<slug>/setup/extensions")
@allow(InCourse(Action.SET_UP))
def extensions(slug: str) -> ResponseReturnValue:
    """What was granted; a link may fill the form: `?student=ADDRESS&exercise=NAME`."""
    del slug
    return _page(Form(request.args), Form(request.args))


@bp.post("/courses/<slug>/setup/extensions")
@allow(InCourse(Action.SET_UP))
def grant_extension(slug: str) -> ResponseReturnValue:
    """Grants more time."""
    form, plan, course = Form(request.form), web.plan(), web.course()
    extension = grants.read_extension(form, web.db(), course.id, plan, people.groups(web.db(), course.id))
    if not form.is_sound:
        return _page(form, Form()), 422
    with web.writing() as session:
        grants.grant(session, course.id, web.person().id, extension, plan.zone)
    flash(
        "The extension is granted. It is shown on the grade page, with its reason, and grades follow at once.", "right"
    )
    return redirect(url_for("setup.extensions", slug=slug))


@bp.post("/courses/<slug>/setup/extensions/<int(max=2147483647):number>/withdraw")
@allow(InCourse(Action.SET_UP))
def withdraw_extension(slug: str, number: int) -> ResponseReturnValue:
    """Takes an extension back."""
    with web.writing() as session:
        grants.withdraw(session, web.course().id, web.person().id, number, web.plan().zone)
    flash("The extension is withdrawn.", "right")
    return redirect(url_for("setup.extensions", slug=slug))


@bp.post("/courses/<slug>/setup/excuses")
@allow(InCourse(Action.SET_UP))
def excuse(slug: str) -> ResponseReturnValue:
    """Excuses a student from a part of the grade."""
    form, course = Form(request.form), web.course()
    user_id, component, reason = grants.read_excuse(form, web.db(), course.id, web.plan())
    if user_id is None or not form.is_sound:
        return _page(Form(), form), 422
    with web.writing() as session:
        grants.excuse(session, course.id, web.person().id, user_id, component, reason)
    flash("The student is excused. It is shown on the grade page, with its reason.", "right")
    return redirect(url_for("setup.extensions", slug=slug, _anchor="excuses"))


@bp.post("/courses/<slug>/setup/excuses/<int(max=2147483647):number>/withdraw")
@allow(InCourse(Action.SET_UP))
def withdraw_excuse(slug: str, number: int) -> ResponseReturnValue:
    """Takes an excuse back."""
    with web.writing() as session:
        grants.withdraw_excuse(session, web.course().id, web.person().id, number)
    flash("The excuse is withdrawn.", "right")
    return redirect(url_for("setup.extensions", slug=slug, _anchor="excuses"))


def _page(extension: Form, excused: Form) -> str:
    session, course, plan = web.db(), web.course(), web.plan()
    return render_template(
        "office/extensions.html",
        extension=extension,
        excused=excused,
        granted=page_of(session, grants.extensions(course.id), web.page_number()),
        excuses=page_of(session, grants.excuses(course.id), request.args.get("excuses", 1, type=int)),
        exercises={name: each.title for name, each in plan.content.exercises.items()},
        dated=[name for name in plan.content.exercises if plan.common(name).due is not None],
        components=grants.components(plan),
        groups=people.groups(session, course.id),
        zone=plan.zone,
    )
