"""One successor a post that ends: the matching that takes over the most households.

A watcher follows in one post only, beside what it does today. It takes the post with its kind, so whoever
consented to the post consents to the successor; reach and district are its own. A pair is worth the
households of the post that the successor has room for. Each post and each watcher is in one pair at most, so
this is an assignment problem: a flow in units, exact.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, ch. 12.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.coverage import delivering_pairs
from analysis.frames import VISITS_PER_YEAR
from analysis.transport import FlowNetwork, solve_flow
from analysis.watch_graph import WatchGraph


def match_successors(graph: WatchGraph, posts: pd.DataFrame, may: np.ndarray) -> pd.DataFrame:
    """Name the successors that together take over the most households, by the shortest walks.

    Parameters
    ----------
    posts : DataFrame, rows of ``succession.succession_list``
    may : bool (W,), may follow somebody; nobody whose post ends may

    Returns
    -------
    DataFrame, RangeIndex, by date
        ``date`` (a successor is needed), ``watcher_id`` (who leaves), ``kind``, ``district``, ``reason``
        (term, age, both), ``households`` (visited today), ``successor_id`` (None: nobody could take over
        any), ``households_taken``, ``visits_per_month`` (of these).
    """
    ending = graph.watchers.index.get_indexer(posts.index)
    pairs = _pairs(graph, ending, may)
    chosen = pairs[_match(pairs)].set_index("post")
    visited = np.bincount(delivering_pairs(graph)["watcher"], minlength=len(graph.watchers))[ending]
    follower = chosen["candidate"].reindex(ending, fill_value=-1).to_numpy()
    names = np.append(graph.watchers.index.to_numpy(dtype=object), None)
    table = pd.DataFrame(
        {
            "date": posts["needed_by"].to_numpy(),
            "watcher_id": posts.index.to_numpy(dtype=object),
            "kind": posts["kind"].to_numpy(dtype=object),
            "district": posts["district"].to_numpy(dtype=object),
            "reason": posts["reason"].to_numpy(dtype=object),
            "households": visited,
            "successor_id": pd.Series(names[follower], dtype=object),
            "households_taken": chosen["households"].reindex(ending, fill_value=0).to_numpy(),
            "visits_per_month": chosen["visits"].reindex(ending, fill_value=0).to_numpy() / VISITS_PER_YEAR,
        }
    )
    return table.sort_values(["date", "watcher_id"], ignore_index=True)


def _pairs(graph: WatchGraph, ending: np.ndarray, may: np.ndarray) -> pd.DataFrame:
    """Return ``post``, ``candidate`` (positions), and ``households``, ``visits``, ``walk_dm`` it takes.

    Of a post's households the candidate takes those of fewest visits first: no choice takes more of them.
    """
    made = delivering_pairs(graph)
    made = made[made["watcher"].isin(ending)].rename(columns={"watcher": "post"})
    links = graph.links
    near = links[links["district_ok"].to_numpy(dtype=bool) & may[links["watcher"].to_numpy()]]
    near = near[["household", "watcher", "cost_m"]].rename(columns={"watcher": "candidate"})
    offers = made.merge(near, on="household")
    offers = offers.sort_values(["post", "candidate", "delivered_visits", "cost_m", "household"])
    total = offers.groupby(["post", "candidate"])["delivered_visits"].cumsum()
    room = graph.watchers["room_visits"].to_numpy()[offers["candidate"]]
    taken = offers[total.to_numpy() <= room]
    walk_dm = np.rint(10 * taken["cost_m"] * taken["delivered_visits"]).astype(np.int64)
    taken = taken.assign(walk_dm=walk_dm, households=1)
    return (
        taken.groupby(["post", "candidate"], as_index=False)[["households", "delivered_visits", "walk_dm"]]
        .sum()
        .rename(columns={"delivered_visits": "visits"})
    )


def _match(pairs: pd.DataFrame) -> np.ndarray:
    """Return which pairs (bool) take over the most households, each post and candidate once."""
    if pairs.empty:
        return np.zeros(0, dtype=bool)
    posts, post = np.unique(pairs["post"], return_inverse=True)
    people, person = np.unique(pairs["candidate"], return_inverse=True)
    end = len(posts) + len(people)
    walk_dm = pairs["walk_dm"].to_numpy()
    price = len(posts) * int(walk_dm.max()) + 1  # one household more is worth every walk together
    homes, after = np.arange(len(posts)), len(posts) + np.arange(len(people))
    tail = np.concatenate([post, after, homes])
    head = np.concatenate([len(posts) + person, np.full(len(people) + len(posts), end)])
    cost = np.concatenate([walk_dm - price * pairs["households"].to_numpy(), np.zeros(end, np.int64)])
    supply = np.concatenate([np.ones(len(posts), np.int64), np.zeros(len(people), np.int64), [-len(posts)]])
    flow = solve_flow(FlowNetwork(tail, head, np.ones(len(tail), np.int64), cost, supply)).flow
    return flow[: len(pairs)] > 0
