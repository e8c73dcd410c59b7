"""The cool-down: tied to the pressure on the queue, and off unless it is wished for."""

from datetime import timedelta

import pytest

from webapp.database import now
from webapp.submissions import services

SUBMIT = "/courses/small/exercises/scale/submissions"


@pytest.fixture(autouse=True)
def two_are_many(monkeypatch):
    """A queue of two can be long."""
    monkeypatch.setattr(services, "SHORT", 2)


@pytest.fixture
def long_queue(put):
    """A queue in which an attempt of ana's waits behind one of ben's."""
    put("ben", received_at=now() - timedelta(seconds=20))
    put("ana", received_at=now() - timedelta(seconds=10))


def hand_in(browser, name="ana"):
    return browser(name).post(SUBMIT, {"source": "def scale(x, factor=2.0):\n    return x\n"})


def test_it_is_off_by_default(long_queue, browser):
    assert hand_in(browser).status_code == 303


def test_while_the_queue_is_long_the_verdict_comes_first(long_queue, browser, set_up):
    set_up(cool_down=True)
    answer = hand_in(browser)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    told = answer.get_data(as_text=True)
    assert "The queue is long right now" in told
    assert "Your attempt at place 2 is kept." in told


def test_the_api_says_the_same(long_queue, set_up, app, bearer):
    set_up(cool_down=True)
    answer = app.test_client().post(
        "/api/v1/exercises/scale/submissions", headers=bearer("ana"), json={"source": "x = 1"}
    )
    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_who_has_nothing_in_the_queue_does_not_wait(put, browser, set_up):
    set_up(cool_down=True)
    for _ in range(3):
        put("ben")
    assert hand_in(browser).status_code == 303


def test_an_attempt_at_another_exercise_does_not_count(put, browser, set_up):
    set_up(cool_down=True)
    put("ben")
    put("ana", exercise="layer")
    assert hand_in(browser).status_code == 303


def test_without_pressure_nobody_waits(long_queue, put, browser, set_up):
    set_up(cool_down=True)
    for _ in range(3):
        put("ben", state="graded", graded_at=now(), score=1, max_score=4)
    assert hand_in(browser).status_code == 303


def test_what_was_done_long_ago_does_not_lower_the_pressure(long_queue, put, browser, set_up):
    set_up(cool_down=True)
    for _ in range(3):
        put("ben", state="graded", graded_at=now() - timedelta(minutes=1), score=1, max_score=4)
    assert hand_in(browser).status_code == 429


def test_regrades_in_the_background_are_no_pressure(put, browser, set_up):
    set_up(cool_down=True)
    for _ in range(3):
        put("ben", lane="regrades")
    put("ana")
    assert hand_in(browser).status_code == 303


def test_the_same_key_is_answered_all_the_same(long_queue, put, set_up, app, bearer):
    headers = {**bearer("ana"), "Idempotency-Key": "k"}
    client, address = app.test_client(), "/api/v1/exercises/scale/submissions"
    first = client.post(address, headers=headers, json={"source": "x = 1"})
    set_up(cool_down=True)
    assert client.post(address, headers=headers, json={"source": "x = 1"}).json["id"] == first.json["id"]
