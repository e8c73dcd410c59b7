"""Handing in on the web."""

import io
import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from grader.tasks import Post, sweep
from webapp.exercises.models import Draft
from webapp.submissions.docket import DatabaseDocket
from webapp.submissions.models import Submission

HALF_A_CHARACTER = b'{"cells": [{"cell_type": "code", "source": "\\ud83d"}]}'
SUBMIT = "/courses/small/exercises/scale/submissions"


def submissions(database):
    with database.reading() as session:
        return list(session.scalars(select(Submission).order_by(Submission.id)))


def draft(database):
    with database.reading() as session:
        return session.scalar(select(Draft.source))


def upload(content, filename):
    return {"file": (io.BytesIO(content), filename)}


def test_it_accepts_the_editors_text_and_goes_on_to_its_page(browser, database, right):
    answer = browser("ana").post(SUBMIT, {"source": right.replace("\n", "\r\n")})
    (accepted,) = submissions(database)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/submissions/{accepted.id}"
    assert (accepted.exercise, accepted.origin, accepted.state) == ("scale", "editor", "queued")
    with database.reading() as session:
        assert session.get(Submission, accepted.id).source == right.encode()


def test_htmx_is_told_where_to_go(browser, database, right):
    answer = browser("ana").post(SUBMIT, {"source": right}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    place = json.loads(answer.headers["HX-Location"])
    assert place["path"] == f"/submissions/{submissions(database)[0].id}"
    assert place["target"] == place["select"] == "#content"


def test_the_editors_text_becomes_the_draft(browser, database, right):
    browser("ana").post(SUBMIT, {"source": right})
    assert draft(database) == right


def test_a_text_that_is_refused_is_kept_as_the_draft(browser, database, right):
    ana = browser("ana")
    deceiving = right + "# \u202e\n"
    answer = ana.post(SUBMIT, {"source": deceiving})
    assert answer.status_code == 422
    assert "Line 3 holds an invisible character" in answer.get_data(as_text=True)
    assert 'href="/courses/small/exercises/scale">Back to the exercise' in answer.get_data(as_text=True)
    assert submissions(database) == []
    assert draft(database) == deceiving


def test_a_newer_draft_of_another_tab_is_not_overwritten(browser, database, right, adds):
    ana = browser("ana")
    ana.post("/courses/small/exercises/scale/run", {"source": adds, "revision": 0})
    ana.post("/courses/small/exercises/scale/run", {"source": adds + "# more\n", "revision": 1})
    assert ana.post(SUBMIT, {"source": right, "revision": 1}).status_code == 303
    assert draft(database) == adds + "# more\n"


def test_a_double_click_hands_in_once(browser, database, right):
    ana = browser("ana")
    first, second = (ana.post(SUBMIT, {"source": right, "idempotency_key": "k"}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(submissions(database)) == 1


@pytest.mark.parametrize("key", ["a\0b", "\u202e", "schlüssel"])
def test_a_key_that_is_none_of_ours_is_refused(browser, database, right, key):
    answer = browser("ana").post(SUBMIT, {"source": right, "idempotency_key": key})
    assert answer.status_code == 422
    assert submissions(database) == []


def test_a_text_that_no_database_keeps_is_refused(browser, database):
    answer = browser("ana").post(SUBMIT, {"source": "x = 'a\0b'"})
    assert answer.status_code == 422
    assert "NUL byte in line 1" in answer.get_data(as_text=True)


def test_the_same_page_with_another_text_hands_in_again(browser, database, right, adds):
    ana = browser("ana")
    for source in (right, adds):
        assert ana.post(SUBMIT, {"source": source, "idempotency_key": "k"}).status_code == 303
    assert len(submissions(database)) == 2


def test_every_page_has_a_key_of_its_own(app):
    with app.test_request_context("/"):
        fresh_key = app.jinja_env.globals["fresh_key"]
        assert fresh_key() != fresh_key()


def test_a_file_can_be_handed_in(browser, database, right):
    answer = browser("ana").post(SUBMIT, upload(right.encode(), "my_scale.py"))
    assert answer.status_code == 303
    (accepted,) = submissions(database)
    assert (accepted.filename, accepted.origin) == ("my_scale.py", "upload")
    assert draft(database) is None


def test_of_a_notebook_the_code_cells_are_handed_in(browser, database, right):
    cells = [{"cell_type": "markdown", "source": "# Scale"}, {"cell_type": "code", "source": [right]}]
    browser("ana").post(SUBMIT, upload(json.dumps({"cells": cells, "nbformat": 4}).encode(), "scale.ipynb"))
    (accepted,) = submissions(database)
    with database.reading() as session:
        assert session.get(Submission, accepted.id).source.decode().strip() == right.strip()


def test_an_empty_file_field_leaves_the_editors_text(browser, database, right):
    answer = browser("ana").post(SUBMIT, {"source": right, **upload(b"", "")})
    assert answer.status_code == 303
    assert submissions(database)[0].origin == "editor"


def test_bad_files_are_refused_with_the_way_out(browser, database):
    cases = [
        (upload(b"", "empty.py"), 422, "The file is empty"),
        (upload(b"x" * 200_000, "long.py"), 422, "at most 131,072 are accepted"),
        (upload(b"\x89PNG\0", "picture.py"), 422, "NUL byte in line 1"),
        (upload(b"{", "broken.ipynb"), 422, "The notebook is not JSON"),
        (upload(HALF_A_CHARACTER, "half.ipynb"), 422, "holds half a character (U+D83D)"),
        (upload(b"x", "homework.pdf"), 422, "hand in one that ends in .py or .ipynb"),
        ({}, 422, "The file is empty"),
    ]
    ana = browser("ana")
    for data, status, words in cases:
        answer = ana.post(SUBMIT, data)
        assert answer.status_code == status, words
        assert words in answer.get_data(as_text=True)
    assert submissions(database) == []


def test_ten_megabytes_are_not_even_read(browser):
    kind = "multipart/form-data; boundary=b"
    answer = browser("ana").post(SUBMIT, b"x" * 10 * 2**20, content_type=kind)
    assert answer.status_code == 413
    assert "That is too large" in answer.get_data(as_text=True)


def test_an_exercise_that_is_not_there_is_told(browser):
    answer = browser("ana").post("/courses/small/exercises/nothing/submissions", {"source": "x = 1"})
    assert answer.status_code == 404
    assert "There is no such exercise" in answer.get_data(as_text=True)


def test_strangers_and_passers_by_do_not_hand_in(browser, database, right):
    assert browser("sol").post(SUBMIT, {"source": right}).status_code == 404
    assert browser(None).post(SUBMIT, {"source": right}).status_code == 401
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 0


def test_the_message_to_the_workers_names_the_submission(browser, app, database, right, monkeypatch):
    sent = []
    monkeypatch.setattr(type(app.extensions["chainrule"].post), "grade", lambda post, *what: sent.append(what) or True)
    browser("ana").post(SUBMIT, {"source": right})
    (accepted,) = submissions(database)
    assert sent == [(accepted.id, "submissions")]
    assert accepted.sent_at is not None


def test_without_a_broker_it_is_accepted_and_the_sweeper_sends_it_as_soon_as_it_can(
    browser, app, database, right, settings
):
    away = Post("redis://127.0.0.1:1/0")
    app.extensions["chainrule"] = replace(app.extensions["chainrule"], post=away)
    assert browser("ana").post(SUBMIT, {"source": right}).status_code == 303
    docket = DatabaseDocket(settings)
    assert [sweep(docket, post) for post in (away, Post(settings.redis_url), Post(settings.redis_url))] == [1, 1, 0]
    docket.close()
