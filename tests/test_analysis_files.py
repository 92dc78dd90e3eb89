"""The files of `analyse`: each is whole, adds up, holds small counts back, and shows no single person."""

from __future__ import annotations

import dataclasses
import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from app.analysing import city_lines
from app.analysis_files import ANALYSIS_FILES, TABLES, described_gap_areas
from app.analysis_summary import summarise_city
from app.analysis_tables import city_tables, marked
from app.cli import app
from app.district_files import describe_network, reason_table, summarise_district, watcher_table
from app.services import coverage, reasons
from app.ui.text import Words
from geodata.errors import AccessRefusedError
from geodata.exporters import write_csv, write_geojson
from geodata.session import Store
from tests import demo_store, screen_city

JA, EN = Words("ja"), Words("en")
FEW, HIDDEN = "<10", "–"
MISSED = ["unassigned", "rebalance", "consent", "neighbour_district", "capacity", "season", "reach"]
RESTRICTED = {"ja": "取扱注意・庁内限り", "en": "Restricted"}


@pytest.fixture(scope="module")
def url(demo_file, tmp_path_factory):
    return demo_store.copy(demo_file, tmp_path_factory.mktemp("analysis"))


@pytest.fixture(scope="module", params=["ja normal", "en snow"])
def folder(request, url, tmp_path_factory):
    """Give a folder of the demo city's files, with its language and figures."""
    language, season = request.param.split()
    out = tmp_path_factory.mktemp("out") / season
    run("analyse", "--season", season, "--language", language, "--out", out, url=url)
    store = Store(url)
    day = coverage.read_info(store).reference_date
    figures = coverage.load_city_figures(store, demo_store.PLANNER, season, day)
    store.close()
    return out, language, figures


@pytest.fixture(scope="module")
def district(url, tmp_path_factory):
    """Give the folder of one district's files, and what its coordinator sees."""
    out = tmp_path_factory.mktemp("out") / "K01"
    run("analyse", "--district", "K01", "--out", out, url=url)
    store = Store(url)
    day = coverage.read_info(store).reference_date
    view = coverage.load_district(store, demo_store.coordinator("K01"), "K01", "normal", day)
    store.close()
    return out, view


def run(*arguments, url):
    result = CliRunner().invoke(app, [*map(str, arguments), "--database", url])
    assert result.exit_code == 0, result.output
    return result.output


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def read_csv(path):
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)


def by_hand():
    """Return the figures of the screen's six districts, with two neighbourhoods: N1 has 4 households."""
    figures = screen_city.figures()
    counts = figures.layers["community"]
    towns = counts.loc[["D6", "D1"]].set_axis(["N1", "N2"]).assign(name=["甲", "乙"])
    return dataclasses.replace(
        figures,
        layers={**figures.layers, "neighbourhood": towns.rename_axis("code")},
        counts={**figures.counts, "closable_households": 25},
    )


# --- the city's files -------------------------------------------------------------------------------------


def test_every_file_of_the_city_exists_and_is_described(folder):
    out, _, _ = folder
    assert {path.name for path in out.iterdir()} == set(ANALYSIS_FILES)
    described = (out / "READ_ME.txt").read_text(encoding="utf-8")
    assert all(f"\n{name}: " in described for name in ANALYSIS_FILES[1:])


def test_every_restricted_file_names_city_day_season_and_synthetic(folder):
    out, language, figures = folder
    words = Words(language)
    note = [figures.info.name, words("synthetic"), "2026-04-01", words(f"season.{figures.season}")]
    for name in TABLES:
        table = read_csv(out / name)
        assert (table.columns[0], *table.columns[-3:]) == (
            "handling",
            "reference_date",
            "reference_season",
            "synthetic",
        )
        assert all(part in table["handling"][0] for part in (*note, RESTRICTED[language])), name
        assert set(table["reference_season"]) == {figures.season}
    for name in ("gaps.geojson", "gap_areas.geojson"):
        assert all(part in read_json(out / name)["name"] for part in (*note, RESTRICTED[language])), name
    summary = read_json(out / "summary.json")
    assert (summary["restricted"], summary["synthetic"]) == (RESTRICTED[language], True)
    assert RESTRICTED[language] in (out / "gap_map.html").read_text(encoding="utf-8")


def test_no_file_of_the_city_shows_a_watcher_or_household_id(folder):
    out, _, _ = folder
    ids = re.compile(r"\b(?:[A-Z]\d{4}|H\d{6})\b")  # C0001, P0001 … and H000001 of the demo city
    for name in ANALYSIS_FILES:
        if not name.endswith((".pdf", ".html")):
            assert ids.findall((out / name).read_text(encoding="utf-8")) == [], name
    page = (out / "gap_map.html").read_text(encoding="utf-8")
    assert re.findall(r"\bH\d{6}\b", re.sub(r"data:[^\"')]*", "", page)) == []


def test_no_table_tells_a_count_of_households_from_one_to_nine(folder):
    out, _, _ = folder
    counts = {
        "districts.csv": ["households", "watched", "unwatched", "fragile", *MISSED],
        "fragility.csv": ["sole_households", "most_lost"],
        "organisations.csv": ["lost_households_at_once", "disconnected_households"],
        "forecast.csv": ["households_expected", "households_worst"],
        "inequality.csv": ["households", "missed"],
        "kinds.csv": ["households_visited", "households_main", "households_noticed"],
    }
    for name, columns in counts.items():
        table = read_csv(out / name)[columns]
        assert len(table)
        assert not table.isin([str(number) for number in range(1, 10)]).any(axis=None), name
    assert (read_csv(out / "districts.csv")[MISSED] == FEW).any(axis=None)  # there was something to hide


def test_tables_add_up_to_the_figures_of_the_city(folder):
    out, _, figures = folder
    table = read_csv(out / "districts.csv")
    of = {layer: rows for layer, rows in table.groupby("layer")}
    assert set(of) == {"community", "school", "neighbourhood"}
    for layer, rows in of.items():
        assert rows["code"].tolist() == figures.layers[layer].index.tolist()
    shown = figures.layers["community"]["watched"]
    assert (
        of["community"].set_index("code")["watched"].tolist()
        == shown.astype(str).where((shown == 0) | (shown >= 10), FEW).tolist()
    )
    kinds = read_csv(out / "kinds.csv")
    assert kinds["in_office"].astype(int).sum() == figures.counts["watchers_in_office"]
    people = read_csv(out / "fragility.csv")["watchers"].astype(int)
    assert people.sum() == figures.outlook.watchers["watchers"]
    assert len(read_csv(out / "clusters.csv")) == sum(
        len(found.areas) for found in figures.patterns.clusters.values()
    )


def test_gap_class_of_snow_is_not_overwritten_by_the_season(folder):
    out, _, _ = folder
    table = read_csv(out / "districts.csv")
    assert not table["season"].isin(["normal", "snow"]).any()
    assert list(table.columns).count("season") == 1


def test_missed_households_in_and_outside_gap_areas_add_up(folder):
    out, _, figures = folder
    areas = [area["properties"] for area in read_json(out / "gap_areas.geojson")["features"]]
    counts = figures.patterns.gap_area_counts
    assert areas
    assert sum(area["missed"] for area in areas) == counts["missed_in_areas"]
    missed = figures.totals["households"] - figures.totals["watched"]
    assert sum(counts[name] for name in counts if name.startswith("missed_")) == counts["missed"] == missed
    for area in areas:
        known = sum(area[name] for name in MISSED if area[name] != FEW)
        held = sum(area[name] == FEW for name in MISSED)
        assert known + held <= area["missed"] <= known + 9 * held
        assert area["missed"] >= 10
        assert area["households"] - area["missed"] >= 10
        assert area["remedy_in_words"]


def test_summary_says_what_is_to_come_and_where_room_is_short(folder):
    out, _, figures = folder
    summary = read_json(out / "summary.json")
    ahead = figures.outlook.forecast.set_index("event").loc["re_election"]
    after = summary["outlook"]["after_re_election"]
    assert after["date"] == ahead["date"] == summary["outlook"]["next_re_election"]
    assert after["households_watched"]["expected"] == round(ahead["households_expected"])
    assert summary["outlook"]["visits_a_month"]["best"] == pytest.approx(
        figures.outlook.visits["best"], abs=1e-4
    )
    assert summary["patterns"]["gap_areas"]["number"] == len(figures.patterns.gap_areas)
    assert summary["patterns"]["inequality"]["load"]["status"] == "measured"
    assert set(summary["patterns"]["clusters"]) == {"community", "school", "neighbourhood"}
    assert "NaN" not in (out / "summary.json").read_text(encoding="utf-8")


def test_map_holds_gap_areas_and_neighbourhoods_without_any_address(folder):
    out, language, _ = folder
    page = (out / "gap_map.html").read_text(encoding="utf-8")
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda sign: chr(int(sign.group(1), 16)), page)
    words = Words(language)
    assert words("analyse.map.gap_areas") in plain
    assert words("layer.neighbourhood") in plain
    assert len(page.encode()) < 3_000_000
    addresses = re.findall(r"(?:src|href)=[\"']([^\"']{0,40})", page)
    assert [address for address in addresses if not address.startswith("data:")] == []


def test_nothing_is_written_again_while_state_and_language_stay(url, tmp_path):
    out = tmp_path / "out"
    run("analyse", "--out", out, url=url)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    run("analyse", "--out", out, "--unless-done", url=url)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    run("analyse", "--out", out, "--unless-done", "--language", "en", url=url)
    assert read_json(out / "summary.json")["language"] == "en"


def test_a_folder_whose_writing_broke_off_counts_as_not_done(url, tmp_path, monkeypatch):
    out = tmp_path / "out"
    run("analyse", "--out", out, url=url)
    (out / "kinds.csv").unlink()
    run("analyse", "--out", out, "--unless-done", url=url)
    assert (out / "kinds.csv").exists()

    def break_off(*arguments, **options):
        raise OSError("Expected room on the disk, got none. Make room.")

    monkeypatch.setattr("app.analysis_files.write_council_sheet", break_off)
    CliRunner().invoke(app, ["analyse", "--out", str(out), "--database", url])
    assert not (out / "summary.json").exists()  # so --unless-done writes all of it again


def test_command_tells_what_no_moving_mends_and_the_re_election(url, tmp_path):
    said = run("analyse", "--out", tmp_path, "--language", "en", url=url)
    assert "After the next re-election (" in said
    assert "households" in said


# --- tables by hand (screen_city: six districts, see its docstring) ---------------------------------------


def test_small_counts_of_the_six_districts_are_held_back():
    tables = city_tables(by_hand(), JA)
    areas = tables["districts.csv"].set_index(["layer", "code"])
    # D4 has 60 households, 55 watched, 5 missed: its counts of 5 and its weighted need watched are held back.
    assert areas.loc[("community", "D4"), ["households", "watched", "unassigned"]].tolist() == [60, 55, FEW]
    assert areas.loc[("community", "D4"), "need_watched"] == HIDDEN
    assert areas.loc[("community", "D1"), "need"] == pytest.approx(200 / 12, abs=0.05)  # visits a month
    assert areas.loc[("neighbourhood", "N1"), ["households", "season"]].tolist() == [FEW, FEW]
    assert areas.loc[("community", ""), "name"] == JA("analyse.no_area")


def test_a_layer_without_areas_has_no_rows():
    figures = by_hand()
    nobody = figures.layers["school"].iloc[:1].set_axis([""]).rename_axis("code")
    without = dataclasses.replace(figures, layers={**figures.layers, "school": nobody})
    assert set(city_tables(without, JA)["districts.csv"]["layer"]) == {"community", "neighbourhood"}


def test_figures_of_one_or_two_watchers_are_not_told():
    figures = by_hand()
    districts = figures.outlook.districts.assign(watchers=[6, 20, 2])
    outlook = dataclasses.replace(figures.outlook, districts=districts)
    tables = city_tables(dataclasses.replace(figures, outlook=outlook), JA)
    fragility = tables["fragility.csv"].set_index("code")
    told = ["critical", "irreplaceable", "sole_households", "most_lost", "terms_ending", "of_high_age"]
    assert fragility.loc["D2", told].tolist() == [HIDDEN] * 6
    assert fragility.loc["D1", told].tolist() == [2, 9, 90, 14, 12, 3]
    assert fragility.loc["", "name"] == JA("analyse.whole_city")
    # The city's single shop: its posts are told, what it notices is not.
    assert tables["kinds.csv"].set_index("kind").loc["shop", ["watchers", "households_noticed"]].tolist() == [
        1,
        HIDDEN,
    ]


def test_a_district_without_any_watcher_stays_with_zeros():
    fragility = city_tables(by_hand(), JA)["fragility.csv"].set_index("code")
    assert set(fragility.index) == {"", "D1", "D2", "D3", "D4", "D5", "D6"}
    assert fragility.loc["D3", ["watchers", "sole_households"]].tolist() == [0, 0]


def test_shares_of_few_missed_are_left_out_of_inequality():
    figures = by_hand()
    missed = figures.patterns.inequality.assign(missed=[5, 40], share_missed=[0.025, 0.4])
    patterns = dataclasses.replace(figures.patterns, inequality=missed)
    table = city_tables(dataclasses.replace(figures, patterns=patterns), JA)["inequality.csv"]
    table = table.set_index("code")
    assert table.loc["D1", ["missed", "share_missed", "need_missed"]].tolist() == [FEW, HIDDEN, HIDDEN]
    assert table.loc["D1", "share_used"] == 0.83
    assert table.loc["D2", ["missed", "share_missed"]].tolist() == [40, 0.4]


def test_forecast_is_in_whole_households_and_few_are_held_back():
    figures = by_hand()
    few = figures.outlook.forecast.assign(households_worst=[385.0, 9.6, 0.0])
    outlook = dataclasses.replace(figures.outlook, forecast=few)
    table = city_tables(dataclasses.replace(figures, outlook=outlook), JA)["forecast.csv"]
    assert table["households_expected"].tolist() == [385, 378, 350]
    assert table["households_worst"].tolist() == [385, FEW, 0]
    assert table["weighted_visits_worst"].tolist() == [385.0, HIDDEN, 120.2]
    assert table["event_in_words"].tolist() == ["今", "年度末", "一斉改選のあと"]


def test_clusters_of_layers_without_areas_are_left_out():
    table = city_tables(by_hand(), EN)["clusters.csv"]
    assert set(table["layer"]) == {"community"}
    assert table.set_index("code").loc["D6", ["kind_in_words", "reason"]].tolist() == [
        "not tested",
        "few_households",
    ]


def test_marks_leave_the_columns_of_the_table_alone():
    figures = by_hand()
    table = pd.DataFrame({"season": [8], "date": ["2028-12-01"]})
    out = marked(table, figures, "note")
    assert out[["season", "date"]].to_numpy().tolist() == [[8, "2028-12-01"]]
    assert out.iloc[0].tolist() == ["note", 8, "2028-12-01", "2026-04-01", "normal", True]


def test_summary_names_every_count_it_holds_back():
    summary = summarise_city(by_hand(), JA)
    # unassigned 5, season 8; far off 3; missed in thin cells 8.
    assert summary["hidden"] == [
        "counts.households_far_off",
        "households.season",
        "households.unassigned",
        "patterns.gap_areas.households.missed_in_thin_cells",
    ]
    assert summary["counts"]["households_far_off"] is None
    assert summary["counts"]["watchers_vacant"] == 4  # posts, not households
    assert summary["outlook"]["after_re_election"]["households_watched"]["expected"] == 350
    assert summary["patterns"]["bottlenecks"]["households_at_least_unwatched"] == 64


def test_gap_areas_hold_small_classes_back_and_name_the_remedy():
    area = described_gap_areas(by_hand(), JA).loc["D2-G1"]
    assert area[["district_name", "consent", "reach", "season"]].tolist() == ["味噌蔵", 36, FEW, 0]
    assert area["remedy_in_words"] == JA("remedy_kind.ask")


def test_lines_of_the_command_hold_small_counts_back():
    lines = city_lines(by_hand(), EN)
    assert lines[1].startswith("Under today's consents and district rules at least 64 households")
    assert "about 350 households (335 to 365)" in lines[2]
    patterns = dataclasses.replace(by_hand().patterns, bottlenecks={"at_least_unwatched": 4})
    assert "at least <10" in city_lines(dataclasses.replace(by_hand(), patterns=patterns), EN)[1]


def test_lines_that_would_say_nothing_are_left_out():
    figures = by_hand()
    calm = dataclasses.replace(
        figures,
        patterns=dataclasses.replace(figures.patterns, bottlenecks={"at_least_unwatched": 0}),
        outlook=dataclasses.replace(figures.outlook, forecast=figures.outlook.forecast.iloc[:2]),
    )
    assert len(city_lines(calm, JA)) == 1
    assert summarise_city(figures, JA)["outlook"]["after_re_election"] is not None
    assert (
        summarise_city(dataclasses.replace(figures, outlook=calm.outlook), JA)["outlook"]["after_re_election"]
        is None
    )


def test_a_city_without_watchers_or_gap_areas_still_gets_every_file(tmp_path):
    figures = by_hand()
    outlook = dataclasses.replace(
        figures.outlook,
        districts=figures.outlook.districts.iloc[:0],
        organisations=figures.outlook.organisations.iloc[:0],
    )
    patterns = dataclasses.replace(
        figures.patterns,
        gap_areas=figures.patterns.gap_areas.iloc[:0],
        clusters=dict.fromkeys(figures.patterns.clusters),
    )
    empty = dataclasses.replace(figures, outlook=outlook, patterns=patterns)
    for name, table in city_tables(empty, JA).items():
        write_csv(tmp_path / name, marked(table, empty, "note"))
    lengths = {name: len(read_csv(tmp_path / name)) for name in TABLES}
    assert (lengths["organisations.csv"], lengths["clusters.csv"], lengths["fragility.csv"]) == (0, 0, 6)
    write_geojson(tmp_path / "areas.geojson", described_gap_areas(empty, JA), note="note")
    assert read_json(tmp_path / "areas.geojson")["features"] == []
    assert summarise_city(empty, JA)["patterns"]["clusters"] == dict.fromkeys(figures.patterns.clusters)


def test_a_gap_area_in_no_district_says_so():
    figures = by_hand()
    nowhere = figures.patterns.gap_areas.assign(district="")
    patterns = dataclasses.replace(figures.patterns, gap_areas=nowhere)
    areas = described_gap_areas(dataclasses.replace(figures, patterns=patterns), JA)
    assert areas["district_name"].tolist() == [JA("analyse.no_area")]


# --- the district's files ---------------------------------------------------------------------------------


def test_district_files_hold_the_missed_this_coordinator_may_see(district):
    out, view = district
    missed = view.households[view.households["status"] != "watched"]
    table = read_csv(out / "reasons.csv")
    points = read_json(out / "gaps.geojson")["features"]
    assert set(table["household_id"]) == set(missed.index)
    assert {point["properties"]["household_id"] for point in points} == set(missed.index)
    told = table.set_index("household_id")["gap_class"]
    assert told.to_dict() == missed["gap_class"].to_dict()
    assert all("取扱注意・地区内限り" in text for text in table["handling"])


def test_district_watchers_are_its_own_the_most_urgent_first(district):
    out, view = district
    own = view.watchers[view.watchers["district"] == "K01"]
    table = read_csv(out / "watchers.csv")
    assert set(table["watcher_id"]) == set(own.index)
    needed = [day for day in table["needed_by"] if day]
    assert needed == sorted(needed)
    assert list(table["needed_by"][: len(needed)]) == needed
    summary = read_json(out / "summary.json")
    assert sum(summary["watchers"]["successor_needed"].values()) == (table["reason"] != "").sum()
    assert summary["watchers"]["posts"] == len(table)
    assert summary["figures"]["households"] == view.figures["households"]


def test_district_network_adds_up_and_names_nobody_hidden(district):
    out, view = district
    network = read_json(out / "network.json")
    counts = network["counts"]
    assert counts["households"] == len(view.households)
    assert len(network["households_without_way"]) == counts["households"] - counts["connected"]
    named = {row["household_id"] for row in network["households_without_way"]}
    assert named <= set(view.households.index)
    assert network["hidden_households"] == view.hidden_households > 0
    losses = [person["households_lost"] for person in network["people"]]
    assert losses == sorted(losses, reverse=True)
    parts = sum(part["households"] for part in network["parts"])
    assert parts + counts["no_watcher"] == counts["households"] - counts["connected"]


def test_reasons_of_another_district_are_refused_and_a_planner_gets_none(demo):
    day = coverage.read_info(demo).reference_date
    assert reasons.load_reasons(demo, demo_store.PLANNER, "K01", "normal", day).empty
    with pytest.raises(AccessRefusedError, match="K01"):
        reasons.load_reasons(demo, demo_store.coordinator("K01"), "K02", "normal", day)


def test_hand_overs_name_only_households_the_viewer_may_see():
    rows = [("H9", "W1", "W2", 1.0), ("H1", None, "W1", 0.5)]
    names = ("household_id", "from_watcher", "to_watcher", "visits_per_month")
    chain = [dict(zip(names, row, strict=True)) for row in rows]
    missed = pd.DataFrame(
        {
            "status": ["unwatched"],
            "gap_class": ["rebalance"],
            "gap_classes": ["rebalance"],
            "detail": [
                {
                    "delivered": 0.0,
                    "consent_needed": None,
                    "neighbour_districts": ["D2", "gone"],
                    "tight_set": None,
                    "chain": chain,
                }
            ],
        },
        index=pd.Index(["H1"], name="household_id"),
    )  # fmt: skip
    found = reasons._spread(missed, {"D2": "味噌蔵"}, {"H1"})
    assert found["neighbour_districts"]["H1"] == ("味噌蔵",)
    text = reason_table(screen_city.district(), found, JA)["chain"]["H1"]
    assert text == "ほかの世帯 の月 1 回を W1 から W2 へ → H1 の月 0.5 回を W1 が受け持つ"
    assert missed["detail"]["H1"]["chain"][0]["household_id"] == "H9"  # the rows read are not changed


def test_proof_and_consent_stand_beside_the_household():
    proof = {"households": 20, "watchers": 3, "need_visits": 300, "room_visits": 240, "at_least_unwatched": 4}
    rows = pd.DataFrame(
        {
            "status": ["unwatched", "partly_watched"],
            "gap_class": ["capacity", "consent"],
            "gap_classes": ["capacity", "consent;capacity"],
            "delivered": [0.0, 2.0],
            "consent_needed": pd.Series([None, 3], dtype=object).to_numpy(),
            "neighbour_districts": [(), ("甲", "乙")],
            "tight_set": [proof, None],
            "chain": [[], []],
        },
        index=pd.Index(["H1", "H3"], name="household_id"),
    )
    table = reason_table(screen_city.district(), rows, EN)
    assert table.loc["H1", [name for name in table if name.startswith("proof")]].tolist() == [
        20,
        3,
        300,
        240,
        4,
    ]
    assert table.loc["H3", ["visits_needed_a_month", "consent_needed"]].tolist() == [4.0, 3]
    assert table.loc["H3", "neighbour_districts"] == "甲;乙"
    assert table.loc["H1", "remedy_in_words"] == EN("remedy.capacity")


def test_watchers_by_hand_are_in_order_of_urgency():
    # W1's term ends at a high age; W2 has households nobody else watches; S1 and V1 have no reason.
    table = watcher_table(screen_city.district(), EN)
    assert table["watcher_id"].tolist() == ["W1", "W2", "S1", "V1"]
    assert table["reason_in_words"].tolist()[:2] == [
        "term ends, and of high age",
        "some households have nobody else",
    ]
    assert table.loc[0, ["visits_made_a_month", "lost_visits_after", "age_at_term_end"]].tolist() == [
        4,
        2.5,
        76,
    ]
    assert pd.isna(table.loc[2, "visits_possible_a_month"])  # a shop visits nobody


def test_network_and_summary_by_hand_are_plain_values():
    view, network = screen_city.district(), screen_city.network()
    told = describe_network(network, JA)
    assert json.loads(json.dumps(told))["people"][0]["watcher_id"] == "W1"
    assert json.loads(json.dumps(told))["people"][0]["chain"] == ["W1", "F1"]
    # H1 is noticed by the shop alone, which reports to nobody.
    assert told["households_without_way"] == [{"household_id": "H1", "reason": "nobody"}]
    summary = summarise_district(view, network, JA)
    assert summary["watchers"] == {
        "posts": 4,
        "in_office": 3,
        "vacant": 1,
        "successor_needed": {"both": 1, "sole": 1},
    }
    assert summary["restricted"] == "取扱注意・地区内限り"
