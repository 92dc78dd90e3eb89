"""Households that no plan can tell apart, taken as one: the same plans, the same values, fewer of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.openings_model import NO_ACTION, Openings


def merge_households(openings: Openings, *, same_walks: bool = False) -> Openings:
    """Return the openings with households of equal weight and equal links as one, their needs added up.

    Links are equal when watcher and actions are; with ``same_walks`` the walk in whole decimetres too. Every
    set of actions then serves as much as before (a merged visit can be any member's), and with ``same_walks``
    walks as far. Households without need and links that can carry nothing are left out.
    """
    carries = (openings.need[openings.household] > 0) & (openings.capacity[openings.watcher] > 0)
    link = np.flatnonzero(carries)
    code = _link_codes(openings, link, same_walks)
    home, number = np.unique(openings.household[link], return_inverse=True)
    group = _groups(number, code, openings.weight[home])
    first = np.unique(group, return_index=True)[1]
    kept = link[np.isin(number, first)]
    return replace(
        openings,
        need=np.bincount(group, weights=openings.need[home], minlength=len(first)).astype(np.int64),
        weight=openings.weight[home][first],
        household=group[np.searchsorted(home, openings.household[kept])],
        watcher=openings.watcher[kept],
        cost_m=openings.cost_m[kept],
        actions=openings.actions[kept],
    )


def _link_codes(openings: Openings, link: np.ndarray, same_walks: bool) -> np.ndarray:
    """Return one number for each different watcher, pair of actions and (where asked) walk."""
    actions = np.sort(openings.actions[link], axis=1)
    actions[actions[:, 0] == actions[:, 1], 0] = NO_ACTION
    walk_dm = np.rint(openings.cost_m[link] * 10) * same_walks
    columns = np.column_stack([openings.watcher[link], actions, walk_dm])
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1)


def _groups(number: np.ndarray, code: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the group of each household: equal weights and equal codes, one after the other.

    ``number`` and ``code`` stand by link. Groups are split by the first code, then by the second, and so on.
    """
    order = np.lexsort((code, number))
    number, code = number[order], code[order]
    place = np.arange(len(number)) - np.searchsorted(number, number)
    group = np.unique(weight, return_inverse=True)[1].astype(np.int64)
    for turn in range(int(place.max(initial=-1)) + 2):
        at = place == turn
        following = np.full(len(group), -1, dtype=np.int64)
        following[number[at]] = code[at]
        alive = following >= 0
        if not alive.any() and turn > 0:
            break
        both = np.column_stack([group, following])
        group = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)
    return group
