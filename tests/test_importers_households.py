"""Households: what a table may look like, and what each bad cell is told."""

import datetime as dt

import pandas as pd
import pytest

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers import report as repairs

HEAD = "household_id,lon,lat,household_type,visits_per_month,weight,consent,needs,valid_from\n"
GOOD = "H1,136.65,36.56,alone,2,1.5,3,snow;shopping,2025-04-01\n"


def read(tmp_path, text, name="households.csv", encoding="utf-8", **options):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return parse("households", [path], ImportOptions(**options))


def told(parsed):
    """Row, column and reason of every error."""
    return [(problem.row, problem.column, problem.reason) for problem in parsed.report.errors]


def test_good_row_gives_the_values_it_states(tmp_path):
    parsed = read(tmp_path, HEAD + GOOD)
    row = parsed.frame.iloc[0]
    assert (row["household_id"], row["household_type"], row["needs"]) == ("H1", "alone", "snow;shopping")
    assert (row["visits_per_month"], row["weight"], row["consent"]) == (2.0, 1.5, 3)
    assert (row.geometry.x, row.geometry.y) == (136.65, 36.56)
    assert (row["valid_from"], row["valid_to"]) == (dt.date(2025, 4, 1), None)
    assert parsed.frame.crs.to_epsg() == 6668
    assert not parsed.report.refused
    assert (parsed.report.rows_read, parsed.report.rejected, parsed.report.problems) == (1, 0, ())


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp932", "CP932")]
)
def test_japanese_headings_are_read_in_each_encoding(tmp_path, encoding, found):
    text = "世帯番号,経度,緯度,世帯類型,訪問回数\nH1,136.65,36.56,一人暮らし,1\n"
    parsed = read(tmp_path, text, encoding=encoding)
    assert parsed.frame["household_type"].tolist() == ["一人暮らし"]
    assert parsed.report.encoding == found


def test_workbook_gives_the_same_rows_as_the_csv(tmp_path):
    parsed = read(tmp_path, HEAD + GOOD + "H2,136.66,36.57,,0.5,,,,\n")
    table = pd.DataFrame(
        {
            "household_id": ["H1", "H2"],
            "lon": [136.65, 136.66],
            "lat": [36.56, 36.57],
            "household_type": ["alone", None],
            "visits_per_month": [2, 0.5],
            "weight": [1.5, None],
            "consent": [3, None],
            "needs": ["snow;shopping", None],
            "valid_from": [dt.datetime(2025, 4, 1), None],
        }
    )
    table.to_excel(tmp_path / "households.xlsx", index=False)
    from_book = parse("households", [tmp_path / "households.xlsx"])
    pd.testing.assert_frame_equal(from_book.frame, parsed.frame)


def test_column_map_names_their_heading_and_constants(tmp_path):
    text = "no,lng,lat,calls\n7,136.65,36.56,1\n"
    columns = {"no": "household_id", "calls": "visits_per_month", ":4": "consent"}
    parsed = read(tmp_path, text, column_map=columns)
    assert parsed.frame[["household_id", "visits_per_month", "consent"]].to_numpy().tolist() == [
        ["7", 1.0, 4]
    ]


def test_empty_consent_is_city_only_and_counted(tmp_path):
    parsed = read(tmp_path, HEAD + "H1,136.65,36.56,,1,,,,\n")
    assert parsed.frame["consent"].tolist() == [1]
    assert parsed.frame["weight"].tolist() == [1.0]
    assert dict(parsed.report.repairs)[repairs.CONSENT_DEFAULT] == 1


def test_visits_become_whole_visits_a_year(tmp_path):
    # 12 * 0.33 = 3.96 -> 4; 12 * 0.3 = 3.6 -> 4 (0.4 off: told); 12 * 0.125 = 1.5 -> 2 (half goes up: told)
    rows = "".join(
        f"H{n},136.65,36.56,,{visits},1,1,,\n" for n, visits in enumerate(["0.33", "0.3", "0.125"])
    )
    parsed = read(tmp_path, HEAD + rows)
    assert (parsed.frame["visits_per_month"] * 12).round(9).tolist() == [4, 4, 2]
    assert dict(parsed.report.repairs)[repairs.VISITS_ROUNDED] == 2


def test_full_width_digits_and_blanks_are_repaired_and_told(tmp_path):
    parsed = read(tmp_path, HEAD + "H1, 136.65,３６．５６,,２,1,３,,令和７年４月１日\n")
    row = parsed.frame.iloc[0]
    assert (row.geometry.x, row.geometry.y, row["visits_per_month"], row["consent"]) == (136.65, 36.56, 2, 3)
    assert row["valid_from"] == dt.date(2025, 4, 1)
    found = dict(parsed.report.repairs)
    assert (found[repairs.BLANKS_REMOVED], found[repairs.WIDE_NARROWED]) == (1, 3)  # lat, visits, consent


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("36.56", "136.65", "looks like lon and lat are swapped"),
        ("13665", "36.56", "Check the coordinates"),  # one of the two keeps its point: nothing can be told
        ("1366500", "365600", "looks like a lost decimal point"),
        ("0", "0", "got 0, 0"),
        ("139.0", "51.0", "Expected a place in Japan"),
        ("-46000", "62000", "Expected a place in Japan"),
        ("NaN", "36.56", "Expected degrees as a number"),
        ("inf", "36.56", "Expected degrees as a number"),
        ("east", "36.56", "Expected degrees as a number"),
        ("", "36.56", "Expected both lon and lat"),
        ("", "", "Expected lon and lat, got empty cells"),
        ("136.95", "36.56", "within the city's box"),
    ],
)
def test_bad_place_is_told_by_its_kind(tmp_path, lon, lat, reason):
    bad = f"H2,{lon},{lat},,1,1,1,,\n"
    parsed = read(tmp_path, HEAD + GOOD + bad, bounds=(136.5, 36.3, 136.9, 36.7))
    errors = told(parsed)
    assert len(errors) == 1
    assert errors[0][0] == 3  # heading 1, first data row 2
    assert reason in errors[0][2]
    assert parsed.report.refused
    assert parsed.report.rejected == 1
    assert parsed.frame["household_id"].tolist() == ["H1"]


def test_point_on_the_edge_of_the_city_box_is_inside(tmp_path):
    parsed = read(tmp_path, HEAD + GOOD, bounds=(136.65, 36.56, 136.9, 36.7))
    assert not parsed.report.problems


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("visits_per_month", "-1", "from 0 to"),
        ("visits_per_month", "", "got an empty cell"),
        ("visits_per_month", "0.04", "at least 1 visit a year"),  # 0.48 visits a year would vanish
        ("visits_per_month", "two", "Expected a number"),
        ("weight", "-0.1", "from 0 to"),
        ("consent", "5", "from 0 to 4"),
        ("consent", "9", "from 0 to 4"),
        ("consent", "はい", "Expected a number"),
        ("consent", "2.5", "whole number"),
        ("valid_from", "2025-02-30", "Expected a date"),
        ("household_id", "", "got an empty cell"),
        ("household_id", "H" * 41, "at most 40 characters"),
    ],
)
def test_bad_cell_names_its_row_and_column(tmp_path, column, value, reason):
    row = dict(
        zip(HEAD.strip().split(","), ["H2", "136.65", "36.56", "", "1", "1", "1", "", ""], strict=True)
    )
    row[column] = value
    errors = told(read(tmp_path, HEAD + GOOD + ",".join(row.values()) + "\n"))
    assert [(error[0], error[1]) for error in errors] == [(3, column)]
    assert reason in errors[0][2]


def test_every_row_of_a_repeated_id_is_named(tmp_path):
    parsed = read(tmp_path, HEAD + GOOD + GOOD.replace("H1", "H2") + GOOD)
    assert [(row, column) for row, column, _ in told(parsed)] == [(2, "household_id"), (4, "household_id")]
    assert parsed.report.rejected == 2


def test_all_errors_are_reported_not_only_the_first(tmp_path):
    rows = "".join(f"H{n},136.65,36.56,,-1,1,9,,\n" for n in range(500))
    parsed = read(tmp_path, HEAD + rows)
    assert (len(parsed.report.errors), parsed.report.rejected) == (1000, 500)  # two bad cells in each row


def test_old_tokyo_datum_moves_the_point_when_named(tmp_path):
    plain = read(tmp_path, HEAD + GOOD).frame.geometry[0]
    moved = read(tmp_path, HEAD + GOOD, crs="EPSG:4301")
    # about 0.0029 degrees west and 0.0031 north in Hokuriku (data-formats section 3)
    assert moved.frame.geometry[0].x - plain.x == pytest.approx(-0.0029, abs=2e-4)
    assert moved.frame.geometry[0].y - plain.y == pytest.approx(0.0031, abs=2e-4)
    assert (moved.report.crs, moved.report.crs_source) == ("EPSG:4301", "given")


def test_plane_rectangular_metres_are_read_when_named(tmp_path):
    # the origin of zone VII is 36 N, 137 10' E: x = y = 0 there
    parsed = read(tmp_path, HEAD + "H1,0,0,,1,1,1,,\n", crs="EPSG:6675")
    assert parsed.frame.geometry[0].x == pytest.approx(137 + 10 / 60)
    assert parsed.frame.geometry[0].y == pytest.approx(36)


def test_wholly_wrong_crs_is_doubted_in_words(tmp_path):
    parsed = read(tmp_path, HEAD + "H1,-46000.5,62000.5,,1,1,1,,\nH2,-46001.5,62000.5,,1,1,1,,\n")
    assert parsed.report.rejected == 2
    assert [problem.reason for problem in parsed.report.warnings] == [
        "Most points lie outside Japan: the coordinates may be in another CRS. Pass --crs."
    ]


def test_unknown_column_is_a_warning_without_its_cells(tmp_path):
    parsed = read(tmp_path, HEAD.strip() + ",氏名\n" + GOOD.strip() + ",山田\n")
    assert not parsed.report.refused
    warning = parsed.report.warnings[0]
    assert (warning.row, warning.column, warning.value) == (1, "氏名", "")
    assert "山田" not in str(parsed.report.to_dict(personal=False))


def test_report_of_personal_layers_keeps_no_cell_values(tmp_path):
    parsed = read(tmp_path, HEAD + "H1,36.56123,136.65123,,-7.25,1,1,,\n")
    kept = str(parsed.report.to_dict(personal=True))
    assert "36.56123" not in kept
    assert "-7.25" not in kept
    assert parsed.report.to_dict(personal=True)["problems"][0]["row"] == 2
    assert "36.56123" in str(parsed.report.to_dict(personal=False))


def test_missing_columns_name_what_was_found_and_the_remedy(tmp_path):
    with pytest.raises(
        ImportRefusedError, match=r"Expected columns lat, visits_per_month, got household_id, lon.*--map"
    ):
        read(tmp_path, "household_id,lon\nH1,136.6\n")


def test_unknown_crs_is_refused(tmp_path):
    with pytest.raises(ImportRefusedError, match="Expected a known CRS, got 'EPSG:99999'"):
        read(tmp_path, HEAD + GOOD, crs="EPSG:99999")


def test_rows_of_two_files_keep_their_file_names(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEAD + GOOD)
    parsed = parse("households", [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [(problem.file, problem.row) for problem in parsed.report.errors] == [("a.csv", 2), ("b.csv", 2)]
