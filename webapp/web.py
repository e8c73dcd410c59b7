"""What belongs to one request: the session of the database, the person who asks, the course; and what pages share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask, current_app, g, has_request_context, request, session, url_for
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.tasks import Post
from webapp.accounts.models import User
from webapp.accounts.services import end_session, has_ended, new_session, note_use, valid_token
from webapp.courses.content import Library
from webapp.courses.models import Course
from webapp.courses.setup import Plan, personal, plan_of
from webapp.database import Database
from webapp.mail import Mail
from webapp.settings import Settings

EXTENSION = "chainrule"
LAST_PAGE = 1_000_000
_PREVIEW = "preview"


@dataclass(frozen=True)
class Services:
    """What an application holds for all its requests."""

    settings: Settings
    database: Database
    post: Post
    library: Library
    mail: Mail


def services() -> Services:
    """The application's services."""
    return cast(Services, current_app.extensions[EXTENSION])


def db() -> Session:
    """This request's session for showing; writing has transactions of its own (`writing`)."""
    if "db" not in g:
        g.db = services().database.open()
    return cast(Session, g.db)


def writing() -> AbstractContextManager[Session]:
    """A transaction, committed at its end."""
    return services().database.writing()


def me() -> User | None:
    """The person who asks: by the session's cookie, or in the API by a personal token, never by both."""
    if "me" not in g:
        g.me = _by_token() if request.path.startswith("/api/v1") else _by_session()
    return cast(User | None, g.me)


def person() -> User:
    """The person who asks, on pages that are for those who are signed in."""
    user = me()
    assert user is not None
    return user


def bearer() -> str | None:
    """The personal token that this request carries, or None."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def course() -> Course:
    """The course that this page belongs to."""
    return cast(Course, g.course)


def content() -> Content:
    """The content of the course that this page belongs to."""
    return services().library.content(course().path)


def plan() -> Plan:
    """The course that this page belongs to, as it is run for the person who asks."""
    if "plan" not in g:
        everyones = plan_of(db(), course(), content())
        g.plan = personal(db(), course(), everyones, person(), staff=g.role != "student")
    return cast(Plan, g.plan)


def only_looks() -> bool:
    """Whether this request changes nothing: HEAD is answered as GET is, less the body."""
    return request.method in ("GET", "HEAD")


def page_number() -> int:
    """The page of a long list that this request asks for, from 1; no database counts as far as anybody can type."""
    return max(1, min(request.args.get("page", 1, type=int), LAST_PAGE))


def sign_in(user: User) -> None:
    """Begins a session for a person, on a fresh cookie."""
    session.clear()
    session.update(new_session(user.id, user.epoch))
    session.permanent = True
    g.me = user


def sign_out() -> None:
    """Ends this session, on the server too."""
    user = _by_session()
    if user is not None:
        with writing() as opened:
            end_session(opened, user, session["id"], timedelta(days=services().settings.session_days))
    session.clear()
    g.me = None


def preview(of: Course) -> None:
    """From now on shows this course to its staff as students see it, in this browser."""
    session[_PREVIEW] = of.id


def leave_preview() -> None:
    """Ends the preview."""
    session.pop(_PREVIEW, None)


def previews(of: Course) -> bool:
    """Whether the person has asked to see this course as students do; the API knows no such thing."""
    return not request.path.startswith("/api/v1") and session.get(_PREVIEW) == of.id


def _by_session() -> User | None:
    number, id = session.get("user"), session.get("id")
    user = db().get(User, number) if isinstance(number, int) else None
    if user is None or not user.is_active or user.epoch != session.get("epoch"):
        return None
    return user if isinstance(id, str) and not has_ended(db(), id) else None


def _by_token() -> User | None:
    text = bearer()
    token = valid_token(db(), text) if text else None
    if token is None:
        return None
    note_use(services().database, token)
    return token.user


def init_app(app: Flask) -> None:
    """Closes the session at the end of a request, and gives templates what all pages show."""

    @app.context_processor
    def shared() -> dict[str, object]:
        if not has_request_context():
            return {}
        found = g.get("course")
        return {
            "me": me(),
            "course": found,
            "role": g.get("role"),
            "nav": _nav(found) if found else [],
            "preview": g.get("preview", False),
        }

    @app.teardown_request
    def close(_: BaseException | None) -> None:
        opened = g.pop("db", None)
        if opened is not None:
            opened.close()


def _nav(of: Course) -> list[tuple[str, str, bool]]:
    """The main navigation of a course: label, address, whether this page belongs to it."""
    places = [("Course", "courses.course"), ("Grade", "grades.grade")]
    if g.role != "student":
        places += [("Class", "dashboard.overview"), ("Gradebook", "gradebook.gradebook")]
    if g.role == "instructor":
        places.append(("Set-up", "setup.overview"))
    here = _part()
    return [(label, url_for(endpoint, slug=of.slug), endpoint.split(".")[0] == here) for label, endpoint in places]


def _part() -> str | None:
    """The blueprint whose place in the navigation this page has; a submission of another person belongs to the class."""
    if request.blueprint == "submissions" and "submission" in g and g.submission.user_id != person().id:
        return "dashboard"
    return "courses" if request.blueprint in ("exercises", "submissions") else request.blueprint
