"""What each action brings, alone or after others: exact gains of the flow that serves most weighted visits.

References
----------
Minoux, M. (1978). Accelerated greedy algorithms for maximizing submodular set functions: the lazy order.
"""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from analysis.openings import Openings
from analysis.openings_flow import World, begin_state, build_world, copy_state, gains_of, take

_COLUMNS = ["action", "weighted", "visits", "households"]
LEAST_COST = 1e-9  # what an action without cost counts as, so that it comes first for its cost


def order_actions(openings: Openings, taken: np.ndarray, *, by_cost: bool = False) -> pd.DataFrame:
    """Put the actions ``taken`` in the order of what each adds to those before it, the most first.

    The order is the lazy greedy one. Two actions that only together open a link follow one another when
    nothing else gains; the gain then stands at the second.

    Parameters
    ----------
    taken : bool (A,)
    by_cost : bool; the most for each unit of cost first, an action that costs nothing before all others

    Returns
    -------
    DataFrame, RangeIndex, in that order
        ``action`` (position), ``weighted`` (weighted visits a year added, >= 0), ``visits`` (a year),
        ``households`` (those that then miss nothing, less those that miss something anew). The sums of the
        first two are what all of them together add to the links open without an action.
    """
    chosen = np.flatnonzero(taken)
    price = np.maximum(openings.cost[chosen], LEAST_COST) if by_cost else np.ones(len(chosen))
    return _Lazy(openings, chosen, price).order()


def gains_alone(openings: Openings) -> np.ndarray:
    """Return what each action (A,) would add as the only one: weighted visits a year."""
    world = build_world(openings)
    count = len(openings.cost)
    return gains_of(world, begin_state(openings, world), np.arange(count), np.arange(count + 1))


def describe_alone(openings: Openings) -> pd.DataFrame:
    """Return ``weighted``, ``visits`` and ``households`` that each action would add as the only one.

    One row an action, as in :func:`order_actions`; for some hundreds of actions.
    """
    world = build_world(openings)
    nothing, rows = begin_state(openings, world), []
    for action in range(len(openings.cost)):
        state = copy_state(nothing)
        weighted = take(world, state, np.array([action]))
        rows.append((weighted, *_served(nothing, state)))
    return _as_table(rows)


def _as_table(rows: list[tuple[float, int, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_COLUMNS[1:])
    return table.astype({"weighted": float, "visits": np.int64, "households": np.int64})


def _served(before: tuple, after: tuple) -> tuple[int, int]:
    """Return the visits and the households fully served by which one state exceeds another."""
    visits = int(before.unmet.sum() - after.unmet.sum())
    return visits, int((after.unmet == 0).sum() - (before.unmet == 0).sum())


class _Lazy:
    """The lazy greedy order: a gain counted before something else was taken only guesses the place."""

    def __init__(self, openings: Openings, chosen: np.ndarray, price: np.ndarray) -> None:
        self.world: World = build_world(openings)
        self.state = begin_state(openings, self.world)
        self.actions_of = openings.actions
        self.price = dict(zip(chosen.tolist(), price.tolist(), strict=True))
        self.rows: list[tuple[int, float, int, int]] = []

    def order(self) -> pd.DataFrame:
        """Take one action after the other until none is left."""
        heap = self._ranked()
        while heap:
            rank, action, counted = heapq.heappop(heap)
            if counted < len(self.rows):
                rank = -self._gains([(action,)])[0] / self.price[action]
                heapq.heappush(heap, (rank, action, len(self.rows)))
            elif rank < 0:
                self._keep(action)
            else:
                self._keep_best_pair()
                heap = self._ranked()
        table = _as_table([row[1:] for row in self.rows])
        table.insert(0, "action", np.array([row[0] for row in self.rows], dtype=np.int64))
        return table

    def _ranked(self) -> list[tuple[float, int, int]]:
        """Return the heap of what is left, by what each gains now."""
        left = sorted(self.price)
        gains = self._gains([(action,) for action in left])
        heap = [
            (-gain / self.price[action], action, len(self.rows))
            for action, gain in zip(left, gains, strict=True)
        ]
        heapq.heapify(heap)
        return heap

    def _gains(self, moves: list[tuple[int, ...]]) -> np.ndarray:
        actions = np.array([action for move in moves for action in move], dtype=np.int64)
        offsets = np.cumsum([0, *map(len, moves)], dtype=np.int64)
        return gains_of(self.world, self.state, actions, offsets)

    def _keep(self, action: int) -> None:
        before = copy_state(self.state)
        weighted = take(self.world, self.state, np.array([action]))
        self.rows.append((action, weighted, *_served(before, self.state)))
        del self.price[action]

    def _keep_best_pair(self) -> None:
        """Take the two that gain most for their cost together; all that is left when no two gain."""
        pairs = [pair for pair in self._pairs() if pair[0] in self.price and pair[1] in self.price]
        prices = np.array([self.price[one] + self.price[other] for one, other in pairs])
        worth = self._gains(pairs) / prices
        best = pairs[int(np.argmax(worth))] if worth.max(initial=0.0) > 0 else sorted(self.price)
        for action in best:
            self._keep(action)

    def _pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of actions that open a link together, each once."""
        both = np.sort(self.actions_of, axis=1)
        both = np.unique(both[(both[:, 0] >= 0) & (both[:, 0] < both[:, 1])], axis=0)
        return [tuple(pair) for pair in both.tolist()]
