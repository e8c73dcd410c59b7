"""What a teaching team waits for: `python -m benchmarks.gradebook`.

A demo class is made in a PostgreSQL of our own, and a small one in SQLite. Then, through the real application:

    pages     every page of the instructors' part, by the routes that there are
    export    the gradebook in each format
    a verdict from the end of a grading to a gradebook that shows it

What is measured is the application's own time, from the request to the whole answer; the network is left out.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, Final

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from benchmarks.postgresql import private_server
from grader.cli.common import Failure, finish, json_option, print_json, progress_bar
from grader.course import Course as Content
from grader.course import load_course
from grader.crew import cores
from grader.docket import Job
from grader.grading import Submission as Work
from grader.grading import final_report, grade
from grader.sandbox import Sandbox
from webapp.accounts.models import User
from webapp.accounts.services import new_session
from webapp.courses.models import Course, Membership
from webapp.courses.setup import plan_of
from webapp.database import Database, now
from webapp.demo import SLUG
from webapp.demo.classes import repeat_class, story_of
from webapp.demo.edition import found as found_demo
from webapp.factory import create_app
from webapp.gradebook.exports import FORMATS
from webapp.grades.models import Rollup
from webapp.grades.rollups import make_stale
from webapp.schema import upgrade
from webapp.serving.web import spare_the_collector
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket, seed_of
from webapp.submissions.models import Submission
from webapp.submissions.progress import Progress, Trouble
from webapp.submissions.services import HandIn, accept

ROOT: Final = Path(__file__).resolve().parent.parent
FEATURES: Final = ("dashboard", "gradebook", "setup")
"""The blueprints of the instructors' part."""
ALSO: Final = ("submissions.submission", "courses.course")
"""Pages of the students' part that instructors open all the time."""
EXPORT: Final = "gradebook.export"
VIEWS: Final = {
    "gradebook.gradebook": ("show=all", "rows=all", "sort=grade&order=down", "find=garcia", "group=Group+A")
}
"""More ways to ask for a page."""
PAGE_MS, EXPORT_S, VERDICT_MS = 300, 5, 300
ANEW_S: Final = 10
"""The first page after all grades have changed at once, where the workers were not quicker; a second a thousand students,
and as much again for the attempts that a class of a million submissions brings."""
COMPONENT: Final = "platform"
"""The key of the component that holds the exercises."""
SMALL: Final = 200
"""The students of the class in SQLite."""
SECRET: Final = "a secret of benchmarks, which is long enough to be one"


@dataclass(frozen=True)
class Class:
    """A class that is there: the application over it, and what its addresses are made of."""

    app: Flask
    settings: Settings
    database: Database
    content: Content
    course: Course
    filled_s: float
    values: Mapping[str, Any]

    @contextmanager
    def instructor(self) -> Iterator[FlaskClient]:
        """A browser in which the instructor is signed in."""
        with self.database.reading() as session:
            user = session.scalars(select(User).where(User.email == "instructor@example.org")).one()
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(new_session(user.id, user.epoch))
        yield client


@contextmanager
def filled(url: str, students: int, submissions: int) -> Iterator[Class]:
    """A class of that size in an empty database."""
    home = Path(tempfile.mkdtemp(prefix="chainrule-benchmark-"))
    settings = Settings(home=home, secret=SECRET, database_url=url or f"sqlite:///{home / 'chainrule.db'}")
    database = Database(settings.database_url)
    try:
        began = time.perf_counter()
        upgrade(database)
        content = load_course(ROOT)
        found_demo(database, content)
        story = story_of(content, students, submissions, seed=1, today=now())
        repeat_class(settings, database, content, story, SLUG, cores(), progress_bar)
        filled_s = time.perf_counter() - began
        app = create_app(settings)
        spare_the_collector()
        with database.reading() as session:
            course = session.scalars(select(Course).where(Course.slug == SLUG)).one()
            yield Class(app, settings, database, content, course, filled_s, _values(database))
        app.extensions["chainrule"].database.close()
    finally:
        database.close()
        shutil.rmtree(home)


def _values(database: Database) -> dict[str, Any]:
    """What addresses are made of: the commonest mistake, and the student who has handed in most."""
    with database.reading() as session:
        count = func.count()
        exercise, diagnosis = session.execute(
            select(Trouble.exercise, Trouble.diagnosis)
            .group_by(Trouble.exercise, Trouble.diagnosis)
            .order_by(count.desc())
            .limit(1)
        ).one()
        student = session.scalars(
            select(Progress.user_id).group_by(Progress.user_id).order_by(func.sum(Progress.attempts).desc()).limit(1)
        ).one()
        submission = session.scalars(select(Submission.id).where(Submission.user_id == student).limit(1)).one()
    return {
        "slug": SLUG, "name": exercise, "exercise": exercise, "diagnosis": diagnosis, "number": student, "id": submission
    }  # fmt: skip


def addresses(app: Flask, values: Mapping[str, Any]) -> dict[str, str]:
    """Every page of the instructors' part by its name, as the routes have it; the export is no page."""
    found = {}
    for rule in app.url_map.iter_rules():
        is_theirs = rule.endpoint.split(".")[0] in FEATURES and rule.endpoint != EXPORT
        if "GET" not in (rule.methods or ()) or not (is_theirs or rule.endpoint in ALSO):
            continue
        if unknown := rule.arguments - values.keys():
            raise Failure(f"{rule.endpoint} needs {', '.join(sorted(unknown))}: add it to the values of addresses", 3)
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        found[rule.endpoint] = address
        found |= {f"{rule.endpoint} {view}": f"{address}?{view}" for view in VIEWS.get(rule.endpoint, ())}
    return found


def timed(client: FlaskClient, address: str, runs: int) -> dict[str, Any]:
    """The median and the slowest of some requests, after one that warms up."""
    durations = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        answer = client.get(address)
        data = answer.get_data()
        durations.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise Failure(f"{address} answered {answer.status}", 3)
        answer.close()
    first, *others = durations
    return {
        "p50_ms": round(1000 * median(others), 1),
        "max_ms": round(1000 * max(others), 1),
        "first_ms": round(1000 * first, 1),
        "kb": round(len(data) / 1000, 1),
    }


def verdict(of: Class, client: FlaskClient) -> dict[str, Any]:
    """Milliseconds to settle a verdict and to show the gradebook with it, for a student's first right answer."""
    exercise = of.content.exercises[list(of.content.exercises)[-1]]
    assert exercise.hidden is not None
    source = (exercise.hidden / "solution.py").read_bytes()
    with of.database.reading() as session:
        begun = select(Progress.user_id).where(Progress.exercise == exercise.name)
        members = select(Membership.user_id).where(Membership.course_id == of.course.id, Membership.role == "student")
        user = session.scalars(select(User).where(User.id.in_(members), User.id.not_in(begun)).limit(1)).one()
        plan = plan_of(session, of.course, of.content)
    hand_in = HandIn(source, f"{exercise.name}.py", "api")
    submission, _ = accept(of.database, of.settings.secret, of.course, plan, exercise, user, hand_in)
    with Sandbox() as sandbox:
        seed = seed_of(submission.id, of.settings.secret)
        work = Work(source, exercise, f"{exercise.name}.py", seed)
        report = final_report(grade(work, sandbox))
    docket = DatabaseDocket(of.settings)
    before = _rollup(of, user)
    began = time.perf_counter()
    docket.settle(Job(submission.id, "", work), report)
    settled = time.perf_counter()
    client.get(f"/courses/{SLUG}/gradebook").close()
    shown = time.perf_counter()
    docket.close()
    after = _rollup(of, user)
    return {
        "settle_ms": round(1000 * (settled - began), 1),
        "page_ms": round(1000 * (shown - settled), 1),
        "is_in": bool(after[0] > before[0] and after[1] > before[1]),
    }


def _rollup(of: Class, user: User) -> tuple[datetime, Fraction]:
    """When a student's grade was computed last, and how high it is at least, which nothing has rounded."""
    with of.database.reading() as session:
        row = session.get_one(Rollup, (of.course.id, user.id))
        return row.computed_at, Fraction(row.document[COMPONENT][0])


def all_anew(of: Class, client: FlaskClient) -> float:
    """Seconds until the gradebook is there when every grade has to be computed anew, as after a change of dates."""
    with of.database.writing() as session:
        make_stale(session, of.course.id)
    began = time.perf_counter()
    client.get(f"/courses/{SLUG}/gradebook").close()
    return time.perf_counter() - began


def measure(url: str, students: int, submissions: int, runs: int) -> dict[str, Any]:
    """All figures of one class in one database."""
    with filled(url, students, submissions) as of, of.instructor() as client:
        found = addresses(of.app, of.values)
        pages, export = {}, {}
        with progress_bar("measuring", len(found) + len(FORMATS)) as advance:
            for name, address in found.items():
                pages[name] = timed(client, address, runs)
                advance()
            for name in FORMATS:
                export[name] = timed(client, f"/courses/{SLUG}/gradebook/export?format={name}", 3)
                advance()
        return {
            "students": students,
            "submissions": submissions,
            "filled_s": round(of.filled_s, 1),
            "pages": pages,
            "export": export,
            "verdict": verdict(of, client),
            "all_anew_s": round(all_anew(of, client), 1),
        }


def targets(kind: str, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What we promise, and whether it is kept."""

    def at_most(name: str, target: float, measured: float) -> dict[str, Any]:
        return {"name": f"{kind}: {name}", "target": target, "measured": measured, "reached": measured <= target}

    slowest = max(figures["pages"], key=lambda name: figures["pages"][name]["p50_ms"])
    exports = [
        at_most(f"export as {name}, s", EXPORT_S, round(each["p50_ms"] / 1000, 2))
        for name, each in figures["export"].items()
    ]
    verdict_ms = figures["verdict"]["page_ms"] if figures["verdict"]["is_in"] else float("inf")
    return [
        at_most(f"slowest page, median ms ({slowest})", PAGE_MS, figures["pages"][slowest]["p50_ms"]),
        *exports,
        at_most("gradebook after a new verdict, ms", VERDICT_MS, verdict_ms),
        at_most("gradebook with all grades anew, s", ANEW_S, figures["all_anew_s"]),
    ]


@click.command()
@click.option("--students", default=5000, show_default=True, help="Students of the class in PostgreSQL.")
@click.option("--submissions", default=1_000_000, show_default=True, help="What they have handed in.")
@click.option("--runs", default=7, show_default=True, help="Requests for each page.")
@json_option
def main(students: int, submissions: int, runs: int, as_json: bool) -> None:
    """Measure the instructors' pages, the export, and how soon a verdict is in the gradebook.

    Example: python -m benchmarks.gradebook --students 500 --submissions 20000
    """
    small = min(SMALL, students)
    with private_server() as url:
        document: dict[str, Any] = {"postgresql": measure(url, students, submissions, runs)}
    document["sqlite"] = measure("", small, submissions * small // students, runs)
    document["targets"] = [target for kind, figures in document.items() for target in targets(kind, figures)]
    if as_json:
        print_json(document)
    else:
        _tell(document)
    finish(0 if all(each["reached"] for each in document["targets"]) else 1)


def _tell(document: Mapping[str, Any]) -> None:
    for kind in ("postgresql", "sqlite"):
        figures = document[kind]
        click.echo(
            f"{kind}: {figures['students']:,} students, {figures['submissions']:,} submissions, made in "
            f"{figures['filled_s']:g} s; all grades anew in {figures['all_anew_s']:g} s"
        )
        for name, each in {
            **figures["pages"],
            **{f"export {name}": each for name, each in figures["export"].items()},
        }.items():
            click.echo(f"  {name:45} {each['p50_ms']:>9} ms  (slowest {each['max_ms']:g}, {each['kb']:g} kB)")
    for each in document["targets"]:
        word = "reached" if each["reached"] else "MISSED"
        click.echo(f"{each['name']:60} {each['measured']:>9} (target {each['target']}) {word}")


if __name__ == "__main__":
    main()
