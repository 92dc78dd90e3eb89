"""In which areas points lie: none, one or several, and how near a border."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import FrameError
from analysis.frames import FrameRule, check_frame

BORDER_TOLERANCE_M = 1e-6  # floating error of a projected point: on the border counts as inside

_AREAS = FrameRule("areas", "code", ())


def locate_in_areas(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say in which area each point lies, in how many, and how far the nearest border is.

    A point on a border counts as inside. Of several areas that hold a point the smallest is chosen (a branch
    school inside the district of its main school), of equal ones the first by code. A point in no area, or
    without a place, has no code and 0 answers.

    Parameters
    ----------
    points : GeoSeries of Points, metric CRS
    areas : GeoDataFrame of Polygons or MultiPolygons, index ``code`` (unique), the same CRS

    Returns
    -------
    DataFrame, index of ``points``
        ``code`` (str or None), ``answers`` (int, areas that hold the point), ``border_distance_m`` (float, to
        the nearest border of any area, inside or outside; NaN where there is no point or no area). Borders of
        school districts are good to about 25 m: nearer to one, an answer is uncertain.

    Raises
    ------
    FrameError
        The CRSs differ or are not metric, a code is repeated, or an area is not a polygon.
    """
    _check_areas(points, areas)
    places, shapes = np.asarray(points, dtype=object), np.asarray(areas.geometry, dtype=object)
    pieces, area_of_piece = _border_pieces(shapes)
    borders = shapely.STRtree(pieces, node_capacity=4)
    held = _held(places, shapes, borders, area_of_piece)
    chosen = _smallest(held, areas)
    codes = np.full(len(places), None, dtype=object)
    codes[chosen["row"]] = areas.index.to_numpy(dtype=object)[chosen["area"]]
    return pd.DataFrame(
        {
            "code": pd.Series(codes, index=points.index, dtype=object),
            "answers": np.bincount(held["row"], minlength=len(places)),
            "border_distance_m": _distances(places, borders),
        },
        index=points.index,
    )


def _check_areas(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> None:
    check_frame(areas, _AREAS)
    faults = []
    if points.crs != areas.crs:
        faults.append(
            f"Expected points in {areas.crs} like the areas, got {points.crs}. Call to_metric_crs first."
        )
    present = areas.geometry[areas.geometry.notna()]
    wrong = present.index[~present.geom_type.isin(["Polygon", "MultiPolygon"])]
    if len(wrong):
        first = ", ".join(map(str, wrong[:5]))
        faults.append(f"Expected areas as polygons, got {len(wrong)} others: {first}. Leave them out.")
    if faults:
        raise FrameError(" ".join(faults))


def _smallest(held: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Keep one area a row: the smallest, then the first code."""
    rank = np.empty(len(areas), dtype=np.int64)
    order = np.lexsort((areas.index.astype(str), shapely.area(np.asarray(areas.geometry))))
    rank[order] = np.arange(len(areas))
    ranked = held.assign(rank=rank[held["area"]]).sort_values(["row", "rank"])
    return ranked.drop_duplicates("row")


def _held(
    points: np.ndarray, areas: np.ndarray, borders: shapely.STRtree, area_of_piece: np.ndarray
) -> pd.DataFrame:
    """Pairs of point row and area position: inside, or on the border but for floating error."""
    area, row = shapely.STRtree(points).query(areas, predicate="intersects")
    near_row, piece = borders.query(points, predicate="dwithin", distance=BORDER_TOLERANCE_M)
    pairs = {"row": np.concatenate([row, near_row]), "area": np.concatenate([area, area_of_piece[piece]])}
    return pd.DataFrame(pairs).drop_duplicates()


def _distances(points: np.ndarray, borders: shapely.STRtree) -> np.ndarray:
    (row, _), distance = borders.query_nearest(points, return_distance=True, all_matches=False)
    distances = np.full(len(points), np.nan)
    distances[row] = distance
    return distances


def _border_pieces(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut the rings into straight pieces, so that a search looks at a few of them only."""
    parts, area_of_part = shapely.get_parts(areas, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    follows = np.flatnonzero(ring[1:] == ring[:-1])
    pieces = shapely.linestrings(np.stack([corners[follows], corners[follows + 1]], axis=1))
    return pieces, area_of_part[part_of_ring[ring[follows]]]
