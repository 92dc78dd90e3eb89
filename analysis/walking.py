"""Walking costs from every watcher to the households within its reach, sparse and exact.

On streets a walk goes straight from the door to the nearest street, along the streets, and straight to the
other door. One compiled kernel (``analysis.shortest_walks``) does the walking for whole cities and for a few
doors; which method that is stays behind the functions here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from analysis.errors import FrameError, ParameterError
from analysis.frames import SEASONS, FrameRule, check_frame
from analysis.portions import Progress, in_portions
from analysis.shortest_walks import Sources, Streets, Targets, sort_by_household, walks_within
from analysis.street import Snapping, StreetGraph, WalkingRules, snap_to_streets

REACH_TOLERANCE_M = 1e-6  # floating error of a sum of street pieces: equality counts as within reach
MATRIX_LIMIT = 200  # points of one walk_matrix: a few doors, not a city
WATCHERS_AT_ONCE = 256  # one portion of work between two looks at the progress bar
SHORTEST_BAND_M = 400.0  # straight lines are measured by bands of reach: up to 400 m, 800 m, 1,600 m …

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

    def as_sources(self, rows: slice = slice(None)) -> Sources:
        return Sources(*(getattr(self, name)[rows] for name in Sources._fields))

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
    pairs = _walk(graph, sources, homes, limit=reach_m[sources.number], progress=progress)
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
        _by_watcher(watcher[with_reach][pairs[0]], household[pairs[1]], pairs[2] * factor),
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

    Each search ends as soon as all doors are met that can be, so nearby doors take no walk through the city.

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
    start, end, walked = _walk(graph, doors, doors, limit=np.full(len(doors), np.inf))
    costs[start, end] = walked
    costs = np.minimum(costs, costs.T)
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


def _walk(
    graph: StreetGraph,
    sources: _Doors,
    homes: _Doors,
    *,
    limit: np.ndarray,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return numbers of source and home and the cost of each walk within ``limit``, sources in order."""
    ways = graph.adjacency
    streets = Streets(ways.indptr.astype(np.int64), ways.indices, ways.data)
    homes = homes.take(np.argsort(homes.u, kind="stable"))  # doors of one node together: fewer cache misses
    targets = _as_targets(graph, homes)
    limit = limit + REACH_TOLERANCE_M
    to_find = _doors_to_find(graph, sources, homes, limit)
    parts = in_portions(
        lambda part: walks_within(streets, sources.as_sources(part), targets, limit[part], to_find[part]),
        len(sources),
        WATCHERS_AT_ONCE,
        progress,
    )
    watcher, household = (doors.number.astype(np.int32) for doors in (sources, homes))
    starts = range(0, max(len(sources), 1), WATCHERS_AT_ONCE)
    walks = [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))]
    for start, (row, door, cost) in zip(starts, parts, strict=False):
        walks.append((watcher[start + row], household[door], cost))
    source, home, cost = (np.concatenate(columns) for columns in zip(*walks, strict=True))
    return source, home, cost


def _as_targets(graph: StreetGraph, homes: _Doors) -> Targets:
    """List the doors by the nodes at the ends of their street, and by their street."""
    nodes, door = np.concatenate([homes.u, homes.v]), np.tile(np.arange(len(homes), dtype=np.int32), 2)
    by_node, by_edge = np.argsort(nodes, kind="stable"), np.argsort(homes.edge, kind="stable")
    return Targets(
        node_offsets=_offsets(nodes, len(graph.xy)),
        node_door=door[by_node],
        node_cost=np.concatenate([homes.to_u, homes.to_v])[by_node],
        edge_offsets=_offsets(homes.edge, len(graph.u)),
        edge_door=by_edge.astype(np.int32),
        to_street=homes.to_street,
        along=homes.along,
    )


def _offsets(keys: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=count))])


def _doors_to_find(graph: StreetGraph, sources: _Doors, homes: _Doors, limit: np.ndarray) -> np.ndarray:
    """Return how many street ends with doors each source without a limit can meet; -1 where it has one."""
    ends = np.unique(np.concatenate([homes.u, homes.v]))
    by_part = np.bincount(graph.component[ends], minlength=graph.component.max(initial=-1) + 1)
    return np.where(np.isinf(limit), by_part[graph.component[sources.u]], -1)


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
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs within each source's radius, band by band, so that one long reach does not widen all others."""
    pairs = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    if len(from_xy) and len(to_xy):
        targets = cKDTree(to_xy)
        limit = radius_m + REACH_TOLERANCE_M
        band = np.ceil(np.log2(np.maximum(limit / SHORTEST_BAND_M, 1)))
        for rows in (np.flatnonzero(band == wanted) for wanted in np.unique(band)):
            near = cKDTree(from_xy[rows]).sparse_distance_matrix(
                targets, limit[rows].max(), output_type="ndarray"
            )
            within = near[near["v"] <= limit[rows[near["i"]]]]
            pairs.append((rows[within["i"]], within["j"], within["v"]))
    source, home, metres = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
    return source, home, metres


def _by_watcher(
    watcher: np.ndarray, household: np.ndarray, cost_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.argsort(watcher, kind="stable")
    return watcher[order], household[order], cost_m[order]


def _sorted_costs(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    watcher_ids: pd.Index,
    household_ids: pd.Index,
    **description: object,
) -> WalkingCosts:
    """Sort pairs given by rising watcher."""
    arrays = sort_by_household(*pairs, len(household_ids))
    for array in arrays:
        array.setflags(write=False)
    return WalkingCosts(*arrays, watcher_ids, household_ids, **description)
