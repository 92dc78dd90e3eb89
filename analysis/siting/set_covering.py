"""The fewest new facilities that cover all demand in reach or a share of it, and of these the best backed up.

References
----------
Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service facilities.
Operations Research 19.
Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage. Management Science 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import Milp, MilpAnswer, relative_gap
from analysis.siting.backup import most_twice
from analysis.siting.cover import (
    Search,
    check_cover,
    count_covering,
    merge_rows,
    reduce_rows,
    solve_programme,
    undominated,
)

ROUNDING = 1e-9  # share of a weight that counts as none


@dataclass(frozen=True, eq=False)
class SetCovering:
    """The fewest new facilities, and how much of the demand they and the fixed ones cover twice.

    Parameters
    ----------
    status : "optimal" (no fewer do), "feasible" (perhaps fewer do) or "nothing_to_do" (the fixed ones do)
    chosen : int array, positions of the new facilities, sorted
    value, bound : int, new facilities, and how many are needed at least
    twice, twice_bound : float, weight of the demand at least two facilities cover, and the most that any plan
        of ``value`` new facilities can reach
    covering : int array (D,), how many facilities cover each demand
    uncovered : int, demands in reach of a candidate that none covers (only where a share was asked for)
    unreachable : int, demands that no candidate covers; they are left out of the share
    """

    status: str
    chosen: np.ndarray
    value: int
    bound: int
    twice: float
    twice_bound: float
    covering: np.ndarray
    uncovered: int
    unreachable: int

    @property
    def gap(self) -> float:
        """Return how far the number is from the bound, as a share of it; 0 when proven."""
        return relative_gap(self.value, self.bound)


def solve_set_covering(
    covered: sparse.sparray | np.ndarray,
    weight: np.ndarray | None = None,
    *,
    share: float = 1.0,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> SetCovering:
    """Choose the fewest new facilities that cover the share, and among those plans the best backed up one.

    Demand that no candidate covers is left out and counted. Two facilities, fixed or new, cover it twice;
    one candidate in reach is no backup.

    Parameters
    ----------
    covered : sparse or dense bool (D, C)
    weight : float (D,), at least 0; 1 each by default
    share : float, above 0 to 1, of the weight in reach; at 1 every demand in reach, those of no weight too
    fixed : positions of facilities open already
    search : Search

    Raises
    ------
    ParameterError
        Weights or positions that do not fit, a share out of range.
    """
    covered = sparse.csr_array(covered, dtype=bool)
    weight = np.ones(covered.shape[0]) if weight is None else np.asarray(weight, dtype=float)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    check_cover(covered, weight, 0, fixed)
    if not 0 < share <= 1:
        raise ParameterError(f"Expected a share above 0, at most 1, got {share}. Correct it.")
    reachable = np.diff(covered.indptr) > 0
    if share == 1:
        fewest, bound = cover_all(covered, fixed, search)
        target = 0.0
    else:
        target = _target(weight[reachable], share)
        fewest, bound = _cover_share(covered, weight, target, fixed=fixed, search=search)
    must = reachable if share == 1 else np.zeros(len(reachable), dtype=bool)
    chosen, most = most_twice(
        covered, weight, (fewest, len(fewest)), fixed=fixed, must=must, target=target, search=search
    )
    return _describe(covered, weight, chosen, fixed, bound, most)


def cover_all(covered: sparse.csr_array, fixed: np.ndarray, search: Search) -> tuple[np.ndarray, int]:
    """Return few new facilities that cover all demand in reach, and how many are needed at least."""
    rows, kept = reduce_rows(sparse.csr_array(covered[count_covering(covered, fixed) == 0]))
    if rows.shape[0] == 0:
        return np.empty(0, dtype=np.int64), 0
    greedy = cover_greedily(rows)
    count = rows.shape[1]
    programme = Milp(
        objective=np.ones(count),
        rows=rows.astype(float),
        low=np.ones(rows.shape[0]),
        high=np.full(rows.shape[0], np.inf),
        x_low=np.zeros(count),
        x_high=np.ones(count),
        whole=np.ones(count, dtype=bool),
    )
    answer = solve_programme(programme, search, greedy.astype(float))
    best = answer.x > 0.5 if len(answer.x) and answer.x.sum() < greedy.sum() else greedy
    return kept[best], _at_least(answer, int(best.sum()))


def cover_greedily(rows: sparse.csr_array) -> np.ndarray:
    """Return which candidates (bool) a greedy plan opens that covers every row."""
    by_candidate, chosen = rows.T.tocsr().astype(np.int64), np.zeros(rows.shape[1], dtype=bool)
    left = np.ones(rows.shape[0], dtype=np.int64)
    while left.any():
        best = int(np.argmax(by_candidate @ left))
        chosen[best] = True
        left[by_candidate.indices[by_candidate.indptr[best] : by_candidate.indptr[best + 1]]] = 0
    return chosen


def _target(weight: np.ndarray, share: float) -> float:
    """Return the weight to cover, a rounding below it; whole weights come to a whole number at least."""
    target = share * float(weight.sum())
    is_whole = bool((weight == np.rint(weight)).all())
    return float(np.ceil(target - 1e-6)) if is_whole else target * (1 - ROUNDING)


def _cover_share(
    covered: sparse.csr_array,
    weight: np.ndarray,
    target: float,
    *,
    fixed: np.ndarray,
    search: Search,
) -> tuple[np.ndarray, int]:
    """Return few new facilities that cover a weight, and how many are needed at least."""
    open_yet = count_covering(covered, fixed) == 0
    lacking = target - weight[~open_yet].sum()
    if lacking <= 0:
        return np.empty(0, dtype=np.int64), 0
    part = sparse.csr_array(covered[open_yet])
    part.sort_indices()
    part, gain = merge_rows(part, weight[open_yet][:, None])
    kept = undominated(part)
    part, gain = sparse.csr_array(part[:, kept]), gain[:, 0]
    start = _cover_share_greedily(part, gain, lacking)
    rows, columns = part.shape
    matrix = sparse.block_array(
        [[part.astype(float), -sparse.eye_array(rows)], [None, sparse.csr_array(gain[None, :])]]
    )
    programme = Milp(
        objective=np.concatenate([np.ones(columns), np.zeros(rows)]),
        rows=sparse.csr_array(matrix),
        low=np.concatenate([np.zeros(rows), [lacking]]),
        high=np.full(rows + 1, np.inf),
        x_low=np.zeros(columns + rows),
        x_high=np.ones(columns + rows),
        whole=np.arange(columns + rows) < columns,
    )
    plan = np.concatenate([start, count_covering(part, np.flatnonzero(start)) > 0]).astype(float)
    answer = solve_programme(programme, search, plan)
    better = len(answer.x) and answer.x[:columns].sum() < start.sum()
    best = answer.x[:columns] > 0.5 if better else start
    return kept[best], _at_least(answer, int(best.sum()))


def _cover_share_greedily(part: sparse.csr_array, gain: np.ndarray, lacking: float) -> np.ndarray:
    by_candidate, chosen = part.T.tocsr().astype(float), np.zeros(part.shape[1], dtype=bool)
    left = gain.copy()
    while gain.sum() - left.sum() < lacking and left.any():
        best = int(np.argmax(by_candidate @ left))
        chosen[best] = True
        left[by_candidate.indices[by_candidate.indptr[best] : by_candidate.indptr[best + 1]]] = 0
    return chosen


def _at_least(answer: MilpAnswer, found: int) -> int:
    """Return how many are needed at least, at most the number found."""
    if answer.status == "optimal":
        return min(found, round(answer.value))
    return min(found, int(np.ceil(answer.bound - 1e-6))) if np.isfinite(answer.bound) else min(found, 1)


def _describe(
    covered: sparse.csr_array,
    weight: np.ndarray,
    chosen: np.ndarray,
    fixed: np.ndarray,
    bound: int,
    most: float,
) -> SetCovering:
    covering = count_covering(covered, np.concatenate([fixed, chosen]))
    reachable = np.diff(covered.indptr) > 0
    twice = float(weight[covering >= 2].sum())
    status = "optimal" if bound == len(chosen) else "feasible"
    return SetCovering(
        status="nothing_to_do" if not len(chosen) else status,
        chosen=np.sort(chosen),
        value=len(chosen),
        bound=bound,
        twice=twice,
        twice_bound=max(twice, most),
        covering=covering,
        uncovered=int((reachable & (covering == 0)).sum()),
        unreachable=int((~reachable).sum()),
    )
