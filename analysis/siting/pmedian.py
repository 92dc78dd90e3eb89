"""The least walk in all with so many new facilities (p-median), the ones there are kept.

A good plan by interchange, a bound by prices, and between the two a tree search: a candidate is opened in one
branch, ruled out in the other, and each branch is bounded from the prices of its parent, which settles most
other candidates at once.

References
----------
Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph.
Operations Research 12.
Beasley, J. (1985). A note on solving large p-median problems. European Journal of Operational Research 21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import relative_gap
from analysis.siting.cover import Search, nodes_of
from analysis.siting.local_search_pmedian import search_pmedian
from analysis.siting.pmedian_bound import bound_pmedian, sort_costs
from analysis.siting.set_covering import cover_all
from analysis.siting.tree import Siting, Tree

KICK_WORK = 200_000_000  # demand times candidates times kicks: about a second
ROOT_ROUNDS, NODE_ROUNDS = 3_000, 60
SHARE_PRICED = 50  # of so many pairs one is looked at in a step of the prices, or fewer
FIRST_PRICE = 1.2  # times the cost in the plan known
ROUNDING = 1e-9  # share of a cost that counts as none


@dataclass(frozen=True, eq=False)
class Median:
    """A plan of new facilities and how little any plan can cost.

    Parameters
    ----------
    status : "optimal" (proven), "feasible" (the bound is open), "infeasible" (no plan of so many reaches all
        demand that can be reached; nothing is chosen), "nothing_to_do" (no demand in reach, or none to open)
    chosen : int array, positions of the new facilities, sorted; as many as asked for, or all there are
    value : float, sum of weight times cost to the nearest facility, of the demand in reach; NaN if infeasible
    bound : float, at most ``value``
    nearest : int array (D,), the facility each demand goes to (of equal ones the first); -1 out of reach
    unreachable : int, demands that no candidate and no fixed facility reaches; they are in no figure above
    """

    status: str
    chosen: np.ndarray
    value: float
    bound: float
    nearest: np.ndarray
    unreachable: int

    @property
    def gap(self) -> float:
        """Return how far the plan is from the bound, as a share of its value; 0 when proven."""
        return relative_gap(self.value, self.bound)


@dataclass(frozen=True, eq=False)
class _Task:
    """What is left to decide: ``cost`` (C, D) weighted, ``base`` (D,) through the fixed, or unserved."""

    cost: np.ndarray
    base: np.ndarray
    size: int
    whole: bool

    def value(self, chosen: np.ndarray) -> float:
        """Return the cost of a plan of at least one candidate."""
        return float(np.minimum(self.base, self.cost[chosen].min(axis=0)).sum())

    def step(self, value: float) -> float:
        """Return by how much a better plan is better at least; whole costs give whole sums."""
        return 1 - 1e-6 if self.whole else ROUNDING * max(1.0, value)


def solve_pmedian(
    cost: np.ndarray,
    weight: np.ndarray,
    new: int,
    *,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> Median:
    """Choose new facilities so that demand goes least in all to the nearest facility, new or fixed.

    Parameters
    ----------
    cost : float (D, C), at least 0; inf where there is no way
    weight : float (D,), finite and at least 0
    new : int, at least 0, new facilities, the fixed ones not counted
    fixed : positions of facilities open already
    search : Search; its nodes are those of the tree

    Raises
    ------
    ParameterError
        Costs or weights that are negative or do not fit, a negative number, positions that are none.
    """
    cost, weight = np.asarray(cost, dtype=float), np.asarray(weight, dtype=float)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    check_costs(cost, weight, new, fixed)
    nobody = np.empty(0, dtype=np.int64)
    reachable = np.isfinite(cost).any(axis=1)
    free = np.setdiff1d(np.arange(cost.shape[1]), fixed)
    size = min(new, len(free))
    start = _cover_first(cost[reachable], size, fixed=fixed, free=free, search=search)
    if start is None:
        return _describe(cost, fixed, nobody, (np.nan, np.nan), "infeasible")
    if size == 0 or not reachable.any():
        value = _value(cost, weight, fixed)
        return _describe(cost, fixed, nobody, (value, value), "nothing_to_do")
    task = _build(cost[reachable], weight[reachable], size, fixed=fixed, free=free)
    chosen, bound = _solve(task, start, search)
    value = _value(cost, weight, np.concatenate([fixed, free[chosen]]))
    proven = value - bound <= ROUNDING * max(1.0, value)
    status = "optimal" if proven else "feasible"
    return _describe(cost, fixed, free[chosen], (value, value if proven else bound), status)


def check_costs(cost: np.ndarray, weight: np.ndarray, new: int, fixed: np.ndarray) -> None:
    """Raise one ParameterError naming everything that does not fit; see :func:`solve_pmedian`."""
    faults = []
    if len(weight) != len(cost):
        faults.append(f"Expected {len(cost)} weights, got {len(weight)}.")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        faults.append("Expected weights finite and >= 0, got others.")
    if not (cost >= 0).all():
        faults.append("Expected costs >= 0, got others.")
    if new < 0:
        faults.append(f"Expected new facilities >= 0, got {new}.")
    if len(fixed) and not (fixed.min() >= 0 and fixed.max() < cost.shape[1]):
        faults.append(f"Expected fixed facilities among {cost.shape[1]} candidates, got others.")
    if faults:
        raise ParameterError(" ".join([*faults, "Correct it."]))


def _cover_first(
    cost: np.ndarray, size: int, *, fixed: np.ndarray, free: np.ndarray, search: Search
) -> np.ndarray | None:
    """Return new ones (places in ``free``) that reach all demand, none where any do; None: none can."""
    if size and np.isfinite(cost[:, free]).all():
        return np.empty(0, dtype=np.int64)
    chosen, _ = cover_all(sparse.csr_array(np.isfinite(cost)), fixed, search)
    return None if len(chosen) > size else np.flatnonzero(np.isin(free, chosen))


def _build(cost: np.ndarray, weight: np.ndarray, size: int, *, fixed: np.ndarray, free: np.ndarray) -> _Task:
    """Return the weighted costs; where there is no way, more than all ways together: nobody is left out."""
    reach = np.isfinite(cost)
    weighted = np.where(reach, cost, 0.0) * weight[:, None]
    far = 2 * weighted.max(axis=1).sum() + 1
    weighted[~reach] = far
    base = weighted[:, fixed].min(axis=1, initial=far)
    whole = bool((weighted[reach] == np.rint(weighted[reach])).all())
    return _Task(np.ascontiguousarray(weighted[:, free].T), base, size, whole)


def _solve(task: _Task, start: np.ndarray, search: Search) -> tuple[np.ndarray, float]:
    """Return the chosen candidates and a bound: interchange, prices, then the tree."""
    kicks = min(search.rounds, KICK_WORK // max(1, task.cost.size))
    generator = np.random.default_rng(search.seed)
    chosen, value = search_pmedian(task.cost, task.base, start, task.size, kicks, generator)
    if task.size == len(task.cost):
        return chosen, value
    lists = sort_costs(task.cost, task.base)

    def bound(state: np.ndarray, price: np.ndarray, known: float, rounds: int) -> tuple:
        return bound_pmedian(lists, task.base, price, state, task.size, known, rounds, task.step(known))

    tree = Tree(Siting(task.size, bound, task.value, task.step), chosen, value)
    price = np.minimum(task.base, FIRST_PRICE * np.minimum(task.base, task.cost[chosen].min(axis=0)))
    tree.add(np.zeros(len(task.cost), dtype=np.int8), price, ROOT_ROUNDS)
    for _ in range(nodes_of(search, NODE_ROUNDS * task.cost.size // SHARE_PRICED)):
        if tree.is_done or (search.stop is not None and search.stop()):
            break
        tree.split(NODE_ROUNDS)
    return tree.chosen, tree.bound


def _value(cost: np.ndarray, weight: np.ndarray, facilities: np.ndarray) -> float:
    """Return the weighted cost of the demand that any candidate reaches."""
    reachable = np.isfinite(cost).any(axis=1)
    if not reachable.any():
        return 0.0
    return float((cost[reachable][:, facilities].min(axis=1) * weight[reachable]).sum())


def _describe(
    cost: np.ndarray, fixed: np.ndarray, chosen: np.ndarray, limits: tuple[float, float], status: str
) -> Median:
    nearest = nearest_facility(cost, np.concatenate([fixed, chosen]))
    value, bound = limits
    unreachable = int((~np.isfinite(cost).any(axis=1)).sum())
    return Median(status, np.sort(chosen), value, bound, nearest, unreachable)


def nearest_facility(cost: np.ndarray, facilities: np.ndarray) -> np.ndarray:
    """Return the facility of least cost to each demand (D,), of equal ones the first; -1 out of reach."""
    facilities = np.sort(facilities)
    if not len(facilities):
        return np.full(len(cost), -1, dtype=np.int64)
    own = cost[:, facilities]
    return np.where(np.isfinite(own).any(axis=1), facilities[own.argmin(axis=1)], -1)
