"""Households that nothing tells apart (same watchers, same walks, same price): one node of a flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.transport_start import sort_by_end

WORTH_SHARE = 0.9  # of the households: with more groups than that nobody is merged
_SEED = 20_261_123  # of the numbers that stand for watchers: only speed depends on them


@dataclass(frozen=True, eq=False)
class SameLinks:
    """Groups of households with equal links and price.

    Parameters
    ----------
    group : int (H,), group of each household, numbered by its first household
    links : household group, watcher and cost of the merged links, (L',) each
    link : int (L,), merged link of each link
    price : int (G,)
    """

    group: np.ndarray
    links: tuple[np.ndarray, np.ndarray, np.ndarray]
    link: np.ndarray
    price: np.ndarray

    def share_out(self, amounts: np.ndarray, most: np.ndarray) -> np.ndarray:
        """Return (H,) amounts of groups shared out to their households, each up to ``most``, in order."""
        before = _before(most, self.group)
        return np.clip(amounts[self.group] - before, 0, most)

    def deal(self, visits: np.ndarray, got: np.ndarray, household: np.ndarray) -> np.ndarray:
        """Return (L,) the visits of merged links dealt out so that each household gets ``got`` in all.

        Both are laid end to end in each group; a link gets what its household's stretch shares with that of
        its watcher.
        """
        mine = _before(got, self.group)
        theirs = _before(visits, self.links[0])
        first = np.maximum(mine[household], theirs[self.link])
        last = np.minimum((mine + got)[household], (theirs + visits)[self.link])
        return np.maximum(last - first, 0)


def merge_by_links(
    household: np.ndarray, watcher: np.ndarray, cost: np.ndarray, price: np.ndarray
) -> SameLinks:
    """Group the households with equal price and equal links.

    Parameters
    ----------
    household, watcher, cost : int (L,), position of household and watcher, and cost of each link
    price : int (H,)

    Returns
    -------
    SameLinks
        Found by a hash of the links and then checked link by link: what only hashes alike stays apart. Where
        nearly everybody stands alone, everybody does.
    """
    count = np.bincount(household, minlength=len(price))
    alike = _alike(household, watcher, cost, price, count)
    if len(np.unique(alike)) > WORTH_SHARE * len(price):  # comparing them costs more than merging them saves
        alone = np.arange(len(price))
        return SameLinks(alone, (household, watcher, cost), np.arange(len(household)), price)
    order = _sort_links(household, watcher, len(price))
    first = np.cumsum(count) - count
    sorted_links = watcher[order], cost[order]
    place = np.arange(len(order)) - np.repeat(first, count)
    twin = first[np.repeat(alike, count)] + place  # the like link of the household it may be one with
    differs = (sorted_links[0] != sorted_links[0][twin]) | (sorted_links[1] != sorted_links[1][twin])
    strange = np.zeros(len(price), dtype=bool)
    strange[household[order][differs]] = True
    chosen = np.where(strange, np.arange(len(price)), alike)
    return _merge(household, order, first, chosen, (*sorted_links, price))


def _alike(
    household: np.ndarray, watcher: np.ndarray, cost: np.ndarray, price: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Return for each household the first with the same number of links, price and hash of its links."""
    names = np.random.default_rng(_SEED).integers(1, 2**31, watcher.max(initial=-1) + 1, dtype=np.uint64)
    mixed = names[watcher] * (cost.astype(np.uint64) * np.uint64(2_654_435_761) + np.uint64(97))
    running = np.append(np.zeros(1, dtype=np.uint64), np.cumsum(_by_household(household, mixed)))
    ends = np.cumsum(count)
    sums = running[ends] - running[ends - count]
    keys = np.stack([sums.view(np.int64), price, count])
    order = np.lexsort(keys)
    begins = np.ones(len(price), dtype=bool)
    begins[1:] = (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)
    alike = np.empty(len(price), dtype=np.int64)
    alike[order] = order[begins][np.cumsum(begins) - 1]
    return alike


def _sort_links(household: np.ndarray, watcher: np.ndarray, households: int) -> np.ndarray:
    """Return the order of the links by household, then watcher."""
    by_watcher, _ = sort_by_end(watcher, watcher.max(initial=-1) + 1)
    by_household, _ = sort_by_end(household[by_watcher], households)
    return by_watcher[by_household]


def _by_household(household: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Return the amounts in the order of the households; links mostly come so."""
    if (household[1:] >= household[:-1]).all():
        return amounts
    return amounts[np.argsort(household, kind="stable")]


def _merge(
    household: np.ndarray,
    order: np.ndarray,
    first: np.ndarray,
    chosen: np.ndarray,
    parts: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> SameLinks:
    """Return the groups of the households ``chosen`` stand for; ``parts``: sorted watchers, costs, prices."""
    watcher, cost, price = parts
    heads, group = np.unique(chosen, return_inverse=True)
    kept = np.flatnonzero((chosen == np.arange(len(chosen)))[household[order]])
    number = np.full(len(order), -1)
    number[kept] = np.arange(len(kept))
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.arange(len(order))
    link = number[first[chosen[household]] + at - first[household]]
    links = (group[household[order][kept]], watcher[kept], cost[kept])
    return SameLinks(group, links, link, price[heads])


def _before(amounts: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return for each row the sum of the rows before it in its group."""
    order = np.argsort(group, kind="stable")
    running = np.cumsum(amounts[order]) - amounts[order]
    ranked = group[order]
    before = np.empty_like(amounts)
    before[order] = running - running[np.searchsorted(ranked, ranked)]
    return before
