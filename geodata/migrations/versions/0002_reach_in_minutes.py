"""A reach in minutes, what a run says of a watcher in detail; results of older programs are dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and drop kept results: they lack the new figures and are computed again when due."""
    # SQLite takes a check only with the column itself; the same sentence serves PostgreSQL.
    op.execute(
        "ALTER TABLE watcher ADD COLUMN reach_min DOUBLE PRECISION "
        "CONSTRAINT ck_watcher_reach_time_not_negative CHECK (reach_min >= 0)"
    )
    op.add_column("watcher_result", sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
    for table in ("household_result", "watcher_result", "analysis_run"):
        op.execute(f"DELETE FROM {table}")


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("watcher_result", "detail")
    op.drop_column("watcher", "reach_min")
