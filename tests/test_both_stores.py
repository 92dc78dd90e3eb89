"""The same files give the same figures on SQLite and on PostGIS, to the last household."""

import uuid

import pytest
from sqlalchemy.engine import make_url

from analysis.assignment_wishes import AssignmentWishes
from app.services import assignments, coverage, handovers, proposal_making, proposal_view, proposals
from app.services.demo import DEMO_DATE, make_demo
from geodata.session import Store
from tests.demo_store import HOUSEHOLDS, OPERATOR, PLANNER, SEED, coordinator

pytestmark = pytest.mark.postgis


SECRET = bytes(range(32))


def fill(url, folder):
    """Make the demo city as the owner of the tables; return the store as the program's own user sees it."""
    owner, user = Store(url, SECRET), f"program_{uuid.uuid4().hex[:8]}"
    make_demo(owner, OPERATOR, folder, households=HOUSEHOLDS, seed=SEED)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {user} LOGIN IN ROLE mimamori_app")
    owner.close()
    return Store(make_url(url).set(username=user).render_as_string(hide_password=False), SECRET)


def test_postgis_and_sqlite_give_the_same_figures_and_districts(postgis_server, demo, tmp_path):
    from tests.postgis_cluster import create_database

    server = fill(create_database(postgis_server, "same_figures"), tmp_path)
    for season in ("normal", "snow"):
        here = coverage.load_city_figures(demo, PLANNER, season, DEMO_DATE)
        there = coverage.load_city_figures(server, PLANNER, season, DEMO_DATE)
        assert there.totals == here.totals
        assert there.counts == here.counts
        for layer, rows in here.layers.items():
            assert there.layers[layer].equals(rows), layer
    district = here.layers["community"].index[0]
    views = [
        coverage.load_district(store, coordinator(district), district, "normal", DEMO_DATE)
        for store in (demo, server)
    ]
    assert views[0].households.drop(columns="geometry").equals(views[1].households.drop(columns="geometry"))
    assert views[0].households.geom_equals_exact(views[1].households, 0).all()
    assert len(views[0].streets) == len(views[1].streets) > 0
    batch = proposal_making.propose_for_district(
        server, coordinator(district), "normal", DEMO_DATE, wishes=AssignmentWishes(district=district)
    )
    assert batch.status == "optimal"
    view = proposal_view.load_view(server, coordinator(district), district)
    if not view.links.empty:
        item = view.links[view.links["item"] == view.links["item"].iloc[0]]
        proposals.accept(server, coordinator(district), item["version"].to_dict(), DEMO_DATE)
        newest = proposals.load_edits(server, coordinator(district), district).index[0]
        proposals.undo(server, coordinator(district), int(newest))
    assert len(handovers.own_watchers(server, coordinator(district), district, DEMO_DATE))
    plan = assignments.propose(server, OPERATOR, "normal", DEMO_DATE)
    revision = assignments.apply_plan(server, OPERATOR, plan)
    assert coverage.read_info(server).revision == revision
    server.close()
