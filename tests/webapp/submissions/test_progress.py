"""Progress and troubles: what a class is read from agrees with the submissions, in whatever order they are graded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from alembic import command
from alembic.migration import MigrationContext
from sqlalchemy import select

from webapp import schema
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import Database, now
from webapp.submissions.models import Submission
from webapp.submissions.progress import Progress, Trouble, fold

BEGIN = now() - timedelta(days=1)


def revise(database: Database, revision: str) -> None:
    """Brings the schema to a revision, up or down."""
    with database.engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        context = MigrationContext.configure(connection)
        step = command.upgrade if (context.get_current_revision() or "") < revision else command.downgrade
        step(config, revision)


@pytest.fixture
def attempts(database: Database):
    """Keeps ana's attempts at scale as (score or None, diagnosis, and the maximum where it is not 4), a minute apart.

    It gives what is kept of them.
    """

    def keep(*rows):
        with database.writing() as session:
            ana = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()
            course = session.scalars(select(Course.id).where(Course.slug == "small")).one()
            session.add_all(
                Submission(
                    id=f"{number:026}", course_id=course, user_id=ana, exercise="scale", filename="a.py", source=b"",
                    digest="d", origin="editor", receipt="r", lane="submissions", failures=0,
                    received_at=BEGIN + timedelta(minutes=number),
                    state="queued" if score is None else "graded",
                    score=None if score is None else Decimal(score),
                    max_score=None if score is None else Decimal(most[0] if most else 4), diagnosis=diagnosis,
                )
                for number, (score, diagnosis, *most) in enumerate(rows)
            )  # fmt: skip
            fold(session, course, ana, "scale")
            fold(session, course, ana, "scale")
        with database.reading() as session:
            return session.scalars(select(Progress)).one_or_none(), list(session.scalars(select(Trouble)))

    return keep


def test_the_best_attempt_and_what_came_after_it(attempts) -> None:
    progress, _ = attempts((1, None), (3, None), (3, None), (2, None))
    assert (progress.attempts, progress.graded, progress.best_score, progress.best_id) == (4, 4, 3, f"{1:026}")
    assert progress.since_best == 2
    assert progress.passed_at is None


def test_passing_is_the_first_time_at_full_marks(attempts) -> None:
    progress, _ = attempts((2, None), (4, None), (4, None))
    assert progress.passed_at == BEGIN + timedelta(minutes=1)
    assert progress.attempts_to_pass == 2


def test_what_waits_counts_as_an_attempt_without_a_score(attempts) -> None:
    progress, troubles = attempts((None, None))
    assert (progress.attempts, progress.graded, progress.best_score, troubles) == (1, 0, None, [])


def test_each_diagnosis_is_counted_with_its_last_submission(attempts) -> None:
    _, troubles = attempts((1, "sign"), (2, "axis"), (1, "sign"))
    assert {(each.diagnosis, each.times, each.last_id) for each in troubles} == {
        ("sign", 2, f"{2:026}"),
        ("axis", 1, f"{1:026}"),
    }


def test_without_submissions_nothing_is_kept(attempts) -> None:
    assert attempts() == (None, [])


def test_the_best_is_so_by_the_share_of_its_own_maximum(attempts) -> None:
    progress, _ = attempts((10, None, 10), (8, None, 20), (12, None, 30))
    assert (progress.best_score, progress.max_score, progress.best_id) == (10, 10, f"{0:026}")
    assert (progress.since_best, progress.passed_at) == (2, BEGIN)


def test_of_equal_shares_the_earliest_is_the_best(attempts) -> None:
    progress, _ = attempts((1, None, 3), (10, None, 30), (2, None, 6))
    assert (progress.best_score, progress.max_score, progress.best_id) == (1, 3, f"{0:026}")


def test_what_was_kept_before_the_best_went_by_shares_is_folded_anew(attempts, database) -> None:
    right, _ = attempts((10, None, 10), (8, None, 20), (12, None, 30))
    with database.writing() as session:
        kept = session.scalars(select(Progress)).one()
        kept.best_id, kept.best_score, kept.max_score, kept.since_best = f"{2:026}", Decimal(12), Decimal(30), 0
    revise(database, "0006")
    revise(database, "0007")
    with database.reading() as session:
        found = session.scalars(select(Progress)).one()
    for column in Progress.__table__.columns:
        assert getattr(found, column.name) == getattr(right, column.name), column.name
