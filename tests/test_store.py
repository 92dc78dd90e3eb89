"""The store on SQLite and on PostGIS: same tables, same rows back, the same frame twice changes nothing."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from shapely.geometry import LineString, MultiPolygon, Point, box
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from geodata import read
from geodata.base import Base
from geodata.errors import GeodataError, StoreNotReadyError
from geodata.models import Area, Assignment, Dataset, Household, StreetEdge, Watcher
from geodata.session import Store
from geodata.write import UpsertCounts, raise_revision, upsert_frame


def households(*ids, lon=136.65):
    return pd.DataFrame(
        {
            "household_id": list(ids),
            "geometry": [Point(lon + 0.001 * i, 36.5) for i in range(len(ids))],
            "visits_per_month": 1.0,
            "consent": 2,
        }
    )


def streets():
    # Two pieces, 0.01 degrees apart: only the first touches the box around 136.600.
    return pd.DataFrame(
        {
            "edge_id": ["a", "b"],
            "u": ["1", "2"],
            "v": ["2", "3"],
            "length_m": [90.0, 90.0],
            "geometry": [
                LineString([(136.600, 36.5), (136.601, 36.5)]),
                LineString([(136.610, 36.5), (136.611, 36.5)]),
            ],
        }
    )


def dataset():
    return Dataset(
        id=1,
        name="t",
        synthetic=True,
        reference_date=dt.date(2026, 4, 1),
        metric_epsg=6675,
        revision=0,
    )


def test_migrations_make_exactly_the_tables_of_the_models(store):
    def of_models(item, name, kind, reflected, compare_to):
        is_ours = kind != "table" or name in Base.metadata.tables
        return (
            is_ours
            and not (name or "").startswith("gist_")
            and alembic_helpers.include_object(item, name, kind, reflected, compare_to)
        )

    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": of_models, "compare_type": False}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(store):
    store.migrate()
    store.check_ready()
    assert set(Base.metadata.tables) <= set(inspect(store.engine).get_table_names())


def test_an_empty_database_is_told_to_be_filled_first(store_url):
    with pytest.raises(StoreNotReadyError, match="mimamori demo"):
        Store(store_url).check_ready()


def test_geometries_come_back_exactly_as_they_were_written(store):
    place = Point(136.6561234567890123, 36.5610000000000001)
    area = MultiPolygon([box(136.6, 36.5, 136.7, 36.6)])
    with store.begin() as session:
        session.add(Household(household_id="H1", geometry=place, visits_per_month=1, weight=1, consent=2))
        session.add(Area(area_id="community:1", layer="community", code="1", name="甲", geometry=area))
    with store.begin() as session:
        got = session.scalars(select(Household)).one().geometry
        areas = read.read_areas(session, "community")
    assert shapely.to_wkb(got) == shapely.to_wkb(place)
    assert shapely.to_wkb(areas.geometry["1"]) == shapely.to_wkb(area)
    assert areas.crs.to_epsg() == 6668


def test_the_same_frame_twice_changes_nothing(store):
    with store.begin() as session:
        first = upsert_frame(session, Household, households("H1", "H2"))
    with store.begin() as session:
        second = upsert_frame(session, Household, households("H1", "H2"))
        versions = session.scalars(select(Household.version)).all()
    assert first == UpsertCounts(written=2, updated=0, unchanged=0)
    assert second == UpsertCounts(written=0, updated=0, unchanged=2)
    assert versions == [1, 1]


def test_a_changed_row_rises_by_one_version_and_others_stay(store):
    moved = households("H1", "H2")
    moved.loc[1, "geometry"] = Point(136.7, 36.55)
    with store.begin() as session:
        upsert_frame(session, Household, households("H1", "H2"))
        counts = upsert_frame(session, Household, moved)
    with store.begin() as session:
        rows = {row.household_id: row.version for row in session.scalars(select(Household))}
    assert counts == UpsertCounts(written=0, updated=1, unchanged=1)
    assert rows == {"H1": 1, "H2": 2}


def test_columns_a_file_lacks_keep_their_value(store):
    with store.begin() as session:
        upsert_frame(session, Household, households("H1").assign(needs="snow"))
        upsert_frame(session, Household, households("H1", lon=136.9))
    with store.begin() as session:
        assert session.get(Household, "H1").needs == "snow"


def test_completing_unknown_rows_is_refused_and_leaves_the_store(store):
    rows = pd.DataFrame({"watcher_id": ["W9"], "service_area": [LineString([(136.6, 36.5), (136.7, 36.5)])]})
    with pytest.raises(GeodataError, match="1 unknown"), store.begin() as session:
        upsert_frame(session, Watcher, rows, update_only=True)
    with store.begin() as session:
        assert read.count_rows(session, Watcher) == 0


def test_an_error_inside_a_transaction_leaves_nothing_behind(store):
    with pytest.raises(RuntimeError), store.begin() as session:
        upsert_frame(session, Household, households("H1"))
        raise RuntimeError("power cut")
    with store.begin() as session:
        assert read.count_rows(session, Household) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": 9},  # levels are 0 to 4
        {"visits_per_month": -1.0},  # a need is not negative
        {"weight": -0.1},  # a weight is not negative
    ],
)
def test_the_database_itself_refuses_values_out_of_range(store, wrong):
    with pytest.raises(IntegrityError), store.begin() as session:
        upsert_frame(session, Household, households("H1").assign(**wrong))


def test_an_assignment_needs_its_watcher_and_household(store):
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(Assignment(assignment_id="x", watcher_id="W1", household_id="H1", role="primary"))


def test_streets_in_a_box_are_found_through_the_index(store):
    with store.begin() as session:
        upsert_frame(session, StreetEdge, streets())
    with store.begin() as session:
        found = read.read_streets(session, (136.5995, 36.499, 136.6005, 36.501))
        everything = read.read_streets(session)
    assert list(found.index) == ["a"]
    assert list(everything.index) == ["a", "b"]
    assert isinstance(found, gpd.GeoDataFrame)


def test_a_moved_street_is_found_at_its_new_place_only(store):
    moved = streets().iloc[:1].assign(geometry=[LineString([(136.700, 36.5), (136.701, 36.5)])])
    with store.begin() as session:
        upsert_frame(session, StreetEdge, streets())
        upsert_frame(session, StreetEdge, moved)
    with store.begin() as session:
        assert list(read.read_streets(session, (136.599, 36.49, 136.602, 36.51)).index) == []
        assert list(read.read_streets(session, (136.699, 36.49, 136.702, 36.51)).index) == ["a"]


def test_the_revision_rises_by_one_with_each_change(store):
    with store.begin() as session:
        session.add(dataset())
        session.flush()
        assert raise_revision(session) == 1
    with store.begin() as session:
        assert raise_revision(session) == 2
        assert read.read_dataset(session).revision == 2


def test_a_new_database_file_is_for_its_owner_only(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")
    store.migrate()
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0
