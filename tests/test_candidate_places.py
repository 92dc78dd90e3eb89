"""Places where a watcher could be recruited: grid, towns and given points, each in its district."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon, box

from analysis.candidate_places import given_places, grid_places, town_places
from analysis.errors import FrameError, ParameterError
from tests.small_worlds import METRIC, households


def areas(**shapes):
    index = pd.Index(list(shapes), name="code", dtype=object)
    return gpd.GeoDataFrame(index=index, geometry=list(shapes.values()), crs=METRIC)


DISTRICTS = areas(A=box(0, 0, 1000, 1000), B=box(1000, 0, 2000, 1000))


def xy(found):
    return [(point.x, point.y) for point in found.places.geometry]


def test_the_grid_has_a_point_only_where_households_lie():
    homes = households(H1=dict(x=10, y=10), H2=dict(x=390, y=390), H3=dict(x=1250, y=10))
    found = grid_places(homes, DISTRICTS, spacing_m=400)
    assert xy(found) == [(200, 200), (1400, 200)]
    assert found.places.index.tolist() == ["G1", "G2"]
    assert found.places["district"].tolist() == ["A", "B"]


def test_a_household_on_a_line_belongs_to_the_square_east_and_north():
    assert xy(grid_places(households(H1=dict(x=400, y=400)), DISTRICTS, spacing_m=400)) == [(600, 600)]


def test_the_grid_stays_in_place_when_households_are_added():
    one = grid_places(households(H1=dict(x=10, y=10)), DISTRICTS)
    two = grid_places(households(H0=dict(x=900, y=900), H1=dict(x=10, y=10)), DISTRICTS)
    assert set(xy(one)) < set(xy(two))


def test_a_point_in_no_district_is_kept_and_counted():
    found = grid_places(households(H1=dict(x=5000, y=10)), DISTRICTS, spacing_m=400)
    assert found.places["district"].tolist() == [None]
    assert found.counts == {"left_out_empty": 0, "without_district": 1}


def test_no_households_give_an_empty_grid():
    empty = households(H1=1).iloc[:0]
    assert len(grid_places(empty, DISTRICTS).places) == 0
    lost = households(H1=1)
    lost = lost.set_geometry(gpd.GeoSeries([None], index=lost.index, crs=METRIC))
    assert len(grid_places(lost, DISTRICTS).places) == 0


def test_a_spacing_of_zero_or_less_is_refused():
    for spacing in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="spacing_m > 0"):
            grid_places(households(H1=1), DISTRICTS, spacing_m=spacing)


def test_a_town_has_one_point_inside_it_whatever_its_shape():
    bent = Polygon([(0, 0), (900, 0), (900, 100), (100, 100), (100, 900), (0, 900)])  # its middle is outside
    found = town_places(areas(T1=bent, T2=None), DISTRICTS)
    assert found.places.index.tolist() == ["T1"]
    assert bent.contains(found.places.geometry.iloc[0])
    assert found.counts == {"left_out_empty": 1, "without_district": 0}
    assert found.places.index.name == "candidate_id"


def test_given_places_keep_their_names_and_get_a_district():
    index = pd.Index(["hall", "school", "unknown"], name="candidate_id", dtype=object)
    points = gpd.GeoDataFrame(index=index, geometry=[Point(1500, 5), Point(1, 1), None], crs=METRIC)
    found = given_places(points, DISTRICTS)
    assert found.places["district"].to_dict() == {"hall": "B", "school": "A"}
    assert found.counts["left_out_empty"] == 1


def test_places_that_are_no_points_or_repeated_are_refused():
    index = pd.Index(["a", "a"], name="candidate_id", dtype=object)
    with pytest.raises(FrameError, match="unique"):
        given_places(gpd.GeoDataFrame(index=index, geometry=[Point(0, 0)] * 2, crs=METRIC), DISTRICTS)
    line = gpd.GeoDataFrame(index=index[:1], geometry=[LineString([(0, 0), (1, 1)])], crs=METRIC)
    with pytest.raises(FrameError, match="as points, got 1 other"):
        given_places(line, DISTRICTS)
    elsewhere = gpd.GeoDataFrame(index=index[:1], geometry=[Point(0, 0)], crs="EPSG:6676")
    with pytest.raises(FrameError):
        given_places(elsewhere, DISTRICTS)
