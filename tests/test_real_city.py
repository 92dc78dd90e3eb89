"""Whole ways on real files: Ikoma from files to paper without streets, Echizen from old shapefiles."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pypdf
import pytest
from typer.testing import CliRunner

from analysis.crs import to_metric_crs
from analysis.street import build_street_graph
from app.cli import app
from app.services import coverage
from geodata.read import read_streets
from geodata.session import Store
from tests.demo_store import PLANNER, coordinator

pytestmark = pytest.mark.realfiles

IKOMA = "29209"
DAY = "2026-04-01"


def run(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def ikoma(shared_file, tmp_path):
    """Load Ikoma's real districts and towns with drawn households and two watchers."""
    url = f"sqlite:///{tmp_path / 'ikoma.db'}"
    towns = shared_file("data/estat-chome-2020-ikoma/r2ka29209.topojson")
    districts = shared_file("data/ksj-a27-2023-nara/A27-23_29.geojson")
    first = ("--name", "生駒市", "--date", DAY, "--synthetic", "--database", url)
    run("import", "school-districts", districts, "--municipality", IKOMA, *first)
    run("import", "neighbourhoods", towns, "--database", url)
    run("draw-households", towns, "--count", 2000, "--seed", 1, "--out", tmp_path / "households.csv")
    run("import", "households", tmp_path / "households.csv", "--database", url)
    watchers = pd.read_csv(tmp_path / "households.csv").iloc[:40]
    # Forty commissioners with room for 13 visits a month, each beside a drawn household.
    table = pd.DataFrame(
        {
            "watcher_id": [f"C{number:02d}" for number in range(40)],
            "kind": "welfare_commissioner",
            "lon": watchers["lon"],
            "lat": watchers["lat"],
            "visits_per_month": 13,
            "reach_m": 800,
            "status": "active",
        }
    )
    table.to_csv(tmp_path / "watchers.csv", index=False)
    run("import", "watchers", tmp_path / "watchers.csv", "--database", url)
    return url


def test_ikoma_goes_from_real_files_to_a_sheet_that_says_how_it_measured(ikoma, tmp_path):
    run("assign", "--apply", "--date", DAY, "--out", tmp_path, "--database", ikoma)
    told = json.loads(
        run("analyse", "--date", DAY, "--out", tmp_path / "out", "--database", ikoma, "--json").stdout
    )
    assert told["areas"]["school"] == 12
    assert (told["basis"], told["detour_factor"]) == ("straight_line", 1.3)
    assert told["households"]["households"] == 2000
    assert told["synthetic"] is True
    assert 0 < told["households"]["watched"] < 2000
    text = pypdf.PdfReader(tmp_path / "out" / "council.pdf").pages[0].extract_text()
    assert "直線距離×1.3" in text
    assert "架空データ" in text
    page = (tmp_path / "out" / "gap_map.html").read_text(encoding="utf-8")
    assert "直線距離×1.3" in page


def test_ikomas_households_lie_in_its_districts_and_uncovered_towns_are_counted(ikoma):
    store = Store(ikoma)
    figures = coverage.load_city_figures(store, PLANNER, "normal", dt.date(2026, 4, 1))
    school = figures.layers["school"]["households"]
    # 99.3 % of the town area is covered by the twelve districts; the rest stays as its own row.
    assert school.drop(index="", errors="ignore").sum() >= 0.97 * 2000
    assert school.sum() == 2000
    store.close()


def test_echizens_old_shapefile_is_asked_for_its_crs_and_read_without_mojibake(shared_file, tmp_path):
    file = shared_file("data/ksj-a27-2016-fukui/A27-16_18.shp")
    url = f"sqlite:///{tmp_path / 'e.db'}"
    arguments = ["import", "school-districts", str(file), "--municipality", "18209", "--database", url]
    refused = CliRunner().invoke(app, [*arguments, "--name", "越前市", "--date", DAY])
    assert refused.exit_code == 1
    assert "--crs" in refused.output
    run(*arguments, "--name", "越前市", "--date", DAY, "--crs", "EPSG:6668")
    shapes = coverage.load_shapes(Store(url), "school")
    assert len(shapes) == 17
    assert shapes["name"].str.contains("小学校").all()
    assert "国高小学校" in set(shapes["name"])


def test_a_coordinator_needs_community_districts_to_look_at_households(ikoma):
    # Ikoma has school districts only: there is no community district to be coordinator of.
    store = Store(ikoma)
    with pytest.raises(ValueError, match="Expected a community district"):
        coverage.load_district(store, coordinator("29209"), "29209", "normal", dt.date(2026, 4, 1))
    store.close()


def test_ubes_streets_and_shelters_come_through_the_store_as_one_walking_network(shared_file, tmp_path):
    url = f"sqlite:///{tmp_path / 'ube.db'}"
    streets = shared_file("data/osm-walk-ube/ube_roads.zip")
    first = ("--name", "宇部市", "--date", DAY, "--municipality", "35202", "--database", url)
    told = json.loads(run("import", "streets", streets, *first, "--json").stdout)
    # 30,750 directed rows are 15,375 streets walked both ways.
    assert (told["report"]["rows_read"], told["report"]["written"]) == (30750, 15375)
    again = json.loads(run("import", "streets", streets, "--database", url, "--json").stdout)
    assert (again["report"]["written"], again["report"]["unchanged"]) == (0, 15375)
    store = Store(url)
    info = coverage.read_info(store)
    assert info.metric_epsg == 6671  # Yamaguchi: zone III
    with store.begin() as session:
        graph = build_street_graph(to_metric_crs(read_streets(session), info.metric_epsg))
    parts = np.bincount(graph.component)
    assert (len(parts), parts.max()) == (6, 10387)
    store.close()
