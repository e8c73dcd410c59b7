"""Signing in and out, the account's own page, and the links that set a password."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import demo, web
from webapp.accounts import letters, services
from webapp.accounts.authentication import WAYS, Refused, admit
from webapp.accounts.models import Token, User
from webapp.authorisation import Public, SignedIn, allow
from webapp.courses.editions import memberships_of
from webapp.mail import MailError
from webapp.problems import Invalid
from webapp.security import rate, rates

LIFETIMES: Final[Mapping[str, timedelta | None]] = {
    "30": timedelta(days=30),
    "180": timedelta(days=180),
    "365": timedelta(days=365),
    "never": None,
}
"""How long a new token can work, by what the form sends."""
USUAL_LIFETIME: Final = "180"

bp = Blueprint("accounts", __name__)
log = logging.getLogger(__name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(Public())
def sign_in() -> ResponseReturnValue:
    """The ways to sign in, and what their forms send."""
    onward = _own_address(request.values.get("next", "/"))
    if web.only_looks():
        return redirect(onward) if web.me() else _sign_in_page(onward)
    way = WAYS.get(request.form.get("way", "password"))
    if way is None:
        raise Invalid("There is no such way to sign in", "Go back to the sign-in page, and use one that it offers.")
    email = request.form.get("email", "").strip()
    if len(email) > services.LONGEST_EMAIL:  # nobody's: there is nothing to guess at, and so nothing to count
        return _sign_in_page(onward, error=services.too_long(email)), 422
    rates().count("sign_in_address", request.remote_addr or "")
    rates().count("sign_in", "account", email.lower())
    try:
        admit(way.recognise(request.form))
    except Refused as refusal:
        return _sign_in_page(onward, email, str(refusal)), 422
    return redirect(onward)


@bp.post("/sign-out")
@allow(Public())
def sign_out() -> ResponseReturnValue:
    """Ends the session."""
    web.sign_out()
    return redirect(url_for("accounts.sign_in"))


@bp.get("/account")
@allow(SignedIn())
def account() -> ResponseReturnValue:
    """Who one is here, the password, the tokens."""
    return _account_page()


@bp.post("/account/password")
@allow(SignedIn())
def change_password() -> ResponseReturnValue:
    """Changes the password; whoever is signed in elsewhere is signed out, this browser stays."""
    person = web.person()
    rates().count("sign_in", "account", person.email)
    if services.verify(web.db(), person.email, request.form.get("old", "")) is None:
        return _account_page(old_error="That is not your password."), 422
    try:
        hashed = services.hash_password(_chosen())
    except Invalid as problem:
        return _account_page(new_error=problem.detail), 422
    with web.writing() as session:
        changed = session.get_one(User, person.id)
        services.set_password(session, changed, hashed)
    web.sign_in(changed)
    flash("Your password is changed. You are signed out everywhere else.", "right")
    return redirect(url_for("accounts.account"))


@bp.post("/account/tokens")
@allow(SignedIn())
def create_token() -> ResponseReturnValue:
    """Makes a token. Its text stands in this answer and nowhere else, so there is no redirect."""
    lifetime = request.form.get("lifetime", USUAL_LIFETIME)
    if lifetime not in LIFETIMES:
        raise Invalid("There is no such lifetime", f"{lifetime!r} is none of {', '.join(LIFETIMES)}.")
    try:
        with web.writing() as session:
            user = session.get_one(User, web.person().id)
            fresh = services.make_token(session, user, request.form.get("name", ""), LIFETIMES[lifetime])
    except Invalid as problem:
        return _account_page(token_error=problem.detail), 422
    web.db().commit()  # reading began before the token was there; the page is to list it
    return _account_page(fresh=fresh), 201


@bp.post("/account/tokens/<int(max=2147483647):number>/revoke")
@allow(SignedIn())
def revoke_token(number: int) -> ResponseReturnValue:
    """Makes one's own token worthless."""
    with web.writing() as session:
        token = services.revoke_token(session, session.get_one(User, web.person().id), number)
    flash(f"The token “{token.name}” is revoked.", "right")
    return redirect(url_for("accounts.account", _anchor="tokens"))


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@allow(Public())
def welcome(token: str) -> ResponseReturnValue:
    """An invitation: a new person looks at their name, chooses a password, and is in."""
    invited = services.find_link(web.db(), "invitation", token).user
    if web.only_looks():
        return _welcome_page(invited, invited.name)
    name = request.form.get("name", "")
    try:
        name = services.plain_text(name, "name", services.LONGEST_NAME)
    except Invalid as problem:
        return _welcome_page(invited, name, name_error=problem.detail), 422
    try:
        hashed = services.hash_password(_chosen())
    except Invalid as problem:
        return _welcome_page(invited, name, new_error=problem.detail), 422
    with web.writing() as session:
        user = services.use_link(session, "invitation", token)
        user.name = name or user.name
        services.set_password(session, user, hashed)
    admit(user)
    flash("Your account is ready. From now on you sign in with your e-mail address and this password.", "right")
    return redirect("/")


@bp.route("/reset", methods=["GET", "POST"])
@allow(Public())
@rate("mail_address")
def reset() -> ResponseReturnValue:
    """Asks for a link by which to choose a new password."""
    if web.only_looks():
        return render_template("accounts/reset.html", email="", error="")
    given = request.form.get("email", "")
    try:
        email = services.normalise_email(given)
    except Invalid as problem:
        return render_template("accounts/reset.html", email=given, error=problem.detail), 422
    rates().count("mail", "account", email)
    answer = make_response(render_template("accounts/reset_asked.html", email=email, hours=services.RESET_HOURS))
    # After the answer: neither what it says nor how long it takes tells whether there is an account.
    answer.call_on_close(partial(_send_reset, web.services(), email))
    return answer


@bp.route("/reset/<token>", methods=["GET", "POST"])
@allow(Public())
def choose_password(token: str) -> ResponseReturnValue:
    """The link of that e-mail: a new password, which ends all sessions."""
    forgetful = services.find_link(web.db(), "reset", token).user
    page = partial(
        render_template,
        "accounts/choose_password.html",
        email=forgetful.email,
        least=services.LEAST_PASSWORD,
        tokens=len(services.usable_tokens(web.db(), forgetful)),
    )
    if web.only_looks():
        return page()
    try:
        hashed = services.hash_password(_chosen())
    except Invalid as problem:
        return page(error=problem.detail, revoke="revoke" in request.form), 422
    with web.writing() as session:
        user = services.use_link(session, "reset", token)
        services.set_password(session, user, hashed)
        if "revoke" in request.form:
            services.revoke_all_tokens(session, user)
    admit(user)
    flash("Your password is changed. You are signed in here, and signed out everywhere else.", "right")
    return redirect("/")


def _send_reset(held: web.Services, email: str) -> None:
    with held.database.writing() as session:
        user = services.user_by_email(session, email)
        if user is None or not user.is_active:
            return
        token = services.make_link(session, user, "reset", timedelta(hours=services.RESET_HOURS))
    address = held.settings.url
    letter = letters.reset(user.name, f"{address}/reset/{token}", address)
    try:
        held.mail.send(user.email, letter.subject, letter.text)
    except MailError as error:
        log.error("the password reset for %s was not sent: %s", user.email, error)


def _chosen() -> str:
    """The new password that a form sends twice. Raises Invalid when the two differ."""
    chosen = request.form.get("new", "")
    if chosen != request.form.get("again", ""):
        raise Invalid("The two passwords differ", "The two passwords differ. Type the same one twice.")
    return chosen


def _sign_in_page(onward: str, email: str = "", error: str = "") -> str:
    settings = web.services().settings
    return render_template(
        "accounts/sign_in.html",
        onward=onward,
        email=email,
        error=error,
        ways=WAYS.values(),
        demo=demo if settings.demo else None,
    )


def _account_page(fresh: tuple[Token, str] | None = None, **errors: str) -> str:
    settings, person = web.services().settings, web.person()
    plain = settings.url.startswith("http://") and urlsplit(settings.url).hostname not in ("127.0.0.1", "localhost")
    return render_template(
        "accounts/account.html",
        memberships=memberships_of(web.db(), person),
        tokens=services.tokens_of(web.db(), person),
        has_run_out=services.has_run_out,
        fresh=fresh,
        login=f"chainrule login {settings.url}{' --insecure' if plain else ''}",
        least=services.LEAST_PASSWORD,
        zone=ZoneInfo("UTC"),
        usual_lifetime=USUAL_LIFETIME,
        form=request.form,
        **errors,
    )


def _welcome_page(invited: User, name: str, **errors: Any) -> str:
    return render_template(
        "accounts/welcome.html",
        email=invited.email,
        name=name,
        memberships=memberships_of(web.db(), invited),
        least=services.LEAST_PASSWORD,
        **errors,
    )


def _own_address(address: str) -> str:
    """An address on this site, or the start page: nobody is sent elsewhere by a link to us."""
    # Browsers leave control characters out, and what follows them moves up; no header may hold a line's end.
    plain = not any(unicodedata.category(each) == "Cc" for each in address)
    return address if plain and address.startswith("/") and address[1:2] not in ("/", "\\") else "/"
