"""The best assignment under capacity: against enumeration, the public optima, and itself once applied."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.assignment import KEEPS, AssignmentWishes, propose_assignment
from analysis.coverage import assess_coverage
from analysis.errors import FrameError, ParameterError
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, TODAY, assignments, households, watchers, world

NO_SHRINKING = [
    phase for phase in Phase if phase is not Phase.shrink
]  # worlds this small are read as they are


def propose(inputs, **options):
    graph = build_watch_graph(inputs, NORMAL)
    return propose_assignment(graph, assess_coverage(graph), AssignmentWishes(**options))


def delivered(inputs) -> pd.Series:
    """Visits a year by household."""
    return assess_coverage(build_watch_graph(inputs, NORMAL)).households["delivered_visits"]


def apply_moves(inputs, moves: pd.DataFrame):
    """End the standing primary assignments of each pair that moves, and begin the new one today."""
    standing = inputs.assignments
    pairs = pd.MultiIndex.from_frame(standing[["watcher_id", "household_id"]])
    moved = pd.MultiIndex.from_frame(moves[["watcher_id", "household_id"]])
    kept = standing[~(pairs.isin(moved) & (standing["role"] == "primary").to_numpy())]
    new = moves.loc[moves["action"] != "remove", ["watcher_id", "household_id", "visits_per_month"]]
    new = new.assign(role="primary", valid_from=TODAY, valid_to=None)
    new.index = pd.Index([f"N{number}" for number in range(len(new))], name="assignment_id", dtype=object)
    both = pd.concat([kept.astype(object), new.astype(object)])[standing.columns]
    return dataclasses.replace(inputs, assignments=both.rename_axis("assignment_id"))


def test_room_nearby_is_given_to_the_household_without_visits():
    # W1 is full with H1 (2 of 2); H2 needs 1 and only W2 (room 1) is free: one move, 12 more visits a year.
    inputs = world(
        households(H1=2, H2=1),
        watchers(W1=2, W2=1),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 100, ("W1", "H2"): 10, ("W2", "H2"): 300},
    )
    proposal = propose(inputs)
    assert proposal.status == "optimal"
    assert proposal.moves.to_dict("records") == [
        {
            "household_id": "H2",
            "watcher_id": "W2",
            "action": "add",
            "visits_per_month": 1.0,
            "cost_m": 300.0,
            "reason": "more_visits",
        }
    ]
    assert (proposal.before["visits"], proposal.after["visits"]) == (24, 36)
    assert (proposal.before["watched"], proposal.after["watched"]) == (1, 2)
    assert proposal.bound_weighted_visits == 36


def test_only_prefer_and_none_move_a_visit_to_make_room():
    # W1 (1 visit) watches H1; H2 is near W1 only; W2 could take H1. "all" cannot help, the others serve both.
    inputs = world(
        households(H1=1, H2=1),
        watchers(W1=1, W2=1),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 100, ("W1", "H2"): 100, ("W2", "H1"): 500},
    )
    stays = propose(inputs, keep="all")
    assert (stays.status, len(stays.moves), stays.after["watched"]) == ("nothing_to_do", 0, 1)
    for keep in ("prefer", "none"):
        moved = propose(inputs, keep=keep)
        actions = moved.moves.set_index(["household_id", "watcher_id"])[["action", "reason"]].to_dict("index")
        assert actions == {
            ("H1", "W1"): {"action": "remove", "reason": "moved"},
            ("H1", "W2"): {"action": "add", "reason": "moved"},
            ("H2", "W1"): {"action": "add", "reason": "more_visits"},
        }
        assert moved.after["watched"] == 2


@pytest.mark.parametrize(("nearer_m", "moves"), [(299, 2), (301, 0)])
def test_a_standing_tie_gives_way_only_to_a_walk_400_m_shorter(nearer_m, moves):
    # W1 walks 700 m to H1. A newcomer at 299 m saves 401 m (more than 400: moves); at 301 m it saves 399 m.
    inputs = world(
        households(H1=1),
        watchers(W1=1, W2=1),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 700, ("W2", "H1"): nearer_m},
    )
    assert len(propose(inputs, keep="prefer").moves) == moves
    assert len(propose(inputs, keep="none").moves) == 2  # free: the nearer one in both cases


def test_no_household_loses_visits_unless_everything_is_free():
    # One watcher for one visit, standing with H1 (weight 1) although H2 weighs 5: only "none" takes it away.
    inputs = world(
        households(H1=1, H2={"weight": 5.0}),
        watchers(W1=1),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 10, ("W1", "H2"): 10},
    )
    assert propose(inputs, keep="all").status == "nothing_to_do"
    assert propose(inputs, keep="prefer").status == "nothing_to_do"
    free = propose(inputs, keep="none")
    assert free.moves["reason"].tolist() == ["fewer_visits", "more_visits"]
    assert (free.before["weighted_visits"], free.after["weighted_visits"]) == (12.0, 60.0)


def test_household_may_be_shared_by_two_watchers():
    # Need 2 visits a month, two watchers with room for 1 each.
    inputs = world(households(H1=2), watchers(W1=1, W2=1), costs={("W1", "H1"): 10, ("W2", "H1"): 20})
    proposal = propose(inputs)
    assert proposal.moves["visits_per_month"].tolist() == [1.0, 1.0]
    assert (proposal.after["shared"], proposal.after["watched"]) == (1, 1)


def test_heavier_household_is_served_first_whatever_the_walk():
    # One visit to give: H1 at 1 m with weight 1, H2 at 800 m with weight 1.01.
    inputs = world(
        households(H1=1, H2={"weight": 1.01}), watchers(W1=1), costs={("W1", "H1"): 1, ("W1", "H2"): 800}
    )
    assert propose(inputs).moves["household_id"].tolist() == ["H2"]


def test_forbidden_links_are_never_proposed():
    # H1 refuses (consent 0); H2 lies in district B, its only near watcher is bound to A.
    inputs = world(
        households(H1={"consent": 0}, H2={"community_district": "B"}),
        watchers(W1=9, W2={"visits_per_month": 9.0, "district": "A"}),
        costs={("W1", "H1"): 10, ("W2", "H2"): 10},
    )
    assert propose(inputs, keep="none").status == "nothing_to_do"


def test_district_proposal_leaves_other_districts_as_they_are():
    # W1 has 2 visits and gives 1 to H2 in B, so only 1 is left for A's H1, which needs 2.
    inputs = world(
        households(H1=2, H2={"community_district": "B"}, H3={"community_district": "B"}),
        watchers(W1=2, W3=1),
        assignments(("W1", "H2")),
        costs={("W1", "H1"): 10, ("W1", "H2"): 700, ("W3", "H3"): 10},
    )
    for keep in KEEPS:
        proposal = propose(inputs, keep=keep, district="A")
        assert proposal.moves[["household_id", "watcher_id", "visits_per_month"]].to_numpy().tolist() == [
            ["H1", "W1", 1.0]
        ]
        assert (proposal.after["households"], proposal.after["visits"]) == (1, 12)


def test_promise_nobody_keeps_is_brought_down_when_another_takes_over():
    # W1 promises 2 to H1 and 2 to H2 but can make 2: H2 gets none. W2 takes H2, W1's promise to H2 ends.
    inputs = world(
        households(H1=2, H2=2),
        watchers(W1=2, W2=2),
        assignments(("W1", "H1"), ("W1", "H2")),
        costs={("W1", "H1"): 10, ("W1", "H2"): 10, ("W2", "H2"): 10},
    )
    proposal = propose(inputs)
    moves = proposal.moves.set_index("watcher_id")[["household_id", "action", "reason"]].to_dict("index")
    assert moves == {
        "W1": {"household_id": "H2", "action": "remove", "reason": "as_delivered"},
        "W2": {"household_id": "H2", "action": "add", "reason": "more_visits"},
    }


PAIRS = [(watcher, household) for watcher in ("W0", "W1", "W2") for household in ("H0", "H1", "H2", "H3")]
visits = st.sampled_from([0.0, 1 / 12, 2 / 12, 3 / 12, 5 / 12])


@st.composite
def worlds(draw):
    """Worlds of four households and three watchers, often overloaded, promised too much or shared."""
    homes = {
        f"H{number}": {
            "visits_per_month": draw(visits),
            "weight": draw(st.sampled_from([0.5, 1.0, 2.0])),
            "community_district": draw(st.sampled_from(["A", "B"])),
        }
        for number in range(4)
    }
    people = {f"W{number}": draw(visits) for number in range(3)}
    costs = draw(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 800), min_size=1))
    chosen = draw(st.lists(st.sampled_from(sorted(costs)), unique=True, max_size=6))
    standing = [(*pair, {"visits_per_month": draw(st.one_of(st.none(), visits))}) for pair in chosen]
    return world(households(**homes), watchers(**people), assignments(*standing), costs=costs)


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(worlds(), st.sampled_from(KEEPS), st.sampled_from([None, "A"]))
def test_applying_the_moves_gives_the_counts_promised(inputs, keep, district):
    if district is not None and not (inputs.households["community_district"] == district).any():
        district = None
    proposal = propose(inputs, keep=keep, district=district)
    before, after = delivered(inputs), delivered(apply_moves(inputs, proposal.moves))
    asked = (
        np.full(4, True)
        if district is None
        else (inputs.households["community_district"] == district).to_numpy()
    )
    weight = inputs.households["weight"].to_numpy()
    assert after[asked].sum() == proposal.after["visits"]
    assert (after * weight)[asked].sum() == pytest.approx(proposal.bound_weighted_visits)
    assert (after[~asked] == before[~asked]).all()
    if keep != "none":
        assert (after >= before).all()


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_more_freedom_never_serves_less(inputs):
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    reached = [
        propose_assignment(graph, coverage, AssignmentWishes(keep=keep)).after["weighted_visits"]
        for keep in KEEPS
    ]
    assert reached == sorted(reached)


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_proposing_again_after_applying_changes_nothing_kept(inputs):
    applied = apply_moves(inputs, propose(inputs, keep="all").moves)
    assert propose(applied, keep="all").after["visits"] == delivered(applied).sum()


def test_wrong_questions_are_named():
    inputs = world(households(H1=1), watchers(W1=1), costs={("W1", "H1"): 10})
    with pytest.raises(ParameterError, match="Expected keep all, prefer, none, got 'most'"):
        propose(inputs, keep="most")
    with pytest.raises(ParameterError, match="got 'Z'"):
        propose(inputs, district="Z")
    other = build_watch_graph(world(households(H2=1), watchers(W1=1), costs={("W1", "H2"): 10}), NORMAL)
    with pytest.raises(FrameError, match="same households"):
        propose_assignment(build_watch_graph(inputs, NORMAL), assess_coverage(other))
    with pytest.raises(ParameterError, match="known households and watchers, got H1-W9"):
        propose(inputs, locked=frozenset({("H1", "W9")}))
    wrong = {"sharing": "three", "even": "most", "own_organisation": -1, "short_walks": 101}
    with pytest.raises(ParameterError) as faults:
        AssignmentWishes(**wrong, pinned=frozenset({("H1", "W1", -1.0)}))
    assert str(faults.value).count("Expected") == 5
