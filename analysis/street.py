"""The walking graph of a city: streets with their cost in one season, and points set on them.

A cost is in equivalent flat metres: the flat metres on dry ground that take as long as the street does,
mean of the walk there and the walk back. So it is the same both ways, it is never less than the length, and
a reach in metres compares with it. A street with unknown heights is costed as flat, and counted.

References
----------
Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1: the
hiking function, speed = 6 exp(-3.5 |gradient + 0.05|) km/h.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from analysis.errors import FrameError, ParameterError
from analysis.frames import SEASONS, STREETS, check_frame


@dataclass(frozen=True)
class WalkingRules:
    """How walking is costed; every default says whether it is sourced or assumed.

    Parameters
    ----------
    snow_factor : float, at least 1
        Cost of a metre in snow on a street nobody clears, and on the way from a door to the street.
        Assumed 2.0: half the speed.
    cleared_factor : float, from 1 to ``snow_factor``
        Cost of a metre in snow on a cleared street. Assumed 1.3: packed snow and ice remain.
    steep_closed_gradient : float, above 0
        Rise over length above which a street is closed in snow, cleared or not; at the gradient itself it
        stays open. Assumed 0.125: one in eight, the steepest ramp of the Building Standards Act's
        Enforcement Order (article 26), which does not speak of snow.
    impossible_gradient : float, above ``steep_closed_gradient``
        Above this the two heights are taken as unknown, and counted: a street of 45° is an error of the
        height data. Assumed 1.0.
    snap_limit_m : float, above 0, metres
        Farthest a door may lie from a street. Assumed 100 m; equality counts as within.
    detour_factor : float, at least 1
        Walk over straight line where there are no streets. Assumed 1.3.
    speed_kmh : float, above 0, km/h
        Speed on flat, dry ground, which turns minutes into equivalent flat metres. Assumed 4.0: many watchers
        are over 65.
    """

    snow_factor: float = 2.0
    cleared_factor: float = 1.3
    steep_closed_gradient: float = 0.125
    impossible_gradient: float = 1.0
    snap_limit_m: float = 100.0
    detour_factor: float = 1.3
    speed_kmh: float = 4.0

    def __post_init__(self) -> None:
        """Raise one ParameterError naming every rule outside its range."""
        faults = [
            f"Expected {name} {wanted}, got {getattr(self, name)}. Correct it."
            for name, wanted, holds in (
                ("snow_factor", ">= 1", 1 <= self.snow_factor < np.inf),
                ("cleared_factor", "from 1 to snow_factor", 1 <= self.cleared_factor <= self.snow_factor),
                ("steep_closed_gradient", "> 0", self.steep_closed_gradient > 0),
                (
                    "impossible_gradient",
                    "> steep_closed_gradient",
                    self.impossible_gradient > self.steep_closed_gradient,
                ),
                ("snap_limit_m", "> 0", 0 < self.snap_limit_m < np.inf),
                ("detour_factor", ">= 1", 1 <= self.detour_factor < np.inf),
                ("speed_kmh", "> 0", 0 < self.speed_kmh < np.inf),
            )
            if not holds
        ]
        if faults:
            raise ParameterError(" ".join(faults))

    def door_factor(self, season: str) -> float:
        """Return the cost of a metre between a door and its street: 1, or ``snow_factor`` in snow."""
        return self.snow_factor if season == "snow" else 1.0

    def metres_of(self, minutes: float | np.ndarray) -> float | np.ndarray:
        """Return the equivalent flat metres walked in so many minutes; missing (NaN) stays missing."""
        return minutes * self.speed_kmh * _M_PER_MIN

    def minutes_of(self, metres: float | np.ndarray) -> float | np.ndarray:
        """Return the minutes that so many equivalent flat metres take; missing (NaN) stays missing."""
        return metres / (self.speed_kmh * _M_PER_MIN)


_M_PER_MIN = 1000 / 60  # metres a minute at 1 km/h
TOUCH_M = 1e-6  # floating error of a position: equality counts as within a limit
FAIR_RATIO = 0.99  # lengths taken on a sphere fall up to 0.5 % short of projected ones


@dataclass(frozen=True, eq=False)
class StreetGraph:
    """Undirected streets of one city in one season; N nodes, E edges; its arrays refuse writing.

    Parameters
    ----------
    node_ids : Index, length N
    edge_ids : Index, length E
    xy : float array (N, 2), metres in ``crs``
        A node stands at the median of the ends of its streets, so one street drawn wrongly does not move it.
    u, v : int arrays (E,), positions of an edge's two nodes; ``lines`` run from u to v
    lines : object array (E,) of LineStrings
    length_m : float array (E,)
    cost_m : float array (E,), equivalent flat metres, at least ``length_m``; inf where closed
    component : int array (N,), number of the connected part (over open edges), the largest being 0
    crs : the metric CRS
    season : "normal" or "snow"
    counts : dict of int
        ``edges``, ``nodes``, ``components``; of edges ``closed_steps``, ``closed_steep``,
        ``unknown_elevation``, ``impossible_gradient``, ``ends_apart`` (an end over 1 m from its node) and
        ``shortcuts`` (costing less than the straight line between their nodes: an error of the lengths or of
        the drawing).
    """

    node_ids: pd.Index
    edge_ids: pd.Index
    xy: np.ndarray
    u: np.ndarray
    v: np.ndarray
    lines: np.ndarray
    length_m: np.ndarray
    cost_m: np.ndarray
    component: np.ndarray
    crs: object
    season: str
    counts: dict[str, int] = field(default_factory=dict)

    @cached_property
    def open_edges(self) -> np.ndarray:
        """Positions of the edges that can be walked in the season."""
        return np.flatnonzero(np.isfinite(self.cost_m))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the lines of ``open_edges``, in that order."""
        return shapely.STRtree(self.lines[self.open_edges], node_capacity=4)  # half the time of 10, measured

    @cached_property
    def adjacency(self) -> sparse.csr_array:
        """Symmetric (N, N) costs of the open edges; of parallel edges the cheapest."""
        return _adjacency(len(self.xy), *(part[self.open_edges] for part in (self.u, self.v, self.cost_m)))


@dataclass(frozen=True, eq=False)
class Snapping:
    """Where points stand on the open streets; one row a point, in the order given.

    Parameters
    ----------
    edge : int array (n,), position of the nearest edge (the first of equals); -1 where none is near enough
    share : float array (n,), from 0 at the edge's u to 1 at its v, along its line; NaN where ``edge`` is -1
    distance_m : float array (n,), straight metres from the point to its street; NaN where ``edge`` is -1
    has_point : bool array (n,)
    """

    edge: np.ndarray
    share: np.ndarray
    distance_m: np.ndarray
    has_point: np.ndarray

    @property
    def on_street(self) -> np.ndarray:
        """Bool array (n,): a street lies within the limit."""
        return self.edge >= 0

    @property
    def far_off(self) -> np.ndarray:
        """Bool array (n,): there is a point, and no open street within the limit."""
        return self.has_point & (self.edge < 0)


def build_street_graph(
    streets: gpd.GeoDataFrame, *, season: str = "normal", rules: WalkingRules = WalkingRules()
) -> StreetGraph:
    """Build the walking graph of one season.

    Streets are walked both ways. Parallel streets, loops and several connected parts are allowed. In snow
    steps are closed, and streets steeper than the rules allow; closed streets stay in the graph with an
    infinite cost.

    Parameters
    ----------
    streets : GeoDataFrame as :data:`analysis.frames.STREETS`, LineStrings from u to v, metric CRS
        ``length_m`` in metres, at least 0; heights in metres, missing allowed.
    season : "normal" or "snow"
    rules : WalkingRules

    Returns
    -------
    StreetGraph

    Raises
    ------
    FrameError
        The frame breaks its rule, or an edge lacks a node, a line or a length.
    ParameterError
        The season is unknown.
    """
    if season not in SEASONS:
        raise ParameterError(f"Expected season one of {', '.join(SEASONS)}, got {season!r}. Choose one.")
    _check_streets(streets)
    node_ids, u, v = _number_nodes(streets)
    lines = np.array(streets.geometry, dtype=object)
    ends = _line_ends(lines)
    xy = _node_positions(u, v, ends, len(node_ids))
    length_m = np.array(streets["length_m"], dtype=float)
    cost_m, costing = _edge_costs(streets, length_m, season, rules)
    component = _number_components(len(xy), u, v, cost_m)
    shape = _shape_counts(xy, u, v, ends) | {"components": int(component.max(initial=-1)) + 1}
    shape["shortcuts"] = int((cost_m < FAIR_RATIO * _straight_m(xy, u, v)).sum())
    for array in (xy, u, v, lines, length_m, cost_m, component):
        array.setflags(write=False)
    return StreetGraph(
        node_ids,
        streets.index,
        xy,
        u,
        v,
        lines=lines,
        length_m=length_m,
        cost_m=cost_m,
        component=component,
        crs=streets.crs,
        season=season,
        counts=shape | costing,
    )


def slope_factor(gradient: np.ndarray) -> np.ndarray:
    """Return the time up and down a gradient, halved, over the time on the flat: Tobler's hiking function.

    Parameters
    ----------
    gradient : float array, rise over length; its sign does not matter

    Returns
    -------
    float array, at least 1: 1 on the flat, about 1.21 at 0.10
    """
    steepness = np.abs(gradient)
    there = np.exp(3.5 * steepness)
    back = np.exp(3.5 * (np.abs(steepness - 0.05) - 0.05))
    return (there + back) / 2


def snap_to_streets(graph: StreetGraph, points: gpd.GeoSeries, limit_m: float) -> Snapping:
    """Set points on the nearest open street.

    A street exactly ``limit_m`` away counts as near enough. Of streets equally near the first is taken. A
    point that is missing or empty, or farther from every street, gets edge -1.

    Parameters
    ----------
    graph : StreetGraph
    points : GeoSeries of Points in the graph's CRS
    limit_m : float, above 0, metres

    Raises
    ------
    FrameError
        The points are in another CRS, or are not points.
    ParameterError
        The limit is not above 0.
    """
    if not limit_m > 0:
        raise ParameterError(f"Expected limit_m > 0, got {limit_m}. Give metres.")
    _check_points(points, graph.crs)
    geometries = np.asarray(points, dtype=object)
    has_point = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    row, edge, distance = _nearest_edges(graph, geometries, limit_m)
    snapping = Snapping(
        edge=np.full(len(points), -1, dtype=np.int64),
        share=np.full(len(points), np.nan),
        distance_m=np.full(len(points), np.nan),
        has_point=has_point,
    )
    snapping.edge[row] = edge
    snapping.share[row] = _share_along(graph.lines[edge], geometries[row])
    snapping.distance_m[row] = distance
    return snapping


def _check_streets(streets: gpd.GeoDataFrame) -> None:
    check_frame(streets, STREETS)
    length_m = streets["length_m"]
    failing = {
        "both node ids": streets["u"].isna() | streets["v"].isna(),
        "a length_m >= 0 and finite": ~((length_m >= 0) & np.isfinite(length_m)),
        "a LineString": (streets.geom_type != "LineString") | streets.is_empty,
    }
    faults = [
        f"Expected streets with {wanted}, got {bad.sum()} without: "
        f"{', '.join(map(str, streets.index[bad][:5]))}. Correct or leave out these edges."
        for wanted, bad in failing.items()
        if bad.any()
    ]
    if faults:
        raise FrameError(" ".join(faults))


def _check_points(points: gpd.GeoSeries, crs: object) -> None:
    if points.crs != crs:
        raise FrameError(
            f"Expected points in the streets' CRS {crs}, got {points.crs}. Call to_metric_crs first."
        )
    kinds = set(points.geom_type.dropna().unique()) - {"Point"}
    if kinds:
        raise FrameError(f"Expected points only, got {', '.join(sorted(kinds))}. Use representative points.")


def _number_nodes(streets: gpd.GeoDataFrame) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    numbers, node_ids = pd.factorize(pd.concat([streets["u"], streets["v"]], ignore_index=True))
    u, v = np.split(numbers.astype(np.int64), 2)
    return pd.Index(node_ids, name="node_id"), u.copy(), v.copy()


def _line_ends(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, last = (shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1))
    return first, last


def _node_positions(u: np.ndarray, v: np.ndarray, ends: tuple[np.ndarray, np.ndarray], n: int) -> np.ndarray:
    places = pd.DataFrame(np.vstack(ends)).groupby(np.concatenate([u, v])).median()
    return np.ascontiguousarray(places.reindex(range(n)).to_numpy())


def _edge_costs(
    streets: gpd.GeoDataFrame, length_m: np.ndarray, season: str, rules: WalkingRules
) -> tuple[np.ndarray, dict[str, int]]:
    gradient, counts = _gradients(streets, length_m, rules)
    cost_m = length_m * slope_factor(gradient)
    if season == "normal":
        return cost_m, counts | {"closed_steps": 0, "closed_steep": 0}
    steps = streets["is_steps"].to_numpy(dtype=bool)
    steep = gradient > rules.steep_closed_gradient
    cleared = streets["snow_cleared"].to_numpy(dtype=bool)
    cost_m = cost_m * np.where(cleared, rules.cleared_factor, rules.snow_factor)
    cost_m[steps | steep] = np.inf
    return cost_m, counts | {"closed_steps": int(steps.sum()), "closed_steep": int((steep & ~steps).sum())}


def _gradients(
    streets: gpd.GeoDataFrame, length_m: np.ndarray, rules: WalkingRules
) -> tuple[np.ndarray, dict[str, int]]:
    heights = streets[["elevation_u_m", "elevation_v_m"]].to_numpy(dtype=float)
    rise = np.abs(heights[:, 1] - heights[:, 0])
    unknown = ~np.isfinite(rise)
    impossible = rise > rules.impossible_gradient * length_m
    usable = ~unknown & ~impossible & (length_m > 0)
    gradient = np.divide(rise, length_m, out=np.zeros(len(rise)), where=usable)
    return gradient, {"unknown_elevation": int(unknown.sum()), "impossible_gradient": int(impossible.sum())}


def _adjacency(n: int, u: np.ndarray, v: np.ndarray, cost_m: np.ndarray) -> sparse.csr_array:
    start, end, cost = np.concatenate([u, v]), np.concatenate([v, u]), np.tile(cost_m, 2)
    order = np.lexsort((cost, end, start))
    start, end, cost = start[order], end[order], cost[order]
    first = np.append(True, (np.diff(start) != 0) | (np.diff(end) != 0))[: len(start)]
    offsets = np.searchsorted(start[first], np.arange(n + 1))
    return sparse.csr_array(
        (cost[first], end[first].astype(np.int32), offsets.astype(np.int32)), shape=(n, n)
    )


def _number_components(n: int, u: np.ndarray, v: np.ndarray, cost_m: np.ndarray) -> np.ndarray:
    is_open = np.isfinite(cost_m)
    _, label = csgraph.connected_components(
        _adjacency(n, u[is_open], v[is_open], cost_m[is_open]), directed=False
    )
    by_size = np.argsort(-np.bincount(label), kind="stable")
    rank = np.empty(len(by_size), dtype=np.int64)
    rank[by_size] = np.arange(len(by_size))
    return rank[label]


def _straight_m(xy: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.hypot(*(xy[u] - xy[v]).T)


def _shape_counts(
    xy: np.ndarray, u: np.ndarray, v: np.ndarray, ends: tuple[np.ndarray, np.ndarray]
) -> dict[str, int]:
    gaps = [np.hypot(*(end - xy[node]).T) for end, node in zip(ends, (u, v), strict=True)]
    return {"edges": len(u), "nodes": len(xy), "ends_apart": int((np.maximum(*gaps) > 1).sum())}


def _nearest_edges(
    graph: StreetGraph, points: np.ndarray, limit_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the points near a street, the nearest edge (lowest position of equals) and the metres to it."""
    (row, nearest), distance = graph.tree.query_nearest(points, return_distance=True)
    near = distance <= limit_m + TOUCH_M
    row, nearest, distance = row[near], nearest[near], distance[near]
    edge = graph.open_edges[nearest]
    order = np.lexsort((edge, row))
    row, edge, distance = row[order], edge[order], distance[order]
    first = np.append(True, np.diff(row) != 0)[: len(row)]
    return row[first], edge[first], distance[first]


def _share_along(lines: np.ndarray, points: np.ndarray) -> np.ndarray:
    length = shapely.length(lines)
    along = shapely.line_locate_point(lines, points)
    return np.divide(along, length, out=np.zeros(len(lines)), where=length > 0)
