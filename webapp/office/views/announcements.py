"""Announcements: written and taken down."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.courses.announcements import LONGEST_TEXT, LONGEST_TITLE, announce, announcements_of, take_down
from webapp.exercises.statement import render
from webapp.office.blueprint import bp
from webapp.office.forms import Form


@bp.get("/courses/<slug>/setup/announcements")
@allow(InCourse(Action.SET_UP))
def announcements(slug: str) -> ResponseReturnValue:
    """What was announced, and the form for more."""
    del slug
    return _page(Form())


@bp.post("/courses/<slug>/setup/announcements")
@allow(InCourse(Action.SET_UP))
def write_announcement(slug: str) -> ResponseReturnValue:
    """Publishes an announcement, or shows first what it will look like."""
    form = Form(request.form)
    title, text = form.text("title", "title", LONGEST_TITLE, required=True), form.raw("text").replace("\r\n", "\n")
    if not text:
        form.refuse("text", "Write in the text.")
    elif len(text) > LONGEST_TEXT or "\0" in text:
        form.refuse("text", f"It may have {LONGEST_TEXT:,} characters, of those that can be shown.")
    if not form.is_sound:
        return _page(form), 422
    if request.form.get("look") == "yes":
        return _page(form, look=True)
    with web.writing() as session:
        announce(session, web.course().id, web.person().id, title, text)
    flash("The announcement is shown on the course page.", "right")
    return redirect(url_for("setup.announcements", slug=slug))


@bp.post("/courses/<slug>/setup/announcements/<int(max=2147483647):number>/delete")
@allow(InCourse(Action.SET_UP))
def delete_announcement(slug: str, number: int) -> ResponseReturnValue:
    """Takes an announcement down."""
    with web.writing() as session:
        gone = take_down(session, web.course().id, web.person().id, number)
    flash(f"“{gone.title}” is taken down. Its text stays in the audit log.", "right")
    return redirect(url_for("setup.announcements", slug=slug))


def _page(form: Form, *, look: bool = False) -> str:
    return render_template(
        "office/announcements.html",
        form=form,
        look=render(form.raw("text"), highest=4, prefix="look") if look else None,
        announcements=announcements_of(web.db(), web.course().id),
        zone=web.plan().zone,
    )
