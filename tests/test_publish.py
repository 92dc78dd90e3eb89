"""Publishing the small demo city: all that is printed was attacked, or nothing is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select, update

from analysis.public_reading import PrintedTables
from app import publish as command
from app.publish import PublishRequest, make_release
from app.reports import council_content
from app.services import coverage, public_protection, publication
from app.services.errors import RequestError
from app.services.public_files import HIDDEN, read_tables_of, write_tables
from app.services.publishing import PublicationRefusedError
from app.ui.text import LANGUAGES, Words
from geodata.errors import AccessRefusedError, ConflictError, StoreNotReadyError
from geodata.models import AuditEvent, Household, Release, ReleaseFile
from geodata.session import Store
from geodata.viewer import Viewer
from tests import demo_store
from tests.demo_store import PLANNER
from tests.test_cli import as_json

JA = Words("ja")
APRIL, OCTOBER = dt.date(2026, 4, 1), dt.date(2026, 10, 1)
FILES = {
    *("districts.csv", "joined_areas.csv", "joined_areas.geojson", "city.csv"),
    *("council.pdf", "council.png", "method.md", "audit.json"),
}


def make(store, out=None, *, viewer=PLANNER, date=APRIL, season="normal", preview=False):
    request = PublishRequest(season, out, preview, date)
    return make_release(store, viewer, request, words=JA, tell=lambda _step: None)


def register(store):
    with store.begin() as session:
        return session.scalars(select(Release)).all(), session.scalars(select(ReleaseFile)).all()


@pytest.fixture(scope="module")
def given_out(demo_file, tmp_path_factory):
    """Publish the demo city once: the store, the folder, what came of it, and the content of the sheet."""
    folder = tmp_path_factory.mktemp("published")
    store = Store(demo_store.copy(demo_file, folder))
    contents = []
    write = command.write_council_sheet
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            command,
            "write_council_sheet",
            lambda path, content, **options: (contents.append(content), write(path, content, **options)),
        )
        made = make(store, folder / "out")
    yield store, folder / "out", made, contents[0]
    store.close()


def tables_in(folder):
    return read_tables_of({file.name: file.read_bytes() for file in folder.iterdir()})


def test_release_writes_all_files_and_records_them_as_they_are(given_out):
    store, out, made, _ = given_out
    assert {file.name for file in out.iterdir()} == FILES == set(made.files)
    releases, files = register(store)
    assert [(one.reference_date, one.fiscal_year, one.made_by) for one in releases] == [(APRIL, 2026, "test")]
    recorded = {file.name: file.sha256 for file in files}
    assert recorded == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in out.iterdir()}
    assert made.report["passed"] and made.report["exactly_known"] == 0


def test_no_file_prints_a_count_from_one_to_nine(given_out):
    _, out, _, _ = given_out
    tables = tables_in(out)
    counts = tables.layers["community"][["households", "watched", "gap"]]
    assert ((counts >= 10) | counts.isna()).all(axis=None)
    assert all(value is None or value >= 10 for value in tables.city.values())
    assert "<10" not in "".join(
        (out / name).read_text("utf-8-sig") for name in FILES if name.endswith(".csv")
    )


def test_council_sheet_prints_the_very_cells_of_the_tables(given_out):
    _, out, _, content = given_out
    tables = tables_in(out)
    counts = ["households", "watched", "gap"]
    drawn = pd.DataFrame(content.districts)[counts]
    printed = tables.layers["community"][counts].reindex(drawn.index)
    pd.testing.assert_frame_equal(drawn, printed, check_names=False)
    assert {**content.totals, **content.gap_classes} == tables.city
    text = "".join(page.extract_text() for page in PdfReader(out / "council.pdf").pages)
    assert f"{content.totals['households']:,}" in text and "下書き" not in text


def test_colours_of_the_map_follow_from_printed_counts_alone(given_out):
    _, _, _, content = given_out
    districts = content.districts
    share = 100 * districts["gap"] / districts["households"]
    breaks = [100 * one for one in content.share_breaks]
    expected = sum((share >= one).astype("Int64") for one in breaks)
    assert districts["gap_share_class"].isna().equals(districts["gap"].isna())
    assert (districts["gap_share_class"] == expected).fillna(True).all()


def test_files_hold_nobody_and_metadata_nothing_but_title_and_day(given_out):
    store, out, _, _ = given_out
    with store.begin() as session:
        ids = set(session.scalars(select(Household.household_id)))
    text = "".join(file.read_bytes().decode("utf-8", "replace") for file in out.iterdir())
    assert not ids & set(re.findall(r"[A-Z]\w+", text))
    assert set(PdfReader(out / "council.pdf").metadata) <= {"/Title", "/CreationDate"}
    assert set(Image.open(out / "council.png").info) <= {"Title", "dpi", "Creation Time"}
    assert "secrets" not in json.loads((out / "audit.json").read_text())


def test_map_of_areas_says_its_table_and_covers_districts_whole(given_out):
    _, out, _, content = given_out
    areas = gpd.read_file(f"GeoJSON:{out / 'joined_areas.geojson'}")
    assert set(areas.columns) == {"area", "district", "district_name", "class", "geometry"}
    table = tables_in(out).layers["joined"]
    assert set(areas["area"]) == set(table.index)
    whole = content.districts.geometry.area.sum()
    assert areas.set_crs(6668, allow_override=True).to_crs(content.districts.crs).area.sum() == pytest.approx(
        whole, rel=0.01
    )  # cells without a home are in it too
    assert set(areas["class"]) <= {"mostly_watched", "less_watched", HIDDEN}


def test_map_that_tells_more_than_its_table_is_refused(given_out):
    _, out, _, _ = given_out
    files = {file.name: file.read_bytes() for file in out.iterdir()}
    features = json.loads(files["joined_areas.geojson"])
    features["features"][0]["properties"]["watched"] = 7
    with pytest.raises(RequestError, match="difference"):
        read_tables_of(files | {"joined_areas.geojson": json.dumps(features).encode()})


def test_second_release_of_the_year_keeps_areas_and_what_is_hidden(given_out, tmp_path):
    store, out, _, _ = given_out
    folder = tmp_path / "copy"
    folder.mkdir()
    other = Store(copy_of(store, folder))
    make(other, tmp_path / "second", date=OCTOBER)
    first, second = tables_in(out), tables_in(tmp_path / "second")
    assert list(first.layers["joined"].index) == list(second.layers["joined"].index)
    for layer in ("community", "joined"):
        before, after = first.layers[layer].isna(), second.layers[layer].isna()
        assert not (before & ~after).any(axis=None)
    assert {name for name, value in first.city.items() if value is None} <= {
        name for name, value in second.city.items() if value is None
    }
    assert register(other)[0][1].audit["releases_joined"] == 2
    with pytest.raises(RequestError, match="after the last release"):
        make(other, date=APRIL)
    other.close()


def test_another_season_within_the_fiscal_year_is_refused(given_out):
    store, _, _, _ = given_out
    with pytest.raises(RequestError, match="season"):
        make(store, date=OCTOBER, season="snow")


def test_release_of_an_ordinary_day_is_refused(demo):
    with pytest.raises(RequestError, match="1 April or 1 October"):
        make(demo, date=dt.date(2026, 4, 2))


@pytest.mark.parametrize("role", ["council", "coordinator", "watcher", "auditor"])
def test_other_roles_publish_nothing_and_leave_a_trace(demo, tmp_path, role):
    viewer = Viewer(
        "test",
        role,
        ("D1",) if role == "coordinator" else (),
        purpose="test",
        watcher_id="W1" if role == "watcher" else None,
    )
    with pytest.raises(AccessRefusedError, match="planner or an administrator"):
        make(demo, tmp_path / "out", viewer=viewer)
    with demo.begin() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.act == "refuse")).all()
    assert [(event.role, event.object_kind) for event in refused] == [(role, "release")]
    assert not (tmp_path / "out").exists() and register(demo) == ([], [])


def test_release_the_attack_breaks_writes_and_records_nothing(demo, tmp_path, monkeypatch):
    def telling(tables: PrintedTables) -> PrintedTables:
        city = dict(tables.city)
        city["reach"] = 3  # a printed count that contradicts the rest
        return PrintedTables(tables.layers, city)

    monkeypatch.setattr(public_protection, "read_tables_of", lambda files: telling(read_tables_of(files)))
    with pytest.raises(PublicationRefusedError, match="Nothing was published"):
        make(demo, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == list(tmp_path.glob(".release*")) == []
    assert register(demo) == ([], [])


def test_folder_that_holds_files_is_never_overwritten(demo, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("keep")
    with pytest.raises(OSError):
        make(demo, tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["letter.txt"]
    assert register(demo) == ([], [])


def test_preview_reports_and_records_nothing(demo):
    made = make(demo, preview=True)
    assert made.number is None and made.report["passed"]
    assert register(demo) == ([], [])


def test_published_file_changed_in_the_store_is_told(given_out, tmp_path):
    store = Store(copy_of(given_out[0], tmp_path))
    with store.begin(write=True) as session:
        session.execute(update(ReleaseFile).where(ReleaseFile.name == "city.csv").values(content=b"x"))
    with pytest.raises(StoreNotReadyError, match=r"city\.csv changed"):
        publication.release_files(store, 1)
    store.close()


def test_two_who_publish_at_once_leave_one_release(given_out, tmp_path, monkeypatch):
    store = Store(copy_of(given_out[0], tmp_path))
    monkeypatch.setattr(publication, "_check_time", lambda *_told: None)  # the other was not there yet
    monkeypatch.setattr(publication, "read_register", lambda *_told: [])
    with pytest.raises(ConflictError, match="not replaced"):
        make(store, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    store.close()


def test_sheet_of_the_analysis_stays_a_draft(demo):
    figures = coverage.load_city_figures(demo, PLANNER, "normal", APRIL)
    assert council_content(demo, figures, "community", JA, APRIL).draft


def test_code_that_would_start_a_formula_reads_back_the_same(tmp_path):
    table = pd.DataFrame({"households": [40], "watched": [30], "gap": [10], "class": [None]}, index=["=1+1"])
    table = table.astype({name: "Int64" for name in ("households", "watched", "gap")})
    joined = pd.DataFrame({"district": ["=1+1"], "class": ["mostly_watched"]}, index=["=1+1-01"])
    shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([136.6], [36.5]), index=["=1+1-01"], crs=6668)
    tables = PrintedTables({"community": table, "joined": joined}, {"households": 40})
    write_tables(tmp_path, tables, shapes, names=pd.Series({"=1+1": "@x"}), note="n")
    assert "'=1+1" in (tmp_path / "districts.csv").read_text("utf-8-sig")
    again = tables_in(tmp_path)
    assert list(again.layers["community"].index) == ["=1+1"]
    assert list(again.layers["joined"].index) == ["=1+1-01"]


def test_one_mark_stands_for_everything_hidden_in_both_languages():
    assert {Words(language)("hidden") for language in LANGUAGES} == {HIDDEN}


def test_commands_publish_and_list_what_was_published(demo_file, tmp_path):
    url = demo_store.copy(demo_file, tmp_path)
    code, told = as_json("publish", "--out", tmp_path / "out", url=url)
    assert (code, told["release"], told["audit"]["exactly_known"]) == (0, 1, 0)
    code, told = as_json("releases", url=url)
    assert code == 0 and set(told["releases"][0]["files"]) == FILES


def copy_of(store, folder):
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return demo_store.copy(Path(store.engine.url.database), folder)
