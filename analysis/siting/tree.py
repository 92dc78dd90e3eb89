"""A tree search on priced bounds, shared by covering and p-median; both are read as costs to be made small.

A bound by prices tells what each candidate earns. What no better plan can do without is opened, what none
can use is ruled out; then one candidate is opened in one branch and ruled out in the other. The branch of the
least bound is split next, so that the bound of the whole is always known.

References
----------
Beasley, J. (1985). A note on solving large p-median problems. European Journal of Operational Research 21.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np
from numba import njit


@dataclass(frozen=True, eq=False)
class Siting:
    """What the tree has to know of a problem with C candidates, of which exactly ``size`` are opened.

    Parameters
    ----------
    size : int, 1 to C - 1
    bound : callable of state (C,), prices, value known and rounds; gives a bound, what each candidate earns
        (C,) and the prices reached
    value : callable of chosen positions; gives their cost
    step : callable of a value; gives by how much a better one is better at least
    """

    size: int
    bound: Callable[[np.ndarray, np.ndarray, float, int], tuple[float, np.ndarray, np.ndarray]]
    value: Callable[[np.ndarray], float]
    step: Callable[[float], float]


@dataclass(eq=False)
class Tree:
    """The open branches, the least bound first, and the best plan so far.

    Parameters
    ----------
    siting : Siting
    chosen : int array, the plan known
    value : float, its cost
    """

    siting: Siting
    chosen: np.ndarray
    value: float
    _nodes: list[tuple] = field(default_factory=list)
    _added: int = 0

    @property
    def is_done(self) -> bool:
        return not self._nodes

    @property
    def bound(self) -> float:
        """Return the cost no plan falls below; that of the best plan once the tree is done."""
        return min(self.value, self._nodes[0][0]) if self._nodes else self.value

    def add(self, state: np.ndarray, price: np.ndarray, rounds: int, above: float = -np.inf) -> None:
        """Bound a branch, settle what the bound settles, and keep it if a better plan may be in it.

        Parameters
        ----------
        state : int8 (C,): 1 is open, -1 is ruled out, 0 is free
        price : float array to begin from
        rounds : int, steps of the bound at most
        above : float, a bound known already
        """
        siting = self.siting
        bound, earned, price = siting.bound(state, price, self.value, rounds)
        order = rank(earned, state)
        self._try(order[: siting.size])
        best = self.value - siting.step(self.value)
        if max(bound, above) > best:
            return
        state = settle(earned, state, order, siting.size, best - bound)
        within, without = order[: siting.size], order[siting.size :]
        free = within[state[within] == 0]
        if len(free) and (state[without] == 0).any():  # else the one plan left was tried
            self._added += 1
            heappush(self._nodes, (max(bound, above), self._added, state, price, int(free[0])))

    def split(self, rounds: int) -> None:
        """Split the branch of the least bound; clear all if none can hold a better plan."""
        bound, _, state, price, candidate = heappop(self._nodes)
        if self.value - bound < self.siting.step(self.value):
            self._nodes.clear()
            return
        for choice in (1, -1):
            child = state.copy()
            child[candidate] = choice
            self.add(child, price, rounds, bound)

    def _try(self, chosen: np.ndarray) -> None:
        value = self.siting.value(chosen)
        if value < self.value:
            self.chosen, self.value = np.sort(chosen), value


def settle(earned: np.ndarray, state: np.ndarray, order: np.ndarray, size: int, room: float) -> np.ndarray:
    """Return the state with what all plans within ``room`` of the bound open, and what none of them does."""
    within, without = order[:size], order[size:]
    inside, outside = within[state[within] == 0], without[state[without] == 0]
    settled = state.copy()
    if len(inside) and len(outside):
        settled[inside[earned[inside] - earned[outside[0]] > room]] = 1
        settled[outside[earned[inside[-1]] - earned[outside] > room]] = -1
    return settled


@njit(cache=True, nogil=True)
def rank(earned, state):
    """Return the candidates: those open first, then the free ones, in each those that earn most first."""
    return np.argsort(-(earned + (earned.max() + 1.0) * 2 * state), kind="mergesort")
