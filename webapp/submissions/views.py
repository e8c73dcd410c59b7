"""The pages of submissions: handing in, the verdict, all attempts, receipts."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import uuid
from dataclasses import replace
from datetime import UTC
from io import BytesIO
from typing import Final, cast

from flask import Blueprint, Response, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grader.course import Exercise
from grader.report import Report
from grader.source import UnreadableSource, read_source
from webapp import web
from webapp.authorisation import Action, InCourse, OfSubmission, Public, allow, may, role_in
from webapp.courses.models import Course
from webapp.database import now
from webapp.exercises.services import Desk, Text, save_draft
from webapp.problems import Invalid, NotThere, Problem
from webapp.security import rate
from webapp.submissions import hints, history, overrides, reruns, services
from webapp.submissions import verdict as reading
from webapp.submissions.best import best_of
from webapp.submissions.models import Submission
from webapp.submissions.receipts import Receipt
from webapp.submissions.receipts import read as read_receipt
from webapp.submissions.waiting import NEAR, Waiting, waiting

PATIENCE_S: Final = 0.2
"""How long the page of whoever is next waits for the verdict, so that most see it without asking again."""
LOOK_S: Final = 0.004
FRESH_S: Final = 2
LONGEST_KEY: Final = 100
KINDS: Final = (".py", ".ipynb")

bp = Blueprint("submissions", __name__)
log = logging.getLogger(__name__)


@bp.app_template_global("fresh_key")
def fresh_key() -> str:
    """A key for one page with a form, to be known again when it is sent: a submission sent twice is accepted once."""
    return uuid.uuid4().hex


@bp.post("/courses/<slug>/exercises/<name>/submissions")
@allow(InCourse(Action.HAND_IN))
@rate("submit")
def submit(slug: str, name: str) -> ResponseReturnValue:
    """Accepts a submission and goes on to its page; what the editor held is kept, accepted or not."""
    exercise, shared = _exercise(name), web.services()
    try:
        accepted, is_new = services.accept(
            shared.database,
            shared.settings.require_secret(),
            web.course(),
            web.plan(),
            exercise,
            web.person(),
            _handed_in(exercise),
        )
    except Problem as problem:
        _keep_draft(exercise, overwrite=True)
        if not _by_htmx():  # whose notice appears on the exercise itself
            problem.way_out = ("Back to the exercise", url_for("exercises.exercise", slug=slug, name=name))
        raise
    if is_new:
        services.send(shared.database, shared.post, accepted.id)
    _keep_draft(exercise)
    return _go_to(url_for("submissions.submission", id=accepted.id))


@bp.get("/submissions/<id>")
@allow(OfSubmission())
def submission(id: str) -> ResponseReturnValue:
    """A submission: its verdict, or where it stands."""
    found = _submission()
    _await_verdict(found)
    return render_template("submissions/submission.html", **_context(found))


@bp.get("/submissions/<id>/verdict")
@allow(OfSubmission())
def verdict(id: str) -> ResponseReturnValue:
    """The part of that page that changes while one waits."""
    return render_template("submissions/verdict.html", **_context(_submission()))


@bp.get("/submissions/<id>/source")
@allow(OfSubmission())
def source(id: str) -> ResponseReturnValue:
    """The file that was handed in, to be downloaded."""
    found = _submission()
    return send_file(BytesIO(found.source), mimetype="text/plain", as_attachment=True, download_name=found.filename)


@bp.get("/courses/<slug>/exercises/<name>/submissions")
@allow(InCourse(Action.SEE_COURSE))
def attempts(slug: str, name: str) -> ResponseReturnValue:
    """All attempts of the person who asks at an exercise."""
    exercise, person, course = _exercise(name), web.person(), web.course()
    page = web.page_number()
    found, count = history.page_of_attempts(web.db(), course.id, person.id, name, page)
    if found:
        held = hints.rule_for(web.db(), web.plan(), found[0].submission, now(), staff=_is_staff())
        found = [
            each if each.report is None else replace(each, report=hints.shown(each.report, held).report)
            for each in found
        ]
    return render_template(
        "submissions/attempts.html",
        exercise=exercise,
        attempts=found,
        overrides=overrides.overrides_of(web.db(), [each.submission.id for each in found]),
        count=count,
        page=page,
        pages=-(-count // history.PAGE),
        best=web.db().scalar(best_of(course.id, person.id, name)),
        allowed=web.plan().timetable(name).attempts,
        zone=web.plan().zone,
        reading=reading,
    )


@bp.route("/receipts", methods=["GET", "POST"])
@allow(Public())
def receipts() -> ResponseReturnValue:
    """What a receipt is, and whether the one that was put in is ours."""
    text = request.values.get("receipt", "").strip()
    receipt = read_receipt(text, web.services().settings.require_secret()) if text else None
    return render_template(
        "submissions/receipts.html",
        text=text,
        receipt=receipt,
        email=_email_of(receipt) if receipt else "",
        titles=_titles_of(receipt) if receipt else ("", ""),
        utc=UTC,
    )


def _exercise(name: str) -> Exercise:
    exercise = web.plan().exercises.get(name)
    if exercise is None:
        raise NotThere("exercise")
    return exercise


def _submission() -> Submission:
    return cast(Submission, g.submission)


def _editor_text() -> str:
    """What the editor held; browsers send the lines of a form with the ends of another system."""
    return request.form.get("source", "").replace("\r\n", "\n")


def _keep_draft(exercise: Exercise, *, overwrite: bool = False) -> None:
    """Keeps what the editor held, over what another tab has saved since only where it would be nowhere else."""
    source, revision = _editor_text(), request.form.get("revision", 0, type=int)
    if not source.strip():
        return
    try:
        with web.writing() as session:
            desk = Desk(web.course().id, web.person().id, exercise)
            save_draft(session, desk, Text(source, revision, overwrite))
    except Problem as problem:
        # What was accepted is kept as it is, and what was refused has been told for the same reason.
        log.info("no draft of %s was kept: %s", exercise.name, problem)


def _handed_in(exercise: Exercise) -> services.HandIn:
    """The file, or else the editor's text. Raises Invalid for a file of another kind."""
    file = request.files.get("file")
    if file is None or not file.filename:
        data = _editor_text().encode("utf-8", "replace")
        return services.HandIn(data, f"{exercise.name}.py", "editor", _key(data))
    if not file.filename.lower().endswith(KINDS):
        raise Invalid(
            "That is neither Python nor a notebook",
            f"The file is called {file.filename[:100]!r}; hand in one that ends in {' or '.join(KINDS)}.",
        )
    data = file.read()
    return services.HandIn(data, file.filename, "upload", _key(data))


def _key(data: bytes) -> str | None:
    """The key under which this page's sending of this very content is accepted once.

    Somebody who goes back, changes a line and sends the same page again means another submission.
    """
    key = request.form.get("idempotency_key", "").strip()[:LONGEST_KEY]
    if not (key.isascii() and key.isprintable()):
        raise Invalid("That form cannot be used", "Its key holds a character that no key has. Reload the page.")
    return f"{key} {hashlib.sha256(data).hexdigest()}" if key else None


def _by_htmx() -> bool:
    return "HX-Request" in request.headers


def _go_to(address: str) -> ResponseReturnValue:
    """Goes on to a page. With htmx only its content is put in place: the frame and its scripts are there already."""
    if _by_htmx():
        place = {"target": "#content", "select": "#content", "swap": "outerHTML show:window:top"}
        return Response(status=204, headers={"HX-Location": json.dumps({"path": address, **place})})
    return redirect(address, 303)


def _await_verdict(found: Submission) -> None:
    """Gives the workers the moment that they need where the submission is fresh and among the next."""
    session, until = web.db(), time.monotonic() + PATIENCE_S
    if found.state == "graded" or (now() - found.received_at).total_seconds() > FRESH_S:
        return
    place = services.place_of(session, found)
    if place is None or place.position > NEAR:
        return
    while found.state != "graded" and not found.failures and time.monotonic() < until:
        session.commit()  # a new transaction, which sees what others have written since
        time.sleep(LOOK_S)
        session.refresh(found)


def _context(found: Submission) -> dict[str, object]:
    """What the verdict's part of the page shows."""
    attempt = history.attempt_of(web.db(), found)
    shown: dict[str, object] = {
        "submission": found,
        "exercise": web.plan().exercises.get(found.exercise),
        "attempt": attempt,
        "is_own": found.user_id == web.person().id,
        "zone": web.plan().zone,
        "reading": reading,
    }
    if attempt.report is None:
        return shown | {
            "waiting": _waiting(found),
            "override": overrides.override_of(web.db(), found.id),
            "can_be_set": overrides.can_be_set(found),
            "least_failures": overrides.LEAST_FAILURES,
            "moment": now(),
        }
    held = hints.rule_for(web.db(), web.plan(), found, now(), staff=_is_staff())
    seen = hints.shown(attempt.report, held)
    return shown | {
        "report": seen.report,
        "withheld": seen.withheld.sentence(web.plan().zone) if seen.withheld else None,
        "override": overrides.override_of(web.db(), found.id),
        "rerun": reruns.last_rerun(web.db(), found) if _is_staff() else None,
        "lines": _lines(found, seen.report),
        "next_exercise": _next_exercise(found),
    }


def _lines(found: Submission, report: Report) -> list[reading.Line]:
    """The source with what the report says of it; none where the file is no text, which the report tells then."""
    try:
        source = read_source(found.source)
    except UnreadableSource:
        return []
    return reading.source_lines(source, report)


def _is_staff() -> bool:
    return may(g.role, Action.SEE_CLASS)


def _waiting(found: Submission) -> Waiting:
    place = services.place_of(web.db(), found) or services.Place(1, None)
    return waiting(found, place, now())


def _next_exercise(found: Submission) -> Exercise | None:
    """The exercise to go on with: the first after this one that has not full marks yet."""
    order = list(web.plan().exercises.values())
    names = [each.name for each in order]
    if found.exercise not in names:
        return None
    standings = services.standings(web.db(), web.course(), web.person())
    rest = order[names.index(found.exercise) + 1 :]
    return next((each for each in rest if standings.get(each.name, services.NOT_STARTED).state != "passed"), None)


def _titles_of(receipt: Receipt) -> tuple[str, str]:
    """What the course and the exercise of a receipt are called; empty for what is not there any more."""
    course = web.db().scalar(select(Course).where(Course.slug == receipt.course))
    content = web.services().library.content(course.path) if course is not None else None
    exercise = content.exercises.get(receipt.exercise) if content is not None else None
    return f"{course.title} {course.edition}" if course is not None else "", exercise.title if exercise else ""


def _email_of(receipt: Receipt) -> str:
    """The address in a receipt: whole for that person and the course's staff, masked for all others."""
    user = web.me()
    course = web.db().scalar(select(Course).where(Course.slug == receipt.course))
    is_staff = course is not None and may(role_in(course), Action.SEE_CLASS)
    if user is not None and (user.email == receipt.email or is_staff):
        return receipt.email
    local, _, host = receipt.email.partition("@")
    return f"{local[:1]}…@{host}"
