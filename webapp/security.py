"""Against strangers: headers, cookies, cross-site request forgery, sizes and rates.

Rates are counted in Redis, for all web processes together. While Redis is away or full each process counts for itself:
what students hand in is accepted all the same.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, Response, current_app, g, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from webapp.authorisation import Public, rule_of
from webapp.problems import NotThere, Problem, answer, page_before
from webapp.settings import Settings
from webapp.web import me, only_looks

_View = TypeVar("_View", bound=Callable[..., object])

MAX_REQUEST_BYTES: Final = 4 * 2**20
"""A form with a notebook, whose outputs may hold pictures, fits in; see submissions.sources for what is made of it."""

MAX_DRAINED_BYTES: Final = 32 * 2**20
"""How much of a body that was refused is still read, and thrown away."""

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

log = logging.getLogger(__name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Puts all of it in force."""
    app.config.update(
        SECRET_KEY=settings.require_secret(),
        SESSION_COOKIE_NAME="__Host-chainrule" if settings.secure else "chainrule",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.session_days * 86400,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form that was open over lunch still works
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    csrf = CSRFProtect(app)
    app.extensions["chainrule.rates"] = Rates(settings)

    @app.before_request
    def protect() -> None:
        if "\0" in request.path:  # PostgreSQL has no such text to look for
            raise NotThere
        if request.endpoint is None:
            return  # 404 or 405 follows, whoever asks
        # The API knows no cookies: it cannot be made to act by another site.
        if not request.path.startswith("/api/v1"):
            csrf.protect()
        _count()

    @app.errorhandler(CSRFError)
    def expired(error: CSRFError) -> Response:
        del error  # says which of its reasons it was, which helps nobody who is no attacker
        back, endpoint = page_before(), request.endpoint
        assert endpoint is not None  # see protect
        if me() is None and not isinstance(rule_of(app, endpoint), Public):
            return answer(
                Problem(
                    400,
                    "You are signed out",
                    "Your session has ended, so this was not sent. Sign in, and send it again.",
                    ("Sign in", url_for("accounts.sign_in", next=back[1] if back else None)),
                )
            )
        return answer(
            Problem(
                400,
                "This form has expired",
                "You have signed out or in since it was opened. Go back, reload the page, and send it again.",
                back,
            )
        )

    @app.after_request
    def drain(response: Response) -> Response:
        if response.status_code >= 400:
            _drain()
        return response

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if settings.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint not in ("static", "style"):
            response.headers.setdefault("Cache-Control", "no-store" if g.get("me") else "no-cache")
        return response


class Rates:
    """Counts what is done how often. `kind` is one of the settings `rate_KIND`."""

    def __init__(self, settings: Settings) -> None:
        self._items: dict[str, RateLimitItem] = {
            kind: parse(getattr(settings, f"rate_{kind}"))
            for kind in ("sign_in", "sign_in_address", "submit", "run", "mail", "mail_address")
        }
        self._shared = MovingWindowRateLimiter(_storage(settings.redis_url))
        self._own = MovingWindowRateLimiter(MemoryStorage())

    def count(self, kind: str, *who: str) -> None:
        """Counts one doing. Raises Problem (429) when it was one too many."""
        item, whose = self._items[kind], _digest(who)
        try:
            wait_s = _hit(self._shared, item, kind, whose)
        except StorageError as error:
            log.error("rates are counted by each process: Redis does not count: %s", error)
            wait_s = _hit(self._own, item, kind, whose)
        if wait_s:
            raise Problem(
                429,
                "That was a little too quick",
                f"At most {item.amount} in {_span(item)}. Nothing is lost: send it again in {_told(wait_s)}.",
                retry_after=wait_s,
            )


def _digest(who: tuple[str, ...]) -> str:
    """Who is counted, as a key: as long for whatever somebody types, and no address that can be read in Redis."""
    return hashlib.sha256("\0".join(who).encode("utf-8", "surrogatepass")).hexdigest()


def _hit(limiter: MovingWindowRateLimiter, item: RateLimitItem, kind: str, whose: str) -> int:
    """Counts one doing; 0 where it is accepted, or the seconds until the oldest that counts leaves the window."""
    if limiter.hit(item, kind, whose):
        return 0
    return max(1, math.ceil(limiter.get_window_stats(item, kind, whose).reset_time - time.time()))


def rate(kind: str) -> Callable[[_View], _View]:
    """Counts each POST to a view against this rate: for the person who is signed in, or else for the address."""

    def state(view: _View) -> _View:
        view.__chainrule_rate__ = kind  # type: ignore[attr-defined]
        return view

    return state


def rate_of(view: Callable[..., object] | None) -> str | None:
    """The rate that POSTs to a view count against."""
    return getattr(view, "__chainrule_rate__", None)


def rates() -> Rates:
    """The application's rates."""
    found: Rates = current_app.extensions["chainrule.rates"]
    return found


def _count() -> None:
    kind = rate_of(current_app.view_functions.get(request.endpoint or ""))
    if kind is not None and not only_looks():
        user = me()
        rates().count(kind, f"user {user.id}" if user else f"address {request.remote_addr}")


def _drain() -> None:
    """Reads the rest of a body that was refused: somebody who is still sending it would never see the answer.

    Only from servers that end the body where it ends, as gunicorn does; reading on elsewhere could wait for ever.
    """
    if not request.content_length or not request.environ.get("wsgi.input_terminated"):
        return
    body, left = request.environ["wsgi.input"], MAX_DRAINED_BYTES
    while left > 0 and (read := body.read(min(left, 2**16))):
        left -= len(read)


def _storage(redis_url: str) -> Storage:
    url = f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url
    storage = storage_from_string(url, wrap_exceptions=True, socket_connect_timeout=1, socket_timeout=2)
    assert isinstance(storage, Storage)
    return storage


def _told(seconds: int) -> str:
    """A wait in words, never shorter than it is."""
    if seconds < 120:
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{math.ceil(seconds / 60)} minutes"


def _span(item: RateLimitItem) -> str:
    seconds = item.get_expiry()
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"a {name}" if count == 1 else f"{count} {name}s"
    raise AssertionError(seconds)
