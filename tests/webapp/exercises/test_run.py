"""Run: the draft is saved, the public checks run behind the walls, the strip tells what they said."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from grader import tasks
from grader.source import MAX_SOURCE_BYTES
from grader.tasks import Bench
from webapp.accounts.models import User
from webapp.courses.content import Library
from webapp.courses.models import Course
from webapp.exercises.models import Draft
from webapp.exercises.services import Desk, Text, save_draft
from webapp.factory import create_app
from webapp.submissions.docket import DatabaseDocket

PAGE = "/courses/small/exercises/scale"
RUN = f"{PAGE}/run"


def test_it_saves_the_draft_and_says_that_the_checks_run(run, drafts, right):
    strip = run(right).get_data(as_text=True)

    assert [(draft.source, draft.revision) for draft in drafts()] == [(right, 1)]
    assert "Running the public checks" in strip
    assert 'data-poll-after-ms="40"' in strip
    assert f'data-poll-url="{RUN}?revision=1&amp;looks=1"' in strip


def test_the_pauses_between_two_looks_grow_to_an_end(run, look, right):
    run(right)

    pauses = [int(look(1, looks).split('data-poll-after-ms="')[1].split('"')[0]) for looks in (1, 2, 8, 30)]

    assert pauses == [80, 160, 2000, 2000]


def test_it_says_when_it_takes_long_and_when_it_is_hopeless(run, look, right):
    run(right)

    assert "longer than usual" in look(1, 9)
    lost = look(1, 41)
    assert "No results have come" in lost
    assert "Run again" in lost
    assert "data-poll-url" not in lost


def test_a_right_draft_passes_all_public_checks(run, look, try_out, right):
    run(right)
    try_out()

    strip = look(1)

    assert "All 2 public checks pass." in strip
    assert strip.count('data-state="right"') == 2
    assert "data-poll-url" not in strip
    assert 'data-draft-revision="1"' in strip


def test_a_wrong_value_is_told_with_what_was_got_and_expected(run, look, try_out):
    run("def scale(x, factor=2.0):\n    return 2 * x\n")
    try_out()

    strip = look(1)

    assert "1 of 2 public checks passes." in strip
    assert "With the factor 3, x becomes 3 x" in strip
    assert "expected" in strip
    assert "from scale import scale" in strip  # the reproducer


def test_an_exception_points_at_the_students_line(run, look, try_out):
    run("def scale(x, factor=2.0):\n    y = x\n    return y / nothing\n")
    try_out()

    strip = look(1)

    assert 'data-line="3" data-message="scale raised NameError in line 3' in strip
    assert "return y / nothing" in strip


@pytest.mark.parametrize(
    ("source", "line"), [("def scale(:\n", 1), ("import numpy\n\n1 / 0\n", 3), ("a = 1\nb\u200bc = 2\n", 2)]
)
def test_a_file_that_cannot_run_points_at_its_line(run, look, try_out, source, line):
    run(source)
    try_out()

    strip = look(1)

    assert f'data-line="{line}"' in strip
    assert strip.count('data-state="skipped"') == 2


def test_an_endless_loop_is_told_as_such(run, look, try_out):
    run("def scale(x, factor=2.0):\n    while True: pass\n")
    try_out()

    assert "loop that never ends" in look(1)


def test_the_same_text_again_keeps_its_revision_and_answers_at_once(run, try_out, drafts, right):
    run(right)
    try_out()

    again = run(right.replace("\n", "\r\n"), 1).get_data(as_text=True)

    assert "All 2 public checks pass." in again
    assert drafts()[0].revision == 1


def test_a_run_of_a_text_that_has_changed_since_is_superseded(run, look, right):
    run(right)
    run(right + "# more\n", 1)

    strip = look(1)

    assert "Your draft has changed since that run" in strip
    assert "data-poll-url" not in strip


def test_the_results_of_the_run_before_stay_while_the_next_is_under_way(run, try_out, right):
    run(right)
    try_out()

    strip = run(right + "# more\n", 1).get_data(as_text=True)

    assert "Running the public checks" in strip
    assert strip.count('data-state="right"') == 2


def test_a_failure_of_ours_is_told_as_ours_and_can_be_tried_again(run, look, try_out, database, right):
    run(right)
    try_out()
    with database.writing() as session:
        draft = session.scalars(select(Draft)).one()
        draft.run_report = {**draft.run_report, "status": "platform_error"}

    strip = look(1)
    assert "Our sandbox failed, not your code" in strip
    assert 'data-kind="ours"' in strip
    assert "Run again" in strip

    assert "Running the public checks" in run(right, 1).get_data(as_text=True)
    try_out()
    assert "All 2 public checks pass." in look(1)


def test_a_run_that_breaks_on_our_side_is_told_at_once_and_can_be_tried_again(run, look, try_out, monkeypatch, right):
    def breaks(*_: object) -> None:
        raise RuntimeError("a check of ours is broken")

    run(right)
    with monkeypatch.context() as broken:
        broken.setattr(tasks, "try_out", breaks)
        try_out()

    assert "Our sandbox failed, not your code" in look(1)
    assert "Running the public checks" in run(right, 1).get_data(as_text=True)
    try_out()
    assert "All 2 public checks pass." in look(1)


def test_a_run_while_the_course_is_half_saved_is_told_at_once_and_can_be_tried_again(
    rewrite_course, settings, sandbox, run, look, drafts, right
):
    toml = rewrite_course(CLOSED) / "course.toml"
    run(right)
    (draft,) = drafts()
    toml.write_text(CLOSED[: len(CLOSED) // 2] + "\n[[")
    worker = Bench(DatabaseDocket(settings), sandbox)
    worker.try_out(draft.id, draft.revision)

    assert "Our sandbox failed, not your code" in look(1)
    toml.write_text(CLOSED)
    assert "Running the public checks" in run(right, 1).get_data(as_text=True)
    worker.try_out(draft.id, draft.revision)
    assert "All 2 public checks pass." in look(1)
    worker.docket.close()


def test_a_changed_exercise_is_run_anew(run, try_out, database, drafts, right):
    run(right)
    try_out()
    with database.writing() as session:
        report = session.scalars(select(Draft)).one().run_report
        session.execute(update(Draft).values(run_report={**report, "exercise_version": "an older one"}))

    assert "Running the public checks" in run(right, 1).get_data(as_text=True)
    assert drafts()[0].ran_revision is None


def test_a_draft_that_was_saved_elsewhere_is_not_overwritten(run, drafts, right):
    run(right)

    answer = run("# from an older page\n", 0)

    assert answer.status_code == 409
    assert "changed elsewhere" in answer.get_data(as_text=True)
    assert "Use this text instead" in answer.get_data(as_text=True)
    assert drafts()[0].source == right


def test_it_is_overwritten_when_that_is_wanted(run, drafts, right):
    run("# from another tab\n")

    answer = run(right, 0, overwrite="1")

    assert answer.status_code == 200
    assert (drafts()[0].source, drafts()[0].revision) == (right, 2)


def test_of_two_tabs_that_save_at_once_one_is_told(database):
    with database.reading() as session:
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
        user = session.scalars(select(User).where(User.email == "ana@example.org")).one()
    desk = Desk(course.id, user.id, Library().content(course.path).exercise("scale"))
    gate = threading.Barrier(4)

    def save(tab: int) -> int:
        gate.wait()
        try:
            with database.writing() as session:
                return save_draft(session, desk, Text(f"# tab {tab}\n")).revision
        except Exception as problem:
            return getattr(problem, "status", 500)

    with ThreadPoolExecutor(4) as tabs:
        assert sorted(tabs.map(save, range(4))) == [1, 409, 409, 409]


@pytest.mark.parametrize(
    ("source", "status", "told"),
    [
        ("#" * (MAX_SOURCE_BYTES + 1), 413, "131,073 bytes"),
        ("#" + "é" * (MAX_SOURCE_BYTES // 2), 413, "too long to be saved"),
        ("a = 1\nb = '\0'\n", 422, "Line 2 holds a NUL character"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_and_the_draft_stays(run, drafts, right, source, status, told):
    run(right)

    answer = run(source, 1)

    assert answer.status_code == status
    assert told in answer.get_data(as_text=True)
    assert drafts()[0].source == right


@pytest.mark.slow
def test_without_a_broker_the_draft_is_saved_and_the_way_on_is_told(
    with_settings, tmp_path, signed_in, database, right
):
    away = create_app(with_settings(redis_url=f"unix://{tmp_path / 'nobody.sock'}"))
    away.testing = True
    client = signed_in("ana").client
    client.application = away

    answer = client.post(RUN, data={"source": right}, headers={"HX-Request": "true", "X-CSRFToken": _token(client)})
    page = client.post(RUN, data={"source": right, "csrf_token": _token(client)})
    away.extensions["chainrule"].database.close()

    for text in (answer.get_data(as_text=True), page.get_data(as_text=True)):
        assert "Run is not available at the moment; your draft is saved" in text
        assert "You can submit all the same" in text
    with database.reading() as session:
        assert session.scalars(select(Draft.source)).one() == right


def _token(client) -> str:
    return client.get(PAGE).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_without_javascript_it_leads_back_to_the_page_with_the_results(run, signed_in, try_out, right):
    answer = run(right, plain=True)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{PAGE}#checks"

    try_out()

    page = signed_in("ana").get(PAGE).get_data(as_text=True)
    assert "All 2 public checks pass." in page
    assert '<textarea id="source"' in page
    assert "return factor * x" in page


def test_without_javascript_a_text_that_was_not_saved_is_in_the_page_that_says_so(run, right):
    run(right)

    answer = run("# mine & <b>\n", 0, plain=True)

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "# mine &amp; &lt;b&gt;" in page
    assert "Use this text instead" in page
    assert '<input type="hidden" name="revision" value="0">' in page


def test_the_address_of_the_results_leads_to_the_page(signed_in):
    answer = signed_in("ana").get(f"{RUN}?revision=1")

    assert answer.headers["Location"] == f"{PAGE}#checks"


def test_there_are_no_results_before_a_run(signed_in):
    assert signed_in("ana").get(f"{RUN}?revision=1", headers={"HX-Request": "true"}).status_code == 404


def test_drafts_are_each_persons_own(run, look, try_out, drafts, right):
    run(right)
    run("def scale(x, factor=2.0):\n    return x\n", who="ben")
    try_out()

    assert len(drafts()) == 2
    assert "All 2 public checks pass." in look(1)
    assert "0 of 2 public checks pass." in look(1, who="ben")


def test_markup_in_a_draft_is_inert(run, look, signed_in, try_out):
    raises = 'def scale(x, factor=2.0):\n    raise ValueError("<img src=x onerror=alert(2)>")\n'
    breaks_out = f"</textarea><script>alert(1)</script>\n{raises}"
    texts = []
    for revision, source in enumerate((raises, breaks_out), start=1):
        run(source, revision - 1)
        try_out()
        texts += [look(revision), signed_in("ana").get(PAGE).get_data(as_text=True)]

    assert "&lt;img src=x onerror=alert(2)&gt;" in texts[0]
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in texts[3]
    for text in texts:
        assert "<img" not in text
        assert "<script>alert" not in text


def test_it_runs_what_is_closed(rewrite_course, run, look, try_out, right):
    rewrite_course(CLOSED)
    run(right)
    try_out()

    assert "All 2 public checks pass." in look(1)


def test_too_many_runs_are_held_back(with_settings, signed_in, right):
    slow = create_app(with_settings(rate_run="2 per minute"))
    slow.testing = True
    client = signed_in("ana").client
    client.application = slow
    data = {"source": right, "csrf_token": _token(client)}

    answers = [client.post(RUN, data=data).status_code for _ in range(3)]
    slow.extensions["chainrule"].database.close()

    assert answers == [303, 303, 429]


@pytest.mark.parametrize("who", ["sol", "omar"])
def test_those_of_another_course_cannot_run(run, who, right):
    assert run(right, who=who).status_code == 404


CLOSED = """
title = "A small course"
timezone = "Europe/Madrid"

[[units]]
name = "sound"
title = "Sound"
exercises = ["scale"]
due = 2020-01-10T23:59:59
closes = 2020-01-12T23:59:59

[grader]
python = "3.11"
"""
