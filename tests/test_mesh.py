"""Cells of JIS X 0410: codes of known places, levels that nest, and counts that add up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from analysis.errors import ParameterError
from analysis.mesh import (
    MESH_LEVELS,
    count_cells,
    locate_in_mesh,
    mesh_children,
    mesh_code,
    mesh_parent,
    mesh_polygons,
)

places = st.tuples(st.floats(24, 46, allow_nan=False), st.floats(123, 153, allow_nan=False))
levels = st.sampled_from(MESH_LEVELS)


def code(lat, lon, **level):
    rows, columns = locate_in_mesh([lat], [lon], **level)
    return str(mesh_code(rows, columns, **level)[0])


def test_quarter_code_worked_out_by_hand():
    # 35.7 N, 139.745 E: first 35.7*1.5 = 53.55 -> 53, 39. Remains 22 min of 40 -> second 0.55*8 = 4.4 -> 4;
    # 0.745*8 = 5.96 -> 5. Third 0.4*10 = 4; 0.96*10 = 9.6 -> 9. Half: 0 (south), .6 -> east: 2.
    # Quarter: rest north 0.0 -> south; rest east (0.6-0.5)*2 = 0.2 -> west: 1.
    assert code(35.7 + 1e-9, 139.745) == "5339454921"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("1km", "54366572"), ("500m", "543665721"), ("250m", "5436657214"), ("125m", "54366572142")],
)
def test_codes_of_every_level_worked_out_by_hand(level, expected):
    # 36.561 N, 136.656 E: 36.561*1.5 = 54.8415 -> 54, 36. Second .8415*8 = 6.732 -> 6; .656*8 = 5.248 -> 5.
    # Third .732*10 = 7.32 -> 7; .248*10 = 2.48 -> 2. Half: .32 south, .48 west -> 1. Quarter: .64 north,
    # .96 east -> 4. Eighth: .64*2 - 1 = .28 south, .96*2 - 1 = .92 east -> 2.
    assert code(36.561, 136.656, level=level) == expected


def test_tokyo_station_lies_in_the_cell_every_atlas_names():
    assert code(35.6812, 139.7671, level="1km") == "53394611"


def test_a_point_on_the_south_west_corner_belongs_to_the_cell():
    # 36 N = 54 first-order rows exactly; 136 E = column 36: the first quarter of everything.
    assert code(36.0, 136.0) == "5436000011"


def test_cells_count_every_point_once_with_its_flag():
    points = gpd.GeoSeries(
        [Point(136.001, 36.0005), Point(136.002, 36.001), Point(136.004, 36.0005)], crs=6668
    )
    flags = pd.DataFrame({"missed": [True, False, True]})
    cells = count_cells(points, flags)
    # A quarter cell is 1/320 degree (0.003125) wide: the third point is one cell east.
    assert cells["households"].tolist() == [2, 1]
    assert cells["missed"].tolist() == [1, 1]
    assert list(cells.index) == ["5436000011", "5436000012"]
    assert cells.crs.to_epsg() == 6668
    # An eighth is half as wide: the second is north-east of the first. A half holds all three.
    eighths = count_cells(points, flags, level="125m")
    assert eighths["missed"].to_dict() == {"54360000111": 1, "54360000112": 0, "54360000121": 1}
    assert count_cells(points, flags, level="500m")["households"].to_dict() == {"543600001": 3}


def test_one_single_point_is_counted():
    points = gpd.GeoSeries([Point(136.656, 36.561)], crs=6668)
    assert count_cells(points, pd.DataFrame({"missed": [True]}))["missed"].sum() == 1


@given(st.lists(places, min_size=1, max_size=20), levels)
def test_every_point_lies_in_the_cell_it_is_counted_in(found, level):
    points = gpd.GeoSeries([Point(lon, lat) for lat, lon in found], crs=6668)
    cells = count_cells(points, pd.DataFrame({"missed": [False] * len(found)}), level=level)
    assert cells["households"].sum() == len(found)
    everywhere = shapely.buffer(cells.union_all(), 1e-9)  # a point may stand on an edge
    assert shapely.covers(everywhere, points.to_numpy()).all()


@given(places, levels)
def test_polygon_of_a_code_holds_its_point_and_gives_the_code_back(place, level):
    found = code(*place, level=level)
    cell = mesh_polygons([found]).iloc[0]
    assert cell.buffer(1e-9).covers(Point(place[1], place[0]))
    middle = cell.centroid
    assert code(middle.y, middle.x, level=level) == found


@given(places)
def test_cell_of_a_point_lies_in_the_coarser_cell_of_the_point(place):
    codes = [code(*place, level=level) for level in MESH_LEVELS]
    for coarser, finer, level in zip(codes, codes[1:], MESH_LEVELS, strict=False):
        assert mesh_parent(finer, level=level) == coarser
        assert finer in mesh_children(coarser)


@given(places, st.sampled_from(MESH_LEVELS[:3]))
def test_children_tile_their_parent_exactly(place, level):
    parent = code(*place, level=level)
    whole, parts = mesh_polygons([parent]).iloc[0], mesh_polygons(mesh_children(parent))
    assert len(parts) == 4
    assert shapely.union_all(parts.to_numpy()).normalize().simplify(0).equals(whole)
    assert shapely.area(parts.to_numpy()).sum() == pytest.approx(whole.area)
    south_west, south_east, north_west, _ = parts
    assert south_west.bounds[:2] == whole.bounds[:2]
    assert south_east.bounds[1:3] == (whole.bounds[1], whole.bounds[2])
    assert (north_west.bounds[0], north_west.bounds[3]) == (whole.bounds[0], whole.bounds[3])


def test_size_of_a_cell_in_degrees():
    # third order: 30 seconds by 45 seconds
    west, south, east, north = mesh_polygons(["53394611"]).iloc[0].bounds
    np.testing.assert_allclose([(north - south) * 3600, (east - west) * 3600], [30, 45])


def test_cells_of_several_levels_keep_their_codes_and_order():
    cells = mesh_polygons(["53394611", "53394611111", "5339461144"])
    assert cells.index.tolist() == ["53394611", "53394611111", "5339461144"]
    areas = shapely.area(cells.to_numpy())
    np.testing.assert_allclose(areas / areas[0], [1, 1 / 64, 1 / 16])
    assert mesh_polygons([]).empty


def test_parent_of_its_own_level_is_the_cell_and_an_eighth_has_no_children():
    assert mesh_parent("53394611", level="1km") == "53394611"
    assert mesh_parent("53394611432", level="1km") == "53394611"
    assert mesh_children("53394611432") == ()


@pytest.mark.parametrize(
    "wrong",
    ["5339461", "533946111111", "53398611", "53394811", "533946115", "533946110", "5339461a", 53394611],
)
def test_texts_that_are_no_code_are_refused(wrong):
    with pytest.raises(ParameterError, match="got 1 others"):
        mesh_polygons([wrong, "53394611"])


def test_unknown_or_finer_levels_are_refused():
    with pytest.raises(ParameterError, match="got '100m'"):
        locate_in_mesh([36.0], [136.0], level="100m")
    with pytest.raises(ParameterError, match="not finer than the cell 53394611"):
        mesh_parent("53394611", level="500m")
