"""What every single departure costs: by hand, and against recounting and solving again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage, carrying_pairs, delivering_pairs
from analysis.fragility import assess_fragility
from analysis.gaps import classify_gaps
from analysis.watch_graph import build_watch_graph
from tests.small_networks import most_visits
from tests.small_worlds import NORMAL, assignments, households, watchers, world


def fragility_of(inputs):
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    gaps = classify_gaps(graph, coverage)
    return assess_fragility(graph, coverage, gaps.best), graph, coverage, gaps


def test_household_with_one_watcher_is_lost_at_once_but_not_after():
    # W1 has room for H1 too: lost today without W0, made up for once the rest is rearranged.
    found, *_ = fragility_of(
        world(
            households(H1=1),
            watchers(W0=1, W1=1),
            assignments(("W0", "H1")),
            costs={("W0", "H1"): 100, ("W1", "H1"): 200},
        )
    )
    row = found.watchers.loc["W0"]
    assert row["lost_households_at_once"] == 1
    assert row["lost_visits_at_once"] == pytest.approx(1.0)
    assert row["lost_visits_after"] == 0
    assert found.best_visits == pytest.approx(1.0)


def test_backup_of_another_organisation_saves_the_household():
    people = watchers(W0=dict(visits_per_month=1, organisation="X"), W1=dict(organisation="Y"))
    standing = assignments(("W0", "H1"), ("W1", "H1", "backup"))
    costs = {("W0", "H1"): 100, ("W1", "H1"): 200}
    found, *_ = fragility_of(world(households(H1=1), people, standing, costs=costs))
    assert found.watchers.loc["W0", "lost_households_at_once"] == 0
    assert found.organisations.loc["X", "lost_households_at_once"] == 0


def test_two_watchers_of_one_organisation_are_no_backup_of_one_another():
    people = watchers(W0=dict(organisation="X"), W1=dict(organisation="X"))
    standing = assignments(("W0", "H1"), ("W1", "H1", "backup"))
    costs = {("W0", "H1"): 100, ("W1", "H1"): 200}
    found, *_ = fragility_of(world(households(H1=1), people, standing, costs=costs))
    assert found.watchers.loc["W0", "lost_households_at_once"] == 1
    assert found.organisations["watchers"].to_dict() == {"X": 2}
    assert found.organisations.loc["X", "lost_visits_after"] == pytest.approx(1.0)


def test_a_person_all_report_through_disconnects_their_households():
    # W1 and W2 report to W0, who tells the centre: without W0 their two households are cut off, not H0.
    people = watchers(W0=dict(), W1=dict(reports_to="W0"), W2=dict(reports_to="W1"), W3=dict())
    standing = assignments(("W1", "H1"), ("W2", "H2"), ("W3", "H0"))
    costs = {("W1", "H1"): 100, ("W2", "H2"): 100, ("W3", "H0"): 100}
    found, *_ = fragility_of(world(households(H0=1, H1=1, H2=1), people, standing, costs=costs))
    assert found.reporting["reporters"].to_dict() == {"W1": 1, "W0": 2}
    assert found.reporting["disconnected_households"].to_dict() == {"W0": 2, "W1": 2}
    assert found.watchers.loc["W2", "disconnected_households"] == 1


def test_vacant_posts_and_shops_are_not_listed_as_watchers():
    people = watchers(W0=1, W1=dict(status="vacant"), S=dict(kind="shop", reach_m=500.0))
    found, *_ = fragility_of(world(households(H1=1), people, costs={("W0", "H1"): 100, ("S", "H1"): 10}))
    assert list(found.watchers.index) == ["W0"]


def test_worst_loss_stands_first():
    people = watchers(W0=1, W1=3)
    standing = assignments(("W0", "H0"), ("W1", "H1"))
    costs = {("W0", "H0"): 100, ("W1", "H1"): 100}
    found, *_ = fragility_of(world(households(H0=1, H1=3), people, standing, costs=costs))
    assert list(found.watchers.index) == ["W1", "W0"]
    assert found.watchers["lost_visits_after"].tolist() == pytest.approx([3, 1])


@st.composite
def worlds(draw):
    homes, people = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    needs = {f"H{n}": draw(st.integers(0, 3)) for n in range(homes)}
    ids = [f"W{n}" for n in range(people)]
    rows = {
        name: dict(
            visits_per_month=draw(st.integers(0, 5)),
            organisation=draw(st.sampled_from([None, "X", "Y"])),
            reports_to=draw(st.sampled_from(["C1", None, *ids])),
        )
        for name in ids
    }
    near = [(w, h) for w in ids for h in needs if draw(st.booleans())]
    standing = [(w, h, draw(st.sampled_from(["primary", "backup"]))) for w, h in near if draw(st.booleans())]
    costs = {pair: 100 for pair in near}
    return world(households(**needs), watchers(**rows), assignments(*standing), costs=costs)


@given(worlds())
@settings(max_examples=50, deadline=None)
def test_losses_equal_counting_and_solving_again(inputs):
    found, graph, coverage, gaps = fragility_of(inputs)
    everybody = {name: {name} for name in found.watchers.index}
    firms = {
        name: set(graph.watchers.index[graph.watchers["organisation"] == name])
        for name in found.organisations.index
    }
    for frame, groups in ((found.watchers, everybody), (found.organisations, firms)):
        for name, gone in groups.items():
            positions = set(graph.watchers.index.get_indexer(list(gone)).tolist())
            row = frame.loc[name]
            assert row["lost_households_at_once"] == count_lost(graph, coverage, positions)
            assert row["disconnected_households"] == count_cut_off(graph, coverage, gone)
            again = most_visits(gaps.best.network, without=positions)
            assert row["lost_visits_after"] == pytest.approx((gaps.best.visits.sum() - again) / 12)


def count_lost(graph, coverage, gone):
    """Count watched households, one by one, that stay neither with all who deliver nor with a backup."""
    delivering = delivering_pairs(graph)
    carrying = carrying_pairs(graph, coverage.households["main_watcher"].to_numpy())
    lost = 0
    for home, status in enumerate(coverage.households["status"]):
        visit = set(delivering.loc[delivering["household"] == home, "watcher"])
        carry = set(carrying.loc[carrying["household"] == home, "watcher"])
        lost += status == "watched" and bool(visit & gone) and not carry - gone
    return lost


def count_cut_off(graph, coverage, gone):
    """Count connected households none of whose watchers finds a way to a centre past those gone."""

    def tells(name):
        seen = set()
        while name in graph.watchers.index and name not in gone and name not in seen:
            seen.add(name)
            name = graph.watchers.loc[name, "reports_to"]
        return name in graph.centres

    ids = graph.watchers.index
    signals = [*zip(*delivering_pairs(graph)[["household", "watcher"]].to_numpy().T, strict=True)]
    still = {home for home, person in signals if tells(ids[person])}
    return sum(coverage.households["connected"].to_numpy()) - len(still)


def test_losses_of_everybody_are_not_above_what_they_make():
    rng = np.random.default_rng(5)
    homes = {f"H{n}": int(rng.integers(1, 4)) for n in range(30)}
    people = {f"W{n}": int(rng.integers(1, 12)) for n in range(8)}
    costs = {(w, h): 100 for w in people for h in homes if rng.random() < 0.3}
    found, _, _, gaps = fragility_of(world(households(**homes), watchers(**people), costs=costs))
    load = np.bincount(gaps.best.network.watcher, weights=gaps.best.visits, minlength=len(people)) / 12
    by_id = dict(zip(people, load, strict=True))
    assert all(row["lost_visits_after"] <= by_id[name] + 1e-9 for name, row in found.watchers.iterrows())
