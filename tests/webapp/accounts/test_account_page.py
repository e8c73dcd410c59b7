"""The account's own page: who one is, the password, the tokens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.accounts.models import Token, User
from webapp.accounts.services import MOST_TOKENS, make_token, note_use, valid_token
from webapp.database import Database, now
from webapp.security import Rates

PASSWORD = "correct horse battery"
NEW = "a better password"


def change(old: str = PASSWORD, new: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"old": old, "new": new, "again": again}


def tokens(database: Database, name: str = "ana") -> list[Token]:
    with database.reading() as session:
        query = select(Token).join(Token.user).where(User.email == f"{name}@example.org").order_by(Token.id)
        return list(session.scalars(query))


def shown_token(page: str) -> str:
    found = re.search(r'id="new-token">(chr_[\w-]+)<', page)
    assert found is not None, page
    return found[1]


def test_it_says_who_one_is_and_in_which_courses(browser):
    page = browser("ana").get("/account").get_data(as_text=True)
    for fact in ("Ana Alonso", "ana@example.org", "A small course 2026", "student", "<td>A</td>"):
        assert fact in page


def test_an_administrator_in_no_course_reads_what_that_means(browser):
    assert "act as an instructor in every course" in browser("ada").get("/account").get_data(as_text=True)


def test_changing_the_password_keeps_this_browser_and_signs_out_the_others(browser):
    here, elsewhere = browser("ana"), browser("ana")
    assert here.post("/account/password", change()).location == "/account"
    assert "Your password is changed" in here.get("/account").get_data(as_text=True)
    assert elsewhere.get("/account").location == "/sign-in?next=/account"
    answer = browser(None).post("/sign-in", {"email": "ana@example.org", "password": NEW})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (change(old="wrong"), "That is not your password."),
        (change(new="short", again="short"), "It has 5 characters; choose at least 10."),
        (change(again="another password"), "The two passwords differ."),
        ({}, "That is not your password."),
    ],
)
def test_a_change_that_cannot_be_made_is_told_beside_the_form(browser, sent, words):
    ana = browser("ana")
    answer = ana.post("/account/password", sent)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    browser("ana")


def test_guessing_at_the_password_of_an_open_session_is_slowed_down(app, browser, with_settings):
    ana = browser("ana")
    app.extensions["chainrule.rates"] = Rates(with_settings(rate_sign_in="2 per minute"))
    statuses = [ana.post("/account/password", change(old="guess")).status_code for _ in range(3)]
    assert statuses == [422, 422, 429]


def test_a_token_is_shown_once_with_the_command_that_uses_it(browser, database: Database):
    ana = browser("ana")
    answer = ana.post("/account/tokens", {"name": "my laptop", "lifetime": "30"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 201
    assert "chainrule login http://localhost" in page
    assert f"<strong>my laptop</strong> <code>{shown_token(page)[:8]}…" in page
    assert shown_token(page) not in ana.get("/account").get_data(as_text=True)
    with database.reading() as session:
        token = valid_token(session, shown_token(page))
        assert token is not None
        assert token.user.email == "ana@example.org"
        assert token.expires_at is not None
        assert timedelta(days=29) < token.expires_at - now() < timedelta(days=31)


def test_a_token_can_work_until_it_is_revoked(browser, database: Database):
    browser("ana").post("/account/tokens", {"name": "for ever", "lifetime": "never"})
    (token,) = tokens(database)
    assert token.expires_at is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "x" * 101, "lifetime": "30"}, "It has 101 characters; use at most 100."),
        ({"name": "a\0b", "lifetime": "30"}, "holds a control character"),
        ({"name": "mine", "lifetime": "31"}, "is none of 30, 180, 365, never"),
    ],
)
def test_a_token_that_cannot_be_made_is_told(browser, database: Database, sent, words):
    answer = browser("ana").post("/account/tokens", sent)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert tokens(database) == []


def test_nobody_collects_tokens_without_end(browser, database: Database):
    with database.writing() as session:
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        for number in range(MOST_TOKENS):
            make_token(session, ana, f"token {number}")
    answer = browser("ana").post("/account/tokens", {"name": "one more"})
    assert answer.status_code == 422
    assert "Revoke one that is not used." in answer.get_data(as_text=True)


def test_a_revoked_token_is_worthless_and_gone_from_the_page(browser, database: Database):
    ana = browser("ana")
    text = shown_token(ana.post("/account/tokens", {"name": "my laptop"}).get_data(as_text=True))
    (token,) = tokens(database)
    assert ana.post(f"/account/tokens/{token.id}/revoke").location == "/account#tokens"
    page = ana.get("/account").get_data(as_text=True)
    assert "The token “my laptop” is revoked." in page
    assert token.hint not in page
    with database.reading() as session:
        assert valid_token(session, text) is None


@pytest.mark.parametrize("number", ["{theirs}", "999999", "99999999999999999999"])
def test_a_token_of_someone_else_is_not_there(browser, database: Database, number):
    browser("ben").post("/account/tokens", {"name": "ben's"})
    (theirs,) = tokens(database, "ben")
    answer = browser("ana").post(f"/account/tokens/{number.format(theirs=theirs.id)}/revoke")
    assert answer.status_code == 404
    assert tokens(database, "ben")[0].revoked_at is None


def test_a_token_that_has_run_out_says_so_and_does_not_work(browser, database: Database):
    with database.writing() as session:
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        token, text = make_token(session, ana, "old", timedelta(days=30))
        token.expires_at = now() - timedelta(minutes=1)
    assert "Expired" in browser("ana").get("/account").get_data(as_text=True)
    with database.reading() as session:
        assert valid_token(session, text) is None


def test_the_last_use_of_a_token_is_written_once_an_hour(database: Database, bearer):
    text = bearer("ana")["Authorization"].partition(" ")[2]

    def use() -> None:
        with database.reading() as session:
            token = valid_token(session, text)
            assert token is not None
            note_use(database, token)

    use()
    first = tokens(database)[0].last_used_at
    assert first is not None
    use()
    assert tokens(database)[0].last_used_at == first
    with database.writing() as session:
        session.scalars(select(Token)).one().last_used_at = now() - timedelta(minutes=61)
    use()
    again = tokens(database)[0].last_used_at
    assert again is not None
    assert again > first


def test_asking_the_api_with_a_token_counts_as_its_use(app, database: Database, bearer):
    app.test_client().get("/api/v1/me", headers=bearer("ana"))
    assert tokens(database)[0].last_used_at is not None
