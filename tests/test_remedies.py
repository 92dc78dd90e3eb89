"""What the remedies share: the starting point and the links each of them could open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.gaps import classify_gaps
from analysis.openings import OpeningPlan
from analysis.remedies import (
    agreement_actions,
    beyond,
    gain_gap,
    moved_pairs,
    possible_links,
    start_from,
    visits_of_best,
    what_is_needed,
)
from analysis.watch_graph import SharingRules, build_watch_graph
from tests.small_remedies import graphs, left_to_do
from tests.small_worlds import NORMAL, assignments, households, watchers, world

several = settings(max_examples=60, deadline=None)


def one_of_each(rules=SharingRules()):
    """Return four links of one household at level 2 in A: free, by consent, by agreement, by both."""
    student = dict(kind="student", visits_per_month=1 / 12)
    people = watchers(
        W1=dict(district="A"), W2=student, W3=dict(district="B"), W4={**student, "district": "B"}
    )
    costs = {(person, "H1"): 100.0 for person in people.index}
    return build_watch_graph(world(households(H1=dict(consent=2)), people, costs=costs), NORMAL, rules)


@several
@given(graphs())
def test_starting_from_today_leaves_what_is_missed_and_free_today(drawn):
    graph, _ = drawn
    missing, _, room = left_to_do(graph)
    start = start_from(graph)
    assert start.missing.tolist() == missing.tolist() and start.room.tolist() == room.tolist()
    assert moved_pairs(graph, start) == 0


@several
@given(graphs())
def test_starting_from_the_best_rearrangement_keeps_its_visits(drawn):
    graph, _ = drawn
    best = classify_gaps(graph, assess_coverage(graph)).best
    start = start_from(graph, visits_of_best(graph, best))
    assert start.missing.tolist() == (best.network.need - best.network.received(best.visits)).tolist()
    assert start.room.tolist() == best.network.room(best.visits).tolist()
    rose = start.visits > graph.links["delivered_visits"].to_numpy()
    assert moved_pairs(graph, start) == rose.sum()


def test_each_link_tells_what_must_be_done_for_it():
    graph = one_of_each()
    links = possible_links(graph, start_from(graph))
    found = links.sort_values("watcher")[["needs_consent", "needs_agreement", "level"]].to_numpy().tolist()
    assert found == [[False, False, 2], [True, False, 4], [False, True, 2], [True, True, 4]]


def test_links_nobody_can_open_are_left_out():
    # Students may never know: two links fewer. A household that refused is not asked: one link is left.
    never = one_of_each(SharingRules(student=5))
    assert len(possible_links(never, start_from(never))) == 2
    graph = build_watch_graph(
        world(
            households(H1=dict(consent=0, community_district=None)),
            watchers(W1=1, W2=dict(district="B")),
            costs={("W1", "H1"): 100.0, ("W2", "H1"): 100.0},
        ),
        NORMAL,
    )
    assert len(possible_links(graph, start_from(graph))) == 0
    assert possible_links(graph, start_from(graph), ask_refused=True)["watcher"].tolist() == [0]


def test_full_watchers_and_served_households_have_no_links():
    graph = build_watch_graph(
        world(
            households(H1=1, H2=1),
            watchers(W1=1, W2=1),
            assignments(("W1", "H1")),
            costs={(person, home): 100.0 for person in ("W1", "W2") for home in ("H1", "H2")},
        ),
        NORMAL,
    )
    links = possible_links(graph, start_from(graph))
    assert links[["household", "watcher"]].to_numpy().tolist() == [[1, 1]]


def test_two_directions_are_one_agreement_only_when_asked_so():
    graph = build_watch_graph(
        world(
            households(H1=dict(community_district="A"), H2=dict(community_district="B")),
            watchers(W1=dict(district="B"), W2=dict(district="A")),
            costs={("W1", "H1"): 100.0, ("W2", "H2"): 100.0},
        ),
        NORMAL,
    )
    links = possible_links(graph, start_from(graph))
    codes, actions = agreement_actions(graph, links)
    assert sorted(codes) == [0, 1]
    assert actions[["district", "helped_district"]].to_numpy().tolist() == [["A", "B"], ["B", "A"]]
    codes, actions = agreement_actions(graph, links, both_ways=True, cost=7.0)
    assert codes.tolist() == [0, 0] and actions["cost"].tolist() == [7.0]
    assert actions[["district", "helped_district"]].to_numpy().tolist() == [["A", "B"]]


def test_what_is_needed_agrees_with_the_gap_classes_on_paper():
    # H1 misses 12 visits a year. Free room 12: nothing is needed, and the class is unassigned.
    graph = one_of_each()
    gaps = classify_gaps(graph, assess_coverage(graph)).households
    assert what_is_needed(graph, start_from(graph)).tolist() == ["nothing"]
    assert gaps["gap_class"].tolist() == ["unassigned"]


@several
@given(graphs(districts=("A", "B", "C")))
def test_what_is_needed_never_contradicts_the_gap_classes(drawn):
    graph, _ = drawn
    gaps = classify_gaps(graph, assess_coverage(graph)).households
    needed = what_is_needed(graph, start_from(graph))
    known = graph.households["district"].notna()  # no agreement helps a household in no district
    for classes, name in zip(gaps["gap_classes"][known], needed[known], strict=True):
        both = {"consent", "neighbour_district"} <= set(classes)
        assert both == (name in ("either", "both_needed"))
        assert (name == "consent") == ("consent" in classes and not both)
        assert (name == "agreement") == ("neighbour_district" in classes and not both)


def test_gains_are_counted_beyond_what_needs_no_action():
    plan = OpeningPlan("feasible", np.ones(1, bool), np.ones(1, int), 12.0, 15.0, 1.0, 100.0)
    assert beyond(plan, 10.0) == ("feasible", 2.0, 5.0)
    assert gain_gap(2.0, 5.0) == 0.6
    assert beyond(plan, 10.0, most=2.0) == ("optimal", 2.0, 2.0)
    same = OpeningPlan("optimal", np.zeros(1, bool), np.ones(1, int), 10.0, 10.0, 0.0, 100.0)
    assert beyond(same, 10.0) == ("nothing_to_do", 0.0, 0.0)


def test_a_starting_point_beyond_needs_or_capacities_is_refused():
    graph = one_of_each()
    allowed = graph.links["allowed"].to_numpy()
    with pytest.raises(ParameterError, match="got 2 outside"):  # 13 visits: beyond the need and the capacity
        start_from(graph, np.where(allowed, 13, 0))
    with pytest.raises(ParameterError, match=r"each of 4 links, got \(2,\)"):
        start_from(graph, np.zeros(2, int))
