"""The command: its files, its JSON, its exit codes, and what bad input gets."""

import csv
import io
import json
import zipfile

import pandas as pd
import pytest
from typer.testing import CliRunner

from app.analysis_files import ANALYSIS_FILES
from app.cli import app
from geodata.read import count_loaded, read_areas, read_dataset
from geodata.session import Store
from tests import demo_store

HOUSEHOLD = "household_id,lon,lat,household_type,visits_per_month,weight,consent,needs,valid_from\n"


@pytest.fixture
def url(demo_file, tmp_path):
    return demo_store.copy(demo_file, tmp_path)


def run(*arguments, url=None):
    """Run the command and return its exit code, its JSON object (or text) and what it said to stderr."""
    database = ["--database", url] if url else []
    result = CliRunner().invoke(app, [*map(str, arguments), *database])
    return result


def as_json(*arguments, url):
    result = run(*arguments, "--json", url=url)
    return result.exit_code, json.loads(result.stdout)


def digest(url):
    store = Store(url)
    with store.begin() as session:
        state = count_loaded(session), read_dataset(session).revision
    store.close()
    return state


# --- what the commands write ------------------------------------------------------------------------------


def test_analyse_writes_its_files_and_tells_the_figures(url, tmp_path):
    code, told = as_json("analyse", "--out", tmp_path / "out", url=url)
    assert code == 0
    assert told["status"] == "done"
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(ANALYSIS_FILES)
    assert told["households"]["households"] == demo_store.HOUSEHOLDS
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["synthetic"] is True
    assert summary["households"] == told["households"]


def test_files_of_the_same_state_are_written_again_only_when_asked(url, tmp_path):
    out = tmp_path / "out"
    as_json("analyse", "--out", out, url=url)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    code, told = as_json("analyse", "--out", out, "--unless-done", url=url)
    assert (code, told["status"]) == (0, "unchanged")
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    as_json("assign", "--apply", "--out", tmp_path, url=url)  # a new revision
    _, told = as_json("analyse", "--out", out, "--unless-done", url=url)
    assert told["status"] == "done"


def test_planning_tables_and_maps_show_no_count_from_one_to_nine(url, tmp_path):
    run("analyse", "--season", "snow", "--out", tmp_path / "out", url=url)
    table = pd.read_csv(tmp_path / "out" / "districts.csv", dtype=str)
    counts = table.drop(columns=["layer", "code", "name"])
    assert not counts.isin([str(number) for number in range(1, 10)]).any(axis=None)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    shown = [value for value in summary["households"].values() if value is not None]
    assert all(value == 0 or value >= 10 for value in shown)
    cells = json.loads((tmp_path / "out" / "gaps.geojson").read_text(encoding="utf-8"))
    assert all(cell["properties"]["missed"] >= 10 for cell in cells["features"])


def test_analysing_one_district_writes_what_its_coordinator_may_see(url, tmp_path):
    code, _ = as_json("analyse", "--district", "K01", "--out", tmp_path / "out", url=url)
    assert code == 0
    points = json.loads((tmp_path / "out" / "gaps.geojson").read_text(encoding="utf-8"))
    assert points["features"]
    assert all(point["geometry"]["type"] == "Point" for point in points["features"])
    assert "架空データ" in points["name"]


def test_an_unknown_district_is_refused_with_the_ones_there_are(url, tmp_path):
    result = run("analyse", "--district", "K99", "--out", tmp_path / "out", url=url)
    assert result.exit_code == 1
    assert "K01" in result.stderr


def test_assign_proposes_first_and_changes_the_register_only_when_told(url, tmp_path):
    before = digest(url)
    code, proposed = as_json("assign", "--out", tmp_path, url=url)
    assert (code, proposed["applied"]) == (0, False)
    assert digest(url) == before
    rows = list(csv.DictReader(io.StringIO((tmp_path / "moves.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == proposed["moves"] > 0
    code, applied = as_json("assign", "--apply", "--out", tmp_path, url=url)
    assert (code, applied["applied"]) == (0, True)
    assert applied["revision"] == before[1] + 1
    assert applied["after"] == proposed["after"]


def test_rounds_write_sheets_gpx_and_a_table(url, tmp_path):
    code, told = as_json(
        "rounds", "--district", "K01", "--month", "2099-05", "--out", tmp_path / "r", url=url
    )
    assert code == 0
    names = [path.name for path in (tmp_path / "r").iterdir()]
    assert "rounds.pdf" in names
    assert "rounds.csv" in names
    assert sum(name.endswith(".gpx") for name in names) == told["watchers"] > 0


def test_a_district_may_be_named_and_a_month_that_is_over_is_refused(url, tmp_path):
    store = Store(url)
    with store.begin() as session:
        name = read_areas(session, "community")["name"]["K01"]
    store.close()
    code, told = as_json("rounds", "--district", name, "--out", tmp_path / "r", url=url)
    assert (code, told["district"]) == (0, "K01")
    code, told = as_json(
        "rounds", "--district", "K01", "--month", "2020-01", "--out", tmp_path / "r", url=url
    )
    assert (code, told["status"]) == (1, "refused")
    code, told = as_json("rounds", "--district", "K01", "--watcher", "nobody", "--out", tmp_path, url=url)
    assert (code, told["status"]) == (1, "refused")


def test_the_council_sheet_comes_as_pdf_and_picture(url, tmp_path):
    result = run("sheet", "council", "--size", "A3", "--out", tmp_path / "s", url=url)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "s" / "council.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "s" / "council.png").read_bytes().startswith(b"\x89PNG")


def test_summaries_speak_english_when_asked(url, tmp_path):
    result = run("sheet", "council", "--language", "en", "--out", tmp_path, url=url)
    assert "Files written" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyse", "--season", "rain"),
        ("analyse", "--date", "yesterday"),
        ("sheet", "poster"),
        ("sheet", "council", "--size", "A4"),
        ("sheet", "round"),
        ("rounds", "--district", "K01", "--month", "May"),
        ("rounds",),
        ("import",),
        ("dance",),
    ],
)
def test_wrong_usage_ends_with_two(url, arguments):
    assert run(*arguments).exit_code == 2


def test_an_empty_database_is_refused_in_one_sentence(tmp_path):
    result = run("analyse", "--out", tmp_path, "--language", "en", url=f"sqlite:///{tmp_path / 'none.db'}")
    assert result.exit_code == 1
    assert "mimamori demo" in result.stderr
    assert "Traceback" not in result.output


def test_a_city_without_districts_or_households_is_told_what_is_missing(tmp_path):
    new = f"sqlite:///{tmp_path / 'new.db'}"
    first = ("--name", "x", "--date", "2026-04-01", "--language", "en")
    square = [[136.60, 36.50], [136.70, 36.50], [136.70, 36.60], [136.60, 36.60], [136.60, 36.50]]
    town = {
        "type": "Feature",
        "properties": {"code": "T1", "name": "甲"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    towns = tmp_path / "towns.geojson"
    towns.write_text(json.dumps({"type": "FeatureCollection", "features": [town]}), encoding="utf-8")
    households = tmp_path / "h.csv"
    households.write_text(bad_households(good_rows()), encoding="utf-8")
    assert run("import", "neighbourhoods", towns, *first, url=new).exit_code == 0
    for missing, then in (("Expected households", households), ("Expected community or school", None)):
        result = run("analyse", "--out", tmp_path / "out", "--language", "en", url=new)
        assert result.exit_code == 1, result.output
        assert missing in result.stderr
        assert not (tmp_path / "out").exists()
        if then is not None:
            assert run("import", "households", then, url=new).exit_code == 0


# --- what bad input gets ----------------------------------------------------------------------------------


def good_rows(count=3):
    return [f"N{number},136.65{number},36.56,single_75,1,1,2,,2026-04-01" for number in range(count)]


def bad_households(rows):
    return HOUSEHOLD + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (HOUSEHOLD, ""),
        (bad_households([*good_rows(), good_rows()[0]]), "N0"),
        (bad_households(["N9,36.56,136.65,single_75,1,1,2,,"]), "swapped"),
        (bad_households(["N9,,36.56,single_75,1,1,2,,"]), ""),
        (bad_households(["N9,nan,36.56,single_75,1,1,2,,"]), ""),
        (bad_households(["N9,2.35,48.85,single_75,1,1,2,,"]), ""),
        (bad_households(["N9,136.65,36.56,single_75,-1,1,2,,"]), ""),
        (bad_households(["N9,136.65,36.56,single_75,1,1,9,,"]), ""),
        (bad_households(["N9,136.65,36.56,single_75,1,1,2,,yesterday"]), ""),
        ("who,where\nx,y\n", "--map"),
        (bad_households(["../N9,136.65,36.56,single_75,1,1,2,,"]), "letters, digits"),
    ],
    ids=[
        "empty file", "no rows", "duplicate id", "swapped", "missing lon", "nan", "out of range",
        "negative visits", "unknown consent", "bad date", "unknown columns", "id that climbs",
    ],
)  # fmt: skip
def test_bad_households_are_refused_and_the_database_stays(url, tmp_path, text, reason):
    before = digest(url)
    file = tmp_path / "h.csv"
    file.write_text(text, encoding="utf-8")
    result = run("import", "households", file, "--language", "en", url=url)
    assert result.exit_code == 1, result.output
    assert reason in result.output
    assert "Traceback" not in result.output
    assert digest(url) == before


def test_an_undecodable_file_is_refused(url, tmp_path):
    file = tmp_path / "h.csv"
    file.write_bytes(bad_households(good_rows()).encode("utf-16"))
    before = digest(url)
    result = run("import", "households", file, "--language", "en", url=url)
    assert result.exit_code == 1
    assert digest(url) == before


def test_a_zip_that_climbs_out_is_refused(url, tmp_path):
    file = tmp_path / "d.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../x.geojson", "{}")
    result = run("import", "school-districts", file, url=url)
    assert result.exit_code == 1
    assert not (tmp_path.parent / "x.geojson").exists()


def test_a_self_crossing_district_is_mended_and_told(url, tmp_path):
    bow_tie = [[136.60, 36.50], [136.61, 36.51], [136.61, 36.50], [136.60, 36.51], [136.60, 36.50]]
    feature = {
        "type": "Feature",
        "properties": {"code": "X1", "name": "蝶"},
        "geometry": {"type": "Polygon", "coordinates": [bow_tie]},
    }
    file = tmp_path / "d.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    code, told = as_json("import", "community-districts", file, "--dry-run", url=url)
    assert code == 0
    assert told["status"] == "dry run"
    assert {repair["what"] for repair in told["report"]["repairs"]} == {"geometries made valid"}


def test_a_wrong_crs_is_refused(url, tmp_path):
    file = tmp_path / "h.csv"
    file.write_text(bad_households(good_rows()), encoding="utf-8")
    before = digest(url)
    result = run("import", "households", file, "--crs", "EPSG:6675", url=url)
    assert result.exit_code == 1
    result = run("import", "households", file, "--crs", "moon", url=url)
    assert result.exit_code == 1
    assert digest(url) == before


def test_a_refused_import_still_tells_everything_as_json(url, tmp_path):
    file = tmp_path / "h.csv"
    file.write_text(bad_households(["N9,36.56,136.65,single_75,1,1,2,,"]), encoding="utf-8")
    code, told = as_json("import", "households", file, url=url)
    assert code == 1
    assert told["status"] == "refused"
    assert told["report"]["rejected"] == 1
    assert told["report"]["problems"][0]["row"] == 2
