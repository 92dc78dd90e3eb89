"""Displaced points of the demo city: who gets them, and an import that keeps no exact point."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from app.cli import app
from app.services import masking
from app.services.imports import DatasetSpec, import_files
from app.services.masking import FOR_GOOD, FROM_FILE, FROM_STREETS, Hiding
from geodata import approvals
from geodata.errors import AccessRefusedError, ImportRefusedError
from geodata.importers import ImportOptions
from geodata.importers.dwellings import read_dwellings
from geodata.models import Household
from geodata.read import read_frame
from geodata.viewer import Viewer
from tests.demo_store import OPERATOR, PLANNER, coordinator

DAY = dt.date(2026, 4, 1)
KEEPER = Viewer("keeper", "administrator", purpose="test")


def stored(store) -> gpd.GeoDataFrame:
    with store.begin() as session:
        return read_frame(session, select(Household), Household, index="household_id").to_crs(6675)


def test_who_runs_the_machine_gets_points_without_register_ids(demo):
    found = masking.mask_city(demo, OPERATOR, "normal", DAY, hiding=Hiding(2026))
    assert found.source == FROM_STREETS
    homes = stored(demo)
    assert not set(found.points.index) & set(homes.index)
    assert list(found.points.columns) == ["community_district", "status", "gap_class", "geometry"]
    assert found.report.k[0] >= 10
    assert found.report.homes == (homes["consent"] > 0).sum()
    assert found.errors.loc["community", "elsewhere"] == 0
    again = masking.mask_city(demo, OPERATOR, "normal", DAY, hiding=Hiding(2026))
    assert again.points.geometry.geom_equals(found.points.geometry).all()


def test_a_planner_needs_a_second_person_s_leave_for_each_copy(demo):
    with pytest.raises(AccessRefusedError, match="second person's leave"):
        masking.mask_city(demo, PLANNER, "normal", DAY, hiding=Hiding(2026))
    masking.ask_leave(demo, PLANNER, DAY, "map for the welfare council")
    with demo.begin(write=True) as session:
        waiting = approvals.list_requests(session, PLANNER)[0]
        approvals.give_leave(session, KEEPER, waiting.approval_id)
    assert len(masking.mask_city(demo, PLANNER, "normal", DAY, hiding=Hiding(2026)).points)
    with pytest.raises(AccessRefusedError, match="second person's leave"):
        masking.mask_city(demo, PLANNER, "normal", DAY, hiding=Hiding(2026))


@pytest.mark.parametrize(
    "viewer",
    [
        coordinator("K01"),
        Viewer("a", "auditor"),
        Viewer("w", "watcher", watcher_id="W00001"),
        KEEPER,
        Viewer("c", "council"),
    ],
)
def test_no_other_role_gets_a_displaced_point(demo, viewer):
    with pytest.raises(AccessRefusedError):
        masking.mask_city(demo, viewer, "normal", DAY, hiding=Hiding(2026))


def test_a_refusal_takes_a_household_out_of_the_next_copy(demo):
    before = masking.mask_city(demo, OPERATOR, "normal", DAY, hiding=Hiding(2026))
    name = stored(demo).query("consent > 1").index[0]
    with demo.begin(write=True) as session:
        session.execute(text("UPDATE household SET consent = 0 WHERE household_id = :id"), {"id": name})
    after = masking.mask_city(demo, OPERATOR, "normal", DAY, hiding=Hiding(2026))
    assert len(before.points) - len(after.points) == 1


def households_file(tmp_path, homes: gpd.GeoDataFrame):
    """Write twenty of the city's households under new ids."""
    some = homes.iloc[:20].to_crs(6668)
    table = pd.DataFrame(
        {
            "household_id": [f"NEW{n:02d}" for n in range(20)],
            "lon": some.geometry.x,
            "lat": some.geometry.y,
            "visits_per_month": 1,
        }
    )
    path = tmp_path / "new.csv"
    table.to_csv(path, index=False)
    return path, some


def import_displaced(store, path, hiding=None):
    return import_files(
        store,
        OPERATOR,
        "households",
        [path],
        options=ImportOptions(),
        spec=DatasetSpec("x", DAY),
        hiding=hiding or Hiding(FOR_GOOD),
    )


def test_an_import_that_displaces_keeps_no_exact_point(demo, tmp_path):
    path, exact = households_file(tmp_path, stored(demo))
    report = import_displaced(demo, path)
    assert dict(report.repairs)["points displaced before they were kept"] == report.written == 20
    assert any("along the streets" in warning.reason for warning in report.warnings)
    kept = stored(demo).loc[[f"NEW{n:02d}" for n in range(20)]]
    assert kept.geometry.distance(exact.to_crs(6675).set_index(kept.index)).min() > 1.0
    assert list(kept["community_district"]) == list(exact["community_district"])
    again = import_displaced(demo, path)
    assert (again.unchanged, again.written, again.updated) == (20, 0, 0)


def test_who_cannot_hide_among_the_dwellings_given_is_left_out_and_counted(demo, tmp_path):
    path, exact = households_file(tmp_path, stored(demo))
    far = gpd.GeoSeries(
        gpd.points_from_xy(exact.geometry.x.iloc[:1].repeat(30) + 0.5, exact.geometry.y.iloc[:1].repeat(30)),
        crs=6668,
    )
    report = import_displaced(demo, path, Hiding(FOR_GOOD, far))
    assert report.written == 0
    assert dict(report.repairs)["households left out: too few dwellings to hide among"] == 20


def test_dwellings_come_from_tables_and_from_buildings(tmp_path):
    (tmp_path / "d.csv").write_text("lon,lat\n136.6,36.5\n136.6,36.5\n", encoding="utf-8")
    assert len(read_dwellings(tmp_path / "d.csv")) == 2
    square = gpd.GeoSeries.from_wkt(["POLYGON ((136.6 36.5, 136.7 36.5, 136.7 36.6, 136.6 36.5))"], crs=6668)
    square.to_file(tmp_path / "b.geojson", driver="GeoJSON")
    point = read_dwellings(tmp_path / "b.geojson")[0]
    assert square[0].contains(point)
    (tmp_path / "bad.csv").write_text("lon,lat\n136.6,36.5\n0,0\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="Expected dwellings without errors, got row 3"):
        read_dwellings(tmp_path / "bad.csv")


def test_the_command_writes_restricted_files_that_tell_no_k_and_no_distance(demo, tmp_path):
    out = tmp_path / "mask"
    result = CliRunner().invoke(
        app,
        [
            "mask",
            "--database",
            demo.url,
            "--out",
            str(out),
            "--dwellings",
            str(dwelling_file(demo, tmp_path)),
        ],
    )
    assert result.exit_code == 0, result.output
    points = json.loads((out / "points.geojson").read_text(encoding="utf-8"))
    assert "庁内限り" in points["name"] and "架空" in points["name"]
    assert set(points["features"][0]["properties"]) == {
        *("community_district", "status", "gap_class", "point_id"),
    }
    assert "公表してはいけません" in (out / "READ_ME.txt").read_text(encoding="utf-8")


def dwelling_file(store, tmp_path):
    """Write ten addresses around every home of the city."""
    homes = stored(store).to_crs(6668).geometry
    rows = [(point.x + 0.0002 * n, point.y + 0.0001 * (n % 3)) for point in homes for n in range(10)]
    pd.DataFrame(rows, columns=["lon", "lat"]).to_csv(tmp_path / "homes.csv", index=False)
    return tmp_path / "homes.csv"


def test_a_file_of_dwellings_is_said_to_be_the_source(demo, tmp_path):
    hiding = Hiding(2026, read_dwellings(dwelling_file(demo, tmp_path)))
    assert masking.mask_city(demo, OPERATOR, "normal", DAY, hiding=hiding).source == FROM_FILE
