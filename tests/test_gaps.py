"""The nine gap classes in worlds for paper; moves and proofs against enumeration."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from analysis.gaps import classify_gaps
from analysis.tight_sets import TightSet, VisitNetwork, add_most_visits, serve_most_visits
from analysis.watch_graph import Situation, build_watch_graph
from tests.small_worlds import NORMAL, SNOW, TODAY, assignments, households, watchers, world


def assessed(inputs, situation=NORMAL):
    """Return graph, coverage and gaps."""
    graph = build_watch_graph(inputs, situation)
    coverage = assess_coverage(graph)
    return graph, coverage, classify_gaps(graph, coverage)


def gaps_of(homes, people, *rows, costs, situation=NORMAL, normal_costs=None):
    """Return the gaps of a world."""
    inputs = world(homes, people, assignments(*rows), costs=costs, normal_costs=normal_costs)
    return assessed(inputs, situation)[2]


def moves_of(gaps):
    """Return the moves as a set of tuples, None for a new visit."""
    return {tuple(move) for move in gaps.moves.itertuples(index=False)}


def test_household_near_a_watcher_with_exactly_the_room_is_unassigned():
    # W can make 3 and makes 2 for G: room 1 = what H misses.
    near = {("W", "H"): 9, ("W", "G"): 9}
    gaps = gaps_of(households(H=1, G=2), watchers(W=3), ("W", "G"), costs=near)
    assert gaps.households.loc["H", "gap_classes"] == ("unassigned",)
    assert moves_of(gaps) == {("H", None, "W", 1.0)}
    assert gaps.tight_sets == ()
    assert gaps.closable_households == 1


def test_room_of_two_watchers_together_is_enough():
    near = {("W1", "H"): 9, ("W2", "H"): 9}
    gaps = gaps_of(households(H=2), watchers(W1=1, W2=1), costs=near)
    assert gaps.households["gap_class"].tolist() == ["unassigned"]
    assert moves_of(gaps) == {("H", None, "W1", 1.0), ("H", None, "W2", 1.0)}


def test_gap_that_closes_when_another_moves_is_rebalance():
    # W1 (capacity 1) is full with G; W2 has room 1 but reaches only G. G passes to W2, W1 takes H.
    near = {("W1", "H"): 9, ("W1", "G"): 9, ("W2", "G"): 9}
    gaps = gaps_of(households(H=1, G=1), watchers(W1=1, W2=1), ("W1", "G"), costs=near)
    assert gaps.households.loc["H", "gap_classes"] == ("rebalance",)
    assert moves_of(gaps) == {("H", None, "W1", 1.0), ("G", "W1", "W2", 1.0)}
    assert gaps.closable_households == 1


def test_lowest_consent_that_would_do_is_named():
    # Room for 2 visits: the student (level 4) has 9, the promoter (level 3) exactly 2: level 3 is enough.
    people = watchers(
        STUDENT=dict(kind="student", visits_per_month=9),
        PROMOTER=dict(kind="community_promoter", visits_per_month=2),
    )
    near = {("STUDENT", "H"): 1, ("PROMOTER", "H"): 9}
    gaps = gaps_of(households(H=dict(consent=1, visits_per_month=2)), people, costs=near)
    assert gaps.households.loc["H", "gap_classes"] == ("consent",)
    assert gaps.households.loc["H", "consent_needed"] == 3
    more = gaps_of(households(H=dict(consent=1, visits_per_month=3)), people, costs=near)
    assert more.households.loc["H", "consent_needed"] == 4  # 3 visits: the student is needed too


def test_watcher_of_another_district_only_is_neighbour_district():
    # B has room 1 = the need; C has less and is not named.
    people = watchers(B=dict(district="B"), C=dict(district="C", visits_per_month=0.5))
    gaps = gaps_of(households(H=1), people, costs={("B", "H"): 9, ("C", "H"): 1})
    assert gaps.households.loc["H", "gap_classes"] == ("neighbour_district",)
    assert gaps.households.loc["H", "neighbour_districts"] == ("B",)
    assert pd.isna(gaps.households.loc["H", "consent_needed"])


def test_districts_that_only_together_have_room_are_all_named():
    people = watchers(B=dict(district="B"), C=dict(district="C"))
    gaps = gaps_of(households(H=2), people, costs={("B", "H"): 9, ("C", "H"): 1})
    assert gaps.households.loc["H", "neighbour_districts"] == ("B", "C")


def test_consent_and_district_both_in_the_way_are_both_kept():
    # The only watcher near is a promoter (level 3) of district B; H of A allows level 2.
    people = watchers(B=dict(kind="community_promoter", district="B"))
    gaps = gaps_of(households(H=dict(consent=2)), people, costs={("B", "H"): 9})
    found = gaps.households.loc["H"]
    assert found["gap_classes"] == ("consent", "neighbour_district")
    assert found["gap_class"] == "consent"
    assert found["consent_needed"] == 3
    assert found["neighbour_districts"] == ("B",)


def test_consent_or_district_each_enough_names_only_who_needs_no_consent():
    # Level 3 lets the own promoter; without new consent B's commissioner could. B's promoter is not named.
    people = watchers(
        OWN=dict(kind="community_promoter", district="A"),
        B=dict(district="B"),
        C=dict(kind="community_promoter", district="C"),
    )
    near = {("OWN", "H"): 1, ("B", "H"): 1, ("C", "H"): 1}
    found = gaps_of(households(H=dict(consent=2)), people, costs=near).households.loc["H"]
    assert found["gap_classes"] == ("consent", "neighbour_district")
    assert found["neighbour_districts"] == ("B",)


def test_obstacle_is_kept_beside_the_cheaper_remedy():
    # As in the rebalance world, and a student near H has room: both fit, rebalance is first.
    near = {("W1", "H"): 9, ("W1", "G"): 9, ("W2", "G"): 9, ("S", "H"): 9}
    people = watchers(W1=1, W2=1, S=dict(kind="student"))
    homes = households(H=dict(consent=2), G=1)
    gaps = gaps_of(homes, people, ("W1", "G"), costs=near)
    assert gaps.households.loc["H", "gap_classes"] == ("rebalance", "consent")
    assert gaps.households.loc["H", "consent_needed"] == 4


def test_full_watchers_make_capacity_with_the_tight_set_as_proof():
    # H1 needs 2, H2 and H3 1 each; W1 can make 1, W2 2. H1 reaches W1 only. At best H2 passes to W2, W1 goes
    # to H1, and H1 still misses 1: H1 alone needs 2 against the 1 of W1. Today W1 is full with H2.
    near = {("W1", "H1"): 1, ("W1", "H2"): 1, ("W2", "H2"): 1, ("W2", "H3"): 1}
    rows = [("W1", "H2"), ("W2", "H3")]
    gaps = gaps_of(households(H1=2, H2=1, H3=1), watchers(W1=1, W2=2), *rows, costs=near)
    assert gaps.households.loc["H1", "gap_classes"] == ("capacity",)
    found = gaps.tight_sets[0]
    assert found == TightSet(("H1",), ("W1",), need_visits=24, room_visits=12, at_least_unwatched=1)
    assert gaps.closable_households == 0


def test_deficit_is_laid_on_the_neediest_first():
    # Needs 4, 1, 1, 1 = 7 against 4: three visits are missing; the one that needs 4 can bear them all.
    near = {("W", home): 1 for home in ("H1", "H2", "H3", "H4")}
    gaps = gaps_of(households(H1=4, H2=1, H3=1, H4=1), watchers(W=4), costs=near)
    assert [
        (found.need_visits, found.room_visits, found.at_least_unwatched) for found in gaps.tight_sets
    ] == [(84, 48, 1)]
    assert gaps.closable_households == 3  # the flow is given to the three small ones in full


def test_household_that_nobody_near_may_know_of_while_all_are_full_is_its_own_proof():
    gaps = gaps_of(households(H=dict(consent=1)), watchers(W=0), costs={("W", "H"): 1})
    assert gaps.households["gap_class"].tolist() == ["capacity"]
    assert gaps.tight_sets == (TightSet(("H",), (), need_visits=12, room_visits=0, at_least_unwatched=1),)


def test_household_reached_in_the_normal_season_only_is_season():
    near = {("W", "H"): 500, ("W", "FAR"): 900}
    snow = {("W", "H"): 900, ("W", "FAR"): 1700}
    gaps = gaps_of(households(H=1, FAR=1), watchers(W=9), costs=snow, normal_costs=near, situation=SNOW)
    assert gaps.households["gap_classes"].tolist() == [("season",), ("reach",)]


@pytest.mark.parametrize("person", [dict(status="vacant"), dict(kind="shop"), dict(reach_m=5)])
def test_household_near_nobody_who_gives_is_reach(person):
    gaps = gaps_of(households(H=1), watchers(W=person), costs={("W", "H"): 9})
    assert gaps.households["gap_class"].tolist() == ["reach"]


def backed_up_world(**main):
    """Return the gaps of H watched by W, with V of nobody's organisation as its backup."""
    near = {("W", "H"): 9, ("V", "H"): 9}
    people = watchers(W=main, V=1)
    return gaps_of(households(H=1), people, ("W", "H"), ("V", "H", "backup"), costs=near).households.loc["H"]


def test_household_watched_backed_up_and_connected_has_no_gap():
    found = backed_up_world()
    assert found["gap_class"] is None
    assert found["gap_classes"] == ()


def test_watcher_that_reports_to_nobody_makes_disconnected():
    assert backed_up_world(reports_to=None)["gap_classes"] == ("disconnected",)


def test_household_of_one_watcher_is_fragile_and_may_be_disconnected_too():
    gaps = gaps_of(households(H=1), watchers(W=dict(reports_to=None)), ("W", "H"), costs={("W", "H"): 9})
    assert gaps.households.loc["H", "gap_classes"] == ("disconnected", "fragile")
    assert gaps.households.loc["H", "gap_class"] == "disconnected"


@pytest.mark.parametrize(
    ("main", "fragile"),
    [
        (dict(term_end=TODAY + dt.timedelta(days=365)), True),  # on the last day of the horizon
        (dict(term_end=TODAY + dt.timedelta(days=366)), False),
        (dict(birth_year=1952), True),  # 75 in 2027, the year in which the horizon ends
        (dict(birth_year=1953), False),
    ],
)
def test_main_watcher_who_leaves_within_the_horizon_is_fragile(main, fragile):
    assert backed_up_world(**main)["gap_class"] == ("fragile" if fragile else None)


def test_horizon_and_high_age_can_be_changed():
    near = {("W", "H"): 9, ("V", "H"): 9}
    inputs = world(
        households(H=1),
        watchers(W=dict(birth_year=1960), V=1),
        assignments(("W", "H"), ("V", "H", "backup")),
        costs=near,
    )
    for high_age, horizon, fragile in ((66, 0, True), (67, 0, False), (67, 365, True)):
        found = assessed(inputs, Situation(TODAY, horizon_days=horizon, high_age=high_age))[2]
        assert (found.households.loc["H", "gap_class"] == "fragile") is fragile


def test_household_that_needs_nothing_and_has_nobody_is_no_gap():
    gaps = gaps_of(households(H=0), watchers(W=1), costs={("W", "H"): 9})
    assert gaps.households.loc["H", "gap_classes"] == ()


def test_household_watched_is_never_in_a_missed_class():
    gaps = gaps_of(households(H=1), watchers(W=1), ("W", "H"), costs={("W", "H"): 9})
    assert gaps.households.loc["H", "gap_classes"] == ("fragile",)


# Random worlds: up to four households and three watchers, all visits whole ones a year.
@st.composite
def tiny_worlds(draw):
    """Return the inputs of a random world with obstacles of every sort."""
    homes = {
        f"H{i}": dict(
            visits_per_month=draw(st.integers(0, 3)) / 12,
            consent=draw(st.sampled_from([1, 2, 4])),
            community_district=draw(st.sampled_from(["A", "B"])),
        )
        for i in range(draw(st.integers(1, 4)))
    }
    people = {
        f"W{i}": dict(
            kind=draw(st.sampled_from(["welfare_commissioner", "student", "shop"])),
            visits_per_month=draw(st.integers(0, 4)) / 12,
            district=draw(st.sampled_from([None, "A"])),
            reports_to=draw(st.sampled_from(["C1", None])),
        )
        for i in range(draw(st.integers(1, 3)))
    }
    pairs = [(person, home) for person in people for home in homes]
    near = {pair: 1.0 for pair in pairs if draw(st.booleans())}
    rows = [pair for pair in pairs if draw(st.integers(0, 2)) == 0]
    return world(households(**homes), watchers(**people), assignments(*rows), costs=near)


def enumerated(graph):
    """Return, by trying all assignments, the most visits made and the fewest households left short."""
    allowed = graph.links[graph.links["allowed"]]
    may = [allowed["watcher"][allowed["household"] == h].tolist() for h in range(len(graph.households))]
    need = graph.households["need_visits"].tolist()

    @cache
    def best(position, room):
        if position == len(need):
            return 0, 0
        most, fewest = 0, len(need)
        for given_visits, left in shares(need[position], may[position], room):
            further, short = best(position + 1, left)
            most = max(most, given_visits + further)
            fewest = min(fewest, short + (given_visits < need[position]))
        return most, fewest

    return best(0, tuple(graph.watchers["capacity_visits"]))


def shares(wanted, people, room):
    """Yield every way to give up to ``wanted`` visits by ``people``: how many, and the room left."""
    if not people:
        yield 0, room
        return
    first, *others = people
    for own in range(min(wanted, room[first]) + 1):
        left = (*room[:first], room[first] - own, *room[first + 1 :])
        for rest, after in shares(wanted - own, others, left):
            yield own + rest, after


def applied(inputs, graph, gaps):
    """Return the inputs with the moves made: every pair's visits stated."""
    links = graph.links
    pairs = pd.MultiIndex.from_arrays(
        [graph.watchers.index[links["watcher"]], graph.households.index[links["household"]]]
    )
    visits = pd.Series(links["delivered_visits"].to_numpy(), index=pairs)
    for move in gaps.moves.itertuples():
        change = round(12 * move.visits_per_month)
        visits[move.to_watcher, move.household_id] += change
        if move.from_watcher is not None:
            visits[move.from_watcher, move.household_id] -= change
    assert (visits >= 0).all()
    rows = [(*pair, dict(visits_per_month=count / 12)) for pair, count in visits.items() if count]
    return type(inputs)(**{**vars(inputs), "assignments": assignments(*rows)})


several = settings(max_examples=30, deadline=None)


@several
@given(tiny_worlds())
def test_moves_reach_the_enumerated_maximum_and_nobody_loses(inputs):
    graph, coverage, gaps = assessed(inputs)
    after = assess_coverage(build_watch_graph(applied(inputs, graph, gaps), NORMAL)).households
    before = coverage.households
    assert after["delivered_visits"].sum() == enumerated(graph)[0]
    assert (after["delivered_visits"] >= before["delivered_visits"]).all()
    served = (gaps.households["gap_class"] == "rebalance").to_numpy()
    assert (after["status"][served] == "watched").all()
    newly = (before["status"] != "watched") & (after["status"] == "watched")
    assert newly.sum() == gaps.closable_households


@several
@given(tiny_worlds())
def test_tight_sets_are_proofs_that_enumeration_cannot_break(inputs):
    graph, _, gaps = assessed(inputs)
    allowed = graph.links[graph.links["allowed"]]
    homes, people = graph.households.index, graph.watchers.index
    seen = []
    fewest = enumerated(graph)[1]
    for found in (*gaps.tight_sets, *gaps.bottlenecks):
        inside = homes.isin(found.household_ids)
        near = allowed[inside[allowed["household"]]]
        assert set(people[near["watcher"]]) <= set(found.watcher_ids)  # every allowed link ends inside
        assert found.need_visits == graph.households["need_visits"][inside].sum()
        assert found.room_visits == graph.watchers["capacity_visits"][list(found.watcher_ids)].sum()
        assert found.need_visits > found.room_visits
        assert fewest >= found.at_least_unwatched
        seen += found.household_ids
    assert set(homes[gaps.households["gap_class"] == "capacity"]) <= set(seen)
    largest = [name for found in gaps.bottlenecks for name in found.household_ids]
    assert len(largest) == len(set(largest))  # the parts of the cut are disjoint, so their numbers add up
    assert fewest >= sum(found.at_least_unwatched for found in gaps.bottlenecks)


@several
@given(tiny_worlds())
def test_every_household_not_watched_has_one_first_class_and_no_other_sort(inputs):
    _, coverage, gaps = assessed(inputs)
    for status, first, fitting in zip(
        coverage.households["status"],
        gaps.households["gap_class"],
        gaps.households["gap_classes"],
        strict=True,
    ):
        sort = WEAK_CLASSES if status == "watched" else MISSED_CLASSES
        assert set(fitting) <= set(sort)
        assert first == (fitting[0] if fitting else None)
        assert fitting or status == "watched"


@several
@given(tiny_worlds())
def test_one_more_watcher_never_lowers_what_can_be_reached(inputs):
    graph, _, gaps = assessed(inputs)
    people = pd.concat([inputs.watchers, watchers(W9=2 / 12)])
    near = {
        (inputs.watchers.index[w], inputs.households.index[h]): 1.0
        for w, h in zip(inputs.costs.watcher, inputs.costs.household, strict=True)
    }
    more = {**near, **{("W9", home): 1.0 for home in inputs.households.index}}
    richer = world(inputs.households, people, inputs.assignments, costs=more)
    new_graph, _, new_gaps = assessed(richer)
    assert added(new_gaps) >= added(gaps)
    assert (new_graph.households["need_visits"] == graph.households["need_visits"]).all()


def added(gaps):
    """Return the visits that the moves bring to households."""
    return round(12 * gaps.moves["visits_per_month"][gaps.moves["from_watcher"].isna()].sum())


def served_network(seed):
    """Return a random network whose first 100 of 200 households are served in full where room allows."""
    rng = np.random.default_rng(seed)
    household, watcher = np.nonzero(rng.random((200, 60)) < 0.15)
    network = VisitNetwork(household, watcher, rng.integers(1, 6, 200), rng.integers(11, 19, 60))
    nothing = np.zeros(len(household), dtype=np.int64)
    return network, add_most_visits(network, nothing, np.where(np.arange(200) < 100, network.need, 0))


@pytest.mark.parametrize("seed", [2, 3, 4, 7, 11])  # a plain maximum flow moves somebody in each
def test_nobody_is_moved_while_free_room_serves_everybody(seed):
    network, before = served_network(seed)
    missing = network.need - network.received(before)
    direct = add_most_visits(network, before, missing, moving=False)
    assert (network.received(direct) == network.need).all()  # the room lies where it is wanted
    after = serve_most_visits(network, before)
    assert (network.received(after) == network.need).all()
    assert (after >= before).all()


def test_flow_is_given_to_whole_households_rather_than_in_crumbs():
    # Four households need 4 visits a year each, eight watchers can make 1 each: 8 visits serve two in full.
    # The plain maximum flow of the same network gives 0 + 2 + 2 + 4.
    household, watcher = np.divmod(np.arange(32), 8)
    network = VisitNetwork(household, watcher, need=np.full(4, 4), capacity=np.ones(8, dtype=np.int64))
    received = network.received(serve_most_visits(network, np.zeros(32, dtype=np.int64)))
    assert sorted(received) == [0, 0, 4, 4]


def test_visits_stay_where_they_are_without_room_or_wish():
    network = VisitNetwork(np.array([0]), np.array([0]), need=np.array([2]), capacity=np.array([1]))
    assert add_most_visits(network, np.array([1]), np.array([1])).tolist() == [1]
    assert add_most_visits(network, np.array([0]), np.array([0])).tolist() == [0]
    assert add_most_visits(network, np.array([0]), np.array([2])).tolist() == [1]


def test_gaps_of_nobody_are_empty():
    gaps = gaps_of(households(), watchers(), costs={})
    assert gaps.households.empty and gaps.moves.empty
    assert gaps.tight_sets == () and gaps.closable_households == 0
