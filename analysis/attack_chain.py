"""A chain of tables: short steps that keep every printed number, taken again and again.

Where few unknowns hang together, solving for each secret is quick. Where two layers tie a whole city
together it is not, and the solver's tables have fractions. There a chain of short steps (one household more
here, one less there) visits many thousand whole tables in no time.

References
----------
Diaconis, P. and Sturmfels, B. (1998). Algebraic algorithms for sampling from conditional distributions.
Annals of Statistics 26: tables with the same sums, joined by moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csr_array, vstack

from analysis.attack_bounds import Part

SWEEPS = 20  # over all steps, before new ones are sought
_NEXT = 8  # unknowns of the same row each is paired with
_MARKS = 2**40  # different marks of rows
_ENDLESS = np.int64(2) ** 40  # steps; stands for no bound


class _Sparse(NamedTuple):
    """Rows of whole numbers: ``index[start[i]:start[i + 1]]`` and the numbers there."""

    start: np.ndarray
    index: np.ndarray
    number: np.ndarray


class Seen(NamedTuple):
    """Values seen of s secrets; no more than K are kept of each.

    Parameters
    ----------
    values : int64 (s, K); the first ``candidates`` of each row hold
    candidates : int64 (s)
    least, most : int64 (s), of all values seen, those not kept too
    """

    values: np.ndarray
    candidates: np.ndarray
    least: np.ndarray
    most: np.ndarray


def find_steps(part: Part, draw: np.random.Generator) -> csr_array:
    """Find steps of one, two or four unknowns that keep every known sum.

    A household comes to an unknown that stands in no known sum; or goes from one to another that stands in
    the same known sums; or from one to another of the same row, while a second household does the opposite
    between two that differ in just the same sums. How far a step may go is for the chain to heed.

    Returns
    -------
    csr_array of int64 (steps, m)
        No step need be possible at once; what it does to each row is for the chain to heed.
    """
    first, second = _pairs(part.rows, draw)
    mark = draw.integers(1, _MARKS, part.rows.shape[0])  # of each row; sums of marks tell columns apart
    mark[part.low < part.high] = 0  # limits leave room
    column = part.rows.T @ mark
    turned = column[first] < column[second]  # so that alike pairs change the sums the same way
    first, second = np.where(turned, second, first), np.where(turned, first, second)
    order = np.lexsort((draw.random(len(first)), column[first] - column[second]))
    first, second = first[order], second[order]
    change = column[first] - column[second]
    alone = change == 0
    after = np.arange(len(first) - 1)[(change[:-1] == change[1:]) & ~alone[1:]]
    size = len(part.most)
    lone = np.flatnonzero(column == 0)
    lone_steps = csr_array((np.ones(len(lone), np.int64), (np.arange(len(lone)), lone)), (len(lone), size))
    single = _differences(first[alone], second[alone], size)
    double = _differences(first[after], second[after], size)
    double = double - _differences(first[after + 1], second[after + 1], size)
    steps = csr_array(vstack([lone_steps, single, double]))
    steps.eliminate_zeros()
    return steps[np.flatnonzero(np.diff(steps.indptr))]


def _pairs(rows: csr_array, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of unknowns of one row: each with up to ``_NEXT`` that follow in random order."""
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((draw.random(len(row)), row))
    row, column = row[order], rows.indices[order]
    first, second = [], []
    for apart in range(1, _NEXT + 1):
        same = row[:-apart] == row[apart:]
        first.append(column[:-apart][same])
        second.append(column[apart:][same])
    both = np.sort(np.stack([np.concatenate(first), np.concatenate(second)]).astype(np.int64), axis=0)
    pairs = np.unique(both[0] * rows.shape[1] + both[1])
    return pairs // rows.shape[1], pairs % rows.shape[1]


def _differences(first: np.ndarray, second: np.ndarray, size: int) -> csr_array:
    """Return a row for each pair: 1 in the first column, -1 in the second."""
    count = np.arange(len(first))
    entries = np.concatenate([np.ones(len(first), np.int64), -np.ones(len(first), np.int64)])
    at = np.concatenate([count, count]), np.concatenate([first, second])
    return csr_array((entries, at), shape=(len(first), size))


def run_chain(
    part: Part, steps: csr_array, table: np.ndarray, seen: Seen, draw: np.random.Generator
) -> np.ndarray:
    """Take every step ``SWEEPS`` times, in random order and by random lengths; note what lies on the way.

    Parameters
    ----------
    steps : csr_array of int64 (steps, m)
    table : int64 (m), agrees with the part
    seen : Seen; its arrays are added to

    Returns
    -------
    int64 array (m)
        The table arrived at, which agrees with the part too.
    """
    order = np.concatenate([draw.permutation(steps.shape[0]) for _ in range(SWEEPS)])
    return _run(
        table.copy(),
        (part.rows @ table, _limit(part.low), _limit(part.high), _limit(part.most)),
        (_sparse(steps), _sparse(steps @ part.rows.T), _sparse(steps @ part.secrets.T)),
        (part.secrets @ table, seen),
        (order, draw.random(len(order))),
    )


def _limit(bounds: np.ndarray) -> np.ndarray:
    return np.clip(bounds, -_ENDLESS, _ENDLESS).astype(np.int64)


def _sparse(matrix: csr_array) -> _Sparse:
    found = csr_array(matrix)
    found.eliminate_zeros()
    return _Sparse(found.indptr.astype(np.int64), found.indices.astype(np.int64), found.data.astype(np.int64))


@njit(cache=True)
def _run(table, bounds, sparse, secret, chance):
    sums, low, high, most = bounds
    moves, effects, changes = sparse
    values, seen = secret
    order, share = chance
    zero = np.zeros_like(most)
    for place in range(len(order)):
        step = order[place]
        ahead = min(_room(moves, step, table, zero, most), _room(effects, step, sums, low, high))
        back = min(_room_back(moves, step, table, zero, most), _room_back(effects, step, sums, low, high))
        if ahead + back == 0 or ahead + back >= _ENDLESS:
            continue
        for entry in range(changes.start[step], changes.start[step + 1]):
            number, change = changes.index[entry], changes.number[entry]
            _note_line(seen, number, values[number] - back * change, change, ahead + back)
        length = min(int(share[place] * (ahead + back + 1)), ahead + back) - back
        _move(table, moves, step, length)
        _move(sums, effects, step, length)
        _move(values, changes, step, length)
    return table


@njit(cache=True)
def _room(sparse, step, here, low, high):
    """Return how many times a step may be taken."""
    room = _ENDLESS
    for entry in range(sparse.start[step], sparse.start[step + 1]):
        place, pace = sparse.index[entry], sparse.number[entry]
        left = high[place] - here[place] if pace > 0 else here[place] - low[place]
        room = min(room, left // abs(pace))
    return room


@njit(cache=True)
def _room_back(sparse, step, here, low, high):
    """Return how many times a step may be taken the other way."""
    room = _ENDLESS
    for entry in range(sparse.start[step], sparse.start[step + 1]):
        place, pace = sparse.index[entry], sparse.number[entry]
        left = high[place] - here[place] if pace < 0 else here[place] - low[place]
        room = min(room, left // abs(pace))
    return room


@njit(cache=True)
def _move(here, sparse, step, length):
    for entry in range(sparse.start[step], sparse.start[step + 1]):
        here[sparse.index[entry]] += length * sparse.number[entry]


@njit(cache=True)
def _note_line(seen, number, first, change, length):
    """Note the values from ``first`` on, ``length`` steps of ``change``."""
    last = first + length * change
    seen.least[number] = min(seen.least[number], first, last)
    seen.most[number] = max(seen.most[number], first, last)
    for steps in range(length + 1):
        count = seen.candidates[number]
        if count == seen.values.shape[1]:
            return
        value = first + steps * change
        new = True
        for kept in range(count):
            new = new and seen.values[number, kept] != value
        if new:
            seen.values[number, count] = value
            seen.candidates[number] = count + 1
