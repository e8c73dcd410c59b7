"""The best attempt, where the points of an exercise have changed between attempts: one for all who ask."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import now
from webapp.submissions.models import Submission
from webapp.submissions.progress import Progress
from webapp.submissions.services import NOT_STARTED, Standing, standings

BEGIN = now() - timedelta(days=1)


@pytest.fixture
def hand_in(put, settle, report):
    """Gives ana graded attempts at scale, each of so many points out of so many; gives their ids."""

    def run(*attempts):
        ids = []
        for minutes, (score, most) in enumerate(attempts):
            ids.append(put(source=str(minutes), received_at=BEGIN + timedelta(minutes=minutes)))
            status = "passed" if score == most else "failed"
            settle(ids[-1], replace(report, score=score, max_score=most, status=status, exercise_version=f"v{most}"))
        return ids

    return run


@pytest.fixture
def standing(database):
    """Where ana stands in scale."""

    def run():
        with database.reading() as session:
            ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
            course = session.scalars(select(Course).where(Course.slug == "small")).one()
            return standings(session, course, ana).get("scale", NOT_STARTED)

    return run


@pytest.mark.parametrize(
    ("attempts", "best", "state"),
    [
        ([(10, 10), (8, 20), (12, 30)], (10, 10), "passed"),
        ([(8, 20), (30, 30), (10, 10)], (30, 30), "passed"),
        ([(12, 30), (9, 20), (3, 10)], (9, 20), "tried"),
        ([(1, 3), (10, 30)], (1, 3), "tried"),
        ([(10, 30), (1, 3)], (10, 30), "tried"),
        ([(0, 4), (0, 8)], (0, 4), "tried"),
    ],
)
def test_one_stands_by_the_highest_share_the_earliest_of_equals(hand_in, standing, attempts, best, state) -> None:
    hand_in(*attempts)
    assert standing() == Standing(len(attempts), 0, Decimal(best[0]), Decimal(best[1]))
    assert standing().state == state


def test_what_waits_has_no_best(put, standing) -> None:
    assert standing() == NOT_STARTED
    put()
    put()
    assert standing() == Standing(2, 2, None, None)


def test_the_course_counts_full_marks_that_were_reached_when_there_were_fewer_points(hand_in, browser) -> None:
    hand_in((10, 10), (8, 20), (12, 30))
    page = browser("ana").get("/courses/small/").get_data(as_text=True)
    assert re.search(r"1 of \d+ exercises with full marks", page)


def test_the_list_of_attempts_marks_the_one_with_the_highest_share(hand_in, browser) -> None:
    hand_in((10, 10), (12, 30))
    page = browser("ana").get("/courses/small/exercises/scale/submissions").get_data(as_text=True)
    assert page.count("Your best: ") == 1
    assert re.search(r"Your best: </span></span> .*10 of 10", page)


def test_the_api_gives_the_score_and_the_maximum_of_one_attempt(hand_in, app, bearer) -> None:
    hand_in((10, 10), (12, 30))
    (scale,) = (
        each
        for each in app.test_client().get("/api/v1/exercises", headers=bearer("ana")).json["exercises"]
        if each["name"] == "scale"
    )
    assert (scale["best_score"], scale["max_score"], scale["state"]) == (10, 10, "passed")


def test_the_score_of_an_attempt_that_is_graded_once_more_counts_on(database, hand_in, standing) -> None:
    best = hand_in((4, 4))[0]
    with database.writing() as session:
        session.get_one(Submission, best).state = "queued"
    hand_in((1, 4), (2, 4))
    assert standing() == Standing(3, 0, Decimal(4), Decimal(4))
    with database.reading() as session:
        progress = session.scalars(select(Progress)).one()
    assert (progress.best_id, progress.passed_at, progress.graded, progress.since_best) == (best, BEGIN, 3, 1)


def test_an_attempt_out_of_nothing_is_no_best_before_another(database, put, hand_in, standing) -> None:
    broken = put(received_at=BEGIN - timedelta(hours=1))
    with database.writing() as session:
        row = session.get_one(Submission, broken)
        row.state, row.score, row.max_score = "graded", Decimal(0), Decimal(0)
    hand_in((1, 4))
    assert standing() == Standing(2, 0, Decimal(1), Decimal(4))
