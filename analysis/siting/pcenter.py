"""The shortest longest way with so many new facilities (p-center), by bisection over the costs there are.

A plan exists within a cutoff when so many facilities cover all demand; the least such cutoff is one of the
costs.

References
----------
Minieka, E. (1970). The m-center problem. SIAM Review 12.
Daskin, M. (2013). Network and Discrete Location, ch. 5. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.milp import relative_gap
from analysis.siting.cover import Search, build_task, count_covering, reduce_rows
from analysis.siting.cover_bound import bound_cover
from analysis.siting.local_search import search_cover
from analysis.siting.pmedian import check_costs, nearest_facility
from analysis.siting.set_covering import cover_all

TRY_KICKS = 20
BOUND_ROUNDS = 1_000


@dataclass(frozen=True, eq=False)
class Center:
    """A plan of new facilities and how short the longest way can be at all.

    Parameters
    ----------
    status : "optimal" (proven), "feasible" (the bound is open), "infeasible" (no plan of so many reaches all
        demand that can be reached; nothing is chosen), "nothing_to_do" (no demand in reach, or none to open)
    chosen : int array, positions of the new facilities, sorted; at most as many as asked for
    value : float, the largest cost from a demand in reach to its nearest facility; NaN if infeasible
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


def solve_pcenter(
    cost: np.ndarray, new: int, *, fixed: Sequence[int] = (), search: Search = Search()
) -> Center:
    """Choose new facilities so that the largest cost to the nearest facility, new or fixed, is least.

    Parameters
    ----------
    cost : float (D, C), at least 0; inf where there is no way
    new : int, at least 0, new facilities at most, the fixed ones not counted
    fixed : positions of facilities open already
    search : Search

    Raises
    ------
    ParameterError
        Negative costs, a negative number, positions that are none.
    """
    cost = np.asarray(cost, dtype=float)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    check_costs(cost, np.ones(len(cost)), new, fixed)
    nobody = np.empty(0, dtype=np.int64)
    within = cost[np.isfinite(cost).any(axis=1)]
    if not len(within):
        return _describe(cost, nobody, fixed, (0.0, 0.0), "nothing_to_do")
    chosen, bound = _bisect(within, new, fixed, search)
    if chosen is None:
        return _describe(cost, nobody, fixed, (np.nan, np.nan), "infeasible")
    value = _longest(within, fixed, chosen)
    proven = bound >= value
    status = "nothing_to_do" if not len(chosen) and proven else "optimal" if proven else "feasible"
    return _describe(cost, chosen, fixed, (value, min(bound, value)), status)


def _bisect(cost: np.ndarray, new: int, fixed: np.ndarray, search: Search) -> tuple[np.ndarray | None, float]:
    """Return the plan of the least cutoff found, and the cutoff below which none is; None: none at all."""
    longest = cost[np.isfinite(cost)].max()
    chosen, _ = cover_within_size(cost, longest, new, fixed=fixed, search=search)
    if chosen is None:
        return None, np.nan
    steps = np.unique(cost[(cost >= cost.min(axis=1).max()) & (cost <= longest)])
    low, high, proven = 0, int(np.searchsorted(steps, _longest(cost, fixed, chosen))), 0
    while low < high:
        middle = (low + high) // 2
        found, is_proven = cover_within_size(cost, steps[middle], new, fixed=fixed, search=search)
        if found is not None:
            chosen = found
            high = int(np.searchsorted(steps, _longest(cost, fixed, found)))
        else:
            low = middle + 1
            proven = max(proven, low) if is_proven else proven
    return chosen, float(steps[proven])


def cover_within_size(
    cost: np.ndarray, cutoff: float, new: int, *, fixed: np.ndarray, search: Search
) -> tuple[np.ndarray | None, bool]:
    """Return new facilities that cover all demand within the cutoff, or None, and whether that is proven.

    Local search may find a plan, a bound below the demand may rule any out; else the fewest decide.
    """
    covered = sparse.csr_array(cost <= cutoff)
    lacking = count_covering(covered, fixed) == 0
    rows, kept = reduce_rows(sparse.csr_array(covered[lacking]))
    demands = rows.shape[0]
    if demands == 0:
        return np.empty(0, dtype=np.int64), True
    if new == 0:
        return None, True
    task = build_task(rows, np.ones((demands, 1)), new, np.empty(0, dtype=np.int64))
    nobody = np.empty(0, dtype=np.int64)
    found = search_cover(task.rows, task.size, nobody, TRY_KICKS, np.random.default_rng(search.seed))
    reached = int((count_covering(rows, task.candidates[found]) > 0).sum())
    if reached == demands:
        return np.sort(kept[task.candidates[found]]), True
    nothing = np.zeros(len(task.candidates), dtype=np.int8)
    price = task.gain[:, 0] / 2
    bound, _, _ = bound_cover(task.rows, price, nothing, task.size, float(reached), BOUND_ROUNDS, 1 - 1e-6)
    if bound < demands - 1e-6:
        return None, True
    fewest, least = cover_all(covered, fixed, search)
    return (fewest, True) if len(fewest) <= new else (None, least > new)


def _longest(cost: np.ndarray, fixed: np.ndarray, chosen: np.ndarray) -> float:
    return float(cost[:, np.concatenate([fixed, chosen])].min(axis=1).max())


def _describe(
    cost: np.ndarray, chosen: np.ndarray, fixed: np.ndarray, limits: tuple[float, float], status: str
) -> Center:
    nearest = nearest_facility(cost, np.concatenate([fixed, chosen]))
    unreachable = int((~np.isfinite(cost).any(axis=1)).sum())
    return Center(status, np.sort(chosen), *limits, nearest, unreachable)
