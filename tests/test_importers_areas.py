"""Areas: editions of A27, N03, e-Stat, and polygons of any file made uniform."""

import geopandas as gpd
import pytest
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers import report as repairs
from geodata.importers.school_districts import find_edition


def square(step, width=0.01):
    """A square of 0.01 degrees, ``step`` squares east of 136.6."""
    west = 136.60 + step * 0.01
    return shapely.box(west, 36.50, west + width, 36.51)


def write(folder, columns, geometry, name="areas.geojson"):
    path = folder / name
    gpd.GeoDataFrame(columns, geometry=list(geometry), crs=6668).to_file(path)
    return path


def a27_2023(folder, name="A27_004", file="areas.geojson"):
    columns = {
        "A27_001": ["17201", "17201", "17202"],
        "A27_002": ["金沢市立", "金沢市立", "七尾市立"],
        "A27_003": ["B117220100001", "C217220100002", "B117220200001"],
        name: ["北小学校", "南学園", "北小学校"],
        "A27_005": ["a", "b", "c"],
    }
    return write(folder, columns, [square(0), square(1), square(2)], file)


def a27_2010(folder, file="areas.geojson"):
    columns = {
        "A27_005": ["17201", "17201", "17202"],
        "A27_006": ["金沢市立", "金沢市立", "七尾市立"],
        "A27_007": ["北小学校", "北小学校", "北小学校"],
        "A27_008": ["a", "a", "c"],
    }
    return write(folder, columns, [square(0), square(4), square(2)], file)


@pytest.mark.parametrize("name", ["A27_004", "A27_004_ja"])
def test_later_editions_take_the_school_code(tmp_path, name):
    parsed = parse("school-districts", [a27_2023(tmp_path, name)])
    assert parsed.frame["code"].tolist() == ["B117220100001", "C217220100002", "B117220200001"]
    assert parsed.frame["name"].tolist() == ["北小学校", "南学園", "北小学校"]
    assert parsed.frame["municipality_code"].tolist() == ["17201", "17201", "17202"]
    assert parsed.report.edition == "A27 2021/2023"


def test_earlier_editions_join_rows_by_municipality_and_name(tmp_path):
    parsed = parse("school-districts", [a27_2010(tmp_path)])
    # two parts of Kanazawa's 北小学校 become one area; the one of Nanao has the same name and stays apart
    assert parsed.frame["code"].tolist() == ["17201:北小学校", "17202:北小学校"]
    assert [len(area.geoms) for area in parsed.frame.geometry] == [2, 1]
    assert parsed.report.edition == "A27 2010/2016"
    assert dict(parsed.report.repairs)[repairs.AREAS_DISSOLVED] == 2


def test_edition_is_found_by_columns_whatever_the_file_is_called(tmp_path):
    parsed = parse("school-districts", [a27_2010(tmp_path, "A27-23_17.geojson")])
    assert parsed.report.edition == "A27 2010/2016"


def test_edition_needs_the_set_of_columns_not_one_of_them():
    assert find_edition(frozenset({"A27_001", "A27_002", "A27_003", "A27_004"})) is None  # 2016 points
    assert find_edition(frozenset({"A27_005", "A27_006", "A27_007", "A27_008"})).code is None
    assert find_edition(frozenset({"A27_001", "A27_002", "A27_003", "A27_004", "A27_005"})).code == "A27_003"


def test_municipality_leaves_the_others_out_and_counts_them(tmp_path):
    parsed = parse("school-districts", [a27_2023(tmp_path)], ImportOptions(municipality="17201"))
    assert parsed.frame["code"].tolist() == ["B117220100001", "C217220100002"]
    assert dict(parsed.report.repairs)[repairs.LEFT_OTHER_MUNICIPALITY] == 1
    assert parsed.report.rows_read == 3


def test_municipality_that_is_not_in_the_file_is_refused(tmp_path):
    with pytest.raises(
        ImportRefusedError, match="Expected rows of municipality 29209, got only 17201, 17202"
    ):
        parse("school-districts", [a27_2023(tmp_path)], ImportOptions(municipality="29209"))


def test_school_points_are_refused_with_the_remedy(tmp_path):
    columns = {"A27_001": ["17201"], "A27_002": ["x"], "A27_003": ["北小学校"], "A27_004": ["y"]}
    path = write(tmp_path, columns, [shapely.Point(136.6, 36.5)])
    with pytest.raises(ImportRefusedError, match="got A27 school points"):
        parse("school-districts", [path])


def test_school_names_that_are_none_ask_for_the_encoding(tmp_path):
    columns = {"A27_005": ["17201"], "A27_006": ["x"], "A27_007": ["‰äŠw"], "A27_008": ["y"]}
    with pytest.raises(ImportRefusedError, match="Pass its --encoding"):
        parse("school-districts", [write(tmp_path, columns, [square(0)])])


def test_districts_of_any_file_take_a_column_map(tmp_path):
    path = write(tmp_path, {"校下": ["材木"], "読み": ["ざいもく"], "番号": [7]}, [square(0)])
    columns = {"校下": "name", "読み": "kana", "番号": "code"}
    row = parse("community-districts", [path], ImportOptions(column_map=columns)).frame.iloc[0]
    assert (row["area_id"], row["name"], row["kana"]) == ("community:7", "材木", "ざいもく")


def test_name_serves_as_code_where_there_is_none(tmp_path):
    parsed = parse("community-districts", [write(tmp_path, {"name": ["材木"]}, [square(0)])])
    assert parsed.frame["code"].tolist() == ["材木"]
    assert dict(parsed.report.repairs)[repairs.CODE_FROM_NAME] == 1


def test_file_without_a_name_column_lists_what_it_has(tmp_path):
    path = write(tmp_path, {"label": ["材木"], "no": ["1"]}, [square(0)])
    with pytest.raises(ImportRefusedError, match="Expected columns name, got label, no"):
        parse("community-districts", [path])


def test_self_crossing_polygon_is_made_valid_and_told(tmp_path):
    # a bow-tie of two triangles that meet in the middle: each a quarter of the square, together half of it
    bow_tie = shapely.Polygon([(136.60, 36.50), (136.61, 36.51), (136.61, 36.50), (136.60, 36.51)])
    parsed = parse("community-districts", [write(tmp_path, {"name": ["a"]}, [bow_tie])])
    assert parsed.frame.geometry[0].is_valid
    assert parsed.frame.geometry[0].area == pytest.approx(0.5 * 0.01 * 0.01)
    assert dict(parsed.report.repairs)[repairs.GEOMETRY_REPAIRED] == 1
    assert [(problem.row, problem.severity) for problem in parsed.report.problems] == [(1, "warning")]


def test_line_left_over_by_the_repair_is_dropped(tmp_path):
    spike = shapely.Polygon(
        [(136.60, 36.50), (136.61, 36.50), (136.61, 36.51), (136.62, 36.51), (136.61, 36.51), (136.60, 36.51)]
    )
    parsed = parse("community-districts", [write(tmp_path, {"name": ["a"]}, [spike])])
    assert parsed.frame.geometry[0].geom_type == "MultiPolygon"
    assert parsed.frame.geometry[0].area == pytest.approx(0.01 * 0.01)
    assert dict(parsed.report.repairs)[repairs.PARTS_DROPPED] == 1


def test_point_among_areas_is_an_error_of_its_row(tmp_path):
    path = write(tmp_path, {"name": ["a", "b"]}, [square(0), shapely.Point(136.6, 36.5)])
    parsed = parse("community-districts", [path])
    assert [(error.row, error.value) for error in parsed.report.errors] == [(2, "Point")]
    assert parsed.report.refused


def test_overlap_above_100_square_metres_is_a_warning(tmp_path):
    # 0.01 degree of latitude is 1,109 m; overlap widths at 36.5 N: 1e-6 degree is 0.0895 m
    # 0.0895 m * 1,109.7 m = 99.4 m2 (told not), 2e-6 degree: 198.8 m2 (told)
    for width, told in ((0.010001, 0), (0.010002, 1)):
        path = write(tmp_path, {"name": ["a", "b"]}, [square(0, width), square(1)])
        warnings = parse("community-districts", [path]).report.warnings
        assert len(warnings) == told
    assert warnings[0].value == "a (a) / b (b)"
    assert "overlap by 199 m²" in warnings[0].reason


def test_areas_outside_the_city_are_told_once(tmp_path):
    path = write(tmp_path, {"name": ["a", "b", "c"]}, [square(0), square(5), square(6)])
    report = parse("community-districts", [path], ImportOptions(bounds=(136.5, 36.4, 136.615, 36.6))).report
    assert [(warning.row, warning.value) for warning in report.warnings] == [(0, "2 of 3")]


def n03(folder, **extra):
    columns = {
        "N03_001": ["石川県"] * 4,
        "N03_002": [None] * 4,
        "N03_003": [None, None, "金沢市", None],
        "N03_004": ["金沢市", "金沢市", "中区", "所属未定地"],
        **extra,
        "N03_007": ["17201", "17201", "17299", "17000"],
    }
    return write(folder, columns, [square(0), square(2), square(4), square(6)])


def test_boundary_joins_the_parts_of_one_municipality(tmp_path):
    parsed = parse("boundary", [n03(tmp_path)], ImportOptions(municipality="17201"))
    assert parsed.frame["area_id"].tolist() == ["boundary:17201"]
    assert len(parsed.frame.geometry[0].geoms) == 2
    assert parsed.report.edition == "N03 until 2023"
    assert dict(parsed.report.repairs)[repairs.LEFT_UNASSIGNED_LAND] == 1


def test_ward_is_named_by_its_column_of_either_layout(tmp_path):
    old = parse("boundary", [n03(tmp_path)], ImportOptions(municipality="17299"))
    assert old.frame["name"].tolist() == ["金沢市中区"]  # city in N03_003, ward in N03_004
    wards = {"N03_005": [None, None, "東区", None]}
    new = parse("boundary", [n03(tmp_path, **wards)], ImportOptions(municipality="17299"))
    assert new.frame["name"].tolist() == [
        "中区東区"
    ]  # from 2024 city in N03_004 (here "中区"), ward in N03_005
    assert new.report.edition == "N03 2024 or later"


def test_boundary_of_several_municipalities_asks_for_one(tmp_path):
    with pytest.raises(
        ImportRefusedError, match="Expected the boundary of one municipality, got 2: 17201, 17299"
    ):
        parse("boundary", [n03(tmp_path)])


def test_boundary_with_only_a_name_takes_the_given_code(tmp_path):
    path = write(tmp_path, {"name": ["石川県金沢市"]}, [square(0)])
    with pytest.raises(ImportRefusedError, match="Expected the municipality's code"):
        parse("boundary", [path])
    parsed = parse("boundary", [path], ImportOptions(municipality="17201"))
    assert parsed.frame[["code", "name", "municipality_code"]].to_numpy().tolist() == [
        ["17201", "石川県金沢市", "17201"]
    ]


def test_estat_towns_are_joined_and_water_left_out(tmp_path):
    columns = {
        "KEY_CODE": ["172010010", "172010010", "17201002001", "172019999"],
        "S_NAME": ["扇町", "扇町", "増泉一丁目", None],
        "HCODE": [8101, 8101, 8101, 8154],
        "KIGO_E": ["E1", "E2", None, None],
        "SETAI": [417, 0, 622, 0],
    }
    parsed = parse("neighbourhoods", [write(tmp_path, columns, [square(n) for n in (0, 2, 4, 6)])])
    assert parsed.frame["code"].tolist() == ["172010010", "17201002001"]
    assert parsed.frame["household_count"].tolist() == [417, 622]  # 417 stands on E1, 0 on E2
    assert parsed.frame["municipality_code"].tolist() == ["17201", "17201"]
    assert dict(parsed.report.repairs)[repairs.LEFT_WATER] == 1
    assert parsed.report.edition == "e-Stat 2020"


def test_key_code_that_lost_its_zero_is_an_error(tmp_path):
    columns = {"KEY_CODE": ["12010010"], "MOJI": ["大通"], "HCODE": [8101], "SETAI": [1]}
    report = parse("neighbourhoods", [write(tmp_path, columns, [square(0)])]).report
    assert [error.column for error in report.errors] == ["KEY_CODE"]


def test_neighbourhoods_of_any_file_take_a_column_map(tmp_path):
    path = write(tmp_path, {"town_code": ["T1"], "town_name": ["扇町"], "setai": [12]}, [square(0)])
    columns = {"town_code": "code", "town_name": "name", "setai": "household_count"}
    row = parse("neighbourhoods", [path], ImportOptions(column_map=columns)).frame.iloc[0]
    assert (row["area_id"], row["household_count"]) == ("neighbourhood:T1", 12)


def test_two_names_of_one_code_are_told(tmp_path):
    path = write(tmp_path, {"code": ["1", "1"], "name": ["a", "b"]}, [square(0), square(2)])
    parsed = parse("community-districts", [path])
    assert parsed.frame["name"].tolist() == ["a"]
    assert [warning.row for warning in parsed.report.warnings] == [1, 2]
