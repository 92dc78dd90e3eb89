"""Community districts, school districts and neighbourhoods as groups of one fine tiling.

All three layers are unions of the same small cells, so each covers the town without gap or overlap; no cell
crosses a river. School districts have seeds of their own and cut through neighbourhoods, as in life.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import MultiPoint, box
from shapely.geometry.base import BaseGeometry

from geodata.demo_city.plan import CityPlan
from geodata.demo_city.terrain import HALF_EXTENT, Terrain, is_landward, river_side, sample_land, town_outline

CELLS_PER_TOWN = 7
RIVER_PENALTY_M = 2_500.0  # how far a river pushes two places apart when districts are drawn
UNCROSSABLE_M = 1e6
PLACES_PER_SEED = 4  # by which the seeds of cells are spread evenly
SEED_MOVES = 6


@dataclass(frozen=True)
class Tiling:
    """Cells (metres) and the number of each one's area by layer; neighbourhoods nest in districts."""

    cells: np.ndarray
    town: np.ndarray
    district_of_town: np.ndarray
    school: np.ndarray
    built_up: BaseGeometry

    @property
    def district(self) -> np.ndarray:
        """Community district of each cell."""
        return self.district_of_town[self.town]


def build_tiling(terrain: Terrain, plan: CityPlan) -> Tiling:
    """Cut the built-up land into cells and group them into the three layers."""
    rng = plan.generator("tiling")
    cells = _cut_cells(terrain, plan, rng)
    middles = shapely.get_coordinates(shapely.centroid(cells))
    sides = river_side(terrain, shapely.get_coordinates(shapely.point_on_surface(cells)))
    towns = _group(middles, sides * UNCROSSABLE_M, plan.count(plan.neighbourhoods, 12), rng)
    penalty = RIVER_PENALTY_M * terrain.scale
    town_middles, town_sides = _mean_by(towns, middles), _mean_by(towns, sides[:, None])[:, 0]
    districts = _group(town_middles, town_sides * penalty, plan.count(plan.community_districts, 3), rng)
    schools = _group(middles, sides * penalty, plan.count(plan.school_districts, 3), rng)
    return Tiling(cells, towns, districts, schools, shapely.coverage_union_all(cells))


def merge_cells(tiling: Tiling, groups: np.ndarray) -> np.ndarray:
    """Return one polygon or multipolygon for each group number of the cells, in order of the number."""
    return _merge(tiling.cells, groups)


def locate_towns(tiling: Tiling, xy: np.ndarray) -> np.ndarray:
    """Return the neighbourhood number of each place, -1 outside the town."""
    points = shapely.points(xy)
    place, cell = shapely.STRtree(tiling.cells).query(points, predicate="intersects")
    towns = np.full(len(xy), -1)
    towns[place[::-1]] = tiling.town[cell[::-1]]  # on a shared border the first cell answers
    return towns


def _cut_cells(terrain: Terrain, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Voronoi cells of seeds in the town, cut at rivers, coast and the town's outline."""
    reach = HALF_EXTENT * terrain.scale
    outline = town_outline(terrain)
    shapely.prepare(outline)
    seeds = _spread_seeds(terrain, plan.count(plan.neighbourhoods, 12) * CELLS_PER_TOWN, rng)
    seeds = seeds[shapely.contains_xy(outline, seeds)]
    frame = box(-reach, -reach, reach, reach)
    edges = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=frame, only_edges=True)
    borders = [edges, *terrain.rivers, terrain.coast, outline.boundary]
    lines = shapely.union_all(borders, grid_size=0.01)
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    within = shapely.point_on_surface(cells)
    inside = is_landward(terrain, shapely.get_coordinates(within)) & shapely.contains(outline, within)
    return _largest_together(_join_offcuts(terrain, cells[inside], seeds))


def _spread_seeds(terrain: Terrain, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return places as dense as street nodes are, each moved once to the middle of the land nearest to it."""
    places = sample_land(terrain, count * PLACES_PER_SEED, rng)
    nearest = cKDTree(places[:count]).query(places)[1]  # each seed is a place too, so none goes without
    return _mean_by(nearest, places)


def _join_offcuts(terrain: Terrain, cells: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Join pieces cut off from their seed to the cell of the same river side with the longest common border.

    A piece with no such neighbour stays a cell of its own.
    """
    whole = np.zeros(len(cells), bool)
    whole[shapely.STRtree(cells).query(shapely.points(seeds), predicate="intersects")[1]] = True
    side = river_side(terrain, shapely.get_coordinates(shapely.point_on_surface(cells)))
    offcut, other = shapely.STRtree(cells).query(cells[~whole], predicate="intersects")
    offcut = np.flatnonzero(~whole)[offcut]
    near = whole[other] & (side[offcut] == side[other])
    offcut, other = offcut[near], other[near]
    border = shapely.length(shapely.intersection(cells[offcut], cells[other]))
    order = np.argsort(border, kind="stable")[np.sort(border) > 0]
    joined = np.arange(len(cells))
    joined[offcut[order]] = other[order]  # the longest border is written last
    return _merge(cells, joined)


def _merge(cells: np.ndarray, groups: np.ndarray) -> np.ndarray:
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    return np.array([shapely.coverage_union_all(part) for part in np.split(cells[order], starts[1:])])


def _largest_together(cells: np.ndarray) -> np.ndarray:
    """Drop cells that touch the rest of the town nowhere along a line."""
    blocks = shapely.get_parts(shapely.coverage_union_all(cells))
    main = blocks[np.argmax(shapely.area(blocks))]
    shapely.prepare(main)
    return cells[shapely.contains(main, shapely.point_on_surface(cells))]


def _group(middles: np.ndarray, apart: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Number the places by the nearest of ``count`` seeds, moved to the middle of what is theirs."""
    places = np.column_stack([middles, apart])
    seeds = places[rng.choice(len(places), count, replace=False)]
    for _ in range(SEED_MOVES):
        seeds = _mean_by(np.unique(cKDTree(seeds).query(places)[1], return_inverse=True)[1], places)
    return np.unique(cKDTree(seeds).query(places)[1], return_inverse=True)[1]


def _mean_by(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    size = np.bincount(groups)[:, None]
    return np.column_stack([np.bincount(groups, column) for column in values.T]) / size
