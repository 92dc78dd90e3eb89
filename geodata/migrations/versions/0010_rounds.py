"""Rounds: plans, visits and their results, worries on their way, dispatches; visiting hours; street names."""

import sqlalchemy as sa
from alembic import op

from geodata.base import Geometry

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ALL = "(SELECT mimamori_sees_all())"
_OWN = "IN (SELECT household.household_id FROM household)"  # itself locked
_IN_DISTRICT = "district = ANY ((SELECT mimamori_listed('districts'))::text[])"
_POLICIES = {
    "planned_visit": f"{_ALL} OR household_id {_OWN}",
    "visit_result": f"{_ALL} OR household_id {_OWN}",
    "signal": f"{_ALL} OR household_id {_OWN}",
    "dispatch": f"{_ALL} OR {_IN_DISTRICT}",
    "dispatch_task": f"{_ALL} OR ({_IN_DISTRICT} AND (household_id IS NULL OR household_id {_OWN}))",
}
_TABLES = ("dispatch_task", "dispatch", "signal", "visit_result", "planned_visit", "round_plan")


def upgrade() -> None:
    """Rounds: plans, visits and their results, worries on their way, dispatches; hours; street names."""
    op.add_column("household", sa.Column("visit_hours", sa.String(length=200), nullable=True))
    op.add_column("street_edge", sa.Column("name", sa.String(length=120), nullable=True))
    op.add_column("watcher", sa.Column("starts_at", sa.String(length=40), nullable=True))
    op.execute(
        "ALTER TABLE watcher ADD COLUMN round_minutes INTEGER "
        "CONSTRAINT ck_watcher_round_takes_time CHECK (round_minutes > 0)"
    )
    _plans()
    _results()
    _dispatches()
    if op.get_bind().dialect.name == "postgresql":
        _lock_rows()


def downgrade() -> None:
    """Take it back."""
    for table in _TABLES:
        op.drop_table(table)  # its policy goes with it
    op.drop_column("street_edge", "name")
    op.drop_column("household", "visit_hours")
    op.drop_column("watcher", "starts_at")
    op.drop_column("watcher", "round_minutes")


def _lock_rows() -> None:
    for table, condition in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY for_whom_it_reads ON {table} USING ({condition})")
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mimamori_app') THEN "
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_TABLES)} TO mimamori_app; "
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO mimamori_app; END IF; END $$"
    )


def _plans() -> None:
    op.create_table(
        "round_plan",
        sa.Column("plan_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.Column("watcher_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("season", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'rejected', 'withdrawn')",
            name=op.f("ck_round_plan_known_plan_status"),
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watcher.watcher_id"], name=op.f("fk_round_plan_watcher_id_watcher")
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_round_plan")),
    )
    op.create_index(op.f("ix_round_plan_district"), "round_plan", ["district"], unique=False)
    op.create_index(op.f("ix_round_plan_watcher_id"), "round_plan", ["watcher_id"], unique=False)
    op.create_table(
        "planned_visit",
        sa.Column("visit_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("begins_min", sa.Double(), nullable=True),
        sa.Column("ends_min", sa.Double(), nullable=True),
        sa.Column("leg_m", sa.Double(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_planned_visit_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["round_plan.plan_id"], name=op.f("fk_planned_visit_plan_id_round_plan")
        ),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_planned_visit")),
    )
    op.create_index(op.f("ix_planned_visit_household_id"), "planned_visit", ["household_id"], unique=False)
    op.create_index(op.f("ix_planned_visit_plan_id"), "planned_visit", ["plan_id"], unique=False)


def _results() -> None:
    op.create_table(
        "visit_result",
        sa.Column("result_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("watcher_id", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("worry", sa.String(length=16), nullable=True),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'worry') = (worry IS NOT NULL)", name=op.f("ck_visit_result_a_worry_has_a_kind")
        ),
        sa.CheckConstraint(
            "outcome IN ('done', 'absent', 'worry')", name=op.f("ck_visit_result_known_outcome")
        ),
        sa.CheckConstraint(
            "worry IS NULL OR worry IN "
            "('health', 'forgetful', 'post_piles_up', 'money', 'family', 'house', 'other')",
            name=op.f("ck_visit_result_known_worry"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_visit_result_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watcher.watcher_id"], name=op.f("fk_visit_result_watcher_id_watcher")
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_visit_result")),
        sa.UniqueConstraint("watcher_id", "household_id", "date", name="one_result_a_visit"),
    )
    op.create_index(op.f("ix_visit_result_household_id"), "visit_result", ["household_id"], unique=False)
    op.create_index(op.f("ix_visit_result_watcher_id"), "visit_result", ["watcher_id"], unique=False)
    op.create_table(
        "signal",
        sa.Column("signal_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("chain", sa.JSON(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("reaches_centre", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'received', 'closed')", name=op.f("ck_signal_known_signal_status")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_signal_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["visit_result.result_id"], name=op.f("fk_signal_result_id_visit_result")
        ),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_signal")),
        sa.UniqueConstraint("result_id", name="one_signal_a_result"),
    )
    op.create_index(op.f("ix_signal_district"), "signal", ["district"], unique=False)
    op.create_index(op.f("ix_signal_household_id"), "signal", ["household_id"], unique=False)


def _dispatches() -> None:
    op.create_table(
        "dispatch",
        sa.Column("dispatch_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("season", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('snow', 'heat', 'search', 'other')", name=op.f("ck_dispatch_known_dispatch_kind")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'rejected', 'withdrawn')",
            name=op.f("ck_dispatch_known_dispatch_status"),
        ),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_dispatch")),
    )
    op.create_index(op.f("ix_dispatch_district"), "dispatch", ["district"], unique=False)
    op.create_table(
        "dispatch_task",
        sa.Column("row_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=True),
        sa.Column("geometry", Geometry("POINT"), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("skills", sa.String(length=200), nullable=True),
        sa.Column("earliest_min", sa.Double(), nullable=True),
        sa.Column("latest_min", sa.Double(), nullable=True),
        sa.Column("team", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("begins_min", sa.Double(), nullable=True),
        sa.Column("ends_min", sa.Double(), nullable=True),
        sa.Column("leg_m", sa.Double(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'told', 'begun', 'done', 'unserved')",
            name=op.f("ck_dispatch_task_known_task_status"),
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_dispatch_task_dispatch_task_takes_time")),
        sa.CheckConstraint("people > 0", name=op.f("ck_dispatch_task_dispatch_task_takes_people")),
        sa.CheckConstraint("priority BETWEEN 1 AND 5", name=op.f("ck_dispatch_task_priority_known")),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatch.dispatch_id"], name=op.f("fk_dispatch_task_dispatch_id_dispatch")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_dispatch_task_household_id_household")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_dispatch_task")),
        sa.UniqueConstraint("dispatch_id", "task_id", name="one_task_an_id"),
    )
    op.create_index(op.f("ix_dispatch_task_dispatch_id"), "dispatch_task", ["dispatch_id"], unique=False)
    op.create_index(op.f("ix_dispatch_task_district"), "dispatch_task", ["district"], unique=False)
    op.create_index(op.f("ix_dispatch_task_household_id"), "dispatch_task", ["household_id"], unique=False)
