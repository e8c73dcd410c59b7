"""What staff do with a submission: overriding its score, and running it again."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from webapp.courses.content import Library
from webapp.courses.setup import Plan
from webapp.dashboard.students import work_of
from webapp.submissions.models import Override, Submission, Verdict
from webapp.submissions.progress import Progress, Trouble, fold

ATTEMPTS = "/courses/small/exercises/scale/submissions"
REASON = "The statement was unclear <here>."
SHOWN = "The statement was unclear &lt;here&gt;."


@pytest.fixture
def row_of(database):
    """A submission as it stands in the database."""

    def read(id):
        with database.reading() as session:
            return session.get_one(Submission, id)

    return read


@pytest.fixture
def override(browser):
    """Sets a score by hand."""

    def run(id, score="3.5", reason=REASON, name="ines", **fields):
        return browser(name).post(f"/submissions/{id}/override", {"score": score, "reason": reason, **fields})

    return run


@pytest.fixture
def settle_rerun(docket, report):
    """Grades what waits for a rerun, with this report."""

    def run(id, verdict=report):
        job = docket.claim(id)
        docket.settle(job, verdict)

    return run


def test_an_override_counts_at_once_and_the_student_reads_why(graded, override, text_of, row_of, share_of, database):
    id = graded()
    assert share_of("ana") == ["1/4", "1/4"]
    assert override(id).status_code == 302
    assert row_of(id).score == Decimal("3.5")
    assert share_of("ana") == ["7/8", "7/8"]
    page = text_of("ana", f"/submissions/{id}")
    assert "The score was set by hand" in page
    assert SHOWN in page
    assert "Inés Ibarra" in page
    assert 'data-announce="3.5 of 4.' in page
    assert SHOWN in text_of("ana", ATTEMPTS)
    assert f"Its score was set by hand: “{SHOWN}”" in text_of("ana", "/courses/small/grade")
    with database.reading() as session:
        progress = session.scalars(select(Progress)).one()
        assert (progress.best_score, progress.passed_at) == (Decimal("3.5"), None)
        assert session.scalars(select(Verdict)).one().report["score"] == 1.0


def test_full_marks_by_hand_are_full_marks(graded, override, text_of):
    id = graded()
    override(id, score="4")
    assert 'data-outcome="right"' in text_of("ana", f"/submissions/{id}")
    assert "Full marks" in text_of("ana", ATTEMPTS)
    assert "Full marks" in text_of("ana", "/courses/small/")


def test_the_last_override_stands_and_can_be_withdrawn(graded, override, row_of, text_of, share_of, changes):
    id = graded()
    override(id, score="2", reason="half")
    override(id, score="3", reason="more")
    page = text_of("ana", f"/submissions/{id}")
    assert "more" in page
    assert "half" not in page
    assert override(id, withdraw="yes").status_code == 302
    assert row_of(id).score == 1
    assert share_of("ana") == ["1/4", "1/4"]
    assert "set by hand" not in text_of("ana", f"/submissions/{id}")
    first, second, third = changes("override")
    assert (first.before, first.after, first.reason) == ({"score": "1"}, {"score": "2", "reason": "half"}, "half")
    assert second.before == {"score": "2", "reason": "half"}
    assert third.after == {"score": "1"}
    assert override(id, withdraw="yes").status_code == 404


@pytest.mark.parametrize(
    ("score", "reason"), [("5", "x"), ("-1", "x"), ("nan", "x"), ("", "x"), ("1.0001", "x"), ("2", ""), ("2", "\t")]
)
def test_an_override_needs_a_score_in_range_and_a_reason(score, reason, graded, override, row_of, database):
    id = graded()
    assert override(id, score=score, reason=reason).status_code == 422
    assert row_of(id).score == 1
    with database.reading() as session:
        assert session.scalars(select(Override)).all() == []


def test_what_waits_for_its_verdict_is_not_overridden(put, override):
    assert override(put()).status_code == 422


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("ben", 404), ("tia", 403), ("omar", 404)])
def test_only_instructors_override(name, status, graded, override, row_of, text_of):
    id = graded()
    assert override(id, name=name).status_code == status
    assert row_of(id).score == 1
    assert "Set the score by hand" not in text_of("tia", f"/submissions/{id}")


def test_the_api_tells_the_override(graded, override, app, bearer):
    id = graded()
    override(id)
    found = app.test_client().get(f"/api/v1/submissions/{id}", headers=bearer("ana")).json
    assert found["override"] == {"score": 3.5, "reason": REASON}
    assert found["report"]["score"] == 1.0
    listed = app.test_client().get("/api/v1/submissions", headers=bearer("ana")).json["submissions"]
    assert listed[0]["score"] == 3.5


def test_an_override_stands_against_a_later_verdict(graded, override, browser, settle_rerun, report, row_of):
    id = graded()
    override(id, score="3.5")
    browser("ines").post(f"/submissions/{id}/rerun")
    settle_rerun(id, replace(report, exercise_version="v2", score=2.0))
    assert (row_of(id).score, row_of(id).exercise_version) == (Decimal("3.5"), "v2")
    override(id, withdraw="yes")
    assert row_of(id).score == 2


def test_a_rerun_with_the_same_end_says_so(graded, browser, settle_rerun, row_of, text_of, changes, share_of, database):
    id = graded()
    assert browser("tia").post(f"/submissions/{id}/rerun").status_code == 302
    assert (row_of(id).state, row_of(id).lane) == ("queued", "regrades")
    assert share_of("ana") == ["1/4", "1/4"]
    assert "It is graded once more" in text_of("ana", f"/submissions/{id}")
    settle_rerun(id)
    assert row_of(id).state == "graded"
    assert "Run again: the same verdict" in text_of("ines", f"/submissions/{id}")
    assert "Run again" not in text_of("ana", f"/submissions/{id}")
    asked, answered = changes("rerun")
    assert (asked.by_id, asked.after) == (answered.by_id, None)
    assert answered.after["same"] is True
    with database.reading() as session:
        assert len(session.scalars(select(Verdict)).all()) == 1


def test_a_rerun_with_another_end_is_told_and_the_first_verdict_stands(
    graded, browser, settle_rerun, report, row_of, text_of, database
):
    id = graded()
    browser("ines").post(f"/submissions/{id}/rerun")
    settle_rerun(id, replace(report, status="passed", score=4.0))
    assert (row_of(id).score, row_of(id).status) == (1, "failed")
    page = text_of("ines", f"/submissions/{id}")
    assert "Run again: another verdict" in page
    assert "4 of 4 (passed)" in page


def test_a_rerun_under_a_new_version_gives_a_verdict_of_its_own(
    graded, browser, settle_rerun, report, row_of, text_of, share_of, database
):
    id = graded()
    browser("ines").post(f"/submissions/{id}/rerun")
    settle_rerun(id, replace(report, exercise_version="v2", score=3.0))
    assert row_of(id).score == 3
    assert share_of("ana") == ["3/4", "3/4"]
    assert "with a newer version of the exercise" in text_of("ines", f"/submissions/{id}")
    with database.reading() as session:
        assert len(session.scalars(select(Verdict)).all()) == 2


def test_a_rerun_keeps_the_students_progress_whatever_happens_meanwhile(graded, browser, settle_rerun, put, database):
    id = graded()
    browser("ines").post(f"/submissions/{id}/rerun")
    graded()
    settle_rerun(id)
    with database.reading() as session:
        assert session.scalars(select(Progress)).one().graded == 2


def test_a_rerun_that_waits_is_no_second_attempt_and_its_score_counts_on(graded, browser, put, database):
    id = graded()
    browser("ines").post(f"/submissions/{id}/rerun")
    put()
    with database.writing() as session:
        ana, course = session.get_one(Submission, id).user, session.get_one(Submission, id).course
        fold(session, course.id, ana.id, "scale")
    with database.reading() as session:
        plan = Plan(Library().content(course.path))
        (work,) = (each for each in work_of(session, course, plan, ana) if each.exercise.name == "scale")
        (trouble,) = session.scalars(select(Trouble))
    assert (work.attempts, work.waiting) == (2, 1)
    assert (work.progress.attempts, work.progress.graded) == (2, 1)
    assert (work.progress.best_id, work.progress.best_score, trouble.times) == (id, 1, 1)


def test_what_waits_already_is_not_run_again(put, browser):
    answer = browser("ines").post(f"/submissions/{put()}/rerun")
    assert answer.status_code == 422
    assert "in the queue already" in answer.get_data(as_text=True)


def test_a_real_rerun_gives_the_same_verdict(put, browser, grade_all, text_of):
    id = put()
    grade_all()
    browser("ines").post(f"/submissions/{id}/rerun")
    assert grade_all() == 1
    assert "Run again: the same verdict" in text_of("ines", f"/submissions/{id}")
