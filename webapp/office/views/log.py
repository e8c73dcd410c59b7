"""The page of the audit log."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.office import log as reading
from webapp.office.blueprint import bp
from webapp.office.paging import page_of


@bp.get("/courses/<slug>/setup/log")
@allow(InCourse(Action.SET_UP))
def log(slug: str) -> ResponseReturnValue:
    """Who changed what and when, by student and kind."""
    del slug
    session, course_id = web.db(), web.course().id
    student, kind = (request.args.get(key, "").strip()[:200] for key in ("student", "kind"))
    known = reading.kinds(session, course_id)
    chosen = kind if kind in (each for each, _ in known) else ""
    page = page_of(session, reading.changes(session, course_id, student, chosen), web.page_number())
    return render_template(
        "office/log.html",
        page=page,
        kinds=known,
        student=student,
        kind=chosen,
        words_of=reading.words_of,
        lines_of=reading.lines_of,
        titles=_titles(),
        zone=web.plan().zone,
    )


def _titles() -> dict[str, str]:
    """What the subjects of changes are called: components of the grade and exercises, by their keys."""
    content = web.content()
    components = {each.key: each.title for each in content.grade.root.walk()}
    return components | {name: exercise.title for name, exercise in content.exercises.items()}
