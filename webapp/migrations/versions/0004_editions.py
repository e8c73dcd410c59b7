"""With which exercises an edition began, dates that are taken away, and changes by nobody's account (the command line)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("courses") as batch:
        batch.add_column(sa.Column("began_with", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("exercise_setups") as batch:
        batch.add_column(sa.Column("without", sa.String(length=40), nullable=False, server_default=""))
    with op.batch_alter_table("changes") as batch:
        batch.alter_column("by_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    with op.batch_alter_table("changes") as batch:
        batch.alter_column("by_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("exercise_setups") as batch:
        batch.drop_column("without")
    with op.batch_alter_table("courses") as batch:
        batch.drop_column("began_with")
