"""Drawing synthetic households inside real towns, in proportion to the towns' household counts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.base import STORAGE_SRID
from geodata.demo_city.drawing import pick_in_groups, share_out
from geodata.demo_city.plan import REFERENCE_DATE
from geodata.demo_city.profiles import draw_profiles
from geodata.errors import GeodataError

COLUMNS = (
    "household_id",
    "lon",
    "lat",
    "household_type",
    "visits_per_month",
    "weight",
    "consent",
    "needs",
    "valid_from",
)
DEGREE_DIGITS = 7  # about a centimetre
AGEING_SPREAD = (0.8, 0.6)  # standard deviations between towns, and within one


def draw_households(towns: gpd.GeoDataFrame, *, count: int, seed: int) -> gpd.GeoDataFrame:
    """Draw synthetic households uniformly inside real towns; types, needs and consent as in the demo city.

    Each town gets its share of ``count`` by the largest remainder, so the counts are exact; a town without
    households gets none. Nothing of a real household is used: mark the result as synthetic.

    Parameters
    ----------
    towns : GeoDataFrame
        Polygons in EPSG:6668 with ``household_count`` (all dwellings, 0 or more). Not changed.
    count : int
        Households to draw, 1 or more.
    seed : int
        The same seed draws the same households.

    Returns
    -------
    GeoDataFrame
        ``count`` rows with the columns of ``households.csv`` and points in EPSG:6668, ordered by town.

    Raises
    ------
    GeodataError
        Towns without ``household_count``, in another CRS, all without households, or ``count`` below 1.
    """
    _check_towns(towns, count)
    rng = np.random.default_rng(seed)
    dwellings = towns["household_count"].fillna(0).to_numpy(float)
    town = np.repeat(np.arange(len(towns)), share_out(dwellings, count))
    lonlat = np.round(_points_inside(towns.geometry.to_numpy(), town, rng), DEGREE_DIGITS)
    between, within = AGEING_SPREAD
    ageing = rng.normal(0, between, len(towns))[town] + rng.normal(0, within, count)
    table = draw_profiles(ageing, REFERENCE_DATE, rng)
    ids = pd.Series([f"H{number:06d}" for number in range(1, count + 1)])
    table = table.assign(household_id=ids, lon=lonlat[:, 0], lat=lonlat[:, 1])
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry=shapely.points(lonlat), crs=STORAGE_SRID)


def _check_towns(towns: gpd.GeoDataFrame, count: int) -> None:
    if count < 1:
        raise GeodataError(f"Expected count >= 1, got {count}. Ask for at least one household.")
    if "household_count" not in towns.columns:
        raise GeodataError(
            "Expected towns with 'household_count', got none. Map the column of household counts."
        )
    if towns.crs is None or towns.crs.to_epsg() != STORAGE_SRID:
        found = "none" if towns.crs is None else f"EPSG:{towns.crs.to_epsg()}"
        raise GeodataError(f"Expected towns in EPSG:{STORAGE_SRID}, got {found}. Call to_crs first.")
    dwellings = towns["household_count"].fillna(0)
    if (dwellings < 0).any() or not dwellings.sum() > 0:
        raise GeodataError(
            "Expected household counts of 0 or more and some above 0. Check the column of counts."
        )


def _points_inside(polygons: np.ndarray, town: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one place in the polygon of each number in ``town``, uniform over its area.

    Polygons are cut into triangles; a triangle is picked by its area and a place in it by two even numbers
    folded at the diagonal. Within one town a degree grid is even enough.
    """
    cut = shapely.constrained_delaunay_triangles(shapely.make_valid(polygons))
    triangles, owner = shapely.get_parts(cut, return_index=True)
    picked = triangles[pick_in_groups(owner, shapely.area(triangles), town, rng)]
    corners = shapely.get_coordinates(picked).reshape(-1, 4, 2)
    along = rng.random((len(town), 2))
    folded = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
    origin = corners[:, 0]
    return origin + folded[:, :1] * (corners[:, 1] - origin) + folded[:, 1:] * (corners[:, 2] - origin)
