"""Where a new watcher could be found: points of a grid, of towns, or given ones, each in its district.

A candidate is a place, not a person. Putting it on the nearest street is left to whoever measures its walks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.districts import locate_in_areas
from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame

GRID_M = (
    400.0  # assumed: half a normal reach, so that nobody within a candidate's reach is far from all points
)

_PLACES = FrameRule("places", "candidate_id", ())
_TOWNS = FrameRule("towns", "code", ())
_HOUSEHOLDS = FrameRule("households", "household_id", ())


@dataclass(frozen=True, eq=False)
class CandidatePlaces:
    """Places where a watcher could be recruited.

    Parameters
    ----------
    places : GeoDataFrame of Points indexed by candidate_id, column ``district`` (code; None: in no district)
    counts : dict of int
        ``left_out_empty`` (towns without a shape, given places without a point), ``without_district``.
    """

    places: gpd.GeoDataFrame
    counts: dict[str, int] = field(default_factory=dict)


def grid_places(
    households: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, *, spacing_m: float = GRID_M
) -> CandidatePlaces:
    """Return the middles of the squares of a grid in which a household lies.

    The grid's lines are at whole multiples of ``spacing_m`` of the coordinates; a point on a line belongs to
    the square to its east or north. Numbered from the south-west, row by row (G1, G2 …).

    Parameters
    ----------
    households : GeoDataFrame of Points, metric CRS; those without a point are in no square
    districts : GeoDataFrame of polygons, index ``code``, the same CRS
    spacing_m : float, above 0, metres

    Raises
    ------
    ParameterError
        ``spacing_m`` not above 0.
    FrameError
        A frame breaks its rule, or the CRSs differ.
    """
    if not (spacing_m > 0 and np.isfinite(spacing_m)):
        raise ParameterError(f"Expected spacing_m > 0, got {spacing_m}. Correct it.")
    check_frame(households, _HOUSEHOLDS)
    points = np.asarray(households.geometry, dtype=object)
    points = points[~(shapely.is_missing(points) | shapely.is_empty(points))]
    cells = np.floor(np.column_stack([shapely.get_y(points), shapely.get_x(points)]) / spacing_m)
    middles = (np.unique(cells.reshape(-1, 2), axis=0) + 0.5) * spacing_m
    names = pd.Index(
        [f"G{number}" for number in range(1, len(middles) + 1)], name="candidate_id", dtype=object
    )
    squares = gpd.GeoSeries(shapely.points(middles[:, ::-1]), index=names, crs=households.crs)
    return _in_districts(squares, districts, left_out_empty=0)


def town_places(towns: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> CandidatePlaces:
    """Return one point inside each town, named by its code.

    Parameters
    ----------
    towns : GeoDataFrame of polygons, index ``code``, metric CRS; those without a shape are counted
    districts : GeoDataFrame of polygons, index ``code``, the same CRS

    Raises
    ------
    FrameError
        A frame breaks its rule, or the CRSs differ.
    """
    check_frame(towns, _TOWNS)
    shapes = towns.geometry[~(towns.geometry.isna() | towns.geometry.is_empty)]
    points = shapes.representative_point().rename_axis("candidate_id")
    return _in_districts(points, districts, left_out_empty=len(towns) - len(shapes))


def given_places(places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> CandidatePlaces:
    """Return the given points, each in its district; those without a point are counted.

    Parameters
    ----------
    places : GeoDataFrame of Points, index ``candidate_id`` (unique), metric CRS
    districts : GeoDataFrame of polygons, index ``code``, the same CRS

    Raises
    ------
    FrameError
        A frame breaks its rule, holds other shapes than points, or the CRSs differ.
    """
    check_frame(places, _PLACES)
    points = places.geometry[~(places.geometry.isna() | places.geometry.is_empty)]
    others = int((points.geom_type != "Point").sum())
    if others:
        raise FrameError(f"Expected places as points, got {others} other shapes. Take a point of each.")
    return _in_districts(points, districts, left_out_empty=len(places) - len(points))


def _in_districts(
    points: gpd.GeoSeries, districts: gpd.GeoDataFrame, *, left_out_empty: int
) -> CandidatePlaces:
    code = locate_in_areas(points, districts)["code"]
    places = gpd.GeoDataFrame({"district": code}, geometry=points, crs=points.crs)
    counts = {"left_out_empty": left_out_empty, "without_district": int(code.isna().sum())}
    return CandidatePlaces(places, counts)
