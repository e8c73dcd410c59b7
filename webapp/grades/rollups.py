"""The class's grades, kept beside what they are made of, and computed anew where something has changed.

Whatever changes a student's grade marks the student's roll-up as stale, in the same transaction; `current` computes the
stale ones before it gives all of them. So a new verdict is in the next page, and a class of thousands costs a page only
what has changed since the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, literal, not_, or_, select, update
from sqlalchemy.orm import Session

from webapp.courses.models import Course, Membership
from webapp.courses.setup import Plan, by_exercise
from webapp.database import Base, Database, hold
from webapp.grades.attempts import Attempt, Extension
from webapp.grades.models import Excuse, ExtensionGrant, HandScore, Rollup
from webapp.grades.tree import Grade, GradeTree, Work
from webapp.submissions.models import Submission

CHUNK: Final = 200
"""Students whose work is loaded at once, while all who change something wait."""

# On the table, not the class: an ORM's update would look through the session for rows that it has loaded.
_TABLE: Final = Base.metadata.tables[Rollup.__tablename__]
_STALE: Final = update(_TABLE).where(_TABLE.c.course_id == bindparam("of_course")).values(stale=True)
_STALE_OF: Final = _STALE.where(_TABLE.c.user_id.in_(bindparam("of_users", expanding=True)))
_OF_THE_MEMBER: Final = (Rollup.course_id == Membership.course_id) & (Rollup.user_id == Membership.user_id)
"""Whose roll-up it is. Who is no student any more keeps one that is stale, which counts again with its student."""


def make_stale(session: Session, course_id: int, users: Collection[int] | None = None) -> None:
    """Says that something has changed for these students, or for all of the course."""
    # Whoever computes and those who change take turns, or a change between reading and writing would go unnoticed.
    hold(session, Course, course_id, shared=True)
    if users is None:
        session.connection().execute(_STALE, {"of_course": course_id})
    else:
        session.connection().execute(_STALE_OF, {"of_course": course_id, "of_users": list(users)})


def current(database: Database, course: Course, plan: Plan, now: datetime) -> dict[int, Rollup]:
    """The roll-ups of all students of the course as they stand at `now`, by the student's number."""
    renew(database, course, plan, now)
    with database.reading() as session:
        query = select(Rollup).join(Membership, _OF_THE_MEMBER)
        found = session.scalars(query.where(Rollup.course_id == course.id, Membership.role == "student"))
        return {each.user_id: each for each in found}


def renew(database: Database, course: Course, plan: Plan, now: datetime, patience_s: float = math.inf) -> None:
    """Computes the roll-ups that do not hold at `now`, so that the table can be read.

    After `patience_s` the rest is left to the next who comes.
    """
    scheme, began = plan.scheme(), time.monotonic()
    with database.reading() as session:
        outdated = _outdated(session, course.id, scheme, now)
    for start in range(0, len(outdated), CHUNK):
        _renew(database, course, plan, scheme, outdated[start : start + CHUNK], now)
        if time.monotonic() - began > patience_s:
            return


def fallen_due(session: Session, now: datetime) -> list[Course]:
    """The courses in which something has changed for a student, or the clock has, since the grade was computed."""
    theirs = (
        select(Rollup.course_id)
        .join(Membership, _OF_THE_MEMBER)
        .where(Membership.role == "student", or_(Rollup.stale, Rollup.valid_until <= now))
    )
    return list(session.scalars(select(Course).where(Course.id.in_(theirs)).order_by(Course.id)))


def _outdated(
    session: Session, course_id: int, scheme: str, now: datetime, users: Collection[int] | None = None
) -> list[int]:
    """The students, of these or of all, without a roll-up that holds."""
    query = (
        select(Membership.user_id)
        .outerjoin(Rollup, _OF_THE_MEMBER)
        .where(
            Membership.course_id == course_id,
            Membership.role == "student",
            or_(
                Rollup.user_id.is_(None),
                Rollup.stale,
                Rollup.scheme != scheme,
                Rollup.valid_until <= now,
            ),
        )
    )
    return list(session.scalars(query if users is None else query.where(Membership.user_id.in_(users))))


def _renew(database: Database, course: Course, plan: Plan, scheme: str, users: list[int], now: datetime) -> None:
    """Computes these students' roll-ups. What changes meanwhile stays stale: it waits for this transaction."""
    tree = plan.tree()
    with database.writing() as session:
        hold(session, Course, course.id)
        # Of all who open a page after a deadline, the first computes; the others have waited for that.
        users = _outdated(session, course.id, scheme, now, users)
        session.execute(delete(Rollup).where(Rollup.course_id == course.id, Rollup.user_id.in_(users)))
        works = works_of(session, course, plan, tree, users)
        session.add_all(_rollup(course.id, user, tree.grade(work, now), scheme, now) for user, work in works.items())


def _rollup(course_id: int, user: int, grade: Grade, scheme: str, now: datetime) -> Rollup:
    final = grade.final
    document: dict[str, Any] = {}
    for key in grade.tree.index:
        found = grade.range_of(key)
        document[key] = [str(found[0]), str(found[1])] if found is not None else None
    return Rollup(
        course_id=course_id,
        user_id=user,
        stale=False,
        valid_until=grade.next_change(),
        scheme=scheme,
        low=final.low,
        high=final.high,
        mark=final.mark,
        document=document,
        computed_at=now,
    )


def works_of(session: Session, course: Course, plan: Plan, tree: GradeTree, users: Collection[int]) -> dict[int, Work]:
    """All that a grade needs of these students; the number of queries does not depend on how many they are.

    Where the best attempt at an exercise counts, those with one score stand as so many copies of the earliest, which is
    worth the most of them: a class has a million attempts, and few scores.
    """
    attempts: dict[int, dict[str, list[Attempt]]] = {user: {} for user in users}
    mine = Submission.course_id == course.id, Submission.user_id.in_(users)
    alike = Submission.user_id, Submission.exercise, Submission.score, Submission.max_score
    the_best_counts = Submission.exercise.in_(tree.where_the_best_counts)
    queries = (
        select(*alike, func.min(Submission.received_at), func.count()).where(*mine, the_best_counts).group_by(*alike),
        select(*alike, Submission.received_at, literal(1)).where(*mine, not_(the_best_counts)),
    )
    known = plan.content.exercises
    for query in queries:
        for user, name, score, most, received_at, count in session.execute(query):
            if name in known:
                top = Decimal(str(known[name].points)) if most is None else most
                attempts[user].setdefault(name, []).extend([Attempt(received_at, score, top)] * count)
    scores: dict[int, dict[str, Decimal]] = {user: {} for user in users}
    for each in session.scalars(
        select(HandScore).where(HandScore.course_id == course.id, HandScore.user_id.in_(users))
    ):
        if each.score is not None:
            scores[each.user_id][each.component] = each.score
    excused: dict[int, set[str]] = {user: set() for user in users}
    for excuse in session.scalars(select(Excuse).where(Excuse.course_id == course.id, Excuse.user_id.in_(users))):
        excused[excuse.user_id].add(excuse.component)
    extensions = _extensions_of(session, course, plan, users)
    return {user: Work(attempts[user], scores[user], extensions.get(user, {}), excused[user]) for user in users}


def _extensions_of(
    session: Session, course: Course, plan: Plan, users: Collection[int]
) -> dict[int, dict[str, list[Extension]]]:
    grants = list(session.scalars(select(ExtensionGrant).where(ExtensionGrant.course_id == course.id)))
    if not grants:
        return {}
    groups = session.execute(
        select(Membership.user_id, Membership.group).where(
            Membership.course_id == course.id, Membership.user_id.in_(users)
        )
    )

    def own(user: int, group: str) -> Iterable[ExtensionGrant]:
        return (
            grant
            for grant in grants
            if grant.user_id == user or (grant.user_id is None and group and grant.group == group)
        )

    return {user: by_exercise(own(user, group), plan.content.exercises) for user, group in groups}
