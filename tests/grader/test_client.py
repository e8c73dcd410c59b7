"""The client of the server's API: what it sends, what it tries again, and what each failure is told as."""

from __future__ import annotations

import json
import math
import re
import socket
import ssl

import pytest

from grader.client import Broken, Busy, Client, ClientError, Refused, Unreachable, Upload, report_of
from grader.report import CheckResult, Diagnosis, ErrorFigure, Report, Resources, StudentLine

SOURCE = Upload.of_source("def scale(x): ...\n", "scale.py")
UNPROVEN = ssl.SSLCertVerificationError(1, "not verified")
UNPROVEN.verify_message = "self-signed certificate"
REPORT = Report(
    exercise="scale",
    exercise_version="0" * 16,
    status="failed",
    score=1.0,
    max_score=4.0,
    seed=17,
    checks=[
        CheckResult("a", "A", True, 1.0, 1.0),
        CheckResult(
            "b", "B", False, 0.0, 3.0, message="wrong", diagnosis="d", error=ErrorFigure(0.5, [1, 2]),
            reproducer="import numpy as np\n", trace=[StudentLine(1, "f", "x = 1")],
        ),
    ],
    diagnosis=Diagnosis("d", "D", "Do it."),
    figures=[{"title": "F", "spec": {}}],
    resources=Resources(0.1, 0.05, 60.0),
    versions={"numpy": "2"},
)  # fmt: skip


class Clock:
    """A clock that stands still between the pauses; they are kept, and none of them is waited for."""

    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def sleep(self, seconds):
        self.now += seconds
        self.pauses.append(seconds)

    def read(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    """What a client said before its pauses."""
    return []


@pytest.fixture
def client(stand_in, clock, told):
    return Client(stand_in.url, stand_in.token, patience_s=60, tell=told.append, sleep=clock.sleep, clock=clock.read)


def failure_of(client, call=Client.me):
    with pytest.raises(ClientError) as caught:
        call(client)
    return caught.value


# --- what it sends ----------------------------------------------------------------------------------------------------


def test_every_request_carries_the_token_and_says_who_asks(client, stand_in):
    client.me()
    headers = stand_in.requests[0]["headers"]
    assert headers["Authorization"] == f"Bearer {stand_in.token}"
    assert headers["User-Agent"].startswith("chainrule/")


def test_a_source_arrives_as_it_is(client, stand_in):
    source = "# größer\r\ndef scale(x): ...\n"
    client.submit("scale", Upload.of_source(source, "übung.py"), "k")
    assert stand_in.submissions[0]["received"] == ("übung.py", source)


def test_a_name_that_is_no_text_arrives_with_question_marks(client, stand_in):
    for upload in (Upload.of_source("x", "caf\udce9.py"), Upload.of_file(b"x", "caf\udce9.py")):
        client.submit("scale", upload, upload.content_type[:6])
    assert [each["received"][0] for each in stand_in.submissions] == ["caf?.py", "caf?.py"]


@pytest.mark.parametrize("name", ["scale.ipynb", 'a "b".ipynb', "übung.ipynb"])
def test_a_file_arrives_byte_for_byte(client, stand_in, name):
    data = bytes(range(256)) + b"\r\n--x\r\n"
    client.submit("scale", Upload.of_file(data, name), "k")
    assert stand_in.submissions[0]["received"] == (name.replace('"', "%22"), data)


def test_names_and_ids_cannot_leave_their_place_in_the_address(client, stand_in):
    for call in (lambda: client.submission("../me?x=1"), lambda: client.submit("../../me", SOURCE, "k")):
        assert failure_of(client, lambda _, call=call: call()).status == 404
    assert [each["path"] for each in stand_in.requests] == [
        "/api/v1/submissions/..%2Fme%3Fx%3D1",
        "/api/v1/exercises/..%2F..%2Fme/submissions",
    ]


def test_a_proxy_for_the_network_is_not_asked_for_this_machine(stand_in, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Client(stand_in.url, stand_in.token, patience_s=0).me()["name"] == "Ada"


# --- what it tries again ----------------------------------------------------------------------------------------------


def test_a_submission_whose_answer_was_lost_is_not_made_twice(client, stand_in):
    stand_in.drops(after=True)
    assert client.submit("scale", SOURCE, "k")["id"] == "s1"
    assert len(stand_in.submissions) == 1
    assert [each["headers"]["Idempotency-Key"] for each in stand_in.requests] == ["k", "k"]


def test_a_submission_that_was_lost_on_the_way_is_sent_again(client, stand_in):
    stand_in.drops(after=False)
    client.submit("scale", SOURCE, "k")
    assert len(stand_in.submissions) == 1


def test_an_answer_that_ends_in_its_middle_is_asked_for_again(client, stand_in):
    stand_in.tears()
    assert client.me()["name"] == "Ada"


def test_an_answer_that_comes_too_late_is_asked_for_again(stand_in, clock):
    stand_in.dawdles(0.5)
    client = Client(stand_in.url, stand_in.token, patience_s=60, timeout_s=0.1, sleep=clock.sleep, clock=clock.read)
    client.submit("scale", SOURCE, "k")
    assert stand_in.asked("/api/v1/exercises/scale/submissions") == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_names_a_time_is_asked_again_after_it(client, stand_in, clock, told, status):
    stand_in.answers(status, "Too many at once.", Retry_After="7")
    client.me()
    assert 7 <= clock.pauses[0] <= 7 * 1.25
    assert re.fullmatch(r"A title\. Too many at once\. Trying again in [789] s\.", told[0])


@pytest.mark.parametrize(
    ("before", "nothing"),
    [([], True), ([429], True), ([503], False), ([429, 502], False), ([None], False), ([None, 429], False)],
)
def test_too_many_requests_have_changed_nothing_unless_a_try_before_them_may_have(client, stand_in, before, nothing):
    for status in before:
        stand_in.drops(after=True) if status is None else stand_in.answers(status, "Wait.")
    stand_in.answers(429, "Wait.", Retry_After="600")
    assert failure_of(client).changed_nothing == nothing


def test_a_server_that_names_no_time_is_asked_more_and_more_slowly(client, stand_in, clock):
    for _ in range(7):
        stand_in.answers_as_a_proxy(502, Retry_After="soon")
    client.me()
    assert [math.log2(pause / 0.25) // 1 for pause in clock.pauses] == [0, 1, 2, 3, 4, 5, 5]


def test_a_server_that_names_no_pause_at_all_is_not_hammered(client, stand_in, clock):
    stand_in.answers(429, Retry_After="0")
    client.me()
    assert clock.pauses[0] >= 0.25


def test_a_time_beyond_its_patience_is_told_at_once(client, stand_in, clock):
    stand_in.answers(429, "Come back in ten minutes.", Retry_After="600")
    error = failure_of(client)
    assert (type(error), str(error), clock.pauses) == (Busy, "A title. Come back in ten minutes.", [])


def test_its_patience_ends(client, stand_in, clock):
    stand_in.close_port()
    assert isinstance(failure_of(client), Unreachable)
    assert 40 < clock.now <= 60


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_an_answer_that_stays_the_same_is_not_asked_for_again(client, stand_in, status):
    stand_in.answers(status, "No.")
    failure_of(client)
    assert len(stand_in.requests) == 1


# --- what each failure is told as -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_a_wrong_request_is_refused_with_the_servers_reason(client, stand_in, status):
    stand_in.answers(status, "The deadline was yesterday.")
    error = failure_of(client)
    assert (type(error), str(error), error.status, error.explained) == (
        Refused, "A title. The deadline was yesterday.", status, True,
    )  # fmt: skip


def test_a_problem_without_a_detail_is_told_by_its_title(client, stand_in):
    stand_in.answers(409)
    assert str(failure_of(client)) == "A title."


@pytest.mark.parametrize(
    ("errors", "lines"),
    [
        ([{"pointer": "/source", "detail": "is empty"}], ["/source: is empty"]),
        ([{"field": "source", "message": "is empty"}, "and more"], ["source: is empty", "and more"]),
        ([{"detail": "is empty"}], ["is empty"]),
        ("no list", []),
    ],
)
def test_a_problems_errors_are_told_with_their_places(client, stand_in, errors, lines):
    stand_in.answers_as_a_proxy(422, json.dumps({"title": "Not valid", "errors": errors}).encode())
    assert str(failure_of(client)).split("\n  ") == ["Not valid.", *lines]


@pytest.mark.parametrize("status", [403, 404, 413])
def test_a_proxys_refusal_is_not_taken_for_the_servers(client, stand_in, status):
    stand_in.answers_as_a_proxy(status)
    error = failure_of(client)
    assert (type(error), error.explained) == (Refused, False)
    assert str(error) == f"{stand_in.url} answers {status} without a reason."


def test_a_failing_server_is_broken(client, stand_in):
    stand_in.answers(500, "Our fault.")
    error = failure_of(client)
    assert (type(error), str(error)) == (Broken, "A title. Our fault.")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_never_follows_a_redirection(client, stand_in, status):
    stand_in.answers_as_a_proxy(status, Location=f"{stand_in.url}/api/v1/elsewhere")
    error = failure_of(client)
    assert (type(error), len(stand_in.requests)) == (Refused, 1)
    assert f"sends you on to {stand_in.url}/api/v1/elsewhere" in str(error)


@pytest.mark.parametrize(
    "body", [b"<html>Log in to the hotel's network</html>", b"", b"[NaN]", b"[" * 100_000, b"\xff"]
)
def test_what_is_no_json_comes_from_no_chainrule_server(client, stand_in, body):
    stand_in.answers_as_a_proxy(200, body)
    assert str(failure_of(client)) == f"{stand_in.url} answers, but not as a Chainrule server does."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[]", "a JSON object was expected"),
        (b"{}", "its 'name' is None"),
        (b'{"name": "Ada", "email": 3}', "its 'email' is 3"),
    ],
)
def test_a_document_of_another_shape_is_told_by_its_key(client, stand_in, body, text):
    stand_in.answers_as_a_proxy(200, body)
    error = failure_of(client)
    assert isinstance(error, Broken)
    assert text in str(error)


def test_nobody_answering_is_told(clock, stand_in):
    stand_in.close_port()
    error = failure_of(Client(stand_in.url, "t", patience_s=0))
    assert (type(error), str(error)) == (Unreachable, f"Nothing answers at {stand_in.url}.")


@pytest.mark.parametrize(
    ("cause", "text", "passing"),
    [
        (socket.gaierror(-2, "not known"), "No machine named chainrule.test is found.", False),
        (UNPROVEN, "does not prove who it is (self-signed certificate)", False),
        (ssl.SSLError(1, "wrong version"), "does not speak https as it should", False),
        (ssl.SSLEOFError(8, "ended"), "broke off", True),
        (TimeoutError(), "did not answer within 20 s", True),
        (ConnectionResetError(104, "reset"), "broke off ([Errno 104] reset)", True),
    ],
)
def test_a_connection_that_fails_is_told_by_its_cause(monkeypatch, cause, text, passing):
    client = Client("https://chainrule.test", "t", patience_s=0)

    def fail(*arguments, **options):
        raise cause

    monkeypatch.setattr(socket, "create_connection", fail)
    error = failure_of(client)
    assert (type(error), error.passing) == (Unreachable, passing)
    assert text in str(error)


def test_a_server_that_speaks_no_https_is_told(stand_in):
    error = failure_of(Client(stand_in.url.replace("http:", "https:"), "t"))
    assert "does not speak https as it should" in str(error)


# --- waiting for a verdict --------------------------------------------------------------------------------------------


def test_it_asks_for_a_verdict_politely_until_it_is_there(client, stand_in, clock):
    stand_in.polls_until_graded, stand_in.report = 7, REPORT.as_dict()
    client.submit("scale", SOURCE, "k")
    states = [each["state"] for each in client.follow("s1")]
    assert states == ["queued"] * 7 + ["graded"]
    assert clock.pauses == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1, 1, 1])
    assert stand_in.requests[-1]["query"] == {"wait": ["5"]}


def test_a_server_that_held_the_question_is_asked_again_at_once(client, stand_in, clock):
    stand_in.polls_until_graded, stand_in.report = 1, REPORT.as_dict()
    client.submit("scale", SOURCE, "k")
    following = client.follow("s1")
    next(following)
    clock.now += 5
    next(following)
    assert clock.pauses == [0.05, 0.0]


def test_a_server_that_falls_over_meanwhile_is_waited_for(client, stand_in):
    stand_in.polls_until_graded, stand_in.report = 1, REPORT.as_dict()
    client.submit("scale", SOURCE, "k")
    stand_in.drops(after=False)
    stand_in.answers_as_a_proxy(502)
    assert [each["state"] for each in client.follow("s1")] == ["queued", "graded"]


def test_a_verdict_without_a_report_is_broken(client, stand_in):
    client.submit("scale", SOURCE, "k")
    assert "its 'report' is None" in str(failure_of(client, lambda each: list(each.follow("s1"))))


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_survives_the_way_there_and_back():
    assert report_of({"id": 1, "report": json.loads(json.dumps(REPORT.as_dict()))}) == REPORT


def test_what_a_newer_server_adds_to_a_report_is_left_out():
    document = {
        **REPORT.as_dict(),
        "new": 1,
        "resources": {"wall_s": 0.1, "cpu_s": 0.05, "peak_memory_mb": 60.0, "gpu": 1},
    }
    assert report_of({"id": 1, "report": document}) == REPORT


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {**REPORT.as_dict(), "status": "new"},
        {**REPORT.as_dict(), "checks": [{"name": "a"}]},
        {**REPORT.as_dict(), "score": "7"},
        {**REPORT.as_dict(), "message": None},
        {**REPORT.as_dict(), "checks": [{**REPORT.as_dict()["checks"][0], "points": None}]},
        {
            **REPORT.as_dict(),
            "checks": [{**REPORT.as_dict()["checks"][0], "trace": [{"line": "1", "function": "f", "text": ""}]}],
        },
        {**REPORT.as_dict(), "diagnosis": {"name": "d", "title": 1, "hint": ""}},
    ],
)
def test_a_report_that_cannot_be_read_is_told(wrong):
    with pytest.raises(Broken, match="The server's report of submission 7 cannot be read"):
        report_of({"id": 7, "report": wrong})
