"""The exercises as they are run: visible or hidden, dates, attempts, cool-downs, hints."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.course import Exercise
from webapp import web
from webapp.authorisation import Action, InCourse, allow
from webapp.office import gate, timetables
from webapp.office.blueprint import bp
from webapp.office.forms import Form
from webapp.office.gate import Finding
from webapp.office.timetables import Wishes
from webapp.problems import Invalid, NotThere
from webapp.security import rate


@bp.get("/courses/<slug>/setup/exercises")
@allow(InCourse(Action.SET_UP))
def exercises(slug: str) -> ResponseReturnValue:
    """All exercises, each with how it is run."""
    del slug
    plan = web.plan()
    proven = gate.proven(web.db(), web.course().id)
    return render_template(
        "office/exercises.html",
        plan=plan,
        wishes={name: Wishes.of(plan.setups.get(name)) for name in plan.content.exercises},
        hints=timetables.HINTS,
        proven={name for name, each in plan.content.exercises.items() if each.version in proven.get(name, ())},
    )


@bp.get("/courses/<slug>/setup/exercises/<name>")
@allow(InCourse(Action.SET_UP))
def exercise(slug: str, name: str) -> ResponseReturnValue:
    """One exercise, to be changed."""
    del slug
    plan = web.plan()
    return _page(_exercise(name), Form(Wishes.of(plan.setups.get(name)).values(plan.zone)))


@bp.post("/courses/<slug>/setup/exercises/<name>")
@allow(InCourse(Action.SET_UP))
def change_exercise(slug: str, name: str) -> ResponseReturnValue:
    """Keeps dates, limits and hints."""
    found, form, plan = _exercise(name), Form(request.form), web.plan()
    wishes = timetables.read(form, plan.content.timetable(name), plan.zone)
    if not form.is_sound:
        return _page(found, form), 422
    with web.writing() as session:
        timetables.save(session, web.course().id, web.person().id, name, wishes, plan.zone)
    flash(f"The set-up of {found.title} is kept. Grades follow at once.", "right")
    return redirect(url_for("setup.exercises", slug=slug))


@bp.post("/courses/<slug>/setup/exercises/<name>/visibility")
@allow(InCourse(Action.SET_UP))
@rate("run")
def change_visibility(slug: str, name: str) -> ResponseReturnValue:
    """Hides an exercise at once, or publishes it when the gate lets it through."""
    found, wish = _exercise(name), request.form.get("visible")
    if wish not in ("yes", "no"):
        raise Invalid("Visible or hidden?", "Use one of the two buttons of the exercise's page.")
    course_id, by_id = web.course().id, web.person().id
    if wish == "yes" and found.version not in gate.proven(web.db(), course_id).get(name, ()):
        web.db().commit()  # nothing is held while the gate runs
        finding = gate.prove(web.plan().content, found)
        with web.writing() as session:
            gate.keep(session, course_id, by_id, found, finding)
        if not finding.passed:
            plan = web.plan()
            values = Wishes.of(plan.setups.get(name)).values(plan.zone)
            return _page(found, Form(values), finding), 422
    with web.writing() as session:
        timetables.set_hidden(session, course_id, by_id, name, hidden=wish == "no")
    told = "is hidden: students do not see it any more, and it does not count" if wish == "no" else (
        f"is published: its checks are proven over {gate.SEEDS} seeds"
    )  # fmt: skip
    flash(f"{found.title} {told}.", "right")
    return redirect(url_for("setup.exercises", slug=slug))


def _exercise(name: str) -> Exercise:
    found = web.plan().content.exercises.get(name)
    if found is None:
        raise NotThere("exercise")
    return found


def _page(exercise: Exercise, form: Form, finding: Finding | None = None) -> str:
    plan = web.plan()
    return render_template(
        "office/exercise.html",
        exercise=exercise,
        form=form,
        finding=finding,
        base=plan.content.timetable(exercise.name),
        hidden=plan.is_hidden(exercise.name),
        is_new=exercise.name in plan.new,
        zone=plan.zone,
        hints=timetables.HINTS,
        seeds=gate.SEEDS,
        proven=exercise.version in gate.proven(web.db(), web.course().id).get(exercise.name, ()),
    )
