"""The most that any set of actions could serve: a bound for cities too large for the exact programme.

Needs (and the capacity of watchers whose links several actions open) are priced instead of enforced. What is
left falls apart: each action is worth a few knapsacks, and the best actions within the limits are picked. The
value of that is never below the best plan's, whatever the prices; a subgradient search makes it small.

References
----------
Cornuéjols, G., Fisher, M. and Nemhauser, G. (1977). Location of bank accounts to optimize float. Management
Science 23: the relaxation. Polyak, B. (1969): the step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.openings_model import NO_ACTION, Openings

ROUNDS = 400  # steps of the subgradient search
LONGEST = 1.5  # of Polyak's steps, at the beginning
SHORTER = 0.7  # by which a step is shortened after a twentieth of the rounds without a better bound


class Blocks(NamedTuple):
    """Links in blocks: what one action (or pair) opens at one watcher, or at one household.

    L links, sorted by block; B blocks, sorted by opener; S openers (the different pairs of actions; the first
    is no action at all, where such links exist).
    """

    home: np.ndarray  # (L,)
    person: np.ndarray  # (L,)
    most: np.ndarray  # (L,) visits the link can carry
    offsets: np.ndarray  # (B + 1,) into links
    limit: np.ndarray  # (B,) visits the block can carry
    opener: np.ndarray  # (B,)
    actions: np.ndarray  # (S, 2), -1 none; the second only where there is a first
    priced_home: np.ndarray  # (H,) bool: several blocks share its need
    priced_person: np.ndarray  # (W,) bool: several blocks share its capacity


class Question(NamedTuple):
    """What is asked: limits on the actions, several at once."""

    weight: np.ndarray  # (H,)
    need: np.ndarray  # (H,)
    capacity: np.ndarray  # (W,)
    cost: np.ndarray  # (A,)
    required: np.ndarray  # (A,) bool
    counts: np.ndarray  # (K,) actions beside those required
    budgets: np.ndarray  # (K,) money left beside those required; inf: no limit


def bound_values(
    openings: Openings,
    counts: np.ndarray,
    budgets: np.ndarray,
    required: np.ndarray,
    *,
    reached: np.ndarray,
    starts: tuple[np.ndarray, np.ndarray, np.ndarray],
    rounds: int = ROUNDS,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each limit the most weighted visits a year that any set of actions could serve.

    Parameters
    ----------
    counts : int (K,), the most actions, those required among them
    budgets : float (K,), the most they may cost a year; inf: no limit
    required : bool (A,)
    reached : float (K,), weighted visits of a plan for each limit: how far down a bound could go
    starts : int (S,), float (S, H), float (S, W): for which limit prices are searched, and from which prices
        by household and by watcher (those of a plan's flow, or zero); every limit gains from every search
    rounds : int, steps of each search

    Returns
    -------
    bounds : float (K,)
    worth : float (A,), worth of each action at the best prices, weighted visits a year
    """
    blocks = _build_blocks(openings)
    question = Question(
        openings.weight.astype(float),
        openings.need.astype(float),
        openings.capacity.astype(float),
        openings.cost.astype(float),
        required,
        (counts - required.sum()).astype(np.int64),
        budgets - openings.cost[required].sum(),
    )
    return _search_prices(blocks, question, np.asarray(reached, dtype=float), starts, rounds)


def _build_blocks(openings: Openings) -> Blocks:
    """Sort the links into blocks: by watcher where an opener has fewer watchers than households."""
    actions = np.sort(openings.actions, axis=1)[:, ::-1]
    actions[actions[:, 0] == actions[:, 1], 1] = NO_ACTION
    pairs, opener = np.unique(actions, axis=0, return_inverse=True)
    opener = opener.reshape(-1)
    people, homes = (
        _different(opener, place, len(pairs)) for place in (openings.watcher, openings.household)
    )
    by_home = (people > homes)[opener]
    place = np.where(by_home, openings.household, openings.watcher)
    order = np.lexsort((place, by_home, opener))
    keys = np.column_stack([opener, place])[order]
    starts = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1))) if len(order) else order
    block = np.cumsum(np.isin(np.arange(len(order)), starts)) - 1
    home, person = openings.household[order], openings.watcher[order]
    side = by_home[order]
    limit = np.where(side, openings.need[home], openings.capacity[person])[starts]
    return Blocks(
        home=home,
        person=person,
        most=np.minimum(openings.need[home], openings.capacity[person]).astype(float),
        offsets=np.append(starts, len(order)),
        limit=limit.astype(float),
        opener=opener[order][starts],
        actions=pairs,
        priced_home=_shared(home, block, side, len(openings.need)),
        priced_person=_shared(person, block, ~side, len(openings.capacity)),
    )


def _different(opener: np.ndarray, place: np.ndarray, openers: int) -> np.ndarray:
    """Return how many different places each opener has."""
    pairs = np.unique(np.column_stack([opener, place]), axis=0)
    return np.bincount(pairs[:, 0], minlength=openers)


def _shared(place: np.ndarray, block: np.ndarray, enforced: np.ndarray, places: int) -> np.ndarray:
    """Return which places (bool) have more than one block, or one that does not enforce their limit."""
    pairs = np.unique(np.column_stack([place, block]), axis=0)
    several = np.bincount(pairs[:, 0], minlength=places) > 1
    several[place[~enforced]] = True
    return several


@njit(cache=True, nogil=True)
def _search_prices(blocks, question, reached, starts, rounds):
    """Search the prices from each start; return the least bound of every limit, and the best worth."""
    bounds = np.full(len(reached), np.inf)
    best_worth, patience = np.zeros(len(question.cost)), max(rounds // 20, 3)
    for start in range(len(starts[0])):
        focus = starts[0][start]
        now = (
            starts[1][start] * blocks.priced_home,
            starts[2][start] * blocks.priced_person,
            np.full(len(blocks.actions), 0.5),
        )
        length, waited, lowest = LONGEST, 0, np.inf
        for _ in range(rounds):
            filled, worth, opener_worth, base = _price_out(blocks, question, now)
            fixed = base + (now[0] * question.need).sum() + (now[1] * question.capacity).sum()
            for at in range(len(reached)):
                bounds[at] = min(bounds[at], fixed + _pick(question, worth, at)[0])
            value, chosen = _pick(question, worth, focus)
            waited += 1
            if fixed + value < lowest:
                lowest, waited = fixed + value, 0
                if lowest <= bounds[focus]:
                    best_worth[:] = worth
            elif waited >= patience:
                length, waited = length * SHORTER, 0
            above = fixed + value - reached[focus]
            if above <= 1e-9 * max(abs(reached[focus]), 1.0):
                break
            slope = _slope(blocks, question, now[2], chosen, filled, opener_worth)
            if not _step(blocks, now, slope, length * above):
                break
    return bounds, best_worth


@njit(cache=True, nogil=True)
def _price_out(blocks, question, prices):
    """Fill every block; return the visits (L,), the worth of actions, of openers, and of open links."""
    filled, opener_worth = np.zeros(len(blocks.home)), np.zeros(len(blocks.actions))
    for block in range(len(blocks.limit)):
        start, stop = blocks.offsets[block], blocks.offsets[block + 1]
        gain = np.empty(stop - start)
        for link in range(start, stop):
            home = blocks.home[link]
            gain[link - start] = question.weight[home] - prices[0][home] - prices[1][blocks.person[link]]
        left = blocks.limit[block]
        for at in np.argsort(-gain, kind="mergesort"):
            if gain[at] <= 0 or left <= 0:
                break
            amount = min(left, blocks.most[start + at])
            filled[start + at] = amount
            left -= amount
            opener_worth[blocks.opener[block]] += amount * gain[at]
    base, worth = 0.0, np.zeros(len(question.cost))
    for opener in range(len(blocks.actions)):
        first, second = blocks.actions[opener]
        if first < 0:
            base += opener_worth[opener]
        elif second < 0:
            worth[first] += opener_worth[opener]
        else:
            worth[first] += prices[2][opener] * opener_worth[opener]
            worth[second] += (1.0 - prices[2][opener]) * opener_worth[opener]
    return filled, worth, opener_worth, base


@njit(cache=True, nogil=True)
def _pick(question, worth, at):
    """Return the most worth within limit ``at`` and the share of each action: the lower of two bounds."""
    by_count, chosen = _pick_within(question, worth, np.ones(len(worth)), float(question.counts[at]))
    if question.budgets[at] == np.inf:
        return by_count, chosen
    by_budget, shares = _pick_within(question, worth, question.cost, question.budgets[at])
    return (by_count, chosen) if by_count < by_budget else (by_budget, shares)


@njit(cache=True, nogil=True)
def _pick_within(question, worth, price, limit):
    """Return the most worth and the shares when shares may be taken: the best per price first."""
    chosen, total, free = np.zeros(len(worth)), 0.0, np.zeros(len(worth))
    for action in range(len(worth)):
        free[action] = -np.inf if price[action] == 0 else -worth[action] / price[action]
        if question.required[action]:
            chosen[action] = 1.0
            total += worth[action]
    for action in np.argsort(free, kind="mergesort"):
        if chosen[action] > 0 or worth[action] <= 0:
            continue
        share = 1.0 if price[action] == 0 else min(1.0, limit / price[action])
        if share <= 0:
            break
        chosen[action] = share
        total += share * worth[action]
        limit -= share * price[action]
    return total, chosen


@njit(cache=True, nogil=True)
def _slope(blocks, question, halves, chosen, filled, opener_worth):
    """Return the subgradient by household, by watcher and by pair of actions."""
    home, person = question.need.copy(), question.capacity.copy()
    pair = np.zeros(len(blocks.actions))
    for block in range(len(blocks.limit)):
        opener = blocks.opener[block]
        first, second = blocks.actions[opener]
        share = 1.0
        if first >= 0:
            share = chosen[first]
        if second >= 0:
            share = halves[opener] * chosen[first] + (1.0 - halves[opener]) * chosen[second]
            pair[opener] = opener_worth[opener] * (chosen[first] - chosen[second])
        for link in range(blocks.offsets[block], blocks.offsets[block + 1]):
            home[blocks.home[link]] -= share * filled[link]
            person[blocks.person[link]] -= share * filled[link]
    return home, person, pair


@njit(cache=True, nogil=True)
def _step(blocks, now, slope, above):
    """Move the prices against the slope by Polyak's step; return whether there was a slope."""
    for part, priced in ((0, blocks.priced_home), (1, blocks.priced_person)):
        for at in range(len(priced)):
            if not priced[at] or (now[part][at] <= 0 and slope[part][at] > 0):
                slope[part][at] = 0.0
    size = 0.0
    for part in range(3):
        size += (slope[part] ** 2).sum()
    if size <= 0:
        return False
    for part in range(3):
        now[part][:] = np.maximum(now[part] - above / size * slope[part], 0.0)
    now[2][:] = np.minimum(now[2], 1.0)
    return True
