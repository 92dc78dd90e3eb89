"""Streets: directions merged, lengths in metres, lines running from u to v."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers import report as repairs

A, B, C, D = (136.600, 36.500), (136.601, 36.500), (136.601, 36.501), (136.602, 36.501)
AB_M = 89.6  # 0.001 degree of longitude at 36.5 N: 111,320 m * cos(36.5) / 1000 = 89.5, 89.6 on the ellipsoid


def line(*places):
    return shapely.LineString(places)


def read(tmp_path, columns, geometry, **options):
    path = tmp_path / "streets.gpkg"
    path.unlink(missing_ok=True)
    gpd.GeoDataFrame(columns, geometry=list(geometry), crs=6668).to_file(path)
    return parse("streets", [path], ImportOptions(**options))


def test_reverse_pair_becomes_one_edge(tmp_path):
    columns = {
        "u": [1.0, 2.0],
        "v": [2.0, 1.0],
        "length": [AB_M, AB_M],
        "h_s_SAMPLE": [10.0, 14.0],
        "h_e_SAMPLE": [14.0, 10.0],
    }
    parsed = read(tmp_path, columns, [line(A, B), line(B, A)])
    row = parsed.frame.iloc[0]
    assert len(parsed.frame) == 1
    assert (row["edge_id"], row["u"], row["v"], row["length_m"]) == ("1-2", "1", "2", AB_M)
    assert (row["elevation_u_m"], row["elevation_v_m"]) == (10.0, 14.0)
    assert dict(parsed.report.repairs)[repairs.DIRECTIONS_MERGED] == 1
    assert parsed.report.warnings == ()


def test_edge_stored_backwards_is_turned_with_its_heights(tmp_path):
    columns = {"u": ["b"], "v": ["a"], "length": [AB_M], "elevation_u": [14.0], "elevation_v": [10.0]}
    row = read(tmp_path, columns, [line(B, A)]).frame.iloc[0]
    assert (row["u"], row["v"], row["elevation_u_m"], row["elevation_v_m"]) == ("a", "b", 10.0, 14.0)
    assert row["geometry"].coords[0] == A


def test_line_that_runs_from_v_to_u_is_turned(tmp_path):
    # the line of b-c is drawn from C to B; two other streets say where b is, and two where c is
    columns = {"u": ["a", "b", "a", "b", "c"], "v": ["b", "c", "c", "d", "d"]}
    shapes = [line(A, B), line(C, B), line(A, C), line(B, D), line(C, D)]
    parsed = read(tmp_path, columns, shapes)
    turned = parsed.frame.set_index("edge_id").loc["b-c", "geometry"]
    assert (turned.coords[0], turned.coords[-1]) == (B, C)
    assert dict(parsed.report.repairs)[repairs.EDGES_TURNED] == 1


def test_parallel_streets_stay_apart_whatever_the_order_of_rows(tmp_path):
    bend = line(A, (136.6005, 36.5004), B)
    columns = {"u": [1, 1, 2, 2], "v": [2, 2, 1, 1], "length": [AB_M, 120.0, 120.0, AB_M]}
    shapes = [line(A, B), bend, shapely.reverse(bend), line(B, A)]
    one = read(tmp_path, columns, shapes).frame
    order = [2, 0, 3, 1]
    other = read(
        tmp_path,
        {name: [values[n] for n in order] for name, values in columns.items()},
        [shapes[n] for n in order],
    ).frame
    assert one["edge_id"].tolist() == ["1-2", "1-2#2"]
    assert one["length_m"].tolist() == [AB_M, 120.0]
    pd.testing.assert_frame_equal(one, other)


def test_parallels_of_equal_length_stay_apart(tmp_path):
    north, south = line(A, (136.6005, 36.5004), B), line(A, (136.6005, 36.4996), B)
    frame = read(tmp_path, {"u": [1, 1], "v": [2, 2], "length": [120.0, 120.0]}, [north, south]).frame
    assert frame["edge_id"].tolist() == ["1-2", "1-2#2"]


def test_loop_and_its_reverse_become_one_edge(tmp_path):
    loop = line(A, B, C, A)
    columns = {"u": [1, 1], "v": [1, 1], "length": [330.0, 330.0]}
    frame = read(tmp_path, columns, [loop, shapely.reverse(loop)]).frame
    assert frame["edge_id"].tolist() == ["1-1"]


def test_missing_length_is_measured_in_metres_not_degrees(tmp_path):
    columns = {"u": [1, 2], "v": [2, 3], "length": [AB_M, np.nan]}
    parsed = read(tmp_path, columns, [line(A, B), line(B, C)])
    assert parsed.frame["length_m"].tolist() == [AB_M, pytest.approx(110.96, abs=0.05)]  # 0.001 degree north
    assert dict(parsed.report.repairs)[repairs.LENGTH_FROM_GEOMETRY] == 1


def test_file_without_lengths_is_measured(tmp_path):
    frame = read(tmp_path, {"u": [1], "v": [2]}, [line(A, B)]).frame
    assert frame["length_m"].tolist() == [pytest.approx(AB_M, abs=0.05)]


@pytest.mark.parametrize("factor", [0.001, 1e-5])
def test_lengths_in_kilometres_or_degrees_are_refused(tmp_path, factor):
    with pytest.raises(ImportRefusedError, match="Expected lengths in metres"):
        read(tmp_path, {"u": [1], "v": [2], "length": [AB_M * factor]}, [line(A, B)])


def test_parts_that_touch_are_merged_and_parts_apart_joined_in_order(tmp_path):
    touching = shapely.MultiLineString([[A, B], [B, C]])
    apart = shapely.MultiLineString([[A, (136.6004, 36.5)], [(136.6006, 36.5), B]])
    parsed = read(tmp_path, {"u": [1, 1], "v": [3, 2], "length": [200.6, 110.0]}, [touching, apart])
    shapes = parsed.frame.set_index("edge_id")["geometry"]
    assert list(shapes["1-3"].coords) == [A, B, C]
    assert list(shapes["1-2"].coords) == [A, (136.6004, 36.5), (136.6006, 36.5), B]
    assert parsed.frame.set_index("edge_id")["length_m"]["1-2"] == 110.0  # the stated length stands
    assert dict(parsed.report.repairs)[repairs.MULTIPART_JOINED] == 2


def test_steps_bridges_and_cleared_streets_are_read_from_their_words(tmp_path):
    columns = {
        "u": [1, 2, 3],
        "v": [2, 3, 4],
        "highway": ["['steps', 'footway']", "footsteps_way", None],
        "bridge": ["viaduct", "no", None],
        "snow_cleared": ["1", "no", None],
    }
    frame = read(tmp_path, columns, [line(A, B), line(B, C), line(C, A)]).frame
    assert frame["highway"].tolist() == ["steps,footway", "footsteps_way", None]
    assert frame["is_steps"].tolist() == [True, False, False]
    assert frame["is_bridge"].tolist() == [True, False, False]
    assert frame["snow_cleared"].tolist() == [True, False, False]


def test_missing_height_stays_missing(tmp_path):
    columns = {"u": [1], "v": [2], "elevation_u": [np.nan], "elevation_v": [3.5]}
    row = read(tmp_path, columns, [line(A, B)]).frame.iloc[0]
    assert np.isnan(row["elevation_u_m"])
    assert row["elevation_v_m"] == 3.5


def test_heights_that_do_not_turn_with_the_direction_are_told(tmp_path):
    columns = {
        "u": [1, 2],
        "v": [2, 1],
        "length": [AB_M, AB_M],
        "elevation_u": [10.0, 10.0],
        "elevation_v": [14.0, 14.0],
    }
    warnings = read(tmp_path, columns, [line(A, B), line(B, A)]).report.warnings
    assert [(warning.column, warning.value) for warning in warnings] == [("elevation_u", "1 of 2")]


def test_edge_without_a_node_or_with_another_shape_is_an_error_of_its_row(tmp_path):
    columns = {"u": ["1", None, "2"], "v": ["2", "3", "3"]}
    parsed = read(tmp_path, columns, [line(A, B), line(B, C), shapely.Point(B)])
    assert [(error.row, error.column) for error in parsed.report.errors] == [(2, "u"), (3, "geometry")]
    assert parsed.frame["edge_id"].tolist() == ["1-2"]


def test_file_without_end_nodes_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="Expected columns u, v"):
        read(tmp_path, {"length": [AB_M]}, [line(A, B)])


def test_node_names_may_be_mapped(tmp_path):
    columns = {"source": "u", "target": "v"}
    frame = read(tmp_path, {"source": [7], "target": [9]}, [line(A, B)], column_map=columns).frame
    assert frame["edge_id"].tolist() == ["7-9"]
