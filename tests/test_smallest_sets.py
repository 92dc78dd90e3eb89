"""The smallest tight sets: violated Hall conditions, checked by another engine, and minimal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings

from analysis.residual import build_residual
from analysis.smallest_sets import find_smallest_sets, smallest_tight_sets
from analysis.tight_sets import VisitNetwork, add_most_visits
from tests.small_networks import most_visits, networks, watchers_of


def describe(world):
    homes = pd.Index([f"H{number}" for number in range(len(world.need))])
    people = pd.Index([f"W{number}" for number in range(len(world.capacity))])
    visits = add_most_visits(world, np.zeros(len(world.household), dtype=np.int64), world.need)
    return visits, smallest_tight_sets(world, visits, homes, people)


def positions(ids):
    return {int(name[1:]) for name in ids}


def test_far_watchers_who_change_nothing_are_left_out():
    # H0 and H1 need two visits of W0 alone, who makes one. H2 joins W0 with W1 and W2, all of them full: the
    # minimum cut holds them all, the smallest set only H0, H1 and W0.
    links = [(0, 0), (1, 0), (2, 0), (2, 1), (3, 1), (3, 2), (4, 2)]
    home, person = np.array(links).T
    world = VisitNetwork(home, person, np.array([1, 1, 2, 2, 2]), np.array([1, 2, 2]))
    _, sets = describe(world)
    smallest = min(sets, key=lambda found: len(found.watcher_ids))
    assert smallest.household_ids == ("H0", "H1")
    assert smallest.watcher_ids == ("W0",)
    assert (smallest.need_visits, smallest.room_visits, smallest.at_least_unwatched) == (2, 1, 1)


def test_household_left_out_first_is_the_farthest():
    # Three households share W0 with room for one: all three are in the set, two stay unwatched.
    world = VisitNetwork(np.array([0, 1, 2]), np.zeros(3, dtype=int), np.array([1, 1, 1]), np.array([1]))
    _, sets = describe(world)
    assert [(len(one.household_ids), one.at_least_unwatched) for one in sets] == [(3, 2)]


@given(networks())
@settings(max_examples=200, deadline=None)
def test_every_set_is_a_violated_hall_condition(world):
    _, sets = describe(world)
    allowed = watchers_of(world)
    for found in sets:
        homes, people = positions(found.household_ids), positions(found.watcher_ids)
        assert set().union(*(allowed[home] for home in homes)) == people
        assert found.need_visits == sum(world.need[list(homes)])
        assert found.room_visits == sum(world.capacity[list(people)])
        assert most_visits(world, homes) == found.room_visits < found.need_visits
        assert homes == {home for home, own in enumerate(allowed) if own and own <= people}


@given(networks())
@settings(max_examples=100, deadline=None)
def test_every_household_left_short_is_in_a_set(world):
    visits, sets = describe(world)
    short = np.flatnonzero(world.received(visits) < world.need)
    with_watchers = {int(home) for home in short if watchers_of(world)[home]}
    assert with_watchers <= set().union(*(positions(found.household_ids) for found in sets))


@given(networks())
@settings(max_examples=200, deadline=None)
def test_no_watcher_of_a_set_can_be_left_out(world):
    # For the household a set was sought for: without any watcher but its own, it is served although last.
    visits = add_most_visits(world, np.zeros(len(world.household), dtype=np.int64), world.need)
    allowed = watchers_of(world)
    short = np.flatnonzero(world.received(visits) < world.need)
    net = build_residual(world.household, world.watcher, len(world.need), len(world.capacity))
    found = find_smallest_sets(net, visits, world.need, world.capacity, short)
    home_offsets, person_offsets, homes, people = found
    for row in range(len(home_offsets) - 1):
        first, *rest = homes[home_offsets[row] : home_offsets[row + 1]].tolist()
        assert is_short_though_last(world, [first, *rest], first)
        for person in set(people[person_offsets[row] : person_offsets[row + 1]].tolist()) - allowed[first]:
            without = [home for home in (first, *rest) if person not in allowed[home]]
            assert not is_short_though_last(world, without, first)


def is_short_though_last(world, homes, last):
    """Say whether all of ``homes`` served first leave the last one short."""
    others = [home for home in homes if home != last]
    return most_visits(world, homes) - most_visits(world, others) < world.need[last]
