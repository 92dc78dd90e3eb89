"""Walking costs from every watcher to the households within its reach, sparse and exact.

On streets a walk goes straight from the door to the nearest street, along the streets, and straight to the
other door. Watchers are taken in tiles: a walk within reach never leaves the tile widened by the farthest a
walk of that cost can lead (``StreetGraph.margin_m``), so the streets around suffice and the costs are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from analysis.errors import FrameError, ParameterError
from analysis.frames import SEASONS, FrameRule, check_frame
from analysis.street import Snapping, StreetGraph, WalkingRules, snap_to_streets

REACH_TOLERANCE_M = 1e-6  # floating error of a sum of street pieces: equality counts as within reach
MATRIX_LIMIT = 200  # points of one walk_matrix: a few doors, not a city
SHORTEST_BAND_M = 400.0  # watchers are tiled by reach: up to 400 m, 800 m, 1,600 m …
CELLS_AT_ONCE = 4_000_000  # dense costs held at a time, 32 MB

Progress = Callable[[int, int], None]

_WATCHERS = FrameRule("watchers", "watcher_id", ("reach_m",))
_HOUSEHOLDS = FrameRule("households", "household_id", ())


@dataclass(frozen=True, eq=False)
class WalkingCosts:
    """Watcher–household pairs within each watcher's reach, sorted by household, then cost, then watcher.

    Parameters
    ----------
    watcher, household : int arrays (P,), positions in ``watcher_ids`` and ``household_ids``
    cost_m : float64 array (P,), equivalent flat metres
    watcher_ids, household_ids : Index, every watcher and household asked for, with or without a pair
    basis : "streets" or "straight_line"
    detour_factor : float or None, walk over straight line; None on streets
    counts : dict of int
        ``households_far_off`` and ``watchers_far_off`` (farther from any street than the snap limit),
        ``households_unreachable`` (on streets no watcher with a reach stands on, whatever the distance),
        ``households_without_point``, ``watchers_without_point``, ``watchers_without_reach``.
    """

    watcher: np.ndarray
    household: np.ndarray
    cost_m: np.ndarray
    watcher_ids: pd.Index
    household_ids: pd.Index
    basis: str
    detour_factor: float | None = None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Doors:
    """Points on streets: their own numbers, and what it costs to come to both ends of their street."""

    number: np.ndarray
    edge: np.ndarray
    u: np.ndarray
    v: np.ndarray
    to_street: np.ndarray
    along: np.ndarray  # cost along the street from u
    to_u: np.ndarray
    to_v: np.ndarray

    def take(self, rows: np.ndarray) -> _Doors:
        return _Doors(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.number)


def walk_on_streets(
    graph: StreetGraph,
    watchers: gpd.GeoDataFrame,
    households: gpd.GeoDataFrame,
    *,
    rules: WalkingRules = WalkingRules(),
    progress: Progress | None = None,
) -> WalkingCosts:
    """Return the walking costs of all watcher–household pairs within each watcher's own reach.

    A household at exactly the reach counts as within it. Watchers without a point or a reach, and whoever
    stands farther from a street than ``rules.snap_limit_m``, give no pair and are counted.

    Parameters
    ----------
    graph : StreetGraph of the season
    watchers : GeoDataFrame of points, index ``watcher_id``, column ``reach_m`` (metres, missing allowed)
    households : GeoDataFrame of points, index ``household_id``
    rules : WalkingRules, those the graph was built with
    progress : callable taking watchers done and watchers in all; what it raises ends the walk

    Returns
    -------
    WalkingCosts

    Raises
    ------
    FrameError
        A frame breaks its rule, is in another CRS than the streets, or holds a negative reach.
    """
    reach_m = _checked_reach(watchers, households)
    watcher_snaps = snap_to_streets(graph, watchers.geometry, rules.snap_limit_m)
    household_snaps = snap_to_streets(graph, households.geometry, rules.snap_limit_m)
    sources = _doors(graph, watcher_snaps, np.isfinite(reach_m), rules)
    homes = _doors(graph, household_snaps, True, rules)
    pairs = []
    done = 0
    for tile, margin_m in _tiles(graph, sources, reach_m):
        pairs += _walk_tile(graph, sources.take(tile), homes, reach_m=reach_m, margin_m=margin_m)
        done += len(tile)
        if progress is not None:
            progress(done, len(sources))
    cut_off = ~np.isin(graph.component[homes.u], graph.component[sources.u])
    counts = _counts(reach_m, watcher_snaps, household_snaps) | {"households_unreachable": int(cut_off.sum())}
    return _sorted_costs(
        pairs,
        watchers.index,
        households.index,
        basis="streets",
        detour_factor=None,
        counts=counts,
    )


def walk_straight(
    watchers: gpd.GeoDataFrame,
    households: gpd.GeoDataFrame,
    *,
    rules: WalkingRules = WalkingRules(),
    season: str = "normal",
) -> WalkingCosts:
    """Return walking costs without streets: the straight line times the detour factor, doubled in snow.

    Equality counts as within reach. Rivers and slopes are unknown here; the basis says so.

    Parameters
    ----------
    watchers, households : as for :func:`walk_on_streets`, in one metric CRS
    rules : WalkingRules; ``detour_factor``, and ``snow_factor`` in snow
    season : "normal" or "snow"

    Raises
    ------
    FrameError
        A frame breaks its rule, the CRSs differ, or a reach is negative.
    ParameterError
        The season is unknown.
    """
    if season not in SEASONS:
        raise ParameterError(f"Expected season one of {', '.join(SEASONS)}, got {season!r}. Choose one.")
    reach_m = _checked_reach(watchers, households)
    if watchers.crs != households.crs:
        raise FrameError(
            f"Expected households in {watchers.crs}, got {households.crs}. Call to_metric_crs first."
        )
    (watcher, from_xy), (household, to_xy) = _places(watchers.geometry), _places(households.geometry)
    with_reach = np.isfinite(reach_m[watcher])
    factor = rules.detour_factor * rules.door_factor(season)
    pairs = _straight_pairs(from_xy[with_reach], reach_m[watcher[with_reach]] / factor, to_xy)
    return _sorted_costs(
        [(watcher[with_reach][source], household[home], metres * factor) for source, home, metres in pairs],
        watchers.index,
        households.index,
        basis="straight_line",
        detour_factor=rules.detour_factor,
        counts={
            "watchers_without_reach": int((~np.isfinite(reach_m)).sum()),
            "watchers_without_point": len(watchers) - len(watcher),
            "households_without_point": len(households) - len(household),
            "watchers_far_off": 0,
            "households_far_off": 0,
            "households_unreachable": 0,
        },
    )


def walk_matrix(
    graph: StreetGraph, points: gpd.GeoSeries, *, rules: WalkingRules = WalkingRules()
) -> np.ndarray:
    """Return the walking costs between all pairs of a few points.

    The streets searched grow until no walk outside them could be cheaper, so the costs are exact.

    Parameters
    ----------
    graph : StreetGraph
    points : GeoSeries of at most 200 points in the graph's CRS
    rules : WalkingRules

    Returns
    -------
    float array (n, n), symmetric, equivalent flat metres; 0 on the diagonal, inf where there is no walk

    Raises
    ------
    ParameterError
        There are more than 200 points.
    FrameError
        The points are in another CRS, or are not points.
    """
    if len(points) > MATRIX_LIMIT:
        raise ParameterError(
            f"Expected at most {MATRIX_LIMIT} points, got {len(points)}. Use walk_on_streets."
        )
    doors = _doors(graph, snap_to_streets(graph, points, rules.snap_limit_m), True, rules)
    costs = np.full((len(points), len(points)), np.inf)
    if len(doors):
        between = _grow_until_exact(graph, doors)
        costs[np.ix_(doors.number, doors.number)] = np.minimum(between, between.T)
    np.fill_diagonal(costs, 0.0)
    return costs


def _checked_reach(watchers: gpd.GeoDataFrame, households: gpd.GeoDataFrame) -> np.ndarray:
    check_frame(watchers, _WATCHERS)
    check_frame(households, _HOUSEHOLDS)
    reach_m = watchers["reach_m"].to_numpy(dtype=float, na_value=np.nan)
    wrong = (reach_m < 0) | np.isinf(reach_m)
    if wrong.any():
        first = ", ".join(map(str, watchers.index[wrong][:5]))
        raise FrameError(
            f"Expected reach_m >= 0 and finite, got {wrong.sum()} others: {first}. Correct them."
        )
    return reach_m


def _doors(graph: StreetGraph, snaps: Snapping, wanted: np.ndarray | bool, rules: WalkingRules) -> _Doors:
    number = np.flatnonzero(snaps.on_street & wanted)
    edge = snaps.edge[number]
    to_street = snaps.distance_m[number] * rules.door_factor(graph.season)
    along = snaps.share[number] * graph.cost_m[edge]
    to_v = to_street + (graph.cost_m[edge] - along)
    return _Doors(number, edge, graph.u[edge], graph.v[edge], to_street, along, to_street + along, to_v)


def _tiles(graph: StreetGraph, sources: _Doors, reach_m: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """Yield rows of ``sources`` near one another and of like reach, with their margin."""
    if not len(sources):
        return
    reach = reach_m[sources.number]
    band = np.ceil(np.log2(np.maximum(reach / SHORTEST_BAND_M, 1)))
    cell = np.floor(graph.xy[sources.u] / (SHORTEST_BAND_M * 2**band)[:, None])
    _, tile = np.unique(np.column_stack([band, cell]), axis=0, return_inverse=True)
    order = np.argsort(tile, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1):
        yield rows, graph.margin_m(reach[rows].max() + REACH_TOLERANCE_M)


def _walk_tile(
    graph: StreetGraph, sources: _Doors, homes: _Doors, *, reach_m: np.ndarray, margin_m: float
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    limit = reach_m[sources.number] + REACH_TOLERANCE_M
    nodes = _nodes_around(graph, sources, limit, margin_m)
    local = _local_numbers(graph, nodes)
    near = homes.take(np.flatnonzero((local[homes.u] >= 0) | (local[homes.v] >= 0)))
    pairs = []
    rows_at_once = max(1, CELLS_AT_ONCE // max(len(nodes), len(near), 1))
    for start in range(0, len(sources), rows_at_once):
        part = slice(start, start + rows_at_once)
        some = sources.take(part)
        costs = _door_to_door(graph, nodes, local, some, near, limit=float(limit[part].max()))
        source, home = np.nonzero(costs <= limit[part, None])
        pairs.append((some.number[source], near.number[home], costs[source, home]))
    return pairs


def _nodes_around(graph: StreetGraph, doors: _Doors, limit: np.ndarray, margin_m: float) -> np.ndarray:
    """Nodes within ``margin_m`` of the box of the street ends that ``doors`` reach, those ends included."""
    ends = np.concatenate([doors.u[doors.to_u <= limit], doors.v[doors.to_v <= limit]])
    places = graph.xy[ends] if len(ends) else graph.xy[doors.u]
    inside = graph.nodes_in_box(places.min(axis=0) - margin_m, places.max(axis=0) + margin_m)
    return np.union1d(inside, np.concatenate([doors.u, doors.v]))


def _local_numbers(graph: StreetGraph, nodes: np.ndarray) -> np.ndarray:
    local = np.full(len(graph.xy), -1, dtype=np.int32)
    local[nodes] = np.arange(len(nodes))
    return local


def _door_to_door(
    graph: StreetGraph,
    nodes: np.ndarray,
    local: np.ndarray,
    sources: _Doors,
    targets: _Doors,
    *,
    limit: float,
) -> np.ndarray:
    """Dense (sources, targets) costs over the streets among ``nodes``; inf where no way is that short."""
    to_node = _door_to_node(graph, nodes, local, sources, limit)
    costs = np.minimum(
        to_node[:, local[targets.u]] + targets.to_u, to_node[:, local[targets.v]] + targets.to_v
    )
    source, target = np.nonzero(sources.edge[:, None] == targets.edge)
    same_street = (
        sources.to_street[source]
        + np.abs(sources.along[source] - targets.along[target])
        + targets.to_street[target]
    )
    costs[source, target] = np.minimum(costs[source, target], same_street)
    return costs


def _door_to_node(
    graph: StreetGraph, nodes: np.ndarray, local: np.ndarray, sources: _Doors, limit: float
) -> np.ndarray:
    """Dense (sources, nodes + 1) costs; the last column, where absent nodes are looked up, is inf.

    Each source becomes a node of its own with one-way streets to both ends of its street, so no walk leads
    through it and the streets are not cut.
    """
    streets = graph.adjacency[nodes][:, nodes]
    n, m = len(nodes), len(sources)
    size = n + 1 + m
    indices = np.concatenate([streets.indices, np.column_stack([local[sources.u], local[sources.v]]).ravel()])
    costs = np.concatenate([streets.data, np.column_stack([sources.to_u, sources.to_v]).ravel()])
    starts = streets.indptr[-1] + np.arange(0, 2 * m + 1, 2)
    offsets = np.concatenate([streets.indptr, starts])
    widened = sparse.csr_array((costs, indices, offsets), shape=(size, size))
    return csgraph.dijkstra(widened, indices=np.arange(n + 1, size), limit=limit)[:, : n + 1]


def _grow_until_exact(graph: StreetGraph, doors: _Doors) -> np.ndarray:
    places = graph.xy[np.concatenate([doors.u, doors.v])]
    low, high = places.min(axis=0), places.max(axis=0)
    joined = graph.component[doors.u][:, None] == graph.component[doors.u]
    margin_m = max(float((high - low).max()) / 2, SHORTEST_BAND_M)
    everything = np.ptp(graph.xy, axis=0).max()
    while True:
        nodes = graph.nodes_in_box(low - margin_m, high + margin_m)
        costs = _door_to_door(graph, nodes, _local_numbers(graph, nodes), doors, doors, limit=np.inf)
        farthest = costs[joined].max()
        needed = graph.margin_m(farthest) if np.isfinite(farthest) else 2 * margin_m
        if needed <= margin_m or margin_m >= everything:
            return costs
        margin_m = min(needed, everything)


def _counts(reach_m: np.ndarray, watchers: Snapping, households: Snapping) -> dict[str, int]:
    return {
        "watchers_without_reach": int((~np.isfinite(reach_m)).sum()),
        "watchers_without_point": int((~watchers.has_point).sum()),
        "households_without_point": int((~households.has_point).sum()),
        "watchers_far_off": int(watchers.far_off.sum()),
        "households_far_off": int(households.far_off.sum()),
    }


def _places(points: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    geometries = np.asarray(points, dtype=object)
    present = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    return present, np.column_stack([shapely.get_x(geometries[present]), shapely.get_y(geometries[present])])


def _straight_pairs(
    from_xy: np.ndarray, radius_m: np.ndarray, to_xy: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Pairs within each source's radius, band by band, so that one long reach does not widen all others."""
    if not len(from_xy) or not len(to_xy):
        return []
    targets = cKDTree(to_xy)
    limit = radius_m + REACH_TOLERANCE_M
    band = np.ceil(np.log2(np.maximum(limit / SHORTEST_BAND_M, 1)))
    pairs = []
    for rows in (np.flatnonzero(band == wanted) for wanted in np.unique(band)):
        near = cKDTree(from_xy[rows]).sparse_distance_matrix(
            targets, limit[rows].max(), output_type="ndarray"
        )
        within = near[near["v"] <= limit[rows[near["i"]]]]
        pairs.append((rows[within["i"]], within["j"], within["v"]))
    return pairs


def _sorted_costs(
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    watcher_ids: pd.Index,
    household_ids: pd.Index,
    **description: object,
) -> WalkingCosts:
    nothing = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    watcher, household, cost_m = (np.concatenate(parts) for parts in zip(nothing, *pairs, strict=True))
    order = np.lexsort((watcher, cost_m, household))
    watcher, household, cost_m = watcher[order], household[order], cost_m[order]
    for array in (watcher, household, cost_m):
        array.setflags(write=False)
    return WalkingCosts(watcher, household, cost_m, watcher_ids, household_ids, **description)
