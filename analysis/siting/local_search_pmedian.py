"""Good p-medians fast: greedy, interchange and kicks, compiled.

Each demand knows its nearest and second nearest open facility, so that what a swap gains is read off in one
pass over the demand (Resende and Werneck).

References
----------
Teitz, M. and Bart, P. (1968). Heuristic methods for estimating the generalized vertex median. Operations
Research 16.
Resende, M. and Werneck, R. (2007). A fast swap-based local search procedure for location problems. Annals of
Operations Research 150.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

ROUNDING = 1e-10  # a swap must gain more than this share of the cost
WANDER = 0.002  # share of the best cost a plan may be above before the search goes back to the best one
MOST_KICKED = 5  # facilities exchanged by one kick


class _Plan(NamedTuple):
    """``first`` and ``second`` cost of each demand among the open facilities and the fixed ones."""

    is_open: np.ndarray
    nearest: np.ndarray  # (D,) the open candidate, -1 for a fixed facility
    next_nearest: np.ndarray
    first: np.ndarray
    second: np.ndarray


@njit(cache=True, nogil=True)
def search_pmedian(cost, base, start, size, rounds, generator):
    """Return ``size`` candidates (sorted) of little cost, after greedy, interchange and kicks; and the cost.

    Parameters
    ----------
    cost : float array (C, D), of each candidate to each demand, weighted
    base : float array (D,), cost without any candidate, through the fixed facilities
    start : int array, at most ``size`` candidates to begin from; the best others are added one by one
    size : int, 0 to C
    rounds : int, at least 0
    generator : numpy.random.Generator

    Returns
    -------
    chosen : int array (size,)
    value : float
    """
    candidates, demands = cost.shape
    plan = _Plan(
        np.zeros(candidates, np.bool_),
        np.full(demands, -1),
        np.full(demands, -1),
        base.copy(),
        base.copy(),
    )
    chosen = _begin(cost, base, plan, start, size)
    value = _interchange(cost, base, plan, chosen, generator)
    best, best_value = chosen.copy(), value
    for _ in range(rounds):
        if size == 0 or size == candidates:
            break
        _kick(cost, base, plan, chosen, generator)
        value = _interchange(cost, base, plan, chosen, generator)
        if value < best_value * (1 - ROUNDING):
            best, best_value = chosen.copy(), value
        elif value > best_value * (1 + WANDER):
            chosen[:] = best
            _open_all(cost, base, plan, chosen)
    return np.sort(best), best_value


@njit(cache=True, nogil=True)
def _begin(cost, base, plan, start, size):
    """Open the start, then one by one what saves most; return the open candidates."""
    chosen = np.empty(size, np.int64)
    chosen[: len(start)] = start
    _open_all(cost, base, plan, chosen[: len(start)])
    for place in range(len(start), size):
        best, best_saved = -1, -1.0
        for new in range(len(plan.is_open)):
            saved = 0.0
            for demand in range(len(base)):
                saved += max(0.0, plan.first[demand] - cost[new, demand])
            if not plan.is_open[new] and saved > best_saved:
                best, best_saved = new, saved
        chosen[place] = best
        _open(cost, plan, best)
    return chosen


@njit(cache=True, nogil=True)
def _open_all(cost, base, plan, chosen):
    plan.is_open[:] = False
    plan.nearest[:] = -1
    plan.next_nearest[:] = -1
    plan.first[:] = base
    plan.second[:] = base
    for candidate in chosen:
        _open(cost, plan, candidate)


@njit(cache=True, nogil=True)
def _open(cost, plan, new):
    plan.is_open[new] = True
    for demand in range(len(plan.first)):
        step = cost[new, demand]
        if step < plan.first[demand]:
            plan.second[demand], plan.next_nearest[demand] = plan.first[demand], plan.nearest[demand]
            plan.first[demand], plan.nearest[demand] = step, new
        elif step < plan.second[demand]:
            plan.second[demand], plan.next_nearest[demand] = step, new


@njit(cache=True, nogil=True)
def _close(cost, base, plan, gone, chosen):
    """Close a facility; ``chosen`` are those that may stand in, open or not."""
    plan.is_open[gone] = False
    for demand in range(len(base)):
        if plan.nearest[demand] == gone:
            plan.first[demand], plan.nearest[demand] = plan.second[demand], plan.next_nearest[demand]
        elif plan.next_nearest[demand] != gone:
            continue
        plan.second[demand], plan.next_nearest[demand] = base[demand], -1
        for other in chosen:
            is_next = plan.is_open[other] and other != plan.nearest[demand]
            if is_next and cost[other, demand] < plan.second[demand]:
                plan.second[demand], plan.next_nearest[demand] = cost[other, demand], other


@njit(cache=True, nogil=True)
def _losses(plan):
    """Return what closing each open facility alone costs (C,)."""
    loss = np.zeros(len(plan.is_open))
    for demand in range(len(plan.first)):
        if plan.nearest[demand] >= 0:
            loss[plan.nearest[demand]] += plan.second[demand] - plan.first[demand]
    return loss


@njit(cache=True, nogil=True)
def _interchange(cost, base, plan, chosen, generator):
    """Make swaps that gain, the candidates in random order, until none does; return the cost."""
    order, loss, change = generator.permutation(len(plan.is_open)), _losses(plan), np.zeros(len(plan.is_open))
    at, tried, value = 0, 0, plan.first.sum()
    while len(chosen) > 0 and tried < len(order):
        new = order[at]
        at, tried = (at + 1) % len(order), tried + 1
        if plan.is_open[new]:
            continue
        gain, place = _best_to_close(cost, plan, chosen, new, loss, change)
        if gain > ROUNDING * value:
            gone = chosen[place]
            chosen[place] = new
            _open(cost, plan, new)
            _close(cost, base, plan, gone, chosen)
            loss, tried, value = _losses(plan), 0, plan.first.sum()
    return value


@njit(cache=True, nogil=True)
def _best_to_close(cost, plan, chosen, new, loss, change):
    """Return the gain of opening ``new`` for the best facility to close, and its place in ``chosen``."""
    for place in range(len(chosen)):
        change[chosen[place]] = 0.0  # how much less closing it costs with ``new`` open
    saved = 0.0
    for demand in range(len(plan.first)):
        step = cost[new, demand]
        if step < plan.second[demand]:
            near = plan.nearest[demand]
            if step < plan.first[demand]:
                saved += plan.first[demand] - step
                if near >= 0:
                    change[near] += plan.second[demand] - plan.first[demand]
            elif near >= 0:
                change[near] += plan.second[demand] - step
    best, best_place = -np.inf, -1
    for place in range(len(chosen)):
        gain = saved - loss[chosen[place]] + change[chosen[place]]
        if gain > best:
            best, best_place = gain, place
    return best, best_place


@njit(cache=True, nogil=True)
def _kick(cost, base, plan, chosen, generator):
    """Exchange some facilities at random."""
    for _ in range(1 + generator.integers(0, min(MOST_KICKED, len(chosen)))):
        place = generator.integers(0, len(chosen))
        new = generator.integers(0, len(plan.is_open))
        while plan.is_open[new]:
            new = generator.integers(0, len(plan.is_open))
        gone = chosen[place]
        chosen[place] = new
        _open(cost, plan, new)
        _close(cost, base, plan, gone, chosen)
