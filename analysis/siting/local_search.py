"""Good coverings fast: greedy, best swaps and kicks, compiled.

A row of demand gains for each covering facility, the first the most: ``gain[row, k]`` for the (k+1)-th.
Maximal covering has one level, backup and expected coverage several. Such gains are submodular, so the
greedy plan reaches 1 - 1/e of the best; swaps of one facility for another mend most of the rest, and kicks
(some facilities exchanged at random, then swaps again) what swaps alone cannot leave.

References
----------
Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers in Regional Science 32.
Nemhauser, G., Wolsey, L. and Fisher, M. (1978). An analysis of approximations for maximizing submodular set
functions. Mathematical Programming 14.
Resende, M. and Werneck, R. (2007). A fast swap-based local search procedure for location problems. Annals of
Operations Research 150.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy import sparse

WORST = 1e-9  # a swap must gain more than this share of the value: rounding is no gain
WANDER = 0.003  # share of the best value a plan may lack before the search goes back to the best one
MOST_KICKED = 6  # facilities exchanged by one kick


class CoverRows(NamedTuple):
    """R rows of demand and C candidates, both ways round; gains by level.

    Parameters
    ----------
    row_start, row_candidate : int64 arrays (R + 1,), (pairs,): who covers each row
    column_start, column_row : int64 arrays (C + 1,), (pairs,): what each candidate covers
    gain : float array (R, K), at least 0, not rising along a row: what the (k+1)-th covering facility adds
    """

    row_start: np.ndarray
    row_candidate: np.ndarray
    column_start: np.ndarray
    column_row: np.ndarray
    gain: np.ndarray


class _Plan(NamedTuple):
    """A plan under change: ``order`` lists each row's candidates, those open first."""

    order: np.ndarray
    count: np.ndarray
    is_open: np.ndarray
    add_gain: np.ndarray  # (C,) what opening each would add
    drop_loss: np.ndarray  # (C,) what closing each would lose


def build_cover_rows(covered: sparse.csr_array, gain: np.ndarray) -> CoverRows:
    """Return the rows of a covering matrix (R, C) with gains (R, K)."""
    by_candidate = covered.tocsc()
    arrays = (covered.indptr, covered.indices, by_candidate.indptr, by_candidate.indices)
    return CoverRows(*(array.astype(np.int64) for array in arrays), np.ascontiguousarray(gain, dtype=float))


@njit(cache=True, nogil=True)
def search_cover(rows, size, start, rounds, generator):
    """Return ``size`` candidates (sorted) that gain much, after greedy, swaps and ``rounds`` of kicks.

    Parameters
    ----------
    rows : CoverRows
    size : int, 0 to C
    start : int array, at most ``size`` candidates to begin from; the best others are added one by one
    rounds : int, at least 0
    generator : numpy.random.Generator

    Returns
    -------
    int64 array (size,)
    """
    plan = _new_plan(rows)
    alone, value = plan.add_gain.copy(), 0.0
    for candidate in start:
        value += plan.add_gain[candidate]
        _open(rows, plan, candidate)
    for _ in range(size - len(start)):
        best = -1
        for candidate in range(len(plan.is_open)):
            if not plan.is_open[candidate] and (best < 0 or plan.add_gain[candidate] > plan.add_gain[best]):
                best = candidate
        value += plan.add_gain[best]
        _open(rows, plan, best)
    chosen = np.flatnonzero(plan.is_open)
    value = _swap_to_the_end(rows, plan, chosen, alone, value, generator)
    best_chosen, best_value = chosen.copy(), value
    for _ in range(rounds):
        if size == 0 or size == len(plan.is_open):
            break
        value = _kick(rows, plan, chosen, value, generator)
        value = _swap_to_the_end(rows, plan, chosen, alone, value, generator)
        if value > best_value * (1 + WORST):
            best_chosen, best_value = chosen.copy(), value
        elif value < best_value * (1 - WANDER):
            value = _go_to(rows, plan, chosen, best_chosen, value)
    return np.sort(best_chosen)


@njit(cache=True, nogil=True)
def _new_plan(rows):
    candidates = len(rows.column_start) - 1
    add_gain = np.zeros(candidates)
    for candidate in range(candidates):
        for at in range(rows.column_start[candidate], rows.column_start[candidate + 1]):
            add_gain[candidate] += rows.gain[rows.column_row[at], 0]
    return _Plan(
        rows.row_candidate.copy(),
        np.zeros(len(rows.row_start) - 1, np.int64),
        np.zeros(candidates, np.bool_),
        add_gain,
        np.zeros(candidates),
    )


@njit(cache=True, nogil=True)
def _level(rows, row, level):
    return rows.gain[row, level] if 0 <= level < rows.gain.shape[1] else 0.0


@njit(cache=True, nogil=True)
def _open(rows, plan, candidate):
    plan.is_open[candidate] = True
    for at in range(rows.column_start[candidate], rows.column_start[candidate + 1]):
        row = rows.column_row[at]
        _move(rows, plan, row, candidate, rows.row_start[row] + plan.count[row])
        _recount(rows, plan, row, plan.count[row] + 1)


@njit(cache=True, nogil=True)
def _close(rows, plan, candidate):
    plan.is_open[candidate] = False
    for at in range(rows.column_start[candidate], rows.column_start[candidate + 1]):
        row = rows.column_row[at]
        _move(rows, plan, row, candidate, rows.row_start[row] + plan.count[row] - 1)
        _recount(rows, plan, row, plan.count[row] - 1)


@njit(cache=True, nogil=True)
def _move(rows, plan, row, candidate, place):
    """Bring a candidate of a row to a place of its order."""
    at = rows.row_start[row]
    while plan.order[at] != candidate:
        at += 1
    plan.order[at], plan.order[place] = plan.order[place], candidate


@njit(cache=True, nogil=True)
def _recount(rows, plan, row, count):
    """Change how many cover a row; what its candidates would add or lose follows."""
    before, first, end = plan.count[row], rows.row_start[row], rows.row_start[row + 1]
    old_add, new_add = _level(rows, row, before), _level(rows, row, count)
    old_loss, new_loss = _level(rows, row, before - 1), _level(rows, row, count - 1)
    plan.count[row] = count
    if new_add != old_add:
        for at in range(first, end):
            plan.add_gain[plan.order[at]] += new_add - old_add
    if old_loss != 0.0 or new_loss != 0.0:
        for at in range(first, first + max(before, count)):
            was = old_loss if at < first + before else 0.0
            now = new_loss if at < first + count else 0.0
            plan.drop_loss[plan.order[at]] += now - was


@njit(cache=True, nogil=True)
def _best_to_close(rows, plan, chosen, new, kept):
    """Return the gain of opening ``new`` for the best facility to close, and its place in ``chosen``."""
    levels = rows.gain.shape[1]
    for place in range(len(chosen)):
        kept[chosen[place]] = 0.0  # what closing does not lose, since the new one covers it
    for at in range(rows.column_start[new], rows.column_start[new + 1]):
        row = rows.column_row[at]
        count = plan.count[row]
        if 1 <= count <= levels:
            saved = rows.gain[row, count - 1] - _level(rows, row, count)
            for open_at in range(rows.row_start[row], rows.row_start[row] + count):
                kept[plan.order[open_at]] += saved
    best, best_place = -np.inf, -1
    for place in range(len(chosen)):
        gain = plan.add_gain[new] - plan.drop_loss[chosen[place]] + kept[chosen[place]]
        if gain > best:
            best, best_place = gain, place
    return best, best_place


@njit(cache=True, nogil=True)
def _swap_to_the_end(rows, plan, chosen, alone, value, generator):
    """Make swaps that gain, the candidates in random order, until none does; return the value."""
    order, kept = generator.permutation(len(plan.is_open)), np.zeros(len(plan.is_open))
    at, tried, least = 0, 0, _least_loss(plan, chosen)
    while len(chosen) > 0 and tried < len(order):
        new = order[at]
        at, tried = (at + 1) % len(order), tried + 1
        if plan.is_open[new] or alone[new] <= least:  # it gains no more than the cheapest closing loses
            continue
        gain, place = _best_to_close(rows, plan, chosen, new, kept)
        if gain > WORST * max(1.0, value):
            _close(rows, plan, chosen[place])
            _open(rows, plan, new)
            chosen[place] = new
            value += gain
            tried, least = 0, _least_loss(plan, chosen)
    return value


@njit(cache=True, nogil=True)
def _least_loss(plan, chosen):
    least = np.inf
    for candidate in chosen:
        least = min(least, plan.drop_loss[candidate])
    return least


@njit(cache=True, nogil=True)
def _kick(rows, plan, chosen, value, generator):
    """Exchange some facilities at random; return the value."""
    for _ in range(1 + generator.integers(0, min(MOST_KICKED, len(chosen)))):
        place = generator.integers(0, len(chosen))
        value -= plan.drop_loss[chosen[place]]
        _close(rows, plan, chosen[place])
        new = generator.integers(0, len(plan.is_open))
        while plan.is_open[new]:
            new = generator.integers(0, len(plan.is_open))
        value += plan.add_gain[new]
        _open(rows, plan, new)
        chosen[place] = new
    return value


@njit(cache=True, nogil=True)
def _go_to(rows, plan, chosen, target, value):
    """Turn the plan into another of the same size; return its value."""
    wanted = np.zeros(len(plan.is_open), np.bool_)
    wanted[target] = True
    for place in range(len(chosen)):
        if not wanted[chosen[place]]:
            value -= plan.drop_loss[chosen[place]]
            _close(rows, plan, chosen[place])
    for candidate in target:
        if not plan.is_open[candidate]:
            value += plan.add_gain[candidate]
            _open(rows, plan, candidate)
    chosen[:] = target
    return value
