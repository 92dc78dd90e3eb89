"""The peers of the city benchmark: what scipy, networkx, geopandas and OR-Tools give for the same work.

Each peer gets what ours gets and must give the same answer. Walks: every peer sees each door as a node of its
own with one-way streets to both ends of its street, and finds the households beside the nodes it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import networkx as nx
import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow
from scipy import sparse
from scipy.sparse import csgraph

from analysis.street import Snapping, StreetGraph, WalkingRules
from analysis.tight_sets import VisitNetwork

SOURCES_AT_ONCE = 100
TILE_M = 800.0
RULES = WalkingRules()

Groups = tuple[np.ndarray, np.ndarray]
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # watchers, households and cost_m, in no order


@dataclass(frozen=True, eq=False)
class Doors:
    """Doors on streets: both ends of their street, the cost to each, to the street, and along it from u."""

    edge: np.ndarray
    u: np.ndarray
    v: np.ndarray
    to_u: np.ndarray
    to_v: np.ndarray
    to_street: np.ndarray
    along: np.ndarray

    def take(self, rows: np.ndarray) -> Doors:
        """Return some of the doors."""
        return Doors(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def doors_of(graph: StreetGraph, snaps: Snapping) -> Doors:
    """Return the doors of points that all stand on a street."""
    edge, cost = snaps.edge, graph.cost_m[snaps.edge]
    to_street, along = snaps.distance_m * RULES.door_factor(graph.season), snaps.share * cost
    ends = graph.u[edge], graph.v[edge]
    return Doors(edge, *ends, to_street + along, to_street + cost - along, to_street, along)


@dataclass(frozen=True, eq=False)
class WalkCase:
    """What a walking peer gets: streets, doors of watchers and households, and each watcher's reach."""

    graph: StreetGraph
    sources: Doors
    homes: Doors
    limit: np.ndarray

    @cached_property
    def by_u(self) -> Groups:
        """Households by the node at the beginning of their street."""
        return grouped(self.homes.u, len(self.graph.xy))

    @cached_property
    def by_v(self) -> Groups:
        """Households by the node at the end of their street."""
        return grouped(self.homes.v, len(self.graph.xy))

    @cached_property
    def by_edge(self) -> Groups:
        """Households by their street."""
        return grouped(self.homes.edge, len(self.graph.u))


def grouped(keys: np.ndarray, count: int) -> Groups:
    """Return offsets by key and the positions they lead into."""
    order = np.argsort(keys, kind="stable")
    return np.searchsorted(keys[order], np.arange(count + 1)), order


def members(groups: Groups, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of ``keys`` and the position of each member of its group."""
    offsets, order = groups
    count = offsets[keys + 1] - offsets[keys]
    first = np.repeat(offsets[keys] - np.cumsum(count) + count, count)
    return np.repeat(np.arange(len(keys)), count), order[first + np.arange(len(first))]


def widen(streets: sparse.csr_array, sources: Doors, number: np.ndarray) -> sparse.csr_array:
    """Add a node a source, with one-way streets to both its ends; ``number``: position of a node here."""
    size = streets.shape[0] + len(sources.u)
    ends = np.column_stack([number[sources.u], number[sources.v]]).ravel()
    costs = np.column_stack([sources.to_u, sources.to_v]).ravel()
    offsets = np.concatenate([streets.indptr, streets.indptr[-1] + 2 * np.arange(1, len(sources.u) + 1)])
    return sparse.csr_array(
        (np.concatenate([streets.data, costs]), np.concatenate([streets.indices, ends]), offsets),
        shape=(size, size),
    )


def walk_by_scipy(case: WalkCase) -> Pairs:
    """Run scipy's bounded Dijkstra over the whole network, a hundred watchers a call."""
    nodes = len(case.graph.xy)
    streets = widen(case.graph.adjacency, case.sources, np.arange(nodes))

    def distances(part: slice) -> np.ndarray:
        starts = np.arange(part.start, part.stop) + nodes
        return csgraph.dijkstra(streets, indices=starts, limit=case.limit[part].max())

    return _join(_pairs_of_rows(case, distances(part), part) for part in _parts(case))


def walk_by_networkx(case: WalkCase, network: nx.DiGraph) -> Pairs:
    """Run networkx's Dijkstra with its cutoff, a watcher at a time."""
    doors, nodes = case.sources, len(case.graph.xy)
    for end, cost in ((doors.u, doors.to_u), (doors.v, doors.to_v)):
        starts = range(nodes, nodes + len(end))
        network.add_weighted_edges_from(zip(starts, end.tolist(), cost.tolist(), strict=True))

    def distances(part: slice) -> np.ndarray:
        rows = np.full((part.stop - part.start, nodes + len(doors.u)), np.inf)
        for source in range(part.start, part.stop):
            reached = nx.single_source_dijkstra_path_length(
                network, nodes + source, cutoff=case.limit[source]
            )
            rows[source - part.start, list(reached)] = list(reached.values())
        return rows

    return _join(_pairs_of_rows(case, distances(part), part) for part in _parts(case))


def _parts(case: WalkCase) -> Iterator[slice]:
    count = len(case.limit)
    return (slice(start, min(start + SOURCES_AT_ONCE, count)) for start in range(0, count, SOURCES_AT_ONCE))


def _join(found: Iterator[Pairs]) -> Pairs:
    return tuple(np.concatenate(columns) for columns in zip(*found, strict=True))


def _pairs_of_rows(case: WalkCase, costs: np.ndarray, part: slice) -> Pairs:
    """Return the pairs of some sources from the costs (sources, nodes) they reach nodes at, inf elsewhere."""
    sources, homes, nodes = case.sources.take(part), case.homes, len(case.graph.xy)
    row, node = np.nonzero(np.isfinite(costs[:, :nodes]))
    at_u, from_u = members(case.by_u, node)
    at_v, from_v = members(case.by_v, node)
    beside, along = members(case.by_edge, sources.edge)
    at_v_only = np.isinf(costs[row[at_v], homes.u[from_v]])
    by_no_end = np.isinf(costs[beside, homes.u[along]]) & np.isinf(costs[beside, homes.v[along]])
    source = np.concatenate([row[at_u], row[at_v[at_v_only]], beside[by_no_end]])
    home = np.concatenate([from_u, from_v[at_v_only], along[by_no_end]])
    walk = np.minimum(
        costs[source, homes.u[home]] + homes.to_u[home], costs[source, homes.v[home]] + homes.to_v[home]
    )
    walk = np.minimum(walk, _along_one_street(sources, homes, source, home))
    near = walk <= case.limit[part][source]
    return source[near] + part.start, home[near], walk[near]


def _along_one_street(sources: Doors, homes: Doors, source: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Return the walk of each pair along the street both stand on, inf where they do not."""
    walk = sources.to_street[source] + np.abs(sources.along[source] - homes.along[home])
    return np.where(sources.edge[source] == homes.edge[home], walk + homes.to_street[home], np.inf)


def walk_on_tiles(case: WalkCase) -> Pairs:
    """Run scipy's Dijkstra tile by tile over the streets within reach of the tile: our former method.

    Exact as long as no street is shorter than the straight line between its ends, as in the made city.
    """
    by_x = np.argsort(case.graph.xy[:, 0])
    x = case.graph.xy[by_x, 0]
    cell = np.floor(case.graph.xy[case.sources.u] / TILE_M)
    _, tile = np.unique(cell, axis=0, return_inverse=True)
    order = np.argsort(tile, kind="stable")
    tiles = np.split(order, np.flatnonzero(np.diff(tile[order])) + 1)
    return _join(_walk_tile(case, rows, by_x, x) for rows in tiles)


def _walk_tile(case: WalkCase, rows: np.ndarray, by_x: np.ndarray, x: np.ndarray) -> Pairs:
    graph, sources, limit = case.graph, case.sources.take(rows), case.limit[rows]
    ends = graph.xy[np.concatenate([sources.u, sources.v])]
    low, high = ends.min(axis=0) - limit.max(), ends.max(axis=0) + limit.max()
    strip = by_x[np.searchsorted(x, low[0], "left") : np.searchsorted(x, high[0], "right")]
    y = graph.xy[strip, 1]
    nodes = np.sort(strip[(y >= low[1]) & (y <= high[1])])
    local = np.full(len(graph.xy), len(nodes), np.int32)
    local[nodes] = np.arange(len(nodes))
    streets = widen(graph.adjacency[nodes][:, nodes], sources, local)
    costs = csgraph.dijkstra(streets, indices=np.arange(len(nodes), streets.shape[0]), limit=limit.max())
    costs[:, len(nodes) :] = np.inf  # where a node outside the tile is looked up
    near = np.flatnonzero((local[case.homes.u] < len(nodes)) | (local[case.homes.v] < len(nodes)))
    homes = case.homes.take(near)
    walk = np.minimum(costs[:, local[homes.u]] + homes.to_u, costs[:, local[homes.v]] + homes.to_v)
    source, home = np.nonzero(sources.edge[:, None] == homes.edge)
    walk[source, home] = np.minimum(walk[source, home], _along_one_street(sources, homes, source, home))
    source, home = np.nonzero(walk <= limit[:, None])
    return rows[source], near[home], walk[source, home]


def adjacency_by_scipy(graph: StreetGraph) -> sparse.csr_array:
    """Build the symmetric matrix of costs by scipy."""
    start, end = np.concatenate([graph.u, graph.v]), np.concatenate([graph.v, graph.u])
    size = len(graph.xy)
    return sparse.csr_array((np.tile(graph.cost_m, 2), (start, end)), shape=(size, size))


def network_by_networkx(graph: StreetGraph) -> nx.DiGraph:
    """Build the network of both directions by networkx."""
    network, ends = nx.DiGraph(), (graph.u.tolist(), graph.v.tolist())
    network.add_nodes_from(range(len(graph.xy)))
    for start, end in (ends, ends[::-1]):
        network.add_weighted_edges_from(zip(start, end, graph.cost_m.tolist(), strict=True))
    return network


def nearest_by_geopandas(points: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> np.ndarray:
    """Return the metres from each point to its nearest street by ``sjoin_nearest``."""
    joined = gpd.sjoin_nearest(
        points[["geometry"]], streets[["geometry"]], max_distance=RULES.snap_limit_m, distance_col="metres"
    )
    return joined[~joined.index.duplicated()]["metres"].reindex(points.index).to_numpy()


def flow_by_ortools(network: VisitNetwork) -> int:
    """Return the most visits a year by one maximum flow of OR-Tools from nothing."""
    homes, end = len(network.need), len(network.need) + len(network.capacity)
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(np.full(homes, end), np.arange(homes), network.need)
    solver.add_arcs_with_capacity(network.household, homes + network.watcher, network.need[network.household])
    people = np.arange(homes, end)
    solver.add_arcs_with_capacity(people, np.full(len(people), end + 1), network.capacity)
    if solver.solve(end, end + 1) != solver.OPTIMAL:
        raise RuntimeError("Expected a proven maximum flow from OR-Tools, got none. Check the network.")
    return solver.optimal_flow()


def flow_by_scipy(network: VisitNetwork) -> int:
    """Return the most visits a year by ``scipy.sparse.csgraph.maximum_flow``."""
    tail, head, capacity = _arcs(network)
    size = len(network.need) + len(network.capacity) + 2
    arcs = sparse.csr_array((capacity.astype(np.int32), (tail, head)), shape=(size, size))
    return int(csgraph.maximum_flow(arcs, size - 2, size - 1).flow_value)


def flow_by_networkx(network: VisitNetwork) -> int:
    """Return the most visits a year by networkx's preflow-push."""
    arcs = nx.DiGraph()
    rows = zip(*(column.tolist() for column in _arcs(network)), strict=True)
    arcs.add_edges_from((tail, head, {"capacity": capacity}) for tail, head, capacity in rows)
    size = len(network.need) + len(network.capacity) + 2
    return int(nx.maximum_flow_value(arcs, size - 2, size - 1))


def _arcs(network: VisitNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return tail, head and capacity of the arcs: source to households to watchers to sink."""
    homes, end = np.arange(len(network.need)), len(network.need) + len(network.capacity)
    people = np.arange(len(homes), end)
    return (
        np.concatenate([np.full_like(homes, end), network.household, people]),
        np.concatenate([homes, len(homes) + network.watcher, np.full_like(people, end + 1)]),
        np.concatenate([network.need, network.need[network.household], network.capacity]),
    )
