"""Compiled maximum-weight flow of visits that follows as actions are taken: gains without solving anew.

A state holds the best flow of the links open now. When links open, only households from which a new link can
be reached may gain; each, the heaviest first, looks along open links for a watcher with room, or for a
household of lower weight whose visit it may have. What a search met in vain is barred: it holds no room and
no lower weight, and no later path of a lower weight can leave it. So one pass in falling weight is exact.

References
----------
Edmonds, J. and Karp, R. M. (1972). Journal of the ACM 19: augmenting paths. Edmonds, J. (1971). Matroids and
the greedy algorithm. Mathematical Programming 1: exchanges in falling weight.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.openings_model import NO_ACTION, Openings
from analysis.residual import Residual, append_to, build_residual


class World(NamedTuple):
    """What does not change: who may visit whom, what opens what, and the order of the weights."""

    net: Residual
    weight: np.ndarray  # (H,)
    rank: np.ndarray  # (H,) place in falling weight, ties by position: lower is served first
    by_rank: np.ndarray  # (H,) household at each rank
    offsets: np.ndarray  # (A + 1,) into links: those of each action
    links: np.ndarray


class State(NamedTuple):
    """The best flow of the open links; changed in place by the functions below."""

    closed: np.ndarray  # (L,) how many actions are still wanting
    visits: np.ndarray  # (L,)
    room: np.ndarray  # (W,)
    unmet: np.ndarray  # (H,)


def build_world(openings: Openings) -> World:
    """Index the links by household, watcher and action."""
    order = np.lexsort((np.arange(len(openings.need)), -openings.weight))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    link, side = np.nonzero(openings.actions != NO_ACTION)
    action = openings.actions[link, side]
    repeated = (side == 1) & (openings.actions[link, 0] == action)
    link, action = link[~repeated], action[~repeated]
    by_action = np.argsort(action, kind="stable")
    net = build_residual(
        openings.household.astype(np.int64),
        openings.watcher.astype(np.int64),
        len(openings.need),
        len(openings.capacity),
    )
    counts = np.bincount(action, minlength=len(openings.cost))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return World(net, openings.weight.astype(float), rank, order, offsets, link[by_action])


def begin_state(openings: Openings, world: World) -> State:
    """Return the best flow with no action taken."""
    closed = np.bincount(world.links, minlength=len(openings.household)).astype(np.int64)
    state = State(
        closed,
        np.zeros(len(closed), dtype=np.int64),
        openings.capacity.astype(np.int64),
        openings.need.astype(np.int64),
    )
    settle_all(world, state)
    return state


def copy_state(state: State) -> State:
    """Return a state of its own."""
    return State(*(array.copy() for array in state))


@njit(cache=True, nogil=True)
def settle_all(world, state):
    """Bring the flow to the best of the open links, whatever it is now; return the weighted visits gained."""
    asking = np.flatnonzero(state.unmet > 0)
    touched = np.empty(1024, np.int64)
    return _settle(world, state, asking, touched, 0)[0]


@njit(cache=True, nogil=True)
def take(world, state, actions):
    """Take actions not taken yet, for good; return the weighted visits gained."""
    touched = np.empty(1024, np.int64)
    return _open_and_settle(world, state, actions, touched)[0]


@njit(cache=True, nogil=True)
def drop(world, state, action):
    """Take an action back, for good; return the weighted visits lost once the rest is rearranged."""
    lost = 0.0
    net = world.net
    for at in range(world.offsets[action], world.offsets[action + 1]):
        link = world.links[at]
        state.closed[link] += 1
        if state.visits[link] > 0:
            lost += state.visits[link] * world.weight[net.home[link]]
            state.unmet[net.home[link]] += state.visits[link]
            state.room[net.person[link]] += state.visits[link]
            state.visits[link] = 0
    return lost - settle_all(world, state)


@njit(cache=True, nogil=True)
def gains_of(world, state, moves, offsets):
    """Return the weighted visits gained by each move alone: actions ``moves`` from offset to offset.

    The state is as it was afterwards.
    """
    gains = np.zeros(len(offsets) - 1)
    touched = np.empty(1024, np.int64)
    kept_visits, kept_room, kept_unmet = state.visits.copy(), state.room.copy(), state.unmet.copy()
    net = world.net
    for move in range(len(gains)):
        actions = moves[offsets[move] : offsets[move + 1]]
        gains[move], touched, count = _open_and_settle(world, state, actions, touched)
        for at in range(count):
            link = touched[at]
            state.visits[link] = kept_visits[link]
            state.room[net.person[link]] = kept_room[net.person[link]]
            state.unmet[net.home[link]] = kept_unmet[net.home[link]]
        for action in actions:
            for at in range(world.offsets[action], world.offsets[action + 1]):
                state.closed[world.links[at]] += 1
    return gains


@njit(cache=True, nogil=True)
def _open_and_settle(world, state, actions, touched):
    """Open what ``actions`` still close; return what is gained, the links touched and how many they are."""
    new, count = np.empty(64, np.int64), 0
    for action in actions:
        for at in range(world.offsets[action], world.offsets[action + 1]):
            link = world.links[at]
            state.closed[link] -= 1
            if state.closed[link] == 0:
                new, count = append_to(new, count, world.net.home[link])
    asking = _who_can_reach(world, state, new[:count])
    return _settle(world, state, asking, touched, 0)


@njit(cache=True, nogil=True)
def _who_can_reach(world, state, homes):
    """Return the households with visits unmet from which open links and hand-overs lead to ``homes``."""
    net = world.net
    home_met = np.zeros(len(state.unmet), np.bool_)
    person_met = np.zeros(len(state.room), np.bool_)
    queue, length = np.empty(len(state.unmet), np.int64), 0
    for home in homes:
        if not home_met[home]:
            home_met[home] = True
            queue[length] = home
            length += 1
    at = 0
    while at < length:
        home = queue[at]
        at += 1
        for row in range(net.home_offsets[home], net.home_offsets[home + 1]):
            link = net.home_link[row]
            person = net.person[link]
            if state.visits[link] == 0 or person_met[person]:
                continue
            person_met[person] = True
            for other in range(net.person_offsets[person], net.person_offsets[person + 1]):
                link = net.person_link[other]
                home = net.home[link]
                if state.closed[link] == 0 and not home_met[home]:
                    home_met[home] = True
                    queue[length] = home
                    length += 1
    met = queue[:length]
    return met[state.unmet[met] > 0]


@njit(cache=True, nogil=True)
def _settle(world, state, asking, touched, count):
    """Serve the households ``asking``, the heaviest first; return the gain, the links touched, how many."""
    net, gain = world.net, 0.0
    waiting = [np.int64(0) for _ in range(0)]
    for home in asking:
        heapq.heappush(waiting, world.rank[home])
    barred_home, barred_person = np.zeros(len(state.unmet), np.bool_), np.zeros(len(state.room), np.bool_)
    home_met, person_met = np.zeros(len(state.unmet), np.int64), np.zeros(len(state.room), np.int64)
    via_home, via_person = np.empty(len(state.unmet), np.int64), np.empty(len(state.room), np.int64)
    queue = np.empty(len(state.unmet) + len(state.room), np.int64)
    number = 0
    while len(waiting) > 0:
        home = world.by_rank[heapq.heappop(waiting)]
        while state.unmet[home] > 0 and not barred_home[home]:
            number += 1
            marks = (home_met, person_met, via_home, via_person, queue, number)
            person, lighter, length = _search(world, state, home, barred_home, barred_person, marks)
            if person < 0 and (lighter < 0 or not world.weight[lighter] < world.weight[home]):
                _bar(queue, length, barred_home, barred_person)
                break
            end = person if person >= 0 else net.person[via_home[lighter]]
            most = state.room[end] if person >= 0 else state.visits[via_home[lighter]]
            amount, touched, count = _shift(
                world, state, home, end, most, (via_home, via_person), touched, count
            )
            gain += amount * world.weight[home]
            if person >= 0:
                state.room[end] -= amount
            else:
                state.visits[via_home[lighter]] -= amount
                touched, count = append_to(touched, count, via_home[lighter])
                if state.unmet[lighter] == 0:
                    heapq.heappush(waiting, world.rank[lighter])
                state.unmet[lighter] += amount
                gain -= amount * world.weight[lighter]
    return gain, touched, count


@njit(cache=True, nogil=True)
def _search(world, state, start, barred_home, barred_person, marks):
    """Return the nearest watcher with room, else the lightest household met, and how many nodes were met."""
    home_met, person_met, via_home, via_person, queue, number = marks
    net, households = world.net, len(home_met)
    home_met[start], via_home[start], queue[0] = number, -1, start
    at, length, lighter = 0, 1, -1
    while at < length:
        node = queue[at]
        at += 1
        if node < households:
            for row in range(net.home_offsets[node], net.home_offsets[node + 1]):
                link = net.home_link[row]
                person = net.person[link]
                if state.closed[link] > 0 or person_met[person] == number or barred_person[person]:
                    continue
                person_met[person], via_person[person] = number, link
                queue[length] = households + person
                length += 1
                if state.room[person] > 0:
                    return person, lighter, length
        else:
            person = node - households
            for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
                link = net.person_link[row]
                home = net.home[link]
                if state.visits[link] == 0 or home_met[home] == number or barred_home[home]:
                    continue
                home_met[home], via_home[home] = number, link
                queue[length] = home
                length += 1
                if lighter < 0 or world.rank[home] > world.rank[lighter]:
                    lighter = home
    return -1, lighter, length


@njit(cache=True, nogil=True)
def _bar(queue, length, barred_home, barred_person):
    for at in range(length):
        node = queue[at]
        if node < len(barred_home):
            barred_home[node] = True
        else:
            barred_person[node - len(barred_home)] = True


@njit(cache=True, nogil=True)
def _shift(world, state, start, end, most, via, touched, count):
    """Move as many visits as the path from ``start`` to ``end`` lets through, at most ``most``."""
    net, (via_home, via_person) = world.net, via
    amount, person = min(most, state.unmet[start]), end
    while True:
        back = via_home[net.home[via_person[person]]]
        if back < 0:
            break
        amount = min(amount, state.visits[back])
        person = net.person[back]
    person = end
    while True:
        link = via_person[person]
        state.visits[link] += amount
        touched, count = append_to(touched, count, link)
        back = via_home[net.home[link]]
        if back < 0:
            break
        state.visits[back] -= amount
        touched, count = append_to(touched, count, back)
        person = net.person[back]
    state.unmet[start] -= amount
    return amount, touched, count


@njit(cache=True, nogil=True)
def prices_of(world, state):
    """Return what one visit less needed by each household (H,) and one more of each watcher (W,) is worth.

    They prove the flow of the open links (linear programming duality): a watcher's visit is worth the weight
    of the heaviest household left short that could reach it by hand-overs, a household's the rest of its own.
    """
    net = world.net
    barred_home, barred_person = np.zeros(len(state.unmet), np.bool_), np.zeros(len(state.room), np.bool_)
    home_met, person_met = np.zeros(len(state.unmet), np.int64), np.zeros(len(state.room), np.int64)
    via_home, via_person = np.empty(len(state.unmet), np.int64), np.empty(len(state.room), np.int64)
    queue = np.empty(len(state.unmet) + len(state.room), np.int64)
    person_price, home_price = np.zeros(len(state.room)), np.zeros(len(state.unmet))
    for at in range(len(state.unmet)):
        home = world.by_rank[at]
        if state.unmet[home] == 0 or barred_home[home]:
            continue
        marks = (home_met, person_met, via_home, via_person, queue, at + 1)
        length = _search(world, state, home, barred_home, barred_person, marks)[2]
        _bar(queue, length, barred_home, barred_person)
        for row in range(length):
            if queue[row] >= len(state.unmet):
                person_price[queue[row] - len(state.unmet)] = world.weight[home]
    for link in range(len(net.home)):
        if state.closed[link] == 0:
            rest = world.weight[net.home[link]] - person_price[net.person[link]]
            home_price[net.home[link]] = max(home_price[net.home[link]], rest)
    return home_price, person_price
