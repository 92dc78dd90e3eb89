"""One district of the watch graph as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from analysis.errors import ParameterError

if TYPE_CHECKING:
    from analysis.watch_graph import WatchGraph


def to_networkx(graph: WatchGraph, district: str) -> nx.Graph:
    """Return one community district as a networkx graph, for looking at and for teaching.

    Nodes are ``(kind, id)`` with ``kind`` household, watcher, organisation or centre: the district's
    households, the watchers that belong to it or stand within reach of or notice one of them, their
    organisations, and those they report to. Edges have ``kind`` assigned, possible, notices, member or
    reports; the first two ``cost_m`` (metres).

    Raises
    ------
    ParameterError
        No household and no watcher is of that district.
    """
    inside = (graph.households["district"] == district).to_numpy()
    own = (graph.watchers["district"] == district).to_numpy()
    if not inside.any() and not own.any():
        raise ParameterError(f"Expected a community district of the graph, got {district!r}. Choose another.")
    network = nx.Graph(district=district, season=graph.situation.season)
    network.add_nodes_from(
        (("household", key), {"kind": "household"}) for key in graph.households.index[inside]
    )
    _add_pairs(network, graph, inside, own)
    _add_reports(network, graph)
    return network


def _add_pairs(network: nx.Graph, graph: WatchGraph, inside: np.ndarray, own: np.ndarray) -> None:
    """Add the watchers of the district and every pair with one of its households."""
    possible = graph.links[graph.links["allowed"]].assign(kind="possible")
    assigned = graph.assigned[graph.assigned["counts"]].assign(kind="assigned")
    assigned["cost_m"] = graph.links["cost_m"].to_numpy()[assigned["link"]]
    notices = graph.notices.assign(kind="notices", cost_m=None)
    keys = graph.watchers.index
    network.add_nodes_from((("watcher", key), {"kind": "watcher"}) for key in keys[own])
    for pairs in (
        notices,
        possible,
        assigned,
    ):  # an assigned pair is possible too: the last one names the edge
        pairs = pairs[inside[pairs["household"]]]
        homes = graph.households.index[pairs["household"]]
        network.add_nodes_from(
            (("watcher", key), {"kind": "watcher"}) for key in keys[pairs["watcher"].unique()]
        )
        network.add_edges_from(
            (("household", home), ("watcher", key), {"kind": kind, "cost_m": cost})
            for home, key, kind, cost in zip(
                homes, keys[pairs["watcher"]], pairs["kind"], pairs["cost_m"], strict=True
            )
        )


def _add_reports(network: nx.Graph, graph: WatchGraph) -> None:
    """Add organisations, and from each watcher shown the one it reports to, up to a centre."""
    waiting = [key for kind, key in network.nodes if kind == "watcher"]
    organisations, told = graph.watchers["organisation"], graph.watchers["reports_to"]
    while waiting:
        key = waiting.pop()
        if organisations[key] is not None:
            network.add_node(("organisation", organisations[key]), kind="organisation")
            network.add_edge(("watcher", key), ("organisation", organisations[key]), kind="member")
        above = told[key]
        if above in graph.centres:
            network.add_node(("centre", above), kind="centre")
            network.add_edge(("watcher", key), ("centre", above), kind="reports")
        elif above in graph.watchers.index:
            if ("watcher", above) not in network:
                network.add_node(("watcher", above), kind="watcher")
                waiting.append(above)
            network.add_edge(("watcher", key), ("watcher", above), kind="reports")
