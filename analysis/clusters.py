"""Clusters of gaps, tested against chance: where areas with many missed lie together.

Local Moran's I of the share missed, standardised for the size of each area, tested by conditional
permutations and corrected for testing many areas at once.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame

if TYPE_CHECKING:
    from libpysal.graph import Graph
    from scipy.sparse import csr_array

CLUSTER_KINDS = ("hot", "cold", "hot_outlier", "cold_outlier", "chance", "untested")
UNTESTED_REASONS = ("few_households", "no_shape", "no_neighbour", "few_areas", "no_variation")
FEWEST_AREAS = 10  # with fewer there are too few permutations for any area to pass the correction
TOUCHING_M = 1.0  # areas drawn up to twice this apart still touch
FALSE_DISCOVERY_RATE = 0.05

_BLOCK = 500  # permutations dealt out at once, for memory
_ROUNDING = 1e-9  # of statistics about 1: equal but for floating error
_AREAS = FrameRule("areas", "code", ("households", "missed"))
_KIND_OF_QUADRANT = np.array(
    ["chance", "hot", "cold_outlier", "cold", "hot_outlier"], dtype=object
)  # of esda


@dataclass(frozen=True, eq=False)
class GapClusters:
    """What each area is, and how sure that is.

    Parameters
    ----------
    areas : DataFrame, the index and order of the areas given
        ``share_missed`` (of households; NaN without any), ``standardised`` (share less the mean of all areas
        tested, in standard deviations of an area of its size), ``local_i``, ``p`` (two-sided, of the
        permutations), ``p_adjusted`` (the lowest false discovery rate at which the area is found; these four
        NaN where untested), ``kind`` (one of CLUSTER_KINDS), ``reason`` (of UNTESTED_REASONS, else None).
        ``hot``: a high share among high ones; ``cold``: low among low; ``hot_outlier``: high among low;
        ``cold_outlier``: low among high; ``chance``: like its neighbours no more than chance would give. That
        says nothing of the share itself: one district where all are missed, alone, is no cluster.
    counts : dict of int, areas: ``tested``, one a kind, and one a reason
    moran_i : float, the global statistic over the areas tested: near 0 without any pattern, towards 1 where
        like lies beside like; NaN where none was tested
    moran_p : float, two-sided, of as many permutations
    permutations, seed : int, as given
    """

    areas: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)
    moran_i: float = np.nan
    moran_p: float = np.nan
    permutations: int = 0
    seed: int = 0


def find_gap_clusters(
    areas: gpd.GeoDataFrame, *, least: int = 10, permutations: int = 9_999, seed: int = 2025
) -> GapClusters:
    """Find areas whose share missed goes with that of their neighbours more than chance explains.

    Areas tested have at least ``least`` households and a tested neighbour: one that touches them, at a corner
    too, or lies within 2 m (districts are drawn with slits), or overlaps them. Each area's neighbours weigh
    the same. For each area its own value is held and those of all others are dealt out anew ``permutations``
    times; p is twice the smaller tail, counting the draw observed. Areas are told from chance where the false
    discovery rate (Benjamini and Hochberg) is at most 5 %: of the areas found one in twenty may be chance.
    Neither the names nor the order of the areas change the result.

    Parameters
    ----------
    areas : GeoDataFrame of Polygons or MultiPolygons, metric CRS, index ``code``
        ``households`` and ``missed`` (of them), whole numbers
    least : int, at least 1, households
    permutations : int, at least 99; memory is about 4 bytes an area and permutation
    seed : int, at least 0; the same seed gives the same result

    Raises
    ------
    ParameterError
        An option out of range.
    FrameError
        The frame breaks its rule, or an area misses more households than it has.

    References
    ----------
    Anselin (1995), Local Indicators of Spatial Association; Assunção and Reis (1999), A new proposal to
    adjust Moran's I for population density; Benjamini and Hochberg (1995), Controlling the false discovery
    rate. The statistics are those of ``esda``, the neighbours of ``libpysal``.
    """
    _check(areas, least, permutations, seed)
    chosen, reason = _choose(areas, least)
    found = pd.DataFrame(
        {"share_missed": areas["missed"] / areas["households"].where(areas["households"] > 0)}
    )
    found[["standardised", "local_i", "p", "p_adjusted"]] = np.nan
    found["kind"] = pd.Series("untested", index=areas.index, dtype=object)
    found["reason"] = pd.Series(reason, index=areas.index, dtype=object)
    moran = (np.nan, np.nan)
    if chosen is not None:
        tests, *moran = _test(chosen, permutations, np.random.default_rng(seed))
        for column in tests:
            found.iloc[chosen.position, found.columns.get_loc(column)] = tests[column].to_numpy()
    counts = {"tested": 0 if chosen is None else len(chosen.position)}
    counts |= {kind: int((found["kind"] == kind).sum()) for kind in CLUSTER_KINDS}
    counts |= {name: int((found["reason"] == name).sum()) for name in UNTESTED_REASONS}
    return GapClusters(found, counts, *moran, permutations, seed)


def standardise_shares(missed: np.ndarray, households: np.ndarray) -> np.ndarray:
    r"""Return shares less the mean of all, in standard deviations of an area of its size.

    With areas :math:`i`, :math:`m = \sum d_i / \sum n_i`, :math:`\bar n` the mean of :math:`n_i` and
    :math:`s^2 = \sum n_i (d_i/n_i - m)^2 / \sum n_i`,

    .. math:: z_i = \frac{d_i/n_i - m}{\sqrt{a + m(1-m)/n_i}}, \qquad a = \max(0, s^2 - m(1-m)/\bar n)

    where :math:`a` is the variance between areas beyond what chance gives in areas of their size. This is the
    empirical Bayes form of Assunção and Reis (1999) with :math:`m(1-m)` for their :math:`m`: theirs is for
    rare events, and shares missed are not rare; with theirs :math:`a` turns negative and large areas get
    standard deviations near 0. All values are 0 where no share differs from the mean.

    Parameters
    ----------
    missed, households : int arrays, 0 <= missed <= households, households above 0
    """
    mean = missed.sum() / households.sum()
    chance = mean * (1 - mean)
    difference = missed / households - mean
    between = np.average(difference**2, weights=households) - chance / households.mean()
    variance = max(between, 0.0) + chance / households
    return np.divide(difference, np.sqrt(variance), out=np.zeros(len(missed)), where=variance > 0)


def adjust_for_many_tests(p: np.ndarray) -> np.ndarray:
    """Return for each p the lowest false discovery rate at which it is found (Benjamini and Hochberg 1995).

    The k-th smallest of n counts as p n / k, and none more than a larger p does.
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return adjusted


def _check(areas: gpd.GeoDataFrame, least: int, permutations: int, seed: int) -> None:
    limits = (("least", least, 1), ("permutations", permutations, 99), ("seed", seed, 0))
    faults = [f"Expected {name} >= {limit}, got {given}." for name, given, limit in limits if given < limit]
    if faults:
        raise ParameterError(" ".join([*faults, "Correct it."]))
    check_frame(areas, _AREAS)
    wrong = areas.index[~((areas["missed"] >= 0) & (areas["missed"] <= areas["households"]))]
    if len(wrong):
        first = ", ".join(map(str, wrong[:5]))
        raise FrameError(
            f"Expected missed from 0 to households, got {len(wrong)} others: {first}. Count them again."
        )


@dataclass(frozen=True, eq=False)
class _Chosen:
    """The areas to test, from the west: their positions in the frame, standardised shares and neighbours."""

    position: np.ndarray
    standardised: np.ndarray
    neighbours: Graph


def _choose(areas: gpd.GeoDataFrame, least: int) -> tuple[_Chosen | None, np.ndarray]:
    """Return the areas to test, and for each area the reason why not (None where it is tested)."""
    no_shape = (areas.geometry.isna() | areas.geometry.is_empty).to_numpy()
    few = (areas["households"] < least).to_numpy()
    reason = np.select([few, no_shape], ["few_households", "no_shape"], default=None).astype(object)
    position = _from_the_west(areas, np.flatnonzero(~few & ~no_shape))
    if len(position) >= FEWEST_AREAS:
        neighbours = _touching(areas.geometry.to_numpy()[position])
        alone = neighbours.isolates.to_numpy()
        reason[position[alone]] = "no_neighbour"
        joined = np.setdiff1d(np.arange(len(position)), alone)
        position, neighbours = position[joined], neighbours.subgraph(joined)
    if len(position) < FEWEST_AREAS:
        reason[position] = "few_areas"
        return None, reason
    missed, households = (areas[column].to_numpy()[position] for column in ("missed", "households"))
    standardised = standardise_shares(missed, households)
    if np.ptp(standardised) < _ROUNDING:
        reason[position] = "no_variation"
        return None, reason
    return _Chosen(position, standardised, neighbours), reason


def _from_the_west(areas: gpd.GeoDataFrame, position: np.ndarray) -> np.ndarray:
    """Return positions in an order of place and figures, so that no name and no row matters to the draws."""
    shapes = areas.geometry.to_numpy()[position]
    figures = areas[["missed", "households"]].to_numpy()[position]
    keys = np.column_stack([figures, shapely.area(shapes), shapely.bounds(shapes)])
    return position[np.lexsort(keys.T)]


def _touching(shapes: np.ndarray) -> Graph:
    """Return the neighbours of each shape by its number."""
    from libpysal.graph import Graph  # slow to import

    return Graph.build_fuzzy_contiguity(shapes, buffer=TOUCHING_M)


def _test(
    chosen: _Chosen, permutations: int, generator: np.random.Generator
) -> tuple[pd.DataFrame, float, float]:
    """Return the columns of the areas tested, and the global statistic with its p."""
    from esda.moran import Moran, Moran_Local  # slow to import

    z = chosen.standardised
    with warnings.catch_warnings():  # esda changes the filters of the whole program
        local = Moran_Local(z, chosen.neighbours, permutations=0)
        moran_i = float(Moran(z, chosen.neighbours, permutations=0).I)
    neighbours = local.w.sparse.tocsr()
    p = _local_p(local.z, local.Is, np.diff(neighbours.indptr), permutations, generator)
    adjusted = adjust_for_many_tests(p)
    kind = np.where(adjusted <= FALSE_DISCOVERY_RATE, _KIND_OF_QUADRANT[local.q], "chance")
    tests = pd.DataFrame(
        {"standardised": z, "local_i": local.Is, "p": p, "p_adjusted": adjusted, "kind": kind}
    )
    return tests, moran_i, _global_p(local.z, moran_i, neighbours, permutations, generator)


def _local_p(
    z: np.ndarray, local_i: np.ndarray, degrees: np.ndarray, permutations: int, generator: np.random.Generator
) -> np.ndarray:
    """Return each area's two-sided p: the neighbours' values drawn from all others, its own held.

    The draws are the same places among the others for every area. Written here because those of ``esda``
    take seconds to compile in every process, and give the smaller tail only, not both.
    """
    drawn = _draws(len(z) - 1, permutations, degrees.max(), generator)
    scale = (len(z) - 1) / (z**2).sum()
    p = np.empty(len(z))
    for area, degree in enumerate(degrees):
        others = np.delete(z, area)
        chance = scale * z[area] * others[drawn[:, :degree]].mean(axis=1)
        p[area] = _two_sided(chance, local_i[area])
    return p


def _global_p(
    z: np.ndarray, moran_i: float, neighbours: csr_array, permutations: int, generator: np.random.Generator
) -> float:
    """Return the two-sided p of the global statistic: all values dealt out anew."""
    dealt = _draws(len(z), permutations, len(z), generator)
    chance = []
    for block in np.array_split(dealt, len(dealt) // _BLOCK + 1):
        values = z[block]
        chance.append((values * (neighbours @ values.T).T).sum(axis=1))
    return _two_sided(np.concatenate(chance) / (z**2).sum(), moran_i)


def _draws(values: int, permutations: int, drawn: int, generator: np.random.Generator) -> np.ndarray:
    """Return as many rows as permutations, each of ``drawn`` different numbers below ``values`` by chance."""
    numbers = np.tile(np.arange(values, dtype=np.int32), (_BLOCK, 1))
    blocks = [generator.permuted(numbers, axis=1)[:, :drawn].copy() for _ in range(0, permutations, _BLOCK)]
    return np.concatenate(blocks)[:permutations]


def _two_sided(chance: np.ndarray, observed: float) -> float:
    """Return twice the smaller tail, the draw observed counted in both; a draw equal to it is in both too."""
    low, high = (chance <= observed + _ROUNDING).sum(), (chance >= observed - _ROUNDING).sum()
    return min(2 * (int(min(low, high)) + 1) / (len(chance) + 1), 1.0)
