"""The ground: coast, two rivers, hills and terraces, and how thickly the land is built up.

Places are metres east and north of the castle. Formulas are written for the standard city along its own axes
(``down`` towards the sea in the north-west, ``across`` to the north-east) and scaled as a whole, so slopes
stay the same at any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Transformer
from scipy.ndimage import gaussian_filter1d
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.demo_city.plan import CityPlan

METRIC_EPSG = 6675  # plane-rectangular zone VII
STORAGE_EPSG = 6668
CENTRE_LON_LAT = (136.656, 36.561)
DEGREE_DIGITS = 7  # about a centimetre

HALF_EXTENT = 11_000.0  # of the square looked at, standard city
CITY_RADIUS = 6_900.0
BOUNDARY_RADIUS = 8_600.0
CASTLE_RADIUS = 260.0
HILL_LIMIT = 105.0  # metres above which nobody builds
OUTLINE_STEP_M = 60.0  # how finely the town's edge is looked for
OUTLINE_BEND_M = 200.0  # tightest curve of the edge
CALM_STEPS = 1.5  # over which the edge is evened out
OUTLINE_TOLERANCE = 0.05  # in steps


@dataclass(frozen=True)
class Terrain:
    """The ground of one city; ``phases`` bend rivers, coast and outline."""

    scale: float
    phases: np.ndarray
    rivers: tuple[LineString, LineString]
    coast: LineString
    water: BaseGeometry


def build_terrain(plan: CityPlan) -> Terrain:
    """Lay down coast and rivers for a plan."""
    phases = plan.generator("terrain").uniform(-np.pi, np.pi, 12)
    down = np.arange(-HALF_EXTENT, HALF_EXTENT + 1, 50.0)
    lines = [
        LineString(_from_axes(down, _river_course(which, down, phases)) * plan.scale) for which in (0, 1)
    ]
    widths = [width * max(plan.scale, 0.45) for width in (80.0, 56.0)]
    water = shapely.union_all(
        [line.buffer(w / 2, cap_style="flat") for line, w in zip(lines, widths, strict=True)]
    )
    across = np.arange(-HALF_EXTENT, HALF_EXTENT + 1, 100.0)
    coast = LineString(_from_axes(_coast_course(across, phases), across) * plan.scale)
    return Terrain(plan.scale, phases, (lines[0], lines[1]), coast, water)


def river_side(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Return 0, 1 or 2: how many rivers lie to the south-west of each place."""
    down, across = _axes(terrain, xy)
    courses = [_river_course(which, down, terrain.phases) for which in (0, 1)]
    return sum((across > course).astype(int) for course in courses)


def elevation_m(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Return the height of each place in metres: plain, hills with valleys, terraces and the castle hill."""
    down, across = _axes(terrain, xy)
    river_distance = np.min(
        [np.abs(across - _river_course(which, down, terrain.phases)) for which in (0, 1)], axis=0
    )
    plain = 2.0 + 0.0024 * np.clip(5_600 - down, 0, None)
    inland = np.clip((-down - 1_000) / 6_500, 0, 1)
    valley = 1 - 0.9 * np.exp(-((river_distance / 650) ** 2))
    hills = 190 * inland**1.5 * valley * (1 + 0.25 * np.sin(across / 640 + terrain.phases[8]))
    terrace = 9 * (1 + np.tanh((river_distance - 380) / 70)) * np.clip((900 - down) / 2_500, 0, 1)
    spurs = _mound(down, across, (-500, 4_300), (125, 800)) + _mound(
        down, across, (-2_700, -4_700), (95, 900)
    )
    castle = _mound(down, across, (0, 0), (34, 190))
    rolling = 1.5 * np.sin(down / 310 + terrain.phases[9]) * np.sin(across / 270 + terrain.phases[10])
    return (plain + hills + terrace + spurs + castle + rolling * (0.3 + inland * 4)) * terrain.scale


def is_built_up(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Tell where the town stands: inside its outline, this side of the coast and below the steep hills."""
    return _is_settled(terrain, xy) & is_landward(terrain, xy)


def is_landward(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Tell which places lie this side of the coast."""
    down, across = _axes(terrain, xy)
    return down < _coast_course(across, terrain.phases)


def town_outline(terrain: Terrain) -> BaseGeometry:
    """Return the town's edge drawn in calm curves; it runs on over the sea, where the coast is the edge.

    Tongues and bays narrower than twice ``OUTLINE_BEND_M`` are smoothed away; small blocks apart go too.
    """
    step, bend = OUTLINE_STEP_M * terrain.scale, OUTLINE_BEND_M * terrain.scale
    at = np.arange(-HALF_EXTENT, HALF_EXTENT, OUTLINE_STEP_M) * terrain.scale
    corners = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
    corners = corners[_is_settled(terrain, corners + step / 2)]
    squares = shapely.box(*corners.T, *(corners + step).T)
    rounded = shapely.coverage_union_all(squares).buffer(bend).buffer(-2 * bend).buffer(bend)
    blocks = shapely.get_parts(rounded)
    return _calm(blocks[np.argmax(shapely.area(blocks))], step)


def land_per_node(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Return the land a street node has for itself, relative to the centre (1): more towards the edges."""
    down, across = _axes(terrain, xy)
    from_castle = np.hypot(down, across)
    thin = np.exp(np.clip(from_castle - 500, 0, 5_200) / 2_600)
    port = 1 - 0.6 * np.exp(-((np.hypot(down - 5_100, across + 300) / 800) ** 2))
    station = 1 - 0.35 * np.exp(-((np.hypot(down - 2_200, across + 300) / 900) ** 2))
    patches = 1 + 0.35 * np.sin(down / 520 + terrain.phases[4]) * np.sin(across / 610 + terrain.phases[5])
    steep = 1 + (elevation_m(terrain, xy) / terrain.scale / 60) ** 2
    return thin * port * station * patches * steep


def is_castle(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Tell which places lie in the castle grounds."""
    return np.hypot(*xy.T) < CASTLE_RADIUS * terrain.scale


def municipal_boundary(terrain: Terrain, built_up: BaseGeometry) -> BaseGeometry:
    """Return the municipality: the town and the hills behind it, up to the coast."""
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    radius = BOUNDARY_RADIUS * (_lobes(angle, terrain.phases[::-1]) + 0.02 * np.sin(23 * angle))
    hills = Polygon(_from_axes(radius * np.cos(angle) - 1_500, radius * np.sin(angle)) * terrain.scale)
    across = np.array([HALF_EXTENT, -HALF_EXTENT])
    inland = _from_axes(np.full(2, -2 * HALF_EXTENT), across) * terrain.scale
    land = Polygon(np.vstack([terrain.coast.coords, inland]))
    outline = shapely.union(hills, built_up.buffer(150 * terrain.scale))
    smooth = outline.buffer(600 * terrain.scale).buffer(-600 * terrain.scale)
    return shapely.union(shapely.intersection(smooth, land), built_up)


def sample_land(terrain: Terrain, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` places in the built-up land, as dense as street nodes are."""
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < count:
        places = rng.uniform(-HALF_EXTENT, HALF_EXTENT, (count * 8 + 1_000, 2)) * terrain.scale
        wanted = rng.random(len(places)) < 0.6 / land_per_node(terrain, places)
        kept.append(places[wanted & is_built_up(terrain, places)])
    return np.concatenate(kept)[:count]


def to_lonlat(geometry: BaseGeometry | np.ndarray) -> BaseGeometry | np.ndarray:
    """Turn metres from the castle into JGD2011 degrees; takes shapes, or an (N, 2) array of places."""
    if isinstance(geometry, np.ndarray) and geometry.dtype != object:
        return _degrees(geometry)
    return shapely.transform(geometry, _degrees)


def _degrees(xy: np.ndarray) -> np.ndarray:
    metric = Transformer.from_crs(STORAGE_EPSG, METRIC_EPSG, always_xy=True)
    east, north = metric.transform(*CENTRE_LON_LAT)
    lon, lat = metric.transform(xy[:, 0] + east, xy[:, 1] + north, direction="INVERSE")
    return np.round(np.column_stack([lon, lat]), DEGREE_DIGITS)


def _axes(terrain: Terrain, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    east, north = np.asarray(xy).T / terrain.scale
    return (north - east) / np.sqrt(2), (north + east) / np.sqrt(2)


def _from_axes(down: np.ndarray, across: np.ndarray) -> np.ndarray:
    return np.column_stack([(across - down) / np.sqrt(2), (across + down) / np.sqrt(2)])


def _river_course(which: int, down: np.ndarray, phases: np.ndarray) -> np.ndarray:
    base, spread = ((-1_750.0, -0.07), (1_500.0, 0.05))[which]
    wide = 340 * np.sin(down / 1_450 + phases[2 * which])
    tight = 120 * np.sin(down / 560 + phases[2 * which + 1])
    return base + spread * np.clip(-down, 0, None) + wide + tight


def _coast_course(across: np.ndarray, phases: np.ndarray) -> np.ndarray:
    return 5_700 - 420 * np.cos(across / 3_100) + 130 * np.sin(across / 900 + phases[11])


def _is_settled(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Tell where the town would stand if there were no sea."""
    down, across = _axes(terrain, xy)
    angle = np.arctan2(across, down)
    ragged = 14 * np.sin(down / 410 + terrain.phases[6]) * np.cos(across / 370 + terrain.phases[7])
    low = elevation_m(terrain, xy) / terrain.scale < HILL_LIMIT + ragged
    return low & (np.hypot(down, across) < CITY_RADIUS * _lobes(angle, terrain.phases))


def _calm(block: Polygon, step: float) -> BaseGeometry:
    """Even a block's rings out: places every half step along them move to the mean of those around."""
    rings = []
    for ring in (block.exterior, *block.interiors):
        places = np.arange(0, ring.length, step / 2)
        xy = shapely.get_coordinates(shapely.line_interpolate_point(ring, places))
        rings.append(Polygon(gaussian_filter1d(xy, 2 * CALM_STEPS, axis=0, mode="wrap")))
    calm = shapely.difference(rings[0], shapely.union_all(rings[1:]))
    return calm.simplify(OUTLINE_TOLERANCE * step)


def _lobes(angle: np.ndarray, phases: np.ndarray) -> np.ndarray:
    waves = ((2, 0.07), (3, 0.08), (5, 0.05), (9, 0.025))
    return 1 + sum(part * np.sin(k * angle + phases[k]) for k, part in waves)


def _mound(
    down: np.ndarray, across: np.ndarray, at: tuple[float, float], shape: tuple[float, float]
) -> np.ndarray:
    height, width = shape
    return height * np.exp(-((down - at[0]) ** 2 + (across - at[1]) ** 2) / (2 * width**2))
