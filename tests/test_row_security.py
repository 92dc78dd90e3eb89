"""PostgreSQL's rows stay shut to whoever has the program's database user but not a signed scope."""

from __future__ import annotations

import uuid

import geopandas as gpd
import psycopg
import pytest
from psycopg import errors
from shapely.geometry import Point
from sqlalchemy import text
from sqlalchemy.engine import make_url

from geodata import row_security
from geodata.models import Household
from geodata.session import Store
from geodata.write import upsert_frame
from tests import postgis_cluster

pytestmark = pytest.mark.postgis
SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def addresses(postgis_server):
    """Make a city of two households in D1 and one in D2; give the owner's and the program's addresses."""
    url = postgis_cluster.create_database(postgis_server, f"rows_{uuid.uuid4().hex[:8]}")
    owner = Store(url, SECRET)
    owner.migrate()
    rows = gpd.GeoDataFrame(
        {
            "household_id": ["H1", "H2", "H3"],
            "visits_per_month": 1.0,
            "community_district": ["D1", "D1", "D2"],
        },
        geometry=[Point(136.6, 36.5)] * 3,
        crs=6668,
    )
    user = f"screen_{uuid.uuid4().hex[:8]}"
    with owner.begin(write=True) as session:
        upsert_frame(session, Household, rows)
        session.execute(text(f"CREATE ROLE {user} LOGIN IN ROLE mimamori_app"))
    owner.close()
    return url, make_url(url).set(username=user).render_as_string(hide_password=False)


@pytest.fixture
def program(addresses):
    """Open the store as the program's own user."""
    store = Store(addresses[1], SECRET)
    yield store
    store.close()


def ids(session) -> list[str]:
    return sorted(session.scalars(text("SELECT household_id FROM household")))


def test_a_connection_that_says_nothing_sees_no_household(addresses):
    with psycopg.connect(addresses[1]) as connection:
        assert connection.execute("SELECT count(*) FROM household").fetchone() == (0,)


def test_a_district_opens_its_own_households_and_no_other(program):
    with program.begin() as session:
        row_security.enter_districts(session, ["D1"])
        assert ids(session) == ["H1", "H2"]
        row_security.enter_districts(session, ["D2"])
        assert ids(session) == ["H3"]


def test_a_watcher_is_opened_the_named_households_only(program):
    with program.begin() as session:
        row_security.enter_households(session, ["H3"], "W1")
        assert ids(session) == ["H3"]


@pytest.mark.parametrize("proof", ["", "0" * 64])
def test_a_scope_set_by_hand_opens_nothing(addresses, proof):
    with psycopg.connect(addresses[1]) as connection:
        connection.execute("SELECT set_config('mimamori.scope', '{\"all\": true}', true)")
        connection.execute("SELECT set_config('mimamori.proof', %s, true)", (proof,))
        assert connection.execute("SELECT count(*) FROM household").fetchone() == (0,)


def test_the_signature_of_another_transaction_opens_nothing(program, addresses):
    with program.begin() as session:
        row_security.enter_everything(session)
        assert len(ids(session)) == 3
        said = session.execute(
            text("SELECT current_setting('mimamori.scope'), current_setting('mimamori.proof')")
        ).one()
    with psycopg.connect(addresses[1]) as connection:
        connection.execute(
            "SELECT set_config('mimamori.scope', %s, true), set_config('mimamori.proof', %s, true)",
            tuple(said),
        )
        assert connection.execute("SELECT count(*) FROM household").fetchone() == (0,)


def test_the_scope_ends_with_its_transaction(program):
    with program.engine.connect() as connection, program.begin() as session:
        row_security.enter_everything(session)
        assert len(ids(session)) == 3
        assert connection.exec_driver_sql("SELECT count(*) FROM household").scalar_one() == 0


def test_the_program_s_user_finds_its_tables_up_to_date(program):
    program.migrate()
    program.check_ready()


def test_nobody_writes_a_household_into_another_district(program):
    with pytest.raises(Exception, match="row-level security"), program.begin() as session:
        row_security.enter_districts(session, ["D1"])
        session.execute(text("UPDATE household SET community_district = 'D2' WHERE household_id = 'H1'"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM row_security_key",
        "UPDATE audit_event SET who = 'nobody'",
        "DELETE FROM audit_event",
        "DELETE FROM alembic_version",
        "ALTER TABLE household DISABLE ROW LEVEL SECURITY",
        "DROP POLICY for_whom_it_reads ON household",
    ],
)
def test_the_program_s_user_cannot_reach_behind_the_lock(addresses, statement):
    with psycopg.connect(addresses[1]) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)
