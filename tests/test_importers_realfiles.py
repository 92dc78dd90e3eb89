"""The real files: the figures of data-formats.md and of each file's SOURCE.md, reached by the importers."""

import csv

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers import report as repairs

pytestmark = pytest.mark.realfiles


def area_km2(frame, epsg):
    return frame.geometry.to_crs(epsg).area.sum() / 1e6


def test_nara_2010_joins_its_six_schools_of_two_rows(shared_file):
    path = shared_file("data/ksj-a27-2010-nara/A27-10_29-g_SchoolDistrict.shp")
    with pytest.raises(ImportRefusedError, match="Pass --crs"):
        parse("school-districts", [path])
    parsed = parse("school-districts", [path], ImportOptions(crs="EPSG:4612"))
    assert (parsed.report.rows_read, len(parsed.frame)) == (215, 209)  # 6 schools have 2 rows each
    assert parsed.frame["municipality_code"].nunique() == 39
    assert area_km2(parsed.frame, 6674) == pytest.approx(3690.2, abs=0.5)
    assert (parsed.report.edition, parsed.report.encoding) == ("A27 2010/2016", "CP932")
    assert not path.with_suffix(".shx").exists()


def test_fukui_2016_is_read_without_mojibake_once_the_crs_is_given(shared_file):
    path = shared_file("data/ksj-a27-2016-fukui/A27-16_18.shp")
    with pytest.raises(ImportRefusedError, match=r"to declare its CRS, got none \(no \.prj\)"):
        parse("school-districts", [path])
    parsed = parse("school-districts", [path], ImportOptions(crs="EPSG:6668"))
    assert len(parsed.frame) == 167
    assert {"青郷小学校", "青郷小学校高野分校", "国高小学校"} <= set(parsed.frame["name"])
    # 青郷 holds its branch school (2.88 km2), 鳥羽 and 立待 overlap by 0.097 km2
    assert len(parsed.report.warnings) == 2


def test_echizen_is_the_same_from_the_old_file_and_from_geojson(shared_file):
    options = ImportOptions(crs="EPSG:6668", municipality="18209")
    old = parse("school-districts", [shared_file("data/ksj-a27-2016-fukui/A27-16_18.shp")], options).frame
    new = parse(
        "school-districts", [shared_file("data/ksj-a27-2016-fukui/echizen_18209.derived.geojson")]
    ).frame
    assert len(old) == 17
    assert sorted(old["name"]) == sorted(new["name"])
    assert area_km2(old, 6674) == pytest.approx(area_km2(new, 6674), abs=0.001)


def test_nara_2023_has_ten_overlaps_and_one_broken_outline(shared_file):
    report = parse("school-districts", [shared_file("data/ksj-a27-2023-nara/A27-23_29.shp")]).report
    overlaps = [problem for problem in report.warnings if "overlap" in problem.reason]
    assert (report.rows_read, len(overlaps)) == (166, 10)
    assert dict(report.repairs)[repairs.GEOMETRY_REPAIRED] == 1
    assert (report.crs, report.crs_source, report.edition) == ("EPSG:6668", "declared", "A27 2021/2023")


def test_ikoma_has_the_same_twelve_districts_in_both_formats(shared_file):
    options = ImportOptions(municipality="29209")
    frames = [
        parse("school-districts", [shared_file(f"data/ksj-a27-2023-nara/A27-23_29.{suffix}")], options).frame
        for suffix in ("shp", "geojson")
    ]
    assert [len(frame) for frame in frames] == [12, 12]
    pd.testing.assert_frame_equal(
        frames[0].drop(columns="geometry").sort_values("code", ignore_index=True),
        frames[1].drop(columns="geometry").sort_values("code", ignore_index=True),
    )


def test_tokyo_school_points_are_not_taken_for_districts(shared_file):
    with pytest.raises(ImportRefusedError, match="got A27 school points"):
        parse("school-districts", [shared_file("data/ksj-a27-2016-points-tokyo/A27P-16_13.geojson")])


def test_ikoma_towns_keep_every_household(shared_file):
    parsed = parse("neighbourhoods", [shared_file("data/estat-chome-2020-ikoma/r2ka29209.topojson")])
    assert (parsed.report.rows_read, len(parsed.frame)) == (123, 119)  # 4 rows repeat a KEY_CODE
    assert parsed.frame["household_count"].sum() == 47_666
    assert (parsed.report.crs, parsed.report.crs_source) == ("EPSG:6668", "by format")


def test_toyohashi_comes_out_of_the_2024_layout(shared_file):
    path = shared_file("data/ksj-n03-2024-aichi/N03-20240101_23.shp")
    parsed = parse("boundary", [path], ImportOptions(municipality="23201"))
    assert parsed.frame[["code", "name"]].to_numpy().tolist() == [["23201", "豊橋市"]]
    assert parsed.report.rows_read == 1035
    ward = parse("boundary", [path], ImportOptions(municipality="23101")).frame
    assert ward["name"].tolist() == ["名古屋市千種区"]


def test_kanazawa_boundary_has_eight_parts_and_its_area(shared_file):
    path = shared_file("data/n03-kanazawa/17201.json")
    frame = parse("boundary", [path], ImportOptions(municipality="17201")).frame
    assert frame["code"].tolist() == ["17201"]
    assert len(frame.geometry[0].geoms) == 8
    assert area_km2(frame, 6675) == pytest.approx(468.73, abs=0.01)


def test_ube_network_keeps_its_nodes_components_and_length(shared_file):
    parsed = parse("streets", [shared_file("data/osm-walk-ube/ube_roads.zip")])
    edges = parsed.frame
    nodes = pd.Index(np.unique(edges[["u", "v"]].to_numpy().ravel().astype(str)))
    assert (parsed.report.rows_read, len(nodes)) == (30_750, 10_403)
    ends = (nodes.get_indexer(edges["u"]), nodes.get_indexer(edges["v"]))
    links = coo_array((np.ones(len(edges)), ends), shape=(len(nodes), len(nodes)))
    count, labels = connected_components(links, directed=False)
    assert (count, np.bincount(labels).max()) == (6, 10_387)
    assert edges["edge_id"].is_unique
    assert edges["length_m"].sum() / 1000 == pytest.approx(1025, abs=5)  # one way, SOURCE.md
    assert edges["highway"].str.contains("steps").sum() == edges["is_steps"].sum() > 0
    assert dict(parsed.report.repairs)[repairs.MULTIPART_JOINED] == 10


def test_ube_shelters_come_as_facilities(shared_file):
    columns = {"NO": "facility_id", "P20_002": "name", ":shelter": "kind"}
    path = shared_file("data/osm-walk-ube/ube_shelters.zip")
    parsed = parse("facilities", [path], ImportOptions(column_map=columns))
    assert len(parsed.frame) == 42
    assert "鵜の島ふれあいセンター" in set(parsed.frame["name"])


def test_shops_with_slips_are_told_row_by_row(shared_file):
    path = shared_file("data/ishikawa-shops-prepass/openData_prepass.reduced.csv")
    columns = {"no": "watcher_id", ":shop": "kind", ":30": "visits_per_month"}
    report = parse("watchers", [path], ImportOptions(column_map=columns)).report
    with path.open(encoding="utf-8", newline="") as file:
        numbers = [record[0] for record in csv.reader(file)]
    found = {numbers[error.row - 1]: error.reason for error in report.errors}
    # SOURCE.md: number 95 lost its decimal points, 956 and 1088 have lat and lng swapped
    assert set(found) == {"95", "956", "1088"}
    assert "lost decimal point" in found["95"]
    assert "swapped" in found["956"]
    assert "swapped" in found["1088"]
    assert dict(report.repairs)[repairs.BLANKS_REMOVED] == 1608
    assert (report.refused, report.rejected, report.rows_read) == (True, 3, 2362)


def test_street_lights_in_the_old_datum_land_on_the_converted_ones(shared_file, tmp_path):
    old = pd.read_csv(shared_file("data/echizen-kunitaka/k.csv"))
    new = pd.read_csv(shared_file("data/echizen-kunitaka/k2.csv"), encoding="utf-8-sig")
    old.assign(facility_id=range(len(old)), kind="shelter", name="light").to_csv(
        tmp_path / "k.csv", index=False
    )
    points = parse("facilities", [tmp_path / "k.csv"], ImportOptions(crs="EPSG:4301")).frame.to_crs(6674)
    converted = parse("facilities", [tmp_path / "k.csv"]).frame.to_crs(6674)
    expected = points.geometry.set_crs(6674).to_crs(6668)
    east, north = (
        (expected.x.to_numpy() - new["lng"]) * 90_300,
        (expected.y.to_numpy() - new["lat"]) * 110_950,
    )
    assert np.hypot(east, north).max() < 3  # PROJ reproduces the conversion within 2.3 m
    assert points.distance(converted).between(400, 470).all()  # unconverted, everything lies 437 m off
