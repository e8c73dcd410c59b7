"""What staff can do with one submission: run it again, and set its score by hand."""

from __future__ import annotations

from typing import cast

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.authorisation import Action, OfSubmission, allow
from webapp.office.blueprint import bp
from webapp.office.forms import Form
from webapp.problems import Invalid
from webapp.security import rate
from webapp.submissions import overrides, reruns, services
from webapp.submissions.models import Submission


@bp.post("/submissions/<id>/rerun")
@allow(OfSubmission(own=Action.SEE_CLASS))
@rate("run")
def rerun(id: str) -> ResponseReturnValue:
    """Puts it back into the queue, behind what students wait for."""
    with web.writing() as session:
        reruns.ask(session, id, web.person().id)
    services.send(web.services().database, web.services().post, id, "regrades")
    return redirect(url_for("submissions.submission", id=id))


@bp.post("/submissions/<id>/override")
@allow(OfSubmission(own=Action.SET_UP, others=Action.SET_UP))
def override(id: str) -> ResponseReturnValue:
    """Sets the score by hand, or with `withdraw` lets the verdict's count again."""
    if request.form.get("withdraw") == "yes":
        with web.writing() as session:
            overrides.withdraw(session, id, web.person().id)
        flash("The override is withdrawn: the verdict counts, as soon as there is one.", "right")
        return redirect(url_for("submissions.submission", id=id))
    form, most = Form(request.form), cast(Submission, g.submission).max_score
    if most is None:
        raise Invalid("There is no verdict yet", "Wait until this submission is graded, then override its score.")
    score, reason = form.points("score", most), form.reason()
    if not form.is_sound:
        raise Invalid("The score is not overridden", " ".join(form.errors.values()))
    with web.writing() as session:
        overrides.override(session, id, score, reason, web.person().id)
    flash("The score is set by hand. The student sees it with your reason.", "right")
    return redirect(url_for("submissions.submission", id=id))
