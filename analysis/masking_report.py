"""What a displacement reached and what it cost: privacy figures and errors, of counts only.

References
----------
Swanlund, D. and Schuurman, N. (2025). MaskMyPy: a Python package for geographic masking (the figures it
reports: displacement, k, nearest neighbours).
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import KDTree

from analysis.districts import locate_in_areas
from analysis.masking import FARTHEST, DisplacedPoints

NEAREST = 400  # dwellings around a point among which those that fit the rule are counted


@dataclass(frozen=True)
class MaskReport:
    """Figures of one displacement.

    Parameters
    ----------
    homes, shown, left_out, below_k : int; ``homes`` = ``shown`` + ``left_out``
    k : tuple of min, fifth percentile, median: dwellings as near to the point as the home
    fitting : tuple of min, fifth percentile, median: dwellings that this very rule could have moved there
        (counted among the nearest 400), which is what somebody who knows the rule but no key is left with
    moved_m : tuple of min, median, max of the displacement in metres
    own_nearest : float, share of the points shown whose nearest home is their own
    """

    homes: int
    shown: int
    left_out: int
    below_k: int
    k: tuple[float, float, float]
    fitting: tuple[float, float, float]
    moved_m: tuple[float, float, float]
    own_nearest: float


def describe_mask(homes: gpd.GeoDataFrame, found: DisplacedPoints, dwellings: gpd.GeoSeries) -> MaskReport:
    """Measure the privacy a displacement reached; figures are NaN where no point is shown.

    Parameters
    ----------
    homes, dwellings
        As :func:`analysis.masking.displace` got them.
    """
    points = found.points
    moved = points["moved_m"].to_numpy()
    at = shapely.get_coordinates(points.geometry.to_numpy())
    return MaskReport(
        homes=len(homes),
        shown=len(points),
        left_out=len(found.left_out),
        below_k=found.below_k,
        k=_low_and_middle(points["k"].to_numpy()),
        fitting=_low_and_middle(_fitting(at, dwellings, found.rules.k)),
        moved_m=tuple(float(f(moved)) if len(moved) else np.nan for f in (np.min, np.median, np.max)),
        own_nearest=_own_nearest(homes, points, at),
    )


def moved_elsewhere(homes: gpd.GeoDataFrame, found: DisplacedPoints, areas: gpd.GeoSeries) -> tuple[int, int]:
    """Count the homes shown in another area than their own, and all homes shown.

    Parameters
    ----------
    areas : GeoSeries of polygons by code, in the homes' CRS; any layer
    """
    frame = areas.to_frame("geometry").set_geometry("geometry").rename_axis("code")
    before = locate_in_areas(homes.geometry[found.points.index], frame)["code"].fillna("")
    after = locate_in_areas(found.points.geometry, frame)["code"].fillna("")
    return int((before != after).sum()), len(before)


def _low_and_middle(values: np.ndarray) -> tuple[float, float, float]:
    if not len(values):
        return np.nan, np.nan, np.nan
    return float(values.min()), float(np.percentile(values, 5)), float(np.median(values))


def _fitting(at: np.ndarray, dwellings: gpd.GeoSeries, k: int) -> np.ndarray:
    if not len(at):
        return np.empty(0)
    place = shapely.get_coordinates(dwellings.to_numpy())
    tree = KDTree(place)
    distance, near = tree.query(at, k=min(NEAREST, len(place)))
    wanted = np.unique(near)
    least = np.full(len(place), np.nan)
    least[wanted] = tree.query(place[wanted], k=[k])[0][:, 0]
    fits = (distance >= least[near]) & (distance <= FARTHEST * least[near] * (1 + 1e-9))
    return fits.sum(axis=1)


def _own_nearest(homes: gpd.GeoDataFrame, points: gpd.GeoDataFrame, at: np.ndarray) -> float:
    if not len(at):
        return np.nan
    tree = KDTree(shapely.get_coordinates(homes.geometry.to_numpy()))
    nearest = homes.index[tree.query(at)[1]]
    return float((nearest == points.index).mean())
