"""Visits lost for good when watchers leave, for every one of them: exact, without solving the city again.

Start from a maximum flow of visits. When a watcher leaves, its visits are missing at its households; each
path from one of them to room elsewhere, moving others on its way, wins some back. What no path wins back is
lost: no household that was short before can gain by a departure, so these paths suffice, and the flow left is
a maximum flow of the city without that watcher (Ford and Fulkerson 1956: no augmenting path is left).

Where nobody can reach room anyway (the dead part), all visits of a leaving watcher are lost; no search is
needed there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit

from analysis.portions import Progress, in_portions
from analysis.residual import (
    append_to,
    bar_met,
    begin,
    build_residual,
    find_live,
    find_room,
    new_search,
    note_path,
    pass_on,
    start_from,
)
from analysis.tight_sets import VisitNetwork

GROUPS_AT_ONCE = 128


def lost_visits(
    network: VisitNetwork,
    visits: np.ndarray,
    leaving: pd.Series,
    *,
    progress: Progress | None = None,
) -> pd.Series:
    """Return the visits a year that nobody can make once a group has left, group by group.

    Each group leaves alone, all its members at once; then the rest is rearranged in the best way.

    Parameters
    ----------
    network : VisitNetwork
    visits : int array (L,), a maximum flow of ``network``
    leaving : Series of group names, index watcher position; a watcher may stand in several groups
    progress : callable taking groups done and groups in all

    Returns
    -------
    Series of int, index group (sorted)
        The maximum flow less the maximum flow without the group.
    """
    codes, names = pd.factorize(leaving.to_numpy(), sort=True)
    order = np.argsort(codes, kind="stable")
    members = leaving.index.to_numpy(dtype=np.int64)[order]
    offsets = np.searchsorted(codes[order], np.arange(len(names) + 1))
    net = build_residual(network.household, network.watcher, len(network.need), len(network.capacity))
    visits, room = visits.astype(np.int64), network.room(visits)
    live = find_live(net, visits, room)
    parts = in_portions(
        lambda part: _lose_each(net, visits, room, live, members, offsets[part.start : part.stop + 1]),
        len(names),
        GROUPS_AT_ONCE,
        progress,
    )
    return pd.Series(np.concatenate([np.empty(0, np.int64), *parts]), index=names, dtype=np.int64)


@njit(cache=True, nogil=True)
def _lose_each(net, kept_visits, kept_room, live, members, offsets):
    """Return the visits lost with each group of ``members``."""
    visits, room = kept_visits.copy(), kept_room.copy()
    barred_home, barred_person = ~live[0], ~live[1]
    wanted = np.zeros(len(barred_home), np.int64)
    search = new_search(len(barred_home), len(barred_person))
    lost = np.zeros(len(offsets) - 1, np.int64)
    touched = np.empty(1024, np.int64)
    for group in range(len(lost)):
        people = members[offsets[group] : offsets[group + 1]]
        for person in people:
            barred_person[person] = True
        count = 0
        for person in people:
            for row in range(net.person_offsets[person], net.person_offsets[person + 1]):
                link = net.person_link[row]
                if visits[link] > 0 and not live[1][person]:
                    lost[group] += visits[link]
                elif visits[link] > 0:
                    wanted[net.home[link]] += visits[link]
                    visits[link] = 0
                    touched, count = append_to(touched, count, link)
        own = count
        for at in range(own):
            home = net.home[touched[at]]
            while wanted[home] > 0 and not barred_home[home]:
                begin(search)
                start_from(search, home)
                person = find_room(net, visits, room, barred_home, barred_person, search)
                if person < 0:
                    bar_met(search, barred_home, barred_person)
                else:
                    pass_on(net, visits, room, wanted, person, search)
                    touched, count = note_path(net, search, person, touched, count)
        for at in range(own):
            lost[group] += wanted[net.home[touched[at]]]
            wanted[net.home[touched[at]]] = 0
        for at in range(count):
            visits[touched[at]] = kept_visits[touched[at]]
            room[net.person[touched[at]]] = kept_room[net.person[touched[at]]]
        if own > 0:
            barred_home[:], barred_person[:] = ~live[0], ~live[1]
        for person in people:
            barred_person[person] = not live[1][person]
    return lost
