"""Signing in and out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from webapp.accounts import services
from webapp.accounts.models import EndedSession, Password, User
from webapp.accounts.services import set_active, user_by_email
from webapp.database import Database, now
from webapp.demo import PASSWORD as DEMO_PASSWORD
from webapp.demo import prepare
from webapp.security import Rates

PASSWORD = "correct horse battery"
WRONG = "That e-mail address and password do not belong together."


def credentials(name: str = "ana", password: str = PASSWORD) -> dict[str, str]:
    return {"email": f"{name}@example.org", "password": password}


def test_it_lets_in_whoever_knows_the_password(browser):
    ana = browser("ana")
    assert "Ana Alonso" in ana.get("/account").get_data(as_text=True)


def test_it_does_not_mind_capitals_and_blanks_in_an_address(browser):
    answer = browser(None).post("/sign-in", {"email": " ANA@Example.org ", "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        credentials(password="wrong"),
        credentials(password=""),
        credentials("nobody"),
        {"email": "a\0na@example.org", "password": PASSWORD},
        {},
    ],
)
def test_it_refuses_everyone_else_with_the_same_words(browser, wrong):
    answer = browser(None).post("/sign-in", wrong)
    assert answer.status_code == 422
    assert WRONG in answer.get_data(as_text=True)


def test_it_hashes_once_whether_the_address_is_known_or_not(browser, monkeypatch):
    seen: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str, password: str) -> Any:
            seen.append(password)
            return super().verify(hash, password)

    monkeypatch.setattr(services, "_hasher", Counting())
    visitor = browser(None)
    visitor.post("/sign-in", credentials(password="known"))
    visitor.post("/sign-in", credentials("nobody", password="unknown"))
    assert seen == ["known", "unknown"]


def test_it_hashes_a_password_anew_when_the_parameters_have_changed(browser, database: Database):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing() as session:
        ana = user_by_email(session, "ana@example.org")
        assert ana is not None
        assert ana.password is not None
        ana.password.hash = weak
        epoch = ana.epoch
    browser("ana")
    with database.reading() as session:
        kept, still = session.execute(
            select(Password.hash, User.epoch).join(Password.user).where(User.email == "ana@example.org")
        ).one()
    assert kept != weak
    assert still == epoch
    browser("ana")


def test_it_tells_a_closed_account_to_ask_the_instructors_but_only_with_the_right_password(browser, database: Database):
    with database.writing() as session:
        ana = user_by_email(session, "ana@example.org")
        assert ana is not None
        set_active(session, ana, False)
    visitor = browser(None)
    right = visitor.post("/sign-in", credentials())
    assert right.status_code == 422
    assert "This account is closed. Ask your instructors" in right.get_data(as_text=True)
    assert WRONG in visitor.post("/sign-in", credentials(password="wrong")).get_data(as_text=True)
    assert visitor.get("/account").location == "/sign-in?next=/account"


def test_closing_an_account_ends_its_sessions_even_after_it_is_opened_again(browser, database: Database):
    ana = browser("ana")
    for active in (False, True):
        with database.writing() as session:
            user = user_by_email(session, "ana@example.org")
            assert user is not None
            set_active(session, user, active)
        assert ana.get("/account").location == "/sign-in?next=/account"


def test_nothing_of_the_session_before_survives_signing_in(browser):
    visitor = browser(None)
    visitor.get("/sign-in")
    with visitor.client.session_transaction() as session:
        session["planted"] = "by someone else"
        before = session["csrf_token"]
    visitor.post("/sign-in", credentials())
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before


def test_signing_out_ends_the_session(browser):
    ana = browser("ana")
    assert ana.post("/sign-out").location == "/sign-in"
    assert ana.get("/account").location == "/sign-in?next=/account"


def test_a_copied_cookie_opens_nothing_after_signing_out(browser, app: Flask):
    ana, elsewhere = browser("ana"), browser("ana")
    thief = app.test_client()
    cookie = ana.client.get_cookie("chainrule")
    thief.set_cookie("chainrule", cookie.value)
    assert thief.get("/account").status_code == 200
    ana.post("/sign-out")
    assert thief.get("/account").location == "/sign-in?next=/account"
    assert elsewhere.get("/account").status_code == 200


def test_signing_out_twice_is_no_error(browser):
    ana = browser("ana")
    assert [ana.post("/sign-out").status_code for _ in range(2)] == [302, 302]


def test_ended_sessions_are_forgotten_when_their_cookies_are_dead(browser, database: Database):
    with database.writing() as session:
        session.add(EndedSession(id="long ago", ended_at=now() - timedelta(days=31)))
    browser("ana").post("/sign-out")
    with database.reading() as session:
        (ended,) = session.scalars(select(EndedSession.id))
    assert ended != "long ago"


def test_whoever_is_signed_in_does_not_see_the_form_again(browser):
    assert browser("ana").get("/sign-in?next=/account").location == "/account"


@pytest.mark.parametrize(
    ("next", "onward"),
    [
        ("/courses/small/?unit=2", "/courses/small/?unit=2"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nX:y", "/"),
        ("/\t/[", "/"),
        ("//[", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_it_goes_on_to_addresses_of_this_site_only(browser, next, onward):
    answer = browser(None).post("/sign-in", {**credentials(), "next": next})
    assert answer.location == onward


def test_it_slows_down_guessing_at_one_account(app: Flask, browser, with_settings):
    app.extensions["chainrule.rates"] = Rates(with_settings(rate_sign_in="2 per minute"))
    visitor = browser(None)
    statuses = [visitor.post("/sign-in", credentials("nobody", "guess")).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]


def test_a_class_behind_one_address_can_sign_in_within_a_minute(browser):
    visitor = browser(None)
    statuses = {visitor.post("/sign-in", credentials(f"student{n}", "guess")).status_code for n in range(30)}
    assert statuses == {422}


def test_it_slows_down_guessing_at_many_accounts_from_one_address(app: Flask, browser, with_settings):
    app.extensions["chainrule.rates"] = Rates(with_settings(rate_sign_in_address="2 per minute"))
    visitor = browser(None)
    statuses = [visitor.post("/sign-in", credentials(f"student{n}", "guess")).status_code for n in range(3)]
    assert statuses == [422, 422, 429]


def test_what_somebody_types_does_not_fill_redis(browser, redis_url):
    visitor = browser(None)
    visitor.post("/sign-in", credentials("nobody"))
    for characters in (300, 3_000_000):
        answer = visitor.post("/sign-in", {"email": "x" * characters, "password": PASSWORD})
        assert answer.status_code == 422
        assert "An e-mail address has at most 254 characters" in answer.get_data(as_text=True)
    with redis.Redis.from_url(redis_url) as client:
        keys = client.keys()
    assert len(keys) == 2
    assert max(map(len, keys)) < 120
    assert not any(b"nobody" in key for key in keys)


def test_what_is_counted_is_as_short_whoever_it_is(app: Flask, redis_url):
    app.extensions["chainrule.rates"].count("mail", "account", "\ud800" + "x" * 3_000_000)
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys()
    assert len(key) < 120


def test_a_way_to_sign_in_that_is_not_there_is_refused(browser):
    answer = browser(None).post("/sign-in", {**credentials(), "way": "magic"})
    assert answer.status_code == 422
    assert "no such way to sign in" in answer.get_data(as_text=True)


def test_the_page_names_no_accounts_outside_of_the_demo(browser):
    assert DEMO_PASSWORD not in browser(None).get("/sign-in").get_data(as_text=True)


def test_the_demo_names_its_accounts_and_offers_to_sign_in(app: Flask, bare: Database, browser, course, with_settings):
    app.extensions["chainrule"] = replace(app.extensions["chainrule"], settings=with_settings(demo=True))
    prepare(bare, course.path)
    visitor = browser(None)
    page = visitor.get("/sign-in").get_data(as_text=True)
    for name in ("student", "assistant", "instructor", "admin"):
        assert f'name="email" value="{name}@example.org"' in page
    answer = visitor.post("/sign-in", {"email": "student@example.org", "password": DEMO_PASSWORD})
    assert answer.status_code == 302
