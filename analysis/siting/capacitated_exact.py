"""What a bound settles in single-source siting, and the exact search over the rest.

At the best prices each pair of site and customer is forced in and out: a choice that brings the bound to the
best value known cannot be part of a better plan. What stays open is a small programme for HiGHS.

References
----------
Posta, M., Ferland, J. A. and Michelon, P. (2012). An exact method with variable fixing for solving the
generalized assignment problem. Computational Optimization and Applications 52.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import sparse

from analysis.milp import Limits, Milp, MilpAnswer, solve_milp
from analysis.siting.capacitated_bound import Prices, Sites
from analysis.siting.capacitated_knapsack import force_each


@dataclass(frozen=True, eq=False)
class Settled:
    """What may still happen in a plan below ``target``: pairs (S, C) and sites (S,) that may or must be used.

    Parameters
    ----------
    target : float, every plan of a lower value is kept
    may, must : bool (S, C), a customer may or must go to a site
    may_open, must_open : bool (S,)
    """

    target: float
    may: np.ndarray
    must: np.ndarray
    may_open: np.ndarray
    must_open: np.ndarray

    @property
    def open_pairs(self) -> int:
        """Return how many pairs are not decided."""
        return int((self.may & ~self.must).sum())


@dataclass(frozen=True, eq=False)
class Forced:
    """The bound with each pair (S, C) and each site (S,) forced in, and forced out; inf: impossible."""

    pair_in: np.ndarray
    pair_out: np.ndarray
    site_in: np.ndarray
    site_out: np.ndarray


def force(sites: Sites, prices: Prices) -> Forced:
    """Return the bounds with each choice forced, at these prices."""
    inside, outside = _force_pairs(sites, prices.customer)
    own = sites.opening - prices.unit * sites.capacity
    site_in, site_out = force_sites(sites, prices)
    opened = (site_in - prices.added + own)[:, None]
    pair_out = np.minimum(opened + outside, site_out[:, None])
    return Forced(opened + inside, pair_out, site_in, site_out)


def settle(sites: Sites, prices: Prices, target: float) -> Settled:
    """Return what the bound at these prices leaves open below ``target``."""
    forced = force(sites, prices)
    may_open = sites.fixed | (forced.site_in < target)
    may = (forced.pair_in < target) & may_open[:, None]
    must_open = sites.fixed | ((forced.site_out >= target) & may_open)
    return Settled(target, may, (forced.pair_out >= target) & may, may_open, must_open)


@njit(cache=True, nogil=True)
def _force_pairs(sites, customer):
    """Return (S, C) the least sum of each site's knapsack with each customer forced in, and out."""
    inside, outside = np.empty(sites.cost.shape), np.empty(sites.cost.shape)
    for site in range(len(sites.capacity)):
        price = sites.cost[site] - customer
        force_each(price, sites.size[site], sites.capacity[site], inside[site], outside[site])
    return inside, outside


def force_sites(sites: Sites, prices: Prices) -> tuple[np.ndarray, np.ndarray]:
    """Return (S,) the bounds with each site open, and with each closed; inf: impossible."""
    free = np.flatnonzero(~sites.fixed)
    order = free[np.argsort(prices.added[free], kind="stable")]
    count = min(sites.count, len(order))
    lowers = np.append(np.minimum(prices.added[order], 0.0), 0.0)  # the last: no site more
    base = prices.customer.sum() + prices.unit * sites.whole + prices.added[sites.fixed].sum()
    best = base + lowers[:count].sum()
    site_in, site_out = np.full(len(sites.fixed), best), np.full(len(sites.fixed), np.inf)
    site_out[order] = best
    site_out[order[:count]] += lowers[count] - lowers[:count]
    if count == 0:
        site_in[free] = np.inf
        return site_in, site_out
    gone = np.full(len(order), lowers[count - 1])  # who makes room for a site that was not among the best
    gone[:count] = lowers[:count]
    site_in[order] += prices.added[order] - gone
    return site_in, site_out


def search_exactly(
    sites: Sites,
    settled: Settled,
    *,
    limits: Limits,
    plan: np.ndarray | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[MilpAnswer, np.ndarray | None]:
    """Return HiGHS's answer over what is left, and the plan (C,) found: the best below the target.

    Parameters
    ----------
    plan : int (C,), optional; a plan to begin from, used where it is among those left
    """
    site, customer = np.nonzero(settled.may)
    programme = _programme(sites, settled, site, customer)
    answer = solve_milp(programme, limits=limits, start=_start(programme, settled, plan), stop=stop)
    if len(answer.x) == 0:
        return answer, None
    taken = answer.x[: len(site)] > 0.5
    found = np.full(sites.cost.shape[1], -1)
    found[customer[taken]] = site[taken]
    return answer, found


def _programme(sites: Sites, settled: Settled, site: np.ndarray, customer: np.ndarray) -> Milp:
    """Columns: the pairs left, then the sites; a pair only where its site is open (strong formulation)."""
    pairs, (count, customers) = len(site), sites.cost.shape
    pair, opened = np.arange(pairs), pairs + np.arange(count)
    linked = np.flatnonzero(~settled.must_open[site])
    served = _rows(customer, pair, np.ones(pairs), customers, pairs + count)
    filled = _rows(
        np.concatenate([site, np.arange(count)]),
        np.concatenate([pair, opened]),
        np.concatenate([sites.size[site, customer], -sites.capacity]),
        count,
        pairs + count,
    )
    follows = _rows(
        np.tile(np.arange(len(linked)), 2),
        np.concatenate([linked, pairs + site[linked]]),
        np.repeat([1.0, -1.0], len(linked)),
        len(linked),
        pairs + count,
    )
    whole = _rows(
        np.repeat([0, 1], count),
        np.tile(opened, 2),
        np.concatenate([sites.capacity, (~sites.fixed).astype(float)]),
        2,
        pairs + count,
    )
    low = np.concatenate([np.ones(customers), np.full(count + len(linked), -np.inf), [sites.whole, -np.inf]])
    high = np.concatenate([np.ones(customers), np.zeros(count + len(linked)), [np.inf, sites.count]])
    return Milp(
        objective=np.concatenate([sites.cost[site, customer], sites.opening]),
        rows=sparse.vstack([served, filled, follows, whole], format="csr"),
        low=low,
        high=high,
        x_low=np.concatenate([settled.must[site, customer], settled.must_open]).astype(float),
        x_high=np.concatenate([np.ones(pairs), settled.may_open]).astype(float),
        whole=np.ones(pairs + count, dtype=bool),
    )


def _rows(
    row: np.ndarray, column: np.ndarray, value: np.ndarray, rows: int, columns: int
) -> sparse.csr_array:
    return sparse.csr_array((np.asarray(value, dtype=float), (row, column)), shape=(rows, columns))


def _start(programme: Milp, settled: Settled, plan: np.ndarray | None) -> np.ndarray | None:
    """Return the plan as columns of the programme, None where it is not among those left."""
    if plan is None or not settled.may[plan, np.arange(len(plan))].all():
        return None
    chosen = np.zeros(settled.may.shape, dtype=bool)
    chosen[plan, np.arange(len(plan))] = True
    opened = settled.must_open | chosen.any(axis=1)
    start = np.concatenate([chosen[settled.may], opened]).astype(float)
    inside = (start >= programme.x_low).all() and (start <= programme.x_high).all()
    return start if inside else None
