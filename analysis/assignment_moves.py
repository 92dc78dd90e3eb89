"""From visits over links to moves that bring them about, and the watch graph once they are in force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph

MOVE_COLUMNS = ("household_id", "watcher_id", "action", "visits_per_month", "cost_m", "reason")


def list_moves(graph: WatchGraph, visits: np.ndarray) -> pd.DataFrame:
    """Return the moves after which exactly ``visits`` (int, one a row of ``graph.links``) are delivered.

    Links that are not allowed keep their 0. Sorted by household and watcher.

    Returns
    -------
    DataFrame
        RangeIndex; MOVE_COLUMNS as ``assignment.Proposal`` describes them.
    """
    links = graph.links
    delivered = links["delivered_visits"].to_numpy()
    standing, asked = _standing(graph)
    gain = _per_household(graph, visits - delivered)
    moving = np.flatnonzero(_restated(graph, visits, asked > delivered))
    visits, delivered, gain = visits[moving], delivered[moving], gain[moving]
    action = np.select([~standing[moving], visits == 0], ["add", "remove"], "change")
    reasons = ["as_delivered", "more_visits", "moved"]
    reason = np.select([visits == delivered, gain > 0, gain == 0], reasons, "fewer_visits")
    moves = pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy()[links["household"].to_numpy()[moving]],
            "watcher_id": graph.watchers.index.to_numpy()[links["watcher"].to_numpy()[moving]],
            "action": action.astype(object),
            "visits_per_month": visits / VISITS_PER_YEAR,
            "cost_m": links["cost_m"].to_numpy()[moving],
            "reason": reason.astype(object),
        }
    )
    return moves.sort_values(["household_id", "watcher_id"], ignore_index=True)


def _restated(graph: WatchGraph, visits: np.ndarray, hungry: np.ndarray) -> np.ndarray:
    """Return a bool per link: it changes, or its promise must be brought down to what it delivers.

    A link that is stated anew goes to the end of the order in which promises are honoured. Older promises of
    the same household or watcher that ask for more than they deliver (``hungry``) would then grow, so they
    are stated anew too, until nothing is added. So are the old promises of a household that gets more visits.
    """
    delivered = graph.links["delivered_visits"].to_numpy()
    watcher = graph.links["watcher"].to_numpy()
    gaining = _per_household(graph, visits - delivered) > 0
    moving, count = visits != delivered, -1
    while count != moving.sum():
        count, freed = moving.sum(), moving & (delivered > 0)
        at_home = _per_household(graph, freed) > 0
        at_watcher = np.bincount(watcher, freed, len(graph.watchers))[watcher] > 0
        moving = moving | (hungry & (gaining | at_home | at_watcher))
    return moving


def _standing(graph: WatchGraph) -> tuple[np.ndarray, np.ndarray]:
    """Return per link whether a primary assignment stands, and the most visits a year it may ask for.

    One without stated visits asks for its household's whole need; where it cannot be told apart from one that
    states just what was missing at its turn, the whole need is taken.
    """
    assigned = graph.assigned
    assigned = assigned[assigned["counts"].to_numpy(dtype=bool) & (assigned["role"] == "primary").to_numpy()]
    promised, surplus = assigned["promised_visits"].to_numpy(), assigned["surplus_visits"].to_numpy()
    given = assigned["delivered_visits"]
    older = (given.groupby(assigned["household"].to_numpy()).cumsum() - given).to_numpy()
    need = graph.households["need_visits"].to_numpy()[assigned["household"]]
    asked = np.where((surplus == 0) & (promised == need - older), need, promised + surplus)
    standing = np.bincount(assigned["link"], minlength=len(graph.links)) > 0
    return standing, np.bincount(assigned["link"], asked, len(graph.links)).astype(np.int64)


def _per_household(graph: WatchGraph, amounts: np.ndarray) -> np.ndarray:
    """Return per link the sum of ``amounts`` over all links of its household."""
    household = graph.links["household"].to_numpy()
    return np.bincount(household, amounts, len(graph.households))[household].astype(np.int64)


def with_moves(
    graph: WatchGraph, visits: np.ndarray, moves: pd.DataFrame, backups: pd.DataFrame
) -> WatchGraph:
    """Return the graph as it will be once moves and backups are in force; ``graph`` is not changed.

    What is delivered, who stands and what room is left are those of afterwards; ``promised_visits`` and
    ``surplus_visits`` of pairs that do not move stay as they were, and so do ``counts``.

    Parameters
    ----------
    visits : int, one a row of ``graph.links``
    moves : DataFrame, as :func:`list_moves` gives them for these visits
    backups : DataFrame with ``household_id`` and ``watcher_id``
    """
    begun = moves[moves["visits_per_month"] > 0]
    kept = graph.assigned[~_is_moved(graph, moves)]
    new = [_new_rows(graph, begun, "primary"), _new_rows(graph, backups, "backup")]
    assigned = pd.concat([kept, *(rows for rows in new if len(rows))])
    keys = {
        "day": assigned["valid_from"],
        "home": _ids(graph.households, assigned["household"]),
        "person": _ids(graph.watchers, assigned["watcher"]),
    }
    order = pd.DataFrame(keys).reset_index(drop=True).sort_values([*keys], na_position="first", kind="stable")
    load = np.bincount(graph.links["watcher"], visits, len(graph.watchers)).astype(np.int64)
    room = graph.watchers["capacity_visits"].to_numpy() - load
    return replace(
        graph,
        assigned=assigned.iloc[order.index],
        links=graph.links.assign(delivered_visits=visits),
        watchers=graph.watchers.assign(load_visits=load, room_visits=room),
    )


def _is_moved(graph: WatchGraph, moves: pd.DataFrame) -> np.ndarray:
    """Return a bool per standing assignment: a primary one of a pair that moves."""
    home = graph.households.index.get_indexer(moves["household_id"])
    person = graph.watchers.index.get_indexer(moves["watcher_id"])
    width = len(graph.watchers) + 1
    keys = graph.assigned["household"].to_numpy() * width + graph.assigned["watcher"].to_numpy()
    known = (graph.assigned["household"] >= 0).to_numpy() & (graph.assigned["watcher"] >= 0).to_numpy()
    return known & np.isin(keys, home * width + person) & (graph.assigned["role"] == "primary").to_numpy()


def _new_rows(graph: WatchGraph, pairs: pd.DataFrame, role: str) -> pd.DataFrame:
    """Return rows of ``WatchGraph.assigned`` that begin on the graph's date."""
    home = graph.households.index.get_indexer(pairs["household_id"]).astype(np.int64)
    person = graph.watchers.index.get_indexer(pairs["watcher_id"]).astype(np.int64)
    width = len(graph.watchers)
    keys = pd.Index(graph.links["household"].to_numpy() * width + graph.links["watcher"].to_numpy())
    names = [f"new:{role}:{number}" for number in range(len(pairs))]
    rows = pd.DataFrame(
        {"role": role, "household": home, "watcher": person, "link": keys.get_indexer(home * width + person)},
        index=pd.Index(names, name=graph.assigned.index.name, dtype=object),
    )
    visits = 0
    if role == "primary":
        visits = np.rint(pairs["visits_per_month"].to_numpy() * VISITS_PER_YEAR).astype(np.int64)
    rows = rows.assign(
        valid_from=pd.Timestamp(graph.situation.date).as_unit(_unit(graph.assigned["valid_from"])),
        reason=None,
        counts=True,
        promised_visits=visits,
        delivered_visits=visits,
        surplus_visits=0,
    )
    return rows[list(graph.assigned.columns)]


def _unit(days: pd.Series) -> str:
    return np.datetime_data(days.dtype)[0] if days.dtype.kind == "M" else "s"


def _ids(frame: pd.DataFrame, positions: pd.Series) -> np.ndarray:
    """Return the ids at the positions; the empty text at -1."""
    return np.append(frame.index.to_numpy(dtype=object), "")[positions.to_numpy()]
