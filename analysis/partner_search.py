"""Which columns to choose so that rows come nearest to what they lack: greedy, exact, and a bound for all.

The value of a set of columns is the sum over rows of weight times ``min(lack, sum of amounts)``: monotone and
submodular, since a row takes less and less from every further column and nothing once it lacks no more.

References
----------
Nemhauser, Wolsey, Fisher (1978), An analysis of approximations for maximizing submodular set functions, Math.
Prog. 14: greedy by number is at least 1 - 1/e of the best.
Khuller, Moss, Naor (1999), The budgeted maximum coverage problem, Inf. Proc. Letters 70, and Tang et al.
(2021), Revisiting modified greedy algorithm, Proc. ACM POMACS 5: greedy by gain for its cost, or the best
single column, is at least 1 - 1/sqrt(e) of the best.
Leskovec et al. (2007), Cost-effective outbreak detection in networks, KDD: the bound from today's gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.milp import EQUAL, Limits, Milp, MilpAnswer, solve_milp

BY_NUMBER = 1 - 1 / np.e
BY_BUDGET = 1 - 1 / np.sqrt(np.e)


@dataclass(frozen=True, eq=False)
class Lacks:
    """What rows lack, and what each column would give them.

    Parameters
    ----------
    lack : int (H,), at least 0
    weight : float (H,), at least 0, of one unit lacked
    amounts : csc array (H, P) of int, above 0 where stored
    cost : float (P,), at least 0
    """

    lack: np.ndarray
    weight: np.ndarray
    amounts: sparse.csc_array
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Choice:
    """How much may be chosen: ``required`` and ``open`` (free to choose) bool (P,); None bounds nothing."""

    required: np.ndarray
    open: np.ndarray
    count: int | None
    budget: float | None

    def allows(self, cost: np.ndarray, chosen: np.ndarray) -> bool:
        """Tell whether a set stays within number and budget; equality does."""
        few = self.count is None or int(chosen.sum()) <= self.count
        return few and (self.budget is None or float(cost[chosen].sum()) <= self.budget * (1 + EQUAL))


@dataclass(frozen=True, eq=False)
class GreedyRun:
    """A set built column by column.

    Parameters
    ----------
    order : int (K,), positions of columns
    reached : float (K + 1,), the value before the first and after each
    bound : float, the least bound on any set allowed that was seen on the way
    """

    order: np.ndarray
    reached: np.ndarray
    bound: float


def value_of(lacks: Lacks, chosen: np.ndarray) -> float:
    """Return the value of a set (bool (P,))."""
    given = lacks.amounts @ chosen.astype(np.int64)
    return float(lacks.weight @ np.minimum(lacks.lack, given))


def grow(lacks: Lacks, choice: Choice, *, by_cost: bool) -> GreedyRun:
    """Add to the required columns the open one of the largest gain until none fits.

    With ``by_cost`` the largest gain for its cost. A column too dear for what is left is passed over; of
    equals the first is taken; one without gain never.
    """
    chosen = choice.required.copy()
    reached, order = [value_of(lacks, chosen)], []
    bound = np.inf
    while True:
        gains = np.where(choice.open & ~chosen, gains_of(lacks, chosen), 0.0)
        bound = min(bound, reached[-1] + _most_to_gain(lacks.cost, choice, gains))
        best = _best(lacks, choice, chosen, gains, by_cost)
        if best < 0:
            return GreedyRun(np.array(order, dtype=np.int64), np.array(reached), bound)
        chosen[best] = True
        order.append(best)
        reached.append(reached[-1] + gains[best])


def order_of(lacks: Lacks, chosen: np.ndarray) -> GreedyRun:
    """Put a set in the order of its gains, leaving out what adds nothing."""
    return grow(lacks, Choice(np.zeros_like(chosen), chosen, None, None), by_cost=False)


def gains_of(lacks: Lacks, chosen: np.ndarray) -> np.ndarray:
    """Return what each column would add to a set, float (P,); those of the set itself too."""
    left = np.maximum(lacks.lack - lacks.amounts @ chosen.astype(np.int64), 0)
    rows, amounts = lacks.amounts.indices, lacks.amounts.data
    column = np.repeat(np.arange(len(chosen)), np.diff(lacks.amounts.indptr))
    added = lacks.weight[rows] * np.minimum(left[rows], amounts)
    return np.bincount(column, weights=added, minlength=len(chosen))


def _best(lacks: Lacks, choice: Choice, chosen: np.ndarray, gains: np.ndarray, by_cost: bool) -> int:
    """Return the column to add next, -1 where none that fits would add anything."""
    fits = gains > 0
    if choice.count is not None and chosen.sum() >= choice.count:
        return -1
    if choice.budget is not None:
        fits &= lacks.cost[chosen].sum() + lacks.cost <= choice.budget * (1 + EQUAL)
    if not fits.any():
        return -1
    free = lacks.cost == 0
    rate = np.divide(gains, lacks.cost, out=np.full(len(gains), np.inf), where=~free) if by_cost else gains
    rate = np.where(fits, rate, -1.0)
    return int(np.lexsort((np.arange(len(gains)), -gains, -rate))[0])


def _most_to_gain(cost: np.ndarray, choice: Choice, gains: np.ndarray) -> float:
    """Return the most any allowed set could add: gains only shrink, so the sum of the best bounds it."""
    most = float(gains.sum())
    if choice.count is not None:
        most = min(most, float(np.sort(gains)[::-1][: choice.count - int(choice.required.sum())].sum()))
    if choice.budget is not None:
        most = min(most, _fractional_knapsack(gains, cost, choice.budget - cost[choice.required].sum()))
    return most


def _fractional_knapsack(gains: np.ndarray, cost: np.ndarray, budget: float) -> float:
    dear = cost > 0
    order = np.flatnonzero(dear)[np.argsort(-gains[dear] / cost[dear], kind="stable")]
    before = cost[order].cumsum() - cost[order]
    share = np.clip((budget * (1 + EQUAL) - before) / cost[order], 0.0, 1.0)
    return float(gains[~dear].sum() + (share * gains[order]).sum())


def best_greedy(lacks: Lacks, choice: Choice) -> tuple[np.ndarray, float, float]:
    """Return the best greedy set (bool (P,)), a bound on every allowed set, and the share guaranteed.

    With a budget: the better of greedy by gain for its cost, greedy by gain, and the best single column. The
    guarantee is a share of what the best set adds to the required ones; 0 with both number and budget.
    """
    runs = [grow(lacks, choice, by_cost=False)]
    sets = [_with(choice.required, runs[0].order)]
    if choice.budget is not None:
        runs.append(grow(lacks, choice, by_cost=True))
        sets.append(_with(choice.required, runs[1].order))
        sets.append(_best_single(lacks, choice))
    best = max(sets, key=lambda chosen: value_of(lacks, chosen))
    guarantee = BY_NUMBER if choice.budget is None else BY_BUDGET if choice.count is None else 0.0
    return best, min(run.bound for run in runs), guarantee


def _with(required: np.ndarray, order: np.ndarray) -> np.ndarray:
    chosen = required.copy()
    chosen[order] = True
    return chosen


def _best_single(lacks: Lacks, choice: Choice) -> np.ndarray:
    gains = np.where(choice.open, gains_of(lacks, choice.required), 0.0)
    best = _best(lacks, choice, choice.required, gains, by_cost=False)
    return _with(choice.required, np.array([best] if best >= 0 else [], dtype=np.int64))


def solve_exactly(lacks: Lacks, choice: Choice, start: np.ndarray, limits: Limits) -> MilpAnswer:
    """Solve the choice as a mixed-integer programme; the first P of ``x`` are the columns chosen.

    Rows that lack as much and get the same from the same columns are one row of their summed weight. What a
    column gives a row is cut to what the row lacks: no whole-number plan changes, and the bound is tighter.
    """
    rows = _merge_rows(lacks)
    held, columns = rows.amounts.shape
    reaches = sparse.hstack([-rows.amounts, sparse.eye_array(held)])
    limited, high = _limit_rows(rows.cost, choice, held)
    given = rows.amounts @ start.astype(np.int64)
    programme = Milp(
        objective=np.concatenate([np.zeros(columns), rows.weight]),
        rows=sparse.csr_array(sparse.vstack([reaches, limited])),
        low=np.full(held + len(high), -np.inf),
        high=np.concatenate([np.zeros(held), high]),
        x_low=np.concatenate([choice.required.astype(float), np.zeros(held)]),
        x_high=np.concatenate([(choice.open | choice.required).astype(float), rows.lack.astype(float)]),
        whole=np.arange(columns + held) < columns,
        maximise=True,
    )
    begin = np.concatenate([start.astype(float), np.minimum(rows.lack, given)])
    return solve_milp(programme, limits=limits, start=begin)


def _limit_rows(cost: np.ndarray, choice: Choice, held: int) -> tuple[sparse.sparray, np.ndarray]:
    """Return a row an upper limit (number, budget) and the limits."""
    pairs = ((np.ones(len(cost)), choice.count), (cost, choice.budget))
    kept = [(factors, float(limit)) for factors, limit in pairs if limit is not None]
    rows = np.array([factors for factors, _ in kept]).reshape(-1, len(cost))
    padded = np.hstack([rows, np.zeros((len(rows), held))])
    return sparse.csr_array(padded), np.array([limit for _, limit in kept])


def _merge_rows(lacks: Lacks) -> Lacks:
    """Keep the rows that lack something and can get it, those alike as one."""
    by_row = sparse.csr_array(lacks.amounts)
    length = np.diff(by_row.indptr)
    row = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(row)) - by_row.indptr[row]
    kept = np.flatnonzero((lacks.lack > 0) & (lacks.weight > 0) & (length > 0))
    keys = np.zeros((len(length), 1 + 2 * length.max(initial=0)), dtype=np.int64)
    keys[:, 0] = lacks.lack
    keys[row, 1 + 2 * place] = by_row.indices + 1
    keys[row, 2 + 2 * place] = np.minimum(by_row.data, lacks.lack[row])
    _, first, group = np.unique(keys[kept], axis=0, return_index=True, return_inverse=True)
    merged = by_row[kept[first]]
    lack = lacks.lack[kept[first]]
    merged.data = np.minimum(merged.data, np.repeat(lack, np.diff(merged.indptr)))
    weight = np.bincount(group.ravel(), weights=lacks.weight[kept], minlength=len(first))
    return Lacks(lack, weight, sparse.csc_array(merged), lacks.cost)
