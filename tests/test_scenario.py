"""Scenarios: each change does what it says to a copy of the city, and nonsense is refused by name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from analysis.assignment import AssignmentWishes, propose_assignment
from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.scenario import (
    AgreementMade,
    ConsentChange,
    DateChange,
    PlaceOpens,
    RulesChange,
    Scenario,
    ScenarioWorld,
    SeasonChange,
    StreetClosed,
    WatcherJoins,
    WatchersLeave,
    apply_scenario,
    change_from_dict,
)
from analysis.walking import walk_straight
from analysis.watch_graph import SharingRules, Situation, WatchInputs, build_watch_graph
from tests.small_worlds import CENTRES, METRIC, TODAY, agreements, assignments, households, watchers

ANYTHING_GOES = AssignmentWishes(keep="none", sharing="free")
JOINS = WatcherJoins("student", x=100.0, y=0.0, visits_per_month=2, reach_m=500)
EVERY_CHANGE = (
    WatchersLeave(ids=("W1",)),
    WatchersLeave(kind="neighbour", district="B", term_ends_by=dt.date(2028, 11, 30)),
    WatchersLeave(kind="npo", share=0.5, seed=3),
    JOINS,
    RulesChange((("student", 3), ("npo", 5))),
    SeasonChange("snow"),
    DateChange(dt.date(2027, 1, 1)),
    StreetClosed(("E1",)),
    PlaceOpens("consultation_centre", x=1.0, y=2.0, facility_id="C2"),
    ConsentChange(3, district="A"),
    ConsentChange(0, ids=("H2",), at_least=False),
    AgreementMade("A", "B"),
)


def city(**parts):
    """Return three households in two districts, four watchers, two streets and a centre."""
    homes = households(
        H1=dict(consent=1),
        H2=dict(consent=4, community_district="B"),
        H3=dict(consent=2, community_district="B", x=400),
    )
    usual = ScenarioWorld(
        households=homes.assign(neighbourhood=["N1", "N1", "N2"]),
        watchers=watchers(
            W1=dict(term_end="2028-11-30", district="A"),
            W2=dict(kind="neighbour", district="B", term_end="2028-12-01"),
            W3=dict(kind="neighbour", district="B"),
            GONE=dict(status="vacant", term_end="2028-11-30", district="A"),
        ),
        assignments=assignments(("W1", "H1"), ("W2", "H2")),
        agreements=agreements(),
        streets=gpd.GeoDataFrame(
            {"length_m": [1.0, 1.0]},
            geometry=[LineString([(0, 0), (1, 0)]), LineString([(1, 0), (2, 0)])],
            index=pd.Index(["E1", "E2"], name="edge_id", dtype=object),
            crs=METRIC,
        ),
        facilities=gpd.GeoDataFrame(
            {"kind": ["consultation_centre"]},
            geometry=[Point(0, 0)],
            index=pd.Index(["C1"], name="facility_id", dtype=object),
            crs=METRIC,
        ),
        rules=SharingRules(),
        season="normal",
        date=TODAY,
    )
    return dataclasses.replace(usual, **parts)


def applied(*changes, world=None):
    return apply_scenario(city() if world is None else world, Scenario("s", changes))


def graph_of(world):
    costs = walk_straight(world.watchers, world.households, season=world.season)
    normal = walk_straight(world.watchers, world.households)
    centres = world.facilities.index[world.facilities["kind"] == "consultation_centre"]
    inputs = WatchInputs(
        world.households, world.watchers, world.assignments, world.agreements, centres, costs, normal
    )
    return build_watch_graph(inputs, Situation(world.date, season=world.season), world.rules)


def assert_same_world(one, other):
    for part in dataclasses.fields(ScenarioWorld):
        left, right = getattr(one, part.name), getattr(other, part.name)
        if isinstance(left, pd.DataFrame):
            pd.testing.assert_frame_equal(left, right)
        else:
            assert left == right


def test_scenario_without_changes_changes_nothing():
    world = city()
    assert_same_world(applied(world=world), world)


def test_city_given_is_never_changed():
    world, same = city(), city()
    changes = [change for change in EVERY_CHANGE if not (isinstance(change, WatchersLeave) and change.kind)]
    applied(*changes[:-2], AgreementMade("A", "B"), world=world)
    assert_same_world(world, same)


def test_those_named_leave_and_all_others_stay():
    after = applied(WatchersLeave(ids=("W1", "W3")))
    assert after.watchers["status"].to_dict() == {
        "W1": "ended",
        "W2": "active",
        "W3": "ended",
        "GONE": "vacant",
    }
    assert graph_of(after).assigned["reason"].tolist() == ["not_in_office", None]


@pytest.mark.parametrize(
    ("condition", "leaving"),
    [
        (dict(kind="neighbour"), ["W2", "W3"]),
        (dict(district="A"), ["W1"]),  # the vacant post of A has nobody to leave
        (dict(term_ends_by=dt.date(2028, 11, 30)), ["W1"]),  # the last day of the term is that day
        (dict(term_ends_by=dt.date(2028, 12, 1)), ["W1", "W2"]),  # without a term W3 stays
        (dict(kind="neighbour", term_ends_by=dt.date(2028, 12, 1)), ["W2"]),
    ],
)
def test_those_who_meet_every_condition_leave(condition, leaving):
    after = applied(WatchersLeave(**condition)).watchers
    assert after.index[after["status"] == "ended"].tolist() == leaving


@pytest.mark.parametrize(("share", "leaving"), [(0.01, 1), (1 / 3, 1), (0.34, 2), (2 / 3, 2), (1.0, 3)])
def test_a_share_of_those_who_meet_the_conditions_is_rounded_up(share, leaving):
    day = dt.date(2028, 12, 1)
    people = watchers(**{f"W{number}": dict(term_end=day) for number in (1, 2, 3)})
    world = city(watchers=people, assignments=assignments())
    after = applied(WatchersLeave(term_ends_by=day, share=share, seed=5), world=world)
    assert (after.watchers["status"] == "ended").sum() == leaving


@given(st.integers(0, 50), st.floats(0.01, 1), st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_a_larger_share_of_the_same_draw_holds_the_smaller(seed, one, other):
    day = dt.date(2028, 12, 1)
    people = watchers(**{f"W{number}": dict(term_end=day) for number in range(7)})
    world = city(watchers=people, assignments=assignments())
    gone = []
    for share in sorted((one, other)):
        after = applied(WatchersLeave(term_ends_by=day, share=share, seed=seed), world=world).watchers
        gone.append(set(after.index[after["status"] == "ended"]))
    assert gone[0] <= gone[1]


def test_new_watcher_gets_a_free_id_and_works_by_the_rule_of_its_kind():
    homes = watchers(**{"new-1": 1, "W": 1})
    world = city(watchers=homes, assignments=assignments())
    after = applied(dataclasses.replace(JOINS, reports_to="C1"), JOINS, world=world)
    assert after.watchers.index.tolist() == ["new-1", "W", "new-2", "new-3"]
    assert after.watchers.geometry["new-2"] == Point(100, 0)
    assert after.watchers.crs == world.watchers.crs
    graph = graph_of(after)
    new = graph.watchers.loc[["new-2", "new-3"]]
    assert new["capacity_visits"].tolist() == [24, 24]  # 2 visits a month
    assert new["connected"].tolist() == [True, False]
    assert new["consent_level"].tolist() == [4, 4]
    # At 100 m, within 500 m: H1 and H2 at 130 m, H3 (300 m away) at 390 m; a student may know of H2 only.
    links = graph.links[graph.links["watcher"] == 2]
    assert links["cost_m"].tolist() == [pytest.approx(130), pytest.approx(130), pytest.approx(390)]
    assert links["allowed"].tolist() == [False, True, False]


def test_new_watcher_may_report_to_a_place_that_opens_too():
    opens = PlaceOpens("consultation_centre", x=0.0, y=0.0, facility_id="C2")
    after = applied(opens, dataclasses.replace(JOINS, reports_to="C2"))
    assert after.facilities["kind"].to_dict() == {"C1": "consultation_centre", "C2": "consultation_centre"}
    assert graph_of(after).watchers["connected"]["new-1"]


def test_those_who_join_are_not_among_those_who_leave():
    after = applied(JOINS, WatchersLeave(kind="neighbour"), dataclasses.replace(JOINS, kind="neighbour"))
    assert after.watchers["status"][["new-1", "new-2"]].tolist() == ["active", "active"]


def test_season_date_rules_and_streets_change():
    after = applied(
        SeasonChange("snow"),
        DateChange(dt.date(2030, 1, 1)),
        RulesChange((("npo", 2),)),
        StreetClosed(("E1",)),
    )
    assert (after.season, after.date) == ("snow", dt.date(2030, 1, 1))
    assert after.rules == SharingRules(npo=2)
    assert after.streets.index.tolist() == ["E2"]


@pytest.mark.parametrize(
    ("change", "consent"),
    [
        (ConsentChange(3, district="B"), [1, 4, 3]),  # who allows more keeps it
        (ConsentChange(3, district="B", at_least=False), [1, 3, 3]),
        (ConsentChange(3, neighbourhood="N1"), [3, 4, 2]),
        (ConsentChange(0, ids=("H3",), at_least=False), [1, 4, 0]),
    ],
)
def test_consent_rises_or_is_set_where_asked(change, consent):
    assert applied(change).households["consent"].tolist() == consent


def test_agreement_lets_the_neighbour_district_help_one_way():
    graph = graph_of(applied(AgreementMade("A", "B")))
    links = graph.links.assign(
        helper=graph.watchers["district"].to_numpy()[graph.links["watcher"]],
        home=graph.households["district"].to_numpy()[graph.links["household"]],
    )
    assert links[(links["helper"] == "A") & (links["home"] == "B")]["district_ok"].all()
    assert not links[(links["helper"] == "B") & (links["home"] == "A")]["district_ok"].any()


@pytest.mark.parametrize("change", EVERY_CHANGE)
def test_every_change_survives_json(change):
    assert change_from_dict(json.loads(json.dumps(change.to_dict()))) == change


def test_scenario_survives_json():
    scenario = Scenario("冬", EVERY_CHANGE)
    assert Scenario.from_dict(json.loads(json.dumps(scenario.to_dict()))) == scenario


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (dict(type="flood"), "got 'flood'"),
        (dict(type=["x"]), r"got \['x'\]"),
        (None, "got None"),
        (dict(type="season_change"), "got none named season"),
        (dict(type="season_change", season="snow", wind=1), "got wind too"),
        (dict(type="season_change", season="summer"), "got 'summer'"),
        (dict(type="date_change", date="2027-13-01"), "got '2027-13-01'"),
        (dict(type="watcher_joins", kind="npo", x="a", y=0, visits_per_month=1, reach_m=1), "got 'a'"),
        (dict(type="watcher_joins", kind="npo", x=0, y=0, visits_per_month=True, reach_m=1), "got True"),
        (dict(type="watchers_leave", ids="W1"), "Expected ids of watchers_leave"),
        (dict(type="rules_change", levels=[1]), "Expected levels of rules_change"),
    ],
)
def test_json_of_another_form_is_refused(values, told):
    with pytest.raises(ParameterError, match=told):
        change_from_dict(values)


@pytest.mark.parametrize(
    "values", [None, {}, dict(name="s"), dict(name=1, changes=[]), dict(name="s", changes={})]
)
def test_scenario_of_another_form_is_refused(values):
    with pytest.raises(ParameterError, match="name and a list of changes"):
        Scenario.from_dict(values)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: WatchersLeave(), "both or neither"),
        (lambda: WatchersLeave(ids=("W1",), kind="npo"), "both or neither"),
        (lambda: WatchersLeave(kind="dog"), "got 'dog'"),
        (lambda: WatchersLeave(kind="npo", share=0.0), "share above 0 to 1"),
        (lambda: WatchersLeave(kind="npo", share=1.1), "share above 0 to 1"),
        (lambda: WatchersLeave(ids=("W1",), share=0.5), "share above 0 to 1"),
        (lambda: WatchersLeave(kind="npo", share=0.5, seed=-1), "seed >= 0"),
        (lambda: dataclasses.replace(JOINS, kind="dog"), "got 'dog'"),
        (lambda: dataclasses.replace(JOINS, reach_m=-1), "Expected reach_m of a new watcher >= 0, got -1"),
        (lambda: dataclasses.replace(JOINS, visits_per_month=float("nan")), "got nan"),
        (lambda: dataclasses.replace(JOINS, x=float("inf")), "finite metres, got inf"),
        (lambda: RulesChange(()), "got none"),
        (lambda: RulesChange((("shop", 3),)), "got shop"),
        (lambda: RulesChange((("npo", 6),)), "got npo=6"),
        (lambda: StreetClosed(()), "streets to close, got none"),
        (lambda: PlaceOpens("castle", 0, 0, "P"), "got 'castle'"),
        (lambda: PlaceOpens("shelter", 0, 0, ""), "an id for the new place"),
        (lambda: ConsentChange(5, district="A"), "from 0 to 4, got 5"),
        (lambda: ConsentChange(3), "got 0 of the three"),
        (lambda: ConsentChange(3, district="A", ids=("H1",)), "got 2 of the three"),
        (lambda: AgreementMade("A", "A"), "got A twice"),
        (lambda: Scenario(" "), "a name for the scenario"),
    ],
)
def test_nonsense_is_refused_when_made(make, told):
    with pytest.raises(ParameterError, match=told):
        make()


@pytest.mark.parametrize(
    "pair",
    [
        (SeasonChange("snow"), SeasonChange("normal")),
        (DateChange(TODAY), DateChange(dt.date(2030, 1, 1))),
        (RulesChange((("npo", 3),)), RulesChange((("npo", 4), ("student", 3)))),
        (PlaceOpens("shelter", 0, 0, "P"), PlaceOpens("school", 1, 1, "P")),
        (AgreementMade("A", "B"), AgreementMade("A", "B")),
        (StreetClosed(("E1",)), StreetClosed(("E2", "E1"))),
    ],
)
def test_changes_that_contradict_or_repeat_are_refused(pair):
    with pytest.raises(ParameterError, match="once, got more of"):
        Scenario("s", pair)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([WatchersLeave(ids=("X1", "GONE", "W1"))], "got 2 others: X1, GONE"),  # nobody is there to leave
        ([WatchersLeave(district="Z")], "meet the conditions to leave, got none"),
        ([WatchersLeave(ids=("W1",)), WatchersLeave(district="A")], "leave once, got more of W1"),
        ([StreetClosed(("E1", "E9"))], "got 1 unknown: E9"),
        ([ConsentChange(3, ids=("H9",))], "got 1 unknown. Correct their ids"),  # no household id in an error
        ([ConsentChange(3, district="Z")], "got 'Z'"),
        ([ConsentChange(3, district="A"), ConsentChange(4, ids=("H1",))], "change once, got 1 more"),
        ([AgreementMade("A", "Z")], "got 1 unknown: Z"),
        ([dataclasses.replace(JOINS, district="Z")], "got 1 unknown: Z"),
        ([dataclasses.replace(JOINS, reports_to="nobody")], "got 1 unknown: nobody"),
        ([PlaceOpens("shelter", 0, 0, "C1")], "in use: C1"),
    ],
)
def test_what_the_city_has_not_is_named(changes, told):
    with pytest.raises(ParameterError, match=told):
        applied(*changes)


def test_agreement_in_force_is_refused_and_an_ended_one_may_be_made_again():
    ended = agreements(("A", "B", None, "2026-03-31"))
    assert len(applied(AgreementMade("A", "B"), world=city(agreements=ended)).agreements) == 2
    with pytest.raises(ParameterError, match="in force already: A - B"):
        applied(AgreementMade("A", "B"), world=city(agreements=agreements(("A", "B"))))


def test_household_layer_the_city_lacks_has_no_such_area():
    without = city(households=city().households.drop(columns="neighbourhood"))
    with pytest.raises(ParameterError, match="got 'N1'"):
        applied(ConsentChange(3, neighbourhood="N1"), world=without)


@settings(deadline=None, max_examples=30)
@given(
    place=st.tuples(st.integers(-500, 900), st.integers(-500, 500)),
    kind=st.sampled_from(["welfare_commissioner", "student", "shop"]),
    visits=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
def test_watcher_that_joins_never_lowers_the_best_coverage(place, kind, visits):
    world = city()
    joins = WatcherJoins(kind, *map(float, place), visits_per_month=visits, reach_m=500)
    reached = []
    for looked_at in (world, applied(joins, world=world)):
        graph = graph_of(looked_at)
        plan = propose_assignment(graph, assess_coverage(graph), ANYTHING_GOES)
        reached.append(plan.after["weighted_visits"])
    assert reached[0] <= reached[1]


def test_centres_of_the_small_world_are_the_facilities_of_the_city():
    assert city().facilities.index.tolist() == CENTRES.tolist()
