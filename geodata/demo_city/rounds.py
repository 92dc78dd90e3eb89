"""Delivery rounds: closed ways along the streets that newspapers, the co-op and the post take."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geodata.demo_city.main_streets import link_matrix, piece_numbers, pieces_on, trace
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.streets import StreetNet
from geodata.demo_city.terrain import STORAGE_EPSG, Terrain, sample_land, to_lonlat

STOPS = 8
RADIUS_M = (450.0, 900.0)
LEG_REACH_M = 2_600.0


@dataclass(frozen=True)
class Fleet:
    """The rounds of some firms: how many in a standard city, the letter of their ids, and their status.

    ``firms``: name, passes a month, share of the rounds.
    """

    part: str
    standard: int
    prefix: str
    status: str
    firms: tuple[tuple[str, float, float], ...]


SIGNED = Fleet(
    "rounds",
    40,
    "D",
    "active",
    (("架空新聞", 30.0, 0.45), ("架空生協", 4.0, 0.30), ("架空郵便", 1.0, 0.25)),
)
COULD_SIGN = Fleet(
    "candidate rounds",
    30,
    "E",
    "candidate",
    (
        *(("架空牛乳", 13.0, 0.2), ("架空配食", 20.0, 0.2), ("架空宅配", 8.0, 0.2)),
        *(("架空燃料", 2.0, 0.2), ("架空検針", 1.0, 0.2)),
    ),
)


def draw_rounds(
    terrain: Terrain, net: StreetNet, plan: CityPlan, fleet: Fleet = SIGNED
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the delivery firms of a fleet as watchers and their rounds as lines."""
    rng = plan.generator(fleet.part)
    count = plan.count(fleet.standard, 2)
    pairs = np.column_stack([net.u, net.v])
    graph, number = link_matrix(len(net.xy), pairs, net.length_m), piece_numbers(len(net.xy), pairs)
    nodes = cKDTree(net.xy)
    stops = [_stops(nodes, middle, rng) for middle in sample_land(terrain, count, rng)]
    lines = [_round_line(net, graph, number, at) for at in stops]
    depots = to_lonlat(net.xy[[at[0] for at in stops]])
    firm = rng.choice(len(fleet.firms), count, p=[share for _, _, share in fleet.firms])
    firms = pd.DataFrame(
        {
            "watcher_id": [f"{fleet.prefix}{n:04d}" for n in range(1, count + 1)],
            "kind": "delivery_firm",
            "lon": depots[:, 0],
            "lat": depots[:, 1],
            "organisation": np.array([name for name, _, _ in fleet.firms])[firm],
            "visits_per_month": np.array([passes for _, passes, _ in fleet.firms])[firm],
            "status": fleet.status,
        }
    )
    shapes = to_lonlat(np.array(lines, dtype=object))
    return firms, gpd.GeoDataFrame(firms[["watcher_id"]], geometry=shapes, crs=STORAGE_EPSG)


def _stops(nodes: cKDTree, middle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return nodes around a middle, in order of their direction."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, STOPS))
    radius = rng.uniform(*RADIUS_M, STOPS)
    wanted = middle + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    stops = nodes.query(wanted)[1]
    return stops[np.concatenate([[True], np.diff(stops) != 0])]


def _round_line(net: StreetNet, graph: csr_array, number: csr_array, stops: np.ndarray) -> BaseGeometry:
    """Return the way from stop to stop and back; a leg that is too far to walk is left out."""
    _, before = dijkstra(graph, indices=stops, limit=LEG_REACH_M, return_predecessors=True)
    legs = []
    for place, (start, end) in enumerate(zip(stops, np.roll(stops, -1), strict=True)):
        if start != end and before[place, end] >= 0:
            path = trace(before[place], start, end)
            legs.append(_leg(net, path, pieces_on(path, number)))
    ways = shapely.line_merge(MultiLineString(legs)) if len(legs) < len(stops) else None
    return ways if ways is not None else LineString(np.concatenate(legs))


def _leg(net: StreetNet, path: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Return the places a path runs through, bends included."""
    places = np.empty((2 * len(path) - 1, 2))
    places[::2] = net.xy[path]
    places[1::2] = net.bend[pieces]
    return places[~np.isnan(places[:, 0])]
