"""Compiled searches in the residual network of visits: what could still be given, and to whom.

From a household the search goes to every watcher that may visit it; from a watcher to the households it
visits, whose visits it could pass on; it ends at a watcher with room. A path found is one more visit (or
several) without anybody losing one.

References
----------
Edmonds, J. and Karp, R. M. (1972). Theoretical improvements in algorithmic efficiency for network flow
problems. Journal of the ACM 19: shortest augmenting paths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Residual(NamedTuple):
    """Who may visit whom, by household and by watcher; H households, W watchers, L links."""

    home: np.ndarray  # (L,) household of each link
    person: np.ndarray  # (L,) watcher of each link
    home_offsets: np.ndarray  # (H + 1,) into home_link
    home_link: np.ndarray
    person_offsets: np.ndarray  # (W + 1,) into person_link
    person_link: np.ndarray


class Search(NamedTuple):
    """The marks of one search: by which link each node was met, and which nodes it met."""

    number: np.ndarray  # (1,) of the present search
    home_met: np.ndarray  # (H,) number of the search that met it last
    person_met: np.ndarray
    via_home: np.ndarray  # (H,) link by which it was met; -1 where the search began
    via_person: np.ndarray
    queue: np.ndarray  # (H + W,) households as they are, watchers after them
    length: np.ndarray  # (1,) nodes met


@njit(cache=True, nogil=True)
def build_residual(household, watcher, households, watchers):
    """Index links by both their ends."""
    home_offsets, home_link = _by_key(household, households)
    person_offsets, person_link = _by_key(watcher, watchers)
    return Residual(household, watcher, home_offsets, home_link, person_offsets, person_link)


@njit(cache=True, nogil=True)
def _by_key(key, count):
    offsets = np.zeros(count + 1, np.int64)
    for at in range(len(key)):
        offsets[key[at] + 1] += 1
    offsets = np.cumsum(offsets)
    free, link = offsets[:-1].copy(), np.empty(len(key), np.int64)
    for at in range(len(key)):
        link[free[key[at]]] = at
        free[key[at]] += 1
    return offsets, link


@njit(cache=True, nogil=True)
def new_search(households, watchers):
    """Return blank marks."""
    return Search(
        np.zeros(1, np.int64),
        np.zeros(households, np.int64),
        np.zeros(watchers, np.int64),
        np.empty(households, np.int64),
        np.empty(watchers, np.int64),
        np.empty(households + watchers, np.int64),
        np.zeros(1, np.int64),
    )


@njit(cache=True, nogil=True)
def begin(search):
    """Start a new search."""
    search.number[0] += 1
    search.length[0] = 0


@njit(cache=True, nogil=True)
def start_from(search, home):
    """Let the present search begin at a household as well."""
    if search.home_met[home] != search.number[0]:
        search.home_met[home] = search.number[0]
        search.via_home[home] = -1
        search.queue[search.length[0]] = home
        search.length[0] += 1


@njit(cache=True, nogil=True)
def find_room(net, visits, room, barred_home, barred_person, search):
    """Return the nearest watcher with room met from the search's starts, or -1; barred nodes are not met."""
    number, households = search.number[0], len(search.home_met)
    at, length = 0, search.length[0]
    while at < length:
        node = search.queue[at]
        at += 1
        if node < households:
            for row in range(net.home_offsets[node], net.home_offsets[node + 1]):
                link = net.home_link[row]
                person = net.person[link]
                if search.person_met[person] == number or barred_person[person]:
                    continue
                search.person_met[person] = number
                search.via_person[person] = link
                search.queue[length] = households + person
                length += 1
                if room[person] > 0:
                    search.length[0] = length
                    return person
        else:
            person = node - households
            for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
                link = net.person_link[row]
                home = net.home[link]
                if visits[link] == 0 or search.home_met[home] == number or barred_home[home]:
                    continue
                search.home_met[home] = number
                search.via_home[home] = link
                search.queue[length] = home
                length += 1
    search.length[0] = length
    return -1


@njit(cache=True, nogil=True)
def bar_met(search, barred_home, barred_person):
    """Bar all that a search met in vain: nothing in it reaches room any more."""
    for at in range(search.length[0]):
        node = search.queue[at]
        if node < len(barred_home):
            barred_home[node] = True
        else:
            barred_person[node - len(barred_home)] = True


@njit(cache=True, nogil=True)
def pass_on(net, visits, room, wanted, person, search):
    """Give as many visits as the path to ``person`` lets through; return how many and for whom it began."""
    amount, at = room[person], person
    while True:
        home = net.home[search.via_person[at]]
        back = search.via_home[home]
        if back < 0:
            break
        amount = min(amount, visits[back])
        at = net.person[back]
    amount = min(amount, wanted[home])
    start, at = home, person
    while True:
        link = search.via_person[at]
        visits[link] += amount
        back = search.via_home[net.home[link]]
        if back < 0:
            break
        visits[back] -= amount
        at = net.person[back]
    room[person] -= amount
    wanted[start] -= amount
    return amount, start


@njit(cache=True, nogil=True)
def find_live(net, visits, room):
    """Return which households and which watchers could still reach room (bool arrays).

    The rest is the dead part: no rearrangement brings it one more visit. No path from a live node leads
    through it, so it stays dead whatever is moved among the live.
    """
    households, watchers = len(net.home_offsets) - 1, len(room)
    home_live, person_live = np.zeros(households, np.bool_), np.zeros(watchers, np.bool_)
    queue, length = np.empty(watchers, np.int64), 0
    for person in range(watchers):
        if room[person] > 0:
            person_live[person] = True
            queue[length] = person
            length += 1
    at = 0
    while at < length:
        person = queue[at]
        at += 1
        for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
            home = net.home[net.person_link[row]]
            if home_live[home]:
                continue
            home_live[home] = True
            for other in range(net.home_offsets[home], net.home_offsets[home + 1]):
                link = net.home_link[other]
                giver = net.person[link]
                if visits[link] > 0 and not person_live[giver]:
                    person_live[giver] = True
                    queue[length] = giver
                    length += 1
    return home_live, person_live


@njit(cache=True, nogil=True)
def append_to(array, count, value):
    """Put a value at the end of a growing array; return the array and how many it holds."""
    if count == len(array):
        larger = np.empty(2 * count, array.dtype)
        larger[:count] = array
        array = larger
    array[count] = value
    return array, count + 1


@njit(cache=True, nogil=True)
def note_path(net, search, person, touched, count):
    """Append the links of the path to ``person``."""
    while True:
        link = search.via_person[person]
        touched, count = append_to(touched, count, link)
        back = search.via_home[net.home[link]]
        if back < 0:
            return touched, count
        touched, count = append_to(touched, count, back)
        person = net.person[back]
