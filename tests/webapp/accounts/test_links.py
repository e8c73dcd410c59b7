"""The links that set a password: invitations, and resets."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from webapp.accounts.invitations import invite
from webapp.accounts.models import Link, User
from webapp.accounts.services import (
    hash_password,
    make_link,
    make_token,
    make_user,
    set_active,
    set_password,
    use_link,
    valid_token,
)
from webapp.courses.editions import add_member, course_by_slug
from webapp.database import Database, now
from webapp.mail import Mail
from webapp.problems import Invalid, Problem
from webapp.settings import Settings

CHOSEN = {"name": "Nuria Núñez", "new": "a password of mine", "again": "a password of mine"}
ASKED = "has an account here, a link is on its way there"


@pytest.fixture
def invited(database: Database, settings: Settings) -> str:
    """The path of an invitation to the course "small" for nuria."""
    with database.writing() as session:
        user = make_user(session, "nuria@example.org", "Nunez, N.")
        course = course_by_slug(session, "small")
        assert course is not None
        add_member(session, course, user, "student", "B")
        return invite(session, user, settings).link.removeprefix(settings.url)


@pytest.fixture
def reset_link(database: Database) -> str:
    """The path of a reset for ana."""
    with database.writing() as session:
        return f"/reset/{make_link(session, person(session), 'reset', timedelta(hours=2))}"


@pytest.fixture
def mailed(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The paths that stand in the e-mails so far, which go to the log."""
    caplog.set_level(logging.INFO, logger="webapp.mail")
    return lambda: re.findall(r"http://localhost(/\w+/[\w-]+)", caplog.text)


def person(session: Any, name: str = "ana") -> User:
    found: User = session.scalars(select(User).where(User.email == f"{name}@example.org")).one()
    return found


def test_an_invitation_shows_whom_it_is_for(browser, invited):
    page = browser(None).get(invited).get_data(as_text=True)
    for fact in ("nuria@example.org", "Nunez, N.", "A small course 2026", "group B"):
        assert fact in page


def test_it_sets_name_and_password_and_signs_in(browser, invited):
    visitor = browser(None)
    assert visitor.post(invited, CHOSEN).location == "/"
    assert "Nuria Núñez" in visitor.get("/account").get_data(as_text=True)
    answer = browser(None).post("/sign-in", {"email": "nuria@example.org", "password": CHOSEN["new"]})
    assert answer.status_code == 302


def test_looking_at_an_invitation_does_not_use_it_up(browser, invited):
    for _ in range(2):
        assert browser(None).get(invited).status_code == 200
    assert browser(None).post(invited, CHOSEN).status_code == 302


def test_an_invitation_works_once(browser, invited):
    browser(None).post(invited, CHOSEN)
    for answer in (browser(None).get(invited), browser(None).post(invited, CHOSEN)):
        assert answer.status_code == 410
        assert "This link is used up" in answer.get_data(as_text=True)
        assert 'href="/sign-in"' in answer.get_data(as_text=True)


def test_of_two_who_use_a_link_at_the_same_moment_one_comes_in(database: Database, invited):
    token = invited.rpartition("/")[2]
    ready = threading.Barrier(2)

    def use(_: int) -> str:
        ready.wait()
        try:
            with database.writing() as session:
                return use_link(session, "invitation", token).email
        except Problem as problem:
            return problem.title

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(use, range(2))) == ["This link is used up", "nuria@example.org"]


def test_an_invitation_that_has_run_out_says_when_and_what_to_do(browser, database: Database, invited):
    with database.writing() as session:
        session.execute(update(Link).values(expires_at=now().replace(year=2020, month=3, day=1)))
    answer = browser(None).get(invited)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 410
    assert "It could be used until 1 March 2020" in page
    assert 'href="/reset"' in page


@pytest.mark.parametrize("path", ["/welcome/nonsense", "/reset/nonsense"])
def test_a_link_that_is_not_ours_says_so(browser, path):
    answer = browser(None).get(path)
    assert answer.status_code == 404
    assert "This link is not complete" in answer.get_data(as_text=True)


def test_a_link_is_good_for_its_own_purpose_only(browser, invited):
    assert browser(None).get(invited.replace("/welcome/", "/reset/")).status_code == 404


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({**CHOSEN, "again": "something else"}, "The two passwords differ."),
        ({**CHOSEN, "new": "short", "again": "short"}, "choose at least 10"),
        ({**CHOSEN, "name": "a\0b"}, "holds a control character"),
        ({**CHOSEN, "name": "x" * 201}, "It has 201 characters"),
    ],
)
def test_a_mistake_in_the_form_costs_no_invitation(browser, invited, sent, words):
    visitor = browser(None)
    answer = visitor.post(invited, sent)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert visitor.post(invited, CHOSEN).status_code == 302


def test_a_new_invitation_ends_the_one_before(browser, database: Database, settings: Settings, invited):
    with database.writing() as session:
        newer = invite(session, person(session, "nuria"), settings).link.removeprefix(settings.url)
    assert browser(None).get(invited).status_code == 410
    assert browser(None).get(newer).status_code == 200


def test_nobody_who_has_a_password_is_invited(database: Database, settings: Settings):
    with database.writing() as session, pytest.raises(Invalid, match="has chosen one"):
        invite(session, person(session), settings)


def test_nobody_whose_account_is_closed_is_invited_or_let_in(browser, database: Database, settings: Settings, invited):
    with database.writing() as session:
        set_active(session, person(session, "nuria"), False)
        with pytest.raises(Invalid, match="may not come in"):
            invite(session, person(session, "nuria"), settings)
    assert "This account is closed" in browser(None).get(invited).get_data(as_text=True)


def test_setting_a_password_ends_all_open_links(browser, database: Database, reset_link):
    with database.writing() as session:
        set_password(session, person(session), hash_password("another password"))
    assert browser(None).get(reset_link).status_code == 410


def test_a_reset_is_sent_to_those_who_have_an_account(browser, mailed):
    answer = browser(None).post("/reset", {"email": "Ana@example.org"}, buffered=True)
    assert ASKED in answer.get_data(as_text=True)
    (link,) = mailed()
    assert "ana@example.org" in browser(None).get(link).get_data(as_text=True)


def test_the_answer_is_the_same_for_those_who_have_none(browser, database: Database, mailed):
    with database.writing() as session:
        set_active(session, person(session, "ben"), False)
    pages = {
        browser(None)
        .post("/reset", {"email": f"{name}@example.org"}, buffered=True)
        .get_data(as_text=True)
        .replace(name, "NAME")
        .partition("<main")[2]
        for name in ("nobody", "ana", "ben")
    }
    assert len(pages) == 1
    assert ASKED in pages.pop()
    assert len(mailed()) == 1


def test_the_link_is_made_after_the_answer_so_that_its_time_tells_nothing(browser, mailed):
    answer = browser(None).post("/reset", {"email": "ana@example.org"})
    assert ASKED in answer.get_data(as_text=True)
    assert mailed() == []
    answer.close()
    assert len(mailed()) == 1


def test_what_is_no_address_is_told(browser, mailed):
    answer = browser(None).post("/reset", {"email": "ana"}, buffered=True)
    assert answer.status_code == 422
    assert "has not the form name@example.org" in answer.get_data(as_text=True)


def test_nobody_fills_the_mailbox_of_another(browser, mailed):
    statuses = [browser(None).post("/reset", {"email": "ana@example.org"}, buffered=True).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert len(mailed()) == 5


def test_a_class_behind_one_address_can_ask_at_the_same_time(browser):
    visitor = browser(None)
    statuses = {visitor.post("/reset", {"email": f"s{n}@example.org"}, buffered=True).status_code for n in range(30)}
    assert statuses == {200}


def test_a_mail_server_that_is_away_is_logged_and_the_answer_stays_the_same(app, browser, with_settings, caplog):
    mail = Mail(with_settings(smtp_url="smtp://127.0.0.1:1"))
    app.extensions["chainrule"] = replace(app.extensions["chainrule"], mail=mail)
    answer = browser(None).post("/reset", {"email": "ana@example.org"}, buffered=True)
    assert ASKED in answer.get_data(as_text=True)
    assert "the password reset for ana@example.org was not sent: the mail server 127.0.0.1:1" in caplog.text


def test_a_reset_ends_all_sessions_and_begins_one_here(browser, reset_link):
    elsewhere, here = browser("ana"), browser(None)
    assert here.post(reset_link, CHOSEN).location == "/"
    assert "You are signed in here, and signed out everywhere else." in here.get("/account").get_data(as_text=True)
    assert elsewhere.get("/account").location == "/sign-in?next=/account"


@pytest.mark.parametrize(("ticked", "works"), [({}, True), ({"revoke": "yes"}, False)])
def test_a_reset_revokes_the_tokens_when_that_is_asked_for(browser, database: Database, reset_link, ticked, works):
    with database.writing() as session:
        _, text = make_token(session, person(session), "my laptop")
    visitor = browser(None)
    assert "Your personal token goes on working" in visitor.get(reset_link).get_data(as_text=True)
    visitor.post(reset_link, {**CHOSEN, **ticked})
    with database.reading() as session:
        assert (valid_token(session, text) is not None) is works


def test_a_reset_with_a_mistake_in_the_form_can_be_repeated(browser, reset_link):
    visitor = browser(None)
    assert visitor.post(reset_link, {"new": "short", "again": "short"}).status_code == 422
    assert visitor.post(reset_link, CHOSEN).status_code == 302


def test_whoever_lost_the_invitation_comes_in_by_a_reset(browser, database: Database, invited, mailed):
    browser(None).post("/reset", {"email": "nuria@example.org"}, buffered=True)
    (link,) = mailed()
    assert browser(None).post(link, CHOSEN).status_code == 302
    assert browser(None).get(invited).status_code == 410


def test_a_very_long_address_is_refused_at_once(browser):
    answer = browser(None).post("/reset", {"email": "a@" + "." * 100_000 + ">"})
    assert answer.status_code == 422
    assert "An e-mail address has at most 254 characters; this one has 100003." in answer.get_data(as_text=True)
