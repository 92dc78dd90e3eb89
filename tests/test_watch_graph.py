"""Who could watch whom: office, reach, consent, district, notices, and the candidates of a household."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from analysis.errors import FrameError, ParameterError
from analysis.watch_graph import (
    SharingRules,
    Situation,
    build_watch_graph,
    could_watch,
    nearest_candidates,
    to_networkx,
)
from tests.small_worlds import (
    NORMAL,
    SNOW,
    TODAY,
    agreements,
    assignments,
    households,
    walking_costs,
    watchers,
    world,
)

YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)


def one_pair(home=1, person=1, *rows, metres=100.0, situation=NORMAL, rules=None, agreed=None):
    """Return the graph of one household H and one watcher W."""
    inputs = world(
        households(H=home), watchers(W=person), assignments(*rows), costs={("W", "H"): metres}, agreed=agreed
    )
    return build_watch_graph(inputs, situation, rules or SharingRules())


def built(homes, people, *standing, costs):
    """Return the graph of a world in the normal season."""
    return build_watch_graph(world(homes, people, *standing, costs=costs), NORMAL)


def reason_of(graph):
    """Return why the only assignment does not count."""
    return graph.assigned["reason"].iloc[0]


@pytest.mark.parametrize(("metres", "links"), [(799.9, 1), (800.0, 1), (800.1, 0)])
def test_pair_at_exactly_the_reach_is_a_link(metres, links):
    assert len(one_pair(metres=metres).links) == links


def test_watcher_without_reach_has_no_link():
    assert one_pair(person=dict(reach_m=None)).links.empty


@pytest.mark.parametrize(
    ("person", "in_office"),
    [
        (dict(), True),
        (dict(term_end=TODAY), True),  # the last day is still in office
        (dict(term_end=YESTERDAY), False),
        (dict(status="vacant"), False),
        (dict(status="ended"), False),
    ],
)
def test_watcher_gives_only_while_in_office(person, in_office):
    graph = one_pair(1, person, ("W", "H"))
    assert graph.watchers["in_office"].tolist() == [in_office]
    assert len(graph.links) == int(in_office)
    assert graph.watchers["load_visits"].tolist() == [12 * in_office]
    assert reason_of(graph) == (None if in_office else "not_in_office")


def test_watcher_whose_own_dates_are_over_is_out_of_office():
    people = watchers(W=1, V=1).assign(valid_from=[None, TOMORROW], valid_to=[YESTERDAY, None])
    graph = build_watch_graph(world(households(H=1), people, costs={("W", "H"): 1, ("V", "H"): 1}), NORMAL)
    assert not graph.watchers["in_office"].any()
    assert graph.links.empty


@pytest.mark.parametrize(
    ("kind", "lowest"),
    [
        ("welfare_commissioner", 2),
        ("community_promoter", 3),
        ("neighbour", 3),
        ("casual_volunteer", 4),
        ("student", 4),
        ("npo", 4),
        ("company", 4),
    ],
)
def test_consent_below_the_kinds_level_forbids(kind, lowest):
    for consent in range(5):
        graph = one_pair(dict(consent=consent), dict(kind=kind), ("W", "H"))
        assert graph.links["consent_ok"].tolist() == [consent >= lowest]
        assert graph.links["allowed"].tolist() == [consent >= lowest]
        assert reason_of(graph) == (None if consent >= lowest else "consent")


def test_changed_rule_lets_a_student_know():
    student = dict(kind="student")
    assert one_pair(dict(consent=2), student, rules=SharingRules(student=2)).links["allowed"].all()
    assert not one_pair(dict(consent=4), student, rules=SharingRules(student=5)).links["allowed"].any()


@pytest.mark.parametrize(
    ("home", "person", "agreed", "serves"),
    [
        ("A", "A", (), True),
        ("A", "B", (), False),
        ("A", None, (), True),  # no district: the whole city
        ("A", "", (), True),
        (None, "A", (), False),  # a household in no district: watchers of the whole city only
        (None, None, (), True),
        ("A", "B", (("B", "A"),), True),
        ("A", "B", (("A", "B"),), False),  # the agreement helps the other way round
        ("A", "B", (("B", "A", TODAY, TODAY),), True),
        ("A", "B", (("B", "A", TOMORROW, None),), False),
        ("A", "B", (("B", "A", None, YESTERDAY),), False),
    ],
)
def test_district_rule_and_its_agreements(home, person, agreed, serves):
    graph = one_pair(
        dict(community_district=home), dict(district=person), ("W", "H"), agreed=agreements(*agreed)
    )
    assert graph.links["district_ok"].tolist() == [serves]
    assert reason_of(graph) == (None if serves else "district")


def test_assignment_out_of_reach_in_snow_counts_in_the_normal_season():
    homes, people, standing = households(H=1), watchers(W=1), assignments(("W", "H"))
    inputs = world(homes, people, standing, costs={("W", "H"): 801}, normal_costs={("W", "H"): 400})
    snow = build_watch_graph(inputs, SNOW)
    assert reason_of(snow) == "out_of_reach"
    assert snow.counts["assignments_not_counting"] == 1
    assert snow.households["reach_normal"].tolist() == [True]
    normal = build_watch_graph(world(homes, people, standing, costs={("W", "H"): 400}), NORMAL)
    assert reason_of(normal) is None


def test_assignment_of_a_passive_watcher_does_not_count():
    assert reason_of(one_pair(1, dict(kind="shop"), ("W", "H"))) == "passive"


def test_assignment_of_somebody_unknown_is_kept_with_the_reason():
    graph = one_pair(1, 1, ("X", "H"), ("W", "Y"))
    assert graph.assigned["reason"].to_dict() == {"A0": "unknown_watcher", "A1": "unknown_household"}
    assert graph.counts["assignments_not_counting"] == 2


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "stands"),
    [(None, None, True), (TODAY, TODAY, True), (TOMORROW, None, False), (None, YESTERDAY, False)],
)
def test_only_assignments_valid_on_the_day_stand(valid_from, valid_to, stands):
    graph = one_pair(1, 1, ("W", "H", dict(valid_from=valid_from, valid_to=valid_to)))
    assert len(graph.assigned) == int(stands)
    assert graph.counts["assignments_not_valid"] == int(not stands)


def test_older_assignment_is_honoured_first_and_the_rest_is_overload():
    # 5 visits a month: H2 (2010) takes 4, H1 (2020) gets 1 of 3, H3 (2021) none of 1.
    standing = assignments(
        ("W", "H1", dict(valid_from=dt.date(2020, 4, 1))),
        ("W", "H2", dict(valid_from=dt.date(2010, 4, 1))),
        ("W", "H3", dict(valid_from=dt.date(2021, 4, 1))),
    )
    near = {("W", home): 10 for home in ("H1", "H2", "H3")}
    graph = built(households(H1=3, H2=4, H3=1), watchers(W=5), standing, costs=near)
    assert graph.links["delivered_visits"].tolist() == [12, 48, 0]
    assert graph.watchers.loc["W", ["load_visits", "room_visits", "promised_visits"]].tolist() == [60, 0, 96]
    assert graph.counts["watchers_overloaded"] == 1
    assert graph.counts["visits_beyond_capacity"] == 36


def test_assignments_of_one_day_are_honoured_by_household_id():
    near = {("W", "H2"): 10, ("W", "H1"): 20}
    standing = assignments(("W", "H2"), ("W", "H1"))
    graph = build_watch_graph(world(households(H2=2, H1=2), watchers(W=3), standing, costs=near), NORMAL)
    assert graph.links["delivered_visits"].tolist() == [12, 24]  # H2 gets what H1 leaves


def test_second_assignment_without_visits_takes_what_is_still_missing():
    # Need 4 a month; W1 (older) can make 1, so W2 promises and makes the other 3.
    standing = assignments(("W2", "H", dict(valid_from=TODAY)), ("W1", "H"))
    near = {("W1", "H"): 10, ("W2", "H"): 20}
    graph = build_watch_graph(world(households(H=4), watchers(W1=1, W2=9), standing, costs=near), NORMAL)
    assert graph.assigned["promised_visits"].to_dict() == {"A0": 36, "A1": 48}
    assert graph.assigned["delivered_visits"].to_dict() == {"A0": 36, "A1": 12}


def test_stated_visits_beyond_the_need_are_counted_and_leave_room():
    graph = one_pair(1, 4, ("W", "H", dict(visits_per_month=3)))  # needs 1, promised 3 of 4
    assert graph.watchers["load_visits"].tolist() == [12]
    assert graph.watchers["room_visits"].tolist() == [36]
    assert graph.counts["visits_beyond_need"] == 24


def test_backup_promises_nothing():
    graph = one_pair(1, 1, ("W", "H", "backup"))
    assert graph.assigned[["promised_visits", "delivered_visits"]].to_numpy().tolist() == [[0, 0]]
    assert graph.assigned["counts"].tolist() == [True]


def test_rare_visit_is_never_rounded_to_none():
    # 0.33 a month is 4 a year; 0.01 a month is 0.12 a year, still one.
    graph = build_watch_graph(
        world(households(H1=0.33, H2=0.01, H3=0), watchers(W=1), costs={("W", "H1"): 1}), NORMAL
    )
    assert graph.households["need_visits"].tolist() == [4, 1, 0]


one_of_three = st.integers(0, 2)


@settings(deadline=None, max_examples=50)
@given(
    rows=st.lists(st.tuples(one_of_three, one_of_three, st.none() | st.integers(0, 5)), max_size=6),
    need=st.lists(st.integers(0, 4), min_size=3, max_size=3),
    capacity=st.lists(st.integers(0, 6), min_size=3, max_size=3),
)
def test_honouring_equals_going_through_them_one_by_one(rows, need, capacity):
    per_month = {f"H{i}": visits / 12 for i, visits in enumerate(need)}
    people = {f"W{i}": visits / 12 for i, visits in enumerate(capacity)}
    standing = assignments(
        *(
            (
                f"W{w}",
                f"H{h}",
                dict(
                    valid_from=dt.date(2020, 1, 1 + turn),
                    visits_per_month=None if stated is None else stated / 12,
                ),
            )
            for turn, (w, h, stated) in enumerate(rows)
        )
    )
    near = {(person, home): 10 for person in people for home in per_month}
    graph = built(households(**per_month), watchers(**people), standing, costs=near)
    expected, missing, room = [], list(need), list(capacity)
    for w, h, stated in rows:
        made = min(need[h] if stated is None else stated, missing[h], room[w])
        missing[h] -= made
        room[w] -= made
        expected.append(made)
    assert graph.assigned["delivered_visits"].tolist() == expected
    assert graph.watchers["room_visits"].tolist() == room


def test_round_notices_doors_up_to_thirty_metres_and_an_area_its_border():
    # Round along y=0 from x=0 to 100; area the square 200..300. Doors: 30 and 30.1 m off, on the border, out.
    homes = households(
        NEAR=dict(x=50, y=30), FAR=dict(x=50, y=30.1), BORDER=dict(x=200, y=50), OUT=dict(x=199.9, y=50)
    )
    people = watchers(
        R=dict(kind="delivery_firm", service_area=LineString([(0, 0), (100, 0)]), reach_m=None),
        S=dict(kind="shop", service_area=Polygon([(200, 0), (300, 0), (300, 100), (200, 100)])),
    )
    graph = build_watch_graph(world(homes, people, costs={("S", "OUT"): 10}), NORMAL)
    noticed = {(homes.index[h], people.index[w]) for h, w in graph.notices.itertuples(index=False)}
    assert noticed == {("NEAR", "R"), ("BORDER", "S")}
    assert graph.links.empty  # a passive watcher is never a link


def test_shop_without_an_area_notices_within_its_reach_on_foot_whatever_the_consent():
    homes = households(H1=dict(consent=0), H2=dict(consent=0))
    shop = watchers(S=dict(kind="shop", reach_m=100, district="Z"))
    graph = build_watch_graph(world(homes, shop, costs={("S", "H1"): 100, ("S", "H2"): 100.1}), NORMAL)
    assert graph.notices.to_numpy().tolist() == [[0, 0]]


def test_passive_watcher_out_of_office_notices_nothing():
    shop = watchers(S=dict(kind="shop", status="ended", service_area=Point(0, 0).buffer(9)))
    assert build_watch_graph(world(households(H=1), shop, costs={}), NORMAL).notices.empty


def test_reports_pass_only_through_watchers_in_office_and_circles_end_nowhere():
    people = watchers(
        A=dict(reports_to="C1"),
        B=dict(reports_to="A"),
        GONE=dict(reports_to="C1", status="ended"),
        C=dict(reports_to="GONE"),
        X=dict(reports_to="Y"),
        Y=dict(reports_to="X"),
        N=dict(reports_to=None),
        F=dict(reports_to="some other place"),
    )
    graph = build_watch_graph(world(households(H=1), people, costs={}), NORMAL)
    assert graph.watchers["connected"].index[graph.watchers["connected"]].tolist() == ["A", "B"]


def test_costs_in_another_order_give_the_same_links():
    homes, people = households(H1=1, H2=1), watchers(W1=1, W2=1)
    pairs = {("W1", "H1"): 300, ("W2", "H1"): 100, ("W1", "H2"): 200}
    inputs = world(homes, people, costs=pairs)
    turned = walking_costs(pairs, homes.index[::-1], people.index[::-1])
    other = type(inputs)(**{**vars(inputs), "costs": turned, "normal_costs": turned})
    expected = build_watch_graph(inputs, NORMAL).links
    assert expected[["household", "watcher", "cost_m"]].to_numpy().tolist() == [
        [0, 1, 100],
        [0, 0, 300],
        [1, 0, 200],
    ]
    pd.testing.assert_frame_equal(build_watch_graph(other, NORMAL).links, expected)


def test_inputs_are_never_changed():
    inputs = world(households(H=1), watchers(W=1), assignments(("W", "H")), costs={("W", "H"): 1})
    before = [frame.copy() for frame in (inputs.households, inputs.watchers, inputs.assignments)]
    build_watch_graph(inputs, NORMAL)
    for frame, kept in zip((inputs.households, inputs.watchers, inputs.assignments), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)


def test_all_faults_of_the_inputs_stand_in_one_error():
    friend = dict(kind="friend", visits_per_month=None)
    inputs = world(households(H=dict(visits_per_month=-1)), watchers(W=friend), costs={})
    with pytest.raises(FrameError) as raised:
        build_watch_graph(inputs, NORMAL)
    assert "visits_per_month of households >= 0, got 1 negative" in str(raised.value)
    assert "visits_per_month of watchers >= 0, got 1 negative or missing" in str(raised.value)
    assert "known watcher kinds, got friend" in str(raised.value)


def test_costs_without_some_household_are_refused():
    inputs = world(households(H1=1, H2=1), watchers(W=1), costs={})
    short = walking_costs({}, inputs.households.index[:1], inputs.watchers.index)
    with pytest.raises(FrameError, match="for all households, got 1 without"):
        build_watch_graph(type(inputs)(**{**vars(inputs), "costs": short}), NORMAL)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SharingRules(npo=0),  # refused households are told to nobody
        lambda: SharingRules(student=6),
        lambda: Situation(TODAY, season="summer"),
        lambda: Situation(TODAY, horizon_days=-1),
        lambda: Situation(TODAY, high_age=0),
    ],
)
def test_rules_and_situation_check_themselves(wrong):
    with pytest.raises(ParameterError, match="Expected"):
        wrong()


def candidates_world():
    """Return a household and five watchers near: free and far, free and near, full, forbidden, foreign."""
    people = watchers(
        FAR=2, NEAR=1, FULL=0, STUDENT=dict(kind="student", visits_per_month=3), OTHER=dict(district="B")
    )
    metres = {"FAR": 500, "NEAR": 200, "FULL": 10, "STUDENT": 20, "OTHER": 30}
    near = {(person, "H"): metre for person, metre in metres.items()}
    return build_watch_graph(world(households(H=dict(consent=2), G=1), people, costs=near), NORMAL)


def test_candidates_without_obstacle_come_first_then_the_nearest():
    could = could_watch(candidates_world(), "H")
    assert could["watcher_id"].tolist() == ["NEAR", "FAR", "FULL", "STUDENT", "OTHER"]
    assert could["obstacle"].tolist() == [None, None, "full", "consent", "district"]
    assert could["room_visits_per_month"].tolist() == [1, 2, 0, 3, 1]
    assert could["cost_m"].tolist() == [200, 500, 10, 20, 30]


def test_candidates_of_all_households_equal_those_of_each():
    graph = candidates_world()
    everyone = nearest_candidates(graph, limit=3)
    assert everyone["household"].tolist() == [0, 0, 0]  # nobody is near G
    assert graph.watchers.index[everyone["watcher"]].tolist() == ["NEAR", "FAR", "FULL"]
    assert could_watch(graph, "H", 3)["watcher_id"].tolist() == ["NEAR", "FAR", "FULL"]
    assert could_watch(graph, "G").empty


def test_watcher_that_visits_stands_among_candidates_only_with_room():
    standing = assignments(("FULL", "H"), ("FREE", "H", dict(visits_per_month=1)))
    inputs = world(
        households(H=4), watchers(FULL=1, FREE=2), standing, costs={("FULL", "H"): 1, ("FREE", "H"): 2}
    )
    assert could_watch(build_watch_graph(inputs, NORMAL), "H")["watcher_id"].tolist() == ["FREE"]


@pytest.mark.parametrize("wrong", [dict(household_id="X"), dict(household_id="H", limit=0)])
def test_candidates_of_an_unknown_household_are_refused(wrong):
    with pytest.raises(ParameterError, match="Expected"):
        could_watch(candidates_world(), **wrong)


def test_network_of_one_district_holds_its_households_and_their_chain_only():
    homes = households(H1=1, H2=dict(community_district="B"))
    people = watchers(
        W1=dict(organisation="Aid", reports_to="W2", district="A"),
        W2=dict(reports_to="C1", district="B"),
        W3=dict(district="B"),
        V=dict(district="A"),
        S=dict(kind="shop"),
    )
    near = {("W1", "H1"): 100, ("V", "H1"): 50, ("W3", "H2"): 10, ("S", "H1"): 5}
    graph = build_watch_graph(world(homes, people, assignments(("W1", "H1")), costs=near), NORMAL)
    network = to_networkx(graph, "A")
    edges = {frozenset((a[1], b[1])): data for a, b, data in network.edges(data=True)}
    assert {node[1] for node in network.nodes} == {"H1", "W1", "W2", "V", "S", "C1", "Aid"}
    assert network.nodes["organisation", "Aid"] == {"kind": "organisation"}
    assert edges[frozenset(("H1", "W1"))] == {"kind": "assigned", "cost_m": 100, "visits": 12}
    assert edges[frozenset(("H1", "V"))] == {"kind": "possible", "cost_m": 50}
    assert edges[frozenset(("H1", "S"))]["kind"] == "notices"
    assert edges[frozenset(("W1", "W2"))] == {"kind": "reports"}
    assert edges[frozenset(("W2", "C1"))] == {"kind": "reports"}
    with pytest.raises(ParameterError, match="Expected a community district"):
        to_networkx(graph, "Q")


def test_graph_of_nobody_is_empty_but_whole():
    graph = build_watch_graph(world(households(), watchers(), costs={}), NORMAL)
    assert graph.links.empty and graph.notices.empty and graph.assigned.empty
    assert np.all([value == 0 for value in graph.counts.values()])
