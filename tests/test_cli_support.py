"""The commands on daily help and places: files, JSON, marks, exit codes."""

import json

import pandas as pd
import pytest
from pypdf import PdfReader

from tests import demo_store
from tests.test_cli import as_json, digest, run


@pytest.fixture
def url(demo_file, tmp_path):
    return demo_store.copy(demo_file, tmp_path)


def read(path):
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig")


def test_support_writes_who_helps_where_and_changes_nothing(url, tmp_path):
    before = digest(url)
    code, told = as_json("support", "--out", tmp_path / "out", url=url)
    assert (code, told["plan"], digest(url)) == (0, "optimal", before)
    assert told["weight_served"] <= told["bound_weight"]
    rows, undone = read(tmp_path / "out" / "assigned.csv"), read(tmp_path / "out" / "unserved.csv")
    assert (len(rows), len(undone)) == (told["outings"], told["unserved"])
    assert rows["handling"].str.contains("取扱注意").all() and (rows["synthetic"] == "True").all()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "READ_ME.txt", "assigned.csv", "unserved.csv", "counts.csv", "volunteers.pdf",
    }  # fmt: skip


def test_each_volunteer_has_a_sheet_with_the_own_outings_only(url, tmp_path):
    as_json("support", "--out", tmp_path, url=url)
    rows = read(tmp_path / "assigned.csv")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "volunteers.pdf").pages]
    assert len(pages) >= rows["volunteer"].nunique()
    for watcher, own in rows.groupby("volunteer"):
        sheets = [page for page in pages if watcher in page]
        assert all(any(home in sheet for sheet in sheets) for home in own["household"])
        others = set(rows["household"]) - set(own["household"])
        assert not any(home in sheet for home in others for sheet in sheets)


def test_counts_for_planners_hold_no_number_of_one_to_nine_households(url, tmp_path):
    as_json("support", "--out", tmp_path, url=url)
    counts = read(tmp_path / "counts.csv")
    small = [str(number) for number in range(1, 10)]
    assert not counts[["households", "households_unserved"]].isin(small).any(axis=None)
    few = counts["households"] == "<10"
    assert (counts.loc[few, "times"] == "–").all()


def test_support_of_one_district_names_only_its_households(url, tmp_path):
    _, told = as_json("support", "--district", "K01", "--out", tmp_path, url=url)
    assert told["district"] == "K01"
    _, whole = as_json("support", "--out", tmp_path / "all", url=url)
    assert told["weight_served"] == whole["weight_served"]
    assert told["outings"] < whole["outings"]


@pytest.mark.parametrize("locks", ["K1", "K1:2026-04-06", "K1:tomorrow:W1"])
def test_a_lock_in_another_form_is_refused(url, tmp_path, locks):
    result = run("support", "--lock", locks, "--out", tmp_path, url=url)
    assert result.exit_code == 1
    assert "--lock" in result.stderr


def test_an_unknown_lock_gives_a_status_and_a_sentence(url, tmp_path):
    lock = "K1:2026-04-06:W1"
    code, told = as_json("support", "--lock", lock, "--out", tmp_path / "a", url=url)
    assert (code, told["plan"], told["conflicts"], told["outings"]) == (0, "infeasible", 1, 0)
    assert not (tmp_path / "a" / "volunteers.pdf").exists()
    said = run("support", "--lock", lock, "--language", "en", "--out", tmp_path / "a", url=url).stdout
    assert "no such task or volunteer" in said


def test_tasks_that_cannot_be_read_are_refused_with_the_row(url, tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("task_id,household_id,skill,minutes,valid_from\nT1,H0,snow,abc,2026-04-01\n", "utf-8")
    result = run("support", "--tasks", file, "--out", tmp_path, url=url)
    assert result.exit_code == 1
    assert "2 行目" in result.stderr


def test_access_writes_areas_places_and_what_to_open_next(url, tmp_path):
    code, told = as_json(
        "access",
        "--kind",
        "gathering_place",
        "--open",
        "2",
        "--minutes",
        "9",
        "--out",
        tmp_path / "o",
        url=url,
    )
    assert (code, told["next"]["plan"]) == (0, "optimal")
    points = json.loads((tmp_path / "o" / "proposed.geojson").read_text("utf-8"))
    assert [p["properties"]["order"] for p in points["features"]] == list(
        range(1, told["next"]["places"] + 1)
    )
    assert "取扱注意" in points["name"] and "架空データ" in points["name"]
    areas = read(tmp_path / "o" / "access.csv")
    assert {"within_3_min", "within_6_min", "within_9_min", "places_per_1000"} <= set(areas)
    small = [str(number) for number in range(1, 10)]
    counts = ["households", "gaps", "within_3_min", "within_6_min", "within_9_min"]
    assert not areas[counts].isin(small).any(axis=None)
    assert "H0" not in (tmp_path / "o" / "places.csv").read_text("utf-8-sig")


def test_access_without_opening_leaves_no_old_proposal(url, tmp_path):
    kind = ("access", "--kind", "consultation_centre", "--out", tmp_path / "o")
    as_json(*kind, "--open", "1", url=url)
    assert (tmp_path / "o" / "proposed.geojson").exists()
    _, told = as_json(*kind, url=url)
    assert told["next"] is None
    assert not (tmp_path / "o" / "proposed.geojson").exists()


def test_an_unknown_kind_of_place_is_refused_in_both_languages(url, tmp_path):
    asked = ("access", "--kind", "park", "--out", tmp_path)
    assert run(*asked, url=url).exit_code == 1
    assert "場所の種類" in run(*asked, url=url).stderr
    assert "kind of place" in run(*asked, "--language", "en", url=url).stderr


@pytest.mark.parametrize("wrong", [("support", "--days", "40"), ("access",), ("support", "--season", "wet")])
def test_wrong_usage_ends_with_two(url, wrong):
    assert run(*wrong, url=url).exit_code == 2
