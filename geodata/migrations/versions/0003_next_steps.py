"""Proposals, edits that can be undone, scenarios, costs and tasks; locked links; watchers to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD = "status IN ('active', 'vacant', 'ended')"
_NEW = "status IN ('active', 'vacant', 'ended', 'candidate')"
_NAME = "ck_watcher_known_watcher_status"


def upgrade() -> None:
    """Create the tables and columns, let a watcher be a candidate, drop kept results (they lack figures)."""
    _create_tables()
    _replace_status_rule(_OLD, _NEW)
    for table in ("household_result", "watcher_result", "analysis_run"):
        op.execute(f"DELETE FROM {table}")


def downgrade() -> None:
    """Drop them; candidates become ended posts."""
    op.execute("UPDATE watcher SET status = 'ended' WHERE status = 'candidate'")
    _replace_status_rule(_NEW, _OLD)
    op.drop_column("watcher", "minutes_per_week")
    op.drop_column("watcher", "available")
    op.drop_column("assignment", "locked")
    for table in ("support_task", "proposal", "scenario", "remedy_cost", "edit"):
        op.drop_table(table)


def _replace_status_rule(old: str, new: str) -> None:
    """Change a check of a table that has rows.

    SQLite cannot alter a check; its documentation (lang_altertable, section 7) lets one that changes nothing
    on disk be rewritten in the schema table, with a new schema version so that other connections read it.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("watcher", "status", type_=sa.String(length=12))  # SQLite minds no length
        op.drop_constraint(op.f(_NAME), "watcher", type_="check")
        op.create_check_constraint(op.f(_NAME), "watcher", new)
        return
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema=ON")
    op.get_bind().exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'watcher'",
        (old, new),
    )
    op.execute(f"PRAGMA schema_version={version + 1}")
    op.execute("PRAGMA writable_schema=OFF")


def _create_tables() -> None:
    op.create_table(
        "edit",
        sa.Column("edit_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["undone_by"], ["edit.edit_id"], name=op.f("fk_edit_undone_by_edit")),
        sa.PrimaryKeyConstraint("edit_id", name=op.f("pk_edit")),
    )
    op.create_table(
        "remedy_cost",
        sa.Column("remedy", sa.String(length=40), nullable=False),
        sa.Column("yen_per_year", sa.Double(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("yen_per_year >= 0", name=op.f("ck_remedy_cost_cost_not_negative")),
        sa.PrimaryKeyConstraint("remedy", name=op.f("pk_remedy_cost")),
    )
    op.create_table(
        "scenario",
        sa.Column("scenario_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scenario_id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("name", name="one_scenario_a_name"),
    )
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("household_id", sa.String(length=40), nullable=True),
        sa.Column("watcher_id", sa.String(length=40), nullable=True),
        sa.Column("action", sa.String(length=8), nullable=True),
        sa.Column("role", sa.String(length=8), nullable=True),
        sa.Column("visits_per_month", sa.Double(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('assign', 'backup', 'handover', 'consent', 'recruit', 'partner', 'agreement')",
            name=op.f("ck_proposal_known_proposal_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'changed', 'rejected', 'withdrawn')",
            name=op.f("ck_proposal_known_proposal_status"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_proposal_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watcher.watcher_id"], name=op.f("fk_proposal_watcher_id_watcher")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_batch"), "proposal", ["batch"], unique=False)
    op.create_index(op.f("ix_proposal_district"), "proposal", ["district"], unique=False)
    op.create_index(op.f("ix_proposal_household_id"), "proposal", ["household_id"], unique=False)
    op.create_table(
        "support_task",
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.String(length=5), nullable=True),
        sa.Column("latest", sa.String(length=5), nullable=True),
        sa.Column("repeat", sa.String(length=8), nullable=False),
        sa.Column("weekdays", sa.String(length=40), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "repeat IN ('once', 'weekly', 'monthly')", name=op.f("ck_support_task_known_repeat")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_support_task_task_takes_time")),
        sa.CheckConstraint("people > 0", name=op.f("ck_support_task_task_takes_people")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_support_task_task_weight_not_negative")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_support_task_household_id_household")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_support_task")),
    )
    op.create_index(op.f("ix_support_task_household_id"), "support_task", ["household_id"], unique=False)
    op.add_column("assignment", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("watcher", sa.Column("available", sa.String(length=200), nullable=True))
    op.execute(
        "ALTER TABLE watcher ADD COLUMN minutes_per_week INTEGER "
        "CONSTRAINT ck_watcher_minutes_not_negative CHECK (minutes_per_week >= 0)"
    )
