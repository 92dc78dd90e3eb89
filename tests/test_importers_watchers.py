"""Watchers, assignments, facilities, agreements and rounds: values, references, and what is told."""

import datetime as dt

import geopandas as gpd
import pytest
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse

WATCHERS = (
    "watcher_id,kind,lon,lat,organisation,district,visits_per_month,reach_m,skills,birth_year,term_end,"
    "reports_to,status\n"
)
PROMOTER = "W1,community_promoter,136.65,36.56,社協,K1,13,800,snow,1950,2028-11-30,F1,active\n"
ASSIGNMENTS = "watcher_id,household_id,role,visits_per_month,valid_from,valid_to\n"


def read(tmp_path, layer, text, **options):
    path = tmp_path / f"{layer}.csv"
    path.write_text(text, "utf-8")
    return parse(layer, [path], ImportOptions(**options))


def told(problems):
    return [(problem.row, problem.column) for problem in problems]


def test_watcher_row_gives_the_values_it_states(tmp_path):
    row = read(tmp_path, "watchers", WATCHERS + PROMOTER).frame.iloc[0]
    assert row.drop("geometry").to_dict() == {
        "watcher_id": "W1",
        "kind": "community_promoter",
        "organisation": "社協",
        "district": "K1",
        "visits_per_month": 13.0,
        "reach_m": 800.0,
        "reach_min": None,
        "skills": "snow",
        "available": None,
        "minutes_per_week": None,
        "birth_year": 1950,
        "term_end": dt.date(2028, 11, 30),
        "reports_to": "F1",
        "status": "active",
        "valid_from": None,
        "valid_to": None,
    }
    assert row.geometry == shapely.Point(136.65, 36.56)


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("reach_min", (None, 15.0)),
        ("届く時間（分）", (None, 15.0)),
        ("歩ける時間", (None, 15.0)),
        ("届く範囲（分）", (None, 15.0)),  # the unit decides
        ("届く範囲 [分]", (None, 15.0)),
        ("届く範囲（m）", (15.0, None)),
        ("届く範囲", (15.0, None)),
    ],
)
def test_reach_is_metres_or_minutes_as_its_heading_says(tmp_path, heading, found):
    text = f"watcher_id,kind,lon,lat,visits_per_month,{heading}\nW1,npo,136.65,36.56,1,15\n"
    parsed = read(tmp_path, "watchers", text)
    assert tuple(parsed.frame.loc[0, ["reach_m", "reach_min"]]) == found
    assert parsed.report.problems == ()


def test_both_reaches_of_one_watcher_are_kept(tmp_path):
    headings = "watcher_id,kind,lon,lat,visits_per_month,届く範囲（m）,届く範囲（分）"
    text = f"{headings}\nW1,npo,136.65,36.56,1,800,10\n"
    assert read(tmp_path, "watchers", text).frame.loc[0, ["reach_m", "reach_min"]].tolist() == [800.0, 10.0]


@pytest.mark.parametrize("minutes", ["-1", "751", "ten"])
def test_reach_in_minutes_out_of_range_is_an_error_of_its_row(tmp_path, minutes):
    text = f"watcher_id,kind,lon,lat,visits_per_month,reach_min\nW1,npo,136.65,36.56,1,{minutes}\n"
    assert told(read(tmp_path, "watchers", text).report.errors) == [(2, "reach_min")]


def test_vacant_post_needs_no_place_and_no_year(tmp_path):
    parsed = read(tmp_path, "watchers", WATCHERS + "W2,民生委員,,,,K1,0,,,,R10.11.30,,欠員\n")
    row = parsed.frame.iloc[0]
    assert (row["kind"], row["status"], row["birth_year"]) == ("welfare_commissioner", "vacant", None)
    assert row["term_end"] == dt.date(2028, 11, 30)
    assert row.geometry is None
    assert parsed.report.problems == ()


def test_active_watcher_without_a_place_is_a_warning(tmp_path):
    report = read(tmp_path, "watchers", WATCHERS + "W2,neighbour,,,,K1,1,300,,,,,active\n").report
    assert told(report.warnings) == [(2, "lon")]
    assert not report.refused


def test_passive_watcher_without_a_place_is_silent(tmp_path):
    report = read(tmp_path, "watchers", WATCHERS + "D1,delivery_firm,,,生協,,4,,,,,,\n").report
    assert report.problems == ()


def test_supporter_from_outside_the_city_is_a_warning(tmp_path):
    bounds = (136.0, 36.0, 136.6, 36.5)
    report = read(tmp_path, "watchers", WATCHERS + PROMOTER, bounds=bounds).report
    assert told(report.warnings) == [(2, "lon")]
    assert not report.refused


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "friend"),
        ("kind", ""),
        ("status", "resting"),
        ("visits_per_month", "-3"),
        ("visits_per_month", ""),
        ("reach_m", "-1"),
        ("birth_year", "50"),
        ("term_end", "soon"),
        ("reports_to", "W1"),  # itself
    ],
)
def test_bad_watcher_cell_names_its_row_and_column(tmp_path, column, value):
    row = dict(zip(WATCHERS.strip().split(","), PROMOTER.strip().split(","), strict=True))
    row[column] = value
    report = read(tmp_path, "watchers", WATCHERS + ",".join(row.values()) + "\n").report
    assert told(report.errors) == [(2, column)]


def test_unknown_district_is_an_error_and_unknown_superior_a_warning(tmp_path):
    known = {"districts": {"K2"}, "facilities": {"F2"}, "watchers": set()}
    report = read(tmp_path, "watchers", WATCHERS + PROMOTER, known=known).report
    assert told(report.errors) == [(2, "district")]
    assert told(report.warnings) == [(2, "reports_to")]


def test_superior_in_the_same_file_is_known(tmp_path):
    chief = PROMOTER.replace("W1", "W9")
    known = {"facilities": {"F1"}, "watchers": set()}
    text = WATCHERS + PROMOTER.replace(",F1,", ",W9,") + chief
    assert read(tmp_path, "watchers", text, known=known).report.problems == ()


def test_assignment_id_is_made_of_its_parts(tmp_path):
    parsed = read(tmp_path, "assignments", ASSIGNMENTS + "W1,H1,primary,,R7.4.1,\nW1,H1,副,1,,\n")
    assert parsed.frame["assignment_id"].tolist() == ["W1:H1:primary:2025-04-01", "W1:H1:backup:"]
    assert parsed.frame["visits_per_month"].tolist() == [None, 1.0]


def test_assignment_to_somebody_unknown_is_an_error_of_its_row(tmp_path):
    known = {"watchers": {"W1"}, "households": {"H1"}}
    text = ASSIGNMENTS + "W1,H1,,,,\nW2,H1,,,,\nW1,H2,,,,\nW2,H2,,,,\n"
    parsed = read(tmp_path, "assignments", text, known=known)
    assert told(parsed.report.errors) == [
        (3, "watcher_id"),
        (4, "household_id"),
        (5, "watcher_id"),
        (5, "household_id"),
    ]
    assert parsed.report.rejected == 3
    assert parsed.frame["assignment_id"].tolist() == ["W1:H1:primary:"]


def test_references_are_not_checked_where_nothing_is_known(tmp_path):
    assert not read(tmp_path, "assignments", ASSIGNMENTS + "W1,H1,,,,\n").report.refused


def test_assignment_that_ends_before_it_starts_is_an_error(tmp_path):
    text = ASSIGNMENTS + "W1,H1,,,2025-04-02,2025-04-01\nW1,H2,,,2025-04-01,2025-04-01\n"
    assert told(read(tmp_path, "assignments", text).report.errors) == [(2, "valid_to")]


def test_same_link_twice_names_both_rows(tmp_path):
    text = ASSIGNMENTS + "W1,H1,primary,,2025-04-01,\nW1,H1,,2,R7.4.1,\n"
    assert told(read(tmp_path, "assignments", text).report.errors) == [(2, "watcher_id"), (3, "watcher_id")]


def test_unknown_role_is_an_error(tmp_path):
    assert told(read(tmp_path, "assignments", ASSIGNMENTS + "W1,H1,boss,,,\n").report.errors) == [(2, "role")]


def test_facility_keeps_its_name_as_written(tmp_path):
    text = "facility_id,kind,name,lon,lat,district\nＦ１,公民館, （福）材木公民館 ,136.65,36.56,\n"
    row = read(tmp_path, "facilities", text).frame.iloc[0]
    assert (row["facility_id"], row["kind"], row["name"]) == ("F1", "community_centre", "（福）材木公民館")


def test_facilities_are_read_from_a_map_file_too(tmp_path):
    shelters = gpd.GeoDataFrame(
        {"NO": [1, 2], "P20_002": ["a", "b"]},
        geometry=[shapely.Point(131.2, 33.9), shapely.Point(131.3, 33.9)],
    ).set_crs(4326)
    shelters.to_file(tmp_path / "shelters.geojson")
    columns = {"NO": "facility_id", "P20_002": "name", ":shelter": "kind"}
    frame = parse("facilities", [tmp_path / "shelters.geojson"], ImportOptions(column_map=columns)).frame
    assert frame[["facility_id", "kind", "name"]].to_numpy().tolist() == [
        ["1", "shelter", "a"],
        ["2", "shelter", "b"],
    ]
    assert frame.geometry[1].x == pytest.approx(131.3)


def test_agreement_needs_two_known_districts(tmp_path):
    head = "agreement_id,district,helped_district,valid_from,valid_to\n"
    text = head + "A1,K1,K2,2025-04-01,\nA2,K1,K1,,\nA3,K1,K9,,\n"
    parsed = read(tmp_path, "agreements", text, known={"districts": {"K1", "K2"}})
    assert told(parsed.report.errors) == [(3, "helped_district"), (4, "helped_district")]
    assert parsed.frame["agreement_id"].tolist() == ["A1"]


def rounds(tmp_path, ids, geometry, **options):
    path = tmp_path / "rounds.geojson"
    gpd.GeoDataFrame({"watcher_id": ids}, geometry=geometry, crs=6668).to_file(path)
    return parse("rounds-of-partners", [path], ImportOptions(**options))


LINE = shapely.LineString([(136.60, 36.50), (136.61, 36.50)])
FARTHER = shapely.LineString([(136.62, 36.50), (136.63, 36.50)])
AREA = shapely.box(136.60, 36.50, 136.61, 36.51)


def test_round_is_a_line_or_an_area_of_its_watcher(tmp_path):
    frame = rounds(tmp_path, ["D1", "S1"], [LINE, AREA]).frame
    assert frame.columns.tolist() == ["watcher_id", "service_area"]
    assert frame["service_area"].geom_type.tolist() == ["LineString", "Polygon"]


def test_several_lines_of_one_watcher_are_one_round(tmp_path):
    frame = rounds(tmp_path, ["D1", "S1", "D1"], [LINE, AREA, FARTHER]).frame
    assert frame["watcher_id"].tolist() == ["D1", "S1"]
    joined = frame["service_area"][0]
    assert (joined.geom_type, joined.length) == (
        "MultiLineString",
        pytest.approx(LINE.length + FARTHER.length),
    )


def test_round_of_an_unknown_or_active_watcher_is_an_error(tmp_path):
    known = {"watchers": {"D1", "W1"}, "passive_watchers": {"D1"}}
    parsed = rounds(tmp_path, ["D1", "W1", "X1"], [LINE, LINE, LINE], known=known)
    assert told(parsed.report.errors) == [(2, "watcher_id"), (3, "watcher_id")]
    assert parsed.frame["watcher_id"].tolist() == ["D1"]


def test_point_is_no_round(tmp_path):
    parsed = rounds(tmp_path, ["D1", "D2"], [LINE, shapely.Point(136.6, 36.5)])
    assert [(error.row, error.value) for error in parsed.report.errors] == [(2, "Point")]


def test_rounds_without_watcher_ids_are_refused(tmp_path):
    path = tmp_path / "rounds.geojson"
    gpd.GeoDataFrame({"firm": ["x"]}, geometry=[LINE], crs=6668).to_file(path)
    with pytest.raises(ImportRefusedError, match="Expected columns watcher_id, got firm"):
        parse("rounds-of-partners", [path])
