"""The pages of an exercise: statement, editor, Run.

Run and "start over" are plain forms. With JavaScript, Run answers with the strip of checks alone (`exercises/strip.html`),
which is looked at again until the results are there.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.course import Exercise
from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.database import now
from webapp.exercises import services
from webapp.exercises.models import Draft
from webapp.exercises.services import Desk, DraftConflict, Strip, Text
from webapp.exercises.statement import with_code
from webapp.problems import NotThere, Problem
from webapp.security import rate
from webapp.submissions.services import NOT_STARTED, standings

bp = Blueprint("exercises", __name__)
bp.add_app_template_filter(with_code)


@bp.get("/courses/<slug>/exercises/<name>")
@allow(InCourse(Action.SEE_COURSE))
def exercise(slug: str, name: str) -> ResponseReturnValue:
    """The exercise, with the draft or the starter in the editor."""
    found = _exercise(name)
    return _page(found, services.find_draft(web.db(), _desk(found)))


@bp.post("/courses/<slug>/exercises/<name>/run")
@allow(InCourse(Action.HAND_IN))
@rate("run")
def run(slug: str, name: str) -> ResponseReturnValue:
    """Saves the draft and runs the public checks on it."""
    found, text = _exercise(name), _text()
    try:
        with web.writing() as session:
            draft = services.save_draft(session, _desk(found), text)
    except Problem as problem:
        return _not_saved(found, text, problem)
    if not (services.has_run(draft, found) or web.services().post.try_out(draft.id, draft.revision)):
        strip = services.idle_strip(draft, found)
        return _strip(found, strip, away=True) if _wants_strip() else _page(found, draft, strip=strip, away=True)
    if _wants_strip():
        return _strip(found, services.strip_of_run(draft, found, draft.revision))
    return redirect(url_for("exercises.exercise", slug=slug, name=name, _anchor="checks"), 303)


@bp.get("/courses/<slug>/exercises/<name>/run")
@allow(InCourse(Action.SEE_COURSE))
def results(slug: str, name: str) -> ResponseReturnValue:
    """The strip of the run of `revision`; `looks` counts how often it has been asked for."""
    found = _exercise(name)
    if not _wants_strip():
        return redirect(url_for("exercises.exercise", slug=slug, name=name, _anchor="checks"))
    draft = services.find_draft(web.db(), _desk(found))
    if draft is None:
        raise NotThere("run")
    revision, looks = (max(0, request.args.get(key, 0, type=int)) for key in ("revision", "looks"))
    return _strip(found, services.strip_of_run(draft, found, revision, looks))


@bp.post("/courses/<slug>/exercises/<name>/start-over")
@allow(InCourse(Action.HAND_IN))
def start_over(slug: str, name: str) -> ResponseReturnValue:
    """Puts the starter into the editor, and shows the text that was there so that it can be taken back."""
    found, before = _exercise(name), _text()
    try:
        with web.writing() as session:
            draft = services.save_draft(session, _desk(found), Text(found.starter, before.based_on, before.overwrite))
    except DraftConflict as problem:
        return _not_saved(found, before, problem)
    is_new = before.source.split() != found.starter.split()
    return _page(found, draft, strip=services.idle_strip(draft, found), before=before.source if is_new else None)


@bp.get("/courses/<slug>/exercises/<name>/start-over")
@allow(InCourse(Action.SEE_COURSE))
def started_over(slug: str, name: str) -> ResponseReturnValue:
    """Where the way back from signing in leads, or the address that was kept of that page: to the exercise."""
    return redirect(url_for("exercises.exercise", slug=slug, name=_exercise(name).name))


def _exercise(name: str) -> Exercise:
    found = web.plan().exercises.get(name)
    if found is None:
        raise NotThere("exercise")
    return found


def _desk(exercise: Exercise) -> Desk:
    return Desk(web.course().id, web.person().id, exercise)


def _text() -> Text:
    form = request.form
    return Text(form.get("source", ""), form.get("revision", 0, type=int), form.get("overwrite") == "1")


def _wants_strip() -> bool:
    return "HX-Request" in request.headers


def _not_saved(exercise: Exercise, text: Text, problem: Problem) -> ResponseReturnValue:
    """Says why a text was not saved, and gives it back: to a browser without JavaScript in a new page."""
    draft = services.find_draft(web.db(), _desk(exercise))
    strip = services.idle_strip(draft, exercise)
    if _wants_strip():
        return _strip(exercise, strip, problem=problem), problem.status
    return _page(exercise, draft, text=text, strip=strip, problem=problem), problem.status


def _strip(exercise: Exercise, strip: Strip, **more: object) -> str:
    return render_template("exercises/strip.html", exercise=exercise, strip=strip, **more)


def _page(
    exercise: Exercise, draft: Draft | None, *, text: Text | None = None, strip: Strip | None = None, **more: object
) -> str:
    """The whole page. `text` is in the editor in place of the draft where it could not be saved."""
    course, plan, moment = web.course(), web.plan(), now()
    standing = standings(web.db(), course, web.person()).get(exercise.name, NOT_STARTED)
    return render_template(
        "exercises/exercise.html",
        exercise=exercise,
        unit=next(unit for unit in plan.units if unit.name == exercise.unit),
        statement=services.statement_of(exercise),
        examples=services.examples_of(exercise),
        names=services.names_of(exercise),
        text=text or services.text_of(draft, exercise),
        strip=strip or services.strip_of_page(draft, exercise),
        standing=standing,
        intake=services.intake_of(plan, exercise.name, standing.attempts, moment),
        moment=moment,
        hidden=plan.is_hidden(exercise.name),
        zone=plan.zone,
        **more,
    )
