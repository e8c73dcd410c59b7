"""Alembic's entry: runs the migrations on the connection that `webapp.schema` hands over."""

from alembic import context

from webapp.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
    user_module_prefix="database.",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
