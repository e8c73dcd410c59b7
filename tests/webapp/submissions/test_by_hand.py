"""A submission at which our side fails again and again: what staff read, and the score that they set without a verdict."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from webapp.accounts.models import User
from webapp.audit import Change
from webapp.courses.models import Course
from webapp.courses.setup import plan_of
from webapp.database import now
from webapp.grades.services import grade_of
from webapp.submissions.docket import LONGEST_REASON, LONGEST_S, LONGEST_STUBBORN_S, DatabaseDocket, pause_s
from webapp.submissions.models import Submission
from webapp.submissions.progress import Progress
from webapp.submissions.services import Standing, standings

BROKEN = "ZeroDivisionError: division by <zero>"
REASON = "Our checks do not get on with your file; I have read it."


@pytest.fixture
def docket(settings):
    made = DatabaseDocket(settings)
    yield made
    made.close()


@pytest.fixture
def fail(docket, database):
    """Lets our side fail at a submission so many times."""

    def run(id, times=3, reason=BROKEN):
        for _ in range(times):
            job = docket.claim(id)
            docket.give_back(job, reason)
            with database.writing() as session:
                session.execute(update(Submission).values(not_before=None))
        return id

    return run


@pytest.fixture
def override(browser):
    """Sets a score by hand."""

    def run(id, score="3.5", name="ines", **fields):
        return browser(name).post(f"/submissions/{id}/override", {"score": score, "reason": REASON, **fields})

    return run


@pytest.fixture
def row_of(database):
    """A submission as it stands in the database."""

    def read(id):
        with database.reading() as session:
            return session.get_one(Submission, id)

    return read


@pytest.fixture
def read(browser):
    """A page as the words on it."""

    def run(path, name="ines"):
        answer = browser(name).get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())

    return run


@pytest.fixture
def ana(database, app):
    """Where ana stands: in scale, and in the grade of the course as its lowest and its highest share for scale."""

    def run():
        with database.reading() as session:
            course = session.scalars(select(Course).where(Course.slug == "small")).one()
            person = session.scalars(select(User).where(User.email == "ana@example.org")).one()
            plan = plan_of(session, course, app.extensions["chainrule"].library.content(course.path))
            grade = grade_of(session, course, plan, person, now())
            return standings(session, course, person)["scale"], grade.range_of("scale")

    return run


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 2), (5, 32), (9, LONGEST_S), (10, 1024), (11, 2048), (12, LONGEST_STUBBORN_S)]
)
def test_our_side_tries_ever_less_often_and_at_least_once_an_hour(failures, seconds) -> None:
    assert pause_s(failures) == seconds
    assert pause_s(10_000) == LONGEST_STUBBORN_S


@pytest.mark.parametrize(
    ("reason", "kept"),
    [(BROKEN, BROKEN), ("a\0b\ud800", "a?b?"), ("x" * 5000, "x" * LONGEST_REASON)],
    ids=["plain", "no text for a database", "long"],
)
def test_the_last_reason_why_our_side_failed_is_kept(put, fail, row_of, reason, kept) -> None:
    id = fail(fail(put(), 1, "another"), 1, reason)
    assert (row_of(id).failures, row_of(id).failure, row_of(id).state) == (2, kept, "queued")


def test_the_api_gives_a_score_by_hand_before_there_is_a_verdict(put, fail, override, app, bearer) -> None:
    override(id := fail(put()))
    answer = app.test_client().get(f"/api/v1/submissions/{id}", headers=bearer("ana")).json
    assert (answer["state"], answer["report"]) == ("queued", None)
    assert answer["override"] == {"score": 3.5, "reason": REASON}


def test_a_score_by_hand_counts_before_there_is_a_verdict(put, fail, override, row_of, ana, database) -> None:
    id = fail(put())
    assert ana() == (Standing(1, 1, None, None), (0, 1))
    assert override(id).status_code == 302
    row = row_of(id)
    assert (row.state, row.score, row.max_score, row.status) == ("queued", Decimal("3.5"), Decimal(4), None)
    assert ana() == (Standing(1, 0, Decimal("3.5"), Decimal(4)), (Decimal("0.875"), Decimal("0.875")))
    with database.reading() as session:
        progress = session.scalars(select(Progress)).one()
        change = session.scalars(select(Change)).one()
    assert (progress.best_id, progress.best_score, progress.graded, progress.passed_at) == (id, Decimal("3.5"), 1, None)
    assert (change.before, change.after) == ({"score": None}, {"score": "3.5", "reason": REASON})


def test_full_marks_by_hand_pass_without_a_verdict(put, fail, override, row_of, ana, database) -> None:
    id = fail(put())
    override(id, "4")
    assert ana()[0].state == "passed"
    with database.reading() as session:
        progress = session.scalars(select(Progress)).one()
    assert (progress.passed_at, progress.attempts_to_pass) == (row_of(id).received_at, 1)


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_before_our_side_has_failed_three_times_the_verdict_is_waited_for(
    put, fail, override, row_of, failures
) -> None:
    id = fail(put(), failures)
    assert override(id).status_code == 422
    assert row_of(id).score is None


@pytest.mark.parametrize("score", ["4.5", "-1", "x", ""])
def test_it_is_a_score_out_of_the_points_of_the_exercise(put, fail, override, row_of, score) -> None:
    id = fail(put())
    assert override(id, score).status_code == 422
    assert row_of(id).score is None


def test_it_can_be_set_while_a_worker_tries_once_more_and_stands_when_a_verdict_comes(
    put, fail, override, row_of, docket, report, ana
) -> None:
    id = fail(put())
    job = docket.claim(id)
    assert override(id).status_code == 302
    docket.settle(job, replace(report, score=1.0))
    row = row_of(id)
    assert (row.state, row.status, row.score, row.max_score) == ("graded", "failed", Decimal("3.5"), Decimal(4))
    assert ana()[0] == Standing(1, 0, Decimal("3.5"), Decimal(4))
    override(id, withdraw="yes")
    assert row_of(id).score == 1


def test_withdrawn_without_a_verdict_it_waits_as_before(put, fail, override, row_of, docket, report, ana) -> None:
    id = fail(put())
    before = ana()
    override(id)
    assert override(id, withdraw="yes").status_code == 302
    assert (row_of(id).state, row_of(id).score, ana()) == ("queued", None, before)
    docket.settle(docket.claim(id), report)
    assert (row_of(id).state, row_of(id).score) == ("graded", 1)


def test_a_rerun_at_which_our_side_fails_can_be_settled_too(
    put, settle, report, browser, fail, override, row_of
) -> None:
    id = put()
    settle(id, report)
    browser("ines").post(f"/submissions/{id}/rerun")
    fail(id)
    assert (row_of(id).state, row_of(id).score) == ("queued", 1)
    override(id)
    assert row_of(id).score == Decimal("3.5")
    override(id, withdraw="yes")
    assert row_of(id).score == 1


def test_staff_read_what_failed_how_often_and_when_it_is_tried_next(put, fail, read, docket, database) -> None:
    id = fail(put(), 2)
    page = read(f"/submissions/{id}")
    assert "Our side has failed at this submission 2 times. It is tried again as soon as a worker is free." in page
    assert f"What failed the last time: {BROKEN}" in page
    assert "After 3 failures its score can be set by hand, too." in page
    assert "Set the score by hand" not in page
    fail(id, 1)
    later = now() + timedelta(minutes=40)
    with database.writing() as session:
        session.get_one(Submission, id).not_before = later
    page = read(f"/submissions/{id}")
    assert f"failed at this submission 3 times. It is tried again {later.day} {later:%b %Y, %H:%M} (" in page
    assert "You can wait: it is tried until it works. Or set the score by hand" in page
    assert "Of 4 points." in page
    assert "Or ask an instructor to set the score by hand." in read(f"/submissions/{id}", "tia")
    assert "Set the score by hand" not in read(f"/submissions/{id}", "tia")
    with database.writing() as session:
        session.get_one(Submission, id).not_before = None
    docket.claim(id)
    assert "It is being tried again now." in read(f"/submissions/{id}")


def test_the_student_reads_nothing_of_what_failed_but_why_the_score_was_set(put, fail, read, override) -> None:
    id = fail(put())
    assert "division" not in read(f"/submissions/{id}", "ana")
    assert "For staff" not in read(f"/submissions/{id}", "ana")
    override(id)
    page = read(f"/submissions/{id}", "ana")
    assert "3.5 of 4" in page
    assert f"The score was set by hand {REASON} Inés Ibarra, " in page
    assert "It counts already, and stands when the verdict comes." in page
    attempts = read("/courses/small/exercises/scale/submissions", "ana")
    assert f"Your best: 3.5 of 4 We are running it again. Set by hand: {REASON}" in attempts
    assert f"Its score was set by hand: “{REASON}”" in read("/courses/small/grade", "ana")


def test_staff_see_the_score_by_hand_and_can_withdraw_it(put, fail, read, override, database) -> None:
    id = fail(put())
    override(id)
    assert "Withdraw the override" in read(f"/submissions/{id}")
    assert "Withdraw the override" not in read(f"/submissions/{id}", "tia")
    with database.reading() as session:
        ana = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()
    page = read(f"/courses/small/class/students/{ana}")
    assert re.search(r"Scale Tried 3\.5 of 4 1 ", page)
    assert "3.5 of 4 We are running it again" in page


def test_where_the_exercise_cannot_be_read_nobody_knows_the_points_to_be_given(
    put, override, row_of, read, docket, database
) -> None:
    id = put(exercise="gone")
    for _ in range(3):
        assert docket.claim(id) is None
        with database.writing() as session:
            session.get_one(Submission, id).not_before = None
    assert override(id).status_code == 422
    assert (row_of(id).failures, row_of(id).score) == (3, None)
    page = read(f"/submissions/{id}")
    assert "there is no exercise 'gone'" in page
    assert "Its score can be set by hand once our side has read its exercise" in page
