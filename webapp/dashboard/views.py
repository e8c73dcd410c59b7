"""The teaching team's pages about the class: the overview, an exercise, a diagnosis, the students, one student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Final, cast, get_args

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from grader.course import Exercise
from webapp import audit, web
from webapp.authorisation import Action, InCourse, allow
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan, personal
from webapp.dashboard import charts, diagnoses, results, statistics, students, survey, words
from webapp.dashboard.positions import who_needs_help
from webapp.database import now
from webapp.grades.rollups import renew
from webapp.grades.services import grade_of
from webapp.grades.words import THE_STUDENT, explain
from webapp.problems import NotThere

COMMONEST: Final = 10
"""Diagnoses on the overview; the page of each exercise has all of its own."""
PAGE_OF_NEEDS: Final = 15
"""Students who need help on one page of the overview."""
CHANGES: Final = 50
"""Entries of the audit log on a student's page."""

bp = Blueprint("dashboard", __name__)


@bp.get("/courses/<slug>/class")
@allow(InCourse(Action.SEE_CLASS))
def overview(slug: str) -> ResponseReturnValue:
    """How the class is doing, what it gets wrong, and who needs help."""
    del slug  # web.course() is its course
    database, course, plan, moment, page = web.services().database, web.course(), web.plan(), now(), web.page_number()
    renew(database, course, plan, moment)
    size = survey.class_size(web.db(), course)
    outcomes, (found, common), needs, passing, grades = database.side_by_side(
        lambda session: survey.outcomes(session, course, plan, size),
        lambda session: _commonest(session, course, plan, moment),
        lambda session: who_needs_help(session, course, plan, moment),
        lambda session: survey.passing_quarters(session, course, plan),
        lambda session: survey.grades(session, course),
    )
    failures = sum(outcome.failures for outcome in outcomes)
    return render_template(
        "dashboard/overview.html",
        size=size,
        outcomes=outcomes,
        over_time=_over_time(passing, outcomes, size, plan.zone, moment),
        grades=_grades(grades, plan) if any(outcome.tried for outcome in outcomes) else None,
        diagnoses=common,
        more_diagnoses=max(len(found) - COMMONEST, 0),
        needs=needs[(page - 1) * PAGE_OF_NEEDS : page * PAGE_OF_NEEDS],
        needing=len(needs),
        page=page,
        pages=_pages(len(needs), PAGE_OF_NEEDS),
        waiting=survey.waiting(web.db(), course),
        failures=failures,
        failed=survey.failed(web.db(), course, plan) if failures else [],
        titles={name: each.title for name, each in plan.exercises.items()},
        zone=plan.zone,
        words=words,
    )


@bp.get("/courses/<slug>/class/exercises/<name>")
@allow(InCourse(Action.SEE_CLASS))
def exercise(slug: str, name: str) -> ResponseReturnValue:
    """How the class does in one exercise, and everyone's state in it."""
    del slug
    database, course, plan, moment = web.services().database, web.course(), web.plan(), now()
    found, page = _exercise(name), web.page_number()
    asked = request.args.get("state", "all")
    state = cast(results.State, asked if asked in get_args(results.State) else "all")
    size = survey.class_size(web.db(), course)
    tried, made, against_the_rest, checks, shown = database.side_by_side(
        lambda session: results.results(session, course, name),
        lambda session: _with_trends(session, course, diagnoses.of_class(session, course, {name: found}), moment),
        lambda session: results.against_the_rest(session, course, plan, name),
        lambda session: results.failing_checks(session, course, name),
        lambda session: results.page_of_students(session, course, name, state, page),
    )
    figures = results.Figures.of(tried, size)
    return render_template(
        "dashboard/exercise.html",
        exercise=found,
        times=plan.common(name),
        is_hidden=plan.is_hidden(name),
        figures=figures,
        discrimination=statistics.discrimination(against_the_rest),
        charts=_charts_of(tried, plan, name, moment),
        checks=checks,
        diagnoses=made,
        students=shown,
        state=state,
        counts=figures.counts,
        page=page,
        pages=_pages(figures.counts[state], results.PAGE),
        zone=plan.zone,
        words=words,
    )


@bp.get("/courses/<slug>/class/diagnoses/<exercise>/<diagnosis>")
@allow(InCourse(Action.SEE_CLASS))
def diagnosis(slug: str, exercise: str, diagnosis: str) -> ResponseReturnValue:
    """The students of whom a diagnosis was made, and their submissions."""
    del slug
    session, course, plan, found, page = web.db(), web.course(), web.plan(), _exercise(exercise), web.page_number()
    made, moment = diagnoses.of_class(session, course, {exercise: found}), now()
    known = next((each for each in made if each.name == diagnosis), None)
    if known is None and diagnoses.mistake(found, diagnosis) is None:
        raise NotThere("diagnosis")
    shown = known or diagnoses.named(found, diagnosis)
    [(_, trend)] = _with_trends(session, course, [shown], moment)
    return render_template(
        "dashboard/diagnosis.html",
        exercise=found,
        diagnosis=shown,
        over=trend.over,
        met=_met(diagnoses.days_of(session, course, shown, plan.zone), plan.zone, moment),
        affected=diagnoses.affected(session, course, shown, page),
        page=page,
        pages=_pages(shown.students, diagnoses.PAGE),
        zone=plan.zone,
        words=words,
    )


@bp.get("/courses/<slug>/class/students")
@allow(InCourse(Action.SEE_CLASS))
def class_list(slug: str) -> ResponseReturnValue:
    """All students, to find one."""
    del slug
    session, course, page = web.db(), web.course(), web.page_number()
    asked = request.args.get("q", "").replace("\0", "").strip()[:100]
    count = students.how_many(session, course, asked)
    return render_template(
        "dashboard/students.html",
        asked=asked,
        entries=students.entries(session, course, asked, page),
        count=count,
        page=page,
        pages=_pages(count, students.PAGE),
        exercises=sum(not web.plan().is_hidden(name) for name in web.plan().exercises),
        zone=web.plan().zone,
        words=words,
    )


@bp.get("/courses/<slug>/class/students/<int:number>")
@allow(InCourse(Action.SEE_CLASS))
def student(slug: str, number: int) -> ResponseReturnValue:
    """All of a student's work, and all that was decided about it."""
    del slug
    session, course, moment, page = web.db(), web.course(), now(), web.page_number()
    membership = _member(number)
    user = membership.user
    plan = personal(session, course, replace(web.plan(), extensions={}), user, staff=True)
    only = request.args.get("exercise")
    only = only if only in plan.exercises else None
    submissions, count = students.page_of_submissions(session, course, user, only, page)
    return render_template(
        "dashboard/student.html",
        student=user,
        membership=membership,
        grade=grade_of(session, course, plan, user, moment),
        explain=explain,
        voice=THE_STUDENT,
        work=students.work_of(session, course, plan, user),
        decisions=students.decisions_for(session, course, membership),
        changes=audit.history(session, course.id, user_id=user.id, limit=CHANGES),
        most_changes=CHANGES,
        submissions=submissions,
        only=only,
        count=count,
        exercises=plan.exercises,
        titles={
            (each.exercise, each.diagnosis): diagnoses.named(plan.exercises[each.exercise], each.diagnosis).title
            for each in submissions
            if each.diagnosis is not None and each.exercise in plan.exercises
        },
        page=page,
        pages=_pages(count, students.PAGE),
        moment=moment,
        zone=plan.zone,
        words=words,
    )


def _exercise(name: str) -> Exercise:
    exercise = web.plan().exercises.get(name)
    if exercise is None:
        raise NotThere("exercise")
    return exercise


def _member(number: int) -> Membership:
    membership = students.member(web.db(), web.course(), number) if number < 2**31 else None
    if membership is None:
        raise NotThere("student")
    return membership


def _pages(count: int, size: int) -> int:
    return -(-count // size)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _commonest(
    session: Session, course: Course, plan: Plan, moment: datetime
) -> tuple[list[diagnoses.Diagnosis], list[tuple[diagnoses.Diagnosis, diagnoses.Trend]]]:
    """All diagnoses of the class, and how the commonest go."""
    found = diagnoses.of_class(session, course, plan.exercises)
    return found, _with_trends(session, course, found[:COMMONEST], moment)


def _with_trends(
    session: Session, course: Course, shown: Sequence[diagnoses.Diagnosis], moment: datetime
) -> list[tuple[diagnoses.Diagnosis, diagnoses.Trend]]:
    trends = diagnoses.trends(session, course, shown, moment)
    return list(zip(shown, trends, strict=True))


def _over_time(
    quarters: Mapping[int, int], outcomes: Sequence[survey.Outcome], size: int, zone: tzinfo, moment: datetime
) -> charts.Figure | None:
    """The exercises with full marks of a student, on average, beside those that were due; None before the first."""
    passed = statistics.by_day(quarters, zone)
    if not passed or not size:
        return None
    today = _day(moment, zone)
    due: dict[date, list[str]] = {}
    for outcome in outcomes:
        if outcome.times.due is not None and not outcome.is_hidden:
            due.setdefault(_day(outcome.times.due, zone), []).append(outcome.exercise.title)
    coming = min((day for day in due if day > today), default=today)
    first, last = min([*passed, *(day for day in due if day <= today), today]), max(coming, *passed)
    days = statistics.each_day(first, last)
    totals = statistics.running_total(passed, first, last)
    series: dict[str, Sequence[float | None]] = {
        "with full marks, on average": [
            round(total / size, 3) if day <= today else None for day, total in zip(days, totals, strict=True)
        ]
    }
    if due:
        counts = {day: len(titles) for day, titles in due.items()}
        series["due by then"] = list(statistics.running_total(counts, first, last))
    marked = {day: "; ".join(titles) for day, titles in due.items() if first <= day <= last}
    return charts.over_days("The class against the deadlines", days, series, "Exercises of a student", marked)


def _grades(grades: survey.Grades, plan: Plan) -> charts.Figure | None:
    if not grades.low:
        return None
    top = float(plan.content.grade.scale.top)
    series = {
        "certain already": statistics.of_grades(grades.low, top),
        "still possible": statistics.of_grades(grades.high, top),
    }
    return charts.grouped("Grades so far", series, "Grade")


def _charts_of(tried: Sequence[results.Result], plan: Plan, name: str, moment: datetime) -> list[charts.Figure]:
    """The charts of an exercise; none before somebody has tried it."""
    if not tried:
        return []
    today, due = _day(moment, plan.zone), plan.common(name).due
    started = Counter(_day(each.first_at, plan.zone) for each in tried)
    passed = Counter(_day(each.passed_at, plan.zone) for each in tried if each.passed_at is not None)
    dues = {_day(due, plan.zone): plan.exercises[name].title} if due is not None else {}
    first = min([*started, today])
    last = max([*dues, today, *passed])
    days = statistics.each_day(first, last)
    series: dict[str, Sequence[float | None]] = {
        title: [total if day <= today else None for day, total in zip(days, totals, strict=True)]
        for title, totals in (
            ("have started", statistics.running_total(started, first, last)),
            ("have full marks", statistics.running_total(passed, first, last)),
        )
    }
    dues = {day: title for day, title in dues.items() if first <= day}
    shares = Counter(each.share for each in tried if each.share is not None)
    return [
        charts.over_days("Started and passed", days, series, "Students", dues),
        charts.bars("Best scores", statistics.of_scores(shares), "Share of the points"),
        charts.bars("Attempts to full marks", statistics.of_attempts(results.attempts_of(tried)), "Attempts"),
        charts.bars("Time to full marks", statistics.of_durations(results.times_of(tried)), "From the first attempt"),
    ]


def _met(days: Mapping[date, int], zone: tzinfo, moment: datetime) -> charts.Figure | None:
    """How many students have met a diagnosis, over the days; None while nobody has."""
    if not days:
        return None
    first, last = min(days), max([_day(moment, zone), *days])
    totals = statistics.running_total(days, first, last)
    series = {"have met it": totals}
    return charts.over_days("Students who have met it", statistics.each_day(first, last), series, "Students", {})
