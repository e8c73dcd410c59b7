"""The demo class in a database: graded for real or repeated, it is the same class, and every table agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from grader.course import Course as Content
from grader.course import load_course
from webapp.accounts.models import User
from webapp.accounts.services import user_by_email
from webapp.audit import Change
from webapp.courses.models import Course
from webapp.courses.setup import personal, plan_of
from webapp.database import Database, now
from webapp.demo.classes import ClassIsThere, grade_class, is_there, queue_class, repeat_class, story_of
from webapp.demo.edition import found
from webapp.demo.story import Story
from webapp.grades.models import Excuse, ExtensionGrant, HandScore, Rollup
from webapp.settings import Settings
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.progress import Progress, Trouble, fold
from webapp.submissions.receipts import read

ROOT = Path(__file__).resolve().parents[3]


def outcomes(database: Database, slug: str) -> Counter[tuple[Any, ...]]:
    """What became of each submission of an edition."""
    query = (
        select(
            User.name, Submission.exercise, Submission.received_at, Submission.digest, Submission.origin,
            Submission.status, Submission.score, Submission.max_score, Submission.diagnosis,
            Submission.exercise_version, Submission.state,
        )
        .join(Course, Course.id == Submission.course_id)
        .join(User, User.id == Submission.user_id)
        .where(Course.slug == slug)
    )  # fmt: skip
    with database.reading() as session:
        return Counter(tuple(row) for row in session.execute(query))


def progress(database: Database, slug: str) -> list[tuple[Any, ...]]:
    """Where each student stands, but for the ids."""
    columns = [column for column in Progress.__table__.c if column.name not in ("course_id", "user_id", "best_id")]
    query = (
        select(User.name, *columns)
        .join(User, User.id == Progress.user_id)
        .join(Course, Course.id == Progress.course_id)
    )
    with database.reading() as session:
        return sorted(tuple(row) for row in session.execute(query.where(Course.slug == slug)))


@pytest.mark.slow
def test_what_is_graded_and_what_is_repeated_is_the_same_class(
    empty: Database, settings: Settings, content: Content, story: Story, shown: Callable[..., Any]
) -> None:
    graded = grade_class(settings, empty, content, story, "graded", 1, shown)
    repeated = repeat_class(settings, empty, content, story, "repeated", 1, shown)
    assert graded == repeated
    assert sum(graded.statuses.values()) == len(story.handed_in)
    assert {"passed", "failed"} <= graded.statuses.keys()
    assert outcomes(empty, "graded") == outcomes(empty, "repeated")
    assert progress(empty, "graded") == progress(empty, "repeated")


@pytest.mark.slow
@pytest.mark.parametrize("make", [grade_class, repeat_class])
def test_every_submission_has_its_verdict_and_its_receipt(
    make: Callable[..., Any],
    empty: Database,
    settings: Settings,
    content: Content,
    story: Story,
    shown: Callable[..., Any],
) -> None:
    make(settings, empty, content, story, "demo", 1, shown)
    with empty.reading() as session:
        submissions = list(session.scalars(select(Submission)))
        for each in submissions:
            (verdict,) = each.verdicts
            assert verdict.report["status"] == each.status
            assert each.graded_at is not None
            assert timedelta(0) < each.graded_at - each.received_at < timedelta(seconds=10)
            receipt = read(each.receipt, settings.secret)
            assert receipt is not None
            assert (receipt.submission, receipt.digest, receipt.email) == (each.id, each.digest, each.user.email)
        assert len(submissions) == len(story.handed_in)
        assert [each.id for each in sorted(submissions, key=lambda each: each.id)] == [
            each.id for each in sorted(submissions, key=lambda each: (each.received_at, each.id))
        ]


@pytest.mark.slow
def test_progress_troubles_and_grades_are_those_that_the_workers_would_have_left(
    empty: Database, settings: Settings, content: Content, story: Story, shown: Callable[..., Any]
) -> None:
    repeat_class(settings, empty, content, story, "demo", 1, shown)
    before = progress(empty, "demo")
    with empty.writing() as session:
        troubles = session.scalar(select(func.sum(Trouble.times)))
        for key in list(session.execute(select(Progress.course_id, Progress.user_id, Progress.exercise))):
            fold(session, *key)
        assert session.scalar(select(func.sum(Trouble.times))) == troubles
        assert troubles == sum(each.diagnosis is not None for each in session.scalars(select(Submission)))
        assert session.scalar(select(func.count()).select_from(Rollup)) == len(story.people) + 1  # and the demo's own
    assert progress(empty, "demo") == before


@pytest.mark.slow
def test_a_class_that_waits_is_graded_by_the_workers_behind_everybody_else(
    empty: Database, settings: Settings, content: Content, story: Story, grade_all: Callable[[], int]
) -> None:
    ids = queue_class(empty, settings.secret, content, story)
    assert len(ids) == len(story.handed_in)
    with empty.reading() as session:
        assert set(session.execute(select(Submission.state, Submission.lane))) == {("queued", "regrades")}
    assert grade_all() == len(ids)
    with empty.reading() as session:
        assert session.scalar(select(func.count()).select_from(Verdict)) == len(ids)
    assert {status for *_, status in outcomes(empty, "demo")} == {"graded"}


def test_a_class_is_made_once(empty: Database, settings: Settings, content: Content, story: Story) -> None:
    with empty.reading() as session:
        assert not is_there(session)
    queue_class(empty, settings.secret, content, story)
    with empty.reading() as session:
        assert is_there(session)
    with pytest.raises(ClassIsThere, match="name another one: --course SLUG"):
        queue_class(empty, settings.secret, content, story)


def test_the_demo_s_student_begins_afresh_and_in_time(
    empty: Database, settings: Settings, content: Content, story: Story
) -> None:
    queue_class(empty, settings.secret, content, story)
    with empty.reading() as session:
        student = user_by_email(session, "student@example.org")
        assert student is not None
        assert not list(session.scalars(select(Submission).where(Submission.user_id == student.id)))
        course = session.scalars(select(Course).where(Course.slug == "demo")).one()
        plan = personal(session, course, plan_of(session, course, content), student)
        dues = [plan.timetable(name).due for name in content.exercises]
        assert all(due is not None and due > story.due["scale"] for due in dues)


def test_the_teaching_team_s_decisions_are_in_the_log(
    empty: Database, settings: Settings, content: Content, story: Story
) -> None:
    queue_class(empty, settings.secret, content, story)
    with empty.reading() as session:
        kinds = Counter(change.kind for change in session.scalars(select(Change)))
        by = {change.by.email for change in session.scalars(select(Change))}
        assert by == {"instructor@example.org"}
        for kind, table in (("score", HandScore), ("extension", ExtensionGrant), ("excuse", Excuse)):
            assert kinds[kind] == session.scalar(select(func.count()).select_from(table)) > 0
        assert kinds["exercise"] == len(content.exercises)
        assert kinds["announcement"] > 0


@pytest.mark.slow
def test_a_class_of_the_real_course_is_graded_for_real(
    bare: Database, settings: Settings, shown: Callable[..., Any]
) -> None:
    course = load_course(ROOT)
    found(bare, course)
    story = story_of(course, 6, 20, seed=1, today=now())
    made = grade_class(settings, bare, course, story, "demo", 1, shown)
    assert sum(made.statuses.values()) == 20
    assert "platform_error" not in made.statuses
    expected = Counter("passed" if each.file.kind == "right" else "wrong" for each in story.handed_in)
    assert made.statuses["passed"] == expected["passed"]
