"""What can go wrong for a person, as exceptions: a status, a title, the fact, and the way out.

One handler turns them into a page, a fragment for htmx, or `application/problem+json` (RFC 9457) for the API.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from webapp.database import reason

RETRY_S: Final = 5
"""Seconds to wait when the database does not keep up."""

log = logging.getLogger(__name__)

_PLAIN: Final = {
    400: ("That request is not complete", "Go back, look at what you sent, and send it again."),
    404: ("There is nothing at this address", "Check the address, or start from your courses."),
    405: ("This address does not do that", "Start from your courses."),
    413: ("That is too large", "A submission may have 128 KiB of Python; leave data and outputs out."),
    415: ("That kind of content is not understood", "Send a form, or JSON with Content-Type: application/json."),
}


@dataclass
class Problem(Exception):
    """Something that a person can understand and mend. `way_out` is a (label, address) to go on with."""

    status: int
    title: str
    detail: str
    way_out: tuple[str, str] | None = None
    retry_after: int | None = None
    """Seconds after which to try again."""

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}"


class NotThere(Problem):
    """Not there, or not for this person, who is not told which."""

    def __init__(self, what: str = "page") -> None:
        super().__init__(404, f"There is no such {what}", "Check the address, or start from your courses.")


class Forbidden(Problem):
    """There, and this person knows it, but may not."""

    def __init__(self, what: str) -> None:
        super().__init__(403, "You may not do that", f"{what} Ask the course's instructors if you think you should.")


class Invalid(Problem):
    """Something that was sent and cannot be used as it is."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(422, title, detail)


def init_app(app: Flask) -> None:
    """Registers the handlers."""

    @app.errorhandler(Problem)
    def told(problem: Problem) -> Response:
        return answer(problem)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        if error.response is not None:  # a redirect that werkzeug raises
            return error
        status = error.code or 500
        title, way = _PLAIN.get(status, (error.name, error.description or ""))
        response = answer(Problem(status, title, way, page_before() if request.method == "POST" else None))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnection)
    def busy(error: SQLAlchemyError) -> Response:
        log.error("the database does not answer at %s %s: %s", request.method, request.path, reason(error))
        return answer(
            Problem(
                503,
                "We are too busy at the moment",
                "Our database does not keep up. What you handed in before is kept. Send this again in a few seconds.",
                retry_after=RETRY_S,
            )
        )

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        number = uuid.uuid4().hex[:8]
        log.error("unexpected error %s at %s %s", number, request.method, request.path, exc_info=error)
        return answer(
            Problem(
                500,
                "We are broken here",
                f"This is our fault, not yours, and what you handed in is kept. Try again in a moment; if it stays, "
                f"tell your instructors the number {number}.",
            )
        )


def page_before() -> tuple[str, str] | None:
    """The way back to the page whose form was sent; None where the browser does not tell, or it is not ours."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:  # what stands there is no address
        return None
    if parts.netloc != request.host:
        return None
    return "Back to the page before", parts._replace(scheme="", netloc="").geturl()


def wants_json() -> bool:
    """Whether this request is the API's."""
    return request.path.startswith("/api/v1")


def answer(problem: Problem) -> Response:
    """The response that tells a problem, in the form that this request can read."""
    if wants_json():
        response = jsonify(type="about:blank", title=problem.title, status=problem.status, detail=problem.detail)
        response.content_type = "application/problem+json"
        if problem.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
    elif request.headers.get("HX-Request"):
        response = Response(render_template("problem_notice.html", problem=problem))
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
    else:
        response = Response(render_template("problem.html", problem=problem))
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response
