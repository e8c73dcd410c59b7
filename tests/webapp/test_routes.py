"""Who may ask what: every route with every role, against a table written by hand.

The table says what each kind of person gets at an address that concerns ana's work in the course "small": `ok` is
anything but a refusal, `sign in` is 401 or the way to the sign-in page, `hidden` 404, `no` 403. A route that is missing here fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.accounts.models import User
from webapp.authorisation import require_rules
from webapp.courses.content import Library
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.database import Base, Database
from webapp.settings import Settings
from webapp.submissions.services import HandIn, accept

PASSWORD: Final = "correct horse battery"
PEOPLE: Final = (None, "sol", "ben", "ana", "tia", "ines", "omar", "ada")
"""A passer-by, another course's student, a fellow student, the student, assistant, instructor, stranger, administrator."""

EVERYONE = dict.fromkeys(PEOPLE, "ok")
NOBODY = dict.fromkeys(PEOPLE, "hidden")
"""The token in the address is nobody's."""
SIGNED_IN = {**EVERYONE, None: "sign in"}
MEMBERS = {**SIGNED_IN, "sol": "hidden", "omar": "hidden"}
OWN_OR_STAFF = {**MEMBERS, "ben": "hidden"}
GRADEBOOK = {**MEMBERS, "ana": "no", "ben": "no"}
CLASS = {**MEMBERS, "ana": "no", "ben": "no"}
INSTRUCTORS = {**MEMBERS, "ben": "no", "ana": "no", "tia": "no"}
NO_MEMBER = {**INSTRUCTORS, "ines": "hidden", "ada": "hidden"}
"""The number in the address is nobody's."""
ALLOWED: Final[dict[str, dict[str | None, str]]] = {
    "static": EVERYONE,
    "style": EVERYONE,
    "accounts.sign_in": EVERYONE,
    "accounts.sign_out": EVERYONE,
    "accounts.welcome": NOBODY,
    "accounts.reset": EVERYONE,
    "accounts.choose_password": NOBODY,
    "accounts.account": SIGNED_IN,
    "accounts.change_password": SIGNED_IN,
    "accounts.create_token": SIGNED_IN,
    "accounts.revoke_token": {**NOBODY, None: "sign in"},
    "courses.index": SIGNED_IN,
    "courses.course": MEMBERS,
    "exercises.exercise": MEMBERS,
    "exercises.run": MEMBERS,
    "exercises.results": MEMBERS,
    "exercises.start_over": MEMBERS,
    "exercises.started_over": MEMBERS,
    "submissions.submit": MEMBERS,
    "submissions.attempts": MEMBERS,
    "submissions.submission": OWN_OR_STAFF,
    "submissions.verdict": OWN_OR_STAFF,
    "submissions.source": OWN_OR_STAFF,
    "submissions.receipts": EVERYONE,
    "grades.grade": MEMBERS,
    "gradebook.gradebook": GRADEBOOK,
    "gradebook.export": GRADEBOOK,
    "gradebook.scores": GRADEBOOK,
    "gradebook.save_scores": GRADEBOOK,
    "gradebook.history": {**GRADEBOOK, "tia": "hidden", "ines": "hidden", "ada": "hidden"},  # nobody's number
    "gradebook.upload": GRADEBOOK,
    "gradebook.preview": GRADEBOOK,
    "gradebook.apply": GRADEBOOK,
    "dashboard.overview": CLASS,
    "dashboard.exercise": CLASS,
    "dashboard.diagnosis": CLASS,
    "dashboard.class_list": CLASS,
    "dashboard.student": {**CLASS, "tia": "hidden", "ines": "hidden", "ada": "hidden"},  # nobody's number
    "setup.overview": INSTRUCTORS,
    "setup.preview": MEMBERS,
    "setup.roster": INSTRUCTORS,
    "setup.add_member": INSTRUCTORS,
    "setup.member": NO_MEMBER,
    "setup.change_member": NO_MEMBER,
    "setup.remove_member": NO_MEMBER,
    "setup.invite_member": NO_MEMBER,
    "setup.import_roster": INSTRUCTORS,
    "setup.exercises": INSTRUCTORS,
    "setup.exercise": INSTRUCTORS,
    "setup.change_exercise": INSTRUCTORS,
    "setup.change_visibility": INSTRUCTORS,
    "setup.extensions": INSTRUCTORS,
    "setup.grant_extension": INSTRUCTORS,
    "setup.withdraw_extension": NO_MEMBER,
    "setup.excuse": INSTRUCTORS,
    "setup.withdraw_excuse": NO_MEMBER,
    "setup.announcements": INSTRUCTORS,
    "setup.write_announcement": INSTRUCTORS,
    "setup.delete_announcement": NO_MEMBER,
    "setup.log": INSTRUCTORS,
    "setup.rerun": {**OWN_OR_STAFF, "ana": "no"},
    "setup.override": {**OWN_OR_STAFF, "ana": "no", "tia": "no"},
    "api.document": EVERYONE,
    "api.openapi": EVERYONE,
    "api.me": SIGNED_IN,
    "api.exercises": MEMBERS,
    "api.exercise": MEMBERS,
    "api.submit": MEMBERS,
    "api.submission": OWN_OR_STAFF,
    "api.submissions": MEMBERS,
    "api.grades": MEMBERS,
    "api.revoke": SIGNED_IN,
}
WORDS: Final = {401: "sign in", 403: "no", 404: "hidden"}


@pytest.fixture
def submission(database: Database, settings: Settings) -> str:
    """A submission of ana's."""
    with database.reading() as session:
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        course = session.scalars(select(Course).where(Course.slug == "small")).one()
    content = Library().content(course.path)
    work = HandIn(b"def scale(x, factor=2.0):\n    return x\n", "scale.py", "api")
    return accept(database, settings.secret, course, Plan(content), content.exercise("scale"), ana, work)[0].id


def requests_of(app: Flask, submission: str) -> list[tuple[str, str, str]]:
    """Every route with each of its methods: endpoint, method, address."""
    values: dict[str, Any] = {
        "slug": "small", "name": "scale", "id": submission, "token": "none", "number": 2**31 - 1, "filename": "favicon.svg",
        "exercise": "scale", "diagnosis": "adds_the_factor",
    }  # fmt: skip
    with app.test_request_context():
        return [
            (rule.endpoint, method, app.url_for(rule.endpoint, **{key: values[key] for key in rule.arguments}))
            for rule in app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]


def test_the_table_names_every_route(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ALLOWED)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_what_the_role_allows(
    person: str | None,
    app: Flask,
    submission: str,
    browser: Callable[[str | None], Any],
    bearer: Callable[[str], dict[str, str]],
) -> None:
    found, expected, opened = {}, {}, browser(person)
    for endpoint, method, address in requests_of(app, submission):
        if endpoint.startswith("api.") and endpoint != "api.document":
            headers = bearer(person) if person is not None else {}
            answer = app.test_client().open(
                f"{address}?course=small", method=method, headers=headers, json={} if method == "POST" else None
            )
        else:
            answer = opened.get(address) if method == "GET" else opened.post(address, {})
        assert answer.status_code < 500, (endpoint, method, answer.get_data(as_text=True))
        answer.close()
        if endpoint == "accounts.sign_out":
            opened = browser(person)
        led_to_sign_in = answer.headers.get("Location", "").startswith("/sign-in?next=")
        found[endpoint, method] = "sign in" if led_to_sign_in else WORDS.get(answer.status_code, "ok")
        expected[endpoint, method] = ALLOWED[endpoint][person]
    assert found == expected


def rows_of(database: Database) -> dict[str, list[Any]]:
    """All that the database holds, by table."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()))) for table in Base.metadata.sorted_tables
        }


def session_of(client: FlaskClient) -> dict[str, Any]:
    """What the client's cookie says."""
    with client.session_transaction() as session:
        return dict(session)


@pytest.mark.parametrize("person", [None, "ana", "ines"])
def test_head_answers_as_get_does_and_changes_nothing(
    person: str | None,
    app: Flask,
    database: Database,
    redis_url: str,
    submission: str,
    browser: Callable[[str | None], Any],
    bearer: Callable[[str], dict[str, str]],
) -> None:
    opened, headers = browser(person), bearer(person or "ana") if person else {}
    form = {"email": "ana@example.org", "password": PASSWORD}
    for endpoint, method, address in requests_of(app, submission):
        if method != "GET":
            continue
        sent = headers if endpoint.startswith("api.") else {}
        client = app.test_client() if endpoint.startswith("api.") else opened.client
        with client.get(address, headers=sent) as asked, redis.Redis.from_url(redis_url) as counts:
            before, counted, signed_in = rows_of(database), counts.dbsize(), session_of(client)
            with client.head(address, headers=sent, data=form) as answer:
                assert (answer.status_code, answer.location) == (asked.status_code, asked.location), endpoint
                assert answer.content_type == asked.content_type, endpoint
                assert answer.data == b"", endpoint
            assert rows_of(database) == before, endpoint
            assert counts.dbsize() == counted, endpoint
            assert session_of(client) == signed_in, endpoint


def test_head_with_credentials_does_not_sign_in(browser: Callable[[str | None], Any]) -> None:
    visitor = browser(None)
    visitor.client.head("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    assert visitor.get("/account").location == "/sign-in?next=/account"


ODD_ADDRESSES: Final = (
    "/nowhere",
    "/courses/small",
    "/courses/small/nowhere",
    "/courses/%00/",
    "/courses/%ff%fe/",
    "/courses/small/gradebook/%0d%0aX:y",
    "/account/tokens/99999999999999999999/revoke",
    "/sign-in?next=/%0d%0aX:y",
    "/sign-in?next=//[",
    "/sign-in?next=/%09/[",
    "/courses/small/exercises/scale/run?revision=1&looks=-1",
    "/courses/small/exercises/scale/run?revision=-1&looks=99999999999999999999",
    "/api/v1/nowhere",
    "/static/nowhere.css",
    "//",
)


@pytest.mark.parametrize("person", [None, "ana"])
def test_no_method_breaks_us_at_any_address(
    person: str | None, app: Flask, submission: str, browser: Callable[[str | None], Any]
) -> None:
    opened = browser(person)
    opened.post("/courses/small/exercises/scale/run", {"source": "x = 1"})
    known = [address for endpoint, _, address in requests_of(app, submission) if endpoint != "accounts.sign_out"]
    asking = [(address, headers) for address in ODD_ADDRESSES for headers in ({}, {"HX-Request": "true"})]
    asking += [(address, {"Referer": "http://["}) for address in known]
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD"):
        for address, headers in asking:
            with opened.client.open(address, method=method, headers=headers) as answer:
                assert answer.status_code < 500, (method, address, headers)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("POST", "/nowhere", 404),
        ("PUT", "/nowhere", 404),
        ("DELETE", "/courses/small/nowhere", 404),
        ("PUT", "/sign-in", 405),
        ("DELETE", "/courses/small/", 405),
    ],
)
def test_what_is_not_there_is_not_asked_for_a_token(
    method: str, address: str, status: int, browser: Callable[[str | None], Any]
) -> None:
    assert browser(None).client.open(address, method=method).status_code == status


def test_a_view_without_a_rule_stops_the_start(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: "secret"
    with pytest.raises(RuntimeError, match="no rule says who may see forgotten"):
        require_rules(app)


@pytest.mark.parametrize("address", ["/sign-in", "/sign-out", "/courses/small/exercises/scale/submissions"])
def test_a_form_of_another_site_is_refused(address: str, browser: Callable[[str | None], Any]) -> None:
    answer = browser("ana").client.post(address, data={"source": "x"})
    assert answer.status_code == 400
    assert "This form has expired" in answer.get_data(as_text=True)


def test_the_api_does_not_know_cookies(browser: Callable[[str | None], Any]) -> None:
    assert browser("ana").get("/api/v1/me").status_code == 401


def test_every_page_has_the_policy_that_forbids_inline_scripts(browser: Callable[[str | None], Any]) -> None:
    for address in ("/sign-in", "/nowhere", "/courses/small/"):
        headers = browser("ana").get(address).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
