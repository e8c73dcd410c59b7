"""The HTTP API, version 1: one function an operation; and the page that describes it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, g, jsonify, render_template, url_for
from flask.blueprints import BlueprintSetupState
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grader.course import Exercise
from webapp import web
from webapp.accounts.services import revoke_token, valid_token
from webapp.api import answers, schemas
from webapp.api.document import describe
from webapp.api.operations import Created, File, Misfit, operation
from webapp.api.waiting import WaitingRoom
from webapp.authorisation import (
    Action,
    InNamedCourse,
    OfSubmission,
    Public,
    SignedIn,
    allow,
    enter_named,
    may,
)
from webapp.courses.models import Role
from webapp.courses.services import courses_of, path_of
from webapp.database import now
from webapp.grades.services import grade_of
from webapp.problems import Problem, answer
from webapp.security import rate
from webapp.submissions import hints, services
from webapp.submissions.history import reports
from webapp.submissions.models import Submission
from webapp.submissions.overrides import override_of

bp = Blueprint("api", __name__)

_MARKDOWN = MarkdownIt("js-default")  # knows no HTML

_ROOM = "chainrule.api.room"
_DOCUMENT = "chainrule.api.document"


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    threads = state.app.extensions[web.EXTENSION].settings.web_threads
    state.app.extensions[_ROOM] = WaitingRoom(threads)


@bp.errorhandler(Misfit)
def misfit(problem: Misfit) -> Response:
    """The problem, with the values at fault one by one."""
    response = answer(problem)
    errors = [{"field": field, "detail": detail} for field, detail in problem.errors]
    response.set_data(jsonify({**cast(dict[str, Any], response.get_json(force=True)), "errors": errors}).get_data())
    return response


@bp.get("/api/v1/me")
@allow(SignedIn())
@operation()
def me() -> schemas.Me:
    """Who you are

    Whose token this is, and your courses.
    """
    user = web.person()
    courses = [
        schemas.Course(slug=course.slug, title=course.title, edition=course.edition, role=cast(Role, role))
        for course, role in courses_of(web.db(), user)
    ]
    return schemas.Me(name=user.name, email=user.email, courses=courses)


@bp.get("/api/v1/exercises")
@allow(InNamedCourse(Action.SEE_COURSE))
@operation()
def exercises(query: schemas.CourseQuery) -> schemas.ExerciseList:
    """The exercises of a course

    In the course's order, each with your state in it.
    """
    return schemas.ExerciseList(exercises=[schemas.Exercise(**fields) for fields in _rows().values()])


@bp.get("/api/v1/exercises/<name>")
@allow(InNamedCourse(Action.SEE_COURSE))
@operation()
def exercise(name: schemas.ExerciseName, query: schemas.CourseQuery) -> schemas.ExerciseDetail:
    """An exercise

    With its statement and its starter file.
    """
    found = _exercise(name)
    return schemas.ExerciseDetail(
        **_rows()[name], summary=found.summary, statement=found.statement, starter=found.starter
    )


@bp.post("/api/v1/exercises/<name>/submissions")
@allow(InNamedCourse(Action.HAND_IN))
@rate("submit")
@operation(409)
def submit(
    name: schemas.ExerciseName, query: schemas.CourseQuery, headers: schemas.SubmitHeaders, body: schemas.Source | File
) -> Created[schemas.Submission]:
    """Hand in

    A Python file or a notebook, of which the code cells are taken: as JSON, or as the field `file` of a form. With the
    answer it is accepted for good. Ask for its verdict at the address in `Location`. Send an `Idempotency-Key` to be
    able to send it again after an answer that got lost: it is accepted once, and the answer is 201 both times.
    """
    wanted, held = _exercise(name), web.services()
    data = body.data if isinstance(body, File) else body.source.encode()
    work = services.HandIn(data, body.filename or f"{name}.py", "api", headers.idempotency_key)
    submission, is_new = services.accept(
        held.database, held.settings.secret, web.course(), web.plan(), wanted, web.person(), work
    )
    if is_new:
        services.send(held.database, held.post, submission.id)
    return Created(
        schemas.Submission(**answers.submission_fields(web.db(), submission, web.course().slug)),
        url_for("api.submission", id=submission.id),
    )


@bp.get("/api/v1/submissions")
@allow(SignedIn())
@operation(403, 404)
def submissions(query: schemas.ListQuery) -> schemas.SubmissionList:
    """Your submissions

    The newest first. Only your own, also when you may see those of others.
    """
    chosen = (
        select(Submission)
        .options(joinedload(Submission.course))
        .where(Submission.user_id == web.person().id)
        .order_by(Submission.received_at.desc(), Submission.id.desc())
        .limit(query.limit)
    )
    if query.course is not None:
        enter_named(query.course, Action.SEE_COURSE)
        chosen = chosen.where(Submission.course_id == web.course().id)
    if query.exercise is not None:
        chosen = chosen.where(Submission.exercise == query.exercise)
    return schemas.SubmissionList(
        submissions=[answers.submission_row(web.db(), each) for each in web.db().scalars(chosen)]
    )


@bp.get("/api/v1/submissions/<id>")
@allow(OfSubmission())
@operation()
def submission(id: schemas.SubmissionId, query: schemas.WaitQuery) -> schemas.SubmissionDetail:
    """A submission

    Where it stands, and once it is graded its report. With `wait` the answer comes as soon as it is graded.
    """
    found = cast(Submission, g.submission)
    room: WaitingRoom = current_app.extensions[_ROOM]
    room.wait_for_verdict(web.db(), found, query.wait)
    fields = answers.submission_fields(web.db(), found, web.course().slug)
    report, by_hand = reports(web.db(), [found]).get(found.id), override_of(web.db(), found.id)
    override = schemas.Override(score=float(by_hand.score), reason=by_hand.reason) if by_hand else None
    if report is None:
        return schemas.SubmissionDetail(**fields, report=None, hint_withheld=None, override=override)
    held = hints.rule_for(web.db(), web.plan(), found, now(), staff=may(g.role, Action.SEE_CLASS))
    seen = hints.shown(report, held)
    return schemas.SubmissionDetail(
        **fields,
        report=seen.report,
        hint_withheld=seen.withheld.sentence(web.plan().zone) if seen.withheld else None,
        override=override,
    )


@bp.get("/api/v1/grades")
@allow(InNamedCourse(Action.SEE_COURSE))
@operation()
def grades(query: schemas.CourseQuery) -> schemas.Grades:
    """Your grade

    As it stands, or the range that is still possible, with all that it is made of. What is missing is told as missing
    and is no zero.
    """
    found = grade_of(web.db(), web.course(), web.plan(), web.person(), now())
    return answers.grades(web.course().slug, found)


@bp.delete("/api/v1/tokens/current")
@allow(SignedIn())
@operation()
def revoke() -> None:
    """Revoke the token in use

    It opens nothing any more from this moment on; your other tokens stay.
    """
    with web.writing() as session:
        token = valid_token(session, web.bearer() or "")
        if token is not None:
            revoke_token(session, web.person(), token.id)


@bp.get("/api/v1/openapi.json")
@allow(Public())
@operation()
def openapi() -> schemas.OpenAPI:
    """This document

    In the form of OpenAPI 3.1, for programs that make clients or tests of it.
    """
    return schemas.OpenAPI(_document())


@bp.get("/api")
@allow(Public())
def document() -> str:
    """The OpenAPI document for people."""
    return render_template("api/document.html", api=_document(), prose=_prose, words=_words)


def _document() -> dict[str, Any]:
    kept = current_app.extensions
    if _DOCUMENT not in kept:
        kept[_DOCUMENT] = describe(current_app)
    return cast(dict[str, Any], kept[_DOCUMENT])


def _prose(text: str) -> Markup:
    """A description, which is Markdown, as paragraphs."""
    return Markup(_MARKDOWN.render(text))


def _words(text: str) -> Markup:
    """A description as part of a paragraph."""
    return Markup(_MARKDOWN.renderInline(text))


def _exercise(name: str) -> Exercise:
    known = web.plan().exercises
    if name not in known:
        there = ", ".join(known) or "none at all"
        raise Problem(
            404, "There is no such exercise", f"{web.course().title} has no exercise {name!r}. There are: {there}."
        )
    return known[name]


def _rows() -> dict[str, dict[str, Any]]:
    """The fields of each exercise, by its name."""
    path = path_of(web.db(), web.course(), web.plan(), web.person(), now())
    course = web.course().slug
    return {row.exercise.name: answers.exercise_fields(course, unit, row) for unit in path for row in unit.rows}
