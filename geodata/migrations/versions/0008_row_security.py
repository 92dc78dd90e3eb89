"""Row-level security on PostgreSQL, the second lock behind the one door.

Policies hold for the tables' owner too (FORCE); a superuser passes them, so the program must not be one. The
role ``mimamori_app`` has what the dashboard and the commands need and no more: it cannot change or remove an
event of the trail, nor read the key of the signatures.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CHECKED_SCOPE = """
CREATE FUNCTION mimamori_scope() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = {schema}, pg_catalog, pg_temp AS $$
DECLARE
    said text := current_setting('mimamori.scope', true);
    proof text := current_setting('mimamori.proof', true);
    place text := pg_backend_pid()::text || ':'
        || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint;
    wanted text;
BEGIN
    IF coalesce(said, '') = '' OR coalesce(proof, '') = '' THEN
        RETURN '{{}}';
    END IF;
    SELECT encode(sha256(outer_pad || sha256(inner_pad || convert_to(place || '|' || said, 'UTF8'))), 'hex')
    INTO wanted FROM row_security_key;
    IF wanted IS DISTINCT FROM proof THEN
        RETURN '{{}}';
    END IF;
    RETURN said::jsonb;
END $$
"""
_EVERYTHING = """
CREATE FUNCTION mimamori_sees_all() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce((mimamori_scope() ->> 'all')::boolean, false) $$
"""
_LISTED = """
CREATE FUNCTION mimamori_listed(what text) RETURNS text[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(array_agg(one), '{}') FROM jsonb_array_elements_text(mimamori_scope() -> what) AS one $$
"""
_ALL = "(SELECT mimamori_sees_all())"
_OWN = "IN (SELECT household.household_id FROM household)"  # itself locked
_POLICIES = {
    "household": (
        f"{_ALL} OR community_district = ANY ((SELECT mimamori_listed('districts'))::text[]) "
        "OR household_id = ANY ((SELECT mimamori_listed('households'))::text[])"
    ),
    "assignment": f"{_ALL} OR household_id {_OWN}",
    "household_result": f"{_ALL} OR household_id {_OWN}",
    "consent_record": f"{_ALL} OR household_id {_OWN}",
    "proposal": (
        f"{_ALL} OR (district = ANY ((SELECT mimamori_listed('districts'))::text[]) "
        f"AND (household_id IS NULL OR household_id {_OWN}))"
    ),
}


def upgrade() -> None:
    """Make the key's table, the functions that check a signature, the policies and the program's role."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().exec_driver_sql("SELECT current_schema()").scalar_one()
    op.execute(
        "CREATE TABLE row_security_key (only_row boolean PRIMARY KEY CHECK (only_row), "
        "inner_pad bytea NOT NULL, outer_pad bytea NOT NULL)"
    )
    op.execute("REVOKE ALL ON row_security_key FROM PUBLIC")
    for function in (_CHECKED_SCOPE.format(schema=schema), _EVERYTHING, _LISTED):
        op.execute(function)
    for table, condition in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY for_whom_it_reads ON {table} USING ({condition})")
    _give_rights(schema)


def downgrade() -> None:
    """Take policies, functions and the key away; the role stays, it may be used by other databases."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _POLICIES:
        op.execute(f"DROP POLICY for_whom_it_reads ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for function in ("mimamori_listed(text)", "mimamori_sees_all()", "mimamori_scope()"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TABLE row_security_key")


def _give_rights(schema: str) -> None:
    """Make the program's role where this user may, and give it its rights where it is there."""
    op.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mimamori_app') THEN "
        "CREATE ROLE mimamori_app NOLOGIN; END IF; EXCEPTION WHEN insufficient_privilege THEN "
        "RAISE NOTICE 'role mimamori_app is not made: this user may not'; END $$"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mimamori_app') THEN "
        f"GRANT USAGE ON SCHEMA {schema} TO mimamori_app; "
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO mimamori_app; "
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO mimamori_app; "
        "REVOKE ALL ON row_security_key FROM mimamori_app; "
        "REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM mimamori_app; "
        "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM mimamori_app; "
        "END IF; END $$"
    )
