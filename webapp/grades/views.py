"""The page of the grade."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.database import now
from webapp.grades.agreements import agreements_of
from webapp.grades.questions import OTHERS, answer, open_leaves, question_of
from webapp.grades.services import comments_of, grade_of
from webapp.grades.words import explain

bp = Blueprint("grades", __name__)


@bp.get("/courses/<slug>/grade")
@allow(InCourse(Action.SEE_COURSE))
def grade(slug: str) -> ResponseReturnValue:
    """The grade of the person who asks: how each number came to be, and what can still become of it."""
    session, course, plan, person = web.db(), web.course(), web.plan(), web.person()
    found = grade_of(session, course, plan, person, now())
    question = question_of(found, request.args)
    return render_template(
        "grades/grade.html",
        grade=found,
        explain=explain,
        comments=comments_of(web.db(), web.course(), web.person()),
        question=question,
        answer=answer(found, question) if question is not None else None,
        leaves=open_leaves(found),
        others=OTHERS,
        agreements=agreements_of(session, course, plan, person),
        zone=plan.zone,
    )
