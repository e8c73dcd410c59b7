"""What the demo's teaching team has decided: dates, scores by hand, extensions, an excuse, announcements.

All of it goes through the services behind the pages, so it counts in the grades and stands in the audit log.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from grader.course import Timetable
from webapp.courses.announcements import announce
from webapp.courses.models import Course
from webapp.courses.setup import Plan
from webapp.demo.edition import GROUP
from webapp.demo.people import Person
from webapp.gradebook import scores
from webapp.gradebook.sheet import Column, by_hand, columns_of
from webapp.office import grants, timetables

SCORED: Final = (0.85, 0.6, 0.35, 0.15)
"""The share of the class that has a score in the first component that is marked by hand, in the second, ..."""
COMMENTS: Final = (
    "Explains every line of the code.",
    "Good, but look again at how the gradient reaches the first layer.",
    "The experiment has no baseline; the code is sound.",
    "Clear figures. The learning rate was not tuned.",
)
NEWCOMERS_DAYS: Final = 60
"""More time for the demo's own accounts: they begin when the class is in the middle of the course."""


def decide(
    session: Session,
    course: Course,
    plan: Plan,
    people: Mapping[int, Person],
    due: Mapping[str, datetime],
    by_id: int,
) -> None:
    """Takes all decisions for these students, by number, in the transaction of `session`."""
    for name, at in due.items():
        wishes = _wishes(plan.content.timetable(name), at)
        timetables.save(session, course.id, by_id, name, wishes, plan.zone)
    _extend(session, course, plan, people, due, by_id)
    columns = columns_of(plan.grade_scheme())
    _score(session, course, columns, people, by_id)
    announce(
        session,
        course.id,
        by_id,
        "Interviews",
        "The list with your slots hangs at the door of the lab. Bring your code: you will change a line of it.",
    )
    announce(
        session,
        course.id,
        by_id,
        "What the reports are good for",
        "Read the *first* check that fails. The lines of NumPy below it repeat what went wrong on your own machine.",
    )


def _wishes(base: Timetable, due: datetime) -> timetables.Wishes:
    """The due date, and all else such that everybody can hand in now."""
    return timetables.Wishes(
        opens=due - timedelta(days=90) if base.opens is not None else None,
        due=due,
        closes=due + timedelta(days=90) if base.closes is not None else None,
        attempts=0 if base.attempts is not None else None,
    )


def _extend(
    session: Session,
    course: Course,
    plan: Plan,
    people: Mapping[int, Person],
    due: Mapping[str, datetime],
    by_id: int,
) -> None:
    """Time for the newcomers, for one group and for one student; and one who need not do something at all."""

    def grant(user: int | None, group: str, exercise: str, days: int, reason: str) -> None:
        extension = grants.Extension(user, group, exercise, days, None, reason)
        grants.grant(session, course.id, by_id, extension, plan.zone)

    names = list(due)
    grant(None, GROUP, "", NEWCOMERS_DAYS, "Joined the course in its fifth week.")
    grant(None, next(iter(people.values())).group, names[-1], 2, "The laboratory was closed on Tuesday.")
    working = [number for number, person in people.items() if person.kind != "absent"]
    grant(working[0], "", names[0], 3, "Ill, with a note from the doctor.")
    leaves = by_hand(columns_of(plan.grade_scheme()))
    if leaves:
        reason = "Has passed it in last year's edition."
        grants.excuse(session, course.id, by_id, working[-1], leaves[0].key, reason)


def _score(
    session: Session,
    course: Course,
    columns: Sequence[Column],
    people: Mapping[int, Person],
    by_id: int,
) -> None:
    dice = random.Random(len(people))
    entries = []
    for leaf, share in zip(by_hand(columns), SCORED, strict=False):
        for number, person in people.items():
            if person.kind == "absent" or dice.random() > share:
                continue
            of_ten = min(10.0, max(0.0, dice.gauss(6.6 + 1.3 * person.ability, 1.0)))
            score = round(leaf.most * Decimal(round(4 * of_ten)) / 40, scores.DECIMALS)
            comment = dice.choice(COMMENTS) if dice.random() < 0.2 else ""
            entries.append(scores.Entry((number, leaf.key), scores.NOTHING, scores.Held(score, comment)))
    scores.save(session, course.id, columns, entries, by_id=by_id)
