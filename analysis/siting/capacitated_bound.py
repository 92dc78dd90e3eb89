"""The Lagrangean bound of single-source siting: that each customer has one site is priced, not forced.

At prices for serving a customer and for a unit of capacity, every site solves a knapsack of its own; the best
choice of sites then bounds every plan from below. The prices climb by a deflected subgradient.

References
----------
Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming. Mathematical Programming Study 2.
Camerini, P., Fratta, L. and Maffioli, F. (1975). On improving relaxation methods by modified gradient
techniques. Mathematical Programming Study 3.
Pirkul, H. (1987). Efficient algorithms for the capacitated concentrator location problem. Computers &
Operations Research 14.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.siting.capacitated_knapsack import solve_knapsack, solve_split_knapsack

PATIENCE = 40  # steps without a better bound before they are shortened
SHORTEST_STEP = 1e-4
SEARCH_EVERY = 10  # steps between two looks for a plan


class Sites(NamedTuple):
    """Arrays of a single-source problem as the kernels take them: S sites, C customers.

    cost (S, C), inf: not allowed; size (S, C) int; capacity (S,) int; opening (S,), 0 where fixed; fixed (S,)
    bool; count: most sites opened besides the fixed; whole: total size where it is the same at every site,
    else 0; split: customers may be served by several sites.
    """

    cost: np.ndarray
    size: np.ndarray
    capacity: np.ndarray
    opening: np.ndarray
    fixed: np.ndarray
    count: int
    whole: int
    split: bool = False


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of customers (C,) and of a unit of capacity, the bound they give, what each site adds (S,)."""

    customer: np.ndarray
    unit: float
    bound: float
    added: np.ndarray


@njit(cache=True, nogil=True)
def relax(sites, customer, unit, added, taken):
    """Fill what each site adds (S,) and takes in shares (S, C); return the bound and who opens."""
    price = np.empty(len(customer))
    for site in range(len(added)):
        for at in range(len(customer)):
            price[at] = sites.cost[site, at] - customer[at]
        if sites.split:
            least = solve_split_knapsack(price, sites.size[site], sites.capacity[site], taken[site])
        else:
            least = solve_knapsack(price, sites.size[site], sites.capacity[site], taken[site])
        added[site] = least + sites.opening[site] - unit * sites.capacity[site]
    chosen = choose_sites(added, sites.fixed, sites.count)
    return customer.sum() + unit * sites.whole + added[chosen].sum(), chosen


@njit(cache=True, nogil=True)
def choose_sites(added, fixed, count):
    """Return (S,) the fixed sites and the ``count`` others that lower the sum most."""
    chosen = fixed.copy()
    left = count
    for site in np.argsort(added, kind="mergesort"):
        if left == 0 or added[site] >= 0.0:
            break
        if not fixed[site]:
            chosen[site] = True
            left -= 1
    return chosen


class Slope(NamedTuple):
    """Where a climb stands, changed in place by the kernel.

    customer, best (C,): prices now and of the best bound; pull (C + 1,): direction; added (S,): what each
    site adds at the best; numbers (6,): unit price now, of the best, best bound, length of step, steps
    waited, least value known.
    """

    customer: np.ndarray
    best: np.ndarray
    pull: np.ndarray
    added: np.ndarray
    numbers: np.ndarray


UNIT, BEST_UNIT, BOUND, LENGTH, WAITED, KNOWN = range(6)


@njit(cache=True, nogil=True)
def ascend(sites, slope, steps, patience, resolution):
    """Climb some steps; return whether another is worth taking, and who opens and takes whom at the last."""
    added = np.empty(len(sites.capacity))
    taken = np.zeros(sites.cost.shape)
    scale = max(sites.capacity.mean(), 1.0)  # brings capacity to the size of one customer
    numbers, pull = slope.numbers, slope.pull
    chosen = sites.fixed.copy()
    for _ in range(steps):
        bound, chosen = relax(sites, slope.customer, numbers[UNIT], added, taken)
        numbers[WAITED] += 1
        if bound > numbers[BOUND]:
            if bound > numbers[BOUND] + 1e-6 * abs(bound):
                numbers[WAITED] = 0
            numbers[BOUND], numbers[BEST_UNIT] = bound, numbers[UNIT]
            slope.best[:], slope.added[:] = slope.customer, added
        if is_proven(numbers[BOUND], numbers[KNOWN], resolution):
            return False, chosen, taken
        if numbers[WAITED] >= patience:
            numbers[LENGTH] /= 2
            numbers[WAITED], numbers[UNIT] = 0, numbers[BEST_UNIT]
            slope.customer[:] = slope.best
            pull[:] = 0.0
            if numbers[LENGTH] < SHORTEST_STEP:
                return False, chosen, taken
            continue
        if not _step(sites, slope, chosen, taken, bound, scale):
            return False, chosen, taken
    return True, chosen, taken


@njit(cache=True, nogil=True)
def is_proven(bound, known, resolution):
    """Say whether no plan can lie below the value known, whose next lower one is ``resolution`` away."""
    return bound > known - max(resolution - 1e-6, 1e-9 * abs(known))


@njit(cache=True, nogil=True)
def _step(sites, slope, chosen, taken, bound, scale):
    """Move the prices along the deflected subgradient; say whether there is any."""
    numbers, pull = slope.numbers, slope.pull
    ahead = np.ones(len(pull))
    ahead[-1] = sites.whole / scale
    for site in np.flatnonzero(chosen):
        for at in range(len(slope.customer)):
            ahead[at] -= taken[site, at]
        ahead[-1] -= sites.capacity[site] / scale
    if sites.whole == 0:
        ahead[-1] = 0.0
    back = (ahead * pull).sum()
    if back < 0:
        ahead -= 1.5 * back / (pull * pull).sum() * pull
    pull[:] = ahead
    norm = (ahead * ahead).sum()
    if norm < 1e-12:
        return False
    known = numbers[KNOWN]
    target = known if np.isfinite(known) else numbers[BOUND] + 0.05 * abs(numbers[BOUND]) + 1.0
    stride = numbers[LENGTH] * max(target - bound, 1e-6 * abs(target)) / norm
    slope.customer[:] += stride * ahead[:-1]
    numbers[UNIT] = max(0.0, numbers[UNIT] + stride * ahead[-1] / scale)
    return True


def start_slope(sites: Sites, customer: np.ndarray, unit: float, known: float) -> Slope:
    """Return a climb that begins at these prices."""
    numbers = np.array([unit, unit, -np.inf, 1.0, 0.0, known])
    pull, added = np.zeros(len(customer) + 1), np.zeros(len(sites.capacity))
    return Slope(customer.astype(float).copy(), customer.astype(float).copy(), pull, added, numbers)


def prices_of(slope: Slope) -> Prices:
    """Return the best prices a climb found."""
    return Prices(slope.best, slope.numbers[BEST_UNIT], slope.numbers[BOUND], slope.added)


def climb(
    sites: Sites,
    look: Callable[[np.ndarray, np.ndarray], float],
    *,
    steps: int,
    resolution: float = 0.0,
    stop: Callable[[], bool] | None = None,
) -> Prices:
    """Return the prices of the best bound found in at most ``steps`` steps.

    Parameters
    ----------
    look : callable, takes the sites opened (S,) and the shares each takes (S, C) in the relaxation, looks
        for a plan and returns the least value known (inf: none)
    resolution : float, two different values of plans lie at least this far apart; the climb ends when the
        bound proves the plan known
    stop : callable, optional; asked now and then, ends the climb when it returns True
    """
    order = np.sort(sites.cost, axis=0)
    second = order[min(1, len(order) - 1)]
    slope = start_slope(sites, np.where(np.isfinite(second), second, order[0]), 0.0, np.inf)
    for _ in range(0, steps, SEARCH_EVERY):
        worth, chosen, taken = ascend(sites, slope, SEARCH_EVERY, PATIENCE, resolution)
        slope.numbers[KNOWN] = look(chosen, taken)
        if not worth or (stop is not None and stop()):
            break
    return prices_of(slope)
