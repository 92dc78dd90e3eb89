"""The smallest tight set that proves a household cannot be served: a compiled search.

Take some watchers N and all households U that only they may visit. N proves the gap of a household h of U
when h stays short though it is served last in U: then N cannot make the visits that U needs, whoever visits
whom (Hall's condition). With more households around, h can only fare worse, since the maximum flow is
submodular in the households asked for. So watchers can be left out one by one, each with the households it
may visit, and one that cannot be left out now need not be tried again. What remains is minimal: without any
of its watchers, but those of h itself, it no longer proves the gap of h.

The search widens around h until the watchers met prove its gap, then leaves out whom it can, the farthest
first.

References
----------
Hall, P. (1935). On representatives of subsets. Journal of the London Mathematical Society 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from analysis.portions import Progress, in_portions
from analysis.residual import bar_met, begin, build_residual, find_room, new_search, pass_on, start_from
from analysis.tight_sets import (
    TightSet,
    VisitNetwork,
    describe_set,
    describe_tight_sets,
    find_tight_parts,
)

MOST_PORTIONS = 16
MOST_WATCHERS = 100  # of a set that is sought; where more share a want of room, the bottleneck itself is told
WIDENED = 1.5  # each round of the widening looks at this many times the watchers of the round before


class _Part(NamedTuple):
    """Households that only some watchers may visit, with local numbers; the first is served last."""

    net: object
    homes: np.ndarray  # (U,) households
    people: np.ndarray  # (N,) watchers
    given: np.ndarray  # visits by local link, none to the first
    room: np.ndarray  # (N,)
    wanted: np.ndarray  # (U,)
    need: np.ndarray  # (U,)


def smallest_tight_sets(
    network: VisitNetwork,
    visits: np.ndarray,
    household_ids: pd.Index,
    watcher_ids: pd.Index,
    *,
    progress: Progress | None = None,
) -> tuple[TightSet, ...]:
    """Return tight sets that together hold every household left short, each as small as it can be.

    Parameters
    ----------
    network : VisitNetwork
    visits : int array (L,), a maximum flow
    household_ids, watcher_ids : Index (H,), (W,)
    progress : callable taking households looked at and households in all

    Returns
    -------
    tuple of TightSet, the largest deficit first
        All households that only the set's watchers may visit. Those without any allowed watcher are in none.
        Where a set would have more than MOST_WATCHERS watchers, it is the part of the minimum cut.
    """
    households, watchers = len(network.need), len(network.capacity)
    short = _short_by_watcher(network, visits)
    net = build_residual(network.household, network.watcher, households, watchers)
    visits, need, capacity = (part.astype(np.int64) for part in (visits, network.need, network.capacity))
    parts = in_portions(
        lambda part: find_smallest_sets(net, visits, need, capacity, short[part]),
        len(short),
        max(1, -(-len(short) // MOST_PORTIONS)),
        progress,
    )
    sets = {}
    for home_offsets, person_offsets, homes, people in parts:
        for row in range(len(home_offsets) - 1):
            home = np.sort(homes[home_offsets[row] : home_offsets[row + 1]])
            person = np.sort(people[person_offsets[row] : person_offsets[row + 1]])
            sets[person.tobytes()] = describe_set(network, household_ids, watcher_ids, home, person)
    left = _bottlenecks_of(network, visits, short, sets.values(), household_ids, watcher_ids)
    proofs = [*sets.values(), *left]
    return tuple(sorted(proofs, key=lambda found: found.room_visits - found.need_visits))


def _bottlenecks_of(
    network: VisitNetwork, visits: np.ndarray, short: np.ndarray, sets: Iterable[TightSet], *ids: pd.Index
) -> tuple[TightSet, ...]:
    """Return the parts of the minimum cut that hold households left short and in no set."""
    held = {name for found in sets for name in found.household_ids}
    left = short[~ids[0][short].isin(held)]
    if not len(left):
        return ()
    part = find_tight_parts(network, visits)
    return describe_tight_sets(network, np.where(np.isin(part, part[left]), part, -1), *ids)


def _short_by_watcher(network: VisitNetwork, visits: np.ndarray) -> np.ndarray:
    """Return the households left short that somebody may visit, those of one nearest watcher together."""
    first = np.full(len(network.need), -1, dtype=np.int64)
    first[network.household[::-1]] = network.watcher[::-1]
    short = np.flatnonzero((network.received(visits) < network.need) & (first >= 0))
    return short[np.argsort(first[short], kind="stable")]


@njit(cache=True, nogil=True)
def find_smallest_sets(net, visits, need, capacity, short):
    """Return a minimal set for each household of ``short`` that no set found before holds.

    A household whose set would have more than MOST_WATCHERS gets none, nor do the households about it.

    Parameters
    ----------
    net : Residual
    visits : int64 array (L,), a maximum flow
    need, capacity : int64 arrays (H,), (W,)
    short : int64 array, households that ``visits`` leaves short

    Returns
    -------
    home_offsets, person_offsets : int64 arrays (S + 1,)
    homes, people : int64 arrays, the households and the watchers of each set; first the one it was sought for
    """
    households, watchers = len(need), len(capacity)
    search, inside = new_search(households, watchers), np.full(watchers, -1, np.int64)
    links_inside, is_done = np.zeros(households, np.int64), np.zeros(households, np.bool_)
    home_offsets, person_offsets = [0], [0]
    homes, people = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for home in short:
        if is_done[home]:
            continue
        own = net.home_offsets[home + 1] - net.home_offsets[home]
        order = _nearest_watchers(net, visits, home, max(own, MOST_WATCHERS), search)
        size = own
        while True:
            size = min(size, len(order))
            part = _cut_out(net, visits, need, capacity, home, order[:size], inside, links_inside)
            marks = new_search(len(part.homes), size)
            barred_home, barred_person = np.zeros(len(part.homes), np.bool_), np.zeros(size, np.bool_)
            is_proved = _is_last_short(part, barred_home, barred_person, marks)
            if is_proved or size == len(order):
                break
            size = int(size * WIDENED) + 1
        if not is_proved:
            is_done[part.homes] = True
            continue
        _leave_out(part, own, barred_home, barred_person, marks)
        for at in range(len(part.homes)):
            if not barred_home[at]:
                is_done[part.homes[at]] = True
                homes.append(part.homes[at])
        for at in range(size):
            if not barred_person[at]:
                people.append(part.people[at])
        home_offsets.append(len(homes))
        person_offsets.append(len(people))
    return np.array(home_offsets), np.array(person_offsets), np.array(homes), np.array(people)


@njit(cache=True, nogil=True)
def _nearest_watchers(net, visits, home, most, search):
    """Return up to ``most`` watchers: those of a household, then those their visits could pass to."""
    begin(search)
    start_from(search, home)
    number, households = search.number[0], len(search.home_met)
    people, count, at, length = np.empty(most, np.int64), 0, 0, 1
    while at < length and count < most:
        node = search.queue[at]
        at += 1
        if node < households:
            for row in range(net.home_offsets[node], net.home_offsets[node + 1]):
                person = net.person[net.home_link[row]]
                if search.person_met[person] == number or count == most:
                    continue
                search.person_met[person] = number
                search.queue[length] = households + person
                length += 1
                people[count] = person
                count += 1
        else:
            for row in range(
                net.person_offsets[node - households], net.person_offsets[node - households + 1]
            ):
                link = net.person_link[row]
                met = net.home[link]
                if visits[link] > 0 and search.home_met[met] != number:
                    search.home_met[met] = number
                    search.queue[length] = met
                    length += 1
    return people[:count]


@njit(cache=True, nogil=True)
def _cut_out(net, visits, need, capacity, first, people, inside, links_inside):
    """Return the part of ``people`` and of all households that only they may visit, ``first`` the first."""
    for at in range(len(people)):
        inside[people[at]] = at
    homes, links = [first], net.home_offsets[first + 1] - net.home_offsets[first]
    for at in range(len(people)):
        for row in range(net.person_offsets[people[at]], net.person_offsets[people[at] + 1]):
            home = net.home[net.person_link[row]]
            links_inside[home] += 1
            degree = net.home_offsets[home + 1] - net.home_offsets[home]
            if links_inside[home] == degree and home != first and need[home] > 0:
                homes.append(home)
                links += degree
    for at in range(len(people)):
        for row in range(net.person_offsets[people[at]], net.person_offsets[people[at] + 1]):
            links_inside[net.home[net.person_link[row]]] = 0
    kept = np.array(homes)
    home, person, given = np.empty(links, np.int64), np.empty(links, np.int64), np.zeros(links, np.int64)
    room, wanted, link = capacity[people].copy(), need[kept].copy(), 0
    for at in range(len(kept)):
        for row in range(net.home_offsets[kept[at]], net.home_offsets[kept[at] + 1]):
            home[link], person[link] = at, inside[net.person[net.home_link[row]]]
            if at > 0:
                given[link] = visits[net.home_link[row]]
                room[person[link]] -= given[link]
                wanted[at] -= given[link]
            link += 1
    for at in range(len(people)):
        inside[people[at]] = -1
    return _Part(
        build_residual(home, person, len(kept), len(people)), kept, people, given, room, wanted, need[kept]
    )


@njit(cache=True, nogil=True)
def _is_last_short(part, barred_home, barred_person, search):
    """Serve all but the first as far as possible, then the first; say whether it stays short.

    ``part`` ends with everybody but the first served; the marks of ``search`` are those of the last search
    from the first.
    """
    _give_directly(part, barred_home, barred_person)
    closed_home, closed_person = barred_home.copy(), barred_person.copy()
    for home in range(1, len(part.wanted)):
        while part.wanted[home] > 0 and not closed_home[home]:
            begin(search)
            start_from(search, home)
            person = find_room(part.net, part.given, part.room, closed_home, closed_person, search)
            if person < 0:
                bar_met(search, closed_home, closed_person)
            else:
                pass_on(part.net, part.given, part.room, part.wanted, person, search)
    given, room, wanted = part.given.copy(), part.room.copy(), part.wanted.copy()
    while wanted[0] > 0:
        begin(search)
        start_from(search, 0)
        person = find_room(part.net, given, room, barred_home, barred_person, search)
        if person < 0:
            return True
        pass_on(part.net, given, room, wanted, person, search)
    return False


@njit(cache=True, nogil=True)
def _give_directly(part, barred_home, barred_person):
    """Let watchers with room visit the households beside the first that want it: paths without a move."""
    net = part.net
    for person in range(len(part.room)):
        for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
            if part.room[person] == 0 or barred_person[person]:
                break
            link = net.person_link[row]
            home = net.home[link]
            if home > 0 and part.wanted[home] > 0 and not barred_home[home]:
                amount = min(part.room[person], part.wanted[home])
                part.given[link] += amount
                part.wanted[home] -= amount
                part.room[person] -= amount


@njit(cache=True, nogil=True)
def _leave_out(part, own, barred_home, barred_person, search):
    """Bar every watcher without whom the first still stays short, the farthest first, never its ``own``."""
    _bar_unmet(part, barred_home, barred_person, search)
    for person in range(len(part.people) - 1, own - 1, -1):
        if barred_person[person]:
            continue
        homes, people = barred_home.copy(), barred_person.copy()
        less = _Part(
            part.net,
            part.homes,
            part.people,
            part.given.copy(),
            part.room.copy(),
            part.wanted.copy(),
            part.need,
        )
        _bar(less, person, homes, people)
        if _is_last_short(less, homes, people, search):
            _bar_unmet(less, homes, people, search)
            part.given[:], part.room[:], part.wanted[:] = less.given, less.room, less.wanted
            barred_home[:], barred_person[:] = homes, people


@njit(cache=True, nogil=True)
def _bar_unmet(part, barred_home, barred_person, search):
    """Bar the watchers that the last search did not meet: those it met prove the gap without them."""
    number = search.number[0]
    for person in range(len(barred_person)):
        if search.person_met[person] != number and not barred_person[person]:
            _bar(part, person, barred_home, barred_person)


@njit(cache=True, nogil=True)
def _bar(part, person, barred_home, barred_person):
    """Leave out a watcher and every household it may visit, giving back their visits."""
    net = part.net
    barred_person[person] = True
    for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
        home = net.home[net.person_link[row]]
        if barred_home[home]:
            continue
        barred_home[home] = True
        for place in range(net.home_offsets[home], net.home_offsets[home + 1]):
            link = net.home_link[place]
            part.room[net.person[link]] += part.given[link]
            part.wanted[home] += part.given[link]
            part.given[link] = 0
