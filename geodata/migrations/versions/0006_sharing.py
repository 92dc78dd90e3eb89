"""Consent records, sharing rules, approvals by two people, declared disasters."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from geodata.default_rules import default_rules

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RECIPIENTS = (
    "('coordinator', 'welfare_commissioner', 'community_promoter', 'neighbour', 'casual_volunteer', "
    "'student', 'npo', 'company')"
)


def upgrade() -> None:
    """Create the tables and put the rules a new store begins with in force."""
    _create_consent_records()
    rules = _create_rules()
    _create_approvals()
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    given = {"status": "in_force", "proposed_by": "program", "proposed_at": now, "version": 1}
    given |= {"approved_by": "installation", "approved_at": now}
    op.bulk_insert(
        rules, [{**row, "rule_key": f"{row['rule_id']}:default", **given} for row in default_rules()]
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("emergency", "approval", "sharing_rule", "consent_record"):
        op.drop_table(table)


def _create_consent_records() -> None:
    op.create_table(
        "consent_record",
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(length=4), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("article", sa.String(length=60), nullable=True),
        sa.Column("items", sa.String(length=80), nullable=True),
        sa.Column("recipients", sa.String(length=160), nullable=True),
        sa.Column("form", sa.String(length=60), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.String(length=60), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level BETWEEN 0 AND 4", name=op.f("ck_consent_record_consent_record_level_known")
        ),
        sa.CheckConstraint("answer IN ('yes', 'no', 'none')", name=op.f("ck_consent_record_known_answer")),
        sa.CheckConstraint(
            "mode IN ('opt-in', 'opt-out')", name=op.f("ck_consent_record_known_consent_mode")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.household_id"],
            name=op.f("fk_consent_record_household_id_household"),
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_consent_record")),
    )
    op.create_index(op.f("ix_consent_record_household_id"), "consent_record", ["household_id"], unique=False)


def _create_rules() -> sa.Table:
    rules = op.create_table(
        "sharing_rule",
        sa.Column("rule_key", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=24), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("article", sa.String(length=60), nullable=True),
        sa.Column("least_level", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=24), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("agreement", sa.String(length=60), nullable=True),
        sa.Column("manager", sa.String(length=60), nullable=True),
        sa.Column("readers", sa.String(length=200), nullable=True),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("return_by", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"recipient IN {_RECIPIENTS}", name=op.f("ck_sharing_rule_known_recipient")),
        sa.CheckConstraint(
            "item IN ('visit', 'household', 'type', 'needs', 'assignment')",
            name=op.f("ck_sharing_rule_known_item"),
        ),
        sa.CheckConstraint(
            "area IN ('own_district', 'own_assigned', 'city')", name=op.f("ck_sharing_rule_known_rule_area")
        ),
        sa.CheckConstraint("phase IN ('ordinary', 'disaster')", name=op.f("ck_sharing_rule_known_phase")),
        sa.CheckConstraint(
            "basis IN ('consent', '69-2-2', '69-2-3', 'ordinance', '49-11-3')",
            name=op.f("ck_sharing_rule_known_basis"),
        ),
        sa.CheckConstraint("least_level BETWEEN 0 AND 4", name=op.f("ck_sharing_rule_least_level_known")),
        sa.CheckConstraint(
            "status IN ('proposed', 'in_force', 'ended', 'rejected')",
            name=op.f("ck_sharing_rule_known_rule_status"),
        ),
        sa.PrimaryKeyConstraint("rule_key", name=op.f("pk_sharing_rule")),
    )
    op.create_index(op.f("ix_sharing_rule_rule_id"), "sharing_rule", ["rule_id"], unique=False)
    return rules


def _create_approvals() -> None:
    op.create_table(
        "approval",
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("rejected_by", sa.String(length=60), nullable=True),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('rule', 'export', 'disaster', 'look')", name=op.f("ck_approval_known_leave")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> asked_by", name=op.f("ck_approval_two_people")
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_payload_hash"), "approval", ["payload_hash"], unique=False)
    op.create_table(
        "emergency",
        sa.Column("emergency_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("begins", sa.DateTime(), nullable=False),
        sa.Column("ends", sa.DateTime(), nullable=False),
        sa.Column("declared_by", sa.String(length=60), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=False),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("emergency_id", name=op.f("pk_emergency")),
    )
