"""How few and how many visits each link may get: what stays, what is locked, what is set by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.assignment_wishes import AssignmentWishes
from analysis.errors import ParameterError
from analysis.promises import as_visits
from analysis.watch_graph import WatchGraph

CONFLICT_COLUMNS = ("household_id", "watcher_id", "why")


@dataclass(frozen=True, eq=False)
class Locks:
    """The limits of each link of a graph, and the locks and pins that contradict each other.

    Parameters
    ----------
    low, high : int, one a row of ``graph.links``: least and most visits a year
    guaranteed : int (H,), visits a year each household must get
    reason : None, or why no assignment can hold them: lock_not_allowed, locks_contradict, lock_beyond_need,
        lock_beyond_capacity
    conflicts : DataFrame ``household_id``, ``watcher_id``, ``why``: each lock or pin concerned; ``why`` is
        not_standing, set_twice, beyond_need, beyond_capacity, outside (of the district asked about), or what
        ``WatchGraph.assigned`` says of a pair that does not count
    """

    low: np.ndarray
    high: np.ndarray
    guaranteed: np.ndarray
    reason: str | None
    conflicts: pd.DataFrame


def find_locks(graph: WatchGraph, wishes: AssignmentWishes, scope: np.ndarray) -> Locks:
    """Return the limits of each link under the wishes.

    Locks of households outside the scope say nothing: what is delivered there stays anyway.

    Parameters
    ----------
    scope : bool (H,), households asked about

    Raises
    ------
    ParameterError
        Locks or pins of unknown households or watchers.
    """
    links = graph.links
    delivered = links["delivered_visits"].to_numpy()
    locked, pinned = _named(graph, wishes.locked), _named(graph, wishes.pinned)
    locked = locked[scope[locked["household"].to_numpy()]]
    low = delivered.copy() if wishes.keep == "all" else np.zeros_like(delivered)
    high = graph.households["need_visits"].to_numpy()[links["household"].to_numpy()]
    if wishes.within_district:
        high = np.where(_is_own_district(graph), high, delivered)
    rows = locked["link"].to_numpy()
    rows = rows[rows >= 0]
    low[rows] = delivered[rows]
    held = pinned[pinned["link"] >= 0]
    pins, visits = held["link"].to_numpy(), as_visits(held["visits"])
    guaranteed = np.where(scope, _guarantee(graph, wishes, (pins, visits)), 0)
    low[pins] = high[pins] = visits
    conflicts = pd.concat([_lock_faults(graph, locked), _pin_faults(graph, pinned, scope)])
    if conflicts.empty:
        named = np.unique(np.concatenate([rows, pins]))
        conflicts = _excess(graph, np.where(graph.links["allowed"].to_numpy(), low, 0), named, scope)
    return Locks(low, high, guaranteed, _reason(conflicts), _with_ids(graph, conflicts))


def _named(graph: WatchGraph, pairs: frozenset) -> pd.DataFrame:
    """Return the pairs in order as positions: ``household``, ``watcher``, ``link`` (-1 none), ``visits``."""
    ordered = sorted(pairs)
    home = graph.households.index.get_indexer([pair[0] for pair in ordered]).astype(np.int64)
    person = graph.watchers.index.get_indexer([pair[1] for pair in ordered]).astype(np.int64)
    wrong = np.flatnonzero((home < 0) | (person < 0))
    unknown = [f"{ordered[at][0]}-{ordered[at][1]}" for at in wrong]
    if unknown:
        raise ParameterError(
            f"Expected locked pairs of known households and watchers, got {', '.join(unknown[:5])}. "
            "Correct the ids."
        )
    width = len(graph.watchers)
    keys = pd.Index(graph.links["household"].to_numpy() * width + graph.links["watcher"].to_numpy())
    visits = np.array([pair[2] if len(pair) > 2 else 0.0 for pair in ordered], dtype=float)
    link = keys.get_indexer(home * width + person)
    return pd.DataFrame({"household": home, "watcher": person, "link": link, "visits": visits})


def _is_own_district(graph: WatchGraph) -> np.ndarray:
    """Return a bool per link: household and watcher name the same community district."""
    home = graph.households["district"].to_numpy(dtype=object)[graph.links["household"]]
    person = graph.watchers["district"].to_numpy(dtype=object)[graph.links["watcher"]]
    return (home == person) & ~pd.isna(home)


def _guarantee(
    graph: WatchGraph, wishes: AssignmentWishes, pins: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the visits each household must get: as many as today, less what is taken away by hand."""
    homes = len(graph.households)
    if wishes.keep != "prefer":
        return np.zeros(homes, np.int64)
    household = graph.links["household"].to_numpy()
    delivered = graph.links["delivered_visits"].to_numpy()
    today = np.bincount(household, delivered, homes)
    rows, visits = pins
    taken = np.bincount(household[rows], np.maximum(delivered[rows] - visits, 0), homes)
    return (today - taken).astype(np.int64)


def _lock_faults(graph: WatchGraph, locked: pd.DataFrame) -> pd.DataFrame:
    """Return the locked pairs that do not stand, or no longer count, with the reason."""
    assigned = graph.assigned[(graph.assigned["role"] == "primary").to_numpy()]
    assigned = assigned.sort_values("counts", ascending=False, kind="stable")  # one that counts is enough
    width = len(graph.watchers) + 1
    keys = assigned["household"].to_numpy() * width + assigned["watcher"].to_numpy()
    state = assigned["reason"].where(~assigned["counts"].to_numpy(dtype=bool), "counts")
    state = pd.Series(state.to_numpy(dtype=object), index=keys)
    asked = (locked["household"] * width + locked["watcher"]).to_numpy()
    why = state[~state.index.duplicated()].reindex(asked).fillna("not_standing").to_numpy(dtype=object)
    faulty = why != "counts"
    return locked.loc[faulty, ["household", "watcher"]].assign(why=why[faulty])


def _pin_faults(graph: WatchGraph, pinned: pd.DataFrame, scope: np.ndarray) -> pd.DataFrame:
    """Return the pins outside the scope, of links that are not allowed, or set twice."""
    link = pinned["link"].to_numpy()
    links = graph.links
    state = {
        "outside": ~scope[pinned["household"].to_numpy()],
        "out_of_reach": (link < 0) & (pinned["visits"] > 0).to_numpy(),
        "consent": (link >= 0) & (pinned["visits"] > 0).to_numpy() & ~_taken(links["consent_ok"], link),
        "district": (link >= 0) & (pinned["visits"] > 0).to_numpy() & ~_taken(links["district_ok"], link),
        "set_twice": pinned.duplicated(["household", "watcher"], keep=False).to_numpy(),
    }
    why = np.select(list(state.values()), list(state), default="")
    return pinned.loc[why != "", ["household", "watcher"]].assign(why=why[why != ""])


def _taken(flags: pd.Series, rows: np.ndarray) -> np.ndarray:
    return np.append(flags.to_numpy(dtype=bool), False)[rows]


def _excess(graph: WatchGraph, low: np.ndarray, named: np.ndarray, scope: np.ndarray) -> pd.DataFrame:
    """Return the named links whose household or watcher would have to take more than its need or capacity."""
    household, watcher = graph.links["household"].to_numpy(), graph.links["watcher"].to_numpy()
    delivered = graph.links["delivered_visits"].to_numpy()
    low = np.where(scope[household], low, delivered)
    at_home = np.bincount(household, low, len(graph.households))
    at_person = np.bincount(watcher, low, len(graph.watchers))
    much = at_home[household] > graph.households["need_visits"].to_numpy()[household]
    heavy = at_person[watcher] > graph.watchers["capacity_visits"].to_numpy()[watcher]
    rows = named[(much | heavy)[named]]
    why = np.where(much[rows], "beyond_need", "beyond_capacity").astype(object)
    return pd.DataFrame({"household": household[rows], "watcher": watcher[rows], "why": why})


def _reason(conflicts: pd.DataFrame) -> str | None:
    if conflicts.empty:
        return None
    names = {
        "set_twice": "locks_contradict",
        "beyond_need": "lock_beyond_need",
        "beyond_capacity": "lock_beyond_capacity",
    }
    return names.get(conflicts["why"].iloc[0], "lock_not_allowed")


def _with_ids(graph: WatchGraph, conflicts: pd.DataFrame) -> pd.DataFrame:
    table = {
        "household_id": graph.households.index.to_numpy()[conflicts["household"].to_numpy(np.int64)],
        "watcher_id": graph.watchers.index.to_numpy()[conflicts["watcher"].to_numpy(np.int64)],
        "why": conflicts["why"].to_numpy(dtype=object),
    }
    return pd.DataFrame(table, columns=list(CONFLICT_COLUMNS))
