"""A second covering facility: the most demand covered twice among the plans that cover enough once.

A demand is backed up by two open facilities in reach. One that has a single candidate in reach never is.

References
----------
Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage. Management Science 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.milp import Milp
from analysis.siting.cover import Search, count_covering, merge_rows, solve_programme
from analysis.siting.covering import Covering, describe_covering, solve_maximal_covering

ROUNDING = 1e-9  # share of a weight that counts as none


@dataclass(frozen=True, eq=False)
class BackupCovering:
    """The most covered once, and with that the most covered twice.

    Parameters
    ----------
    status : "optimal" (both proven), "feasible" or "nothing_to_do"
    chosen : int array, positions of the new facilities, sorted
    once : Covering, of this plan: the weight covered and its bound
    twice, twice_bound : float, weight covered at least twice, and the most of it that any plan that covers as
        much once can reach
    """

    status: str
    chosen: np.ndarray
    once: Covering
    twice: float
    twice_bound: float


def solve_backup_covering(
    covered: sparse.sparray,
    weight: np.ndarray,
    new: int,
    *,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> BackupCovering:
    """Choose new facilities that cover the most weight once and, among those plans, the most twice.

    To trade the one for the other, see :func:`analysis.siting.covering.backup_gain`. Parameters and
    errors are those of :func:`analysis.siting.covering.solve_maximal_covering`.
    """
    covered, weight = sparse.csr_array(covered, dtype=bool), np.asarray(weight, dtype=float)
    first = solve_maximal_covering(covered, weight, new, fixed=fixed, search=search)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    chosen, most = most_twice(
        covered,
        weight,
        (first.chosen, min(new, covered.shape[1] - len(fixed))),
        fixed=fixed,
        must=np.zeros(len(weight), dtype=bool),
        target=first.value,
        search=search,
    )
    once = describe_covering(covered, weight[:, None], chosen, fixed=fixed, bound=first.bound)
    twice = float(weight[once.covering >= 2].sum())
    proven = once.status != "feasible" and most - twice <= ROUNDING * max(1.0, twice)
    status = "feasible" if not proven else "optimal" if len(chosen) else "nothing_to_do"
    return BackupCovering(status, chosen, once, twice, twice if proven else max(twice, most))


def most_twice(
    covered: sparse.csr_array,
    weight: np.ndarray,
    plan: tuple[np.ndarray, int],
    *,
    fixed: np.ndarray,
    must: np.ndarray,
    target: float,
    search: Search,
) -> tuple[np.ndarray, float]:
    """Return the new facilities that cover the most weight twice, and the most any such plan can.

    Parameters
    ----------
    plan : positions of new facilities that do as asked, and how many may be open
    must : bool (D,), demands to cover at least once
    target : float, weight to cover at least once, the demands of the fixed facilities counted in

    Returns
    -------
    chosen : int array, sorted
    most : float, the bound
    """
    chosen, size = plan
    before = count_covering(covered, fixed)
    free = np.setdiff1d(np.arange(covered.shape[1]), fixed)
    gain = np.column_stack([weight * (before == 0), weight * (before == 1), must & (before == 0)])
    part = sparse.csr_array(covered[:, free])
    part.sort_indices()
    part, gain = merge_rows(part, gain)
    already = float(weight[before >= 2].sum())
    programme = _twice_programme(part, gain, size, target - float(weight[before > 0].sum()))
    start = np.isin(free, chosen)
    counted = count_covering(part, np.flatnonzero(start))
    values = np.concatenate([start, counted >= 1, counted >= 2]).astype(float)
    answer = solve_programme(programme, search, values)
    if len(answer.x) and answer.value > programme.objective @ values:
        chosen = free[answer.x[: len(free)] > 0.5]
    bound = answer.bound if np.isfinite(answer.bound) else gain[:, :2].sum()
    if answer.status == "optimal":
        bound = max(answer.value, programme.objective @ values)
    return np.sort(chosen), already + bound


def _twice_programme(part: sparse.csr_array, gain: np.ndarray, size: int, lacking: float) -> Milp:
    """Return the programme: columns are the candidates, then per row "covered once", then "covered twice".

    ``gain`` (R, 3): the weight of demand no fixed facility covers, of demand one covers (a second facility
    backs it up), and how many demands must be covered.
    """
    rows, columns = part.shape
    one = sparse.eye_array(rows)
    matrix = sparse.block_array(
        [
            [-part.astype(float), one, one],  # a row is covered as often as it has facilities
            [None, -one, one],  # and twice only after once
            [sparse.csr_array(np.ones((1, columns))), None, None],
            [None, -sparse.csr_array(gain[None, :, 0]), None],
        ]
    )
    total = columns + 2 * rows
    low = np.zeros(total)
    low[columns : columns + rows] = gain[:, 2] > 0
    return Milp(
        objective=np.concatenate([np.zeros(columns), gain[:, 1], gain[:, 0]]),
        rows=sparse.csr_array(matrix),
        low=np.full(2 * rows + 2, -np.inf),
        high=np.concatenate([np.zeros(2 * rows), [size, -lacking]]),
        x_low=low,
        x_high=np.ones(total),
        whole=np.ones(total, dtype=bool),  # half a facility would cover half once and half twice
        maximise=True,
    )
