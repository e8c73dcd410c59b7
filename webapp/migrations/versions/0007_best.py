"""The best attempt by the share of its own maximum, where an exercise's points have changed; and grades computed anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PROGRESS = sa.table(
    "progress",
    *map(sa.column, ("course_id", "user_id", "exercise", "best_id", "best_score", "max_score", "since_best")),
)
SUBMISSIONS = sa.table(
    "submissions",
    *map(sa.column, ("id", "course_id", "user_id", "exercise", "received_at", "score", "max_score")),
)
ROLLUPS = sa.table("rollups", sa.column("stale", sa.Boolean()))


def upgrade() -> None:
    each, best = SUBMISSIONS.alias("each"), SUBMISSIONS.alias("best")
    theirs = sa.and_(*(each.c[name] == PROGRESS.c[name] for name in ("course_id", "user_id", "exercise")))
    share = sa.cast(each.c.score, sa.Float) / sa.cast(sa.func.nullif(each.c.max_score, 0), sa.Float)
    best_id = (
        sa.select(each.c.id)
        .where(theirs, each.c.score.is_not(None))
        .order_by(share.desc().nulls_last(), each.c.received_at, each.c.id)
        .limit(1)
    )
    others = sa.select(each.c.id).where(theirs, each.c.max_score != PROGRESS.c.max_score)
    op.execute(sa.update(PROGRESS).where(sa.exists(others)).values(best_id=best_id.scalar_subquery()))

    def of_best(column: str) -> sa.ScalarSelect[object]:
        return sa.select(best.c[column]).where(best.c.id == PROGRESS.c.best_id).scalar_subquery()

    later = sa.select(sa.func.count()).where(
        theirs, each.c.score.is_not(None), each.c.received_at > of_best("received_at")
    )
    # Which rows these are is told by the maximum of the best until now, so it is changed last.
    op.execute(sa.update(PROGRESS).where(sa.exists(others)).values(since_best=later.scalar_subquery()))
    op.execute(
        sa.update(PROGRESS).where(sa.exists(others)).values(best_score=of_best("score"), max_score=of_best("max_score"))
    )
    op.execute(sa.update(ROLLUPS).values(stale=True))


def downgrade() -> None:
    """What was computed stays: it is right for earlier versions, too."""
