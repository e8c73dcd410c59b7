"""How an exercise is run, as instructors set it in the browser over what course.toml says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course import Timetable
from grader.timetable import MOST_ATTEMPTS
from webapp import audit
from webapp.courses.models import Course, ExerciseSetup
from webapp.grades.rollups import make_stale
from webapp.office.forms import Form, local_text
from webapp.submissions.hints import AFTER_ATTEMPTS, AFTER_DEADLINE, AT_ONCE

KIND: Final = "exercise"
"""What the audit log calls such a change."""
HINTS: Final = {AT_ONCE: "at once", AFTER_ATTEMPTS: "after some attempts", AFTER_DEADLINE: "after the deadline"}
DATES: Final = ("opens", "due", "closes")
MOST_HINTS_AFTER: Final = 1000


@dataclass(frozen=True)
class Wishes:
    """All that can be set for an exercise but its visibility; None is "as course.toml says", attempts 0 "no limit".

    `without` names the dates of course.toml that do not hold.
    """

    opens: datetime | None = None
    due: datetime | None = None
    closes: datetime | None = None
    without: str = ""
    attempts: int | None = None
    cool_down: bool = False
    hints: str = AT_ONCE
    hints_after: int = 0

    @classmethod
    def of(cls, setup: ExerciseSetup | None) -> Wishes:
        """What is set."""
        if setup is None:
            return cls()
        return cls(**{name: getattr(setup, name) for name in asdict(cls())})

    def values(self, zone: tzinfo) -> dict[str, str]:
        """It as the fields of a form."""
        return {
            "opens": local_text(self.opens, zone),
            "due": local_text(self.due, zone),
            "closes": local_text(self.closes, zone),
            **{f"no_{name}": "yes" if name in self.without.split() else "" for name in DATES},
            "attempts": "" if self.attempts is None else str(self.attempts),
            "cool_down": "yes" if self.cool_down else "",
            "hints": self.hints,
            "hints_after": str(self.hints_after or ""),
        }


def read(form: Form, base: Timetable, zone: tzinfo) -> Wishes:
    """The wishes in a form; what does not fit together stands in its errors."""
    moments = {name: form.moment(name, zone) for name in DATES}
    without = [name for name in DATES if form.raw(f"no_{name}") == "yes"]
    for name in without:
        if moments[name] is not None:
            form.refuse(name, "There is a date, and “none” is chosen, too. Take one of the two away.")
    hints = form.one_of("hints", HINTS, "time for hints")
    after = form.count("hints_after", 1, MOST_HINTS_AFTER)
    attempts = form.count("attempts", 0, MOST_ATTEMPTS)
    wishes = Wishes(
        **moments,
        without=" ".join(without),
        attempts=attempts,
        cool_down=form.raw("cool_down") == "yes",
        hints=hints,
        hints_after=(after or 0) if hints == AFTER_ATTEMPTS else 0,
    )
    if form.is_sound:
        _hold_together(form, wishes, base, zone)
    return wishes


def _hold_together(form: Form, wishes: Wishes, base: Timetable, zone: tzinfo) -> None:
    without = wishes.without.split()
    times = {name: None if name in without else getattr(wishes, name) or getattr(base, name) for name in DATES}
    for first, second in (("opens", "due"), ("due", "closes"), ("opens", "closes")):
        earlier, later = times[first], times[second]
        if earlier is not None and later is not None and earlier > later:
            at_fault = second if getattr(wishes, second) is not None else first
            form.refuse(
                at_fault,
                f"It {first.replace('due', 'is due')} on {local_text(earlier, zone)} and "
                f"{second.replace('due', 'is due')} on {local_text(later, zone)}: these are out of order.",
            )
    limit = base.attempts if wishes.attempts is None else wishes.attempts or None
    if wishes.hints == AFTER_ATTEMPTS and not wishes.hints_after:
        form.refuse("hints_after", "After how many attempts are hints shown?")
    elif limit is not None and wishes.hints_after > limit:
        form.refuse("hints_after", f"There are only {limit} attempts: nobody would see a hint.")
    if wishes.hints == AFTER_DEADLINE and times["due"] is None and times["closes"] is None:
        form.refuse("hints", "This exercise has no deadline. Set a due date, or choose another time for hints.")


def save(session: Session, course_id: int, by_id: int, exercise: str, wishes: Wishes, zone: tzinfo) -> None:
    """Keeps what is wished for; dates and limits change grades at once."""
    setup = _setup(session, course_id, exercise)
    before, after = Wishes.of(setup).values(zone), wishes.values(zone)
    for name, value in asdict(wishes).items():
        setattr(setup, name, value)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        _record(session, course_id, by_id, exercise, _part(before, changed), _part(after, changed))


def set_hidden(session: Session, course_id: int, by_id: int, exercise: str, hidden: bool) -> None:
    """Hides an exercise from students, or publishes it. The publishing gate is asked before, by the caller."""
    setup = _setup(session, course_id, exercise)
    if setup.hidden != hidden:
        setup.hidden = hidden
        _record(session, course_id, by_id, exercise, {"visible": hidden}, {"visible": not hidden})


def _setup(session: Session, course_id: int, exercise: str) -> ExerciseSetup:
    # Locked, so that of two instructors the second sees what the first has made.
    course = session.scalars(select(Course).where(Course.id == course_id).with_for_update()).one()
    query = select(ExerciseSetup).where(ExerciseSetup.course_id == course_id, ExerciseSetup.exercise == exercise)
    setup = session.scalar(query)
    if setup is None:
        setup = ExerciseSetup(
            course_id=course_id,
            exercise=exercise,
            hidden=course.is_new(exercise),
            without="",
            cool_down=False,
            hints=AT_ONCE,
            hints_after=0,
        )
        session.add(setup)
    return setup


def _part(values: dict[str, str], names: list[str]) -> dict[str, Any]:
    return {name: values[name] or None for name in names}


def _record(
    session: Session, course_id: int, by_id: int, exercise: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    make_stale(session, course_id)
    audit.record(session, course_id=course_id, by_id=by_id, kind=KIND, subject=exercise, before=before, after=after)
