"""The visits that given actions bring: most weighted visits first, then the least walk, both exact."""

from __future__ import annotations

import numpy as np

from analysis.openings_model import Openings
from analysis.transport import FlowNetwork, solve_flow


def least_walk_visits(openings: Openings, taken: np.ndarray) -> np.ndarray:
    """Return the visits (L,) that serve most with the actions ``taken``, and among those walk least.

    Which households are served most depends on the order of the weights only (the sets of visits that can be
    served together form a polymatroid), so each weight is priced by its rank: exact, whatever the numbers.
    A change of plan passes each watcher once, so the step from rank to rank is above any walk it can save.
    Walks count in whole decimetres.

    References
    ----------
    Edmonds, J. (1970). Submodular functions, matroids, and certain polyhedra.
    """
    visits = np.zeros(len(openings.household), dtype=np.int64)
    link = np.flatnonzero(openings.is_open(taken))
    if not len(link):
        return visits
    cost_dm = np.rint(openings.cost_m[link] * 10).astype(np.int64)
    step = len(np.unique(openings.watcher[link])) * int(cost_dm.max()) + 1
    rank = np.unique(openings.weight, return_inverse=True)[1].astype(np.int64) + 1
    network = _network(openings, link, cost_dm, rank * step)
    visits[link] = solve_flow(network).flow[: len(link)]
    return visits


def _network(openings: Openings, link: np.ndarray, cost_dm: np.ndarray, price: np.ndarray) -> FlowNetwork:
    """Return households, watchers and the end; a visit nobody makes goes straight to the end."""
    need, capacity = openings.need.astype(np.int64), openings.capacity.astype(np.int64)
    homes = np.arange(len(need))
    people = len(need) + np.arange(len(capacity))
    end = len(need) + len(capacity)
    return FlowNetwork(
        tail=np.concatenate([openings.household[link], people, homes]),
        head=np.concatenate([len(need) + openings.watcher[link], np.full(len(people) + len(homes), end)]),
        capacity=np.concatenate([need[openings.household[link]], capacity, need]),
        cost=np.concatenate([cost_dm, np.zeros_like(capacity), price]),
        supply=np.concatenate([need, np.zeros_like(capacity), [-need.sum()]]),
    )
