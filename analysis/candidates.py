"""Who could watch a household: the nearest watchers within reach, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import VISITS_PER_YEAR

if TYPE_CHECKING:
    from analysis.watch_graph import WatchGraph

OBSTACLES = ("consent", "district", "full")  # in the order in which they are named


def could_watch(graph: WatchGraph, household_id: str, limit: int = 5) -> pd.DataFrame:
    """Return the watchers that could watch one household, those without an obstacle first, then the nearest.

    A watcher that visits it already stands here only while it has room for more.

    Returns
    -------
    DataFrame
        At most ``limit`` rows: ``watcher_id``, ``kind``, ``cost_m`` (metres), ``room_visits_per_month``,
        ``obstacle`` (None, or the first of OBSTACLES).

    Raises
    ------
    ParameterError
        An unknown household, or a limit below 1.
    """
    if household_id not in graph.households.index:
        raise ParameterError(f"Expected a household of the graph, got {household_id!r}. Choose another.")
    position = graph.households.index.get_loc(household_id)
    first, last = np.searchsorted(graph.links["household"].to_numpy(), [position, position + 1])
    chosen = _ranked(graph, graph.links.iloc[first:last], limit)
    watchers = graph.watchers.iloc[chosen["watcher"]]
    return pd.DataFrame(
        {
            "watcher_id": watchers.index,
            "kind": watchers["kind"].to_numpy(),
            "cost_m": chosen["cost_m"].to_numpy(),
            "room_visits_per_month": watchers["room_visits"].to_numpy() / VISITS_PER_YEAR,
            "obstacle": chosen["obstacle"],
        }
    )


def nearest_candidates(graph: WatchGraph, limit: int = 5) -> pd.DataFrame:
    """Return what :func:`could_watch` would for every household at once, to be kept.

    Returns
    -------
    DataFrame
        ``household``, ``watcher`` (int positions), ``cost_m`` (metres), ``obstacle`` (None, or the first of
        OBSTACLES); at most ``limit`` rows a household, in its order.

    Raises
    ------
    ParameterError
        A limit below 1.
    """
    return _ranked(graph, graph.links, limit)


def _ranked(graph: WatchGraph, links: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Return the first ``limit`` candidates of each household; ``links`` sorted by household, then cost."""
    if limit < 1:
        raise ParameterError(f"Expected limit >= 1, got {limit}.")
    full = graph.watchers["room_visits"].to_numpy()[links["watcher"]] == 0
    kept = ~(full & (links["delivered_visits"] > 0).to_numpy())
    links, full = links[kept], full[kept]
    code = np.select((~links["consent_ok"], ~links["district_ok"], full), (1, 2, 3), default=0)
    household = links["household"].to_numpy()
    order = np.argsort(household * 2 + (code > 0), kind="stable")
    household = household[order]
    turn = np.arange(len(household)) - np.searchsorted(household, household)
    order = order[turn < limit]
    names = np.array([None, *OBSTACLES], dtype=object)
    chosen = links.iloc[order][["household", "watcher", "cost_m"]].reset_index(drop=True)
    return chosen.assign(obstacle=pd.Series(names[code[order]], dtype=object))
