"""The pages of the gradebook: the class, scores by hand, their history, files in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from webapp import web
from webapp.accounts.models import User
from webapp.authorisation import Action, InCourse, allow
from webapp.courses.models import Membership
from webapp.courses.roster import decoded
from webapp.database import now
from webapp.gradebook import grid, imports
from webapp.gradebook.exports import FORMATS, file_name
from webapp.gradebook.pages import DEPTHS, EMAIL, GROUP, NAME, PAGE_ROWS, Page, View, page_of
from webapp.gradebook.scores import NOTHING, Changed, Place, Step, held_by, save, steps_of
from webapp.gradebook.sheet import Column, by_hand, columns_of, sheet_of
from webapp.problems import Invalid, NotThere

bp = Blueprint("gradebook", __name__)

MOST_SHOWN: Final = 500
"""Differences that the preview of an import shows in full; the rest is counted."""
SCORE_ROWS: Final = 250
"""Rows of a page of scores: a column of a usual class is pasted at once."""


@bp.get("/courses/<slug>/gradebook")
@allow(InCourse(Action.SEE_CLASS))
def gradebook(slug: str) -> ResponseReturnValue:
    """The class as a table."""
    page = _page(PAGE_ROWS)
    users = [row.user_id for row in page.rows]
    return render_template(
        "gradebook/gradebook.html",
        **_shared(page),
        depths=DEPTHS,
        formats=FORMATS,
        held=held_by(web.db(), web.course().id, users),
        told=_told(steps_of(web.db(), web.course().id, users)),
    )


@bp.get("/courses/<slug>/gradebook/export")
@allow(InCourse(Action.SEE_CLASS))
def export(slug: str) -> ResponseReturnValue:
    """The class, or one group of it, as a file."""
    name = request.args.get("format", "csv")
    if name not in FORMATS:
        raise Invalid("There is no such format", f"{name[:40]!r} is none of {', '.join(FORMATS)}.")
    moment = now()
    group = request.args.get("group", "")
    response = Response(FORMATS[name].write(sheet_of(web.services().database, web.course(), web.plan(), moment, group)))
    response.content_type = FORMATS[name].mimetype
    file = file_name(slug, name, moment.astimezone(web.plan().zone))
    response.headers.set("Content-Disposition", "attachment", filename=file)
    return response


@bp.get("/courses/<slug>/gradebook/scores")
@allow(InCourse(Action.ENTER_SCORES))
def scores(slug: str) -> ResponseReturnValue:
    """The table in which scores are entered by hand."""
    return _scores_page({})


@bp.post("/courses/<slug>/gradebook/scores")
@allow(InCourse(Action.ENTER_SCORES))
def save_scores(slug: str) -> ResponseReturnValue:
    """Saves what was entered: all of it, or nothing where something is wrong."""
    columns, course_id, actor = _by_hand(), web.course().id, web.person().id
    typed = grid.read(request.form, columns, held_by(web.db(), course_id))
    if typed.errors:
        return _scores_page(typed.fields), 422
    try:
        with web.writing() as session:
            count = save(session, course_id, columns, typed.entries, by_id=actor)
    except Changed as changed:
        return _scores_page(typed.after(changed).fields), 409
    flash(_counted(count, "saved"), "right" if count else "info")
    saved = (
        f"saved-{request.form['key']}" if "key" in request.form else None
    )  # tells the browser what not to keep longer
    args = View.of(request.args).args()
    return redirect(url_for("gradebook.scores", slug=slug, component=_wanted(), _anchor=saved, **args), 303)


@bp.get("/courses/<slug>/gradebook/students/<int(max=2147483647):number>")
@allow(InCourse(Action.SEE_CLASS))
def history(slug: str, number: int) -> ResponseReturnValue:
    """One student's scores by hand, each with all that it ever was."""
    query = select(User).join(Membership, Membership.user_id == User.id)
    student = web.db().scalar(
        query.where(User.id == number, Membership.course_id == web.course().id, Membership.role == "student")
    )
    if student is None:
        raise NotThere("student of this course")
    held, steps = (find(web.db(), web.course().id, [number]) for find in (held_by, steps_of))
    columns = [(each, held.get((number, each.key), NOTHING), steps.get((number, each.key), [])) for each in _by_hand()]
    return render_template(
        "gradebook/history.html",
        student=student,
        columns=columns,
        zone=web.plan().zone,
    )


@bp.get("/courses/<slug>/gradebook/import")
@allow(InCourse(Action.ENTER_SCORES))
def upload(slug: str) -> ResponseReturnValue:
    """Asks for a file of scores."""
    return render_template("gradebook/import.html", columns=_by_hand(), outcome=None)


@bp.post("/courses/<slug>/gradebook/import")
@allow(InCourse(Action.ENTER_SCORES))
def preview(slug: str) -> ResponseReturnValue:
    """Shows what a file would change, or all that is wrong with it."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("There is no file", "Go back, choose a CSV file, and send it again.")
    return _preview_page(file.stream.read(imports.LARGEST + 1), _printable(file.filename))


@bp.post("/courses/<slug>/gradebook/import/confirmed")
@allow(InCourse(Action.ENTER_SCORES))
def apply(slug: str) -> ResponseReturnValue:
    """Imports a file that was shown, if it would still change the same."""
    data, name = request.form.get("text", "").encode(), _printable(request.form.get("name", ""))
    columns, course_id, actor = _by_hand(), web.course().id, web.person().id
    found = imports.preview(web.db(), course_id, imports.read_scores(data, columns))
    if found.faults or found.fingerprint != request.form.get("fingerprint"):
        return _preview_page(data, name, is_changed=True)
    try:
        with web.writing() as session:
            count = save(session, course_id, columns, found.entries, by_id=actor, reason=f"Imported from {name}")
    except Changed:
        web.db().rollback()  # what this request has read is older than what it is told
        return _preview_page(data, name, is_changed=True)
    flash(_counted(count, "imported"), "right")
    return redirect(url_for("gradebook.gradebook", slug=slug), 303)


def _preview_page(data: bytes, name: str, *, is_changed: bool = False) -> ResponseReturnValue:
    columns = _by_hand()
    found = imports.preview(web.db(), web.course().id, imports.read_scores(data, columns))
    page = render_template(
        "gradebook/import.html",
        columns=columns,
        outcome=found,
        shown=found.differences[:MOST_SHOWN],
        name=name,
        text="" if found.faults else decoded(data)[0],
        is_changed=is_changed,
    )
    return page, 422 if found.faults else 409 if is_changed else 200


def _scores_page(fields: Mapping[tuple[int, str], grid.Field]) -> str:
    """The table of scores; `fields` are those that somebody has typed into, as they were sent."""
    all_columns, wanted = _by_hand(), _wanted()
    columns = [each for each in all_columns if wanted in (None, each.key)]
    if all_columns and not columns:
        raise NotThere("score by hand in this course")
    page = _page(SCORE_ROWS)
    held = held_by(web.db(), web.course().id, [row.user_id for row in page.rows])
    with_comment = wanted is not None

    def field(user: int, column: Column) -> grid.Field:
        place = user, column.key
        return fields.get(place) or grid.field_of(place, held.get(place, NOTHING), column.most, with_comment)

    return render_template(
        "gradebook/scores.html",
        **_shared(page),
        all_columns=all_columns,
        columns=columns,
        wanted=wanted,
        with_comment=with_comment,
        field=field,
        errors=[each for each in fields.values() if each.error],
    )


def _wanted() -> str | None:
    """The key of the only score that is to be shown, None for all."""
    return request.args.get("component") or None


def _page(rows: int) -> Page:
    """The part of the class that the address asks for, in pages of so many rows."""
    return page_of(web.services().database, web.course(), web.plan(), now(), View.of(request.args), rows)


def _shared(page: Page) -> dict[str, Any]:
    return {"page": page, "sheet": page.sheet, "view": page.view, "NAME": NAME, "EMAIL": EMAIL, "GROUP": GROUP}


def _by_hand() -> tuple[Column, ...]:
    return by_hand(columns_of(web.plan().grade_scheme()))


def _told(steps: Mapping[Place, Sequence[Step]]) -> Callable[[int, str], str]:
    """Gives, for a student and a component, who set the score and when, in one line."""
    zone = web.plan().zone

    def told(user: int, key: str) -> str:
        found = steps.get((user, key))
        if not found:
            return "There is no record of who set it"
        last = found[0]
        line = f"Set by {last.by} on {last.at.astimezone(zone):%-d %b %Y, %H:%M}"
        if last.before != NOTHING:
            line += f"; before: {grid.text_of(last.before.score) or 'no score'}"
        return f"{line}. Comment: {last.after.comment}" if last.after.comment else line

    return told


def _printable(name: str) -> str:
    """The name of a file, as the audit log keeps it."""
    return "".join(each for each in name if each.isprintable())[:200] or "a file"


def _counted(count: int, done: str) -> str:
    if not count:
        return "Nothing was changed."
    return f"{count} score is {done}." if count == 1 else f"{count} scores are {done}."
