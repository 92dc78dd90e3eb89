"""Chains of hand-overs for one household: by hand, and as good as the best rearrangement for it alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from analysis.chains import find_chains
from analysis.tight_sets import VisitNetwork, add_most_visits
from tests.small_networks import networks


def test_chain_passes_a_visit_on_and_serves_the_household():
    # W0 visits H1 and is full; it passes H1 on to W1, who has room, and visits H0 instead.
    world = VisitNetwork(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([1, 1]), np.array([1, 1]))
    chain = find_chains(world, np.array([0, 1, 0]), np.array([0]))
    changes = dict(zip(chain["link"].tolist(), chain["change"].tolist(), strict=True))
    assert changes == {0: 1, 1: -1, 2: 1}
    assert chain["asking"].tolist() == [0, 0, 0]


def test_nobody_asking_gives_no_chain():
    world = VisitNetwork(np.array([0]), np.array([0]), np.array([1]), np.array([1]))
    assert find_chains(world, np.array([1]), np.array([], dtype=np.int64)).empty


@given(networks())
@settings(max_examples=150, deadline=None)
def test_chains_give_as_much_as_the_best_rearrangement_alone(world):
    half = np.where(np.arange(len(world.need)) % 2 == 0, world.need, 0)
    visits = add_most_visits(world, np.zeros(len(world.household), dtype=np.int64), half)
    missing = world.need - world.received(visits)
    asking = np.flatnonzero(missing)
    chains = find_chains(world, visits, asking)
    for home in asking:
        steps = chains[chains["asking"] == home]
        after = visits.copy()
        np.add.at(after, steps["link"].to_numpy(), steps["change"].to_numpy())
        alone = np.where(np.arange(len(missing)) == home, missing, 0)
        best = add_most_visits(world, visits, alone)
        assert (after >= 0).all() and (world.room(after) >= 0).all()
        assert world.received(after).tolist() == world.received(best).tolist()
