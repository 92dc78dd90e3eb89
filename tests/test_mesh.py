"""Cells of JIS X 0410: codes of known places, and counts that add up."""

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from analysis.mesh import count_cells, quarter_mesh, quarter_mesh_code


def code(lat, lon):
    rows, columns = quarter_mesh([lat], [lon])
    return int(quarter_mesh_code(rows, columns)[0])


def test_quarter_code_worked_out_by_hand():
    # 35.7 N, 139.745 E: first 35.7*1.5 = 53.55 -> 53, 39. Remains 22 min of 40 -> second 0.55*8 = 4.4 -> 4;
    # 0.745*8 = 5.96 -> 5. Third 0.4*10 = 4; 0.96*10 = 9.6 -> 9. Half: 0 (south), .6 -> east: 2.
    # Quarter: rest north 0.0 -> south; rest east (0.6-0.5)*2 = 0.2 -> west: 1.
    assert code(35.7 + 1e-9, 139.745) == 5339454921


def test_a_point_on_the_south_west_corner_belongs_to_the_cell():
    # 36 N = 54 first-order rows exactly; 136 E = column 36: the first quarter of everything.
    assert code(36.0, 136.0) == 5436000011


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


def test_one_single_point_is_counted():
    points = gpd.GeoSeries([Point(136.656, 36.561)], crs=6668)
    assert count_cells(points, pd.DataFrame({"missed": [True]}))["missed"].sum() == 1


@given(
    st.lists(
        st.tuples(st.floats(24, 46, allow_nan=False), st.floats(123, 153, allow_nan=False)),
        min_size=1,
        max_size=20,
    )
)
def test_every_point_lies_in_the_cell_it_is_counted_in(places):
    points = gpd.GeoSeries([Point(lon, lat) for lat, lon in places], crs=6668)
    cells = count_cells(points, pd.DataFrame({"missed": [False] * len(places)}))
    assert cells["households"].sum() == len(places)
    everywhere = shapely.buffer(cells.union_all(), 1e-9)  # a point may stand on an edge
    assert shapely.covers(everywhere, points.to_numpy()).all()
