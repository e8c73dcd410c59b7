"""What can be done with accounts: signing in, passwords, links that are used once, tokens."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from typing import Any, Final, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import EndedSession, Link, Password, Token, User
from webapp.database import Database, hold, now
from webapp.mail import mailbox
from webapp.problems import Invalid, NotThere, Problem

LEAST_PASSWORD: Final = 10
TOKEN_PREFIX: Final = "chr_"
RESET_HOURS: Final = 2
MOST_TOKENS: Final = 20
"""Tokens that one person can have at a time."""
USE_NOTED: Final = timedelta(hours=1)
"""How exactly a token's last use is kept: a write for each request would cost more than the request."""
LONGEST_EMAIL: Final = 254
LONGEST_NAME: Final = 200
LONGEST_TOKEN_NAME: Final = 100

_NO_ADDRESS: Final = r"\s@,;:<>()\[\]\"\\"
_ADDRESS: Final = re.compile(rf"[^{_NO_ADDRESS}]+@[^{_NO_ADDRESS}]+\.[^{_NO_ADDRESS}]+")
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex())


def normalise_email(email: str) -> str:
    """An address in the form in which it is kept. Raises Invalid for what is none, or could be sent nothing."""
    address = email.strip().lower()
    if len(address) > LONGEST_EMAIL:  # before the pattern, which takes its time with very long ones
        raise Invalid("That is no e-mail address", too_long(address))
    try:
        if not (_ADDRESS.fullmatch(address) and address.isprintable()):
            raise ValueError(address)
        mailbox(address)
    except ValueError:
        raise Invalid(
            "That is no e-mail address", f"{email!r} has not the form name@example.org. Look at its spelling."
        ) from None
    return address


def too_long(address: str) -> str:
    """What is wrong with an address that is too long, without the address."""
    return f"An e-mail address has at most {LONGEST_EMAIL} characters; this one has {len(address)}."


def plain_text(text: str, what: str, longest: int) -> str:
    """A name in the form in which it is kept: on one line, single spaces. Raises Invalid for what cannot be shown."""
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(kept) > longest:
        raise Invalid(f"That {what} is too long", f"It has {len(kept)} characters; use at most {longest}.")
    if any(unicodedata.category(each) in ("Cc", "Cs") or each in _BIDI for each in kept):
        raise Invalid(f"That {what} cannot be shown", f"{kept!r} holds a control character. Type it anew.")
    return kept


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, or None."""
    address = email.strip().lower()
    if "\0" in address:  # PostgreSQL refuses to compare it, and nobody has it
        return None
    return session.scalar(select(User).where(User.email == address))


def make_user(session: Session, email: str, name: str, *, is_admin: bool = False) -> User:
    """A new person without a password. Raises Invalid when the address is taken or none."""
    address = normalise_email(email)
    if user_by_email(session, address) is not None:
        raise Invalid("There is an account already", f"{address} has one. Use another address, or change that account.")
    name = plain_text(name, "name", LONGEST_NAME) or address
    user = User(email=address, name=name, is_admin=is_admin, created_at=now())
    session.flush()  # what else is to be written fails on its own account
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:  # two courses may get the same new person at the same moment
        raise Invalid(
            "There is an account already", f"{address} was given one at this very moment. Send this again."
        ) from error
    return user


def verify(session: Session, email: str, password: str) -> User | None:
    """The person whose address and password these are, active or not, or None; takes as long either way."""
    user = user_by_email(session, email)
    kept = user.password.hash if user is not None and user.password is not None else _nobodys_hash()
    try:
        _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return user


def renew_hash(database: Database, user: User, password: str) -> None:
    """Hashes a password anew that was just verified, where its hash was made with parameters of another time."""
    assert user.password is not None
    old = user.password.hash
    if not _hasher.check_needs_rehash(old):
        return
    renewed = _hasher.hash(password)
    with database.writing() as session:
        # Only in the place of that very hash: the password may have been changed meanwhile.
        session.execute(update(Password).where(Password.user_id == user.id, Password.hash == old).values(hash=renewed))


def hash_password(password: str) -> str:
    """The hash of a new password: slow, so do it outside a transaction. Raises Invalid for a short one."""
    if len(password) < LEAST_PASSWORD:
        raise Invalid(
            "That password is too short",
            f"It has {len(password)} characters; choose at least {LEAST_PASSWORD}. A few words in a row do well.",
        )
    return _hasher.hash(password)


def new_session(user_id: int, epoch: int) -> dict[str, Any]:
    """What the cookie of a fresh session holds."""
    return {"user": user_id, "epoch": epoch, "id": secrets.token_hex(16)}


def end_session(session: Session, user: User, id: str, lifetime: timedelta) -> None:
    """Ends a session for good. Those that were ended longer ago than a cookie lives need not be remembered."""
    # Two sign-outs of one session at the same moment wait for each other here.
    hold(session, User, user.id)
    session.execute(delete(EndedSession).where(EndedSession.ended_at < now() - lifetime))
    session.merge(EndedSession(id=id, ended_at=now()))


def has_ended(session: Session, id: str) -> bool:
    """Whether somebody has signed out of this session."""
    return session.scalar(select(EndedSession.id).where(EndedSession.id == id)) is not None


def set_password(session: Session, user: User, hashed: str) -> None:
    """Gives a person this password, signs them out everywhere, and ends the links that would set another."""
    if user.password is None:
        user.password = Password(user_id=user.id, hash=hashed, changed_at=now())
    else:
        user.password.hash, user.password.changed_at = hashed, now()
    user.epoch += 1
    session.execute(update(Link).where(Link.user_id == user.id, Link.used_at.is_(None)).values(used_at=now()))


def set_active(session: Session, user: User, active: bool) -> None:
    """Lets a person in, or keeps them out: their sessions end, and their tokens rest while they are out."""
    user.is_active = active
    user.epoch += 1


def digest(token: str) -> str:
    """What is kept of a token: they are random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(session: Session, user: User, purpose: str, lifetime: timedelta) -> str:
    """A new link's token; older links of the same purpose stop working."""
    session.execute(
        update(Link)
        .where(Link.user_id == user.id, Link.purpose == purpose, Link.used_at.is_(None))
        .values(used_at=now())
    )
    token = secrets.token_urlsafe(24)
    session.add(
        Link(user_id=user.id, purpose=purpose, digest=digest(token), created_at=now(), expires_at=now() + lifetime)
    )
    session.flush()
    return token


def find_link(session: Session, purpose: str, token: str) -> Link:
    """The link of this token, which can still be used. Raises Problem (404, 410) when it cannot."""
    again = ("Ask for a new link", "/reset")
    link = session.scalar(select(Link).where(Link.digest == digest(token), Link.purpose == purpose))
    if link is None:
        raise Problem(
            404,
            "This link is not complete",
            "We know no such link. Copy all of it from the e-mail into the address bar, or ask for a new one.",
            again,
        )
    if not link.user.is_active:
        raise Problem(410, "This account is closed", "Ask your instructors to open it again.")
    if link.used_at is not None:
        raise _used_up()
    if link.expires_at < now():
        until = link.expires_at.strftime("%-d %B %Y, %H:%M UTC")
        raise Problem(410, "This link has run out", f"It could be used until {until}. Ask for a new one.", again)
    return link


def use_link(session: Session, purpose: str, token: str) -> User:
    """Uses a link up, and gives the person it was made for. Raises Problem (404, 410), as find_link does."""
    link = find_link(session, purpose, token)
    used = session.execute(update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=now()))
    if not cast(CursorResult[Any], used).rowcount:  # someone else has used it in this very moment
        raise _used_up()
    return link.user


def _used_up() -> Problem:
    return Problem(
        410,
        "This link is used up",
        "A link works once, and a newer one ends it. Sign in with the password that you have set, or choose "
        "“Forgot your password?” there to get a new link.",
        ("Sign in", "/sign-in"),
    )


def make_token(session: Session, user: User, name: str, lifetime: timedelta | None = None) -> tuple[Token, str]:
    """A new personal token, and its text, which is shown this once. Raises Invalid for one too many."""
    if len(usable_tokens(session, user)) >= MOST_TOKENS:
        raise Invalid("You have many tokens", f"{MOST_TOKENS} tokens are yours already. Revoke one that is not used.")
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token(
        user_id=user.id,
        name=plain_text(name, "name", LONGEST_TOKEN_NAME) or "token",
        digest=digest(text),
        hint=text[:8],
        created_at=now(),
        expires_at=now() + lifetime if lifetime else None,
    )
    session.add(token)
    session.flush()
    return token, text


def tokens_of(session: Session, user: User) -> list[Token]:
    """A person's tokens, newest first: those that work and those that have run out, but not the revoked ones."""
    query = select(Token).where(Token.user_id == user.id, Token.revoked_at.is_(None))
    return list(session.scalars(query.order_by(Token.created_at.desc(), Token.id.desc())))


def usable_tokens(session: Session, user: User) -> list[Token]:
    """Those of a person's tokens that work."""
    return [token for token in tokens_of(session, user) if not has_run_out(token)]


def has_run_out(token: Token) -> bool:
    """Whether the token's lifetime is over."""
    return token.expires_at is not None and token.expires_at < now()


def revoke_token(session: Session, user: User, number: int) -> Token:
    """Makes one of a person's own tokens worthless. Raises NotThere when it is none of theirs."""
    token = session.get(Token, number)
    if token is None or token.user_id != user.id:
        raise NotThere("token")
    token.revoked_at = token.revoked_at or now()
    return token


def revoke_all_tokens(session: Session, user: User) -> None:
    """Makes all tokens of a person worthless."""
    session.execute(update(Token).where(Token.user_id == user.id, Token.revoked_at.is_(None)).values(revoked_at=now()))


_TOKEN: Final = select(Token).options(joinedload(Token.user)).where(Token.digest == bindparam("of_digest"))


def valid_token(session: Session, text: str) -> Token | None:
    """The token with this text, if it works and its owner may come in."""
    token = session.scalar(_TOKEN, {"of_digest": digest(text)})
    if token is None or token.revoked_at is not None or has_run_out(token) or not token.user.is_active:
        return None
    return token


def note_use(database: Database, token: Token) -> None:
    """Keeps that the token is in use, once an hour; in between it costs nothing."""
    moment = now()
    if token.last_used_at is not None and moment - token.last_used_at < USE_NOTED:
        return
    with database.writing() as session:
        session.execute(update(Token).where(Token.id == token.id).values(last_used_at=moment))
