"""OpenStreetMap extracts: ways cut where they meet, the walking rules, and files that cannot be used."""

import gzip
import time
from collections import Counter
from itertools import pairwise

import geopandas as gpd
import numpy as np
import osmium
import osmium.osm.mutable as osm
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from analysis.crs import to_metric_crs
from analysis.street import build_street_graph
from analysis.walking import walk_on_streets
from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, osm_pbf, parse, way_pieces
from geodata.importers import report as repairs
from geodata.importers.walking_ways import KEYS, why_left_out
from geodata.importers.way_pieces import WayNodes, cut_ways

# A grid of 0.001 degrees at 36.5 N: 89.6 m to the east, 110.96 m to the north.
PLACES = {
    number: (136.600 + 0.001 * (number % 10), 36.500 + 0.001 * (number // 10)) for number in range(1, 40)
}
EAST_M, NORTH_M = 89.6, 110.96
FINLAND = (20.0, 59.0, 32.0, 71.0)


def write(path, *ways, places=PLACES):
    """Write an extract of ``(number, nodes[, tags])``; a way without tags is a residential street."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, place in places.items():
            writer.add_node(osm.Node(id=number, location=place, version=1))
        for number, nodes, *tags in ways:
            writer.add_way(
                osm.Way(id=number, nodes=nodes, tags=tags[0] if tags else {"highway": "residential"})
            )
    return path


def read(tmp_path, *ways, places=PLACES, **options):
    return parse("streets", [write(tmp_path / "s.osm.pbf", *ways, places=places)], ImportOptions(**options))


def ends(parsed):
    """Return the edges as {id: (u, v)}."""
    frame = parsed.frame.set_index("edge_id")
    return dict(zip(frame.index, zip(frame["u"], frame["v"], strict=True), strict=True))


# --- cutting ----------------------------------------------------------------------------------------------


def test_ways_are_cut_where_they_share_a_node(tmp_path):
    parsed = read(tmp_path, (10, [1, 2, 3]), (20, [2, 12, 22]))
    assert ends(parsed) == {"osm10-1": ("1", "2"), "osm10-2": ("2", "3"), "osm20-1": ("2", "22")}
    assert parsed.frame["length_m"].tolist() == [
        pytest.approx(metres, abs=0.1) for metres in (EAST_M, EAST_M, 2 * NORTH_M)
    ]
    assert parsed.frame[["elevation_u_m", "elevation_v_m"]].isna().all(axis=None)
    assert parsed.report.rows_read == 2


def test_ways_that_cross_without_a_node_do_not_meet(tmp_path):
    bridge = {"highway": "footway", "bridge": "viaduct"}
    assert ends(read(tmp_path, (10, [11, 13]), (20, [2, 22], bridge))) == {
        "osm10-1": ("11", "13"),
        "osm20-1": ("2", "22"),
    }


def test_both_halves_of_a_ring_of_equal_length_stay(tmp_path):
    # A ring 1-2-12-11-1 is cut at 1 (its end) and at 12 (where way 20 meets it): two ways of 200 m each.
    parsed = read(tmp_path, (10, [1, 2, 12, 11, 1]), (20, [12, 13]))
    assert ends(parsed) == {"osm10-1": ("1", "12"), "osm10-2": ("1", "12"), "osm20-1": ("12", "13")}
    assert parsed.frame["length_m"][:2].tolist() == [pytest.approx(EAST_M + NORTH_M, abs=0.2)] * 2


def test_way_that_meets_itself_is_cut_into_a_stem_and_a_loop(tmp_path):
    assert ends(read(tmp_path, (10, [1, 2, 3, 13, 2]))) == {"osm10-1": ("1", "2"), "osm10-2": ("2", "2")}


def test_street_drawn_twice_in_either_direction_is_one_edge(tmp_path):
    parsed = read(tmp_path, (10, [1, 2]), (20, [2, 1]), (30, [1, 12, 2]))
    assert ends(parsed) == {"osm10-1": ("1", "2"), "osm30-1": ("1", "2")}
    assert dict(parsed.report.repairs)[repairs.EDGES_REPEATED] == 1


def test_way_is_interrupted_where_the_extract_lacks_a_node(tmp_path):
    # 99 and 98 are not in the file: 1-2 and 3-4 remain, 5 stands alone, way 20 has no place at all.
    parsed = read(tmp_path, (10, [1, 2, 99, 3, 4, 98, 5]), (20, [97, 98]), (30, [6, 7]))
    assert ends(parsed) == {"osm10-1": ("1", "2"), "osm10-2": ("3", "4"), "osm30-1": ("6", "7")}
    counts = dict(parsed.report.repairs)
    assert (counts[repairs.WAYS_CUT], counts[repairs.WAYS_UNPLACED]) == (1, 1)


def test_node_given_twice_running_counts_once(tmp_path):
    assert ends(read(tmp_path, (10, [1, 2, 2, 3]))) == {"osm10-1": ("1", "3")}


def test_numbers_of_a_draft_may_be_negative(tmp_path):
    places = {-1: (136.6, 36.5), -2: (136.601, 36.5), -3: (136.602, 36.5)}
    file = write(tmp_path / "draft.osm", (-5, [-1, -2]), (-6, [-2, -3]), places=places)
    assert ends(parse("streets", [file])) == {"osm-6-1": ("-2", "-3"), "osm-5-1": ("-1", "-2")}


def test_overlapping_extracts_give_the_same_edges_as_one(tmp_path):
    ways = [(10, [1, 2, 3]), (20, [2, 12]), (30, [12, 13])]
    west = write(tmp_path / "west.osm.pbf", *ways[:2])
    east = write(tmp_path / "east.osm.pbf", *reversed(ways[1:]))
    together = parse("streets", [east, west]).frame
    pd.testing.assert_frame_equal(together, read(tmp_path, *ways).frame)


@st.composite
def some_ways(draw):
    """Up to four ways over six nodes, of which some are not in the file."""
    count = draw(st.integers(1, 4))
    ways = [draw(st.lists(st.integers(0, 5), min_size=1, max_size=7)) for _ in range(count)]
    return ways, draw(st.sets(st.integers(0, 5), max_size=2))


@given(some_ways())
def test_pieces_hold_every_stretch_once_and_are_cut_at_every_meeting(world):
    ways, lost = world
    way = np.repeat(np.arange(len(ways)), [len(nodes) for nodes in ways])
    node = np.concatenate(ways)
    lonlat = np.column_stack([node, node**2]).astype(float)
    lonlat[np.isin(node, list(lost))] = np.nan
    pieces = cut_ways(WayNodes(way, node, lonlat))
    passed = [[int(x) for x, _ in line.coords] for line in pieces.lines]
    # Stretches between neighbours of a way, both there and not the same: each is in one piece of that way.
    wanted = Counter(
        (number, a, b)
        for number, nodes in enumerate(ways)
        for a, b in pairwise(nodes)
        if a != b and not {a, b} & lost
    )
    found = Counter(
        (number, a, b) for number, nodes in zip(pieces.way, passed, strict=True) for a, b in pairwise(nodes)
    )
    assert found == wanted
    # A node stands inside a piece only when no other piece has it, and never twice in one.
    places = Counter(node for nodes in passed for node in nodes)
    assert all(places[node] == 1 for nodes in passed for node in nodes[1:-1])
    assert [nodes[0] for nodes in passed] == pieces.u.tolist()
    assert [nodes[-1] for nodes in passed] == pieces.v.tolist()
    # No cut without need: where two pieces of a way join, a third passes, or one of them passes twice.
    for one, other in pairwise(range(len(passed))):
        joined = pieces.way[one] == pieces.way[other] and passed[one][-1] == passed[other][0]
        assert lost or not joined or places[passed[one][-1]] > 2


# --- walking rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "footway"}, None),
        ({"highway": "trunk"}, None),  # in Japan a national road
        ({"highway": "trunk", "motorroad": "yes"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "trunk", "motorroad": "yes", "sidewalk": "left"}, None),
        ({"highway": "motorway_link"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "motorway", "foot": "yes"}, None),
        ({"highway": "motorway", "sidewalk": "no"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "motorway", "sidewalk:right": "yes"}, None),
        ({"highway": "construction"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "construction", "foot": "yes"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "something new"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "corridor"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "footway", "indoor": "yes"}, repairs.WAYS_NOT_WALKED),
        ({"highway": "footway", "indoor": "no"}, None),
        ({"highway": "residential", "foot": "no"}, repairs.WAYS_CLOSED),
        ({"highway": "primary", "foot": "use_sidepath"}, repairs.WAYS_CLOSED),
        ({"highway": "service", "access": "private"}, repairs.WAYS_CLOSED),
        ({"highway": "service", "service": "private"}, repairs.WAYS_CLOSED),
        ({"highway": "service", "access": "private", "foot": "permissive"}, None),
        ({"highway": "service", "access": "no", "foot": "designated"}, None),
        ({"highway": "path", "access": "no", "foot": "unknown"}, repairs.WAYS_CLOSED),
        ({"highway": "service", "access": "customers"}, None),
        ({"highway": "cycleway"}, None),
        ({"highway": "cycleway", "foot": "no"}, repairs.WAYS_CLOSED),
    ],
)
def test_walking_rule_decides_by_kind_then_foot_then_access(tags, reason):
    row = pd.DataFrame([{key: tags.get(key, "") for key in KEYS}])
    assert why_left_out(row).tolist() == [reason]


def test_ways_left_out_are_counted_by_reason(tmp_path):
    ways = [
        (10, [1, 2]),
        (20, [2, 3], {"highway": "motorway"}),
        (30, [3, 4], {"highway": "proposed"}),
        (40, [4, 5], {"highway": "service", "access": "private"}),
        (50, [5, 6], {"building": "yes"}),
    ]
    parsed = read(tmp_path, *ways)
    counts = dict(parsed.report.repairs)
    assert list(ends(parsed)) == ["osm10-1"]
    assert (counts[repairs.WAYS_NOT_WALKED], counts[repairs.WAYS_CLOSED]) == (2, 1)
    assert parsed.report.rows_read == 4  # the building is no street


def test_steps_bridges_and_cleared_ways_are_known_by_their_tags(tmp_path):
    kinds = [
        {"highway": "steps"},
        {"highway": "footway", "bridge": "yes"},
        {"highway": "residential", "snowplowing": "yes"},
        {"highway": "residential", "winter_service": "yes"},
        {"highway": "residential", "snowplowing": "no", "tunnel": "no"},
        {"highway": "footway", "tunnel": "building_passage"},  # no snow falls there
        {"highway": "Pedestrian", "covered": "yes"},
    ]
    frame = read(tmp_path, *((n, [n, n + 1], tags) for n, tags in enumerate(kinds, start=1))).frame
    assert frame["is_steps"].tolist() == [True, *[False] * 6]
    assert frame["is_bridge"].tolist() == [False, True, *[False] * 5]
    assert frame["snow_cleared"].tolist() == [False, False, True, True, False, True, True]
    assert frame["highway"].tolist()[-1] == "pedestrian"


def test_square_is_walked_along_its_outline_and_told(tmp_path):
    square = {"highway": "pedestrian", "area": "yes"}
    parsed = read(tmp_path, (10, [1, 2, 12, 11, 1], square), (20, [12, 22]))
    assert ends(parsed) == {"osm10-1": ("1", "12"), "osm10-2": ("1", "12"), "osm20-1": ("12", "22")}
    assert dict(parsed.report.repairs)[repairs.SQUARES_OUTLINED] == 1


# --- where and what ---------------------------------------------------------------------------------------


def test_ways_outside_the_citys_box_are_left_out_and_counted(tmp_path):
    box = (136.6005, 36.4995, 136.6025, 36.5005)  # holds 1 and 2 only
    parsed = read(tmp_path, (10, [1, 2, 3]), (20, [4, 5]), (30, [6, 7]), bounds=box)
    assert ends(parsed) == {"osm10-1": ("1", "3")}  # leaves the box and is kept whole
    assert dict(parsed.report.repairs)[repairs.WAYS_OUTSIDE] == 2


def test_extract_of_another_place_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match=r"lon 139.00 to 140.00, lat 35.00 to 36.00, got none of 1"):
        read(tmp_path, (10, [1, 2]), bounds=(139.0, 35.0, 140.0, 36.0))
    abroad = {1: (24.9, 60.1), 2: (24.91, 60.1)}
    with pytest.raises(ImportRefusedError, match=r"lon 122\.00 to 154\.00"):
        read(tmp_path, (10, [1, 2]), places=abroad)


def test_missing_heights_are_told_once(tmp_path):
    warnings = read(tmp_path, (10, [1, 2])).report.warnings
    assert [(warning.column, warning.reason) for warning in warnings] == [
        ("elevation_u", "No street has a height: walks are measured as if the city were flat.")
    ]


def test_all_streets_may_be_declared_cleared(tmp_path):
    frame = read(tmp_path, (10, [1, 2]), column_map={":1": "snow_cleared"}).frame
    assert frame["snow_cleared"].tolist() == [True]


def test_extract_without_streets_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="highway tag"):
        read(tmp_path, (10, [1, 2], {"building": "yes"}))
    with pytest.raises(ImportRefusedError, match="got single nodes only"):
        read(tmp_path, (10, [1]))
    with pytest.raises(ImportRefusedError, match="got none of 0 there"):
        read(tmp_path, (10, [1, 2], {"highway": "motorway"}))


def test_crs_with_an_extract_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="Expected no --crs"):
        read(tmp_path, (10, [1, 2]), crs="EPSG:4612")


def test_extract_beside_an_edge_file_is_refused(tmp_path):
    file = write(tmp_path / "s.osm.pbf", (10, [1, 2]))
    with pytest.raises(ImportRefusedError, match="one after the other"):
        parse("streets", [file, tmp_path / "s.gpkg"])


def test_history_file_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="got a history"):
        parse("streets", [write(tmp_path / "h.osh.pbf", (10, [1, 2]))])


def damaged(content):
    middle = len(content) // 2
    return {
        "cut short": content[: middle + 7],
        "bytes changed": content[:middle] + b"\x55" * 40 + content[middle + 40 :],
        "other text": b"<html></html>" * 50,
        "XML": b"<?xml version='1.0'?><osm version='0.6'></osm>",
        "zeros": b"\0" * 500,
        "packed": gzip.compress(content),
        "huge block": b"\xff" * 100,
    }


@pytest.mark.parametrize("fault", damaged(b"x" * 100))
def test_damaged_extract_is_refused_in_one_sentence(tmp_path, fault):
    whole = write(tmp_path / "whole.osm.pbf", *((n, [n, n + 1]) for n in range(1, 30))).read_bytes()
    file = tmp_path / "bad.osm.pbf"
    file.write_bytes(damaged(whole)[fault])
    with pytest.raises(
        ImportRefusedError, match=r"Expected a readable OpenStreetMap file, got 'bad.osm.pbf'"
    ):
        parse("streets", [file])


def test_empty_and_absent_extracts_are_refused(tmp_path):
    (tmp_path / "e.osm.pbf").touch()
    with pytest.raises(ImportRefusedError, match="got an empty file"):
        parse("streets", [tmp_path / "e.osm.pbf"])
    with pytest.raises(ImportRefusedError, match="got none called"):
        parse("streets", [tmp_path / "none.osm.pbf"])


def test_extract_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(osm_pbf, "MOST_NODES", 3)
    assert len(read(tmp_path, (10, [1, 2, 3])).frame) == 1
    with pytest.raises(ImportRefusedError, match=r"got more in 's\.osm\.pbf'\. Cut it"):
        read(tmp_path, (10, [1, 2, 3]), (20, [4, 5]))
    monkeypatch.setattr(osm_pbf, "MAX_BYTES", 10)
    with pytest.raises(ImportRefusedError, match="Expected at most 0 MB, got more in"):
        read(tmp_path, (10, [1, 2, 3]))


def test_way_with_more_points_than_openstreetmap_allows_is_refused(tmp_path):
    assert len(read(tmp_path, (10, [1, 2] * 1000)).frame) == 1
    with pytest.raises(ImportRefusedError, match=r"at most 2,000 points a way, got 2,001 in way 10 of"):
        read(tmp_path, (10, [*[1, 2] * 1000, 1]))


def test_ways_and_pieces_beyond_their_limits_are_refused(tmp_path, monkeypatch):
    ways = [(10, [1, 2, 1, 2]), (20, [4, 5])]
    monkeypatch.setattr(way_pieces, "MOST_PIECES", 4)
    assert len(read(tmp_path, *ways).frame) == 2
    monkeypatch.setattr(way_pieces, "MOST_PIECES", 3)
    with pytest.raises(ImportRefusedError, match=r"at most 3 pieces of streets, got 4\."):
        read(tmp_path, *ways)
    monkeypatch.setattr(osm_pbf, "MOST_WAYS", 1)
    with pytest.raises(ImportRefusedError, match="million ways, got more"):
        read(tmp_path, *ways)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lat="36.5"', 'lat="nan"'),
        ('lat="36.5"', 'lat="999"'),
        ('node id="1"', 'node id="x"'),
        ('way id="9"', 'way id="99999999999999999999"'),
        ('ref="1"', 'ref="x"'),
    ],
)
def test_values_osmium_cannot_read_are_refused_in_one_sentence(tmp_path, old, new):
    text = (
        '<osm version="0.6"><node id="1" lon="136.6" lat="36.5"/><node id="2" lon="136.601" lat="36.5"/>'
        '<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>'
    )
    file = tmp_path / "v.osm"
    file.write_text(text)
    assert len(parse("streets", [file]).frame) == 1
    file.write_text(text.replace(old, new))
    with pytest.raises(ImportRefusedError, match=r"readable OpenStreetMap file, got 'v\.osm'"):
        parse("streets", [file])


def test_tags_that_are_no_utf8_are_refused(tmp_path):
    plain = tmp_path / "p.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(plain), "pbf,pbf_compression=none"), overwrite=True) as out:
        out.add_way(osm.Way(id=10, nodes=[1, 2], tags={"highway": "path", "foot": "QQQQ"}))
    plain.write_bytes(plain.read_bytes().replace(b"QQQQ", b"\xff\xfe\xff\xfe"))
    with pytest.raises(ImportRefusedError, match="readable OpenStreetMap file"):
        parse("streets", [plain])


def test_entities_in_an_xml_extract_are_refused(tmp_path):
    file = tmp_path / "e.osm"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "residential">]>'
        '<osm version="0.6"><way id="1"><nd ref="1"/><tag k="highway" v="&a;"/></way></osm>'
    )
    with pytest.raises(ImportRefusedError, match="entities"):
        parse("streets", [file])


def test_impossible_numbers_and_places_harm_nothing(tmp_path):
    file = tmp_path / "o.osm"
    file.write_text(
        '<?xml version="1.0"?><osm version="0.6"><node id="1" lon="136.6" lat="36.5"/>'
        '<node id="2" lon="136.601" lat="36.5"/><node id="4611686018427387904" lon="136.6" lat="99"/>'
        '<way id="9"><nd ref="1"/><nd ref="2"/><nd ref="4611686018427387904"/>'
        '<tag k="highway" v="path"/></way></osm>'
    )
    parsed = parse("streets", [file])
    assert ends(parsed) == {"osm9-1": ("1", "2")}
    assert dict(parsed.report.repairs)[repairs.WAYS_CUT] == 1


# --- real files -------------------------------------------------------------------------------------------


@pytest.mark.realfiles
@pytest.mark.parametrize(
    ("name", "ways", "kept", "largest_share"),
    [("Helsinki", 2650, 2650 - 246 - 65, 0.97), ("test", 343, 343 - 16 - 1, 0.99)],
)
def test_finnish_extract_gives_one_connected_walking_network(shared_file, name, ways, kept, largest_share):
    path = shared_file(f"data/osm-pbf-finland/{name}.osm.pbf")
    began = time.perf_counter()
    parsed = parse("streets", [path], ImportOptions(bounds=FINLAND))
    assert time.perf_counter() - began < 10
    assert parsed.report.rows_read == ways
    counts = dict(parsed.report.repairs)
    assert ways - counts[repairs.WAYS_NOT_WALKED] - counts[repairs.WAYS_CLOSED] == kept
    streets = to_metric_crs(parsed.frame.set_index("edge_id"), 3067)  # ETRS89 / TM35FIN
    graph = build_street_graph(streets)
    assert np.mean(graph.component == 0) > largest_share
    assert graph.counts["ends_apart"] == graph.counts["shortcuts"] == 0
    far, near = _doors_along(streets.geometry.iloc[0])
    costs = walk_on_streets(graph, near, far)
    assert costs.cost_m.tolist() == [pytest.approx(streets["length_m"].iloc[0], rel=0.01)]


def _doors_along(line: LineString):
    first, last = (gpd.points_from_xy(*zip(line.coords[place], strict=True), crs=3067) for place in (0, -1))
    homes = gpd.GeoDataFrame(geometry=last, index=pd.Index(["H1"], name="household_id"), crs=3067)
    people = gpd.GeoDataFrame({"reach_m": [800.0]}, geometry=first, index=pd.Index(["W1"]), crs=3067)
    return homes, people.rename_axis("watcher_id")


@pytest.mark.realfiles
def test_helsinkis_steps_are_known_and_closed_in_snow(shared_file):
    path = shared_file("data/osm-pbf-finland/Helsinki.osm.pbf")
    frame = parse("streets", [path], ImportOptions(bounds=FINLAND)).frame
    assert frame["is_steps"].sum() == (frame["highway"] == "steps").sum() > 100
    snow = build_street_graph(to_metric_crs(frame.set_index("edge_id"), 3067), season="snow")
    assert snow.counts["closed_steps"] == frame["is_steps"].sum()
