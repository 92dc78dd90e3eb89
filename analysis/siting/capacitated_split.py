"""Capacitated siting with split demand: a customer may be served by several open sites, in shares.

For given sites the shares are a transport problem; which sites, is bounded by Lagrangean relaxation and
searched by HiGHS over the sites the bound leaves open, with ``share <= open`` written for the pairs in play.

References
----------
Beasley, J. E. (1988). An algorithm for solving large capacitated warehouse location problems. European
Journal of Operational Research 33.
Cornuejols, G., Sridharan, R. and Thizy, J.-M. (1991). A comparison of heuristics and relaxations for the
capacitated plant location problem. European Journal of Operational Research 50.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import Limits, Milp, relative_gap, solve_milp
from analysis.siting.capacitated import SitingProblem, as_sites, is_hopeless
from analysis.siting.capacitated_bound import Prices, Sites, climb
from analysis.siting.capacitated_exact import force_sites

CLIMB_STEPS = 3_000
CLOSE = 1e-7  # relative distance of value and bound that HiGHS's tolerances leave open
MOST_TRIED = 40  # sets of sites whose transport problem is solved while the bound climbs
IN_PLAY = 0.02  # a pair dearer than its customer's price by less than this share of it gets a row

Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class SplitPlan:
    """The answer of :func:`solve_split_siting`.

    Parameters
    ----------
    status : as in :class:`analysis.siting.capacitated.SitingPlan`
    share : float (S, C), of each customer served from each site, columns add up to 1; empty without a plan
    opened : bool (S,), the fixed sites and those the plan opens
    value, bound : float, in the unit of the costs; NaN and inf where no plan is possible
    """

    status: str
    share: np.ndarray
    opened: np.ndarray
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Return the relative distance of value and bound, 0 when proven, NaN without a plan."""
        return relative_gap(self.value, self.bound)


def solve_split_siting(
    problem: SitingProblem, *, limits: Limits = Limits(), stop: Stop | None = None
) -> SplitPlan:
    """Return the cheapest plan in shares found and the bound no plan can pass.

    Parameters
    ----------
    problem : SitingProblem; ``cost`` is of serving the whole demand, a share of it costs its share;
        demand (C,)
    limits, stop : see :func:`analysis.siting.capacitated.solve_siting`

    Raises
    ------
    ParameterError
        Demand that differs by site.
    """
    if np.ndim(problem.demand) != 1:
        raise ParameterError("Expected one demand a customer, got one a site. Give the demand by customer.")
    sites = as_sites(problem, split=True)
    nothing = np.empty((0, 0))
    if sites.cost.shape[1] == 0:
        return SplitPlan("nothing_to_do", nothing, sites.fixed, 0.0, 0.0)
    if is_hopeless(sites):
        return SplitPlan("infeasible", nothing, sites.fixed, np.nan, np.inf)
    return _Split(sites, limits, stop).solve()


class _Split:
    """The best set of sites known, while the bound climbs and HiGHS searches."""

    def __init__(self, sites: Sites, limits: Limits, stop: Stop | None) -> None:
        self.sites, self.limits, self.stop = sites, limits, stop
        self.share, self.opened, self.value = np.empty((0, 0)), sites.fixed.copy(), np.inf
        self.tried: set[bytes] = set()

    def solve(self) -> SplitPlan:
        prices = climb(self.sites, self.look, steps=CLIMB_STEPS, stop=self.stop)
        bound, impossible = prices.bound, False
        if not self._is_met(bound):
            answer = solve_milp(self._programme(prices), limits=self.limits, stop=self.stop)
            if len(answer.x):
                self._try(answer.x[: len(self.opened)] > 0.5)
            impossible = answer.status == "infeasible"
            bound = np.inf if impossible else max(bound, answer.bound)
        if np.isinf(self.value):
            status = "infeasible" if impossible else "unknown"
            return SplitPlan(status, self.share, self.opened, np.nan, bound)
        met = self._is_met(bound)
        status, bound = ("optimal", self.value) if met else ("feasible", min(bound, self.value))
        return SplitPlan(status, self.share, self.opened, self.value, bound)

    def look(self, chosen: np.ndarray, taken: np.ndarray) -> float:
        """Solve the transport problem of the sites a relaxation opened; return the least value known."""
        if len(self.tried) < MOST_TRIED:
            self._try(self._open_enough(chosen))
        return self.value

    def _is_met(self, bound: float) -> bool:
        return bool(bound >= self.value * (1 - CLOSE) if np.isfinite(self.value) else False)

    def _open_enough(self, chosen: np.ndarray) -> np.ndarray:
        sites, opened = self.sites, chosen.copy()
        for site in np.argsort(-sites.capacity, kind="stable"):
            if sites.capacity[opened].sum() >= sites.whole:
                break
            if (opened & ~sites.fixed).sum() < sites.count:
                opened[site] = True
        return opened

    def _try(self, opened: np.ndarray) -> None:
        """Serve at least cost from these sites; a site that serves nobody is closed again."""
        if opened.tobytes() in self.tried:
            return
        self.tried.add(opened.tobytes())
        share = transport(self.sites, opened)
        if share is None:
            return
        used = share.any(axis=1)
        served = share > 0
        value = float(self.sites.cost[served] @ share[served] + self.sites.opening[used].sum())
        if value < self.value:
            self.share, self.opened, self.value = share, used | self.sites.fixed, value

    def _programme(self, prices: Prices) -> Milp:
        """Columns: the sites, then the pairs of those that may still open in a better plan."""
        sites, target = self.sites, self.value * (1 - 1e-9) if np.isfinite(self.value) else np.inf
        site_in, site_out = force_sites(sites, prices)
        may = sites.fixed | (site_in < target)
        must = sites.fixed | ((site_out >= target) & may)
        site, customer = np.nonzero(np.isfinite(sites.cost) & may[:, None])
        price = prices.customer[customer]
        play = sites.cost[site, customer] - price < IN_PLAY * np.abs(price)
        rows, low, high = _rows_of(sites, site, customer, play & ~must[site])
        count, pairs = len(may), len(site)
        return Milp(
            objective=np.concatenate([sites.opening, sites.cost[site, customer]]),
            rows=rows,
            low=low,
            high=high,
            x_low=np.concatenate([must.astype(float), np.zeros(pairs)]),
            x_high=np.concatenate([may.astype(float), np.ones(pairs)]),
            whole=np.arange(count + pairs) < count,
        )


def _rows_of(
    sites: Sites, site: np.ndarray, customer: np.ndarray, play: np.ndarray
) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """Return rows and their limits: customers wholly served, capacities, pairs in play, sums."""
    (count, customers), pairs = sites.cost.shape, len(site)
    every, pair, linked = np.arange(count), count + np.arange(pairs), np.flatnonzero(play)
    blocks = (
        (customer, pair, np.ones(pairs), customers),
        (
            np.concatenate([site, every]),
            np.concatenate([pair, every]),
            np.concatenate([sites.size[site, customer], -sites.capacity]),
            count,
        ),
        (
            np.tile(np.arange(len(linked)), 2),
            np.concatenate([pair[linked], site[linked]]),
            np.repeat([1.0, -1.0], len(linked)),
            len(linked),
        ),
        (np.repeat([0, 1], count), np.tile(every, 2), np.concatenate([sites.capacity, ~sites.fixed]), 2),
    )
    rows = [
        sparse.csr_array((np.asarray(value, float), (row, column)), shape=(height, count + pairs))
        for row, column, value, height in blocks
    ]
    unlimited = np.full(count + len(linked), -np.inf)
    low = np.concatenate([np.ones(customers), unlimited, [sites.whole, -np.inf]])
    high = np.concatenate([np.ones(customers), np.zeros(count + len(linked)), [np.inf, sites.count]])
    return sparse.vstack(rows, format="csr"), low, high


def transport(sites: Sites, opened: np.ndarray) -> np.ndarray | None:
    """Return the shares (S, C) of least cost from open sites, None where they cannot serve everybody."""
    site, customer = np.nonzero(np.isfinite(sites.cost) & opened[:, None])
    (count, customers), pairs = sites.cost.shape, np.arange(len(site))
    served = sparse.csr_array((np.ones(len(site)), (customer, pairs)), shape=(customers, len(site)))
    load = sparse.csr_array(
        (sites.size[site, customer].astype(float), (site, pairs)), shape=(count, len(site))
    )
    answer = solve_milp(
        Milp(
            objective=sites.cost[site, customer],
            rows=sparse.vstack([served, load], format="csr"),
            low=np.concatenate([np.ones(customers), np.full(count, -np.inf)]),
            high=np.concatenate([np.ones(customers), sites.capacity.astype(float)]),
            x_low=np.zeros(len(site)),
            x_high=np.ones(len(site)),
            whole=np.zeros(len(site), dtype=bool),
        )
    )
    if answer.status != "optimal":
        return None
    share = np.zeros(sites.cost.shape)
    share[site, customer] = np.clip(answer.x, 0.0, 1.0)
    return share
