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
from geodata.demo_city.terrain import HALF_EXTENT, Terrain, is_built_up, river_side, sample_land

CELLS_PER_TOWN = 7
RIVER_PENALTY_M = 2_500.0  # how far a river pushes two places apart when districts are drawn
UNCROSSABLE_M = 1e6
SEED_MOVES = 2


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
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    return np.array([shapely.coverage_union_all(part) for part in np.split(tiling.cells[order], starts[1:])])


def locate_towns(tiling: Tiling, xy: np.ndarray) -> np.ndarray:
    """Return the neighbourhood number of each place, -1 outside the town."""
    points = shapely.points(xy)
    place, cell = shapely.STRtree(tiling.cells).query(points, predicate="intersects")
    towns = np.full(len(xy), -1)
    towns[place[::-1]] = tiling.town[cell[::-1]]  # on a shared border the first cell answers
    return towns


def _cut_cells(terrain: Terrain, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Voronoi cells, cut at rivers and coast, whose middle is built up."""
    reach = HALF_EXTENT * terrain.scale
    count = plan.count(plan.neighbourhoods, 12) * CELLS_PER_TOWN
    around = rng.uniform(-reach, reach, (count // 4, 2))
    around = around[~is_built_up(terrain, around)]
    seeds = np.vstack([sample_land(terrain, count, rng), around])
    frame = box(-reach, -reach, reach, reach)
    edges = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=frame, only_edges=True)
    lines = shapely.union_all([edges, *terrain.rivers, terrain.coast], grid_size=0.01)
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = is_built_up(terrain, shapely.get_coordinates(shapely.point_on_surface(cells)))
    return _largest_together(cells[inside])


def _largest_together(cells: np.ndarray) -> np.ndarray:
    """Drop cells that touch the rest of the town nowhere along a line."""
    blocks = shapely.get_parts(shapely.coverage_union_all(cells))
    main = blocks[np.argmax(shapely.area(blocks))]
    shapely.prepare(main)
    return cells[shapely.contains(main, shapely.point_on_surface(cells))]


def _group(middles: np.ndarray, apart: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Number the places by the nearest of ``count`` seeds, moved twice to the middle of what is theirs."""
    places = np.column_stack([middles, apart])
    seeds = places[rng.choice(len(places), count, replace=False)]
    for _ in range(SEED_MOVES):
        seeds = _mean_by(np.unique(cKDTree(seeds).query(places)[1], return_inverse=True)[1], places)
    return np.unique(cKDTree(seeds).query(places)[1], return_inverse=True)[1]


def _mean_by(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    size = np.bincount(groups)[:, None]
    return np.column_stack([np.bincount(groups, column) for column in values.T]) / size
