"""Which place to open next: by hand, and against trying every set of candidates."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.access import AccessRules, assess_access
from analysis.errors import FrameError, ParameterError
from analysis.new_places import PlaceLimits, choose_places
from tests.small_worlds import walking_costs
from tests.test_access import homes, places

NEAR = AccessRules(cutoffs_m=(1000.0,), weights=(1.0,))


def choose(there, offered, count, limits, demand=None):
    """Choose among the candidates of ``offered`` beside place E; both are {(place, household): metres}."""
    households, existing = homes(count), places(E=1)
    costs = walking_costs(there, households.index, existing.index)
    access = assess_access(costs, households, existing, rules=NEAR, demand=demand)
    candidates = places(**dict.fromkeys(sorted({place for place, _ in offered} | {"Z"}), 1.0))
    measured = walking_costs(offered, households.index, candidates.index)
    return choose_places(access, candidates, measured, limits=limits)


def test_next_place_counts_only_homes_not_yet_near_one():
    # A is near three homes, two of which have E; B is near two that have nothing.
    there = {("E", "H1"): 500, ("E", "H2"): 500}
    offered = {("A", "H1"): 10, ("A", "H2"): 10, ("A", "H3"): 10, ("B", "H4"): 900, ("B", "H5"): 1000}
    plan = choose(there, offered, 6, PlaceLimits(1))
    assert plan.places.index.tolist() == ["B"]
    assert (plan.status, plan.value, plan.bound, plan.gap) == ("optimal", 2.0, 2.0, 0.0)
    assert plan.counts == {"gaps_before": 4, "gaps_after": 2, "gaps_no_candidate": 1}
    assert plan.households["gained"].tolist() == [False, False, False, True, True, False]
    assert plan.walk_m == plan.walk_bound_m == 500 + 500 + 900 + 1000


def test_among_equal_places_the_shorter_walk_decides():
    offered = {("A", "H1"): 900, ("A", "H2"): 900, ("B", "H1"): 100, ("B", "H2"): 800}
    plan = choose({}, offered, 2, PlaceLimits(1))
    assert plan.places.index.tolist() == ["B"]
    # With H1 served by E, A and B win one home each; B shortens the way of H1 as well.
    plan = choose({("E", "H1"): 600}, offered, 2, PlaceLimits(1))
    assert plan.places.index.tolist() == ["B"]
    assert plan.places.loc["B"].tolist() == [1.0, 1, 2]


def test_places_come_in_the_order_of_what_they_add():
    offered = {("A", "H1"): 10, ("B", "H2"): 10, ("B", "H3"): 10, ("C", "H4"): 20}
    plan = choose({}, offered, 4, PlaceLimits(3))
    assert plan.places.index.tolist() == ["B", "A", "C"]  # A before C: the shorter walk
    assert plan.places["demand_gained"].tolist() == [2.0, 1.0, 1.0]
    assert plan.places["households_gained"].tolist() == [2, 1, 1]


def test_required_and_excluded_candidates_are_kept_to():
    offered = {("A", "H1"): 10, ("A", "H2"): 10, ("B", "H3"): 10, ("C", "H1"): 10}
    plan = choose({}, offered, 3, PlaceLimits(2, required=("B",), excluded=("A",)))
    assert sorted(plan.places.index) == ["B", "C"]
    assert plan.value == 2.0
    both = choose({}, offered, 3, PlaceLimits(2, required=("B",), excluded=("B",)))
    assert (both.status, both.reason, len(both.places)) == ("infeasible", "required_and_excluded", 0)
    many = choose({}, offered, 3, PlaceLimits(1, required=("A", "B")))
    assert (many.status, many.reason) == ("infeasible", "too_many_required")
    assert np.isnan(many.value) and np.isnan(many.bound)


def test_nothing_to_do_without_candidates_in_reach_or_homes():
    for count, limits in ((2, PlaceLimits(1)), (0, PlaceLimits(1))):
        plan = choose({}, {}, count, limits)
        assert (plan.status, plan.value, plan.bound) == ("nothing_to_do", 0.0, 0.0)
        assert plan.counts["gaps_no_candidate"] == count


def test_unknown_candidates_short_measures_and_bad_numbers_are_refused():
    with pytest.raises(ParameterError, match="got X"):
        choose({}, {("A", "H1"): 1}, 1, PlaceLimits(1, required=("X",)))
    with pytest.raises(ParameterError, match="got -1"):
        PlaceLimits(-1)
    households, existing = homes(1), places(E=1)
    costs = walking_costs({}, households.index, existing.index)
    access = assess_access(costs, households, existing, rules=NEAR)
    with pytest.raises(FrameError, match="got 1 with less"):
        choose_places(access, existing.assign(reach_m=10.0), costs, limits=PlaceLimits(1))


# --- against trying every set -----------------------------------------------------------------------------


@st.composite
def towns(draw):
    count, candidates = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    metres = st.sampled_from([0.0, 300.0, 700.0, 1000.0, 1001.0])
    names = [f"C{number}" for number in range(candidates)]
    ids = homes(count).index
    offered = {(name, h): draw(metres) for name in names for h in ids if draw(st.booleans())}
    there = {("E", h): draw(metres) for h in ids if draw(st.booleans()) and draw(st.booleans())}
    demand = pd.Series([draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])) for _ in ids], index=ids)
    return there, offered, count, demand


def best_of_all(there, offered, demand, size):
    """Return the most demand gained and with it the least walk, by the definitions."""
    names = sorted({place for place, _ in offered})
    figures = []
    for chosen in (c for k in range(size + 1) for c in combinations(names, k)):
        gained = walk = 0.0
        for home, weight in demand.items():
            today = min((m for (_, h), m in there.items() if h == home and m <= 1000), default=np.inf)
            ways = [offered[c, home] for c in chosen if offered.get((c, home), np.inf) <= 1000]
            after = min([today, *ways])
            if np.isfinite(after):
                walk += weight * after
                gained += weight * np.isinf(today)
        figures.append((gained, -walk))
    gained, walk = max(figures)
    return gained, -walk


@settings(max_examples=80, deadline=None)
@given(towns(), st.integers(0, 3))
def test_plan_is_the_best_of_all_sets_and_the_shortest_among_them(town, size):
    there, offered, count, demand = town
    gained, walk = best_of_all(there, offered, demand, size)
    plan = choose(there, offered, count, PlaceLimits(size), demand)
    assert plan.value == pytest.approx(gained)
    assert plan.bound == pytest.approx(gained)
    assert plan.walk_m == pytest.approx(walk)
    assert plan.walk_bound_m == pytest.approx(walk)
    assert plan.places["demand_gained"].sum() == pytest.approx(gained)
    assert plan.status in ("optimal", "nothing_to_do")


@settings(max_examples=30, deadline=None)
@given(towns())
def test_more_places_never_lower_the_value(town):
    there, offered, count, demand = town
    values = [choose(there, offered, count, PlaceLimits(size), demand).value for size in range(4)]
    assert (np.diff(values) >= -1e-9).all()
