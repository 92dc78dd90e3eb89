"""What a proposal says of itself: why there is none, how many moves one gain takes, what is lost by it."""

from __future__ import annotations

import pytest

from analysis.assignment import AssignmentWishes, propose_assignment
from analysis.coverage import assess_coverage
from analysis.watch_graph import build_watch_graph
from app.ui.text import Words
from tests.small_worlds import NORMAL, assignments, households, watchers, world


def propose(inputs, **wishes):
    graph = build_watch_graph(inputs, NORMAL)
    return propose_assignment(graph, assess_coverage(graph), AssignmentWishes(**wishes))


def small(*standing, need=1, capacity=1, near=("H1",), **wishes):
    """Propose for H1 and H2 of one need and one watcher near some of them."""
    costs = {("W1", home): 10 for home in near}
    homes = households(H1=need, H2=need)
    return propose(world(homes, watchers(W1=capacity), assignments(*standing), costs=costs), **wishes)


@pytest.mark.parametrize(
    ("given", "wishes", "reason"),
    [
        ({"need": 0}, {}, "all_watched"),
        ({"capacity": 0}, {}, "all_full"),
        ({"near": ()}, {}, "no_links"),
        ({"locks": True}, {"keep": "none", "locked": frozenset({("H1", "W1")})}, "all_locked"),
        ({"locks": True, "capacity": 2}, {"keep": "prefer"}, "all_full"),
    ],
)
def test_each_reason_to_do_nothing_has_its_sentence(given, wishes, reason):
    given = dict(given)
    standing = [("W1", "H1")] if given.pop("locks", False) else []
    proposal = small(*standing, **given, **wishes)
    assert (proposal.status, proposal.reason, proposal.gap) == ("nothing_to_do", reason, 0.0)
    assert proposal.after == proposal.before
    assert all(Words(code).has(f"command.assign.nothing_to_do.{reason}") for code in ("ja", "en"))


@pytest.mark.parametrize(
    ("wishes", "reason", "why"),
    [
        ({"locked": frozenset({("H2", "W1")})}, "lock_not_allowed", "not_standing"),
        ({"pinned": frozenset({("H2", "W1", 1.0)})}, "lock_not_allowed", "out_of_reach"),
        ({"pinned": frozenset({("H1", "W1", 2.0)})}, "lock_beyond_need", "beyond_need"),
        (
            {"pinned": frozenset({("H1", "W1", 0.5), ("H1", "W1", 0.25)})},
            "locks_contradict",
            "set_twice",
        ),
    ],
)
def test_locks_that_contradict_are_named_with_a_sentence(wishes, reason, why):
    proposal = small(("W1", "H1"), **wishes)
    assert (proposal.status, proposal.reason) == ("infeasible", reason)
    assert set(proposal.conflicts["why"]) == {why}
    assert proposal.moves.empty
    assert all(Words(code).has(f"command.assign.infeasible.{reason}") for code in ("ja", "en"))


def test_pins_beyond_a_capacity_are_named():
    # W1 can make 1 a month; 1 and 1 are fixed by hand.
    pins = frozenset({("H1", "W1", 1.0), ("H2", "W1", 1.0)})
    proposal = small(near=("H1", "H2"), pinned=pins)
    assert (proposal.status, proposal.reason) == ("infeasible", "lock_beyond_capacity")
    assert len(proposal.conflicts) == 2


def test_visits_taken_away_by_hand_lower_what_is_guaranteed():
    # H1's visit is taken away by hand (pin 0): under "prefer" that is no contradiction, H2 gets it.
    proposal = small(("W1", "H1"), near=("H1", "H2"), keep="prefer", pinned=frozenset({("H1", "W1", 0.0)}))
    assert proposal.status == "optimal"
    assert proposal.moves.set_index("household_id")["visits_per_month"].to_dict() == {"H1": 0.0, "H2": 1.0}


def test_a_chain_of_hand_overs_counts_every_move_of_the_gain():
    # H3 is near W1 only, who is full with H1; W2 could take H1 but is full with H2; W3 could take H2.
    # H3 takes five moves: +W1; H1 from W1 to W2; H2 from W2 to W3. H4 is added next to them: one move.
    inputs = world(
        households(H1=1, H2=1, H3=1, H4=1),
        watchers(W1=1, W2=1, W3=1, W4=1),
        assignments(("W1", "H1"), ("W2", "H2")),
        costs=dict.fromkeys(
            [("W1", "H1"), ("W1", "H3"), ("W2", "H1"), ("W2", "H2"), ("W3", "H2"), ("W4", "H4")], 10
        ),
    )
    proposal = propose(inputs, keep="prefer")
    assert proposal.newly_watched.to_dict("index") == {
        "H3": {"moves": 5, "handed_over": 2},
        "H4": {"moves": 1, "handed_over": 0},
    }
    assert proposal.lost[["household_id", "watcher_id", "what"]].to_numpy().tolist() == [
        ["H1", "W1", "link_ended"],
        ["H1", "W1", "main_changed"],
        ["H2", "W2", "link_ended"],
        ["H2", "W2", "main_changed"],
    ]


def test_a_backup_lost_in_another_district_is_announced():
    # W2 (1 a month) backs up H2 of district B with its free room; A's proposal gives that room to H1.
    inputs = world(
        households(H1=1, H2={"community_district": "B"}),
        watchers(W1=1, W2=1),
        assignments(("W1", "H2"), ("W2", "H2", "backup")),
        costs={("W2", "H1"): 10, ("W1", "H2"): 10, ("W2", "H2"): 10},
    )
    proposal = propose(inputs, district="A")
    assert proposal.lost.to_numpy().tolist() == [["H2", "W2", "backup_lost"]]
    assert proposal.after["households"] == 1


def test_known_organisations_and_own_district_are_preferred_as_wished():
    # H1 misses 1 of 2 visits. X visits it by W1; W2 (X) is 300 m farther than W3 (Y): 400 m for Y decide.
    inputs = world(
        households(H1=2),
        watchers(
            W1={"visits_per_month": 1.0, "organisation": "X"},
            W2={"organisation": "X", "district": "A"},
            W3={"organisation": "Y"},
        ),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 10, ("W2", "H1"): 500, ("W3", "H1"): 200},
    )
    assert propose(inputs).moves["watcher_id"].tolist()[-1] == "W3"
    assert propose(inputs, own_organisation=400.0).moves["watcher_id"].tolist()[-1] == "W2"
    assert propose(inputs, own_organisation=299.0).moves["watcher_id"].tolist()[-1] == "W3"
    assert propose(inputs, within_district=True).moves["watcher_id"].tolist()[-1] == "W2"
