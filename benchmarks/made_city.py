"""The synthetic city of the city benchmark: streets, households, watchers, agreements and assignments.

A bent grid of 50 m with seven streets kept of ten, two rivers with nine bridges each, seven households of
ten in quarters of 3,500 (forty in a city of 200,000), and watchers who live among them. Half a node a
household: a city of 200,000 has about 100,000 nodes and 140,000 streets. The same numbers and the same seed
give the same city.
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numba import njit
from scipy import sparse
from scipy.sparse import csgraph

from analysis.walking import WalkingCosts
from analysis.watch_graph import Situation, WatchGraph, WatchInputs, build_watch_graph

CRS = 6675
TODAY = dt.date(2026, 4, 1)
CENTRES = pd.Index(["C1"], name="facility_id")
BLOCK_M, BEND_M = 50.0, 8.0
STREETS_PER_NODE = 1.4
BRIDGES = 9
REACH_M = 800.0
QUARTER_HOUSEHOLDS, QUARTER_SHARE, QUARTER_SPREAD_M = 5_000, 0.7, 950.0
DISTRICTS_ACROSS = (10, 6)
CAPACITY_SHARE = (0.45, 1.5)  # of the households there are for each watcher: 30 to 100 of 66.7
KINDS = {
    "welfare_commissioner": 0.62,
    "community_promoter": 0.16,
    "neighbour": 0.08,
    "casual_volunteer": 0.05,
    "npo": 0.04,
    "company": 0.02,
    "shop": 0.03,
}
CONSENT = (0.02, 0.04, 0.14, 0.2, 0.6)  # share of the households at the levels 0 to 4


def make_streets(households: int, seed: int) -> gpd.GeoDataFrame:
    """Make the streets of a city of so many households: connected, half a node a household."""
    generator = np.random.default_rng([seed, 1])
    rows = max(4, round(np.sqrt(households / 2)))
    columns = max(4, round(households / 2 / rows))
    column, row = (part.ravel() for part in np.meshgrid(np.arange(columns), np.arange(rows)))
    xy = np.column_stack([column, row]) * BLOCK_M + generator.normal(0, BEND_M, (rows * columns, 2))
    u, v = _kept_streets(column, row, generator)
    lines = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    return gpd.GeoDataFrame(
        {
            "u": u.astype(str),
            "v": v.astype(str),
            "length_m": shapely.length(lines),
            "elevation_u_m": 0.0,
            "elevation_v_m": 0.0,
            "is_steps": generator.random(len(u)) < 0.01,
            "snow_cleared": generator.random(len(u)) < 0.3,
        },
        geometry=lines,
        crs=CRS,
        index=pd.Index(np.arange(len(u)).astype(str), name="edge_id"),
    )


def _kept_streets(
    column: np.ndarray, row: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the streets kept: all bridges, a random spanning tree, then others."""
    columns, rows, number = column.max() + 1, row.max() + 1, np.arange(len(column))
    east, north = number[column < columns - 1], number[row < rows - 1]
    u, v = np.concatenate([east, north]), np.concatenate([east + 1, north + columns])
    over_river = np.isin(column[u], (columns // 3, 2 * columns // 3)) & (row[u] == row[v])
    bridges = np.linspace(0, rows - 1, min(BRIDGES, rows)).round()
    is_bridge = over_river & np.isin(row[u], bridges)
    u, v, is_bridge = (part[~over_river | is_bridge] for part in (u, v, is_bridge))
    rank = generator.permutation(len(u)) + 1.0
    streets = sparse.csr_array((rank, (u, v)), shape=(len(column), len(column)))
    first = is_bridge | np.isin(rank, csgraph.minimum_spanning_tree(streets).data)
    kept = np.lexsort((rank, ~first))[: round(STREETS_PER_NODE * len(column))]
    return u[np.sort(kept)], v[np.sort(kept)]


def make_households(streets: gpd.GeoDataFrame, count: int, seed: int) -> gpd.GeoDataFrame:
    """Scatter households over the city, each with one visit a month to be made."""
    generator = np.random.default_rng([seed, 2])
    xy = _scatter(streets, count, count, generator, seed)
    return gpd.GeoDataFrame(
        {
            "visits_per_month": 1.0,
            "weight": 1.0,
            "consent": generator.choice(5, count, p=CONSENT),
            "community_district": _districts(streets, xy),
        },
        geometry=gpd.points_from_xy(*xy.T, crs=CRS),
        index=_ids("H", count, "household_id"),
    )


def make_watchers(streets: gpd.GeoDataFrame, count: int, *, households: int, seed: int) -> gpd.GeoDataFrame:
    """Scatter watchers as the households are; together they have room for somewhat fewer than there are."""
    generator = np.random.default_rng([seed, 3])
    xy = _scatter(streets, count, households, generator, seed)
    least, most = (share * households / count for share in CAPACITY_SHARE)
    home, chance = _districts(streets, xy), generator.random(count)
    colleague = generator.integers(count, size=count)
    ids = _ids("W", count, "watcher_id")
    reports_to = np.select([chance < 0.88, chance < 0.94], ["C1", ids[colleague].to_numpy()], "")
    terms = np.array([dt.date(2026, 11, 30), dt.date(2028, 11, 30)], dtype=object)
    return gpd.GeoDataFrame(
        {
            "kind": generator.choice(list(KINDS), count, p=list(KINDS.values())),
            "service_area": None,
            "organisation": np.char.add("O", (generator.integers(40, size=count)).astype(str)),
            "district": np.where(generator.random(count) < 0.5, home, None),
            "visits_per_month": generator.integers(round(least), round(most) + 1, count).astype(float),
            "reach_m": REACH_M,
            "birth_year": generator.integers(1945, 1990, count).astype(float),
            "term_end": terms[(generator.random(count) < 0.8).astype(int)],
            "reports_to": reports_to,
            "status": np.where(generator.random(count) < 0.98, "active", "vacant"),
        },
        geometry=gpd.points_from_xy(*xy.T, crs=CRS),
        index=ids,
    )


def _scatter(
    streets: gpd.GeoDataFrame, count: int, households: int, generator: np.random.Generator, seed: int
) -> np.ndarray:
    """Draw places (count, 2): most of them in quarters, which depend on the seed only."""
    west, south, east, north = streets.total_bounds
    low, size = np.array([west, south]), np.array([east - west, north - south])
    quarters = max(1, households // QUARTER_HOUSEHOLDS)
    centres = np.random.default_rng([seed, 4]).random((quarters, 2)) * size
    xy = generator.random((count, 2)) * size
    inside = generator.random(count) < QUARTER_SHARE
    around = centres[generator.integers(quarters, size=count)]
    spread = min(QUARTER_SPREAD_M, size.min() / 4)
    xy[inside] = (around + generator.normal(0, spread, (count, 2)))[inside]
    return low + np.abs((xy + size) % (2 * size) - size)  # what falls outside is mirrored at the edge


def _districts(streets: gpd.GeoDataFrame, xy: np.ndarray) -> np.ndarray:
    west, south, east, north = streets.total_bounds
    share = (xy - [west, south]) / [east - west, north - south]
    square = np.clip((share * DISTRICTS_ACROSS).astype(int), 0, np.array(DISTRICTS_ACROSS) - 1)
    return np.char.add("K", (square[:, 0] * DISTRICTS_ACROSS[1] + square[:, 1]).astype(str)).astype(object)


def _ids(letter: str, count: int, name: str) -> pd.Index:
    return pd.Index([f"{letter}{number:06d}" for number in range(count)], name=name)


def make_agreements(seed: int) -> pd.DataFrame:
    """Let twenty districts drawn at random help another one each."""
    generator = np.random.default_rng([seed, 5])
    pairs = generator.integers(np.prod(DISTRICTS_ACROSS), size=(20, 2)).astype(str)
    return pd.DataFrame(
        {
            "district": np.char.add("K", pairs[:, 0]),
            "helped_district": np.char.add("K", pairs[:, 1]),
            "valid_from": None,
            "valid_to": None,
        },
        index=pd.Index([f"G{number:02d}" for number in range(len(pairs))], name="agreement_id"),
    )


def make_inputs(
    households: gpd.GeoDataFrame,
    watchers: gpd.GeoDataFrame,
    costs: WalkingCosts,
    *,
    normal_costs: WalkingCosts | None = None,
    seed: int,
) -> WatchInputs:
    """Return the inputs of a watch graph, with standing assignments by nearest pair first."""
    normal = costs if normal_costs is None else normal_costs
    nobody = _as_assignments(np.empty(0, int), np.empty(0, int), households, watchers)
    inputs = WatchInputs(households, watchers, nobody, make_agreements(seed), CENTRES, normal, normal)
    assignments = assign_nearest_first(
        build_watch_graph(inputs, Situation(TODAY)), households, watchers, seed
    )
    return WatchInputs(households, watchers, assignments, inputs.agreements, CENTRES, costs, normal)


def assign_nearest_first(
    graph: WatchGraph, households: gpd.GeoDataFrame, watchers: gpd.GeoDataFrame, seed: int
) -> pd.DataFrame:
    """Give each household the nearest allowed watcher with room, nearest pairs first.

    Three of a hundred of these links are left out; every fourth household gets its first or second allowed
    watcher, where that is not the main one, as backup.
    """
    generator = np.random.default_rng([seed, 6])
    links = graph.links[graph.links["allowed"]]
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    chosen = _greedy(
        household,
        watcher,
        np.argsort(links["cost_m"].to_numpy(), kind="stable"),
        np.zeros(len(households), bool),
        graph.watchers["capacity_visits"].to_numpy() // 12,
    )
    chosen &= generator.random(len(links)) >= 0.03
    backup = ~chosen & (links.groupby("household").cumcount() < 2).to_numpy()
    backup &= (generator.random(len(households)) < 0.25)[household]
    primary = _as_assignments(watcher[chosen], household[chosen], households, watchers)
    spare = _as_assignments(watcher[backup], household[backup], households, watchers, role="backup")
    return pd.concat([primary, spare])


@njit(cache=True)
def _greedy(household, watcher, order, served, room):
    chosen = np.zeros(len(order), np.bool_)
    for row in order:
        if not served[household[row]] and room[watcher[row]] > 0:
            served[household[row]] = chosen[row] = True
            room[watcher[row]] -= 1
    return chosen


def _as_assignments(
    watcher: np.ndarray,
    household: np.ndarray,
    households: gpd.GeoDataFrame,
    watchers: gpd.GeoDataFrame,
    role: str = "primary",
) -> pd.DataFrame:
    names = [f"{role[0].upper()}{number:06d}" for number in range(len(watcher))]
    return pd.DataFrame(
        {
            "watcher_id": watchers.index[watcher],
            "household_id": households.index[household],
            "role": role,
            "visits_per_month": np.nan,
            "valid_from": None,
            "valid_to": None,
        },
        index=pd.Index(names, name="assignment_id", dtype=object),
    )
