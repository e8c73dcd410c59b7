"""The docket: claims, one verdict whatever happens, newest first, and nothing that waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from grader import tasks
from grader.course import MOST_WALL_S, Limits
from grader.docket import Job, longest_s
from grader.grading import final_report, grade
from grader.report import Report
from grader.sandbox import Sandbox, layout
from grader.tasks import Bench, Post, sweep
from webapp.accounts.models import User
from webapp.courses.content import Library
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.database import Database, now
from webapp.exercises.models import Draft
from webapp.settings import Settings
from webapp.submissions.docket import DatabaseDocket, seed_of
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.overrides import override
from webapp.submissions.services import HandIn, accept, place_of

RIGHT = "import numpy as np\n\n\ndef scale(x, factor=2.0):\n    return factor * x\n"
COURSE = Path(__file__).parents[2] / "fixtures" / "course"
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def hand_in(database: Database, settings: Settings) -> Callable[..., str]:
    """Accepts a submission of a person of the cast and gives its id; no message is sent."""

    def run(who: str = "ana", source: str = RIGHT, exercise: str = "scale", key: str | None = None) -> str:
        with database.reading() as session:
            user = session.scalars(select(User).where(User.email == f"{who}@example.org")).one()
            course = session.scalars(select(Course).where(Course.slug == "small")).one()
        content = Library().content(course.path)
        work = HandIn(source.encode(), "answer.py", "api", key)
        return accept(database, settings.secret, course, Plan(content), content.exercise(exercise), user, work)[0].id

    return run


@pytest.fixture
def docket(settings: Settings) -> Iterator[DatabaseDocket]:
    made = DatabaseDocket(settings)
    yield made
    made.close()


def state_of(database: Database, id: str) -> str:
    with database.reading() as session:
        return session.get_one(Submission, id).state


def verdicts_of(database: Database, id: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Verdict.submission_id == id)) or 0


def change(database: Database, id: str, **values: object) -> None:
    with database.writing() as session:
        session.execute(update(Submission).where(Submission.id == id).values(**values))


def report_on(job: Job, sandbox: Sandbox) -> Report:
    return final_report(grade(job.submission, sandbox))


def test_a_graded_submission_repeats_its_verdict(database: Database, hand_in: Callable[..., str], bench: Bench) -> None:
    id = hand_in()
    bench.grade(id)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
        (verdict,) = submission.verdicts
    assert (submission.state, submission.status) == ("graded", "passed")
    assert submission.score == submission.max_score
    assert verdict.report["status"] == "passed"
    assert verdict.report["score"] == float(submission.score or -1)
    assert submission.exercise_version == verdict.exercise_version


def test_a_message_that_comes_twice_grades_once(database: Database, hand_in: Callable[..., str], bench: Bench) -> None:
    id = hand_in()
    bench.grade(id)
    bench.grade(id)
    assert verdicts_of(database, id) == 1


def test_a_claimed_submission_is_nobody_elses(hand_in: Callable[..., str], docket: DatabaseDocket) -> None:
    id = hand_in()
    assert docket.claim(id) is not None
    assert docket.claim(id) is None


def test_a_claim_lasts_as_long_as_the_exercise_s_limits_allow(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, rewrite_course: Callable[[str], Path]
) -> None:
    folder = rewrite_course((COURSE / "course.toml").read_text())
    toml = folder / "exercises" / "sound" / "scale" / "exercise.toml"
    toml.write_text(toml.read_text().replace("wall_s = 1.0", "wall_s = 100"))
    id = hand_in()
    docket.claim(id)
    with database.reading() as session:
        until = session.get_one(Submission, id).claimed_until
    assert until is not None
    assert (until - now()).total_seconds() > 300


def test_no_grading_outlasts_the_worker_s_own_limit() -> None:
    assert longest_s(Limits(wall_s=MOST_WALL_S)) < tasks.HARD_LIMIT_S


def test_the_claim_of_a_worker_that_died_runs_out(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    id = hand_in()
    docket.claim(id)
    change(database, id, claimed_until=now() - timedelta(seconds=1))
    again = docket.claim(id)
    assert again is not None
    assert again.id == id


def test_the_first_verdict_stands(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, sandbox: Sandbox
) -> None:
    id = hand_in()
    slow = docket.claim(id)
    change(database, id, claimed_until=now() - timedelta(seconds=1))
    quick = docket.claim(id)
    assert slow is not None
    assert quick is not None
    first = report_on(quick, sandbox)
    docket.settle(quick, first)
    docket.settle(slow, replace(first, status="failed", score=0.0))
    assert (state_of(database, id), verdicts_of(database, id)) == ("graded", 1)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.status, submission.score) == ("passed", submission.max_score)


def two_claims(database: Database, docket: DatabaseDocket, id: str) -> tuple[Job, Job]:
    """A claim that has run out, and the one that took its place."""
    slow = docket.claim(id)
    change(database, id, claimed_until=now() - timedelta(seconds=1))
    quick = docket.claim(id)
    assert slow is not None
    assert quick is not None
    return slow, quick


def test_a_verdict_of_an_older_version_that_comes_too_late_does_not_replace_a_newer_one(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, sandbox: Sandbox
) -> None:
    id = hand_in()
    slow, quick = two_claims(database, docket, id)
    newer = replace(report_on(quick, sandbox), exercise_version="newer")
    docket.settle(quick, newer)
    docket.settle(slow, replace(newer, exercise_version="older", status="failed", score=0.0))
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.exercise_version, submission.score) == ("newer", submission.max_score)


def test_a_verdict_of_the_later_claim_replaces_that_of_the_earlier_one_s_older_version(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, sandbox: Sandbox
) -> None:
    id = hand_in()
    slow, quick = two_claims(database, docket, id)
    newer = replace(report_on(quick, sandbox), exercise_version="newer")
    docket.settle(slow, replace(newer, exercise_version="older", status="failed", score=0.0))
    assert state_of(database, id) == "graded"
    docket.settle(quick, newer)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.exercise_version, submission.score) == ("newer", submission.max_score)


def test_a_score_that_is_overridden_at_the_same_moment_stays_overridden(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, sandbox: Sandbox
) -> None:
    id = hand_in()
    slow, quick = two_claims(database, docket, id)
    newer = replace(report_on(quick, sandbox), exercise_version="newer")
    docket.settle(slow, replace(newer, exercise_version="older", status="failed", score=0.0))
    settling = threading.Thread(target=docket.settle, args=(quick, newer))
    with database.writing() as session:
        ines = session.scalars(select(User.id).where(User.email == "ines@example.org")).one()
        override(session, id, Decimal("1.5"), "By hand.", ines)
        settling.start()
        settling.join(timeout=0.5)
    settling.join()
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.exercise_version, submission.score) == ("newer", Decimal("1.5"))


def test_what_is_graded_is_not_given_back(
    database: Database,
    hand_in: Callable[..., str],
    docket: DatabaseDocket,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    id = hand_in()
    job = docket.claim(id)
    assert job is not None
    docket.settle(job, report_on(job, sandbox))
    docket.give_back(job, "something broke after the verdict was kept")
    assert state_of(database, id) == "graded"
    assert "something broke after the verdict was kept" in caplog.text
    assert "the queue" not in caplog.text


def test_a_student_s_newest_submission_is_graded_first(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    older, newer, others = hand_in("ana"), hand_in("ana"), hand_in("ben")
    claimed = [docket.claim(older), docket.claim(older), docket.claim(others)]
    assert [job.id for job in claimed if job] == [newer, older, others]


def test_a_message_for_a_submission_that_is_not_there_is_let_go(docket: DatabaseDocket) -> None:
    assert docket.claim("0" * 26) is None


def test_inputs_are_the_same_at_every_grading_and_differ_between_submissions(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    first, second = docket.claim(hand_in("ana")), docket.claim(hand_in("ben"))
    assert first is not None
    assert second is not None
    change(database, first.id, claimed_until=now() - LONG_AGO)
    again = docket.claim(first.id)
    assert again is not None
    assert first.submission.seed == again.submission.seed != second.submission.seed
    assert seed_of(first.id, "another secret") != first.submission.seed


def test_what_fails_on_our_side_waits_and_is_tried_again(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    id = hand_in()
    job = docket.claim(id)
    assert job is not None
    docket.give_back(job, "the sandbox is gone")
    assert docket.claim(id) is None
    change(database, id, not_before=now() - timedelta(seconds=1))
    assert [each.id for each in docket.overdue()] == [id]
    assert docket.claim(id) is not None
    assert verdicts_of(database, id) == 0


@pytest.mark.parametrize(
    "error", ["ValueError('a\\0b')", "ValueError('a\\ud800b')", "type('E', (Exception,), {})('\\0')"]
)
def test_what_no_database_can_keep_gets_its_verdict_all_the_same(
    database: Database, hand_in: Callable[..., str], bench: Bench, error: str
) -> None:
    id = hand_in(source=f"def scale(x, factor=2.0):\n    raise {error}\n")
    bench.grade(id)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.state, submission.status, submission.failures) == ("graded", "failed", 0)


def test_whatever_breaks_on_our_side_gives_the_submission_back_and_is_logged(
    database: Database,
    hand_in: Callable[..., str],
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(job: Job, report: Report) -> None:
        raise RuntimeError("no room for a verdict")

    id = hand_in()
    with monkeypatch.context() as broken:
        broken.setattr(bench.docket, "settle", refuse)
        bench.grade(id)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.state, submission.failures) == ("queued", 1)
    assert submission.not_before is not None
    assert "RuntimeError: no room for a verdict" in caplog.text
    change(database, id, not_before=None)
    bench.grade(id)
    assert (state_of(database, id), verdicts_of(database, id)) == ("graded", 1)


def test_a_sandbox_that_does_not_start_gives_submissions_back_until_it_does(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PAUSE_S", 0.01)
    id = hand_in()
    cold = Bench(docket, Sandbox())
    with monkeypatch.context() as broken:
        broken.setattr(layout, "bubblewrap", lambda: None)
        cold.warm_up()
        cold.grade(id)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.state, submission.failures) == ("queued", 1)
    change(database, id, not_before=None)
    cold.grade(id)
    assert (state_of(database, id), verdicts_of(database, id)) == ("graded", 1)
    cold.sandbox.close()


def test_a_process_without_a_sandbox_leaves_the_queue_to_the_others(
    hand_in: Callable[..., str], docket: DatabaseDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    monkeypatch.setattr(tasks.time, "sleep", paused.append)
    monkeypatch.setattr(layout, "bubblewrap", lambda: None)
    Bench(docket, Sandbox()).grade(hand_in())
    assert paused == [tasks.PAUSE_S]


def test_an_exercise_that_is_gone_gives_the_submission_back(
    database: Database, hand_in: Callable[..., str], bench: Bench
) -> None:
    id = hand_in()
    change(database, id, exercise="gone")
    bench.grade(id)
    with database.reading() as session:
        submission = session.get_one(Submission, id)
    assert (submission.state, submission.failures) == ("queued", 1)


def test_a_lost_message_is_sent_again_after_a_while(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, settings: Settings
) -> None:
    fresh, lost = hand_in("ana"), hand_in("ben")
    change(database, lost, sent_at=now() - LONG_AGO)
    assert sweep(docket, Post(settings.redis_url)) == 1
    assert sweep(docket, Post(settings.redis_url)) == 0
    assert state_of(database, fresh) == state_of(database, lost) == "queued"


def test_an_abandoned_claim_is_swept_up(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    id = hand_in()
    docket.claim(id)
    assert list(docket.overdue()) == []
    change(database, id, sent_at=now() - LONG_AGO, claimed_until=now() - timedelta(seconds=1))
    assert [each.id for each in docket.overdue()] == [id]
    assert list(docket.overdue()) == []  # its new message is under way


@pytest.mark.parametrize(
    ("sendings", "ago_s", "is_overdue"),
    [
        *[(0, 14, False), (0, 16, True), (1, 14, False), (1, 16, True), (2, 29, False), (2, 31, True)],
        *[(5, 239, False), (5, 241, True), (6, 299, False), (6, 301, True), (99, 299, False), (99, 301, True)],
    ],
)
def test_a_message_is_sent_again_after_twice_as_long_each_time(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, sendings: int, ago_s: int, is_overdue: bool
) -> None:
    change(database, hand_in(), sendings=sendings, sent_at=now() - timedelta(seconds=ago_s))
    assert bool(docket.overdue()) is is_overdue


def test_looking_for_what_is_overdue_waits_for_no_writer(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket
) -> None:
    hand_in()
    looking = threading.Thread(target=docket.overdue)
    with database.writing():
        looking.start()
        looking.join(timeout=5)
        assert not looking.is_alive()
    looking.join()


def test_of_many_that_are_overdue_a_sweep_sends_all_part_by_part_and_says_so_once(
    database: Database,
    hand_in: Callable[..., str],
    docket: DatabaseDocket,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("webapp.submissions.docket.AT_ONCE", 2)
    waiting = [hand_in() for _ in range(5)]
    for id in waiting:
        change(database, id, sent_at=None)
    assert [each.id for each in docket.overdue()] == waiting[:2]
    assert sweep(docket, Post(settings.redis_url)) == 3
    told = [record.getMessage() for record in caplog.records if record.name == tasks.__name__]
    assert told == ["3 submissions have waited long, and may have lost their messages: 3 are sent again"]


def test_what_a_sweep_cannot_send_is_left_to_the_next_one(
    database: Database, hand_in: Callable[..., str], docket: DatabaseDocket, settings: Settings
) -> None:
    for id in [hand_in(), hand_in(), hand_in()]:
        change(database, id, sent_at=None)
    assert sweep(docket, Post("redis://127.0.0.1:1/0")) == 3
    assert sweep(docket, Post(settings.redis_url)) == 3


def test_a_run_belongs_to_one_revision(database: Database, docket: DatabaseDocket, bench: Bench) -> None:
    with database.writing() as session:
        user = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
        draft = Draft(course_id=course.id, user_id=user.id, exercise="scale", source=RIGHT, revision=2, saved_at=now())
        session.add(draft)
        session.flush()
        id = draft.id
    assert docket.trial(id, 1) is None
    bench.try_out(id, 2)
    with database.reading() as session:
        ran = session.get_one(Draft, id)
    assert ran.ran_revision == 2
    assert ran.run_report is not None
    assert ran.run_report["status"] == "passed"
    assert docket.trial(id, 2) is None


def test_the_place_in_the_queue_counts_those_who_came_before(
    database: Database, hand_in: Callable[..., str], bench: Bench
) -> None:
    first, second = hand_in("ana"), hand_in("ben")
    with database.reading() as session:
        places = [place_of(session, session.get_one(Submission, id)) for id in (first, second)]
    assert [place.position for place in places if place] == [1, 2]
    bench.grade(first)
    with database.reading() as session:
        assert place_of(session, session.get_one(Submission, first)) is None


def test_what_is_held_back_is_not_ahead_of_anybody(database: Database, hand_in: Callable[..., str]) -> None:
    held, next_one = hand_in("ana"), hand_in("ben")
    change(database, held, not_before=now() + timedelta(minutes=1))
    with database.reading() as session:
        place = place_of(session, session.get_one(Submission, next_one))
    assert place is not None
    assert place.position == 1


def test_in_a_quiet_hour_the_estimate_is_the_workers_time_not_the_students(
    database: Database, hand_in: Callable[..., str], bench: Bench
) -> None:
    for ago_s in (50, 30, 10):
        id = hand_in("ana")
        bench.grade(id)
        sent = now() - timedelta(seconds=ago_s)
        change(database, id, sent_at=sent, graded_at=sent + timedelta(seconds=0.5))
    waits = hand_in("ben")
    with database.reading() as session:
        place = place_of(session, session.get_one(Submission, waits))
    assert place is not None
    assert place.estimate_s == 0.5


def test_a_key_accepts_one_submission(database: Database, hand_in: Callable[..., str]) -> None:
    assert hand_in(key="k1") == hand_in(key="k1") != hand_in(key="k2")


def test_a_broker_that_is_away_is_told_in_the_log_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    assert Post("redis://127.0.0.1:1/0").grade("0" * 26) is False
    assert "could not be sent" in caplog.text
