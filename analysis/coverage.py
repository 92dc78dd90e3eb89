"""Who is watched: the status of each household, and counts of any layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.frames import ACTIVE_KINDS, GAP_CLASSES, PASSIVE_KINDS, STATUSES
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
    delivering = delivering_pairs(graph)
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


def delivering_pairs(graph: WatchGraph) -> pd.DataFrame:
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


def carrying_pairs(graph: WatchGraph, main: np.ndarray) -> pd.DataFrame:
    """Return household and watcher (int positions) of each watcher that could carry a household on alone.

    It has a standing link that counts, is of another organisation than the household's main watcher
    (``main``: int position by household; at -1 nobody carries), and could make the whole need in what it has
    free and what it makes here already; equality is enough. Its room is judged for each household alone:
    several may count on the same room.
    """
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
    pairs = pd.DataFrame({"household": household[carries], "watcher": watcher[carries]})
    return pairs.drop_duplicates(ignore_index=True)


def _backed_up(graph: WatchGraph, main: np.ndarray) -> np.ndarray:
    backed_up = np.zeros(len(main), dtype=bool)
    backed_up[carrying_pairs(graph, main)["household"]] = True
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


def summarise_kinds(
    graph: WatchGraph, coverage: Coverage, *, register: pd.Series | None = None
) -> pd.DataFrame:
    """Count watchers by kind, the visits they make, and the households they visit or notice.

    A household visited by two kinds is counted in both, so the columns of households do not add up to the
    city's; ``households_main`` counts each once.

    Parameters
    ----------
    register : Series indexed by watcher_id, optional
        ``status`` of every watcher of the graph (``vacant`` or another). Without it vacancies are not known:
        the graph keeps only who is in office.

    Returns
    -------
    DataFrame indexed by kind, ACTIVE_KINDS then PASSIVE_KINDS, each with a row
        ``watchers`` (all posts), ``in_office``, ``vacant`` (Int64, NA unknown; others not in office
        have ended, not begun or stopped); ``capacity_visits``, ``delivered_visits``, ``room_visits``
        (int, a year; 0 of a passive kind); ``households_visited`` (a watcher of the kind makes visits there),
        ``households_main`` (the one that makes most is of the kind), ``households_noticed`` (passive kinds).
    """
    kinds = pd.Index([*ACTIVE_KINDS, *PASSIVE_KINDS], name="kind", dtype=object)
    kind = graph.watchers["kind"].to_numpy()
    by_kind = graph.watchers.groupby(kind)
    main = coverage.households["main_watcher"].to_numpy()
    counts = {
        "watchers": by_kind.size(),
        "in_office": by_kind["in_office"].sum(),
        "capacity_visits": by_kind["capacity_visits"].sum(),
        "delivered_visits": by_kind["load_visits"].sum(),
        "room_visits": by_kind["room_visits"].sum(),
        "households_visited": _households_by_kind(delivering_pairs(graph), kind),
        "households_main": pd.Series(kind[main[main >= 0]], dtype=object).value_counts(),
        "households_noticed": _households_by_kind(graph.notices, kind),
    }
    table = pd.DataFrame({name: column.reindex(kinds) for name, column in counts.items()}, index=kinds)
    table = table.fillna(0).astype(np.int64)
    table.insert(2, "vacant", pd.Series(pd.NA, index=kinds, dtype="Int64"))
    if register is not None:
        vacant = (register.reindex(graph.watchers.index) == "vacant").groupby(kind).sum()
        table["vacant"] = vacant.reindex(kinds, fill_value=0).astype("Int64")
    return table


def _households_by_kind(pairs: pd.DataFrame, kind: np.ndarray) -> pd.Series:
    """Return how many different households stand in pairs with a watcher of each kind."""
    return pairs["household"].groupby(kind[pairs["watcher"]]).nunique()
