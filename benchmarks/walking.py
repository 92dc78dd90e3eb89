"""How long the walking costs of a city take: our tiles, scipy over the whole network, and networkx.

Run ``python -m benchmarks.walking`` from the repository. The city is made here: a bent grid of streets with
two rivers and a few bridges, households in quarters. All methods get the same prepared graph and must give
the same pairs; the table tells seconds and ratios of one machine and one run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csgraph

from analysis.street import StreetGraph, build_street_graph, snap_to_streets
from analysis.walking import REACH_TOLERANCE_M, walk_on_streets, walk_straight

CRS = 6675
BLOCK_M = 60.0
REACH_M = 800.0
BRIDGE_EVERY = 25  # rows of streets between two bridges


def build_streets(side: int, seed: int) -> gpd.GeoDataFrame:
    """Make ``side`` x ``side`` crossings about 60 m apart with hills and two rivers bridged now and then."""
    generator = np.random.default_rng(seed)
    column, row = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    xy = np.column_stack([column, row]) * BLOCK_M + generator.normal(0, 8, (side * side, 2))
    height = 40 * np.sin(column / side * 3) * np.cos(row / side * 2) + 40
    number = np.arange(side * side)
    east, north = number[column < side - 1], number[row < side - 1]
    u, v = np.concatenate([east, north]), np.concatenate([east + 1, north + side])
    over_river = np.isin(column[u], (side // 3, 2 * side // 3)) & (row[u] == row[v])
    kept = (~over_river | (row[u] % BRIDGE_EVERY == 0)) & (generator.random(len(u)) < 0.93)
    u, v = u[kept], v[kept]
    lines = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    return gpd.GeoDataFrame(
        {
            "u": u.astype(str),
            "v": v.astype(str),
            "length_m": shapely.length(lines) * generator.uniform(1, 1.1, len(u)),
            "elevation_u_m": height[u],
            "elevation_v_m": height[v],
            "is_steps": generator.random(len(u)) < 0.01,
            "snow_cleared": generator.random(len(u)) < 0.3,
        },
        geometry=lines,
        crs=CRS,
        index=pd.Index(np.arange(len(u)).astype(str), name="edge_id"),
    )


def scatter_points(streets: gpd.GeoDataFrame, count: int, *, name: str, seed: int) -> gpd.GeoDataFrame:
    """Draw points near crossings, seven in ten of them in forty quarters."""
    generator = np.random.default_rng(seed)
    xy = shapely.get_coordinates(shapely.get_point(np.asarray(streets.geometry), 0))
    quarters = xy[generator.integers(len(xy), size=40)]
    drawn = xy[generator.integers(len(xy), size=count)] + generator.normal(0, 15, (count, 2))
    inside = generator.random(count) < 0.7
    around = quarters[generator.integers(40, size=count)] + generator.normal(0, 400, (count, 2))
    drawn[inside] = np.clip(around[inside], xy.min(axis=0), xy.max(axis=0))
    return gpd.GeoDataFrame(
        {"reach_m": REACH_M},
        geometry=gpd.points_from_xy(*drawn.T, crs=CRS),
        index=pd.Index(range(count), name=name),
    )


def count_pairs_plainly(
    graph: StreetGraph,
    watchers: gpd.GeoDataFrame,
    households: gpd.GeoDataFrame,
    distances: Callable[[int], np.ndarray],
) -> int:
    """Count the pairs within reach one watcher at a time, walking from both ends of its street."""
    door, home = (snap_to_streets(graph, points.geometry, 100.0) for points in (watchers, households))
    rows = np.flatnonzero(home.on_street)
    edge, cost = home.edge[rows], graph.cost_m[home.edge[rows]]
    along = home.share[rows] * cost
    pairs = 0
    for watcher in np.flatnonzero(door.on_street):
        start, start_cost = door.edge[watcher], graph.cost_m[door.edge[watcher]]
        at = door.share[watcher] * start_cost
        from_u, from_v = distances(graph.u[start]) + at, distances(graph.v[start]) + (start_cost - at)
        node = np.minimum(from_u, from_v)
        walk = np.minimum(node[graph.u[edge]] + along, node[graph.v[edge]] + cost - along)
        walk = np.where(edge == start, np.minimum(walk, np.abs(along - at)), walk)
        pairs += (
            walk + door.distance_m[watcher] + home.distance_m[rows] <= REACH_M + REACH_TOLERANCE_M
        ).sum()
    return int(pairs)


def scipy_whole(graph: StreetGraph) -> Callable[[int], np.ndarray]:
    """Return bounded distances by scipy over the whole network."""
    return lambda node: csgraph.dijkstra(graph.adjacency, indices=node, limit=REACH_M + 1)


def networkx_cutoff(graph: StreetGraph) -> Callable[[int], np.ndarray]:
    """Return bounded distances by networkx with its cutoff."""
    network = nx.from_scipy_sparse_array(graph.adjacency)

    def distances(node: int) -> np.ndarray:
        reached = nx.single_source_dijkstra_path_length(network, node, cutoff=REACH_M + 1)
        row = np.full(len(graph.xy), np.inf)
        row[list(reached)] = list(reached.values())
        return row

    return distances


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Return the seconds of one run and what it returned."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def main() -> None:
    """Print a markdown table for the city asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--side", type=int, default=245, help="crossings a side (245: 60,025 nodes)")
    options.add_argument("--watchers", type=int, default=3_000)
    options.add_argument("--households", type=int, default=30_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    streets = build_streets(chosen.side, chosen.seed)
    watchers = scatter_points(streets, chosen.watchers, name="watcher_id", seed=chosen.seed + 1)
    households = scatter_points(streets, chosen.households, name="household_id", seed=chosen.seed + 2)
    building, _ = timed(lambda: len(build_street_graph(streets).xy))
    graph = build_street_graph(streets)
    methods = {
        "tiles (ours)": lambda: len(walk_on_streets(graph, watchers, households).cost_m),
        "scipy, whole network": lambda: count_pairs_plainly(graph, watchers, households, scipy_whole(graph)),
        "networkx, cutoff": lambda: count_pairs_plainly(graph, watchers, households, networkx_cutoff(graph)),
        "straight line": lambda: len(walk_straight(watchers, households).cost_m),
    }
    runs = [{name: timed(work) for name, work in methods.items()} for _ in range(chosen.rounds)]
    print(f"{len(graph.xy):,} nodes, {len(graph.u):,} edges; the graph is built in {building:.2f} s\n")
    print("| method | median s | × tiles | pairs |\n|---|---|---|---|")
    medians = {name: float(np.median([run[name][0] for run in runs])) for name in methods}
    for name, seconds in medians.items():
        print(f"| {name} | {seconds:.2f} | {seconds / medians['tiles (ours)']:.1f} | {runs[0][name][1]:,} |")


if __name__ == "__main__":
    main()
