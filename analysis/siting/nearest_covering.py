"""Among the plans that cover the most, the one with the least way: p-median cost as the tie-breaker.

First the most weight that can be covered is found, then the way from the covered demand to its nearest
facility is made as short as it can be without covering less.

References
----------
Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers in Regional Science 32.
Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph.
Operations Research 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.milp import Milp
from analysis.siting.cover import Search, cover_within, solve_programme
from analysis.siting.covering import Covering, describe_covering, solve_maximal_covering
from analysis.siting.pmedian import check_costs

ROUNDING = 1e-9  # share of a weight or cost that counts as none


@dataclass(frozen=True, eq=False)
class NearestCovering:
    """The most covered and, with that, the least way.

    Parameters
    ----------
    status : "optimal" (both proven), "feasible" or "nothing_to_do"
    chosen : int array, positions of the new facilities, sorted
    cover : Covering, of this plan: the weight covered and its bound
    way, way_bound : float, sum of weight times cost from the covered demand to its nearest facility, and the
        least that any plan that covers as much can have
    """

    status: str
    chosen: np.ndarray
    cover: Covering
    way: float
    way_bound: float


def solve_nearest_covering(
    cost: np.ndarray,
    weight: np.ndarray,
    new: int,
    *,
    cutoff: float,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> NearestCovering:
    """Choose new facilities that cover the most weight and, among those plans, have the least way.

    Parameters
    ----------
    cost : float (D, C), at least 0; inf where there is no way
    weight : float (D,), finite and at least 0
    new : int, at least 0, new facilities at most
    cutoff : float, in the unit of the cost; equality covers
    fixed : positions of facilities open already
    search : Search

    Raises
    ------
    ParameterError
        Costs or weights that are negative or do not fit, a negative number, positions that are none.
    """
    cost, weight = np.asarray(cost, dtype=float), np.asarray(weight, dtype=float)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    check_costs(cost, weight, new, fixed)
    covered = cover_within(cost, cutoff)
    most = solve_maximal_covering(covered, weight, new, fixed=fixed, search=search)
    chosen, bound = _least_way(cost, weight, (most, new), cutoff=cutoff, fixed=fixed, search=search)
    cover = describe_covering(covered, weight[:, None], chosen, fixed=fixed, bound=most.bound)
    way = _way(cost, weight, np.concatenate([fixed, chosen]), cutoff)
    proven = cover.status != "feasible" and bound >= way
    status = "feasible" if not proven else "optimal" if len(chosen) else "nothing_to_do"
    return NearestCovering(status, chosen, cover, way, way if proven else min(way, bound))


def _way(cost: np.ndarray, weight: np.ndarray, facilities: np.ndarray, cutoff: float) -> float:
    nearest = cost[:, facilities].min(axis=1, initial=np.inf)
    is_covered = nearest <= cutoff
    return float((nearest[is_covered] * weight[is_covered]).sum())


def _least_way(
    cost: np.ndarray,
    weight: np.ndarray,
    plan: tuple[Covering, int],
    *,
    cutoff: float,
    fixed: np.ndarray,
    search: Search,
) -> tuple[np.ndarray, float]:
    """Return the facilities of a plan that covers as much with less way, and a bound; inf if proven."""
    most, new = plan
    base = cost[:, fixed].min(axis=1, initial=np.inf)
    by_fixed = base <= cutoff
    free = np.setdiff1d(np.arange(cost.shape[1]), fixed)
    limit = np.where(by_fixed, base, np.inf)
    demand, place = np.nonzero(
        (cost[:, free] <= cutoff) & (cost[:, free] < limit[:, None]) & (weight[:, None] > 0)
    )
    before = float((base[by_fixed] * weight[by_fixed]).sum())
    if not len(demand) or new == 0:
        return most.chosen, np.inf
    own = cost[demand, free[place]] - np.where(by_fixed[demand], base[demand], 0.0)
    gain = np.where(by_fixed[demand], 0.0, weight[demand])
    lacking = most.value - weight[by_fixed].sum()
    pairs = _Pairs(demand, place, own * weight[demand], gain)
    is_open = np.isin(free, most.chosen)
    answer = solve_programme(
        _programme(pairs, (len(cost), len(free)), new, lacking),
        search,
        np.concatenate([is_open, _nearest_pairs(pairs, own, is_open)]).astype(float),
    )
    if not len(answer.x):
        return most.chosen, 0.0
    is_open = answer.x[: len(free)] > 0.5
    used = np.unique(place[_nearest_pairs(pairs, own, is_open)])
    return free[used], np.inf if answer.status == "optimal" else before + answer.bound


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Who may go where: places of demand and free candidate, weighted cost beside the fixed, weight won."""

    demand: np.ndarray
    place: np.ndarray
    cost: np.ndarray
    gain: np.ndarray


def _programme(pairs: _Pairs, shape: tuple[int, int], new: int, lacking: float) -> Milp:
    """Return the programme: columns are the candidates (whole), then the pairs."""
    demands, candidates = shape
    count = len(pairs.demand)
    ones, number = np.ones(count), np.arange(count)
    goes = sparse.csr_array((ones, (number, pairs.place)), shape=(count, candidates))
    once = sparse.csr_array((ones, (pairs.demand, number)), shape=(demands, count))
    matrix = sparse.block_array(
        [
            [-goes, sparse.eye_array(count)],
            [None, once],
            [np.ones((1, candidates)), None],
            [None, -pairs.gain[None, :]],
        ]
    )
    total = candidates + count
    return Milp(
        objective=np.concatenate([np.zeros(candidates), pairs.cost]),
        rows=sparse.csr_array(matrix),
        low=np.full(count + demands + 2, -np.inf),
        high=np.concatenate([np.zeros(count), np.ones(demands), [new, -lacking]]),
        x_low=np.zeros(total),
        x_high=np.ones(total),
        whole=np.arange(total) < candidates,
    )


def _nearest_pairs(pairs: _Pairs, own: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """Return which pairs are a demand's nearest open candidate, one each."""
    usable = np.flatnonzero(is_open[pairs.place])
    order = usable[np.lexsort((own[usable], pairs.demand[usable]))]
    _, first = np.unique(pairs.demand[order], return_index=True)
    nearest = np.zeros(len(pairs.demand), dtype=bool)
    nearest[order[first]] = True
    return nearest
