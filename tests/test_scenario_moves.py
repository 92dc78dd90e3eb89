"""From a scenario to moves: against enumeration, and against the register once the moves are made."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.errors import FrameError
from analysis.handover import count_all, hand_over
from analysis.scenario_moves import scenario_moves
from analysis.visit_orders import SHARINGS
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, TODAY, assignments, households, watchers, world

NO_SHRINKING = [
    phase for phase in Phase if phase is not Phase.shrink
]  # worlds this small are read as they are


def with_status(inputs, **status):
    """Return the world with other statuses of some watchers."""
    people = inputs.watchers.copy()
    people.loc[list(status), "status"] = list(status.values())
    return dataclasses.replace(inputs, watchers=people)


def answered(inputs, other, **options):
    base, scenario = (build_watch_graph(looked_at, NORMAL) for looked_at in (inputs, other))
    return scenario_moves(base, scenario, assess_coverage(scenario), **options)


def made(inputs, moves):
    """Return the graph of the register with the moves made today."""
    standing = inputs.assignments
    pairs = pd.MultiIndex.from_frame(standing[["watcher_id", "household_id"]])
    moved = pd.MultiIndex.from_frame(moves[["watcher_id", "household_id"]])
    kept = standing[~(pairs.isin(moved) & (standing["role"] == "primary").to_numpy())]
    new = moves.loc[moves["action"] != "remove", ["watcher_id", "household_id", "visits_per_month"]]
    new = new.assign(role="primary", valid_from=TODAY, valid_to=None)
    new.index = pd.Index([f"N{number}" for number in range(len(new))], name="assignment_id", dtype=object)
    both = pd.concat([kept.astype(object), new.astype(object)])[standing.columns]
    return build_watch_graph(
        dataclasses.replace(inputs, assignments=both.rename_axis("assignment_id")), NORMAL
    )


def city(**parts):
    """Return OLD with H1, W with H2 and room for 1, NEW not yet in office, and nobody for H3."""
    homes = households(H1=1, H2=1, H3=1)
    people = watchers(OLD=1, W=2, NEW=dict(visits_per_month=1, status="candidate"))
    walks = {(w, h): 10 for w in ("OLD", "W", "NEW") for h in homes.index}
    return world(homes, people, assignments(("OLD", "H1"), ("W", "H2")), costs=walks | parts)


def rows(answer):
    return answer.moves[["household_id", "watcher_id", "action", "tie"]].to_numpy().tolist()


def test_leaving_alone_is_answered_by_the_hand_over():
    answer = answered(city(), with_status(city(), OLD="ended"))
    assert rows(answer) == [["H1", "OLD", "remove", None], ["H1", "W", "add", "new"]]
    assert (answer.leaving, answer.joining) == (("OLD",), ())
    assert (answer.status, answer.value, answer.bound, answer.ordered) == ("optimal", 12, 12, 12)
    graph = build_watch_graph(city(), NORMAL)
    plan = hand_over(graph, assess_coverage(graph), ["OLD"])
    assert plan.moves["watcher_id"].tolist() == answer.moves["watcher_id"].tolist()
    assert plan.after == answer.after


def test_joining_alone_serves_missing_need_and_moves_nobody_else():
    # W has room for H3 too, but no scenario asked it: NEW takes it.
    answer = answered(city(), with_status(city(), NEW="active"))
    assert rows(answer) == [["H3", "NEW", "add", "new"]]
    assert (answer.before["watched"], answer.after["watched"]) == (2, 3)
    assert (answer.value, answer.ordered) == (12, 0)


def test_leaving_and_joining_are_answered_together():
    # W can take H1, NEW H1 or H3: only with W at H1 and NEW at H3 all are watched.
    answer = answered(city(), with_status(city(), OLD="ended", NEW="active"))
    assert rows(answer) == [
        ["H1", "OLD", "remove", None],
        ["H1", "W", "add", "new"],
        ["H3", "NEW", "add", "new"],
    ]
    assert (answer.after["watched"], answer.value) == (3, 24)


def test_what_nobody_takes_over_is_listed_and_other_gaps_are_not():
    other = city()
    full = dataclasses.replace(other, watchers=other.watchers.assign(visits_per_month=[1.0, 1.0, 1.0]))
    answer = answered(full, with_status(full, OLD="ended"))
    assert answer.unplaced.to_numpy().tolist() == [["H1", 1.0, "no_room"]]  # H3 was missed before
    assert answer.moves["reason"].tolist() == ["fewer_visits"]


def test_nobody_leaving_and_nobody_joining_is_nothing_to_do():
    answer = answered(city(), city())
    assert (answer.status, len(answer.moves), answer.gap) == ("nothing_to_do", 0, 0)
    assert answer.before == answer.after
    empty = world(households(), watchers(), costs={})
    assert answered(empty, empty).status == "nothing_to_do"


def test_household_that_the_scenario_lacks_is_left_out():
    inputs = city()
    fewer = with_status(inputs, OLD="ended")
    fewer = world(
        fewer.households.drop("H1"),
        fewer.watchers,
        fewer.assignments,
        costs={(w, h): 10 for w in ("OLD", "W", "NEW") for h in ("H2", "H3")},
    )
    assert answered(inputs, fewer).ordered == 0


def test_coverage_of_other_households_is_refused():
    base = build_watch_graph(city(), NORMAL)
    other = build_watch_graph(world(households(H9=1), watchers(W=1), costs={("W", "H9"): 1}), NORMAL)
    with pytest.raises(FrameError, match="same households"):
        scenario_moves(base, base, assess_coverage(other))


PAIRS = [(watcher, household) for watcher in ("W0", "W1", "W2", "W3") for household in ("H0", "H1", "H2")]
visits = st.sampled_from([0.0, 1 / 12, 2 / 12])


@st.composite
def worlds(draw):
    """Worlds in which W0 leaves and W3 joins."""
    homes = {
        f"H{number}": {"visits_per_month": draw(visits), "weight": draw(st.sampled_from([0.5, 1.0, 2.0]))}
        for number in range(3)
    }
    people = {f"W{number}": {"visits_per_month": draw(visits)} for number in range(4)}
    people["W3"]["status"] = "candidate"
    walks = draw(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 800), min_size=5))
    old = [pair for pair in sorted(walks) if pair[0] != "W3"]
    chosen = draw(st.lists(st.sampled_from(old), unique=True, max_size=5)) if old else []
    rows_ = [(*pair, {"visits_per_month": draw(st.one_of(st.none(), visits))}) for pair in chosen]
    return world(households(**homes), watchers(**people), assignments(*rows_), costs=walks)


@settings(max_examples=40, deadline=None, phases=NO_SHRINKING)
@given(worlds(), st.sampled_from(SHARINGS))
def test_register_with_the_moves_made_gives_exactly_the_counts_of_after(inputs, sharing):
    other = with_status(inputs, W0="ended", W3="active")
    answer = answered(inputs, other, sharing=sharing)
    later = made(other, answer.moves)
    assert count_all(later, assess_coverage(later)) == pytest.approx(answer.after)
    assert answer.value <= answer.bound + 1e-9


def best_of_all(inputs, other):
    """Return the most weighted visits placed, of all ways to use the room of the scenario."""
    base, graph = (build_watch_graph(looked_at, NORMAL) for looked_at in (inputs, other))
    homes = assess_coverage(graph).households
    missing = (homes["need_visits"] - homes["delivered_visits"]).to_numpy()
    by_old = base.links[base.links["watcher"] == 0].set_index("household")["delivered_visits"]
    lost = np.minimum(by_old.reindex(range(3), fill_value=0).to_numpy(), missing)
    home, person = (graph.links[name].to_numpy() for name in ("household", "watcher"))
    room, weight = graph.watchers["room_visits"].to_numpy(), homes["weight"].to_numpy()
    most = [
        range(int(min(missing[h] if w == 3 else lost[h], room[w])) + 1)
        for h, w in zip(home, person, strict=True)
    ]
    best = 0.0
    for plan in itertools.product(*most):
        given_ = np.array(plan, dtype=int)
        total, of_old = np.bincount(home, given_, 3), np.bincount(home, given_ * (person < 3), 3)
        fits = (total <= missing).all() and (of_old <= lost).all()
        if fits and (np.bincount(person, given_, 4) <= room).all():
            best = max(best, float(total @ weight))
    return best


@settings(max_examples=40, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_no_way_to_use_the_room_places_more(inputs):
    other = with_status(inputs, W0="ended", W3="active")
    best = best_of_all(inputs, other)
    for sharing in ("few", "free"):
        answer = answered(inputs, other, sharing=sharing)
        assert answer.value == pytest.approx(best)
        assert answer.bound == pytest.approx(best)
