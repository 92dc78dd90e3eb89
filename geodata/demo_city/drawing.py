"""Drawing at random from weighted items, all at once."""

from __future__ import annotations

import numpy as np


def share_out(weights: np.ndarray, count: int) -> np.ndarray:
    """Split ``count`` whole units in proportion to the weights by the largest remainder; the sum is exact.

    Equal remainders go to the earlier item.
    """
    exact = np.asarray(weights, float) / np.sum(weights) * count
    units = np.floor(exact).astype(int)
    order = np.argsort(-(exact - units), kind="stable")
    units[order[: count - units.sum()]] += 1
    return units


def pick_in_groups(
    item_group: np.ndarray, item_weight: np.ndarray, wanted_group: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Pick for each wanted group one of its items by weight; each needs an item of weight above 0."""
    order = np.argsort(item_group, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(item_weight[order])])
    groups = item_group[order]
    first, last = (np.searchsorted(groups, wanted_group, side) for side in ("left", "right"))
    target = upto[first] + rng.random(len(wanted_group)) * (upto[last] - upto[first])
    place = np.searchsorted(upto, target, side="right") - 1
    return order[np.clip(place, first, last - 1)]


def pick_columns(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pick a column number for each row of ``chances`` (rows sum to any positive number)."""
    upto = np.cumsum(chances, axis=1)
    return (rng.random((len(chances), 1)) * upto[:, -1:] > upto).sum(axis=1)


def exact_shares(count: int, shares: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    """Return class numbers in random order, each class's share exact to rounding; the rest is the last."""
    sizes = [round(share * count) for share in shares]
    classes = np.repeat(np.arange(len(shares) + 1), [*sizes, count - sum(sizes)])
    return rng.permutation(classes)
