"""Capacitated siting with one site a customer: facility location, p-median and their kin: plan and bound.

Open sites so that every customer is wholly served by one open site, no site serves more than it can, and
opening and serving together cost least. Looking for plans, the Lagrangean bound, branching on it and HiGHS
over what the bound leaves open follow one another until plan and bound meet or the limits are reached.

References
----------
Holmberg, K., Ronnqvist, M. and Yuan, D. (1999). An exact algorithm for the capacitated facility location
problems with single sourcing. European Journal of Operational Research 113.
Lorena, L. and Senne, E. (2004). A column generation approach to capacitated p-median problems. Computers &
Operations Research 31.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import ParameterError
from analysis.milp import Limits, relative_gap
from analysis.siting.capacitated_bound import Prices, Sites, climb
from analysis.siting.capacitated_branching import Branching
from analysis.siting.capacitated_exact import search_exactly, settle
from analysis.siting.capacitated_parts import Effort, improve_parts
from analysis.siting.capacitated_plans import Plans

CLIMB_STEPS = 3_000
WORK_BEFORE_HIGHS = (
    20_000_000  # pairs looked at by branching before HiGHS takes over, where sites are to be chosen
)
FIRST_WORK = 1_000_000  # before the plan is improved part by part
MOST_WORK = 10**15
PART_CUSTOMERS = 60, 120  # of the parts, first small ones, then larger
LARGEST_SHARE = 0.7  # of all customers in a part: larger ones are searched no faster than the whole
MOST_PARTS = 2_000
MOST_PAIRS = (
    15_000  # a programme with more left is not closed by HiGHS in a minute; branching goes on instead
)
MOST_UNITS = 2**53  # the largest sum of sizes a float counts exactly

Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Customers, each to be wholly served by one open site: S sites, C customers.

    Parameters
    ----------
    cost : float (S, C), of serving the customer from the site, in any one unit; inf: not allowed
    demand : int (C,) or (S, C), at least 0, units of capacity the customer takes (at each site)
    capacity : int (S,), at least 0, units
    opening : float (S,), at least 0, in the unit of ``cost``; not paid for fixed sites; None: 0
    fixed : bool (S,), open already; None: none
    count : int, at least 0, most sites opened besides the fixed; None: any number
    """

    cost: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray
    opening: np.ndarray | None = None
    fixed: np.ndarray | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        """Raise ParameterError naming every array of a wrong shape or out of range."""
        faults = [*self._wrong_shapes()]
        if not faults:
            faults = [*self._out_of_range()]
        if faults:
            raise ParameterError(" ".join([*faults, "Correct them."]))

    def _wrong_shapes(self) -> list[str]:
        if np.ndim(self.cost) != 2:
            return [f"Expected costs of two dimensions, got {np.ndim(self.cost)}."]
        sites, customers = np.shape(self.cost)
        faults = []
        if np.shape(self.demand) not in {(customers,), (sites, customers)}:
            faults.append(f"Expected demand of {customers} customers, got the shape {np.shape(self.demand)}.")
        for name in ("capacity", "opening", "fixed"):
            array = getattr(self, name)
            if array is not None and np.shape(array) != (sites,):
                faults.append(f"Expected {name} of {sites} sites, got the shape {np.shape(array)}.")
        return faults

    def _out_of_range(self) -> list[str]:
        faults = []
        for name in ("demand", "capacity"):
            array = np.asarray(getattr(self, name))
            if not np.issubdtype(array.dtype, np.integer) or (array < 0).any():
                faults.append(f"Expected {name} in whole units >= 0, got others.")
            elif array.astype(float).sum() > MOST_UNITS:
                faults.append(f"Expected {name} below {MOST_UNITS} units in all, got more.")
        cost = np.asarray(self.cost, dtype=float)
        if np.isnan(cost).any() or np.isneginf(cost).any():
            faults.append("Expected costs that are finite, or infinite where not allowed, got others.")
        if self.opening is not None and not (
            np.isfinite(self.opening).all() and (np.asarray(self.opening) >= 0).all()
        ):
            faults.append("Expected finite opening costs >= 0, got others.")
        if self.count is not None and self.count < 0:
            faults.append(f"Expected count >= 0, got {self.count}.")
        return faults


@dataclass(frozen=True, eq=False)
class SitingPlan:
    """The answer of :func:`solve_siting`.

    Parameters
    ----------
    status : "optimal" (value and bound meet), "feasible" (a plan with an open gap), "infeasible" (no plan is
        possible), "unknown" (the limits ended the search before a plan was found) or "nothing_to_do" (no
        customer)
    site : int (C,), position of each customer's site; empty without a plan
    opened : bool (S,), the fixed sites and those the plan opens
    value : float, of opening and serving, in the unit of the costs; NaN without a plan
    bound : float, no plan costs less; inf where none is possible
    """

    status: str
    site: np.ndarray
    opened: np.ndarray
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Return the relative distance of value and bound, 0 when proven, NaN without a plan."""
        return relative_gap(self.value, self.bound)


def solve_siting(
    problem: SitingProblem,
    *,
    limits: Limits = Limits(),
    rounds: int = 40,
    seed: int = 0,
    stop: Stop | None = None,
) -> SitingPlan:
    """Return the cheapest plan found and the bound no plan can pass.

    Parameters
    ----------
    limits : Limits; of the nodes of branching and of HiGHS
    rounds : int, at least 0; random changes of the best plan tried before the exact search
    seed : int, at least 0; the same input and seed give the same answer unless seconds or ``stop`` end it
    stop : callable, optional; asked now and then, ends the search when it returns True

    Raises
    ------
    ParameterError
        Rounds below 0.
    """
    if rounds < 0:
        raise ParameterError(f"Expected rounds >= 0, got {rounds}. Correct it.")
    sites, nobody = as_sites(problem), np.empty(0, dtype=np.int64)
    if sites.cost.shape[1] == 0:
        return SitingPlan("nothing_to_do", nobody, sites.fixed, 0.0, 0.0)
    if is_hopeless(sites):
        return SitingPlan("infeasible", nobody, sites.fixed, np.nan, np.inf)
    plans = Plans(sites, seed)
    bound = _Search(sites, plans, _resolution(sites), limits, stop).run(rounds)
    return _answer(sites, plans, bound)


def as_sites(problem: SitingProblem, *, split: bool = False) -> Sites:
    """Return the arrays of the kernels; unless split, a customer too large for a site may not go there."""
    cost = np.asarray(problem.cost, dtype=float)
    demand, capacity = np.asarray(problem.demand), np.asarray(problem.capacity)
    count = len(capacity)
    fixed = np.zeros(count, dtype=bool) if problem.fixed is None else np.array(problem.fixed, dtype=bool)
    opening = np.zeros(count) if problem.opening is None else np.asarray(problem.opening, dtype=float)
    size = np.ascontiguousarray(np.broadcast_to(demand, cost.shape), dtype=np.int64)
    allowed = np.ones(cost.shape, dtype=bool) if split else size <= capacity[:, None]
    same = size.shape[0] > 0 and bool((size == size[:1]).all()) and not fixed.all()
    others = int((~fixed).sum())
    return Sites(
        cost=np.ascontiguousarray(np.where(allowed, cost, np.inf)),
        size=size,
        capacity=np.minimum(capacity, size.sum(axis=1)).astype(np.int64),
        opening=np.where(fixed, 0.0, opening),
        fixed=fixed,
        count=others if problem.count is None else min(problem.count, others),
        whole=int(size[0].sum()) if same else 0,
        split=split,
    )


def _resolution(sites: Sites) -> float:
    """Return how far apart two values lie at least: 1 where every cost is a whole number, else 0."""
    costs = np.append(sites.cost[np.isfinite(sites.cost)], sites.opening)
    return 1.0 if (costs == np.rint(costs)).all() else 0.0


def is_hopeless(sites: Sites) -> bool:
    """Say whether some customer has no site, or all that may open are too small together."""
    if len(sites.capacity) == 0 or not np.isfinite(sites.cost).any(axis=0).all():
        return True
    free = np.sort(sites.capacity[~sites.fixed])[::-1][: sites.count]
    return bool(sites.size.min(axis=0).sum() > sites.capacity[sites.fixed].sum() + free.sum())


class _Search:
    """Bound, branching and HiGHS one after the other, each with what the former found."""

    def __init__(
        self, sites: Sites, plans: Plans, resolution: float, limits: Limits, stop: Stop | None
    ) -> None:
        self.sites, self.plans, self.resolution = sites, plans, resolution
        self.limits, self.stop = limits, stop

    def run(self, rounds: int) -> float:
        """Search, and return the bound; the best plan stands in ``plans``."""
        prices = climb(
            self.sites, self.plans.look, steps=CLIMB_STEPS, resolution=self.resolution, stop=self.stop
        )
        bound = self._whole(prices.bound)
        if not self._is_met(bound):
            self.plans.improve(rounds, lambda: self._is_over(bound))
        if self._is_met(bound):
            return self.plans.value
        bound = max(bound, self._branch(prices))
        if self._is_met(bound) or self.sites.fixed.all():
            return bound
        return max(bound, self._finish(prices))

    def _is_over(self, bound: float) -> bool:
        return self._is_met(bound) or self._is_stopped()

    def _is_stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def _whole(self, bound: float) -> float:
        return float(np.ceil(bound - 1e-6)) if self.resolution else bound

    def _is_met(self, bound: float) -> bool:
        value = self.plans.value
        return bool(bound >= value - 1e-9 * abs(value) if np.isfinite(value) else np.isposinf(bound))

    def _branch(self, prices: Prices) -> float:
        """Branch a little, improve the plan part by part unless that was enough, and branch on."""
        work = MOST_WORK if self.sites.fixed.all() else WORK_BEFORE_HIGHS
        tree = Branching(self.sites, prices, self.plans, self.resolution)
        tree.run(nodes=self.limits.nodes, work=FIRST_WORK, stop=self.stop)
        for customers in (
            size for size in PART_CUSTOMERS if size <= LARGEST_SHARE * self.sites.cost.shape[1]
        ):
            effort = Effort(MOST_PARTS, customers, lambda: self._is_over(self._whole(tree.bound)))
            improve_parts(self.sites, self.plans, self.resolution, effort)
        tree.run(nodes=self.limits.nodes, work=work, stop=self.stop)
        if tree.waiting and not self.sites.fixed.all() and self._pairs_left(prices) > MOST_PAIRS:
            tree.run(nodes=self.limits.nodes, work=MOST_WORK, stop=self.stop)
        return self._whole(tree.bound)

    def _pairs_left(self, prices: Prices) -> int:
        return settle(self.sites, prices, self.plans.target(self.resolution)).open_pairs

    def _finish(self, prices: Prices) -> float:
        settled = settle(self.sites, prices, self.plans.target(self.resolution))
        if settled.open_pairs > MOST_PAIRS or self._is_stopped():
            return prices.bound
        answer, plan = search_exactly(
            self.sites, settled, limits=self.limits, plan=self.plans.plan, stop=self.stop
        )
        self.plans.keep(plan)
        if answer.status == "infeasible":
            return self.plans.value  # nothing better than the plan is left, or nothing at all
        return self._whole(max(answer.bound, prices.bound))


def _answer(sites: Sites, plans: Plans, bound: float) -> SitingPlan:
    if plans.plan is None:
        status = "infeasible" if np.isposinf(bound) else "unknown"
        return SitingPlan(status, np.empty(0, dtype=np.int64), sites.fixed, np.nan, bound)
    opened = sites.fixed.copy()
    opened[plans.plan] = True
    bound = min(bound, plans.value)
    met = relative_gap(plans.value, bound) <= 1e-9
    status, bound = ("optimal", plans.value) if met else ("feasible", bound)
    return SitingPlan(status, plans.plan, opened, plans.value, bound)


def solve_capacitated_pmedian(
    problem: SitingProblem,
    count: int,
    *,
    limits: Limits = Limits(),
    rounds: int = 40,
    seed: int = 0,
    stop: Stop | None = None,
) -> SitingPlan:
    """Return :func:`solve_siting` with at most ``count`` sites opened besides the fixed.

    Exactly ``count`` and at most ``count`` have the same best value wherever opening costs nothing.
    """
    return solve_siting(replace(problem, count=count), limits=limits, rounds=rounds, seed=seed, stop=stop)
