"""Who can cover whom, and the covering problem cut down to what has to be decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import Limits, Milp, MilpAnswer, solve_milp
from analysis.siting.local_search import CoverRows, build_cover_rows

LIMITS = Limits(nodes=20_000, seconds=10.0)


@dataclass(frozen=True)
class Search:
    """How hard to look; the same numbers give the same answer as long as no second counts.

    Parameters
    ----------
    limits : Limits, of the exact search by branch and bound
    seed : int, at least 0, of the kicks
    rounds : int, at least 0; kicks of the local search at most (large cases take fewer)
    work : float, above 0; pairs of demand and candidate the tree search looks at, at most; 10^9: two seconds
    stop : callable, optional; asked now and then, ends the search when it returns True
    """

    limits: Limits = LIMITS
    seed: int = 0
    rounds: int = 400
    work: float = 5e8
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True, eq=False)
class CoverTask:
    """A covering problem after the fixed facilities have covered what they do.

    Parameters
    ----------
    covered : sparse bool (R, C), equal demands merged
    gain : float (R, K), beside what the fixed facilities cover
    rows : CoverRows, the same compiled
    candidates : int array, the position of each remaining candidate among all
    size : int, facilities to open at most
    base : float, what the fixed facilities gain
    whole : bool, whether every gain is a whole number, so that values are
    """

    covered: sparse.csr_array
    gain: np.ndarray
    rows: CoverRows
    candidates: np.ndarray
    size: int
    base: float
    whole: bool


def cover_within(cost: np.ndarray, cutoff: float) -> sparse.csr_array:
    """Return which candidates cover which demand: cost at most the cutoff, equality covers.

    Parameters
    ----------
    cost : float (D, C); inf where there is no way
    cutoff : float, in the unit of the cost

    Examples
    --------
    >>> cover_within(np.array([[800.0, 800.1]]), 800.0).toarray()
    array([[ True, False]])
    """
    return sparse.csr_array(np.asarray(cost) <= cutoff)


def cover_of_pairs(demand: np.ndarray, candidate: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    """Return the covering matrix of pairs of positions; a pair given twice counts once."""
    ones = np.ones(len(demand), dtype=bool)
    return sparse.csr_array(sparse.coo_array((ones, (demand, candidate)), shape=shape))


def check_cover(covered: sparse.csr_array, values: np.ndarray, new: int, fixed: np.ndarray) -> None:
    """Raise one ParameterError naming everything that does not fit.

    Parameters
    ----------
    covered : sparse (D, C)
    values : float (D,) or (D, K), finite and at least 0
    new : int, at least 0
    fixed : int array, positions within C
    """
    demands, candidates = covered.shape
    faults = []
    if len(values) != demands:
        faults.append(f"Expected {demands} weights, got {len(values)}.")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        faults.append("Expected weights finite and >= 0, got others.")
    if new < 0:
        faults.append(f"Expected new facilities >= 0, got {new}.")
    if len(fixed) and not (fixed.min() >= 0 and fixed.max() < candidates):
        faults.append(f"Expected fixed facilities among {candidates} candidates, got others.")
    if faults:
        raise ParameterError(" ".join([*faults, "Correct it."]))


def nodes_of(search: Search, pairs: int) -> int:
    """Return how many branches a tree search may split, each looking at so many pairs twice."""
    return int(min(search.limits.nodes, search.work / max(1, 2 * pairs)))


def solve_programme(programme: Milp, search: Search, start: np.ndarray) -> MilpAnswer:
    """Solve a programme from a plan known; an answer that is no number says nothing (HiGHS 1.16 has such)."""
    answer = solve_milp(programme, limits=search.limits, start=start, stop=search.stop)
    if np.isfinite(answer.x).all():
        return answer
    return MilpAnswer("unknown", np.empty(0), np.nan, np.inf if programme.maximise else -np.inf)


def count_covering(covered: sparse.csr_array, facilities: np.ndarray) -> np.ndarray:
    """Return how many of the facilities cover each demand (D,)."""
    is_open = np.zeros(covered.shape[1], dtype=np.int64)
    is_open[facilities] = 1
    return covered.astype(np.int64) @ is_open


def shift_gain(gain: np.ndarray, covering: np.ndarray) -> np.ndarray:
    """Return the gains (D, K) that are left to those after the first ``covering`` (D,) facilities."""
    demands, levels = gain.shape
    level = np.arange(levels) + covering[:, None]
    padded = np.column_stack([gain, np.zeros(demands)])
    return np.take_along_axis(padded, np.minimum(level, levels), axis=1)


def gained(gain: np.ndarray, covering: np.ndarray) -> float:
    """Return what the gains (D, K) come to with ``covering`` (D,) facilities at each demand."""
    return float(gain[np.arange(gain.shape[1]) < covering[:, None]].sum())


def build_task(covered: sparse.csr_array, gain: np.ndarray, new: int, fixed: np.ndarray) -> CoverTask:
    """Return what is left to decide: fixed facilities done, equal demands merged, dominated candidates out.

    With one level of gain, a candidate whose demand another covers as well is never needed beside it.
    """
    covering = count_covering(covered, fixed)
    left = shift_gain(gain, covering)
    free = np.setdiff1d(np.arange(covered.shape[1]), fixed)
    some = left[:, 0] > 0
    part, left = sparse.csr_array(covered[some][:, free]), left[some]
    part.sort_indices()
    part, left = merge_rows(part, left)
    kept = undominated(part) if gain.shape[1] == 1 else np.flatnonzero(np.diff(part.tocsc().indptr))
    part = sparse.csr_array(part[:, kept])
    return CoverTask(
        covered=part,
        gain=left,
        rows=build_cover_rows(part, left),
        candidates=free[kept],
        size=min(new, len(kept)),
        base=gained(gain, covering),
        whole=bool((gain == np.rint(gain)).all()),
    )


def merge_rows(covered: sparse.csr_array, gain: np.ndarray) -> tuple[sparse.csr_array, np.ndarray]:
    """Merge demands that the same candidates cover, adding up their gains; those nobody covers go.

    ``covered`` must have sorted indices.
    """
    reached = np.diff(covered.indptr) > 0
    covered, gain = covered[reached], gain[reached]
    codes = np.random.default_rng(0).integers(2**63, size=covered.shape[1], dtype=np.int64)
    group, count = _group_rows(covered.indptr, covered.indices, codes)
    first = np.zeros(count, dtype=np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    sums = np.zeros((count, gain.shape[1]))
    np.add.at(sums, group, gain)
    return sparse.csr_array(covered[first]), sums


@njit(cache=True, nogil=True)
def _group_rows(start, candidate, codes):
    """Return the group of each row and the number of groups; rows of a group are equal, each is compared."""
    rows = len(start) - 1
    total = np.zeros(rows, np.int64)
    for row in range(rows):
        for at in range(start[row], start[row + 1]):
            total[row] += codes[candidate[at]]
    group, groups, first = np.zeros(rows, np.int64), 0, -1
    order = np.argsort(total, kind="mergesort")
    for row in order:
        same = first >= 0 and total[first] == total[row]
        same = same and start[first + 1] - start[first] == start[row + 1] - start[row]
        at = 0
        while same and at < start[row + 1] - start[row]:
            same = candidate[start[first] + at] == candidate[start[row] + at]
            at += 1
        if not same:
            first = row
            groups += 1
        group[row] = groups - 1
    return group, groups


def undominated(covered: sparse.csr_array) -> np.ndarray:
    """Return the candidates (sorted) whose demand no other one covers wholly; of equal ones the first."""
    return np.flatnonzero(_largest(_bits(covered.T.tocsr()), False))


def reduce_rows(covered: sparse.csr_array) -> tuple[sparse.csr_array, np.ndarray]:
    """Return what decides whether all demand in reach is covered, and the positions of its candidates.

    A demand goes that whoever covers another one covers; a candidate goes that another one can replace.
    """
    kept = np.arange(covered.shape[1])
    while True:
        before = covered.shape
        covered = sparse.csr_array(covered[np.flatnonzero(_largest(_bits(covered), True))])
        columns = undominated(covered)
        covered, kept = sparse.csr_array(covered[:, columns]), kept[columns]
        if covered.shape == before:
            return covered, kept


def _bits(sets: sparse.csr_array) -> np.ndarray:
    """Return the rows as sets of 64 members a word."""
    words = -(-max(1, sets.shape[1]) // 64)
    bits = np.zeros((sets.shape[0], words), dtype=np.uint64)
    row = np.repeat(np.arange(sets.shape[0]), np.diff(sets.indptr))
    place = sets.indices.astype(np.uint64)
    np.bitwise_or.at(bits, (row, place // np.uint64(64)), np.uint64(1) << (place % np.uint64(64)))
    return bits


@njit(cache=True, nogil=True)
def _largest(bits, smallest):
    """Say which sets are in no other one (or hold no other one); empty sets are not among them."""
    count = len(bits)
    kept = np.ones(count, np.bool_)
    for one in range(count):
        if not bits[one].any():
            kept[one] = False
    for one in range(count):
        for other in range(count):
            if not kept[one]:
                break
            if other == one or not kept[other]:
                continue
            inner, outer = (other, one) if smallest else (one, other)
            is_replaced = _within(bits[inner], bits[outer])
            if is_replaced and one < other:  # of equal ones the first is kept
                is_replaced = not _within(bits[outer], bits[inner])
            kept[one] = not is_replaced
    return kept


@njit(cache=True, nogil=True)
def _within(inner, outer):  # a loop, since the compiler knows no all() of a generator
    for word in range(len(inner)):  # noqa: SIM110
        if inner[word] & ~outer[word]:
            return False
    return True
