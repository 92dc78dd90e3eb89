"""Main streets and other ways along the network: shortest paths between a few places."""

from __future__ import annotations

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from geodata.demo_city.plan import CityPlan

MAIN, RADIAL = 1, 2  # ranks of main streets
HUBS = 70
HUB_REACH = 2.2  # how far a hub looks for its neighbours, in distances between hubs


def mark_main_streets(xy: np.ndarray, pairs: np.ndarray, is_bridge: np.ndarray, plan: CityPlan) -> np.ndarray:
    """Return each piece's rank: RADIAL on the tree that joins all hubs, MAIN between near hubs, else 0."""
    hubs = _choose_hubs(xy, pairs[is_bridge], plan)
    links = _hub_links(xy[hubs])
    gap = np.median(np.hypot(*(xy[hubs[links[:, 0]]] - xy[hubs[links[:, 1]]]).T))
    graph = link_matrix(len(xy), pairs, np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T))
    cost, before = dijkstra(graph, indices=hubs, limit=HUB_REACH * 1.4 * gap, return_predecessors=True)
    hub_cost = cost[links[:, 0], hubs[links[:, 1]]]
    links, hub_cost = links[np.isfinite(hub_cost)], hub_cost[np.isfinite(hub_cost)]
    tree = minimum_spanning_tree(
        coo_array((hub_cost, tuple(links.T)), shape=(len(hubs),) * 2).tocsr()
    ).tocoo()
    rank = np.zeros(len(pairs), int)
    number = piece_numbers(len(xy), pairs)
    for found, level in ((links, MAIN), (np.column_stack(tree.coords), RADIAL)):
        for start, end in found:
            rank[pieces_on(trace(before[start], hubs[start], hubs[end]), number)] = level
    return rank


def link_matrix(count: int, pairs: np.ndarray, length: np.ndarray) -> csr_array:
    """Return the symmetric matrix of lengths between joined nodes."""
    both = np.vstack([pairs, pairs[:, ::-1]])
    return coo_array((np.tile(length, 2), tuple(both.T)), shape=(count, count)).tocsr()


def piece_numbers(count: int, pairs: np.ndarray) -> csr_array:
    """Return the matrix of piece numbers, from 1, between joined nodes."""
    return link_matrix(count, pairs, np.arange(1, len(pairs) + 1))


def trace(before: np.ndarray, start: int, end: int) -> np.ndarray:
    """Return the nodes of the shortest path from ``start`` to ``end`` by predecessors; both ends included."""
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return np.array(path[::-1])


def pieces_on(path: np.ndarray, number: csr_array) -> np.ndarray:
    """Return the pieces a path of nodes runs along."""
    return np.asarray(number[path[:-1], path[1:]]).ravel().astype(int) - 1


def _choose_hubs(xy: np.ndarray, bridges: np.ndarray, plan: CityPlan) -> np.ndarray:
    """Return the nodes main streets lead to: middles of the town's parts, and bridge heads."""
    count = max(6, round(HUBS * plan.share))
    rng = plan.generator("main streets")
    middles, _ = kmeans2(xy, xy[rng.choice(len(xy), count, replace=False)], iter=4, minit="matrix", rng=rng)
    return np.unique(np.concatenate([cKDTree(xy).query(middles)[1], bridges.ravel()]))


def _hub_links(places: np.ndarray) -> np.ndarray:
    """Return pairs of neighbouring hubs: a triangulation without each triangle's longest side."""
    triangles = Delaunay(places).simplices
    sides = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    lengths = np.hypot(*np.moveaxis(places[sides[:, :, 0]] - places[sides[:, :, 1]], -1, 0))
    shorter = np.ones(lengths.shape, bool)
    shorter[np.arange(len(sides)), lengths.argmax(axis=1)] = False
    return np.unique(sides[shorter], axis=0)
