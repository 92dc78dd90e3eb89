"""Compiled kernel: bounded shortest walks from many doors to many doors, exact and sparse.

Dijkstra's algorithm from each source, ended at that source's own limit, with an indexed binary heap. Only the
streets a walk reaches are touched, so the work and the memory follow the answer, not the city. Nothing is cut
or simplified, so nothing has to hold of the drawing of the streets for the answer to be exact.

References
----------
Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

SHORT_ROW = 24  # insertion sort up to here, merge sort above


class Streets(NamedTuple):
    """Symmetric street costs by rows: N + 1 offsets, ends and costs of both directions."""

    offsets: np.ndarray
    ends: np.ndarray
    cost: np.ndarray


class Sources(NamedTuple):
    """Doors to walk from: their street and its two ends, with the cost to come to each."""

    edge: np.ndarray
    u: np.ndarray
    v: np.ndarray
    to_street: np.ndarray
    along: np.ndarray
    to_u: np.ndarray
    to_v: np.ndarray


class Targets(NamedTuple):
    """Doors to walk to, listed twice: at both ends of their street, and on their street."""

    node_offsets: np.ndarray
    node_door: np.ndarray
    node_cost: np.ndarray
    edge_offsets: np.ndarray
    edge_door: np.ndarray
    to_street: np.ndarray
    along: np.ndarray


@njit(cache=True, nogil=True)
def _rise(heap, place, cost, at):
    node = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        if cost[heap[above]] <= cost[node]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = node
    place[node] = at


@njit(cache=True, nogil=True)
def _sink(heap, place, cost, size):
    node = heap[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and cost[heap[child + 1]] < cost[heap[child]]:
            child += 1
        if cost[heap[child]] >= cost[node]:
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at] = node
    place[node] = at


@njit(cache=True, nogil=True)
def _offer(heap, place, cost, size, node, offered):
    """Lower a node's cost, adding it to the heap when it is new; return the heap's size."""
    if offered >= cost[node]:
        return size
    cost[node] = offered
    if place[node] < 0:
        heap[size] = node
        place[node] = size
        size += 1
    _rise(heap, place, cost, place[node])
    return size


@njit(cache=True, nogil=True)
def _note(best, found, count, door, walk):
    """Keep the least walk to a door; return how many doors were found."""
    if np.isinf(best[door]):
        found[count] = door
        count += 1
    if walk < best[door]:
        best[door] = walk
    return count


@njit(cache=True, nogil=True)
def _grown(array, needed):
    if needed <= len(array):
        return array
    larger = np.empty(max(needed, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True)
def walks_within(streets, sources, targets, limit, doors_to_find):
    """Return every source–target walk of at most the source's limit.

    Parameters
    ----------
    streets : Streets
    sources : Sources, S of them
    targets : Targets, T doors
    limit : float64 array (S,), inf allowed
    doors_to_find : int64 array (S,)
        Street ends with doors that can be met from a source; the search ends once all are. -1: search on.

    Returns
    -------
    source : int32 array (P,), rising
    door : int32 array (P,)
    cost : float64 array (P,)
    """
    nodes, doors = len(streets.offsets) - 1, len(targets.to_street)
    cost, best = np.full(nodes, np.inf), np.full(doors, np.inf)
    place, heap = np.full(nodes, -1, np.int32), np.empty(nodes, np.int32)
    seen, found = np.empty(nodes, np.int32), np.empty(doors, np.int32)
    source, door, walked = np.empty(256, np.int32), np.empty(256, np.int32), np.empty(256, np.float64)
    total = 0
    for row in range(len(limit)):
        count, met = 0, 0
        on = sources.edge[row]
        for at in range(targets.edge_offsets[on], targets.edge_offsets[on + 1]):
            home = targets.edge_door[at]
            walk = (
                sources.to_street[row]
                + abs(sources.along[row] - targets.along[home])
                + targets.to_street[home]
            )
            if walk <= limit[row]:
                count = _note(best, found, count, home, walk)
        size = 0
        if sources.to_u[row] <= limit[row]:
            size = _offer(heap, place, cost, size, sources.u[row], sources.to_u[row])
        if sources.to_v[row] <= limit[row]:
            size = _offer(heap, place, cost, size, sources.v[row], sources.to_v[row])
        left = doors_to_find[row]
        while size > 0 and left != 0:
            node = heap[0]
            size -= 1
            heap[0] = heap[size]
            if size:
                _sink(heap, place, cost, size)
            seen[met] = node
            met += 1
            here = cost[node]
            first, last = targets.node_offsets[node], targets.node_offsets[node + 1]
            left -= last > first
            for at in range(first, last):
                walk = here + targets.node_cost[at]
                if walk <= limit[row]:
                    count = _note(best, found, count, targets.node_door[at], walk)
            for at in range(streets.offsets[node], streets.offsets[node + 1]):
                offered = here + streets.cost[at]
                if offered <= limit[row]:
                    size = _offer(heap, place, cost, size, streets.ends[at], offered)
        for at in range(size):
            cost[heap[at]] = np.inf
            place[heap[at]] = -1
        for at in range(met):
            cost[seen[at]] = np.inf
            place[seen[at]] = -1
        source, door = _grown(source, total + count), _grown(door, total + count)
        walked = _grown(walked, total + count)
        for at in range(count):
            source[total] = row
            door[total] = found[at]
            walked[total] = best[found[at]]
            best[found[at]] = np.inf
            total += 1
    return source[:total].copy(), door[:total].copy(), walked[:total].copy()


@njit(cache=True, nogil=True)
def sort_by_household(watcher, household, cost, households):
    """Return the three arrays sorted by household, then cost, then their present order."""
    starts = np.zeros(households + 1, np.int64)
    for at in range(len(household)):
        starts[household[at] + 1] += 1
    starts = np.cumsum(starts)
    free = starts[:-1].copy()
    person, home = np.empty(len(watcher), np.int64), np.empty(len(household), np.int64)
    walk = np.empty_like(cost)
    for at in range(len(household)):
        to = free[household[at]]
        free[household[at]] += 1
        person[to], home[to], walk[to] = watcher[at], household[at], cost[at]
    for row in range(households):
        _sort_row(person[starts[row] : starts[row + 1]], walk[starts[row] : starts[row + 1]])
    return person, home, walk


@njit(cache=True, nogil=True)
def _sort_row(person, walk):
    if len(walk) > SHORT_ROW:
        order = np.argsort(walk, kind="mergesort")
        person[:], walk[:] = person[order], walk[order]
        return
    for at in range(1, len(walk)):
        moved, cost = person[at], walk[at]
        to = at
        while to > 0 and walk[to - 1] > cost:
            person[to], walk[to] = person[to - 1], walk[to - 1]
            to -= 1
        person[to], walk[to] = moved, cost
