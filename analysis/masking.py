"""Displaced points for restricted maps: far enough that each home hides among many dwellings.

Each home moves as far as it takes to pass its k-th nearest dwelling, up to the square root of three times as
far (which triples the least area), in a direction and distance drawn from a key of the installation, the
household and the year: the same home moves the same way in every copy, so copies have nothing to average. A
place is taken when it lies in the home's own district and at least k dwellings are as near to it as the home;
otherwise the next draw is tried. A home that reaches fewer than the floor is left out and counted.

For restricted maps only, never for anything public: an attacker with the key undoes it.

References
----------
Allshouse, W. et al. (2010). Geomasking sensitive health data and privacy protection. Geocarto
International 25.
Cassa, C., Wieland, S., Mandl, K. (2008). Re-identification of home addresses from spatial locations
anonymized by Gaussian skew. International Journal of Health Geographics 7.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from analysis.errors import FrameError, ParameterError

FARTHEST = np.sqrt(3.0)  # times the distance of the k-th dwelling
DRAWS = 40
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class MaskRules:
    """How well a home must hide.

    Parameters
    ----------
    k : int, dwellings at least as near to the displaced point as the home, wanted
    floor : int, 1 to ``k``: a home that reaches fewer is left out
    """

    k: int = 25
    floor: int = 10

    def __post_init__(self) -> None:
        """Raise ParameterError on numbers out of range."""
        if not 1 <= self.floor <= self.k:
            raise ParameterError(f"Expected 1 <= floor <= k, got {self.floor} and {self.k}. Correct them.")


@dataclass(frozen=True)
class DisplacedPoints:
    """Points that may be shown on a restricted map, and what they cost.

    Parameters
    ----------
    points : GeoDataFrame (metric CRS) indexed like the homes, those left out missing: ``geometry``, ``k``
        (dwellings as near to the point as the home, the home's own among them), ``moved_m``
    left_out : Index of homes that reach fewer than the floor within their district
    below_k : int, homes shown with fewer than ``k`` (at least the floor)
    rules : MaskRules
    """

    points: gpd.GeoDataFrame
    left_out: pd.Index
    below_k: int
    rules: MaskRules


def displace(
    homes: gpd.GeoDataFrame,
    dwellings: gpd.GeoSeries,
    districts: gpd.GeoSeries,
    *,
    key: bytes,
    year: int,
    rules: MaskRules = MaskRules(),
) -> DisplacedPoints:
    """Displace homes among the dwellings around them, each within its district.

    Parameters
    ----------
    homes : GeoDataFrame
        Points in a metric CRS, index without repeats; ``district``: code of the home's district, or none
        where it lies in none (then it may move anywhere).
    dwellings : GeoSeries
        Points of all dwellings (addresses or buildings) in the same CRS.
    districts : GeoSeries
        Polygons by code in the same CRS.
    key : bytes
        The installation's key of masks, 32 bytes or more.
    year : int
        Of the copy: another year moves homes anew.

    Raises
    ------
    FrameError
        Different CRSs, repeated homes, or fewer dwellings than ``k``.
    ParameterError
        A short key.
    """
    _check(homes, dwellings, districts, key, rules)
    place = shapely.get_coordinates(homes.geometry.to_numpy())
    tree = KDTree(shapely.get_coordinates(dwellings.to_numpy()))
    least = tree.query(place, k=[rules.k])[0][:, 0]
    seeds = _seeds(homes.index, key, year)
    best = _Best(place.copy(), np.zeros(len(place), dtype=np.int64))
    waiting = np.arange(len(place))
    for draw in range(DRAWS):
        tried = place[waiting] + _offsets(seeds[waiting], draw, least[waiting])
        inside = _inside(tried, homes["district"].to_numpy()[waiting], districts)
        moved = np.hypot(*(tried - place[waiting]).T)
        around = np.where(inside, tree.query_ball_point(tried, moved * (1 + 1e-9), return_length=True), 0)
        best.keep(waiting, tried, around)
        waiting = waiting[best.k[waiting] < rules.k]
        if not len(waiting):
            break
    return _result(homes, place, best, rules)


@dataclass
class _Best:
    """The best place found so far for each home, and its k."""

    place: np.ndarray
    k: np.ndarray

    def keep(self, home: np.ndarray, tried: np.ndarray, around: np.ndarray) -> None:
        better = around > self.k[home]
        self.place[home[better]] = tried[better]
        self.k[home[better]] = around[better]


def _result(homes: gpd.GeoDataFrame, place: np.ndarray, best: _Best, rules: MaskRules) -> DisplacedPoints:
    shown = best.k >= rules.floor
    points = gpd.GeoDataFrame(
        {"k": best.k[shown], "moved_m": np.hypot(*(best.place - place).T)[shown]},
        geometry=shapely.points(best.place[shown]),
        index=homes.index[shown],
        crs=homes.crs,
    )
    return DisplacedPoints(points, homes.index[~shown], int((best.k[shown] < rules.k).sum()), rules)


def _check(homes, dwellings, districts, key: bytes, rules: MaskRules) -> None:
    if not homes.crs == dwellings.crs == districts.crs or homes.crs is None or homes.crs.is_geographic:
        raise FrameError(
            "Expected homes, dwellings and districts in one metric CRS, got others. Convert them."
        )
    if not homes.index.is_unique:
        raise FrameError("Expected each home once, got repeats. Remove them.")
    if len(dwellings) < rules.k:
        raise FrameError(
            f"Expected at least {rules.k} dwellings to hide among, got {len(dwellings)}. "
            "Import neighbourhoods with household counts, or give a file of dwellings."
        )
    if len(key) < 32:
        raise ParameterError(f"Expected a key of 32 bytes or more, got {len(key)}. Use the installation's.")


def _seeds(ids: Sequence[object], key: bytes, year: int) -> np.ndarray:
    """Return one number a home from the key, its id and the year; nobody without the key can repeat it."""
    digests = [
        hmac.new(key, f"{year}\n{name}".encode(), hashlib.sha256).digest()[:8]  # one hash a home, in C
        for name in ids
    ]
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def _offsets(seeds: np.ndarray, draw: int, least: np.ndarray) -> np.ndarray:
    """Return the draw-th offset of each home: even directions, even over the ring's area."""
    turn = _uniform(seeds, 2 * draw) * 2 * np.pi
    radius = least * np.sqrt(1 + (FARTHEST**2 - 1) * _uniform(seeds, 2 * draw + 1))
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])


def _uniform(seeds: np.ndarray, number: int) -> np.ndarray:
    """Return numbers in [0, 1) from seeds and a counter (SplitMix64; Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        mixed = seeds + np.uint64(number + 1) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) / float(1 << 53)


def _inside(place: np.ndarray, district: np.ndarray, districts: gpd.GeoSeries) -> np.ndarray:
    """Say which places lie in the district of their home; a home in none may move anywhere."""
    own = districts.reindex(pd.Index(district)).to_numpy()
    unplaced = pd.isna(district)
    shapely.prepare(districts.to_numpy())
    return shapely.contains_xy(np.where(unplaced, None, own), place[:, 0], place[:, 1]) | unplaced
