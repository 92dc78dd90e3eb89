"""The same files give the same figures on SQLite and on PostGIS, to the last household."""

import pytest

from app.services import assignments, coverage
from app.services.demo import DEMO_DATE, make_demo
from geodata.session import Store
from tests.demo_store import HOUSEHOLDS, OPERATOR, PLANNER, SEED, coordinator

pytestmark = pytest.mark.postgis


def fill(url, folder):
    store = Store(url)
    make_demo(store, OPERATOR, folder, households=HOUSEHOLDS, seed=SEED)
    return store


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
    plan = assignments.propose(server, OPERATOR, "normal", DEMO_DATE)
    revision = assignments.apply_plan(server, OPERATOR, plan)
    assert coverage.read_info(server).revision == revision
    server.close()
