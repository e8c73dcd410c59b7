"""The page of a submission."""

import re
from dataclasses import replace
from typing import get_args

import pytest
from sqlalchemy import update

from grader.report import Diagnosis, Status, StudentLine
from webapp.database import now
from webapp.submissions import views
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.verdict import HEADLINES

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody grades in the background of these tests."""
    monkeypatch.setattr(views, "PATIENCE_S", 0)


def text_of(browser, name, path):
    answer = browser(name).get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_wrong_answer_is_named_and_shown_check_by_check(browser, submit_as, grade_all, adds):
    path = submit_as("ana", adds)
    grade_all()
    page = text_of(browser, "ana", path)
    headline = page.index("You add the factor to x.")
    assert headline < page.index("Multiply by it.") < page.index("The result is the factor times x")
    assert ", expected" in page
    assert "from scale import scale" in page
    assert "Not run, because this failed first: The result is the factor times x." in page
    assert "Continue in the editor" in page
    assert "data-poll-url" not in page


def test_full_marks_lead_on_to_the_next_exercise(browser, submit_as, grade_all):
    path = submit_as("ana")
    grade_all()
    page = text_of(browser, "ana", path)
    assert "Right." in page
    assert 'href="/courses/small/exercises/layer">Next: Layer' in page


def test_the_receipt_and_the_source_are_there(browser, submit_as, grade_all, database, adds):
    path = submit_as("ana", adds)
    grade_all()
    page = text_of(browser, "ana", path)
    with database.reading() as session:
        assert session.get(Submission, path.rsplit("/")[-1]).receipt in page
    assert "return x + factor" in page
    assert 'data-line="2"' in page


def test_the_students_own_line_is_shown_and_marked(browser, submit_as, grade_all):
    path = submit_as("ana", "def scale(x, factor=2.0):\n    return x[99]\n")
    grade_all()
    page = text_of(browser, "ana", path)
    assert "scale raised IndexError in line 2" in page
    assert re.search(r'data-line="2" data-marked', page)


def test_while_it_waits_the_page_asks_again(browser, submit_as):
    path = submit_as("ana")
    page = text_of(browser, "ana", path)
    assert "Next in the queue" in page
    assert "You may close this page: the verdict will be here." in page
    assert f'data-poll-url="{path}/verdict"' in page
    assert 30 <= int(re.search(r'data-poll-after-ms="(\d+)"', page)[1]) <= 1000
    assert '<noscript><meta http-equiv="refresh"' in page


def test_the_fragment_is_the_verdict_alone(browser, submit_as, grade_all, adds):
    path = submit_as("ana", adds)
    waiting = text_of(browser, "ana", f"{path}/verdict")
    assert waiting.startswith('<section class="verdict" id="verdict" data-outcome="waiting"')
    grade_all()
    fragment = text_of(browser, "ana", f"{path}/verdict")
    assert fragment.startswith('<section class="verdict" id="verdict" data-outcome="wrong"')
    assert re.search(r'data-announce="\d of 4. You add the factor to x."', fragment)
    assert "data-poll" not in fragment


def test_grading_shows_its_progress(browser, put):
    id = put(state="grading", claim="c", claimed_until=now(), checks_done=1, checks_total=3)
    assert "Grading: 1 of 3 checks done." in text_of(browser, "ana", f"/submissions/{id}")


def test_our_failure_is_violet_and_costs_no_attempt(browser, put):
    id = put(failures=1)
    page = text_of(browser, "ana", f"/submissions/{id}")
    assert 'data-outcome="ours"' in page
    assert "Our sandbox stopped, not your code." in page
    assert "We are running it again; this costs no attempt." in page


@pytest.mark.parametrize("status", [each for each in get_args(Status) if each != "failed"])
def test_every_status_has_its_page(browser, put, settle, report, status):
    id = put()
    settle(id, replace(report, status=status, message="What was wrong."))
    page = text_of(browser, "ana", f"/submissions/{id}")
    assert HEADLINES[status] in page
    assert "What was wrong." in page


@pytest.mark.parametrize("source", [b"", b"\xff\xfe", b"PK\x03\x04\0\0"])
def test_a_file_that_is_no_text_has_its_page_without_lines(browser, put, settle, report, source):
    id = put(source=source)
    settle(id, replace(report, status="invalid", message="The file is no text."))
    page = text_of(browser, "ana", f"/submissions/{id}")
    assert "The file is no text." in page
    assert "data-line" not in page
    assert f"/submissions/{id}/source" in page


def test_the_page_says_what_changed_since_the_attempt_before(browser, put, settle, report, marked):
    first = put()
    settle(first, report)
    second = put()
    settle(second, marked(report, multiplies=True, doubles=True, pure=False))
    page = text_of(browser, "ana", f"/submissions/{second}")
    assert "2 checks fixed, 1 broken." in page
    assert f'href="/submissions/{first}"' in page
    assert "Attempt 2" in page
    assert "the attempt before" not in text_of(browser, "ana", f"/submissions/{first}")


def test_the_same_file_again_is_told(browser, put, settle, report):
    for _ in range(2):
        id = put()
        settle(id, report)
    assert "The file is the same." in text_of(browser, "ana", f"/submissions/{id}")


def test_figures_are_drawn_and_have_their_numbers(browser, put, settle, report):
    id = put()
    figure = {"title": "Yours and the right one", "spec": {"data": {"values": [{"step": 1, "w": 0.5}]}, "mark": "line"}}
    settle(id, replace(report, figures=[figure]))
    page = text_of(browser, "ana", f"/submissions/{id}")
    assert '<figure class="chart" data-chart>' in page
    assert '<td class="number">0.5</td>' in page


def test_what_the_student_wrote_is_never_markup(browser, put, settle, report):
    id = put(source=f"x = '{HOSTILE}'\n")
    trace = [StudentLine(1, HOSTILE, HOSTILE)]
    hostile = replace(
        report,
        checks=[
            replace(check, title=HOSTILE, message=HOSTILE, reproducer=HOSTILE, trace=trace) for check in report.checks
        ],
        diagnosis=Diagnosis("x", HOSTILE, HOSTILE),
        message=HOSTILE,
        figures=[{"title": HOSTILE, "spec": {"data": {"values": [{HOSTILE: HOSTILE}]}, "mark": "</script>" + HOSTILE}}],
        versions={"numpy": HOSTILE},
    )
    settle(id, hostile)
    for path in (f"/submissions/{id}", f"/submissions/{id}/verdict"):
        page = text_of(browser, "ana", path)
        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)" in page
    assert HOSTILE not in text_of(browser, "ana", "/courses/small/exercises/scale/submissions")


def test_nobody_else_sees_it_but_the_courses_staff(browser, put, settle, report):
    id = put("ana")
    settle(id, report)
    paths = [f"/submissions/{id}", f"/submissions/{id}/verdict", f"/submissions/{id}/source"]
    answers = {"ben": 404, "sol": 404, "omar": 404, None: 302, "tia": 200, "ines": 200, "ada": 200}
    for name, status in answers.items():
        opened = browser(name)
        assert [opened.get(path).status_code for path in paths] == [status] * 3, name


def test_staff_see_whose_it_is(browser, put, settle, report):
    id = put("ana")
    settle(id, report)
    page = text_of(browser, "tia", f"/submissions/{id}")
    assert "Attempt 1 of Ana Alonso" in page
    assert "All submissions of Ana Alonso" in page
    assert "it proves that Ana Alonso handed in this very file" in page
    assert "Continue in the editor" not in page
    assert "All submissions of" not in text_of(browser, "ana", f"/submissions/{id}")


def test_a_submission_to_an_exercise_that_left_the_course_still_has_its_page(browser, put, database, report):
    id = put(exercise="gone", state="graded", exercise_version="v1")
    with database.writing() as session:
        verdict = replace(report, exercise="gone").as_dict()
        session.add(Verdict(submission_id=id, exercise_version="v1", report=verdict, worker="w", graded_at=now()))
    page = text_of(browser, "ana", f"/submissions/{id}")
    assert "1 of 3 checks does not pass yet." in page
    assert "/exercises/gone" not in page


def test_the_source_is_a_plain_download(browser, put):
    id = put(source=f"# {HOSTILE} é\n")
    answer = browser("ana").get(f"/submissions/{id}/source")
    assert answer.get_data() == f"# {HOSTILE} é\n".encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=scale.py"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fresh_submission_waits_a_moment_for_its_verdict(browser, put, settle, report, monkeypatch, database):
    monkeypatch.setattr(views, "PATIENCE_S", 10)
    id = put()
    looked = []

    def look(_):
        looked.append(id)
        if len(looked) == 3:
            settle(id, report)

    monkeypatch.setattr(views.time, "sleep", look)
    assert "1 of 3 checks does not pass yet." in text_of(browser, "ana", f"/submissions/{id}")
    assert len(looked) == 3


def test_who_is_far_back_does_not_keep_the_server_waiting(browser, put, monkeypatch):
    monkeypatch.setattr(views, "PATIENCE_S", 10)
    monkeypatch.setattr(views.time, "sleep", lambda _: pytest.fail("it waited"))
    for _ in range(5):
        id = put("ben")
    assert "Place 5 in the queue" in text_of(browser, "ben", f"/submissions/{id}")


def test_who_comes_back_later_does_not_keep_the_server_waiting(browser, put, database, monkeypatch):
    monkeypatch.setattr(views, "PATIENCE_S", 10)
    monkeypatch.setattr(views.time, "sleep", lambda _: pytest.fail("it waited"))
    id = put()
    with database.writing() as session:
        session.execute(update(Submission).values(received_at=now().replace(year=2025)))
    assert "Next in the queue" in text_of(browser, "ana", f"/submissions/{id}")
