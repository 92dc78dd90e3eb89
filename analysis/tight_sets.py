"""The maximum flow of visits, and its cut: the sets that prove why a gap cannot be closed.

A bipartite network in whole visits a year: households need, watchers can make, allowed links join them.
Starting from the visits made today, every augmenting path gives one more visit to a household that misses it,
moving others from watcher to watcher on its way; nobody loses a visit, and no reassignment makes more in all.

References
----------
Ford, L. R. and Fulkerson, D. R. (1956). Maximal flow through a network. Canadian Journal of Mathematics 8.
Hall, P. (1935). On representatives of subsets. Journal of the London Mathematical Society 10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from ortools.graph.python.max_flow import SimpleMaxFlow
from scipy import sparse
from scipy.sparse import csgraph

from analysis.errors import AnalysisError


@dataclass(frozen=True)
class TightSet:
    """Households whose every allowed watcher is in ``watcher_ids``, and who need more than those can give.

    It is a proof (Hall's condition): whoever visits whom, ``need_visits - room_visits`` visits a year stay
    undone, and so at least ``at_least_unwatched`` of the households are not (fully) watched.

    Parameters
    ----------
    household_ids, watcher_ids : tuple of ids
    need_visits : int, whole visits a year all these households need
    room_visits : int, whole visits a year all these watchers can make (their capacity, not only what is free)
    at_least_unwatched : int, the deficit laid on the neediest: no fewer households can bear it
    """

    household_ids: tuple[str, ...]
    watcher_ids: tuple[str, ...]
    need_visits: int
    room_visits: int
    at_least_unwatched: int


@dataclass(frozen=True, eq=False)
class VisitNetwork:
    """Who may make whose visits; H households, W watchers, L links, all visits whole ones a year.

    Parameters
    ----------
    household, watcher : int arrays (L,), positions; each pair once
    need : int array (H,), at least 0
    capacity : int array (W,), at least 0
    """

    household: np.ndarray
    watcher: np.ndarray
    need: np.ndarray
    capacity: np.ndarray

    def received(self, visits: np.ndarray) -> np.ndarray:
        """Return what each household gets (H,) of ``visits`` (L,)."""
        return np.bincount(self.household, weights=visits, minlength=len(self.need)).astype(np.int64)

    def room(self, visits: np.ndarray) -> np.ndarray:
        """Return what each watcher has free (W,) beside ``visits`` (L,)."""
        load = np.bincount(self.watcher, weights=visits, minlength=len(self.capacity)).astype(np.int64)
        return self.capacity - load


def add_most_visits(
    network: VisitNetwork, visits: np.ndarray, wanted: np.ndarray, *, moving: bool = True
) -> np.ndarray:
    """Return visits by link after giving as many of the ``wanted`` ones as possible; no household loses any.

    Parameters
    ----------
    visits : int array (L,), made now, within need and capacity
    wanted : int array (H,), at least 0, more visits each household may get
    moving : bool, whether visits made now may pass to another allowed watcher

    Raises
    ------
    AnalysisError
        The solver did not prove its answer.
    """
    room = network.room(visits)
    if not wanted.any() or not room.any():
        return visits.copy()
    homes, source, sink = len(network.need), len(network.need) + len(room), len(network.need) + len(room) + 1
    asks, free = np.flatnonzero(wanted), np.flatnonzero(room)
    used = np.arange(len(visits)) if moving else np.flatnonzero(wanted[network.household])
    held = np.flatnonzero(visits) if moving else used[:0]
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(np.full(len(asks), source), asks, wanted[asks])
    solver.add_arcs_with_capacity(homes + free, np.full(len(free), sink), room[free])
    home, person = network.household, homes + network.watcher
    gives = solver.add_arcs_with_capacity(home[used], person[used], np.full(len(used), wanted.sum()))
    returns = solver.add_arcs_with_capacity(person[held], home[held], visits[held])
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise AnalysisError(
            f"Expected a proven maximum flow, got status {status}. Check needs and capacities."
        )
    after = visits.copy()
    after[used] += solver.flows(gives)
    after[held] -= solver.flows(returns)
    return after


def serve_most_visits(network: VisitNetwork, visits: np.ndarray) -> np.ndarray:
    """Return visits by link at the maximum flow, given to whole households rather than in crumbs.

    The flow says how many visits, not to whom. So in each tight part households are set aside, those that
    miss most first, until their misses make up its deficit, and again, until every one kept is served in
    full; then the rest gets what is left. Free room is used before anybody is moved.
    """
    missing = network.need - network.received(visits)
    kept = missing > 0
    while True:
        wanted = np.where(kept, missing, 0)
        after = add_most_visits(network, visits, wanted)
        asked = replace(network, need=network.received(visits) + wanted)
        if (network.received(after) >= asked.need).all():
            break
        kept &= ~_set_aside(asked, after, wanted)
    after = add_most_visits(network, visits, wanted, moving=False)
    after = add_most_visits(network, after, np.where(kept, network.need - network.received(after), 0))
    return add_most_visits(network, after, network.need - network.received(after))


def _set_aside(asked: VisitNetwork, visits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the households that miss most, of each tight part as many as make up its deficit.

    Of those nobody may visit, all.
    """
    short = asked.need - asked.received(visits)
    part = find_tight_parts(asked, visits)[: len(short)]
    inside = np.flatnonzero((part >= 0) & (wanted > 0))
    order = inside[np.lexsort((-wanted[inside], part[inside]))]
    _, first, number = np.unique(part[order], return_index=True, return_inverse=True)
    before = np.cumsum(wanted[order]) - wanted[order]
    before -= before[first][number]
    deficit = np.bincount(number, weights=short[order])
    aside = (part < 0) & (short > 0)
    aside[order[before < deficit[number]]] = True
    return aside


def find_tight_parts(network: VisitNetwork, visits: np.ndarray) -> np.ndarray:
    """Return the tight set of each household, then of each watcher (H + W,), as a number; -1 in none.

    ``visits`` must be a maximum flow. From a household left short, walk to every allowed watcher, and from a
    watcher to every household it visits. All watchers met are full (else the flow were not the maximum) and
    visit only households met, so the households met need more than these watchers can make. Each connected
    part is one set. A household without any allowed watcher is in none.
    """
    homes, size = len(network.need), len(network.need) + len(network.capacity)
    is_short = network.received(visits) < network.need
    is_short &= np.bincount(network.household, minlength=homes) > 0
    person, held, short = homes + network.watcher, visits > 0, np.flatnonzero(is_short)
    rows = np.concatenate([network.household, person[held], np.full(len(short), size)])
    columns = np.concatenate([person, network.household[held], short])
    steps = _matrix(rows, columns, size + 1)
    is_met = np.zeros(size + 1, dtype=bool)
    is_met[csgraph.breadth_first_order(steps, size, return_predecessors=False)] = True
    inside = is_met[network.household]
    joined = _matrix(network.household[inside], person[inside], size)
    part = csgraph.connected_components(joined, directed=False)[1]
    return np.where(is_met[:size], part, -1)


def _matrix(rows: np.ndarray, columns: np.ndarray, size: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))


def describe_tight_sets(
    network: VisitNetwork, part: np.ndarray, household_ids: pd.Index, watcher_ids: pd.Index
) -> tuple[TightSet, ...]:
    """Return one TightSet a part of ``part`` (H + W,), the largest deficit first; -1 is left out."""
    homes = len(network.need)
    numbers = np.unique(part[part >= 0])
    members = [_members(part[:homes], numbers), _members(part[homes:], numbers)]
    sets = [
        describe_set(network, household_ids, watcher_ids, home, person)
        for home, person in zip(*members, strict=True)
    ]
    return tuple(sorted(sets, key=lambda found: found.room_visits - found.need_visits))


def _members(part: np.ndarray, numbers: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each number's members, rising."""
    order = np.argsort(part, kind="stable")
    ranked = part[order]
    first, last = np.searchsorted(ranked, numbers), np.searchsorted(ranked, numbers, side="right")
    return [order[start:stop] for start, stop in zip(first, last, strict=True)]


def describe_set(
    network: VisitNetwork,
    household_ids: pd.Index,
    watcher_ids: pd.Index,
    home: np.ndarray,
    person: np.ndarray,
) -> TightSet:
    """Describe the households at positions ``home`` and the watchers at ``person``, all they may have."""
    need, room = network.need[home], int(network.capacity[person].sum())
    deficit = int(need.sum()) - room
    return TightSet(
        household_ids=tuple(household_ids[home]),
        watcher_ids=tuple(watcher_ids[person]),
        need_visits=int(need.sum()),
        room_visits=room,
        at_least_unwatched=int(np.searchsorted(np.cumsum(np.sort(need)[::-1]), deficit)) + 1,
    )
