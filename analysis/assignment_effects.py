"""What an assignment brings and what it costs others: counts, what is lost, chains of moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit

from analysis.coverage import Coverage, carrying_pairs
from analysis.watch_graph import WatchGraph

LOST_COLUMNS = ("household_id", "watcher_id", "what")
HIGH_LOAD_SHARE = 0.8


def tally(
    graph: WatchGraph, coverage: Coverage, scope: np.ndarray, *, weight: np.ndarray
) -> dict[str, float]:
    """Count the households asked about, and the load of the watchers who may visit them.

    Parameters
    ----------
    scope : bool (H,), the households asked about
    weight : int (H,), hundredths

    Returns
    -------
    dict
        As ``assignment.Proposal`` describes it; a need of zero counts as watched.
    """
    homes, links = coverage.households, graph.links
    need, got = homes["need_visits"].to_numpy()[scope], homes["delivered_visits"].to_numpy()[scope]
    inside = scope[links["household"].to_numpy()]
    visits, cost_m = links["delivered_visits"].to_numpy()[inside], links["cost_m"].to_numpy()[inside]
    near = np.unique(links["watcher"].to_numpy()[inside & links["allowed"].to_numpy()])
    load, capacity = (graph.watchers[name].to_numpy()[near] for name in ("load_visits", "capacity_visits"))
    share = load[capacity > 0] / capacity[capacity > 0]
    return {
        "households": int(scope.sum()),
        "watched": int((got >= need).sum()),
        "partly_watched": int(((got > 0) & (got < need)).sum()),
        "without_visits": int(((got == 0) & (need > 0)).sum()),
        "shared": int((homes["watchers"].to_numpy()[scope] > 1).sum()),
        "backed_up": int(homes["backed_up"].to_numpy()[scope].sum()),
        "need_visits": int(need.sum()),
        "visits": int(got.sum()),
        "weighted_visits": int(got @ weight[scope]) / 100,
        "walk_m": float(visits @ cost_m),
        "largest_load_share": float(share.max(initial=0.0)),
        "watchers_over_80_percent": int((share > HIGH_LOAD_SHARE).sum()),
    }


def list_lost(before: tuple[WatchGraph, Coverage], after: tuple[WatchGraph, Coverage]) -> pd.DataFrame:
    """Return what ends or is lost by a proposal, of every household of the city.

    Returns
    -------
    DataFrame
        ``household_id``, ``watcher_id`` (who visited or could carry on), ``what``: ``link_ended`` (makes no
        visits there any more), ``main_changed`` (no longer makes most visits there), ``backup_lost`` (could
        carry on alone, and the household is no longer backed up), ``backup_ended`` (could carry on alone, no
        longer can; another can). A pair may stand in several rows. Sorted by household, watcher, what.
    """
    was, now = (graph.links["delivered_visits"].to_numpy() for graph, _ in (before, after))
    links = before[0].links
    ended = links.loc[(was > 0) & (now == 0), ["household", "watcher"]].assign(what="link_ended")
    main_was, main_now = (coverage.households["main_watcher"].to_numpy() for _, coverage in (before, after))
    changed = np.flatnonzero((main_was >= 0) & (main_now != main_was))
    mains = pd.DataFrame({"household": changed, "watcher": main_was[changed], "what": "main_changed"})
    carried, carry = carrying_pairs(before[0], main_was), carrying_pairs(after[0], main_now)
    width = len(before[0].watchers)
    gone = carried[~np.isin(_keys(carried, width), _keys(carry, width))]
    backed = after[1].households["backed_up"].to_numpy()[gone["household"]]
    gone = gone.assign(what=np.where(backed, "backup_ended", "backup_lost"))
    lost = pd.concat([ended, mains, gone])
    table = pd.DataFrame(
        {
            "household_id": before[0].households.index.to_numpy()[lost["household"].to_numpy(np.int64)],
            "watcher_id": before[0].watchers.index.to_numpy()[lost["watcher"].to_numpy(np.int64)],
            "what": lost["what"].to_numpy(dtype=object),
        }
    )
    return table.sort_values(list(LOST_COLUMNS), ignore_index=True)


def _keys(pairs: pd.DataFrame, width: int) -> np.ndarray:
    return pairs["household"].to_numpy(np.int64) * width + pairs["watcher"].to_numpy(np.int64)


def list_newly_watched(graph: WatchGraph, after: WatchGraph, scope: np.ndarray) -> pd.DataFrame:
    """Return the households that become watched, each with the moves it takes.

    Each added visit is followed from the household to its new watcher, from there to the household whose
    visit that watcher hands over, and so on to the watcher who makes more visits than before. Where chains
    meet, a move belongs to each household whose visit passes it.

    Returns
    -------
    DataFrame
        Indexed by household_id: ``moves`` (pairs that change), ``handed_over`` (of them, pairs with fewer
        visits; 0: added only).
    """
    was, now = (part.links["delivered_visits"].to_numpy() for part in (graph, after))
    household, watcher = (graph.links[name].to_numpy() for name in ("household", "watcher"))
    need = graph.households["need_visits"].to_numpy()
    got, gets = (np.bincount(household, visits, len(need)).astype(np.int64) for visits in (was, now))
    asking = np.flatnonzero(scope & (got < need) & (gets >= need))
    rows = np.flatnonzero(was != now)
    change = (now - was)[rows]
    more = np.bincount(watcher[rows], change, len(graph.watchers)).astype(np.int64)
    ends = [_by_end(household[rows], change > 0, len(need)), _by_end(watcher[rows], change < 0, len(more))]
    gain = (gets - got)[asking]
    moves = _follow(household[rows], watcher[rows], change, np.maximum(more, 0), asking, gain, *ends)
    return pd.DataFrame(moves, index=graph.households.index[asking], columns=["moves", "handed_over"])


def _by_end(position: np.ndarray, chosen: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets by position, and the chosen rows in that order."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(position[rows], kind="stable")]
    return np.searchsorted(position[rows], np.arange(length + 1)), rows


@njit(cache=True, nogil=True)
def _follow(household, watcher, change, more, asking, gain, adding, ending):
    """Return (asking, 2): links passed by the added visits of each household, and those with fewer visits."""
    left, met = change.copy(), np.full(len(change), -1, np.int64)
    add_at, end_at = adding[0].copy(), ending[0].copy()
    counts = np.zeros((len(asking), 2), np.int64)
    for at in range(len(asking)):
        for _ in range(gain[at]):
            place = asking[at]
            while True:
                while add_at[place] < adding[0][place + 1] and left[adding[1][add_at[place]]] == 0:
                    add_at[place] += 1
                if add_at[place] == adding[0][place + 1]:
                    break  # this household gives visits up
                link = adding[1][add_at[place]]
                left[link] -= 1
                counts[at, 0] += met[link] != at
                met[link] = at
                person = watcher[link]
                if more[person] > 0:
                    more[person] -= 1
                    break
                while end_at[person] < ending[0][person + 1] and left[ending[1][end_at[person]]] == 0:
                    end_at[person] += 1
                if end_at[person] == ending[0][person + 1]:
                    break
                link = ending[1][end_at[person]]
                left[link] += 1
                counts[at, 0] += met[link] != at
                counts[at, 1] += met[link] != at
                met[link] = at
                place = household[link]
    return counts
