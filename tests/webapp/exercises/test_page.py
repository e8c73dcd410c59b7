"""The page of an exercise: the statement, the editor, what handing in costs, starting over."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest

from webapp.database import now

PAGE = "/courses/small/exercises/scale"
COURSE = """
title = "A small course"
timezone = "Europe/Madrid"

[[units]]
name = "sound"
title = "Sound"
exercises = ["scale"]
{dates}

[grader]
python = "3.11"

[grade]
{grade}
"""


@pytest.fixture
def page(signed_in):
    """The page as somebody sees it."""

    def read(who: str = "ana", path: str = PAGE) -> str:
        answer = signed_in(who).get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    return read


def _cost(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text.split('class="cost">')[1].split("</span>")[0]).split())


def _exception(text: str) -> str:
    notice = text.split('id="exception">')[1].split("</div>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", notice).split())


def _moment(**away: float) -> str:
    return (now() + timedelta(**away)).isoformat(timespec="seconds")


def test_it_shows_the_statement_and_the_facts(page):
    text = page()

    assert "<h1>Scale</h1>" in text
    assert '<div class="math block">\n\\text{out} = \\text{factor} \\cdot x\n</div>' in text
    assert "very easy" in text
    assert "[1, 2] becomes [2, 4]" in text
    assert "from grader.checks import check, matches" in text


def test_the_editor_begins_with_the_starter_and_knows_its_names(page):
    text = page()

    assert "raise NotImplementedError(&#34;scale&#34;)" in text
    names = re.search(r'data-names="([^"]+)"', text)
    assert json.loads(html.unescape(names[1])) == ["scale", "x", "factor", "out"]
    assert 'name="revision" value="0"' in text
    assert "Not run yet." in text


def test_the_editor_holds_the_draft_to_the_letter(page, run):
    run("\n\n# two lines above\n")

    assert 'autocapitalize="off">\n\n\n# two lines above\n</textarea>' in page()


def test_a_page_that_is_opened_during_a_run_waits_for_it(page, run, right):
    run(right)

    assert f'data-poll-url="{PAGE}/run?revision=1&amp;looks=1"' in page()


def test_its_forms_need_no_javascript(page):
    text = page()

    assert f'<form id="work" method="post" action="{PAGE}/submissions">' in text
    assert f'formaction="{PAGE}/run"' in text
    assert f'formaction="{PAGE}/start-over"' in text
    assert 'enctype="multipart/form-data"' in text
    assert 'name="file" type="file"' in text


def test_it_has_no_inline_style_or_script(page):
    text = page()

    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son\w+=", text)


def test_without_a_limit_one_may_try_as_often_as_one_likes(page):
    assert _cost(page()) == "As often as you like; the best counts."


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("best", "the best counts"),
        ("last", "the last counts"),
        ("latest_before_deadline", "the last one before the due date counts"),
    ],
)
def test_it_says_which_attempt_of_how_many_it_would_be(rewrite_course, page, policy, told):
    rewrite_course(COURSE.format(dates="attempts = 10", grade=f'policy = "{policy}"'))

    assert _cost(page()) == f"Attempt 1 of 10; {told}."


@pytest.mark.parametrize(
    ("grade", "told"),
    [
        ("late = { per_day = 0.1, cap = 0.5, grace_days = 3 }", "Each day begun costs 10%, at most 50%; 3 late days in all are free."),
        ("late = { per_day = 0.25 }", "Each day begun costs 25%, at most 100%."),
        ("", "It is graded, but does not count any more."),
    ],
)  # fmt: skip
def test_it_says_what_lateness_costs(rewrite_course, page, grade, told):
    rewrite_course(COURSE.format(dates=f"due = {_moment(hours=-1)}", grade=grade))

    assert _exception(page()).endswith(told)
    assert "disabled" not in page()


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (f"closes = {_moment(hours=-1)}", "Closed"),
        (f"opens = {_moment(hours=1)}", "Opens"),
        (f"due = {_moment(days=-2)}\ncloses = {_moment(days=-1)}", "Run still works. For an extension, ask your instructors."),
    ],
    ids=["closed", "not open yet", "closed after its due date"],
)  # fmt: skip
def test_it_cannot_be_submitted_outside_its_time_and_says_so(rewrite_course, page, dates, told):
    rewrite_course(COURSE.format(dates=dates, grade=""))

    text = page()

    assert told in _exception(text)
    assert re.search(r'data-key="submit"[^>]* disabled', text)
    assert not re.search(r'data-key="run"[^>]* disabled', text)


def test_it_says_when_no_attempt_is_left(rewrite_course, page, signed_in, right):
    rewrite_course(COURSE.format(dates="attempts = 1", grade=""))
    signed_in("ana").post(f"{PAGE}/submissions", {"source": right})

    text = page()

    assert _exception(text) == "You have used your only attempt; the best counts. Run still works."
    assert f'href="{PAGE}/submissions"' in text
    assert re.search(r'data-key="submit"[^>]* disabled', text)


def test_an_exercise_beside_the_grade_says_so(rewrite_course, page):
    grade = '[[grade.components]]\nkey = "exam"\ntitle = "Exam"\nmax = 10\n'
    rewrite_course(COURSE.format(dates="", grade=grade))

    assert _cost(page()) == "As often as you like; it is not part of the grade."


def test_the_time_of_the_course_stands_in_the_page(rewrite_course, page):
    rewrite_course(COURSE.format(dates="due = 2030-01-15T23:59:59", grade=""))

    assert '<time datetime="2030-01-15T22:59:59+00:00" data-course-zone="Europe/Madrid"' in page()


def test_markup_in_a_statement_is_inert(rewrite_course, page):
    folder = rewrite_course(COURSE.format(dates="", grade=""))
    evil = "# Scale\n\n<script>alert(1)</script> [x](javascript:alert(1)) $<img src=x onerror=alert(1)>$\n"
    (folder / "exercises" / "sound" / "scale" / "statement.md").write_text(evil, encoding="utf-8")

    text = page()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text


def test_starting_over_brings_the_starter_and_offers_the_text_back(signed_in, run, drafts, right):
    run(right)
    ana = signed_in("ana")

    answer = ana.post(f"{PAGE}/start-over", {"source": right, "revision": "1"})

    text = answer.get_data(as_text=True)
    assert "raise NotImplementedError" in drafts()[0].source
    assert "You have started over" in text
    assert text.count("return factor * x") == 2  # to be sent back, and to be read

    ana.post(f"{PAGE}/run", {"source": right, "revision": "2"})
    assert drafts()[0].source == right


def test_starting_over_offers_no_starter_back(signed_in, drafts):
    ana = signed_in("ana")
    starter = html.unescape(
        ana.get(PAGE).get_data(as_text=True).split('autocapitalize="off">\n')[1].split("</textarea>")[0]
    )

    answer = ana.post(f"{PAGE}/start-over", {"source": starter, "revision": "0"})

    assert "You have started over" not in answer.get_data(as_text=True)
    assert len(drafts()) == 1


def test_starting_over_takes_nothing_away_that_was_saved_elsewhere(signed_in, run, drafts, right):
    run(right)

    answer = signed_in("ana").post(f"{PAGE}/start-over", {"source": "# older\n", "revision": "0"})

    assert answer.status_code == 409
    assert "# older" in answer.get_data(as_text=True)
    assert drafts()[0].source == right


@pytest.mark.parametrize("who", ["tia", "ines", "ada"])
def test_staff_can_work_on_it_too(page, who):
    assert 'data-key="submit"' in page(who)


@pytest.mark.parametrize("who", ["sol", "omar"])
def test_it_is_not_there_for_those_of_another_course(signed_in, who):
    assert signed_in(who).get(PAGE).status_code == 404
    assert signed_in(who).post(f"{PAGE}/start-over", {"source": "x"}).status_code == 404


def test_an_exercise_that_is_not_in_the_course_is_not_there(signed_in):
    ana = signed_in("ana")

    assert ana.get("/courses/small/exercises/nothing").status_code == 404
    assert ana.post("/courses/small/exercises/nothing/run", {"source": "x"}).status_code == 404
    assert ana.get("/courses/small/exercises/..%2f..%2fcourse").status_code == 404


def test_passers_by_are_asked_to_sign_in(browser):
    assert browser().get(PAGE).status_code == 302


def test_the_address_of_the_page_after_starting_over_leads_to_the_exercise(signed_in):
    assert signed_in("ana").get(f"{PAGE}/start-over").location == PAGE
    assert signed_in("ana").get("/courses/small/exercises/nowhere/start-over").status_code == 404
