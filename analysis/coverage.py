"""Who is watched: the status of each household, and counts of any layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.frames import GAP_CLASSES, STATUSES
from analysis.watch_graph import WatchGraph

if TYPE_CHECKING:
    from analysis.gaps import Gaps

COUNTS = ("zero_need", *STATUSES, "backed_up", "connected", *GAP_CLASSES)


@dataclass(frozen=True, eq=False)
class Coverage:
    """The status of every household on one date in one season.

    Parameters
    ----------
    households : DataFrame indexed by household_id
        ``status`` (one of STATUSES), ``need_visits``, ``delivered_visits`` (int, a year; never above need),
        ``weight``, ``watchers`` (int, active ones that deliver), ``noticed`` (int, passive ones that notice),
        ``main_watcher`` (int position of the one that delivers most, the oldest of equals; -1 none),
        ``backed_up``, ``connected`` (bool).
    """

    households: pd.DataFrame


def assess_coverage(graph: WatchGraph) -> Coverage:
    """Assess who is watched, backed up and connected.

    Watched: the visits delivered reach the need, so a household without need is watched. Partly watched:
    some, too few. Noticed only: none, but a passive watcher notices it. Unwatched: the rest.
    Backed up: a watcher with a standing link that counts, of another organisation than the main watcher,
    could make all its visits alone in what it has free and what it makes here already.
    Connected: the reports of one of those that deliver or notice end at a consultation centre.

    Returns
    -------
    Coverage
        Every household of the graph, in its order.
    """
    households = graph.households[["need_visits", "weight"]].copy()
    delivering = _delivering(graph)
    count = len(households)
    households["delivered_visits"] = np.bincount(
        delivering["household"], weights=delivering["delivered_visits"], minlength=count
    ).astype(np.int64)
    households["watchers"] = np.bincount(delivering["household"], minlength=count)
    households["noticed"] = np.bincount(graph.notices["household"], minlength=count)
    households["status"] = _status(households)
    households["main_watcher"] = _main_watcher(delivering, count)
    households["backed_up"] = _backed_up(graph, households["main_watcher"].to_numpy())
    households["connected"] = _connected(graph, delivering)
    return Coverage(households=households)


def _delivering(graph: WatchGraph) -> pd.DataFrame:
    """Return the pairs with visits: household, watcher, delivered_visits, the oldest assignment first."""
    assigned = graph.assigned[graph.assigned["delivered_visits"] > 0]
    return assigned.groupby(["household", "watcher"], sort=False, as_index=False)["delivered_visits"].sum()


def _status(households: pd.DataFrame) -> pd.Series:
    delivered = households["delivered_visits"]
    tests = (delivered >= households["need_visits"], delivered > 0, households["noticed"] > 0)
    chosen = np.select(tests, range(3), default=3)
    return pd.Series(np.array(STATUSES, dtype=object)[chosen], index=households.index, dtype=object)


def _main_watcher(delivering: pd.DataFrame, count: int) -> np.ndarray:
    most_first = delivering.sort_values("delivered_visits", ascending=False, kind="stable")
    first = most_first.drop_duplicates("household")
    main = np.full(count, -1, dtype=np.int64)
    main[first["household"]] = first["watcher"]
    return main


def _backed_up(graph: WatchGraph, main: np.ndarray) -> np.ndarray:
    standing = graph.assigned[graph.assigned["counts"]]
    household, watcher = standing["household"].to_numpy(), standing["watcher"].to_numpy()
    organisation = graph.watchers["organisation_code"].to_numpy()
    here = graph.links["delivered_visits"].to_numpy()[standing["link"]]
    could_make = graph.watchers["room_visits"].to_numpy()[watcher] + here
    carries = (
        (main[household] >= 0)
        & (organisation[watcher] != organisation[main[household]])
        & (could_make >= graph.households["need_visits"].to_numpy()[household])
    )
    backed_up = np.zeros(len(main), dtype=bool)
    backed_up[household[carries]] = True
    return backed_up


def _connected(graph: WatchGraph, delivering: pd.DataFrame) -> np.ndarray:
    reports = graph.watchers["connected"].to_numpy()
    connected = np.zeros(len(graph.households), dtype=bool)
    for pairs in (delivering, graph.notices):
        connected[pairs["household"].to_numpy()[reports[pairs["watcher"]]]] = True
    return connected


def summarise(coverage: Coverage, gaps: Gaps, by: pd.Series) -> pd.DataFrame:
    """Count households by area as :func:`summarise_coverage` does."""
    return summarise_coverage(coverage.households.join(gaps.households), by)


def summarise_coverage(households: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Count households by area: need, statuses, backup, connection and the gap classes by first fit.

    Parameters
    ----------
    households : DataFrame indexed by household_id
        The columns of ``Coverage.households`` and ``gap_class`` of ``Gaps.households``.
    by : Series indexed by household_id
        The area of each household; a household without one is counted in the row ``""``.

    Returns
    -------
    DataFrame
        Indexed by area, sorted. ``households`` and the columns COUNTS in households (int); ``need`` and
        ``need_watched`` (of watched households) are weighted visits a year: weight times need (float).
        Backed up and connected count households of any status.
    """
    area = by.reindex(households.index).astype(object)
    area = area.where(area.notna(), "").rename(by.name or "area")
    watched = households["status"] == "watched"
    need = households["weight"] * households["need_visits"]
    measures = {
        "households": pd.Series(1, index=households.index),
        "need": need,
        "need_watched": need.where(watched, 0.0),
        "zero_need": (households["need_visits"] == 0).astype(np.int64),
        **{status: (households["status"] == status).astype(np.int64) for status in STATUSES},
        "backed_up": households["backed_up"].astype(np.int64),
        "connected": households["connected"].astype(np.int64),
        **{name: (households["gap_class"] == name).astype(np.int64) for name in GAP_CLASSES},
    }
    return pd.DataFrame(measures).groupby(area.to_numpy()).sum().rename_axis(area.name)
