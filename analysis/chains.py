"""The shortest chain of hand-overs that makes room for one household, whoever else is missed.

From the visits made today, the nearest room is searched in hand-overs: a watcher of the household passes
visits of another one to a watcher who may make them, and so on. Nobody loses a visit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit

from analysis.portions import Progress, in_portions
from analysis.residual import begin, build_residual, find_room, new_search, note_path, pass_on, start_from
from analysis.tight_sets import VisitNetwork

HOUSEHOLDS_AT_ONCE = 256


def find_chains(
    network: VisitNetwork, visits: np.ndarray, asking: np.ndarray, *, progress: Progress | None = None
) -> pd.DataFrame:
    """Return, for each household of ``asking``, the hand-overs that serve it in full, it alone.

    Each step is on a shortest path in hand-overs (Edmonds and Karp 1972). Where not all it misses can be
    made, the steps make what can.

    Parameters
    ----------
    visits : int array (L,), made today
    asking : int array, households (positions)
    progress : callable taking households done and households in all

    Returns
    -------
    DataFrame
        ``asking``, ``household`` (positions), ``link`` (row of the network), ``change`` (visits a year): more
        or fewer visits on a link, in the order of the steps of each asking household.
    """
    net = build_residual(network.household, network.watcher, len(network.need), len(network.capacity))
    missing = network.need - network.received(visits)
    visits, room = visits.astype(np.int64), network.room(visits)
    parts = in_portions(
        lambda part: _chain_each(net, visits, room, missing, asking[part]),
        len(asking),
        HOUSEHOLDS_AT_ONCE,
        progress,
    )
    nothing = (np.empty(0, np.int64),) * 3
    asked, link, change = (np.concatenate(columns) for columns in zip(nothing, *parts, strict=True))
    steps = pd.DataFrame({"asking": asked, "link": link, "change": change})
    steps = steps.groupby(["asking", "link"], sort=False, as_index=False)["change"].sum()
    steps = steps[steps["change"] != 0].reset_index(drop=True)
    return steps.assign(household=network.household[steps["link"]])


@njit(cache=True, nogil=True)
def _chain_each(net, kept_visits, kept_room, missing, asking):
    """Return asking household, link and change of each step, from the room found back to the household."""
    visits, room, wanted = kept_visits.copy(), kept_room.copy(), missing.copy()
    nobody, none = np.zeros(len(missing), np.bool_), np.zeros(len(room), np.bool_)
    search = new_search(len(missing), len(room))
    asked, links, changes = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)], [np.int64(0)]
    changes.pop()
    touched = np.empty(256, np.int64)
    for home in asking:
        count = 0
        while wanted[home] > 0:
            begin(search)
            start_from(search, home)
            person = find_room(net, visits, room, nobody, none, search)
            if person < 0:
                break
            amount = pass_on(net, visits, room, wanted, person, search)[0]
            first = count
            touched, count = note_path(net, search, person, touched, count)
            for at in range(first, count):
                asked.append(home)
                links.append(touched[at])
                changes.append(amount if (at - first) % 2 == 0 else -amount)
        for at in range(count):
            visits[touched[at]] = kept_visits[touched[at]]
            room[net.person[touched[at]]] = kept_room[net.person[touched[at]]]
        wanted[home] = missing[home]
    return np.array(asked), np.array(links), np.array(changes)
