"""The trail as a chain: hashes, versions before and after; nothing in it can be changed."""

import datetime as dt
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ("basis", "revision_before", "revision_after", "flags", "previous_hash", "hash")
_INDEXES = {
    "ix_audit_event_at": ["at"],
    "ix_audit_event_who_at": ["who", "at"],
    "ix_audit_event_object_hash": ["object_hash"],
    "ix_audit_event_flags": ["flags"],
}
# The fields of an event as the chain of this version hashes them; a later version must not change the digest.
_FIELDS = (
    *("seq", "at", "who", "role", "purpose", "act", "object_kind", "object_count", "object_hash", "filters"),
    *("basis", "result", "revision_before", "revision_after", "flags", "previous_hash"),
)
_COVERED = (
    "EXISTS (SELECT 1 FROM audit_seal WHERE kind = 'pruned' AND OLD.seq BETWEEN first_seq AND last_seq)"
)
_REFUSED = "the trail is only added to"


def upgrade() -> None:
    """Add the columns, seal what is there, and refuse every change from now on.

    Hashes of ids so far were made without a key, so that whoever knows the ids could try them; they go.
    """
    op.add_column("audit_event", sa.Column("basis", sa.String(length=80), nullable=True))
    op.add_column("audit_event", sa.Column("revision_before", sa.Integer(), nullable=True))
    op.add_column("audit_event", sa.Column("revision_after", sa.Integer(), nullable=True))
    op.add_column("audit_event", sa.Column("flags", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("audit_event", sa.Column("previous_hash", sa.String(length=64), nullable=True))
    op.add_column("audit_event", sa.Column("hash", sa.String(length=64), nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(name, "audit_event", columns)
    op.create_table(
        "audit_seal",
        sa.Column("last_seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind IN ('before', 'pruned')", name=op.f("ck_audit_seal_known_seal")),
        sa.PrimaryKeyConstraint("last_seq", "kind", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "audit_rule",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("bulk_ids", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_rule_one_rule_a_store")),
        sa.CheckConstraint("keep_days >= 1", name=op.f("ck_audit_rule_kept_a_day_at_least")),
        sa.CheckConstraint("bulk_ids >= 1", name=op.f("ck_audit_rule_bulk_is_one_at_least")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_rule")),
    )
    _seal_what_is_there()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        _refuse_on_sqlite()


def downgrade() -> None:
    """Take the chain back; the events stay, a pruned one does not come back."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("audit_event", "audit_seal"):
        for act in ("insert", "update", "delete", "truncate"):
            on_table = f" ON {table}" if postgresql else ""
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{on_table}")
    if postgresql:
        op.execute("DROP FUNCTION IF EXISTS refuse_trail_change()")
        op.execute("DROP FUNCTION IF EXISTS refuse_trail_delete()")
    op.drop_table("audit_rule")
    op.drop_table("audit_seal")
    for name in _INDEXES:
        op.drop_index(name, "audit_event")
    for column in reversed(_COLUMNS):
        op.drop_column("audit_event", column)


def _seal_what_is_there() -> None:
    connection = op.get_bind()
    op.execute("UPDATE audit_event SET object_hash = NULL")
    table = sa.Table("audit_event", sa.MetaData(), autoload_with=connection)
    rows = connection.execute(sa.select(*(table.c[name] for name in _FIELDS)).order_by(table.c.seq)).all()
    if not rows:
        return
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_canonical(row._mapping).encode() + b"\n")
    seal = sa.Table("audit_seal", sa.MetaData(), autoload_with=connection)
    connection.execute(
        sa.insert(seal).values(
            last_seq=rows[-1].seq,
            kind="before",
            first_seq=rows[0].seq,
            events=len(rows),
            digest=digest.hexdigest(),
            last_hash=digest.hexdigest(),
            at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
            who="migration 0004",
            reason="before the chain",
            hash=None,
        )
    )


def _canonical(row: sa.RowMapping) -> str:
    fields = {name: row[name] for name in _FIELDS}
    fields["at"] = fields["at"].isoformat(" ", "microseconds")
    if isinstance(fields["filters"], str):
        fields["filters"] = json.loads(fields["filters"])
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _refuse_on_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    # REPLACE would delete a row without its trigger, so no event may stand at or before the last one.
    op.execute(
        "CREATE TRIGGER audit_event_no_insert BEFORE INSERT ON audit_event WHEN NEW.hash IS NULL "
        f"OR EXISTS (SELECT 1 FROM audit_event WHERE seq >= NEW.seq) {refuse}"
    )
    op.execute(
        "CREATE TRIGGER audit_seal_no_insert BEFORE INSERT ON audit_seal "
        f"WHEN EXISTS (SELECT 1 FROM audit_seal WHERE kind = NEW.kind AND last_seq >= NEW.last_seq) {refuse}"
    )
    op.execute(f"CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event {refuse}")
    op.execute(
        f"CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event WHEN NOT {_COVERED} {refuse}"
    )
    for act in ("update", "delete"):
        op.execute(f"CREATE TRIGGER audit_seal_no_{act} BEFORE {act.upper()} ON audit_seal {refuse}")


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_trail_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_trail_delete() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_COVERED} THEN RETURN OLD; END IF; RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_event_no_insert BEFORE INSERT ON audit_event FOR EACH ROW "
        "WHEN (NEW.hash IS NULL) EXECUTE FUNCTION refuse_trail_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW "
        "EXECUTE FUNCTION refuse_trail_delete()"
    )
    for table, acts in (("audit_event", ("update",)), ("audit_seal", ("update", "delete"))):
        for act in acts:
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION refuse_trail_change()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_trail_change()"
        )
