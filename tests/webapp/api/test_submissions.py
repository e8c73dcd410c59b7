"""Handing in through the API, and what becomes of it."""

from __future__ import annotations

import io
import json
import threading
import time

import pytest
from sqlalchemy import func, select

from webapp.courses.models import Course
from webapp.database import now
from webapp.factory import create_app
from webapp.submissions.models import Submission
from webapp.submissions.receipts import read

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"
KEY = {"Idempotency-Key": "one"}


def count(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Submission))


def notebook(*cells):
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()


def upload(program, data, filename):
    return program.ask("POST", "/exercises/scale/submissions", data={"file": (io.BytesIO(data), filename)})


# --- accepting --------------------------------------------------------------------------------------------------------


def test_a_submission_is_accepted_with_a_receipt_that_we_signed(ana, settings):
    answer = ana.submit()
    assert answer.status_code == 201
    assert answer.json["state"] == "queued"
    receipt = read(answer.json["receipt"], settings.secret)
    assert (receipt.submission, receipt.email, receipt.exercise) == (answer.json["id"], "ana@example.org", "scale")


def test_the_answer_says_where_the_submission_is(ana):
    answer = ana.submit()
    assert ana.client.get(answer.headers["Location"], headers=ana.headers).json["id"] == answer.json["id"]
    assert answer.json["url"] == f"http://localhost/submissions/{answer.json['id']}"


def test_the_place_in_the_queue_counts_those_who_came_before(ana, program):
    program("ben").submit()
    assert ana.submit().json["position"] == 2


def test_the_verdict_is_the_report_that_the_engine_made(ana, grade_all):
    id = ana.submit(WRONG).json["id"]
    grade_all()
    document = ana.get(f"/submissions/{id}").json
    assert (document["state"], document["position"]) == ("graded", None)
    assert document["report"]["status"] == "failed"
    assert document["report"]["diagnosis"]["name"] == "adds_the_factor"
    assert document["report"]["checks"][0]["title"]


def test_a_file_of_a_form_is_taken(ana, grade_all):
    id = upload(ana, RIGHT.encode(), "mine.py").json["id"]
    grade_all()
    assert ana.get(f"/submissions/{id}").json["report"]["status"] == "passed"


def test_the_code_cells_of_a_notebook_are_taken(ana, grade_all):
    id = upload(ana, notebook("%matplotlib inline", RIGHT), "mine.ipynb").json["id"]
    grade_all()
    assert ana.get(f"/submissions/{id}").json["report"]["status"] == "passed"


def test_a_notebook_may_come_as_json_too(ana):
    work = {"source": notebook(RIGHT).decode(), "filename": "mine.ipynb"}
    assert ana.ask("POST", "/exercises/scale/submissions", json=work).status_code == 201


def test_staff_may_hand_in_their_own_work(program):
    assert program("tia").submit().status_code == 201


def test_a_submission_is_accepted_while_redis_is_away(with_settings, tmp_path, bearer):
    lost = create_app(with_settings(redis_url=f"unix://{tmp_path}/nobody.sock"))
    path = "/api/v1/exercises/scale/submissions"
    answer = lost.test_client().post(path, json={"source": RIGHT}, headers=bearer("ana"))
    assert (answer.status_code, answer.json["state"]) == (201, "queued")
    lost.extensions["chainrule"].database.close()


# --- once only --------------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_submission(ana, database):
    first, second = ana.submit(headers=KEY), ana.submit(headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] == second.json["id"]
    assert first.json["receipt"] == second.json["receipt"]
    assert count(database) == 1


def test_a_key_comes_back_with_the_submission_as_it_is_by_now(ana, grade_all):
    ana.submit(headers=KEY)
    grade_all()
    assert ana.submit(headers=KEY).json["state"] == "graded"


def test_a_key_that_was_used_for_other_work_is_refused(ana):
    id = ana.submit(headers=KEY).json["id"]
    answer = ana.submit(WRONG, headers=KEY)
    assert answer.status_code == 409
    assert id in answer.json["detail"]


def test_a_key_that_was_used_in_another_course_is_refused(ana, database):
    ana.submit(headers=KEY)
    with database.writing() as session:
        (first,) = session.scalars(select(Submission))
        first.course_id = session.scalars(select(Course.id).where(Course.slug == "other")).one()
    assert ana.submit(headers=KEY).status_code == 409


def test_keys_are_each_persons_own(ana, program, database):
    assert ana.submit(headers=KEY).json["id"] != program("ben").submit(headers=KEY).json["id"]
    assert count(database) == 2


def several(app, ana):
    return [ana, *(type(ana)(app.test_client(), ana.headers) for _ in range(3))]


def at_once(programs, **kwargs):
    """The answers to submissions that these programs send at the same moment."""
    together, answers = threading.Barrier(len(programs)), []

    def submit(each):
        together.wait()
        answers.append(each.submit(**kwargs))

    threads = [threading.Thread(target=submit, args=(each,)) for each in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_submissions_at_the_same_moment_do_not_exceed_the_attempts(app, ana, small_course, database):
    small_course("attempts = 1")
    answers = at_once(several(app, ana))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert count(database) == 1


def test_the_same_key_from_two_sides_at_once_is_accepted_once(app, ana, program, database):
    programs = several(app, ana)
    answers = at_once(programs, headers=KEY)
    assert [answer.status_code for answer in answers] == [201] * len(programs)
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(database) == 1


def test_an_answer_that_is_sent_again_costs_no_attempt(ana, small_course):
    small_course("attempts = 1")
    assert [ana.submit(headers=KEY).status_code for _ in range(2)] == [201, 201]


@pytest.mark.parametrize("key", ["", "k" * 201, "schlüssel"])
def test_a_key_that_is_no_key_is_told(ana, key):
    answer = ana.submit(headers={"Idempotency-Key": key.encode("utf-8").decode("latin-1")})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "header.Idempotency-Key"


# --- what is not accepted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "filename", "told"),
    [
        (b"", "a.py", "empty"),
        (b" \n", "a.py", "empty"),
        (b"\x7fELF\x00\x01", "a.py", "NUL byte in line 1"),
        (b"x = '\xff'", "a.py", "not UTF-8"),
        (b"#" * 200_000, "a.py", "200,000 bytes; at most 131,072"),
        (b"{", "a.ipynb", "not JSON"),
        (b"{}", "a.ipynb", "no list of cells"),
        (notebook(), "a.ipynb", "no code cell"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_the_reason(ana, database, data, filename, told):
    answer = upload(ana, data, filename)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert told in answer.json["detail"]
    assert count(database) == 0


def test_ten_megabytes_are_too_large(ana, database):
    answer = ana.submit("#" * 10 * 2**20)
    assert answer.status_code == 413
    assert "128 KiB" in answer.json["detail"]
    assert count(database) == 0


def test_what_is_refused_is_read_to_its_end_so_that_the_answer_arrives(ana):
    body = io.BytesIO(b"#" * 10 * 2**20)
    answer = ana.ask(
        "POST",
        "/exercises/scale/submissions",
        input_stream=body,
        content_type="application/json",
        content_length=10 * 2**20,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert body.read() == b""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("closes = 2020-01-02T03:04:00Z", "closed on Thursday, 2 January 2020"),
        ("opens = 2999-01-01T00:00:00Z", "opens on"),
    ],
)
def test_outside_its_dates_an_exercise_takes_nothing(ana, database, small_course, line, told):
    small_course(line)
    answer = ana.submit()
    assert answer.status_code == 409
    assert told in answer.json["detail"]
    assert count(database) == 0


def test_used_up_attempts_are_told(ana, small_course):
    small_course("attempts = 1")
    ana.submit()
    answer = ana.submit(WRONG)
    assert answer.status_code == 409
    assert "all 1 attempts" in answer.json["detail"]


def test_an_unknown_exercise_is_told_with_those_that_there_are(ana):
    answer = ana.submit(exercise="scael")
    assert answer.status_code == 404
    assert "scale, layer, leaky" in answer.json["detail"]


def test_too_many_at_once_are_told_when_to_come_back(with_settings, bearer):
    strict = create_app(with_settings(rate_submit="1 per 10 minutes"))
    ask = {"json": {"source": RIGHT}, "headers": bearer("ana")}
    answers = [strict.test_client().post("/api/v1/exercises/scale/submissions", **ask) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert 590 <= int(answers[1].headers["Retry-After"]) <= 600
    assert "send it again in 10 minutes" in answers[1].json["detail"]
    strict.extensions["chainrule"].database.close()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"source": "\\ud800"}', b"[" * 10_000])
def test_a_body_that_is_no_json_is_told(ana, body):
    answer = ana.ask("POST", "/exercises/scale/submissions", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "body"


@pytest.mark.parametrize(
    "body", ["null", "1e999", "[]", "{}", '{"source": 1}', '{"source": null}', '{"source": "x", "filename": 1}']
)
def test_json_of_another_form_is_told(ana, body):
    answer = ana.ask("POST", "/exercises/scale/submissions", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith("body")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_of_another_kind_is_told(ana, kind):
    answer = ana.ask("POST", "/exercises/scale/submissions", data=RIGHT, content_type=kind)
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_a_form_without_the_file_is_told(ana):
    answer = ana.ask("POST", "/exercises/scale/submissions", data={"other": (io.BytesIO(b"x"), "a.py")})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "body.file"


# --- looking at them --------------------------------------------------------------------------------------------------


def test_only_the_owner_and_the_staff_of_the_course_see_a_submission(ana, program):
    id = ana.submit().json["id"]
    answers = {name: program(name).get(f"/submissions/{id}").status_code for name in ("ana", "tia", "ines", "ada")}
    assert answers == dict.fromkeys(answers, 200)
    for stranger in ("ben", "sol", "omar"):
        assert program(stranger).get(f"/submissions/{id}").status_code == 404


@pytest.mark.parametrize("id", ["x", "0" * 26, "%00", "%FF", "a%2Fb", "..", "0" * 5000])
def test_an_id_that_is_none_is_not_found(ana, id):
    answer = ana.get(f"/submissions/{id}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_waiting_ends_with_the_verdict(ana, grade_all):
    id = ana.submit().json["id"]
    grading = threading.Timer(0.2, grade_all)
    grading.start()
    document = ana.get(f"/submissions/{id}?wait=20").json
    grading.join()
    assert document["state"] == "graded"
    assert document["report"]["status"] == "passed"


def test_waiting_ends_with_its_time(ana):
    id = ana.submit().json["id"]
    begun = time.monotonic()
    assert ana.get(f"/submissions/{id}?wait=0.3").json["state"] == "queued"
    assert 0.3 <= time.monotonic() - begun < 5


def test_those_who_wait_never_take_all_threads(with_settings, bearer, ana):
    id = ana.submit().json["id"]
    single = create_app(with_settings(web_threads=1))
    begun = time.monotonic()
    document = single.test_client().get(f"/api/v1/submissions/{id}?wait=20", headers=ana.headers).json
    assert document["state"] == "queued"
    assert time.monotonic() - begun < 5
    single.extensions["chainrule"].database.close()


@pytest.mark.parametrize("wait", ["-1", "21", "nan", "inf", "x", "", "1e999", "%00"])
def test_a_time_that_is_none_is_told(ana, wait):
    id = ana.submit().json["id"]
    answer = ana.get(f"/submissions/{id}?wait={wait}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "query.wait"


def test_the_list_holds_ones_own_newest_first(ana, program, grade_all):
    first = ana.submit().json["id"]
    grade_all()
    second = ana.submit(WRONG, exercise="layer").json["id"]
    program("ben").submit()
    rows = ana.get("/submissions").json["submissions"]
    assert [row["id"] for row in rows] == [second, first]
    assert [row["status"] for row in rows] == [None, "passed"]
    assert (rows[1]["score"], rows[1]["max_score"], rows[1]["position"], rows[0]["position"]) == (4.0, 4.0, None, 1)


def test_the_list_can_be_narrowed(ana):
    for exercise in ("scale", "layer", "scale"):
        ana.submit(exercise=exercise)
    assert len(ana.get("/submissions?exercise=scale").json["submissions"]) == 2
    assert len(ana.get("/submissions?limit=1").json["submissions"]) == 1
    assert len(ana.get("/submissions?course=small").json["submissions"]) == 3
    assert ana.get("/submissions?exercise=none").json == {"submissions": []}


def test_the_list_of_a_strangers_course_is_not_there(ana):
    assert ana.get("/submissions?course=other").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=-5", "limit=" + "9" * 400, "exercise=%00", "course=%00"]
)
def test_a_list_that_cannot_be_made_is_told(ana, query):
    answer = ana.get(f"/submissions?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


def test_the_moment_of_receipt_is_in_utc(ana):
    before = now().isoformat()
    received = ana.submit().json["received_at"]
    assert received.endswith("Z")
    assert before[:16] <= received[:16]
