"""Scenarios of a city: kept by name, assessed, compared, turned into proposals; the register stays."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis.disclosure import audit_tables
from analysis.errors import ParameterError
from app.cli import app
from app.services import proposals, scenario_keeping, scenario_runs, scenario_steps, scenarios
from app.services.city import assess_city
from app.services.comparison_paper import protect_pair
from app.services.errors import RequestError
from app.services.scenario_runs import Question, Walks, area_names, assess_scenario, compare_scenarios
from app.services.scenarios import BASELINE, KeptScenario
from app.ui.scenario_figures import FEW_CLASS, difference_text, points_text, shown_areas, shown_totals
from app.ui.scenario_findings import describe_change
from app.ui.tables import FEW_AS_NUMBER
from app.ui.text import Words
from geodata.errors import AccessRefusedError, ConflictError
from geodata.read import count_loaded, read_areas, read_dataset
from tests import demo_store
from tests.demo_store import OPERATOR, PLANNER, coordinator

DATE = dt.date(2026, 4, 1)
ASKED = Question("normal", DATE)
JA, EN = Words("ja"), Words("en")
HALF = {"type": "watchers_leave", "kind": "welfare_commissioner", "share": 0.5, "seed": 1}
SNOW = {"type": "season_change", "season": "snow"}
EVERY_CHANGE = [
    HALF,
    {"type": "watchers_leave", "district": "K01", "term_ends_by": "2028-11-30"},
    {"type": "watchers_leave", "ids": ["C0001", "C0002"]},
    {
        "type": "watcher_joins",
        "kind": "student",
        "x": 0.0,
        "y": 0.0,
        "visits_per_month": 4.0,
        "reach_m": 500.0,
    },
    {"type": "rules_change", "levels": {"student": 3, "npo": 2}},
    SNOW,
    {"type": "date_change", "date": "2027-04-01"},
    {"type": "street_closed", "edge_ids": ["1-2"]},
    {"type": "place_opens", "kind": "school", "x": 0.0, "y": 0.0, "facility_id": "S9"},
    {"type": "consent_change", "level": 3, "district": "K01"},
    {"type": "consent_change", "level": 1, "neighbourhood": "N1", "at_least": False},
    {"type": "agreement_made", "district": "K01", "helped": "K02"},
]


def keep(store, *changes, name="test", viewer=OPERATOR):
    placed = scenarios.complete_changes(store, list(changes))
    return scenarios.save_scenario(store, viewer, KeptScenario(name, placed))


def loaded(store):
    """Return how many rows each layer holds, and the revision."""
    with store.begin() as session:
        return count_loaded(session), read_dataset(session).revision


def own_watchers(store, district, kind="welfare_commissioner"):
    """Return the ids of active watchers of a district."""
    city = assess_city(store, OPERATOR, "normal", DATE)
    watchers = city.data.watchers
    chosen = (
        (watchers["district"] == district) & (watchers["kind"] == kind) & (watchers["status"] == "active")
    )
    return list(watchers.index[chosen])


# --- kept by name ---------------------------------------------------------------------------------------


def test_saved_scenario_is_listed_after_the_baseline_and_changes_no_data(demo):
    before = loaded(demo)
    kept = keep(demo, HALF, SNOW, viewer=PLANNER)
    listed = scenarios.list_scenarios(demo, PLANNER)
    assert list(listed) == [BASELINE, "test"]
    assert (listed["test"].changes, listed["test"].version) == (kept.changes, 1)
    assert loaded(demo) == before


def test_scenario_changed_by_somebody_else_meanwhile_is_a_conflict(demo):
    kept = keep(demo, SNOW)
    scenarios.save_scenario(demo, PLANNER, replace(kept, changes=(HALF,)))
    with pytest.raises(ConflictError):
        scenarios.save_scenario(demo, PLANNER, replace(kept, changes=()))
    with pytest.raises(ConflictError):
        keep(demo, SNOW)  # a new one of a name in use
    with pytest.raises(ConflictError):
        scenarios.end_scenario(demo, PLANNER, kept)


def test_ended_scenario_is_gone_and_its_name_free(demo):
    scenarios.end_scenario(demo, PLANNER, keep(demo, SNOW))
    with pytest.raises(RequestError, match="Expected a scenario"):
        scenarios.find_scenario(demo, PLANNER, "test")
    assert keep(demo, HALF).version > 1


@pytest.mark.parametrize(
    "change",
    [
        {"type": "agreement_made", "district": "K01", "helped": "K99"},
        {"type": "watchers_leave", "ids": ["NOBODY"]},
        {"type": "street_closed", "edge_ids": ["nowhere"]},
        {"type": "consent_change", "level": 3, "neighbourhood": "nowhere"},
    ],
)
def test_scenario_that_names_what_does_not_exist_is_not_kept(demo, change):
    with pytest.raises(ParameterError, match="Expected"):
        scenario_keeping.keep_scenario(demo, OPERATOR, KeptScenario("test", (SNOW, change)))
    assert list(scenarios.list_scenarios(demo, PLANNER)) == [BASELINE]


def test_who_may_not_name_watchers_learns_nothing_of_unknown_ones(demo):
    known = own_watchers(demo, "K01")[0]
    told = set()
    for name in (known, "NOBODY"):
        kept = KeptScenario("test", ({"type": "watchers_leave", "ids": [name]},))
        with pytest.raises(AccessRefusedError) as refused:
            scenario_keeping.keep_scenario(demo, PLANNER, kept)
        told.add(str(refused.value))
    assert len(told) == 1


def test_scenario_whose_parts_all_exist_is_kept_as_it_was_given(demo):
    kept = scenario_keeping.keep_scenario(demo, PLANNER, KeptScenario("test", (HALF, SNOW)))
    assert scenarios.find_scenario(demo, PLANNER, "test") == kept
    assert [change["type"] for change in kept.changes] == ["watchers_leave", "season_change"]


@pytest.mark.parametrize("name", [BASELINE, " Baseline ", "x" * 61])
def test_name_of_the_baseline_or_too_long_is_refused(demo, name):
    with pytest.raises(RequestError, match="Expected a name"):
        keep(demo, SNOW, name=name)


def test_scenario_without_a_name_is_refused(demo):
    with pytest.raises(ParameterError, match="got none"):
        keep(demo, SNOW, name=" ")


def test_baseline_cannot_be_ended_or_proposed(demo):
    with pytest.raises(RequestError, match="baseline"):
        scenarios.end_scenario(demo, OPERATOR, KeptScenario(BASELINE))
    with pytest.raises(RequestError, match="baseline"):
        scenario_steps.propose_scenario(demo, OPERATOR, KeptScenario(BASELINE), ASKED, district="K01")


# --- who may name whom ----------------------------------------------------------------------------------


def test_only_the_coordinator_of_their_district_names_watchers(demo):
    one = own_watchers(demo, "K01")[0]
    named = {"type": "watchers_leave", "ids": [one]}
    for viewer in (PLANNER, coordinator("K02")):
        with pytest.raises(AccessRefusedError):
            keep(demo, named, viewer=viewer)
    kept = keep(demo, named, viewer=coordinator("K01"))
    assert kept.named == 1
    assert scenarios.list_scenarios(demo, coordinator("K01"))["test"].may_edit
    for viewer in (PLANNER, coordinator("K02")):
        seen = scenarios.list_scenarios(demo, viewer)["test"]
        assert (seen.may_edit, seen.named) == (False, 1)
        with pytest.raises(AccessRefusedError):
            scenarios.end_scenario(demo, viewer, seen)


def test_a_new_watcher_may_report_to_a_centre_but_not_to_a_named_person(demo):
    joins = {
        "type": "watcher_joins",
        "kind": "npo",
        "at_district": "K01",
        "visits_per_month": 4,
        "reach_m": 900,
    }
    centre = next(iter(scenarios.load_centres(demo)))
    keep(demo, joins | {"reports_to": centre}, viewer=PLANNER)
    with pytest.raises(AccessRefusedError):
        keep(demo, joins | {"reports_to": own_watchers(demo, "K01")[0]}, viewer=PLANNER, name="b")


@pytest.mark.parametrize("viewer", [PLANNER, coordinator("K01")])
def test_nobody_but_the_operator_names_single_households(demo, viewer):
    with pytest.raises(AccessRefusedError, match="single households"):
        keep(demo, {"type": "consent_change", "level": 4, "ids": ["H000001"]}, viewer=viewer)


def test_planner_compares_no_scenario_about_fewer_than_three_watchers(demo):
    few = own_watchers(demo, "K01")[:2]
    kept = keep(demo, {"type": "watchers_leave", "ids": few})
    with pytest.raises(RequestError, match="at least 3 watchers"):
        assess_scenario(demo, PLANNER, kept, ASKED)
    assert assess_scenario(demo, coordinator("K01"), kept, ASKED).watchers > 0


def test_named_watchers_are_only_counted_for_others():
    shown = scenarios.without_names({"type": "watchers_leave", "ids": ["C0001", "C0002"]})
    assert "C0001" not in json.dumps(shown)
    assert "2 人" in describe_change(shown, {}, JA)


# --- assessed and compared ------------------------------------------------------------------------------


def test_scenario_without_changes_is_the_city_as_it_is(demo):
    city = assess_city(demo, OPERATOR, "normal", DATE)
    state = assess_scenario(demo, OPERATOR, KeptScenario("empty"), ASKED)
    assert state.households["status"].equals(city.coverage.households["status"])
    assert state.households["gap_class"].equals(city.gaps.households["gap_class"])


def test_comparison_with_oneself_under_another_name_shows_no_difference(demo):
    figures = compare_scenarios(demo, PLANNER, (KeptScenario(BASELINE), KeptScenario("same")), ASKED)
    assert (figures.totals["households_difference"] == 0).all()
    assert (figures.layers["community"][["gaining", "losing"]] == 0).all(axis=None)


def test_half_of_the_commissioners_leaving_only_loses(demo):
    kept = keep(demo, HALF)
    figures = compare_scenarios(demo, PLANNER, (KeptScenario(BASELINE), kept), ASKED)
    areas = figures.layers["community"]
    assert figures.totals.loc["watched", "households_difference"] < -10
    assert areas["gaining"].sum() == 0
    assert areas["watched_difference"].sum() == figures.totals.loc["watched", "households_difference"]
    assert figures.types["losing"].sum() == areas["losing"].sum() > 0
    assert figures.other.watchers < figures.base.watchers


def test_the_other_way_round_mirrors_every_difference(demo):
    pair = (KeptScenario(BASELINE), keep(demo, SNOW))
    there, back = (compare_scenarios(demo, PLANNER, two, ASKED) for two in (pair, pair[::-1]))
    assert there.totals["households_difference"].equals(-back.totals["households_difference"])
    assert there.layers["school"]["gaining"].equals(back.layers["school"]["losing"])


def test_larger_share_that_leaves_never_watches_more(demo):
    watched = []
    for share in (0.2, 0.5, 0.9):
        kept = keep(demo, HALF | {"share": share}, name=str(share))
        state = assess_scenario(demo, PLANNER, kept, ASKED)
        watched.append(int((state.households["status"] == "watched").sum()))
    assert watched == sorted(watched, reverse=True)


def test_closed_bridge_measures_walks_anew_and_leaving_does_not(demo, monkeypatch):
    measured = []
    real = scenario_runs.measure_walks
    monkeypatch.setattr(
        scenario_runs, "measure_walks", lambda data, season: measured.append(season) or real(data, season)
    )
    walks = Walks()
    bridge = str(scenarios.load_bridges(demo).index[0])
    closed = keep(demo, {"type": "street_closed", "edge_ids": [bridge]}, name="bridge")
    for kept in (KeptScenario(BASELINE), keep(demo, HALF), KeptScenario("same")):
        assess_scenario(demo, PLANNER, kept, ASKED, walks=walks)
    assert measured == ["normal"]
    assess_scenario(demo, PLANNER, closed, ASKED, walks=walks)
    assert measured == ["normal", "normal"]
    assess_scenario(demo, PLANNER, keep(demo, SNOW, name="snow"), ASKED, walks=walks)
    assert measured == ["normal", "normal", "snow"]


def test_new_watcher_at_a_districts_middle_shows_its_effect_with_the_response(demo):
    joins = {
        "type": "watcher_joins", "kind": "welfare_commissioner", "at_district": "K01", "district": "K01",
        "visits_per_month": 200, "reach_m": 5000,
    }  # fmt: skip
    pair = (KeptScenario(BASELINE), keep(demo, joins))
    as_is = compare_scenarios(demo, PLANNER, pair, ASKED)
    assert as_is.totals.loc["watched", "households_difference"] == 0
    respond = compare_scenarios(demo, PLANNER, pair, replace(ASKED, respond=True))
    assert respond.totals.loc["watched", "households_difference"] > 0
    for side in (respond.base, respond.other):
        assert side.response.value <= side.response.bound
        assert side.response.gap >= 0
    assert respond.other.response.bound >= respond.base.response.bound


def test_point_in_degrees_becomes_the_place_in_metres(demo):
    with demo.begin() as session:
        inside = read_areas(session, "community").loc["K01", "geometry"].representative_point()
    joins = {"type": "watcher_joins", "kind": "npo", "visits_per_month": 1, "reach_m": 1}
    by_point, by_district = (
        scenarios.complete_changes(demo, [joins | place])[0]
        for place in ({"lon": inside.x, "lat": inside.y}, {"at_district": "K01"})
    )
    assert by_point["x"] == pytest.approx(by_district["x"], abs=100)
    assert by_point["y"] == pytest.approx(by_district["y"], abs=100)
    for wrong in ({"lon": 136.6}, {"lon": "a", "lat": 3}, {"at_district": "K99"}):
        with pytest.raises(RequestError):
            scenarios.complete_changes(demo, [joins | wrong])


def test_another_day_takes_the_households_and_terms_of_that_day(demo):
    kept = keep(demo, {"type": "date_change", "date": "2029-12-01"})
    state = assess_scenario(demo, PLANNER, kept, ASKED)
    assert state.date == dt.date(2029, 12, 1)
    city = assess_city(demo, OPERATOR, "normal", state.date)
    assert state.households["status"].equals(city.coverage.households["status"])


def test_same_scenario_twice_is_refused(demo):
    with pytest.raises(RequestError, match="twice"):
        compare_scenarios(demo, PLANNER, (KeptScenario(BASELINE),) * 2, ASKED)


def test_progress_runs_through_both_assessments_and_can_stop_it(demo):
    steps = []
    pair = (KeptScenario(BASELINE), KeptScenario("same"))
    compare_scenarios(demo, PLANNER, pair, ASKED, progress=steps.append)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert all(step.done < step.total == 10 for step in steps)

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_scenarios(demo, PLANNER, pair, ASKED, progress=stop)


# --- turned into proposals ------------------------------------------------------------------------------


def test_leaving_watchers_become_handovers_the_coordinator_can_accept(demo):
    before = loaded(demo)
    kept = keep(demo, HALF)
    viewer = coordinator("K01")
    made = scenario_steps.propose_scenario(demo, viewer, kept, ASKED, district="K01")
    assert loaded(demo) == before
    assert made.value <= made.bound
    rows = proposals.load_proposals(demo, viewer, "K01")
    handed = rows[rows["kind"] == "handover"]
    assert handed["item"].nunique() == made.handovers > 0
    assert (handed["district"] == "K01").all()
    first = handed[handed["item"] == handed["item"].iloc[0]]
    assert proposals.accept(demo, viewer, first["version"].to_dict(), DATE) == before[1] + 1


def test_nobody_who_leaves_is_proposed_or_offered_instead(demo):
    kept = keep(demo, HALF)
    today = scenario_runs.assess_world(demo, OPERATOR, kept.scenario(), ASKED)
    base = scenario_runs.assess_world(demo, OPERATOR, KeptScenario("x").scenario(), ASKED)
    leaving = set(scenario_steps.find_leaving(base, kept.scenario()))
    gone = today.data.watchers.index[~today.graph.watchers["in_office"]]
    assert leaving <= set(gone)
    scenario_steps.propose_scenario(demo, coordinator("K01"), kept, ASKED, district="K01")
    rows = proposals.load_proposals(demo, coordinator("K01"), "K01")
    begun = rows[rows["visits_per_month"].fillna(0) > 0]
    assert not leaving & set(begun["watcher_id"])
    offered = {one["watcher_id"] for detail in rows["detail"] for one in detail.get("alternatives", [])}
    assert not leaving & offered


def test_what_must_come_first_becomes_steps_of_its_district(demo):
    joins = {"type": "watcher_joins", "kind": "npo", "x": 0, "y": 0, "visits_per_month": 4, "reach_m": 9}
    kept = keep(
        demo,
        joins | {"district": "K01"},
        joins | {"district": "K02"},
        {"type": "consent_change", "level": 3, "district": "K01"},
        {"type": "agreement_made", "district": "K02", "helped": "K01"},
        SNOW,
    )
    made = scenario_steps.propose_scenario(demo, coordinator("K01"), kept, ASKED, district="K01")
    assert made.steps == {"recruit": 1, "consent": 1, "agreement": 1}
    assert made.status == "nothing_to_do"
    rows = proposals.load_proposals(demo, coordinator("K01"), "K01")
    assert rows["household_id"].isna().all()
    assert rows["item"].is_unique


@pytest.mark.parametrize("viewer", [PLANNER, coordinator("K02")])
def test_proposals_of_another_district_are_refused(demo, viewer):
    kept = keep(demo, HALF)
    with pytest.raises(AccessRefusedError):
        scenario_steps.propose_scenario(demo, viewer, kept, ASKED, district="K01")


def test_scenario_that_asks_nothing_of_a_district_is_told(demo):
    with pytest.raises(RequestError, match="concern K01"):
        scenario_steps.propose_scenario(demo, coordinator("K01"), keep(demo, SNOW), ASKED, district="K01")


# --- what may be shown ----------------------------------------------------------------------------------


def areas(**rows):
    """Return a table of areas: households, watched before and after."""
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["h", "before", "after"])
    frame = pd.DataFrame({"name": table.index}, index=table.index)
    for moment in ("before", "after"):
        frame[f"households_{moment}"] = table["h"]
        frame[f"watched_{moment}"] = table[moment]
        frame[f"weighted_visits_{moment}"] = table[moment] * 1.0
        frame[f"share_{moment}"] = table[moment] / table["h"]
    for name in ("watched", "weighted_visits", "share"):
        frame[f"{name}_difference"] = frame[f"{name}_after"] - frame[f"{name}_before"]
    change = frame["watched_difference"]
    return frame.assign(gaining=change.clip(lower=0), losing=-change.clip(upper=0), change_class="gains")


def test_small_counts_and_what_would_tell_them_are_held_back():
    shown = shown_areas(areas(A=(100, 50, 80), B=(100, 50, 53), C=(60, 55, 40), D=(8, 4, 4)))
    assert shown.loc["A", ["watched_before", "watched_after", "watched_difference"]].tolist() == [50, 80, 30]
    small = shown.loc["B"]  # three gain: the count after would tell it
    assert small["watched_difference"] == small["gaining"] == FEW_AS_NUMBER
    assert small[["watched_after", "share_after", "weighted_visits_difference"]].isna().all()
    assert (small["watched_before"], small["change_class"]) == (50, FEW_CLASS)
    thin = shown.loc["C"]  # five are missed before
    assert thin[["watched_before", "watched_difference", "share_difference"]].isna().all()
    assert pd.isna(thin["change_class"])
    assert shown.loc["D", "households_after"] == FEW_AS_NUMBER


def test_own_district_is_shown_whole_and_the_others_are_not():
    table = areas(A=(100, 50, 53), B=(100, 50, 53))
    shown = shown_areas(table, ("A",))
    assert shown.loc["A", "watched_after"] == 53
    assert pd.isna(shown.loc["B", "watched_after"])


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).map(
            lambda row: (max(row), min(row[0], max(row)), min(row[1], max(row)))
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_count_from_one_to_nine_is_shown_or_follows_by_subtraction(rows):
    shown = shown_areas(areas(**{f"A{number}": row for number, row in enumerate(rows)}))
    counts = shown.filter(regex="^(households|watched)_|gaining|losing").astype(float)
    counts = pd.concat(
        [
            counts,
            shown["households_before"] - shown["watched_before"].where(shown["watched_before"] >= 10),
            shown["watched_after"].where(shown["watched_after"] >= 10)
            - shown["watched_before"].where(shown["watched_before"] >= 10),
        ],
        axis=1,
    )
    small = (counts.abs() >= 1) & (counts.abs() < 10)
    assert not small.any(axis=None)


def test_small_differences_of_the_city_hide_the_figure_afterwards():
    totals = pd.DataFrame(
        {"households_before": [100, 5, 40], "households_after": [104, 30, 90]}, index=["a", "b", "c"]
    )
    totals["households_difference"] = totals["households_after"] - totals["households_before"]
    shown = shown_totals(totals)
    assert shown.loc["a", "difference"] == FEW_AS_NUMBER
    assert pd.isna(shown.loc["a", "after"])
    assert shown.loc["c"].tolist() == [40, 90, 50]


def test_a_small_count_of_the_city_cannot_be_worked_out_backwards():
    totals = pd.DataFrame({"households_before": [5], "households_after": [30]}, index=["b"])
    totals["households_difference"] = totals["households_after"] - totals["households_before"]
    shown = shown_totals(totals).loc["b"]
    assert shown["before"] == FEW_AS_NUMBER
    assert pd.isna(shown["difference"])


def test_differences_are_written_with_sign_and_unit_of_points():
    assert [difference_text(value, JA) for value in (12, -530, 0, -FEW_AS_NUMBER)] == [
        "+12", "−530", "±0", "−<10",
    ]  # fmt: skip
    assert [points_text(value, JA) for value in (0.032, -0.5, 0.0001)] == ["+3.2", "−50.0", "±0.0"]


@pytest.mark.parametrize("words", [JA, EN])
@pytest.mark.parametrize("change", EVERY_CHANGE, ids=lambda change: change["type"])
def test_every_change_is_told_in_words(change, words):
    kept = KeptScenario("x", (change,))
    plain = kept.scenario().changes[0].to_dict()
    text = describe_change(plain, {"K01": "KKK", "K02": "LLL"}, words)
    assert text
    assert change["type"] not in text
    assert "K01" not in text


# --- on public paper ------------------------------------------------------------------------------------


def test_paper_hides_what_a_small_difference_would_tell():
    table = areas(A=(200, 150, 120), B=(200, 150, 154), C=(200, 100, 80), D=(200, 120, 60))
    before, after = protect_pair(table)
    assert before.districts["shown"].all()
    assert not after.districts.loc["B", "shown"]
    assert after.districts["shown"].sum() < 3  # one more is hidden, or B would follow from the total
    assert audit_tables(before).passed
    assert audit_tables(after).passed


def test_paper_hides_in_both_what_is_small_in_one():
    table = areas(A=(200, 195, 120), B=(200, 150, 100), C=(200, 100, 80), D=(200, 120, 60))
    before, after = protect_pair(table)
    assert not before.districts.loc["A", "shown"]
    assert not after.districts.loc["A", "shown"]


def test_paper_hides_city_totals_of_a_small_difference():
    before, after = protect_pair(areas(A=(200, 150, 154), B=(200, 150, 150)))
    assert before.totals["watched"] == 300
    assert after.totals["watched"] is None


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_printed_pair_always_passes_the_audit(seed):
    from numpy.random import default_rng

    drawn = default_rng(seed)
    rows = {}
    for number in range(4):
        households = int(drawn.integers(0, 80))
        rows[f"A{number}"] = (households, *map(int, drawn.integers(0, households + 1, 2)))
    for table in protect_pair(areas(**rows)):
        assert audit_tables(table).passed
        printed = table.districts[["households", "watched", "gap"]].astype("Float64")
        assert not (printed < 10).fillna(False).any(axis=None)


# --- the commands ---------------------------------------------------------------------------------------


@pytest.fixture
def url(demo_file, tmp_path):
    return demo_store.copy(demo_file, tmp_path)


def run(*arguments, url):
    return CliRunner().invoke(app, [*map(str, arguments), "--database", url])


def as_json(*arguments, url):
    result = run(*arguments, "--json", url=url)
    return result.exit_code, json.loads(result.stdout)


def test_command_saves_lists_and_ends_scenarios(url, tmp_path):
    file = tmp_path / "changes.json"
    file.write_text(json.dumps([HALF]), encoding="utf-8")
    code, told = as_json(
        "scenario", "save", "half", "--file", file, "--change", "season_change season=snow", url=url
    )
    assert (code, told["version"], len(told["changes"])) == (0, 1, 2)
    assert run("scenario", "save", "half", "--file", file, url=url).exit_code == 1  # the name is taken
    code, told = as_json("scenario", "save", "half", "--file", file, "--replace", url=url)
    assert (code, told["version"], len(told["changes"])) == (0, 2, 1)
    listed = run("scenario", "list", url=url)
    assert "民生委員・児童委員の担い手の 50.0 % が抜ける" in listed.stdout
    assert run("scenario", "end", "half", url=url).exit_code == 0
    assert as_json("scenario", "list", url=url)[1]["scenarios"] == []


def test_command_compares_with_the_baseline_by_its_name_in_either_language(url, tmp_path):
    run("scenario", "save", "half", "--change", "watchers_leave kind=welfare_commissioner share=0.5", url=url)
    for name in ("基準", "baseline"):
        code, told = as_json("compare", name, "half", "--out", tmp_path / name, url=url)
        assert code == 0
        assert told["households"]["watched"]["difference"] < 0
    assert {path.name for path in (tmp_path / "基準").iterdir()} == {
        "READ_ME.txt", "areas.csv", "types.csv", "totals.csv", "transitions.csv", "comparison.pdf",
    }  # fmt: skip
    text = (tmp_path / "基準" / "areas.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all("取扱注意" in row["handling"] for row in rows)
    counts = [row[name] for row in rows for name in row if name.startswith(("households", "watched"))]
    assert not [value for value in counts if value.lstrip("-").isdigit() and 0 < abs(int(value)) < 10]
    assert (tmp_path / "基準" / "comparison.pdf").read_bytes().startswith(b"%PDF")


def test_command_with_a_response_says_plan_bound_and_gap(url, tmp_path):
    run("scenario", "save", "half", "--change", "watchers_leave kind=welfare_commissioner share=0.5", url=url)
    code, told = as_json("compare", "baseline", "half", "--respond", "--out", tmp_path, url=url)
    plan = told["other"]["response"]
    assert code == 0
    assert plan["weighted_visits"] <= plan["bound_weighted_visits"]
    assert plan["gap"] >= 0


def test_command_proposes_for_a_district(url):
    run("scenario", "save", "half", "--change", "watchers_leave kind=welfare_commissioner share=0.5", url=url)
    code, told = as_json("scenario", "propose", "half", "--district", "K01", url=url)
    assert (code, told["district"]) == (0, "K01")
    assert told["handovers"] > 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("scenario", "dance"), 2),
        (("scenario", "save"), 2),
        (("scenario", "list", "x"), 2),
        (("scenario", "propose", "x"), 2),
        (("scenario", "end", "nobody"), 1),
        (("scenario", "save", "基準", "--change", "season_change season=snow"), 1),
        (("scenario", "save", "x", "--change", "season_change snow"), 1),
        (("scenario", "save", "x", "--change", "season_change season=rain"), 1),
        (("scenario", "save", "x", "--change", "fly"), 1),
        (("compare", "baseline", "nobody"), 1),
        (("compare", "baseline", "基準"), 1),
        (("compare", "baseline"), 2),
    ],
)
def test_wrong_use_and_refusals_end_with_their_code_and_no_trace(url, arguments, code):
    result = run(*arguments, url=url)
    assert result.exit_code == code
    assert "Traceback" not in result.output
    if code == 1:
        assert "Expected" not in result.stderr  # told in Japanese


@pytest.mark.parametrize("content", ["{", "3", '{"changes": 3}', "[3]", '[{"type": []}]'])
def test_a_file_of_another_form_is_refused(url, tmp_path, content):
    file = tmp_path / "wrong.json"
    file.write_text(content, encoding="utf-8")
    result = run("scenario", "save", "x", "--file", file, url=url)
    assert result.exit_code == 1
    assert "Expected" not in result.stderr


def test_coordinators_comparison_counts_the_own_district_exactly(url, demo, tmp_path):
    change = "watchers_leave district=K01 kind=welfare_commissioner"
    run("scenario", "save", "gone", "--change", change, url=url)
    code, _ = as_json("compare", "baseline", "gone", "--district", "K01", "--out", tmp_path, url=url)
    assert code == 0
    table = pd.read_csv(tmp_path / "areas.csv", dtype=str)
    own = table[(table["layer"] == "community") & (table["code"] == "K01")].iloc[0]
    kept = keep(demo, {"type": "watchers_leave", "district": "K01", "kind": "welfare_commissioner"})
    pair = (KeptScenario(BASELINE), kept)
    exact = compare_scenarios(demo, coordinator("K01"), pair, ASKED).layers["community"].loc["K01"]
    assert int(own["watched_difference"]) == exact["watched_difference"]


def test_area_names_cover_every_layer(demo):
    assert set(area_names(demo)) == {"community", "school", "neighbourhood"}
