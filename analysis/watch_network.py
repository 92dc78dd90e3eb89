"""One district of the watch graph as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

from analysis.errors import ParameterError

if TYPE_CHECKING:
    from analysis.watch_graph import WatchGraph

_LINK_COLUMNS = ["household_id", "watcher_id", "kind", "cost_m", "visits"]
_RANK = {"notices": 0, "possible": 1, "assigned": 2}  # of several links of a pair the last names the edge


def to_networkx(graph: WatchGraph, district: str) -> nx.Graph:
    """Return one community district as a networkx graph, for looking at, for measuring and for teaching.

    It holds the district's households, the watchers that belong to it or stand within reach of or notice one
    of them, and nodes and edges as :func:`join_network` describes them.

    Raises
    ------
    ParameterError
        No household and no watcher is of that district.
    """
    inside = (graph.households["district"] == district).to_numpy()
    if not inside.any() and not (graph.watchers["district"] == district).any():
        raise ParameterError(f"Expected a community district of the graph, got {district!r}. Choose another.")
    network = join_network(
        graph.households.index[inside],
        graph.watchers,
        _links_of(graph, inside),
        graph.centres,
        district=district,
    )
    network.graph["season"] = graph.situation.season
    return network


def join_network(
    households: pd.Index, watchers: pd.DataFrame, links: pd.DataFrame, centres: pd.Index, *, district: str
) -> nx.Graph:
    """Join households, watchers and those they report to into one graph.

    Nodes are ``(kind, id)`` with ``kind`` household, watcher, organisation or centre. A watcher's node says
    ``watcher_kind``, ``district``, ``in_office`` and ``reports_to`` (None: nobody known), for an edge has no
    direction. Edges have ``kind`` assigned, possible, notices, member or reports; assigned and possible
    ``cost_m`` (metres); assigned ``visits`` (delivered, a year; 0 for a backup).

    Parameters
    ----------
    households : Index of household_id
    watchers : DataFrame indexed by watcher_id
        ``kind``, ``district``, ``in_office``, ``organisation``, ``reports_to``; may hold more than are shown:
        the network takes those of ``district``, those linked, and those they report to.
    links : DataFrame
        ``household_id``, ``watcher_id``, ``kind`` (notices, possible or assigned), ``cost_m``, ``visits``.
        Where a pair has several, assigned goes before possible before notices, more visits before fewer.
    centres : Index of the facility ids of consultation centres
    district : str, code of the community district
    """
    network = nx.Graph(district=district)
    network.add_nodes_from((("household", key), {"kind": "household"}) for key in households)
    own = watchers.index[watchers["district"] == district]
    _add_watchers(network, watchers, own.union(links["watcher_id"].unique(), sort=False))
    _add_links(network, links)
    _add_reports(network, watchers, centres)
    return network


def _links_of(graph: WatchGraph, inside: np.ndarray) -> pd.DataFrame:
    """Return every pair with a household of the district as rows of ``join_network``."""
    possible = graph.links[graph.links["allowed"]].assign(kind="possible", visits=0)
    assigned = graph.assigned[graph.assigned["counts"]]
    assigned = assigned.assign(
        kind="assigned",
        cost_m=graph.links["cost_m"].to_numpy()[assigned["link"]],
        visits=assigned["delivered_visits"],
    )
    notices = graph.notices.assign(kind="notices", cost_m=np.nan, visits=0)
    columns = ["household", "watcher", *_LINK_COLUMNS[2:]]
    pairs = pd.concat([part[columns].astype({"cost_m": float}) for part in (notices, possible, assigned)])
    pairs = pairs[inside[pairs["household"].to_numpy(dtype=int)]]
    return pairs.assign(
        household_id=graph.households.index[pairs["household"]],
        watcher_id=graph.watchers.index[pairs["watcher"]],
    )[_LINK_COLUMNS]


def _add_watchers(network: nx.Graph, watchers: pd.DataFrame, keys: pd.Index) -> None:
    shown = watchers.loc[keys, ["kind", "district", "in_office", "reports_to"]]
    for key, kind, district, in_office, above in shown.itertuples():
        network.add_node(
            ("watcher", key),
            kind="watcher",
            watcher_kind=kind,
            district=district,
            in_office=bool(in_office),
            reports_to=above if isinstance(above, str) else None,
        )


def _add_links(network: nx.Graph, links: pd.DataFrame) -> None:
    order = links.assign(rank=links["kind"].map(_RANK)).sort_values(["rank", "visits"], kind="stable")
    for kind, columns in (("notices", []), ("possible", ["cost_m"]), ("assigned", ["cost_m", "visits"])):
        rows = order[order["kind"] == kind]
        network.add_edges_from(
            (("household", home), ("watcher", key), {"kind": kind, **facts})
            for home, key, facts in zip(
                rows["household_id"], rows["watcher_id"], rows[columns].to_dict("records"), strict=True
            )
        )


def _add_reports(network: nx.Graph, watchers: pd.DataFrame, centres: pd.Index) -> None:
    """Add organisations, and from each watcher shown the one it reports to, up to a centre."""
    waiting = [key for kind, key in network.nodes if kind == "watcher"]
    organisations = watchers["organisation"]
    while waiting:
        key = waiting.pop()
        if isinstance(organisations[key], str):
            network.add_node(("organisation", organisations[key]), kind="organisation")
            network.add_edge(("watcher", key), ("organisation", organisations[key]), kind="member")
        above = network.nodes["watcher", key]["reports_to"]
        if above in centres:
            network.add_node(("centre", above), kind="centre")
            network.add_edge(("watcher", key), ("centre", above), kind="reports")
        elif above in watchers.index:
            if ("watcher", above) not in network:
                _add_watchers(network, watchers, pd.Index([above], dtype=object))
                waiting.append(above)
            network.add_edge(("watcher", key), ("watcher", above), kind="reports")
