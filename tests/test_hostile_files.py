"""Files made to harm: bombs, entities, paths that climb, signs that turn text, scripts and SQL as names."""

import time
import zipfile
from dataclasses import replace

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pypdf
import pytest
import shapely
from sqlalchemy import select

from app.services import coverage
from app.services.errors import RequestError
from app.sheets.council import write_council_sheet
from app.ui import maps
from app.ui.escaping import for_html, for_markdown
from app.ui.text import Words
from geodata import access
from geodata.errors import AccessRefusedError, ImportRefusedError
from geodata.exporters import safe_name, write_csv
from geodata.importers import ImportOptions, parse
from geodata.models import Area, Household
from geodata.write import upsert_frame
from tests import screen_city
from tests.demo_store import PLANNER, coordinator
from tests.test_maps import json_texts
from tests.test_services import DAY, a_district
from tests.test_sheets import council, with_districts

SCRIPTS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "${alert(1)}",
    "`${alert(1)}`",
    "</textarea><svg onload=alert(1)>",
    "'\"><b>",
    "{{7*7}}",
)
FORMULAS = ("=cmd|'/c calc'!A1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "＠SUM(A1)")
INJECTIONS = (
    "x'; DROP TABLE household; --",
    "' OR '1'='1",
    "x' UNION SELECT * FROM watcher --",
    "%",
    "_",
    "",
)
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HEAD = "household_id,lon,lat,visits_per_month,household_type\n"


def households(tmp_path, *rows):
    file = tmp_path / "h.csv"
    file.write_text(HEAD + "".join(row + "\n" for row in rows), encoding="utf-8")
    return parse("households", [file], ImportOptions())


# --- signs that turn the writing direction -----------------------------------------------------------------


@pytest.mark.parametrize("sign", TURNING, ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_sign_that_turns_the_text_is_taken_out_and_told(tmp_path, sign):
    parsed = households(tmp_path, f"H{sign}1,136.65,36.56,1,single{sign}75")
    assert not parsed.report.refused
    assert parsed.frame["household_id"].tolist() == ["H1"]
    assert parsed.frame["household_type"].tolist() == ["single75"]
    assert dict(parsed.report.repairs)["cells with signs that turn the writing direction"] == 2


def test_two_ids_that_differ_by_an_invisible_sign_are_one(tmp_path):
    report = households(tmp_path, "H1,136.65,36.56,1,a", "H1\u202e,136.66,36.56,1,a").report
    assert report.refused
    assert "once" in report.errors[0].reason


def test_a_district_named_backwards_is_straightened(tmp_path):
    square = shapely.box(136.60, 36.50, 136.61, 36.51)
    areas = {"code": ["1"], "name": ["\u202e甲乙"], "household_count": [5]}
    file = tmp_path / "d.geojson"
    gpd.GeoDataFrame(areas, geometry=[square], crs="EPSG:6668").to_file(file, driver="GeoJSON")
    parsed = parse("community-districts", [file], ImportOptions(crs="EPSG:6668"))
    assert parsed.frame["name"].tolist() == ["甲乙"]
    assert parsed.frame["household_count"].tolist() == [5]


def test_ordinary_text_is_left_as_it_is(tmp_path):
    parsed = households(tmp_path, "H1,136.65,36.56,1,高齢 単身")
    assert parsed.report.repairs[0][0] != "cells with signs that turn the writing direction"
    assert parsed.frame["household_type"].tolist() == ["高齢 単身"]


# --- bombs ------------------------------------------------------------------------------------------------


def workbook(path, sheet):
    """Write a small workbook and put ``sheet`` in the place of its first sheet."""
    book = openpyxl.Workbook()
    book.active.append(["household_id"])
    book.save(path.with_suffix(".tmp"))
    with zipfile.ZipFile(path.with_suffix(".tmp")) as old, zipfile.ZipFile(path, "w", 8) as new:
        for entry in old.namelist():
            content = sheet if entry == "xl/worksheets/sheet1.xml" else old.read(entry)
            new.writestr(entry, content)
    return path


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{}</sheetData></worksheet>"
)
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1">' + CELL.format("A1", "household_id") + "</row>"
        '<row r="999999999999">' + CELL.format("A999999999999", "H1") + "</row>",
        "".join(f'<row r="{n}">' + CELL.format(f"XFD{n}", "x") + "</row>" for n in range(1, 3000)),
    ],
    ids=["a row very far down", "cells very far right"],
)
def test_a_small_workbook_that_names_far_places_is_refused_quickly(tmp_path, rows):
    file = workbook(tmp_path / "h.xlsx", SHEET.format(rows))
    assert file.stat().st_size < 100_000
    start = time.monotonic()
    with pytest.raises(ImportRefusedError, match="Split the file"):
        parse("households", [file], ImportOptions())
    assert time.monotonic() - start < 30


def test_a_workbook_whose_entities_multiply_is_refused(tmp_path):
    entities = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
    )
    sheet = entities + "]>" + SHEET.format('<row r="1">' + CELL.format("A1", "&m;") + "</row>")
    with pytest.raises(ImportRefusedError):
        parse("households", [workbook(tmp_path / "h.xlsx", sheet)], ImportOptions())


def test_a_workbook_reads_no_other_file_of_the_machine(tmp_path):
    (tmp_path / "secret.txt").write_text("household_id")
    sheet = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{tmp_path}/secret.txt">]>' + SHEET.format(
        '<row r="1">' + CELL.format("A1", "&a;") + "</row>"
    )
    with pytest.raises(ImportRefusedError) as refusal:
        parse("households", [workbook(tmp_path / "h.xlsx", sheet)], ImportOptions())
    assert "missing" not in str(refusal.value)  # as it would say of the columns after one was read


def test_a_workbook_that_unpacks_to_far_too_much_is_refused_unread(tmp_path):
    file = tmp_path / "h.xlsx"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry,
    ):
        for _ in range(120):
            entry.write(b" " * 2**20)
    assert file.stat().st_size < 200_000
    with pytest.raises(ImportRefusedError, match="100 MB"):
        parse("households", [file], ImportOptions())


@pytest.mark.parametrize("in_lists", [False, True])
def test_a_parquet_file_that_repeats_a_long_text_is_refused_before_it_is_written_out(tmp_path, in_lists):
    rows, long = 5_000, "x" * 2**20  # 5 GB where each row has its own copy
    line = shapely.to_wkb(shapely.LineString([(136.6, 36.5), (136.61, 36.5)]))
    names = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([long]))
    if in_lists:
        names = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), names)
    table = pa.table({"u": ["1"] * rows, "v": ["2"] * rows, "highway": names, "geometry": [line] * rows})
    about = (
        b'{"version":"1.0.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB",'
        b'"geometry_types":[]}}}'
    )
    file = tmp_path / "s.parquet"
    pq.write_table(table.replace_schema_metadata({b"geo": about}), file)
    assert file.stat().st_size < 2_000_000
    with pytest.raises(ImportRefusedError, match="2 GB decoded"):
        parse("streets", [file], ImportOptions())


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "..\\x", "a/b", "CON:x", "x\u202egpj.exe", "\0x"])
def test_no_name_from_the_data_leaves_the_folder_of_the_output(name):
    safe = safe_name(name)
    assert not set(safe) & set('/\\:.\0"<>|\u202e')


# --- scripts, formulas, SQL -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SCRIPTS)
def test_no_script_survives_the_escaping_for_pages(text):
    shown = for_html(text)
    assert not set(shown) & set("<>`\"'${}\\")
    assert "<" not in for_markdown(text).replace("\\<", "")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_written_table_starts_a_formula(tmp_path, text):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"name": [text], "number": [-1]}))
    read = pd.read_csv(tmp_path / "t.csv", encoding="utf-8-sig", dtype=str)
    assert read["name"][0].startswith("'")
    assert read["number"][0] == "-1"  # numbers stay numbers


@pytest.mark.parametrize("text", [*SCRIPTS, *FORMULAS, *(one for one in INJECTIONS if one != "_")])
def test_ids_that_are_code_are_refused_at_the_door(tmp_path, text):
    quoted = '"' + text.replace('"', '""') + '"'
    report = households(tmp_path, f"{quoted},136.65,36.56,1,a").report
    assert report.refused


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_filter_is_read_as_sql(demo, text):
    own, _ = a_district(demo)
    with demo.begin(write=True) as session:
        before = len(session.scalars(select(Household.household_id)).all())
        assert access.read_district_households(session, coordinator(text), text).households.empty
    with pytest.raises(RequestError):
        coverage.load_district(demo, coordinator(own), text, "normal", DAY)
    with pytest.raises(AccessRefusedError):
        coverage.explain_household(demo, coordinator(own), text, "normal", DAY)
    with demo.begin() as session:
        assert len(session.scalars(select(Household.household_id)).all()) == before


@pytest.mark.parametrize("text", [SCRIPTS[0], SCRIPTS[2], FORMULAS[0], INJECTIONS[0]])
def test_a_name_that_is_code_is_kept_as_text_and_comes_back_unchanged(demo, text):
    with demo.begin(write=True) as session:
        code = session.scalars(select(Area.code).where(Area.layer == "community").order_by(Area.code)).first()
        upsert_frame(session, Area, pd.DataFrame({"area_id": [f"community:{code}"], "name": [text]}))
    figures = coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    assert figures.layers["community"].loc[code, "name"] == text


@pytest.mark.parametrize("text", ["$\\frac{1}{$", "<b>x</b>", "${x}", "{hole}", "=1+1", "\\input{x}"])
def test_a_name_that_is_code_is_printed_letter_by_letter(tmp_path, text):
    content = council(6)
    write_council_sheet(tmp_path / "c.pdf", with_districts(content, name=[text] * 6))
    printed = pypdf.PdfReader(tmp_path / "c.pdf").pages[0].extract_text()
    assert text in printed
    assert pypdf.PdfReader(tmp_path / "c.pdf").get_fields() is None


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_district_named_as_a_script_enters_no_map_as_one(text):
    shapes = {"community": screen_city.shapes(), "school": screen_city.shapes("school")}
    figures = screen_city.figures()
    layers = {layer: counts.assign(name=text) for layer, counts in figures.layers.items()}
    page = json_texts(maps.standalone_gap_map(replace(figures, layers=layers), shapes, None, Words("ja")))
    assert for_html(text) in page
    assert text not in page
