"""The walking network: quarters with their own grain, blocks joined into larger ones, few bridges.

Nodes stand on a lattice of each quarter's own direction, spacing and disorder. The Delaunay triangulation
without each triangle's longest side (the Urquhart graph) turns them into blocks and stays connected; pieces
over water go, save a few bridges; then pieces off the main streets are taken away at random, never the last
link of a place.

References
----------
Urquhart, R. B. (1980). Algorithms for computation of relative neighbourhood graph. Electronics Letters 16.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from geodata.demo_city.main_streets import MAIN, RADIAL, mark_main_streets
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.terrain import Terrain, elevation_m, is_castle, land_per_node, river_side, sample_land
from geodata.demo_city.tiling import Tiling

NODES_PER_QUARTER = 260
CLOSEST_NODES_M = 13.0
LONGEST_PIECE = 4.2  # in spacings of the place
LONGEST_BRIDGE_M = 260.0
ISLAND_NODES = 14
BANK_M = 9.0  # no street node nearer to water
CASTLE_THINNING = 0.8  # share of the nodes the castle grounds lack
STEPS_GRADIENT = 0.13
BENT_SHARE = 0.35
MOST_BEND = 0.11  # of the length, to either side
SHORTEST_BENT_M, LONGEST_BENT_M = 35.0, 250.0


@dataclass(frozen=True)
class StreetNet:
    """Nodes (metres, heights) and undirected pieces of street; ``bend`` is NaN where a piece is straight."""

    xy: np.ndarray
    elevation_m: np.ndarray
    u: np.ndarray
    v: np.ndarray
    bend: np.ndarray
    length_m: np.ndarray
    highway: np.ndarray
    is_bridge: np.ndarray
    snow_cleared: np.ndarray


@dataclass(frozen=True)
class _Draft:
    """A net being drawn: nodes and pieces, which are bridges, and the rank of main streets (0 is none)."""

    xy: np.ndarray
    pairs: np.ndarray
    is_bridge: np.ndarray
    rank: np.ndarray

    @property
    def length(self) -> np.ndarray:
        return np.hypot(*(self.xy[self.pairs[:, 0]] - self.xy[self.pairs[:, 1]]).T)

    def only(self, kept: np.ndarray) -> _Draft:
        return replace(self, pairs=self.pairs[kept], is_bridge=self.is_bridge[kept], rank=self.rank[kept])


def build_street_net(terrain: Terrain, tiling: Tiling, plan: CityPlan) -> StreetNet:
    """Draw the street network of a town."""
    rng = plan.generator("streets")
    draft = _draw_blocks(terrain, _scatter_nodes(terrain, tiling, plan, rng), plan, rng)
    draft = _main_piece(draft)
    draft = replace(draft, rank=mark_main_streets(draft.xy, draft.pairs, draft.is_bridge, plan))
    draft = _take_away(terrain, draft, plan, rng)
    draft = _cut_off_islands(draft, plan, rng)
    return _finish(terrain, draft, rng)


def _scatter_nodes(terrain: Terrain, tiling: Tiling, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Fill quarters with lattices; the number of nodes follows the plan within a few per cent."""
    wanted = plan.nodes
    quarters = sample_land(terrain, max(12, wanted // NODES_PER_QUARTER), rng)
    land = _land_of_a_node(terrain, tiling, wanted)
    nodes = _fill_quarters(terrain, quarters, land, rng)
    shapely.prepare(tiling.built_up)
    banks = terrain.water.buffer(BANK_M)
    shapely.prepare(banks)
    dry = shapely.contains_xy(tiling.built_up, nodes) & ~shapely.contains_xy(banks, nodes)
    garden = is_castle(terrain, nodes) & (rng.random(len(nodes)) < CASTLE_THINNING)
    return _thin_close(nodes[dry & ~garden])


def _land_of_a_node(terrain: Terrain, tiling: Tiling, wanted: int) -> float:
    """Return the square metres one node has at the centre so that the town takes ``wanted`` nodes."""
    middles = shapely.get_coordinates(shapely.centroid(tiling.cells))
    relative = shapely.area(tiling.cells) / land_per_node(terrain, middles)
    return float(relative.sum() / wanted)


def _fill_quarters(
    terrain: Terrain, quarters: np.ndarray, land: float, rng: np.random.Generator
) -> np.ndarray:
    tree = cKDTree(quarters)
    reach = np.minimum(tree.query(quarters, k=[7])[0][:, 0] * 1.6, 2_200 * terrain.scale)
    room = land * land_per_node(terrain, quarters)
    old = np.hypot(*quarters.T) < 2_000 * terrain.scale
    turn = np.where(old, rng.uniform(0, np.pi, len(quarters)), np.pi / 4 + rng.normal(0, 0.22, len(quarters)))
    stretch = np.where(old, rng.uniform(1, 1.5, len(quarters)), rng.uniform(1.1, 2.1, len(quarters)))
    disorder = np.where(old, 0.27, rng.choice([0.07, 0.14, 0.26], len(quarters)))
    filled = []
    for which in range(len(quarters)):
        lattice = _lattice(reach[which], room[which], stretch[which], disorder[which], rng)
        cos, sin = np.cos(turn[which]), np.sin(turn[which])
        places = lattice @ np.array([[cos, sin], [-sin, cos]]) + quarters[which]
        filled.append(places[tree.query(places)[1] == which])
    return np.concatenate(filled)


def _lattice(
    reach: float, room: float, stretch: float, disorder: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a disordered lattice around the origin with ``room`` square metres a node."""
    short = np.sqrt(room / stretch)
    along = np.arange(-reach, reach + short, short)
    across = np.arange(-reach, reach + short * stretch, short * stretch)
    places = np.stack(np.meshgrid(along, across), axis=-1).reshape(-1, 2)
    return places + rng.normal(0, disorder * short * 0.7, places.shape)


def _thin_close(nodes: np.ndarray) -> np.ndarray:
    pairs = cKDTree(nodes).query_pairs(CLOSEST_NODES_M, output_type="ndarray")
    return np.delete(nodes, np.unique(pairs.max(axis=1)), axis=0)


def _draw_blocks(terrain: Terrain, xy: np.ndarray, plan: CityPlan, rng: np.random.Generator) -> _Draft:
    """Join the nodes to blocks and span the bridges."""
    triangles = Delaunay(xy).simplices
    sides = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    lengths = np.hypot(*np.moveaxis(xy[sides[:, :, 0]] - xy[sides[:, :, 1]], -1, 0))
    longest = np.zeros(lengths.shape, bool)
    longest[np.arange(len(sides)), lengths.argmax(axis=1)] = True
    pairs, inverse = np.unique(sides.reshape(-1, 2), axis=0, return_inverse=True)
    diagonal = np.bincount(inverse.ravel(), longest.ravel()) > 0
    shapely.prepare(terrain.water)
    wet = shapely.intersects(terrain.water, shapely.linestrings(xy[pairs]))
    bridges = _choose_bridges(terrain, xy, pairs[wet], plan, rng)
    spacing = cKDTree(xy).query(xy, k=[4])[0][:, 0]
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    dry = ~wet & ~diagonal & (length < LONGEST_PIECE * spacing[pairs].max(axis=1))
    joined = np.vstack([pairs[dry], bridges])
    is_bridge = np.arange(len(joined)) >= dry.sum()
    return _Draft(xy, joined, is_bridge, np.zeros(len(joined), int))


def _choose_bridges(
    terrain: Terrain, xy: np.ndarray, wet: np.ndarray, plan: CityPlan, rng: np.random.Generator
) -> np.ndarray:
    """Choose the shortest crossing near each of a few sites along each river."""
    sides = river_side(terrain, xy)
    span = np.hypot(*(xy[wet[:, 0]] - xy[wet[:, 1]]).T)
    chosen = []
    for which, river in enumerate(terrain.rivers):
        crossing = (np.sort(sides[wet], axis=1) == (which, which + 1)).all(axis=1) & (span < LONGEST_BRIDGE_M)
        options, length = wet[crossing], span[crossing]
        at = shapely.line_locate_point(river, shapely.points(xy[options].mean(axis=1)))
        count = max(2, round(plan.bridges * terrain.scale))
        shares = (np.arange(count) + 0.5 + rng.uniform(-0.25, 0.25, count)) / count
        sites = at.min() + (at.max() - at.min()) * shares
        effort = np.abs(sites[:, None] - at) + 3 * length
        chosen.append(options[np.unique(effort.argmin(axis=1))])
    return np.concatenate(chosen)


def _take_away(terrain: Terrain, draft: _Draft, plan: CityPlan, rng: np.random.Generator) -> _Draft:
    """Take pieces away at random; bridges, main streets and the only link of a place stay."""
    noise = rng.uniform(0.6, 1.4, len(draft.pairs))
    weight = np.where((draft.rank > 0) | draft.is_bridge, 1e-3, 1) * draft.length * noise
    needed = _spanning_pieces(len(draft.xy), draft.pairs, weight)
    dense = np.exp(-np.hypot(*draft.xy.T) / (3_500 * terrain.scale))
    keep_share = np.clip(plan.street_keep * (0.75 + 0.7 * dense[draft.pairs[:, 0]]), 0, 0.95)
    stays = rng.random(len(draft.pairs)) < keep_share
    return draft.only(needed | stays | draft.is_bridge | (draft.rank > 0))


def _spanning_pieces(count: int, pairs: np.ndarray, weight: np.ndarray) -> np.ndarray:
    tree = minimum_spanning_tree(
        coo_array((weight, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    )
    tree = tree.tocoo()
    return np.isin(_keys(pairs, count), tree.row.astype(np.int64) * count + tree.col)


def _keys(pairs: np.ndarray, count: int) -> np.ndarray:
    return pairs[:, 0].astype(np.int64) * count + pairs[:, 1]


def _cut_off_islands(draft: _Draft, plan: CityPlan, rng: np.random.Generator) -> _Draft:
    """Cut a few small groups of outlying nodes off from the rest."""
    far = np.hypot(*draft.xy.T)
    outlying = np.flatnonzero(far > np.quantile(far, 0.8))
    _, group = cKDTree(draft.xy).query(
        draft.xy[rng.choice(outlying, plan.islands, replace=False)], ISLAND_NODES
    )
    island = np.zeros(len(draft.xy), int)
    for number, members in enumerate(group, start=1):
        island[members] = number
    ends = island[draft.pairs]
    cut = draft.only(ends[:, 0] == ends[:, 1])
    label = _labels(cut)
    kept = {np.bincount(label[island == number]).argmax() for number in range(plan.islands + 1)}
    return _compact(cut, np.isin(label, list(kept)))


def _main_piece(draft: _Draft) -> _Draft:
    label = _labels(draft)
    return _compact(draft, label == np.bincount(label).argmax())


def _labels(draft: _Draft) -> np.ndarray:
    count = len(draft.xy)
    links = coo_array((np.ones(len(draft.pairs)), tuple(draft.pairs.T)), shape=(count, count))
    return connected_components(links, directed=False)[1]


def _compact(draft: _Draft, kept: np.ndarray) -> _Draft:
    """Keep some nodes and what joins them, numbered anew."""
    number = np.cumsum(kept) - 1
    pieces = draft.only(kept[draft.pairs].all(axis=1))
    return replace(pieces, xy=draft.xy[kept], pairs=number[pieces.pairs])


def _finish(terrain: Terrain, draft: _Draft, rng: np.random.Generator) -> StreetNet:
    """Give heights, bends, lengths and kinds."""
    heights = np.round(elevation_m(terrain, draft.xy), 1)
    bend = _bends(terrain, draft, rng)
    bent = ~np.isnan(bend[:, 0])
    ends = draft.xy[draft.pairs]
    way = np.hypot(*(bend - ends[:, 0]).T) + np.hypot(*(ends[:, 1] - bend).T)
    length = np.ceil(np.where(bent, way, draft.length) * 100) / 100
    highway = _kinds(terrain, draft, np.abs(np.diff(heights[draft.pairs])[:, 0]) / length, rng)
    u, v = draft.pairs.T
    return StreetNet(draft.xy, heights, u, v, bend, length, highway, draft.is_bridge, draft.rank > 0)


def _bends(terrain: Terrain, draft: _Draft, rng: np.random.Generator) -> np.ndarray:
    """Return a bend beside the middle of some longer pieces away from water, NaN for the others."""
    ends = draft.xy[draft.pairs]
    along = ends[:, 1] - ends[:, 0]
    aside = np.column_stack([-along[:, 1], along[:, 0]]) * rng.uniform(-MOST_BEND, MOST_BEND, (len(along), 1))
    bend = ends.mean(axis=1) + aside
    banks = terrain.water.buffer(MOST_BEND * LONGEST_BENT_M)
    shapely.prepare(banks)
    wet = shapely.intersects(banks, shapely.linestrings(ends)) | draft.is_bridge
    fitting = (draft.length > SHORTEST_BENT_M) & (draft.length < LONGEST_BENT_M)
    chosen = ~wet & fitting & (rng.random(len(along)) < BENT_SHARE)
    return np.where(chosen[:, None], bend, np.nan)


def _kinds(terrain: Terrain, draft: _Draft, gradient: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    middles = draft.xy[draft.pairs].mean(axis=1)
    narrow = rng.random(len(gradient)) < np.where(np.hypot(*middles.T) < 2_000 * terrain.scale, 0.12, 0.05)
    steep = gradient >= STEPS_GRADIENT
    choices = [
        (draft.rank == RADIAL, "secondary"),
        (draft.rank == MAIN, "tertiary"),
        (draft.is_bridge, "tertiary"),
        (steep & (draft.length < 90), "steps"),
        (is_castle(terrain, middles) | steep | narrow, "footway"),
    ]
    return np.select([which for which, _ in choices], [kind for _, kind in choices], "residential")
