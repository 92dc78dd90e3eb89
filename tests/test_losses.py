"""Visits lost for good when watchers leave: by hand, and against solving the city again without them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.losses import lost_visits
from analysis.tight_sets import VisitNetwork, add_most_visits
from tests.small_networks import most_visits, networks


def best_of(network):
    """Return a maximum flow."""
    return add_most_visits(network, np.zeros(len(network.household), dtype=np.int64), network.need)


def each_alone(network):
    return pd.Series(np.arange(len(network.capacity)))


def network(links, need, capacity):
    home, person = np.array(links).T
    return VisitNetwork(home, person, np.array(need), np.array(capacity))


def test_visits_another_can_take_over_are_not_lost():
    # W0 makes 2 visits at H0; W1 may visit it too and has room for 1: one of the two is lost.
    world = network([(0, 0), (0, 1)], need=[2], capacity=[2, 1])
    assert lost_visits(world, np.array([2, 0]), each_alone(world)).tolist() == [1, 0]


def test_a_chain_of_hand_overs_saves_the_visits():
    # Without W0, W1 takes H0 and passes H1 on to W2, who has room.
    world = network([(0, 0), (0, 1), (1, 1), (1, 2)], need=[1, 1], capacity=[1, 1, 1])
    assert lost_visits(world, np.array([1, 0, 1, 0]), each_alone(world)).tolist() == [0, 0, 0]


def test_households_short_already_do_not_count_as_lost():
    # H0 and H1 share W0, who can make one visit: without it one visit is lost, not two.
    world = network([(0, 0), (1, 0)], need=[1, 1], capacity=[1])
    assert lost_visits(world, np.array([1, 0]), each_alone(world)).tolist() == [1]


def test_nobody_in_a_group_leaves_nothing_to_lose():
    world = network([(0, 0)], need=[1], capacity=[1])
    assert lost_visits(world, np.array([1]), pd.Series([], dtype=object)).empty


def test_leaving_together_may_cost_more_than_one_by_one():
    # Either of W0 and W1 can make up for the other, not for both.
    world = network([(0, 0), (0, 1)], need=[1], capacity=[1, 1])
    together = pd.Series(["firm", "firm"])
    assert lost_visits(world, np.array([1, 0]), each_alone(world)).tolist() == [0, 0]
    assert lost_visits(world, np.array([1, 0]), together).to_dict() == {"firm": 1}


def test_progress_ends_at_the_number_of_groups_and_may_end_the_work():
    world = network([(0, 0)], need=[1], capacity=[1])
    calls = []
    lost_visits(world, np.array([1]), each_alone(world), progress=lambda *call: calls.append(call))
    assert calls == [(1, 1)]

    def refuse(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lost_visits(world, np.array([1]), each_alone(world), progress=refuse)


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=70, deadline=None)
def test_losses_equal_solving_again_without_them(world, random):
    visits = best_of(world)
    everybody = each_alone(world)
    groups = pd.Series([random.randrange(3) for _ in everybody])
    for leaving in (everybody, groups):
        lost = lost_visits(world, visits, leaving)
        again = {
            name: int(visits.sum()) - most_visits(world, without=set(leaving.index[leaving == name]))
            for name in leaving.unique()
        }
        assert lost.to_dict() == again


@given(networks())
@settings(max_examples=60, deadline=None)
def test_losses_do_not_depend_on_which_best_plan_was_kept(world):
    other_way = VisitNetwork(world.household[::-1], world.watcher[::-1], world.need, world.capacity)
    everybody = each_alone(world)
    one = lost_visits(world, best_of(world), everybody)
    assert one.equals(lost_visits(other_way, best_of(other_way), everybody))
