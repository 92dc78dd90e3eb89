"""The flow of visits: merged households change nothing, guarantees hold, no cheaper plan exists."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ParameterError
from analysis.same_links import merge_by_links
from analysis.visit_flow import price_unserved, solve_assignment


@st.composite
def cases(draw):
    """Draw up to 4 households and 3 watchers with few different walks, so that many are alike."""
    homes, people = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    pairs = draw(st.sets(st.tuples(st.integers(0, homes - 1), st.integers(0, people - 1)), max_size=8))
    pairs = sorted(pairs)
    cost = draw(st.lists(st.integers(1, 3), min_size=len(pairs), max_size=len(pairs)))
    need = draw(st.lists(st.integers(0, 3), min_size=homes, max_size=homes))
    capacity = draw(st.lists(st.integers(0, 4), min_size=people, max_size=people))
    household, watcher = (np.array([pair[at] for pair in pairs], dtype=np.int64) for at in (0, 1))
    return np.array(need), np.array(capacity), household, watcher, np.array(cost, dtype=np.int64)


def best(need, capacity, household, watcher, cost, *, price, guaranteed=0):
    """Return the least price of all plans by trying every one; None where none keeps the guarantee."""
    found = None
    ranges = [range(min(need[h], capacity[w]) + 1) for h, w in zip(household, watcher, strict=True)]
    for visits in itertools.product(*ranges):
        got = np.bincount(household, visits, len(need))
        load = np.bincount(watcher, visits, len(capacity))
        if (got > need).any() or (load > capacity).any() or (got < np.minimum(guaranteed, need)).any():
            continue
        value = int(np.dot(visits, cost) + np.dot(need - got, price))
        found = value if found is None else min(found, value)
    return found


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 6), st.integers(0, 2))
def test_plan_is_the_cheapest_of_all(case, price, guaranteed):
    need, capacity, household, watcher, _ = case
    found = solve_assignment(*case, unserved_dm=price, guaranteed=guaranteed)
    expected = best(*case, price=np.full(len(need), price), guaranteed=guaranteed)
    if expected is None:
        assert found.status == "infeasible"
        return
    got = np.bincount(household, found.visits, len(need))
    assert found.status == "optimal"
    assert found.walk_dm + price * found.unserved.sum() == expected
    assert np.array_equal(got + found.unserved, need)
    assert (np.bincount(watcher, found.visits, len(capacity)) <= capacity).all()
    assert (got >= np.minimum(guaranteed, need)).all()


def test_households_of_one_place_are_one_node():
    # H0 and H2 have the same links in another order; H1 walks farther to W0.
    household = np.array([0, 0, 1, 1, 2, 2])
    watcher = np.array([0, 1, 0, 1, 1, 0])
    cost = np.array([10, 20, 11, 20, 20, 10])
    merged = merge_by_links(household, watcher, cost, np.array([5, 5, 5]))
    assert merged.group.tolist() == [0, 1, 0]
    assert [part.tolist() for part in merged.links] == [[0, 0, 1, 1], [0, 1, 0, 1], [10, 20, 11, 20]]
    assert merged.link.tolist() == [0, 1, 2, 3, 1, 0]


def test_a_single_twin_among_many_is_not_worth_merging():
    # 20 households, H19 walks as far as H18 to the only watcher, who has room for all but one: that one is a
    # twin, since nobody walks farther.
    walks = np.append(np.arange(19), 18)
    merged = merge_by_links(np.arange(20), np.zeros(20, int), walks, np.full(20, 5))
    assert merged.group.tolist() == list(range(20))
    found = solve_assignment(np.ones(20, int), np.array([19]), np.arange(20), np.zeros(20, int), walks)
    assert (found.walk_dm, found.unserved.sum()) == (sum(range(19)), 1)


def test_another_price_keeps_like_households_apart():
    household, watcher, cost = np.array([0, 1]), np.array([0, 0]), np.array([10, 10])
    assert merge_by_links(household, watcher, cost, np.array([5, 6])).group.tolist() == [0, 1]


def test_households_without_links_are_merged_and_left_unserved():
    found = solve_assignment(
        np.array([2, 3]), np.array([9]), np.empty(0, int), np.empty(0, int), np.empty(0, int), unserved_dm=7
    )
    assert (found.unserved.tolist(), found.walk_dm) == ([2, 3], 0)


def test_visits_that_nobody_makes_are_dealt_to_like_households_in_order():
    # Three like households of need 2, room for 4: the first goes without, since it is dealt first.
    household, watcher, cost = np.arange(3), np.zeros(3, int), np.full(3, 10)
    found = solve_assignment(np.full(3, 2), np.array([4]), household, watcher, cost)
    assert (found.unserved.tolist(), found.visits.tolist()) == ([2, 0, 0], [0, 2, 2])


def test_a_visit_is_never_left_out_to_save_walks():
    # Serving H1 moves W0 away from H0, 300 dm more walk in all; unpriced, the visit still comes first.
    found = solve_assignment(
        np.array([1, 1]), np.array([1, 1]), np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([10, 300, 20])
    )
    assert found.unserved.sum() == 0


def test_prices_follow_the_weight_to_the_hundredth():
    price = price_unserved(np.array([1.0, 0.5, 0.0]), np.array([0, 1]), np.array([10, 30]))
    assert price.tolist() == [100 * 61, 50 * 61, 61]  # 2 watchers x 30 dm + 1


@pytest.mark.parametrize("wrong", ["need", "capacity", "cost_dm"])
def test_negative_numbers_are_refused(wrong):
    right = {"need": [1], "capacity": [1], "household": [0], "watcher": [0], "cost_dm": [1]}
    with pytest.raises(ParameterError, match="negative"):
        solve_assignment(*{**right, wrong: [-1]}.values())
