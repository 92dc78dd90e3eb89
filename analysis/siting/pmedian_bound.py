"""How little a p-median can cost at least: a Lagrangean bound, and the candidates it settles.

The rule that each demand is served once is priced: every demand pays its price, every candidate earns what
its demand pays beyond the cost, and the best plan takes the candidates that earn most. Subgradient steps
raise the bound towards that of the linear programme.

References
----------
Narula, S., Ogbu, U. and Samuelsson, H. (1977). An algorithm for the p-median problem. Operations Research 25.
Beasley, J. (1993). Lagrangean heuristics for location problems. European Journal of Operational Research 65.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.siting.tree import rank

FIRST_STEP, LAST_STEP, PATIENCE = 1.0, 1e-4, 25
MEMORY = 0.7  # share of the last direction kept in the next


@njit(cache=True, nogil=True)
def sort_costs(cost, base):
    """Return each demand's candidates nearest first, those cheaper than its base only, as rows of a list.

    Parameters
    ----------
    cost : float array (C, D)
    base : float array (D,)

    Returns
    -------
    start : int64 array (D + 1,)
    candidate : int32 array (pairs,)
    costs : float array (pairs,), not falling within a row
    """
    demands = cost.shape[1]
    start = np.zeros(demands + 1, np.int64)
    for demand in range(demands):
        start[demand + 1] = start[demand] + (cost[:, demand] < base[demand]).sum()
    candidate, costs = np.empty(start[-1], np.int32), np.empty(start[-1])
    for demand in range(demands):
        cheaper = np.flatnonzero(cost[:, demand] < base[demand])
        own = cost[:, demand][cheaper]
        order = np.argsort(own, kind="mergesort")
        candidate[start[demand] : start[demand + 1]] = cheaper[order]
        costs[start[demand] : start[demand + 1]] = own[order]
    return start, candidate, costs


@njit(cache=True, nogil=True)
def bound_pmedian(lists, base, price, state, size, known, rounds, slack):
    """Return the bound, the earnings of each candidate at it, and the prices.

    Parameters
    ----------
    lists : start, candidate, costs of :func:`sort_costs`
    base : float array (D,)
    price : float array (D,), at most ``base``, to begin from
    state : int8 array (C,): 1 must be open, -1 must not, 0 free
    size : int, 1 to C
    known : float, the cost of a plan
    rounds : int, steps at most
    slack : float, at least 0: stop when the bound is less than this below ``known``

    Returns
    -------
    bound : float
    earnings : float array (C,); the bound is the prices less the ``size`` largest that the state allows
    prices : float array (D,)
    """
    price = price.copy()
    best_price, best_earned, best = price.copy(), np.zeros(len(state)), -np.inf
    step, waited, direction = FIRST_STEP, 0, np.zeros(len(price))
    for _ in range(rounds):
        earned = _earnings(lists, price, len(state))
        order = rank(earned, state)
        bound = price.sum() - earned[order[:size]].sum()
        if bound > best + 1e-6 * abs(best) or best == -np.inf:
            waited = 0
        else:
            waited += 1
        if bound > best:
            best, best_price, best_earned = bound, price.copy(), earned
        if known - best < slack or step < LAST_STEP:
            break
        if waited >= PATIENCE:
            step, waited = step / 2, 0
        taken = np.zeros(len(state), np.bool_)
        taken[order[:size]] = True
        _step(lists, base, price, taken, direction, step * (known - bound + slack))
    return best, best_earned, best_price


@njit(cache=True, nogil=True)
def _earnings(lists, price, candidates):
    start, candidate, costs = lists
    earned = np.zeros(candidates)
    for demand in range(len(price)):
        for at in range(start[demand], start[demand + 1]):
            if costs[at] >= price[demand]:
                break
            earned[candidate[at]] += price[demand] - costs[at]
    return earned


@njit(cache=True, nogil=True)
def _step(lists, base, price, taken, direction, distance):
    """Move the prices: up where nobody taken serves for them, down where several do; at most the base."""
    start, candidate, costs = lists
    length = 0.0
    for demand in range(len(price)):
        slope = 1.0
        for at in range(start[demand], start[demand + 1]):
            if costs[at] >= price[demand]:
                break
            slope -= 1.0 if taken[candidate[at]] else 0.0
        if slope > 0 and price[demand] >= base[demand]:
            slope = 0.0
        direction[demand] = slope + MEMORY * direction[demand]
        length += direction[demand] ** 2
    if length == 0.0:
        return
    for demand in range(len(price)):
        price[demand] = min(price[demand] + distance / length * direction[demand], base[demand])
