"""Streets: directions merged, lengths in metres, lines running from u to v."""

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, geoparquet, parse
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


# --- GraphML of OSMnx -------------------------------------------------------------------------------------

KEYS = {"x": "node", "y": "node", "elevation": "node", "crs": "graph"} | dict.fromkeys(
    ("length", "highway", "bridge", "geometry", "name"), "edge"
)


def graphml(tmp_path, nodes, edges, crs="epsg:4326", head=""):
    """Write a network as OSMnx does: keys numbered, every value text."""
    number = {name: f"d{place}" for place, name in enumerate(KEYS)}

    def data(values):
        return "".join(f'<data key="{number[name]}">{value}</data>' for name, value in values.items())

    keys = "".join(
        f'<key id="{number[name]}" for="{of}" attr.name="{name}" attr.type="string"/>'
        for name, of in KEYS.items()
    )
    body = "".join(f'<node id="{name}">{data(values)}</node>' for name, values in nodes.items())
    body += "".join(
        f'<edge source="{u}" target="{v}" id="{place}">{data(values)}</edge>'
        for place, (u, v, values) in enumerate(edges)
    )
    file = tmp_path / "walk.graphml"
    file.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>{head}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        f'{keys}<graph edgedefault="directed">{data({"crs": crs}) if crs else ""}{body}</graph></graphml>',
        "utf-8",
    )
    return file


def at(place, **more):
    return {"x": place[0], "y": place[1], **more}


def test_osmnx_graphml_gives_edges_with_lines_and_heights(tmp_path):
    bend = "LINESTRING (136.6 36.5, 136.6005 36.5004, 136.601 36.5)"
    back = "LINESTRING (136.601 36.5, 136.6005 36.5004, 136.6 36.5)"
    nodes = {"1": at(A, elevation=10.0), "2": at(B, elevation=14.5), "3": at(C)}
    edges = [
        ("1", "2", {"length": 126.0, "highway": "['footway', 'steps']", "bridge": "yes", "geometry": bend}),
        ("2", "1", {"length": 126.0, "highway": "['footway', 'steps']", "bridge": "yes", "geometry": back}),
        ("2", "3", {"length": 111.0, "highway": "residential", "name": "a &amp; b"}),
    ]
    parsed = parse("streets", [graphml(tmp_path, nodes, edges)])
    frame = parsed.frame.set_index("edge_id")
    assert frame.index.tolist() == ["1-2", "2-3"]
    assert dict(parsed.report.repairs)[repairs.DIRECTIONS_MERGED] == 1
    assert frame["length_m"].tolist() == [126.0, 111.0]
    assert frame["elevation_u_m"].tolist() == [10.0, 14.5]
    assert (frame.loc["1-2", "elevation_v_m"], frame.loc["2-3", "elevation_v_m"]) == (
        14.5,
        pytest.approx(np.nan, nan_ok=True),
    )
    assert list(frame.loc["1-2", "geometry"].coords) == [A, (136.6005, 36.5004), B]
    assert list(frame.loc["2-3", "geometry"].coords) == [B, C]  # no geometry: straight
    assert frame[["is_steps", "is_bridge"]].to_numpy().tolist() == [[True, True], [False, False]]
    assert (parsed.report.crs, parsed.report.crs_source) == ("EPSG:4326", "declared")


def test_networkx_writes_graphml_this_reads(tmp_path):
    network = nx.MultiDiGraph(crs="epsg:4326")
    network.add_node(7, x=A[0], y=A[1])
    network.add_node(9, x=B[0], y=B[1])
    network.add_edge(7, 9, length=AB_M, highway="path")
    nx.write_graphml(network, tmp_path / "n.graphml")
    frame = parse("streets", [tmp_path / "n.graphml"]).frame
    assert frame[["edge_id", "length_m", "highway"]].to_numpy().tolist() == [["7-9", AB_M, "path"]]


def test_graphml_in_a_projected_crs_is_brought_to_degrees(tmp_path):
    metres = gpd.GeoSeries([shapely.Point(A), shapely.Point(B)], crs=6668).to_crs(6675)
    nodes = {name: at((place.x, place.y)) for name, place in zip("12", metres, strict=True)}
    frame = parse("streets", [graphml(tmp_path, nodes, [("1", "2", {})], crs="EPSG:6675")]).frame
    assert frame["length_m"].tolist() == [pytest.approx(AB_M, abs=0.05)]
    assert frame.geometry[0].coords[0] == pytest.approx(A)


def test_graphml_edge_without_a_place_is_an_error_of_its_row(tmp_path):
    edges = [("1", "2", {}), ("2", "8", {}), ("1", "2", {"geometry": "LINESTRING (136.6"}), ("", "1", {})]
    parsed = parse("streets", [graphml(tmp_path, {"1": at(A), "2": at(B)}, edges, crs=None)])
    assert {(error.row, error.column) for error in parsed.report.errors} == {
        (2, "geometry"),
        (3, "geometry"),
        (4, "geometry"),
        (4, "u"),
    }
    assert parsed.report.crs_source == "by format"


def test_graphml_whose_nodes_all_lack_a_place_is_told_edge_by_edge(tmp_path):
    errors = parse("streets", [graphml(tmp_path, {"1": {}, "2": {}}, [("1", "2", {})])]).report.errors
    assert [(error.row, error.column) for error in errors] == [(1, "geometry")]


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE graphml [<!ENTITY a "b">]>',
        '<!DOCTYPE graphml SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE x>",
    ],
)
def test_graphml_with_a_document_type_is_refused(tmp_path, head):
    file = graphml(tmp_path, {"1": at(A), "2": at(B)}, [("1", "2", {})], head=head)
    with pytest.raises(ImportRefusedError, match="without a document type"):
        parse("streets", [file])


@pytest.mark.parametrize(
    "content", ["<graphml><graph>", "no network", '<?xml version="1.0" encoding="x"?><a/>']
)
def test_broken_graphml_is_refused(tmp_path, content):
    (tmp_path / "b.graphml").write_text(content)
    with pytest.raises(ImportRefusedError, match=r"Expected well-formed GraphML in 'b\.graphml'"):
        parse("streets", [tmp_path / "b.graphml"])


def test_graphml_without_edges_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="got no edges"):
        parse("streets", [graphml(tmp_path, {"1": at(A)}, [])])


# --- GeoParquet -------------------------------------------------------------------------------------------


def parquet(tmp_path, columns, geometry, crs=6668, **options):
    path = tmp_path / "streets.parquet"
    gpd.GeoDataFrame(columns, geometry=list(geometry), crs=crs).to_parquet(path, **options)
    return path


def test_geoparquet_gives_the_same_edges_as_geopackage(tmp_path):
    columns = {
        "u": [1, 2, 2],
        "v": [2, 1, 3],
        "length": [AB_M, AB_M, 111.0],
        "highway": ["path", "path", None],
    }
    shapes = [line(A, B), line(B, A), line(B, C)]
    of_parquet = parse("streets", [parquet(tmp_path, columns, shapes)])
    pd.testing.assert_frame_equal(of_parquet.frame, read(tmp_path, columns, shapes).frame)
    assert (of_parquet.report.crs, of_parquet.report.crs_source) == ("EPSG:6668", "declared")


def test_geoparquet_of_osmnx_keeps_its_ends_in_the_index(tmp_path):
    metres = gpd.GeoSeries([line(A, B)], crs=6668).to_crs(6675)
    edges = gpd.GeoDataFrame(
        {"highway": [["residential", "steps"]], "unwanted": [{"a": 1}]},
        geometry=metres.to_list(),
        index=pd.MultiIndex.from_tuples([(1, 2, 0)], names=["u", "v", "key"]),
        crs=6675,
    ).rename_geometry("shape")
    edges.to_parquet(tmp_path / "osmnx.geoparquet")
    row = parse("streets", [tmp_path / "osmnx.geoparquet"]).frame.iloc[0]
    assert (row["edge_id"], row["highway"], row["is_steps"]) == ("1-2", "residential,steps", True)
    assert row["length_m"] == pytest.approx(AB_M, abs=0.05)
    assert row["geometry"].coords[0] == pytest.approx(A)


def test_geoparquet_without_a_crs_is_asked_for_it(tmp_path):
    path = parquet(tmp_path, {"u": [1], "v": [2]}, [line(A, B)], crs=None)
    with pytest.raises(ImportRefusedError, match="to declare its CRS, got none"):
        parse("streets", [path])
    report = parse("streets", [path], ImportOptions(crs="EPSG:4612")).report
    assert (report.crs, report.crs_source) == ("EPSG:4612", "given")


def test_parquet_without_places_is_refused(tmp_path):
    pd.DataFrame({"u": [1], "v": [2]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ImportRefusedError, match="a table without places"):
        parse("streets", [tmp_path / "t.parquet"])


def test_damaged_parquet_is_refused(tmp_path):
    whole = parquet(tmp_path, {"u": [1], "v": [2]}, [line(A, B)]).read_bytes()
    table = pa.table({"u": [1], "v": [2], "geometry": [b"no line"]})
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.parquet").write_bytes(b"PAR1 no such thing PAR1")
    for number, geo in enumerate(
        (b"{", b"[]", b'{"primary_column": "geometry"}', b'{"primary_column": "x"}')
    ):
        pq.write_table(table.replace_schema_metadata({"geo": geo}), tmp_path / f"geo{number}.parquet")
    (tmp_path / "streets.parquet").unlink()
    files = sorted(tmp_path.glob("*.parquet"))
    assert len(files) == 6
    for file in files:
        with pytest.raises(ImportRefusedError, match=rf"GeoParquet in '{file.stem}\.parquet', got something"):
            parse("streets", [file])


def test_parquet_of_too_many_rows_is_refused_unread(tmp_path, monkeypatch):
    path = parquet(tmp_path, {"u": [1, 2], "v": [2, 3]}, [line(A, B), line(B, C)])
    monkeypatch.setattr(geoparquet, "MOST_ROWS", 2)
    assert len(parse("streets", [path]).frame) == 2
    monkeypatch.setattr(geoparquet, "MOST_ROWS", 1)
    monkeypatch.setattr(gpd, "read_parquet", None)
    with pytest.raises(ImportRefusedError, match=r"at most 1 rows, got 2 in 'streets\.parquet'"):
        parse("streets", [path])


def with_metadata(path, change):
    """Write a GeoParquet file again with its ``geo`` metadata, as text, changed."""
    table = pq.read_table(path)
    geo = change(table.schema.metadata[b"geo"])
    pq.write_table(table.replace_schema_metadata({"geo": geo}), path)
    return path


def with_crs(crs):
    def change(geo):
        content = json.loads(geo)
        content["columns"]["geometry"]["crs"] = crs
        return json.dumps(content).encode()

    return change


LOCAL = 'ENGCRS["l",EDATUM["d"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'


@pytest.mark.parametrize(
    "change",
    [
        *(with_crs(crs) for crs in ("nowhere", 0, -1, [], [1], {}, {"type": "x"}, True, "EPSG:5773", LOCAL)),
        lambda geo: b"[" * 200_000,
        lambda geo: b"\xff" + geo,
        lambda geo: b"1" * 5000,
    ],
)
def test_odd_metadata_of_geoparquet_is_refused(tmp_path, change):
    path = with_metadata(parquet(tmp_path, {"u": [1], "v": [2]}, [line(A, B)]), change)
    with pytest.raises(ImportRefusedError, match=r"'streets\.parquet'"):
        parse("streets", [path])


@pytest.mark.parametrize("column", ["u", "highway"])
@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_text_of_geoparquet_that_is_no_utf8_is_refused(tmp_path, column, kind):
    path = parquet(tmp_path, {"u": ["QQQQ"], "v": ["2"], "highway": ["QQQQ"]}, [line(A, B)])
    table = pq.read_table(path)
    place = table.column_names.index(column)
    bad = pa.array([b"\xff\xfe"]).view(kind)  # Arrow does not look inside
    pq.write_table(table.set_column(place, column, bad), path)
    with pytest.raises(ImportRefusedError, match=r"'streets\.parquet'"):
        parse("streets", [path])


NAN = float("nan")
with np.errstate(invalid="ignore"):
    NO_LINES = [
        shapely.LineString(),
        *(line(A, place) for place in ((NAN, NAN), (NAN, 1), (np.inf, 1))),
        None,
    ]


@pytest.mark.filterwarnings("error")
def test_empty_and_nan_lines_of_geoparquet_are_bad_rows(tmp_path):
    shapes = [line(A, B), *NO_LINES]
    parsed = parse("streets", [parquet(tmp_path, {"u": range(6), "v": range(1, 7)}, shapes)])
    assert parsed.frame["edge_id"].tolist() == ["0-1"]
    assert [(error.row, error.column) for error in parsed.report.errors] == [
        (n, "geometry") for n in range(2, 7)
    ]
    alone = parse("streets", [parquet(tmp_path, {"u": range(5), "v": range(5)}, NO_LINES)])
    assert (alone.report.rejected, len(alone.frame)) == (5, 0)


@pytest.mark.filterwarnings("error")
def test_empty_and_nan_lines_of_graphml_are_bad_rows(tmp_path):
    texts = ["LINESTRING EMPTY", "LINESTRING (nan nan, 136.6 36.5)", "LINESTRING (136.6 36.5, 136.6 inf)", ""]
    edges = [("1", "2", {}), *(("1", "2", {"geometry": text}) for text in texts), ("1", "3", {})]
    nodes = {"1": at(A), "2": at(B), "3": {"x": "nan", "y": "36.5"}}
    parsed = parse("streets", [graphml(tmp_path, nodes, edges)])
    assert parsed.frame["edge_id"].tolist() == ["1-2"]
    assert [(error.row, error.column) for error in parsed.report.errors] == [
        (n, "geometry") for n in range(2, 7)
    ]


def test_edge_files_of_several_formats_make_one_network(tmp_path):
    network = graphml(tmp_path, {"1": at(A), "2": at(B)}, [("1", "2", {})])
    table = parquet(tmp_path, {"u": ["2"], "v": ["3"]}, [line(B, C)])
    assert parse("streets", [network, table]).frame["edge_id"].tolist() == ["1-2", "2-3"]


def test_street_file_of_another_kind_is_refused_with_the_kinds_there_are(tmp_path):
    (tmp_path / "s.dwg").write_text("x")
    with pytest.raises(ImportRefusedError, match=r"\.osm\.pbf.*got 's\.dwg'"):
        parse("streets", [tmp_path / "s.dwg"])
