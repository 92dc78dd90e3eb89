"""Which place to open next, so that most come within walking distance, the places there are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.access import FACILITIES, Access, pairs_within
from analysis.errors import ParameterError
from analysis.frames import check_frame
from analysis.milp import Limits, Milp, relative_gap, solve_milp
from analysis.siting.cover import Search
from analysis.siting.covering import solve_maximal_covering
from analysis.siting.nearest_covering import solve_nearest_covering
from analysis.walking import REACH_TOLERANCE_M, WalkingCosts


@dataclass(frozen=True)
class PlaceLimits:
    """How many places to open at most, and which candidates must or must not be among them."""

    count: int
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError for a number below 0."""
        if self.count < 0:
            raise ParameterError(f"Expected a number of places >= 0, got {self.count}. Correct it.")


@dataclass(frozen=True, eq=False)
class PlacePlan:
    """Which places to open, and how far from the best choice this can be at most.

    Parameters
    ----------
    status : "optimal" (no choice brings more demand within the cutoff), "feasible", "nothing_to_do" (no
        candidate brings any) or "infeasible" (required candidates contradict the limits; see ``reason``)
    value, bound : float, demand newly within the farthest cutoff; no choice of as many has more than
        ``bound``. In households where each counts 1. NaN if infeasible
    walk_m, walk_bound_m : float, sum of demand times metres to the nearest place, of all demand within the
        cutoff afterwards; the tie-breaker, and the least it can be at that value
    places : DataFrame indexed by facility_id, in the order of what each adds to those before it
        ``demand_gained`` (newly within the cutoff), ``households_gained``, ``households_nearest`` (that have
        it as their nearest place when all are open).
    households : DataFrame indexed by household_id: ``nearest_before_m``, ``nearest_after_m`` (NaN beyond the
        cutoff), ``gained`` (bool)
    counts : dict of int
        ``gaps_before``, ``gaps_after`` (households), ``gaps_no_candidate`` (that no candidate could close).
    reason : "" or "required_and_excluded", "too_many_required"
    """

    status: str
    value: float
    bound: float
    walk_m: float
    walk_bound_m: float
    places: pd.DataFrame
    households: pd.DataFrame
    counts: dict[str, int]
    reason: str = ""

    @property
    def gap(self) -> float:
        """Return the distance of value and bound as a share of the bound."""
        return relative_gap(self.value, self.bound)


@dataclass(frozen=True, eq=False)
class _Case:
    """``cost``: metres (households, candidates), inf beyond the cutoff; ``base``: to places there are."""

    cost: np.ndarray
    base: np.ndarray
    demand: np.ndarray
    cutoff_m: float

    def after(self, chosen: np.ndarray) -> np.ndarray:
        """Return the metres to the nearest place once these candidates are open; inf beyond the cutoff."""
        return np.minimum(self.base, self.cost[:, chosen].min(axis=1, initial=np.inf))

    def gain(self, chosen: np.ndarray) -> float:
        """Return the demand that these candidates bring within the cutoff."""
        return float(self.demand[np.isfinite(self.after(chosen)) & np.isinf(self.base)].sum())


def choose_places(
    access: Access,
    candidates: pd.DataFrame,
    costs: WalkingCosts,
    *,
    limits: PlaceLimits,
    search: Search = Search(limits=Limits(nodes=20_000, seconds=20.0)),
) -> PlacePlan:
    """Choose the places that bring most demand within the farthest cutoff, then those with the least walk.

    Maximal covering with the places there are kept (Church and ReVelle 1974), p-median cost among equals.
    Fewer places than asked for are opened where more bring nothing within the cutoff and shorten no walk.

    Parameters
    ----------
    access : Access of the places there are; its demand and rules hold
    candidates : DataFrame indexed by facility_id, ``reach_m`` as measured with
    costs : WalkingCosts from candidates (as watchers) to households

    Raises
    ------
    FrameError
        A candidate was measured with a shorter reach than the cutoff, or costs lack households or candidates.
    ParameterError
        A required or excluded id is no candidate.
    """
    check_frame(candidates, FACILITIES)
    required, excluded = _positions(candidates.index, limits)
    case = _as_case(access, candidates, costs, excluded)
    reason = _contradiction(required, excluded, limits)
    nobody = np.empty(0, dtype=np.int64)
    if reason:
        parts = _describe(access, candidates.index, case, nobody)
        return PlacePlan("infeasible", np.nan, np.nan, np.nan, np.nan, **parts, reason=reason)
    chosen, bound, walks = _solve(case, required, limits.count, search)
    value = case.gain(chosen)
    proven = bound - value <= 1e-9 * max(1.0, value)
    status = "feasible" if not proven else "optimal" if len(chosen) else "nothing_to_do"
    parts = _describe(access, candidates.index, case, chosen)
    return PlacePlan(status, value, value if proven else bound, *walks, **parts)


def _positions(ids: pd.Index, limits: PlaceLimits) -> tuple[np.ndarray, np.ndarray]:
    unknown = [name for name in (*limits.required, *limits.excluded) if name not in ids]
    if unknown:
        raise ParameterError(f"Expected ids of candidates, got {', '.join(unknown[:5])}. Correct them.")
    return np.flatnonzero(ids.isin(limits.required)), np.flatnonzero(ids.isin(limits.excluded))


def _contradiction(required: np.ndarray, excluded: np.ndarray, limits: PlaceLimits) -> str:
    if len(np.intersect1d(required, excluded)):
        return "required_and_excluded"
    return "too_many_required" if len(required) > limits.count else ""


def _as_case(access: Access, candidates: pd.DataFrame, costs: WalkingCosts, excluded: np.ndarray) -> _Case:
    homes = access.households
    pairs = pairs_within(costs, homes.index, candidates, access.rules)
    pairs = pairs[~np.isin(pairs["facility"], excluded)]
    cost = np.full((len(homes), len(candidates)), np.inf)
    cost[pairs["household"], pairs["facility"]] = pairs["cost_m"]
    base = homes["nearest_m"].fillna(np.inf).to_numpy()
    return _Case(cost, base, homes["demand"].to_numpy(), access.rules.cutoff_m)


def _solve(
    case: _Case, required: np.ndarray, count: int, search: Search
) -> tuple[np.ndarray, float, tuple[float, float]]:
    """Return the candidates, the bound on the demand gained, and the walk with its bound.

    Only households with a candidate near enough are looked at: for the others nothing changes. The places
    there are stand as one more column, the nearest of them. The walk is minimised over the candidates that
    some plan of that value can hold.
    """
    rows = np.isfinite(case.cost).any(axis=1) & (case.demand > 0)
    cost, weight = np.column_stack([case.cost[rows], case.base[rows]]), case.demand[rows]
    fixed = np.append(required, case.cost.shape[1])
    new = count - len(required)
    covered = sparse.csr_array(np.isfinite(cost))
    most = solve_maximal_covering(covered, weight, new, fixed=fixed, search=search)
    kept = _could_be_best(covered, weight, new, fixed=fixed, value=most.value)
    places = np.union1d(np.union1d(kept, most.chosen), fixed)
    answer = solve_nearest_covering(
        cost[:, places],
        weight,
        new,
        cutoff=case.cutoff_m + REACH_TOLERANCE_M,
        fixed=np.searchsorted(places, fixed),
        search=search,
    )
    others = np.isfinite(case.base) & ~rows
    elsewhere_m = float((case.base[others] * case.demand[others]).sum())
    chosen = np.union1d(required, places[answer.chosen]).astype(np.int64)
    bound = most.bound - float(weight[np.isfinite(case.base[rows])].sum())
    return chosen, bound, (answer.way + elsewhere_m, answer.way_bound + elsewhere_m)


def _could_be_best(
    covered: sparse.csr_array, weight: np.ndarray, new: int, *, fixed: np.ndarray, value: float
) -> np.ndarray:
    """Return the candidates (positions) that some plan of at least ``value`` can hold.

    Whatever price from 0 to its weight each demand has, a plan is worth at most what the prices leave of the
    weights, and the earnings of its candidates. The prices are the duals of the linear programme; a candidate
    that in the place of the last of the best earners lets this bound fall below ``value`` is in no such plan.
    """
    free = np.setdiff1d(np.arange(covered.shape[1]), fixed)
    open_rows = np.flatnonzero(covered[:, fixed].sum(axis=1) == 0)
    gains, weight_left = covered[open_rows][:, free], weight[open_rows]
    if not 0 < new < len(free) or not len(open_rows):
        return free
    price = np.clip(_prices(gains, weight_left, new), 0.0, weight_left)
    earned = gains.T.astype(float) @ price
    best = np.sort(earned)[::-1][:new]
    bound = weight[np.setdiff1d(np.arange(len(weight)), open_rows)].sum() + (weight_left - price).sum()
    slack = 1e-6 * max(1.0, value)
    return free[bound + best.sum() - np.maximum(best[-1] - earned, 0.0) >= value - slack]


def _prices(gains: sparse.csr_array, weight: np.ndarray, new: int) -> np.ndarray:
    """Return the duals of the rows that a demand gains only from open candidates; none are known: half."""
    demands, candidates = gains.shape
    answer = solve_milp(
        Milp(
            objective=np.concatenate([np.zeros(candidates), weight]),
            rows=sparse.csr_array(
                sparse.block_array(
                    [[-gains.astype(float), sparse.eye_array(demands)], [np.ones((1, candidates)), None]]
                )
            ),
            low=np.full(demands + 1, -np.inf),
            high=np.append(np.zeros(demands), new),
            x_low=np.zeros(candidates + demands),
            x_high=np.ones(candidates + demands),
            whole=np.zeros(candidates + demands, dtype=bool),
            maximise=True,
        )
    )
    return np.abs(answer.row_duals[:demands]) if len(answer.row_duals) else weight / 2


def _describe(access: Access, ids: pd.Index, case: _Case, chosen: np.ndarray) -> dict[str, object]:
    after = case.after(chosen)
    gained = np.isfinite(after) & np.isinf(case.base)
    homes = access.households
    return {
        "places": _in_order(ids, case, chosen),
        "households": pd.DataFrame(
            {
                "nearest_before_m": homes["nearest_m"],
                "nearest_after_m": np.where(np.isinf(after), np.nan, after),
                "gained": gained,
            },
            index=homes.index,
        ),
        "counts": {
            "gaps_before": int(homes["gap"].sum()),
            "gaps_after": int(np.isinf(after).sum()),
            "gaps_no_candidate": int((homes["gap"].to_numpy() & np.isinf(case.cost).all(axis=1)).sum()),
        },
    }


def _in_order(ids: pd.Index, case: _Case, chosen: np.ndarray) -> pd.DataFrame:
    """Put the places in the order of the demand each adds; of equals the one with the shortest walks."""
    order, left, rows = np.empty(0, dtype=np.int64), chosen.tolist(), []
    nearest = case.cost[:, chosen].argmin(axis=1) if len(chosen) else np.zeros(len(case.base), dtype=np.int64)
    shorter = case.after(chosen) < case.base
    while left:
        best = max(left, key=lambda place: (case.gain(np.append(order, place)), -_walk_m(case, order, place)))
        before = np.isfinite(case.after(order))
        order = np.append(order, best)
        newly = np.isfinite(case.after(order)) & ~before
        goes = shorter & (chosen[nearest] == best)
        rows.append((float(case.demand[newly].sum()), int(newly.sum()), int(goes.sum())))
        left.remove(best)
    columns = ["demand_gained", "households_gained", "households_nearest"]
    types = dict(zip(columns, (float, np.int64, np.int64), strict=True))
    return pd.DataFrame(rows, columns=columns, index=ids[order]).astype(types)


def _walk_m(case: _Case, order: np.ndarray, place: int) -> float:
    after = case.after(np.append(order, place))
    near = np.isfinite(after)
    return float((after[near] * case.demand[near]).sum())
