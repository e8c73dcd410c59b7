"""The one place that decides who may do what. Every view states its rule; a view without one stops the start.

    Public()                   everyone
    SignedIn()                 everyone who is signed in
    SiteAdmin()                the site's administrators
    InCourse(action)           the address has a `slug`; the role in that course must grant the action
    InNamedCourse(action)      the same for the course that `?course=` names, or else the person's newest
    OfSubmission(own, others)  the address has an `id` of a submission; its owner needs `own`, anyone else `others`

What a person may not know of answers 404, as if it were not there; what a person knows of but may not do, 403.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from sqlalchemy import select

from webapp.courses.models import Course, Membership
from webapp.courses.services import courses_of
from webapp.problems import Forbidden, NotThere, Problem, wants_json
from webapp.submissions.models import Submission
from webapp.web import db, me, only_looks, person, previews

_View = TypeVar("_View", bound=Callable[..., object])


class Action(enum.Enum):
    """What can be done in a course; the value completes "You may not ..."."""

    SEE_COURSE = "see this course"
    HAND_IN = "hand in here"
    SEE_CLASS = "see the class"
    ENTER_SCORES = "enter scores"
    SET_UP = "set up this course"


GRANTS: Final[Mapping[str, frozenset[Action]]] = {
    "student": frozenset({Action.SEE_COURSE, Action.HAND_IN}),
    "assistant": frozenset({Action.SEE_COURSE, Action.HAND_IN, Action.SEE_CLASS, Action.ENTER_SCORES}),
    "instructor": frozenset(Action),
}


def may(role: str | None, action: Action) -> bool:
    """Whether a role in a course (None: not a member) grants an action."""
    return role is not None and action in GRANTS[role]


@dataclass(frozen=True)
class Public:
    """Everyone."""


@dataclass(frozen=True)
class SignedIn:
    """Everyone who is signed in."""


@dataclass(frozen=True)
class SiteAdmin:
    """The site's administrators."""


@dataclass(frozen=True)
class InCourse:
    """Members of the course whose role grants the action; sets `g.course` and `g.role`.

    Staff who preview the course have a student's role meanwhile, and `g.preview` says so.
    """

    action: Action


@dataclass(frozen=True)
class InNamedCourse:
    """As InCourse, for the course whose slug is the query's `course`, or else the person's newest."""

    action: Action


@dataclass(frozen=True)
class OfSubmission:
    """The submission's owner if the role grants `own`, others if theirs grants `others`; sets `g.submission` too."""

    own: Action = Action.SEE_COURSE
    others: Action = Action.SEE_CLASS


Rule = Public | SignedIn | SiteAdmin | InCourse | InNamedCourse | OfSubmission


def allow(rule: Rule) -> Callable[[_View], _View]:
    """States the rule of a view; stands below the route's decorator."""

    def state(view: _View) -> _View:
        view.__chainrule_rule__ = rule  # type: ignore[attr-defined]
        return view

    return state


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The rule of an endpoint."""
    return getattr(app.view_functions[endpoint], "__chainrule_rule__", None)


def init_app(app: Flask) -> None:
    """Puts the rules in force."""

    @app.before_request
    def enforce() -> None:
        if request.endpoint is None:
            return  # no such address; 404 follows
        rule = rule_of(app, request.endpoint)
        assert rule is not None  # see require_rules
        _enforce(rule, request.view_args or {})


def require_rules(app: Flask) -> None:
    """Raises RuntimeError when a view states no rule. Flask's own view of static files is public."""
    allow(Public())(app.view_functions["static"])
    missing = sorted(endpoint for endpoint in app.view_functions if rule_of(app, endpoint) is None)
    if missing:
        raise RuntimeError(f"no rule says who may see {', '.join(missing)}: put @allow(...) below the route")


def role_in(course: Course) -> str | None:
    """What the person who asks is in a course; an administrator acts as an instructor."""
    user = me()
    if user is None:
        return None
    if user.is_admin:
        return "instructor"
    query = select(Membership.role).where(Membership.course_id == course.id, Membership.user_id == user.id)
    return db().scalar(query)


def enter_named(slug: str | None, action: Action) -> None:
    """Enters the course of that slug, or the person's newest. Raises NotThere, or Forbidden, as for any course."""
    if slug is None:
        mine = courses_of(db(), person())
        if not mine:
            raise Problem(404, "You are in no course", "Ask the instructors of your course to add you to it.")
        _enter(*mine[0], action)
    else:
        known = "\0" not in slug  # PostgreSQL has no such text
        _enter_if_member(db().scalar(select(Course).where(Course.slug == slug)) if known else None, action)


def _enforce(rule: Rule, arguments: Mapping[str, object]) -> None:
    if isinstance(rule, Public):
        return
    user = me()
    if user is None:
        _ask_to_sign_in()
    match rule:
        case SiteAdmin() if not user.is_admin:
            raise NotThere
        case InCourse(action):
            course = db().scalar(select(Course).where(Course.slug == arguments["slug"]))
            _enter_if_member(course, action)
        case InNamedCourse(action):
            enter_named(request.args.get("course"), action)
        case OfSubmission(own, others):
            submission = db().get(Submission, arguments["id"])
            if submission is None:
                raise NotThere("submission")
            is_own = submission.user_id == user.id
            if not is_own and not may(role_in(submission.course), Action.SEE_CLASS):
                raise NotThere("submission")
            _enter_if_member(submission.course, own if is_own else others)
            g.submission = submission


def _enter_if_member(course: Course | None, action: Action) -> None:
    role = role_in(course) if course is not None else None
    if course is None or role is None:
        raise NotThere("course")
    _enter(course, role, action)


def _enter(course: Course, role: str, action: Action) -> None:
    g.course, g.preview = course, role != "student" and previews(course)
    g.role = role = "student" if g.preview else role
    if not may(role, action):
        raise Forbidden(f"You may not {action.value}.")


def _ask_to_sign_in() -> NoReturn:
    if wants_json():
        raise Problem(
            401,
            "Not signed in",
            "Send a personal token as 'Authorization: Bearer ...'. A token that has run out or was revoked is replaced "
            f"by a new one, made at {url_for('accounts.account', _external=True)}.",
        )
    if only_looks() and "HX-Request" not in request.headers:
        abort(redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?"))))
    raise Problem(
        401,
        "Sign in first",
        "You were signed out, perhaps in another tab. Sign in there and send this again; what you wrote is still here.",
        ("Sign in", url_for("accounts.sign_in")),
    )
