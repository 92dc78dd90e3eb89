"""A backup watcher of another organisation for each household that needs one: exact, as a flow.

A pair fits when the link is allowed, the watcher's organisation is not the main watcher's, and the watcher
could make the whole need in what it has free and what it makes there already (the rule of
``coverage.carrying_pairs``: its room is judged for each household alone, so several may count on it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.coverage import Coverage
from analysis.errors import ParameterError
from analysis.visit_flow import price_unserved, solve_assignment
from analysis.watch_graph import WatchGraph

PER_WATCHER = 5  # assumed: households one watcher can be the backup of


@dataclass(frozen=True, eq=False)
class BackupPlan:
    """Who should newly be the backup of whom.

    Parameters
    ----------
    status : "optimal" or "nothing_to_do" (nobody needs one, or nobody can have one)
    backups : DataFrame, RangeIndex, by household; ``household_id``, ``watcher_id``, ``cost_m`` (one walk)
    without : DataFrame indexed by household_id of those who need one and get none: ``why``, the first that
        fits: no_main_watcher (nobody visits it), nobody_near (no allowed link but its main watcher's),
        same_organisation, no_room (none could carry on alone), too_many (those who could are the backup of
        as many as they may)
    value, bound : float, weighted households that get one (weight counts to the hundredth), and the most that
        can; equal, as the flow is exact
    walk_m : float, one walk to each of them
    """

    status: str
    backups: pd.DataFrame
    without: pd.DataFrame
    value: float
    bound: float
    walk_m: float


def name_backups(
    graph: WatchGraph,
    coverage: Coverage,
    *,
    households: pd.Index | None = None,
    per_watcher: int = PER_WATCHER,
) -> BackupPlan:
    """Name a backup for as many weighted households as possible, and among such plans with the least walk.

    Parameters
    ----------
    graph, coverage : of the same date and season
    households : ids that need one, those that are backed up already left out; None: all that are watched and
        not backed up
    per_watcher : most households one watcher is the backup of, at least 0; standing ones count

    Raises
    ------
    ParameterError
        Unknown ids, or ``per_watcher`` below 0.
    """
    asking = _asking(graph, coverage, households, per_watcher)
    pairs, why = _fitting_pairs(graph, coverage, asking)
    free = np.maximum(per_watcher - _standing_backups(graph), 0)
    cost_dm = np.rint(graph.links["cost_m"].to_numpy()[pairs] * 10).astype(np.int64)
    household, watcher = (graph.links[name].to_numpy()[pairs] for name in ("household", "watcher"))
    place = np.searchsorted(asking, household)
    weight = np.maximum(np.rint(100 * graph.households["weight"].to_numpy()[asking]), 1) / 100
    price = price_unserved(weight, watcher, cost_dm)
    one = np.ones(len(asking), np.int64)
    flow = solve_assignment(one, free, place, watcher, cost_dm, unserved_dm=price)
    named = flow.visits > 0
    served = flow.unserved == 0
    backups = pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy()[household[named]],
            "watcher_id": graph.watchers.index.to_numpy()[watcher[named]],
            "cost_m": graph.links["cost_m"].to_numpy()[pairs[named]],
        }
    )
    without = pd.DataFrame({"why": why[~served]}, index=graph.households.index[asking[~served]])
    value = float(weight[served].sum())
    status = "optimal" if named.any() else "nothing_to_do"
    return BackupPlan(status, backups, without, value, value, float(backups["cost_m"].sum()))


def needs_backup(coverage: Coverage) -> np.ndarray:
    """Return a bool per household: watched by somebody, and not backed up."""
    homes = coverage.households
    watched = ((homes["status"] == "watched") & (homes["main_watcher"] >= 0)).to_numpy()
    return watched & ~homes["backed_up"].to_numpy()


def _asking(
    graph: WatchGraph, coverage: Coverage, households: pd.Index | None, per_watcher: int
) -> np.ndarray:
    """Return the positions of the households that need a backup, sorted."""
    if per_watcher < 0:
        raise ParameterError(f"Expected per_watcher >= 0, got {per_watcher}. Correct it.")
    if households is None:
        return np.flatnonzero(needs_backup(coverage))
    place = graph.households.index.get_indexer(households)
    if (place < 0).any():
        unknown = ", ".join(map(str, households[place < 0][:5]))
        raise ParameterError(f"Expected known households, got {unknown}. Correct the ids.")
    return np.unique(place[~coverage.households["backed_up"].to_numpy()[place]])


def _fitting_pairs(
    graph: WatchGraph, coverage: Coverage, asking: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of ``links`` that may become a backup, and why each asking household may get none."""
    links, people = graph.links, graph.watchers
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    main = coverage.households["main_watcher"].to_numpy()[household]
    organisation = people["organisation_code"].to_numpy()
    could_make = people["room_visits"].to_numpy()[watcher] + links["delivered_visits"].to_numpy()
    asks = np.zeros(len(graph.households), dtype=bool)
    asks[asking] = True
    tests = {  # each narrows the one before; the reason is the first that leaves nobody
        "no_main_watcher": asks[household] & (main >= 0),
        "nobody_near": links["allowed"].to_numpy() & (watcher != main),
        "same_organisation": organisation[watcher] != organisation[main],
        "no_room": could_make >= graph.households["need_visits"].to_numpy()[household],
    }
    why, left = np.full(len(asks), "too_many", dtype=object), np.ones(len(links), dtype=bool)
    open_ = np.ones(len(asks), dtype=bool)
    for reason, test in tests.items():
        left &= test
        nobody = open_ & (np.bincount(household, left, len(asks)) == 0)
        why[nobody], open_[nobody] = reason, False
    return np.flatnonzero(left), why[asking]


def _standing_backups(graph: WatchGraph) -> np.ndarray:
    """Return how many households each watcher is the backup of today, in assignments that count (int64)."""
    assigned = graph.assigned
    backs = (assigned["role"] == "backup").to_numpy() & assigned["counts"].to_numpy(dtype=bool)
    pairs = assigned.loc[backs, ["household", "watcher"]].drop_duplicates()
    return np.bincount(pairs["watcher"], minlength=len(graph.watchers)).astype(np.int64)
