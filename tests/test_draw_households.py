"""Drawing synthetic households inside real towns."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from geodata.draw_households import COLUMNS, draw_households
from geodata.errors import GeodataError


@pytest.fixture
def towns():
    """Three towns with 100, 300 and 0 dwellings: a square with a hole, two squares apart, a triangle."""
    holed = box(135.0, 34.0, 135.01, 34.01) - box(135.004, 34.004, 135.006, 34.006)
    apart = MultiPolygon([box(135.02, 34.0, 135.03, 34.01), box(135.04, 34.0, 135.06, 34.01)])
    empty = Polygon([(135.1, 34.0), (135.11, 34.0), (135.1, 34.01)])
    columns = {"code": ["a", "b", "c"], "household_count": [100, 300, 0]}
    return gpd.GeoDataFrame(columns, geometry=[holed, apart, empty], crs=6668)


def test_each_town_gets_its_exact_share(towns):
    drawn = draw_households(towns, count=402, seed=1)
    # 402 x 100/400 = 100.5 and 402 x 300/400 = 301.5: equal remainders, the odd one to the first
    inside = [int(drawn.intersects(shape.buffer(1e-7)).sum()) for shape in towns.geometry]
    assert inside == [101, 301, 0]


def test_points_avoid_holes_and_fill_parts_by_area(towns):
    drawn = draw_households(towns, count=4_000, seed=1)
    hole = box(135.004, 34.004, 135.006, 34.006).buffer(-1e-6)
    assert not drawn.intersects(hole).any()
    second = drawn[drawn["lon"].between(135.02, 135.06)]
    # the two parts have areas 1 and 2
    assert (second["lon"] >= 135.04).mean() == pytest.approx(2 / 3, abs=0.03)


def test_points_are_even_within_a_town(towns):
    drawn = draw_households(towns.iloc[[1]], count=6_000, seed=2)
    part = drawn[drawn["lon"] >= 135.04]
    quarter = pd.crosstab(part["lon"] >= 135.05, part["lat"] >= 34.005, normalize=True)
    assert quarter.to_numpy() == pytest.approx(np.full((2, 2), 0.25), abs=0.025)


def test_same_seed_draws_the_same_and_another_does_not(towns):
    first, again, other = (draw_households(towns, count=50, seed=seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert (first["lon"] != other["lon"]).any()


def test_columns_are_those_of_the_households_file(towns):
    drawn = draw_households(towns, count=50, seed=3)
    assert tuple(drawn.columns) == (*COLUMNS, "geometry")
    assert drawn.crs.to_epsg() == 6668
    assert drawn["household_id"].is_unique
    assert set(drawn["consent"]) <= {0, 1, 2, 3, 4}
    assert (drawn.geometry.x == drawn["lon"]).all()


def test_towns_are_left_as_they_were(towns):
    before = towns.copy()
    draw_households(towns, count=10, seed=3)
    pd.testing.assert_frame_equal(towns, before)


def test_self_crossing_town_is_drawn_inside_its_two_wings():
    bow = Polygon([(135.0, 34.0), (135.02, 34.02), (135.02, 34.0), (135.0, 34.02)])
    towns = gpd.GeoDataFrame({"household_count": [5]}, geometry=[bow], crs=6668)
    drawn = draw_households(towns, count=200, seed=1)
    assert drawn.intersects(shapely.make_valid(bow).buffer(1e-7)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda towns: towns.drop(columns="household_count"),
            "Expected towns with 'household_count', got none",
        ),
        (lambda towns: towns.to_crs(4301), "Expected towns in EPSG:6668, got EPSG:4301"),
        (
            lambda towns: towns.assign(household_count=0),
            "Expected household counts of 0 or more and some above 0",
        ),
        (lambda towns: towns.assign(household_count=-1), "Expected household counts of 0 or more"),
    ],
)
def test_unusable_towns_are_refused_with_a_reason(towns, change, message):
    with pytest.raises(GeodataError, match=message):
        draw_households(change(towns), count=10, seed=1)


def test_count_below_one_is_refused(towns):
    with pytest.raises(GeodataError, match="Expected count >= 1, got 0"):
        draw_households(towns, count=0, seed=1)


@pytest.mark.realfiles
def test_ikoma_households_lie_in_their_towns_in_proportion(shared_file):
    path = shared_file("data/estat-chome-2020-ikoma/r2ka29209.topojson")
    towns = gpd.read_file(path, layer="town").set_crs(6668, allow_override=True)
    towns = towns.rename(columns={"SETAI": "household_count"}).astype({"household_count": float})
    drawn = draw_households(towns, count=4_767, seed=1)
    nearby = gpd.GeoDataFrame(geometry=shapely.buffer(towns.make_valid().to_numpy(), 1e-7), crs=6668)
    found = drawn.sjoin(nearby, predicate="intersects")
    counts = found["index_right"].value_counts().reindex(towns.index, fill_value=0)
    exact = towns["household_count"] / towns["household_count"].sum() * 4_767
    assert found["household_id"].nunique() == 4_767
    assert (counts - exact >= -1).all()  # a point on a border may answer for two towns, never for none
    assert (counts - exact).abs().max() < 3
