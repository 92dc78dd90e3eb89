"""Room made by exchanging whole households between watchers, so that a household still missed gets more.

Where the rule of two watchers keeps visits whole, rooms end in remainders too small for anybody. Passing all
visits of one household from a full watcher to another, for those of a household with fewer or for none, joins
two remainders. Nobody loses a visit, and no household handed over gets another number of watchers.

References
----------
Yagiura, M., Ibaraki, T. and Glover, F. (2004). An ejection chain approach for the generalized assignment
problem. INFORMS Journal on Computing 16.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.visit_plan import VisitProblem

PASSES = 3  # over all households that miss visits; later ones find next to nothing


class _Net(NamedTuple):
    """A problem as the compiled code reads it; links sorted by household."""

    home: np.ndarray
    person: np.ndarray
    limit: np.ndarray
    cost_dm: np.ndarray
    fixed: np.ndarray
    need: np.ndarray
    most: np.ndarray
    home_offsets: np.ndarray
    person_offsets: np.ndarray
    person_link: np.ndarray


def serve_by_swaps(problem: VisitProblem, visits: np.ndarray) -> np.ndarray:
    """Return visits with more served, households of most weight asked first; each keeps what it gets."""
    order = np.argsort(problem.watcher, kind="stable")
    net = _Net(
        problem.household,
        problem.watcher,
        problem.limit,
        problem.cost_dm,
        problem.fixed,
        problem.need,
        problem.most_watchers,
        np.searchsorted(problem.household, np.arange(len(problem.need) + 1)),
        np.searchsorted(problem.watcher[order], np.arange(len(problem.room) + 1)),
        order,
    )
    visits, room = visits.copy(), problem.room - problem.given(visits)
    missing = problem.need - problem.received(visits)
    asking = np.flatnonzero(missing > 0)
    asking = asking[np.argsort(-problem.weight[asking], kind="stable")]
    for _ in range(PASSES):
        if not _serve_each(net, asking, missing, visits, room):
            break
    return visits


@njit(cache=True, nogil=True)
def _serve_each(net, asking, missing, visits, room):
    """Serve each asking household as far as one exchange at a time can; return the visits won."""
    won = 0
    at_person = np.full(len(net.need), -1, np.int64)
    for home in asking:
        while missing[home] > 0:
            gain = _serve_once(net, home, missing[home], at_person, visits, room)
            missing[home] -= gain
            won += gain
            if gain == 0:
                break
    return won


@njit(cache=True, nogil=True)
def _serve_once(net, home, missing, at_person, visits, room):
    """Give a household visits over the link where room and one exchange win most; return how many."""
    count = 0
    rows = range(net.home_offsets[home], net.home_offsets[home + 1])
    for row in rows:
        count += net.fixed[row] or visits[row] > 0
    most, best = 0, (np.int64(-1), np.int64(-1), np.int64(-1), np.int64(-1))
    for row in rows:
        joins = not (net.fixed[row] or visits[row] > 0)
        want = min(missing, net.limit[row] - visits[row])
        if want <= most or (joins and count >= net.most[home]):
            continue
        person = net.person[row]
        if min(want, room[person]) > most:
            most, best = min(want, room[person]), (np.int64(row), np.int64(-1), np.int64(-1), np.int64(-1))
        found = _find_exchange(net, person, home, want, at_person, visits, room)
        if found[0] > most:
            most, best = found[0], (np.int64(row), found[1], found[2], found[3])
    row, leaves, arrives, back = best
    if most == 0:
        return 0
    if leaves >= 0:
        _move(net, leaves, arrives, visits, room)
        if back >= 0:
            _move(net, _link_at(net, back, net.person[arrives]), back, visits, room)
    visits[row] += most
    room[net.person[row]] -= most
    return most


@njit(cache=True, nogil=True)
def _find_exchange(net, person, asking, want, at_person, visits, room):
    """Return visits won, link that leaves, link by which it arrives elsewhere, link that comes back or -1."""
    links = net.person_link[net.person_offsets[person] : net.person_offsets[person + 1]]
    for link in links:
        at_person[net.home[link]] = link
    most, best = room[person] if room[person] < want else want, (np.int64(-1), np.int64(-1), np.int64(-1))
    for leaves in links:
        home, block = net.home[leaves], visits[leaves]
        if block == 0 or net.fixed[leaves] or home == asking:
            continue
        for arrives in range(net.home_offsets[home], net.home_offsets[home + 1]):
            other = net.person[arrives]
            if other == person or visits[arrives] > 0 or net.fixed[arrives] or net.limit[arrives] < block:
                continue
            if room[other] >= block:
                won = min(want, room[person] + block)
                if won > most:
                    most, best = won, (np.int64(leaves), np.int64(arrives), np.int64(-1))
                continue
            short = block - room[other]
            for at in range(net.person_offsets[other], net.person_offsets[other + 1]):
                row = net.person_link[at]
                back = visits[row]
                if back < short or back >= block or net.fixed[row] or net.home[row] == asking:
                    continue
                won = min(want, room[person] + block - back)
                there = at_person[net.home[row]]
                if (
                    won <= most
                    or there < 0
                    or visits[there] > 0
                    or net.fixed[there]
                    or net.limit[there] < back
                ):
                    continue
                most, best = won, (np.int64(leaves), np.int64(arrives), np.int64(there))
    for link in links:
        at_person[net.home[link]] = -1
    if best[0] < 0:
        return np.int64(0), best[0], best[1], best[2]
    return np.int64(most), best[0], best[1], best[2]


@njit(cache=True, nogil=True)
def _link_at(net, link, person):
    """Return the link of the same household to another watcher."""
    row = net.home_offsets[net.home[link]]
    while net.person[row] != person:
        row += 1
    return row


@njit(cache=True, nogil=True)
def _move(net, leaves, arrives, visits, room):
    """Pass all visits of a link to another link of its household."""
    block = visits[leaves]
    visits[leaves] = 0
    visits[arrives] += block
    room[net.person[leaves]] += block
    room[net.person[arrives]] -= block
