"""The best of a person's attempts at an exercise: the one definition that pages, the API and statistics share.

It is the one with the highest share of its own maximum, which may be another for each: when an exercise's points change,
10 of 10 stays better than 12 of 30, as it does for the grade. Of equals the earliest is the best. So a best score and
its maximum are always those of one attempt.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Float, Select, cast, func, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from webapp.submissions.models import Submission


def share(score: Any, max_score: Any) -> ColumnElement[Any]:
    """A score as a share of its maximum, in SQL; NULL without one.

    Both are whole thousandths, so doubles tell shares apart, and equal ones are equal: 1 of 3 is 10 of 30.
    """
    return cast(score, Float) / cast(func.nullif(max_score, Decimal(0)), Float)


def best_of(course_id: Any, user_id: Any, exercise: Any) -> Select[str]:
    """The query for the id of the best attempt with a score; given columns of an outer query, it is one for each row."""
    each = aliased(Submission)
    return (
        select(each.id)
        .where(
            each.course_id == course_id,
            each.user_id == user_id,
            each.exercise == exercise,
            each.score.is_not(None),
        )
        .order_by(share(each.score, each.max_score).desc().nulls_last(), each.received_at, each.id)
        .limit(1)
    )
