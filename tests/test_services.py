"""Use cases on a small demo city: counts add up, nobody sees more than allowed, nothing half-written."""

import dataclasses
import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point
from sqlalchemy import func, select

from analysis.assignment import AssignmentWishes
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from app.services import assignments, coverage, imports, packing, publishing, rounds
from app.services.cells import load_gap_cells
from app.services.demo import DEMO_DATE, make_demo
from geodata.errors import AccessRefusedError, ConflictError, StoreNotReadyError
from geodata.importers import ImportOptions
from geodata.models import AnalysisRun, AuditEvent, Household
from geodata.read import count_loaded, read_dataset
from geodata.session import Store
from tests.demo_store import HOUSEHOLDS, OPERATOR, PLANNER, SEED, coordinator

DAY = DEMO_DATE


def events(store, act):
    with store.begin() as session:
        return session.scalars(select(AuditEvent).where(AuditEvent.act == act)).all()


def a_district(store, season="normal"):
    """Return the code of the district with most households, and its row of counts."""
    figures = coverage.load_city_figures(store, PLANNER, season, DAY)
    layer = figures.layers["community"].drop(index="", errors="ignore")
    return layer["households"].astype(int).idxmax(), figures


def digest(store):
    """Return row counts and the revision: what a refused change must leave as they are."""
    with store.begin() as session:
        return count_loaded(session), read_dataset(session).revision


def write_households(path, rows):
    header = "household_id,lon,lat,household_type,visits_per_month,weight,consent,needs,valid_from\n"
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def import_households(store, path, **kwargs):
    spec = imports.DatasetSpec("x", DAY)
    options = kwargs.pop("options", ImportOptions())
    return imports.import_files(store, OPERATOR, "households", [path], options=options, spec=spec, **kwargs)


# --- the demo ---------------------------------------------------------------------------------------------


def test_the_demo_city_made_twice_changes_nothing(demo, tmp_path):
    before = digest(demo)
    assert make(demo, tmp_path, SEED) == []
    assert digest(demo) == before


def make(store, folder, seed):
    return make_demo(store, OPERATOR, folder, households=HOUSEHOLDS, seed=seed)


def test_another_demo_city_never_replaces_the_one_loaded(demo, tmp_path):
    before = digest(demo)
    with pytest.raises(ConflictError, match="same demo city"):
        make(demo, tmp_path, SEED + 1)
    assert digest(demo) == before


def test_every_household_lies_in_a_district_of_each_layer(demo):
    with demo.begin() as session:
        placed = session.scalar(
            select(func.count())
            .select_from(Household)
            .where(Household.community_district.is_not(None), Household.school_district.is_not(None))
        )
    assert placed == HOUSEHOLDS


# --- figures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("season", ["normal", "snow"])
def test_counts_add_up_over_statuses_classes_and_layers(demo, season):
    figures = coverage.load_city_figures(demo, PLANNER, season, DAY)
    totals = figures.totals
    statuses = ("watched", "partly_watched", "noticed_only", "unwatched")
    assert totals["households"] == HOUSEHOLDS == sum(totals[status] for status in statuses)
    # Every household that is not watched has exactly one first class; no watched one has.
    assert sum(totals[name] for name in MISSED_CLASSES) == HOUSEHOLDS - totals["watched"]
    assert sum(totals[name] for name in WEAK_CLASSES) <= totals["watched"]
    for layer in figures.layers.values():
        for column in ("households", *statuses, *MISSED_CLASSES, *WEAK_CLASSES):
            assert layer[column].astype(int).sum() == totals[column], column


def test_snow_never_watches_more_households_than_the_normal_season(demo):
    normal = coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    snow = coverage.load_city_figures(demo, PLANNER, "snow", DAY)
    assert snow.totals["season"] > 0 == normal.totals["season"]
    assert snow.totals["watched"] < normal.totals["watched"]


def test_figures_once_computed_are_kept_until_the_data_changes(demo):
    coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    with demo.begin() as session:
        first = session.scalars(select(AnalysisRun.run_id)).all()
    coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    with demo.begin() as session:
        assert session.scalars(select(AnalysisRun.run_id)).all() == first
        assert len(first) == 1


def test_a_stopped_computation_leaves_nothing_behind(demo):
    def stop(step):
        if step.step == "gaps":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coverage.load_city_figures(demo, PLANNER, "normal", DAY, stop)
    with demo.begin() as session:
        assert session.scalars(select(AnalysisRun)).all() == []


def test_kept_figures_hold_no_household_id(demo):
    coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    with demo.begin() as session:
        text = json.dumps(session.scalars(select(AnalysisRun)).one().figures)
        ids = session.scalars(select(Household.household_id)).all()
    assert not [household for household in ids if household in text]


def test_an_empty_database_says_what_to_do(tmp_path):
    with pytest.raises(StoreNotReadyError, match="mimamori demo"):
        coverage.read_info(Store(f"sqlite:///{tmp_path / 'none.db'}"))


# --- the door ---------------------------------------------------------------------------------------------


def test_a_coordinator_sees_consenting_households_of_the_own_district_only(demo):
    district, figures = a_district(demo)
    view = coverage.load_district(demo, coordinator(district), district, "normal", DAY)
    assert set(view.households["community_district"]) == {district}
    assert view.households["consent"].min() >= 2
    in_district = figures.layers["community"].loc[district, "households"]
    assert len(view.households) + view.hidden_households == in_district
    assert 0 < view.hidden_households < in_district
    assert not view.counts_only


def test_a_coordinator_is_refused_another_district_and_that_is_recorded(demo):
    district, figures = a_district(demo)
    other = next(code for code in figures.layers["community"].index if code not in ("", district))
    with pytest.raises(AccessRefusedError, match="Ask the city"):
        coverage.load_district(demo, coordinator(other), district, "normal", DAY)
    refused = events(demo, "refuse")
    assert [event.filters for event in refused] == [{"district": district}]


@pytest.mark.parametrize("role", ["planner", "operator"])
def test_planner_and_operator_get_counts_and_no_household_or_home(demo, role):
    district, _ = a_district(demo)
    viewer = dataclasses.replace(PLANNER, role=role)
    view = coverage.load_district(demo, viewer, district, "normal", DAY)
    assert view.counts_only
    assert view.households.empty
    assert view.watchers.empty
    assert view.figures["households"] > 0


def test_a_household_is_explained_to_its_coordinator_only(demo):
    district, figures = a_district(demo)
    view = coverage.load_district(demo, coordinator(district), district, "normal", DAY)
    household = view.households.index[view.households["status"] == "watched"][0]
    answer = coverage.explain_household(demo, coordinator(district), household, "normal", DAY)
    assert answer.status == "watched"
    assert answer.watched_by["visits_per_month"].astype(float).sum() > 0
    assert answer.watched_by["kind"].notna().all()
    other = next(code for code in figures.layers["community"].index if code not in ("", district))
    for viewer in (coordinator(other), PLANNER):
        with pytest.raises(AccessRefusedError):
            coverage.explain_household(demo, viewer, household, "normal", DAY)


def test_a_household_that_hides_itself_cannot_be_told_from_one_that_is_not_there(demo):
    district, _ = a_district(demo)
    with demo.begin() as session:
        hidden = session.scalars(
            select(Household.household_id).where(
                Household.community_district == district, Household.consent < 2
            )
        ).first()
    messages = []
    for household in (hidden, "nobody"):
        with pytest.raises(AccessRefusedError) as refusal:
            coverage.explain_household(demo, coordinator(district), household, "normal", DAY)
        messages.append(str(refusal.value))
    assert messages[0] == messages[1]


def test_every_look_leaves_an_event_without_an_id_in_the_clear(demo):
    district, _ = a_district(demo)
    before = len(events(demo, "look"))
    view = coverage.load_district(demo, coordinator(district), district, "normal", DAY)
    looks = events(demo, "look")[before:]
    assert {event.object_kind for event in looks} == {"household", "result", "watcher"}
    assert {event.object_count for event in looks if event.object_kind == "household"} == {
        len(view.households)
    }
    text = json.dumps([[event.filters, event.object_hash] for event in looks])
    assert not [household for household in view.households.index if household in text]


def test_gap_cells_tell_no_count_below_ten(demo):
    _, figures = a_district(demo)
    cells = load_gap_cells(demo, PLANNER, figures)
    assert (cells["missed"] >= 10).all()
    assert (cells["missed"] <= cells["households"]).all()
    assert "household_id" not in cells.columns


# --- imports ----------------------------------------------------------------------------------------------


def test_a_file_with_one_bad_row_writes_nothing(demo, tmp_path):
    before = digest(demo)
    file = write_households(
        tmp_path / "h.csv",
        [
            "NEW1,136.656,36.561,single_75,1,1,2,,2026-04-01",
            "NEW2,36.561,136.656,single_75,1,1,2,,2026-04-01",
        ],
    )
    report = import_households(demo, file)
    assert report.refused
    assert (report.rejected, report.written) == (1, 0)
    assert [problem.row for problem in report.errors] == [3]
    assert digest(demo) == before


def test_a_dry_run_reports_and_writes_nothing(demo, tmp_path):
    before = digest(demo)
    file = write_households(tmp_path / "h.csv", ["NEW1,136.656,36.561,single_75,1,1,2,,2026-04-01"])
    report = import_households(demo, file, dry_run=True)
    assert report.dry_run
    assert report.written == 1
    assert digest(demo) == before


def test_the_same_file_twice_changes_nothing(demo, tmp_path):
    file = write_households(tmp_path / "h.csv", ["NEW1,136.656,36.561,single_75,1,1,2,,2026-04-01"])
    import_households(demo, file)
    before = digest(demo)
    report = import_households(demo, file)
    assert (report.written, report.updated, report.unchanged) == (0, 0, 1)
    assert digest(demo) == before


def test_a_household_outside_every_district_is_kept_counted_and_told(demo, tmp_path):
    west, south, _, _ = coverage.load_shapes(demo, "boundary").total_bounds
    file = write_households(
        tmp_path / "h.csv", [f"SEA1,{west - 0.01},{south - 0.01},single_75,1,1,2,,2026-04-01"]
    )
    report = import_households(demo, file)
    assert not report.refused
    assert [problem.severity for problem in report.problems] == ["warning"]
    assert "outside every community district" in report.problems[0].reason
    figures = coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    assert figures.counts["households_no_district"] == 1
    assert figures.layers["community"].loc["", "households"] == 1
    assert figures.totals["households"] == HOUSEHOLDS + 1


def test_an_agreement_between_unknown_districts_is_refused_and_begins_no_city(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")
    file = tmp_path / "a.csv"
    file.write_text("agreement_id,district,helped_district,valid_from,valid_to\nA1,K01,K02,2026-04-01,\n")
    spec = imports.DatasetSpec("x", DAY)
    report = imports.import_files(store, OPERATOR, "agreements", [file], options=ImportOptions(), spec=spec)
    assert report.refused
    with pytest.raises(StoreNotReadyError):
        coverage.read_info(store)


def test_the_import_log_of_personal_layers_keeps_no_values(demo, tmp_path):
    file = write_households(tmp_path / "h.csv", ["NEW1,136.6５6,36.561,single_75,1,1,2,,2026-04-01"])
    import_households(demo, file)
    table = imports.list_imports(demo, PLANNER)
    newest = table.iloc[0]
    assert newest["layer"] == "households"
    assert all(problem["value"] is None for problem in newest["problems"])


# --- assignment -------------------------------------------------------------------------------------------


def test_applying_a_proposal_gives_exactly_what_it_promised(demo):
    plan = assignments.propose(demo, OPERATOR, "normal", DAY)
    assert plan.proposal.after["watched"] > plan.proposal.before["watched"]
    revision = assignments.apply_plan(demo, OPERATOR, plan)
    figures = coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    assert figures.info.revision == revision
    assert figures.totals["watched"] == plan.proposal.after["watched"]
    again = assignments.propose(demo, OPERATOR, "normal", DAY)
    assert again.proposal.after["weighted_visits"] == plan.proposal.after["weighted_visits"]


def test_a_proposal_made_from_older_data_is_not_applied(demo):
    plan = assignments.propose(demo, OPERATOR, "normal", DAY)
    assignments.apply_plan(demo, OPERATOR, plan)
    before = digest(demo)
    with pytest.raises(ConflictError, match="Propose again"):
        assignments.apply_plan(demo, OPERATOR, plan)
    assert digest(demo) == before


def test_a_coordinator_changes_the_own_district_only(demo):
    district, figures = a_district(demo)
    other = next(code for code in figures.layers["community"].index if code not in ("", district))
    plan = assignments.propose(
        demo, coordinator(district), "normal", DAY, wishes=AssignmentWishes(district=district)
    )
    with pytest.raises(AccessRefusedError):
        assignments.apply_plan(demo, coordinator(other), plan)
    with pytest.raises(AccessRefusedError):
        assignments.apply_plan(demo, PLANNER, plan)
    households = plan.data.households.loc[plan.proposal.moves["household_id"], "community_district"]
    assert set(households) == {district}
    assert assignments.apply_plan(demo, coordinator(district), plan) == plan.data.info.revision + 1


def test_what_a_move_replaces_ends_the_day_before_and_stays():
    # W1 visits H1 since 2025; the move takes H1 from W1 and gives it to W2.
    existing = pd.DataFrame(
        {
            "watcher_id": ["W1", "W1"],
            "household_id": ["H1", "H2"],
            "role": "primary",
            "visits_per_month": [None, None],
            "locked": [False, False],
            "valid_from": [dt.date(2025, 4, 1), dt.date(2025, 4, 1)],
            "valid_to": [None, None],
        },
        index=pd.Index(["W1:H1:primary:2025-04-01", "W1:H2:primary:2025-04-01"], name="assignment_id"),
    )
    moves = pd.DataFrame(
        {"household_id": ["H1", "H1"], "watcher_id": ["W1", "W2"], "visits_per_month": [0.0, 1.0]}
    )
    rows = assignments.changed_rows(existing, moves, dt.date(2026, 4, 1)).set_index("assignment_id")
    assert rows.loc["W1:H1:primary:2025-04-01", "valid_to"] == dt.date(2026, 3, 31)
    assert rows.loc["W2:H1:primary:2026-04-01", "valid_from"] == dt.date(2026, 4, 1)
    assert len(rows) == 2  # H2 is not touched


# --- rounds and paper -------------------------------------------------------------------------------------


def test_a_round_calls_once_at_every_household_a_watcher_visits(demo):
    district, _ = a_district(demo)
    planned = rounds.plan_district(demo, coordinator(district), district, "normal", DAY)
    assert planned.planned
    for one in planned.planned:
        called = [*one.rounds.stops["household_id"], *one.rounds.left_out["household_id"]]
        assert sorted(called) == sorted(one.stops.index)
        assert (one.rounds.outings["minutes"] <= rounds.MAX_MINUTES + 1e-6).all()


def test_rounds_of_another_district_are_refused(demo):
    district, figures = a_district(demo)
    other = next(code for code in figures.layers["community"].index if code not in ("", district))
    with pytest.raises(AccessRefusedError):
        rounds.plan_district(demo, coordinator(other), district, "normal", DAY)


@pytest.mark.parametrize("season", ["normal", "snow"])
def test_printed_figures_hold_no_count_below_ten_and_add_up_where_shown(demo, season):
    figures = coverage.load_city_figures(demo, PLANNER, season, DAY)
    printed = publishing.protect_figures(demo, figures)
    for column in ("households", "watched", "gap"):
        counts = printed.districts[column].dropna()
        assert (counts >= 10).all(), column
    for value in (*printed.totals.values(), *printed.gap_classes.values()):
        assert value is None or value >= 10
    shown = printed.districts[printed.districts["shown"].astype(bool)]
    assert (shown["households"] == shown["watched"] + shown["gap"]).all()


def test_kept_outlook_and_patterns_agree_with_the_counts(demo):
    figures = coverage.load_city_figures(demo, PLANNER, "normal", DAY)
    outlook, patterns, totals = figures.outlook, figures.patterns, figures.totals
    today = outlook.forecast.iloc[0]
    assert (today["event"], today["households_expected"]) == ("today", totals["watched"])
    assert outlook.districts["watchers"].sum() == outlook.watchers["watchers"]
    assert outlook.districts["most_lost"].max() == outlook.watchers["most_households_at_once"]
    visits = outlook.visits
    assert visits["delivered"] <= visits["best"] <= visits["needed"]
    assert (outlook.organisations["watchers"] >= 3).all()
    missed = totals["households"] - totals["watched"]
    areas = patterns.gap_areas
    assert patterns.gap_area_counts["missed"] == missed
    assert (areas["missed"] >= 10).all() and areas.crs.to_epsg() == 6668
    by_district = patterns.inequality
    assert by_district["missed"].sum() == missed
    assert patterns.kinds["in_office"].sum() == figures.counts["watchers_in_office"]
    assert patterns.bottlenecks["at_least_unwatched"] <= missed - figures.counts["closable_households"]


def test_every_watcher_of_the_district_has_its_losses(demo):
    district, _ = a_district(demo)
    watchers = coverage.load_district(demo, coordinator(district), district, "normal", DAY).watchers
    counted = watchers["lost_households_at_once"].notna()
    assert counted.any()
    assert (watchers.loc[counted, "lost_households_at_once"] <= watchers.loc[counted, "households"]).all()
    lost = watchers.loc[counted, "lost_visits_after"].astype(float)
    assert (lost <= watchers.loc[counted, "visits_per_month"] + 1e-9).all()


def test_hand_overs_name_other_households_only_to_who_may_see_them(demo):
    district, _ = a_district(demo)
    viewer = coordinator(district)
    view = coverage.load_district(demo, viewer, district, "normal", DAY)
    rebalanced = view.households.index[view.households["gap_class"] == "rebalance"]
    seen = set()
    for household_id in rebalanced[:20]:
        chain = coverage.explain_household(demo, viewer, household_id, "normal", DAY).chain
        assert len(chain)
        seen |= set(chain["household_id"].dropna())
    assert seen <= set(view.households.index)


def test_packed_frames_come_back_with_days_gaps_and_places():
    frame = gpd.GeoDataFrame(
        {"day": pd.to_datetime(["2026-04-01", None]), "share": [0.5, None], "many": [1, 2]},
        geometry=[Point(136.65, 36.56), None],
        index=pd.Index(["a", "b"], name="code"),
        crs=6668,
    )
    packed = json.loads(json.dumps(packing.pack(frame), allow_nan=False))
    back = packing.unpack_areas(packed, "code", 6668)
    assert back["day"]["a"] == "2026-04-01" and pd.isna(back["day"]["b"])
    assert back["many"].tolist() == [1, 2]
    assert pd.isna(back["share"]["b"]) and back.geometry["b"] is None
    assert back.geometry["a"].equals(Point(136.65, 36.56))
