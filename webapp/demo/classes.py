"""The demo class in a database: the people, what they handed in, and what the teaching team decided.

Its submissions get their verdicts in one of three ways: the workers of a platform grade them (`waiting` rows in the
lane of regrades, which let everybody else pass), this process grades them on all its processors, or each distinct file
is graded once and its report repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.course import CourseError
from grader.crew import grade_all
from grader.docket import Job
from grader.grading import Submission as Work
from grader.report import Report
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan, plan_of
from webapp.database import Database, now
from webapp.demo import office, repeats
from webapp.demo.edition import SLUG, edition, join
from webapp.demo.files import File, files_of
from webapp.demo.story import Story, tell
from webapp.grades.rollups import current
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket, seed_of
from webapp.submissions.models import Lane
from webapp.submissions.services import HandIn, entered, new_id

TERM: Final = timedelta(days=35)
"""How long ago the class was enrolled."""
PATIENCE: Final = 5
"""As if their messages had been sent so often: a queue that is long from the beginning is no sign of lost ones."""
GRADED_AFTER: Final = timedelta(milliseconds=40)

Shown = Callable[[str, int], AbstractContextManager[Callable[[], Any]]]
"""Shows how far something has come: what, of how many; gives a function to call after each."""


class ClassIsThere(Exception):
    """The edition has a demo class already."""


class NotGraded(Exception):
    """Our grader failed where a report was to be repeated."""


@dataclass(frozen=True)
class Made:
    """What was made: submissions by status, and the distinct files that were graded."""

    students: int
    statuses: Mapping[str, int]
    distinct: int


def story_of(content: Content, students: int, submissions: int, seed: int, today: datetime) -> Story:
    """The story of a class. Raises CourseError for a course without its hidden half."""
    missing = [name for name, exercise in content.exercises.items() if exercise.hidden is None]
    if missing:
        raise CourseError(
            f"{content.path / 'reference'} has no folder for {', '.join(missing)}: a demo class is made of mistakes and "
            "solutions, which stand there"
        )
    files = {name: files_of(exercise) for name, exercise in content.exercises.items()}
    return tell(content, files, students, submissions, seed, today)


def is_there(session: Session, slug: str = SLUG) -> bool:
    """Whether the edition has a demo class."""
    query = select(User.id).where(User.email.endswith(_address("", slug), autoescape=True))
    return session.scalar(query.limit(1)) is not None


def _address(login: str, slug: str) -> str:
    return f"{login}@{slug}.example.org"


def queue_class(database: Database, secret: str, content: Content, story: Story, slug: str = SLUG) -> list[str]:
    """Makes the class and leaves the grading to the workers; gives the submissions' ids. Raises ClassIsThere."""
    with database.writing() as session:
        course, users = _enrol(session, slug, content, story)
        return _enter(session, secret, course, content, story, users, "regrades")


def grade_class(
    settings: Settings, database: Database, content: Content, story: Story, slug: str, jobs: int, shown: Shown
) -> Made:
    """Makes the class and grades every submission, on `jobs` processes. Raises ClassIsThere."""
    secret = settings.require_secret()
    with database.writing() as session:
        course, users = _enrol(session, slug, content, story)
        ids = _enter(session, secret, course, content, story, users, "submissions")
    works = [_work(content, each.file, seed_of(id, secret)) for each, id in zip(story.handed_in, ids, strict=True)]
    docket = DatabaseDocket(settings)
    statuses = Counter[str]()
    with shown("grading", len(works)) as advance:
        for place, report in grade_all(works, jobs):
            statuses[report.status] += 1
            if report.status != "platform_error":  # the workers of the platform will try again
                at = story.handed_in[place].at + GRADED_AFTER
                docket.settle(Job(ids[place], "", works[place]), report, at)
            advance()
    docket.close()
    return _made(database, course, content, story, statuses)


def repeat_class(
    settings: Settings, database: Database, content: Content, story: Story, slug: str, jobs: int, shown: Shown
) -> Made:
    """Makes the class, grades each distinct file once and repeats its report. Raises ClassIsThere, NotGraded."""
    secret = settings.require_secret()
    files = list(dict.fromkeys(each.file for each in story.handed_in))
    works = [_work(content, file, seed_of(new_id(), secret)) for file in files]
    reports: dict[File, Report] = {}
    with shown("grading", len(files)) as advance:
        for place, report in grade_all(works, jobs):
            if report.status == "platform_error":
                raise NotGraded(report.message)
            reports[files[place]] = report
            advance()
    with shown("storing", len(story.handed_in)) as advance, database.writing() as session:
        course, users = _enrol(session, slug, content, story)
        repeats.keep(session, secret, course, users, story.handed_in, reports, advance)
    statuses = Counter[str](reports[each.file].status for each in story.handed_in)
    return _made(database, course, content, story, statuses)


def _enrol(session: Session, slug: str, content: Content, story: Story) -> tuple[Course, list[User]]:
    """The edition, and its students in the story's order; the teaching team has decided what it decides."""
    course = edition(session, slug, content)
    if is_there(session, slug):
        raise ClassIsThere(f"the edition {slug!r} has a demo class already; name another one: --course SLUG")
    instructor, since = join(session, course), now() - TERM
    accounts = [{"email": _address(each.login, slug), "name": each.name, "created_at": since} for each in story.people]
    users = list(session.scalars(insert(User).returning(User, sort_by_parameter_order=True), accounts))
    seats = [
        {"course_id": course.id, "user_id": user.id, "role": "student", "group": person.group, "created_at": since}
        for user, person in zip(users, story.people, strict=True)
    ]
    session.execute(insert(Membership), seats)
    people = {user.id: person for user, person in zip(users, story.people, strict=True)}
    office.decide(session, course, Plan(content), people, story.due, instructor.id)
    return course, users


def _enter(
    session: Session, secret: str, course: Course, content: Content, story: Story, users: Sequence[User], lane: Lane
) -> list[str]:
    """Puts the submissions into a lane of the queue; gives their ids, in the story's order."""
    rows = []
    for student, file, at, origin in story.handed_in:
        work = HandIn(file.source, f"{file.exercise}.py", origin)
        row = entered(secret, course, content.exercise(file.exercise), users[student], work, at)
        row.lane, row.sent_at, row.sendings = lane, now(), PATIENCE
        rows.append(row)
    session.add_all(rows)
    return [row.id for row in rows]


def _work(content: Content, file: File, seed: int) -> Work:
    return Work(file.source, content.exercise(file.exercise), f"{file.exercise}.py", seed)


def _made(database: Database, course: Course, content: Content, story: Story, statuses: Counter[str]) -> Made:
    """What was made, once the grades of all are rolled up: the first page need not do it."""
    with database.reading() as session:
        plan = plan_of(session, course, content)
    current(database, course, plan, now())
    return Made(len(story.people), dict(statuses), len({each.file for each in story.handed_in}))
