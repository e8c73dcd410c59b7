"""Drafts and their runs: what is kept of an editor's text, what the public checks said of it, what handing in costs.

A draft has a revision, which grows with every change. Whoever saves names the revision that the text was made from;
where another tab has saved since, nothing is overwritten (`DraftConflict`). A run belongs to one revision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from grader.course import Exercise, Timetable
from grader.grade_scheme import Component, LateRule, Policy
from grader.material import load_public
from grader.source import MAX_SOURCE_BYTES
from webapp.courses.setup import Plan
from webapp.database import now
from webapp.exercises.models import Draft
from webapp.exercises.statement import render
from webapp.problems import Problem

FIRST_LOOK_MS: Final = 40
"""How long after the message the browser looks for the results; twice as long each time."""
LONGEST_LOOK_MS: Final = 2000
SLOW_AFTER: Final = 9
"""Looks without results (about ten seconds) after which the strip says that it takes long."""
LAST_LOOK: Final = 40
"""Looks (about a minute) after which the run is taken as lost: nobody sends its message a second time."""
FRESH: Final = timedelta(seconds=10)
"""A draft saved so lately is taken as being run when its page is opened."""

_LINE: Final = re.compile(r"(?:\bin line|^Line) (\d+)")
"""How the engine's sentences name a line of the student's file."""


class DraftConflict(Problem):
    """A text that was made from another revision than the one that is kept."""

    def __init__(self) -> None:
        super().__init__(
            409,
            "This draft was changed elsewhere",
            "It was saved from another tab or machine after you opened this page, and that newer text is what is kept. "
            "The text in this editor is not saved yet.",
        )


@dataclass(frozen=True)
class Desk:
    """Whose draft of which exercise: what finds one draft."""

    course_id: int
    user_id: int
    exercise: Exercise


@dataclass(frozen=True)
class Text:
    """An editor's text, and the revision that it was made from (0: the starter). `overwrite` saves it whatever is kept."""

    source: str
    based_on: int = 0
    overwrite: bool = False


def text_of(draft: Draft | None, exercise: Exercise) -> Text:
    """What the editor holds: the draft, or the starter where there is none."""
    return Text(draft.source, draft.revision) if draft else Text(exercise.starter)


def find_draft(session: Session, desk: Desk) -> Draft | None:
    """The draft, or None where nothing has been saved yet."""
    return session.scalar(_query(desk))


def save_draft(session: Session, desk: Desk, text: Text) -> Draft:
    """Keeps a text as the draft; needs a writing session. The same text again keeps its revision and its run.

    Raises DraftConflict, and Problem (413, 422) for a text that cannot be kept.
    """
    source = _keepable(text.source)
    draft = _locked(session, desk)
    if draft.source == source and draft.revision > 0:
        if not has_run(draft, desk.exercise):
            draft.ran_revision = None  # our side failed, or the exercise has changed: a worker may take it again
        return draft
    if draft.revision > 0 and text.based_on != draft.revision and not text.overwrite:
        raise DraftConflict
    draft.source, draft.revision, draft.saved_at = source, draft.revision + 1, now()
    return draft


def has_run(draft: Draft, exercise: Exercise) -> bool:
    """Whether the public checks, as they are now, have answered for the draft as it is now."""
    report = draft.run_report
    return (
        report is not None
        and draft.ran_revision == draft.revision
        and report["status"] != "platform_error"
        and report["exercise_version"] == exercise.version
    )


def _query(desk: Desk) -> Select[Draft]:
    return select(Draft).where(
        Draft.course_id == desk.course_id, Draft.user_id == desk.user_id, Draft.exercise == desk.exercise.name
    )


def _locked(session: Session, desk: Desk) -> Draft:
    """The draft, held against others until the transaction ends; made, with revision 0, where there is none."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    empty = {
        "course_id": desk.course_id,
        "user_id": desk.user_id,
        "exercise": desk.exercise.name,
        "source": "",
        "revision": 0,
        "saved_at": now(),
    }
    session.execute(insert(Draft).values(empty).on_conflict_do_nothing())
    return session.scalars(_query(desk).with_for_update()).one()


def _keepable(source: str) -> str:
    """The text with plain line ends: forms send those of Windows."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    size = len(text.encode())
    if size > MAX_SOURCE_BYTES:
        raise Problem(
            413,
            "This text is too long to be saved",
            f"It has {size:,} bytes; at most {MAX_SOURCE_BYTES:,} are accepted. Leave data and outputs out; until then it "
            "is in your browser alone.",
        )
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Problem(
            422,
            "This text cannot be saved",
            f"Line {line} holds a NUL character, which no Python file may hold. Type that line anew; until then the text "
            "is in your browser alone.",
        )
    return text


@dataclass(frozen=True)
class Dot:
    """One public check as the strip shows it; `check` is what the report has on it, None before a run."""

    title: str
    state: Literal["not-started", "right", "wrong", "skipped"]
    check: Mapping[str, Any] | None = None

    @property
    def message(self) -> str:
        """What was wrong."""
        return str(self.check["message"]) if self.check else ""

    @property
    def line(self) -> int | None:
        """The innermost line of the student's file that an exception went through."""
        trace = self.check["trace"] if self.check else []
        return int(trace[-1]["line"]) if trace else None


StripState = Literal["idle", "running", "ran", "ours", "superseded", "lost"]


@dataclass(frozen=True)
class Strip:
    """The public checks under the editor, and how their run stands.

    idle        nothing has run yet, or not on this text
    running     a run is under way; `look_ms` says when to look again, the dots are those of the run before
    ran         the results; `message` says why nothing could be run, where that is so
    ours        our side failed
    superseded  the draft has been changed since that run was asked for
    lost        no results have come for a long time
    """

    state: StripState
    revision: int
    dots: tuple[Dot, ...]
    message: str = ""
    looks: int = 0

    @property
    def look_ms(self) -> int:
        """How long to wait before looking for results again."""
        return min(FIRST_LOOK_MS << min(self.looks, 10), LONGEST_LOOK_MS)

    @property
    def is_slow(self) -> bool:
        """Whether it is time to say that it takes long."""
        return self.looks >= SLOW_AFTER

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(dot.state == "right" for dot in self.dots)

    @property
    def line(self) -> int | None:
        """The line that `message` names."""
        found = _LINE.search(self.message)
        return int(found[1]) if found else None


def idle_strip(draft: Draft | None, exercise: Exercise) -> Strip:
    """The strip without results."""
    return Strip("idle", draft.revision if draft else 0, _dots(None, exercise))


def strip_of_page(draft: Draft | None, exercise: Exercise) -> Strip:
    """The strip of a page that is opened: the last results, or a run that is under way."""
    if draft is not None and (draft.ran_revision == draft.revision or draft.saved_at > now() - FRESH):
        return strip_of_run(draft, exercise, draft.revision)
    return idle_strip(draft, exercise)


def strip_of_run(draft: Draft, exercise: Exercise, revision: int, looks: int = 0) -> Strip:
    """The strip of a run of this revision, after so many looks at it."""
    dots, report = _dots(draft.run_report, exercise), draft.run_report
    if revision != draft.revision:
        return Strip("superseded", draft.revision, dots)
    if report is None or draft.ran_revision != revision:
        return Strip("lost" if looks > LAST_LOOK else "running", revision, dots, looks=looks)
    if report["status"] == "platform_error":
        return Strip("ours", revision, _dots(None, exercise))
    return Strip("ran", revision, dots, message=report["message"])


def _dots(report: Mapping[str, Any] | None, exercise: Exercise) -> tuple[Dot, ...]:
    if report is None or report["status"] == "platform_error":
        return tuple(Dot(check.title, "not-started") for check in load_public(exercise))
    return tuple(Dot(check["title"], _state(check), check) for check in report["checks"])


def _state(check: Mapping[str, Any]) -> Literal["right", "wrong", "skipped"]:
    if check["passed"]:
        return "right"
    return "skipped" if check["skipped"] else "wrong"


@dataclass(frozen=True)
class Intake:
    """Whether an exercise takes a submission of a person now, and what one costs.

    early   opens later                     closed    closed already
    open    takes work                      used_up   no attempt is left
    late    takes work, which counts as late
    """

    state: Literal["early", "open", "late", "closed", "used_up"]
    times: Timetable
    used: int
    policy: Policy | None
    """Which attempt counts; None for an exercise that is not part of the grade."""
    late: LateRule | None

    @property
    def is_open(self) -> bool:
        """Whether a submission is taken."""
        return self.state in ("open", "late")

    @property
    def counts_late(self) -> bool:
        """Whether late work counts for the grade at all."""
        return self.late is not None and self.policy != "latest_before_deadline"


def intake_of(plan: Plan, exercise: str, used: int, moment: datetime) -> Intake:
    """What handing in would cost at this moment, after so many attempts."""
    times = plan.timetable(exercise)
    policy, late = _rules(plan.content.grade.root, exercise)
    return Intake(_intake_state(times, used, moment), times, used, policy, late)


def _intake_state(
    times: Timetable, used: int, moment: datetime
) -> Literal["early", "open", "late", "closed", "used_up"]:
    if times.opens is not None and moment < times.opens:
        return "early"
    if times.closes is not None and moment > times.closes:
        return "closed"
    if times.attempts is not None and used >= times.attempts:
        return "used_up"
    return "late" if times.due is not None and moment > times.due else "open"


def _rules(
    component: Component, exercise: str, policy: Policy | None = None, late: LateRule | None = None
) -> tuple[Policy | None, LateRule | None]:
    """Which attempt counts and what lateness costs, from the nearest component that says so."""
    policy, late = component.policy or policy, component.late or late
    if component.kind == "exercise" and component.key == exercise:
        return policy, late
    for below in component.components:
        if exercise in (each.key for each in below.walk() if each.kind == "exercise"):
            return _rules(below, exercise, policy, late)
    return None, None


def statement_of(exercise: Exercise) -> Markup:
    """The exercise's statement, rendered once for each version."""
    return _rendered(exercise.public / "statement.md", exercise.version)


@lru_cache(maxsize=512)
def _rendered(path: Path, version: str) -> Markup:
    del version  # part of the key: another version is another text
    return render(path.read_text(encoding="utf-8"))


def examples_of(exercise: Exercise) -> str:
    """The text of the exercise's public checks."""
    return (exercise.public / "examples.py").read_text(encoding="utf-8")


def names_of(exercise: Exercise) -> list[str]:
    """The names that the editor completes: the starter's functions, their arguments and what they return."""
    names = [
        name
        for function in exercise.functions.values()
        for name in (function.name, *function.positional, *function.keyword_only, *function.returns)
    ]
    return list(dict.fromkeys(names))
