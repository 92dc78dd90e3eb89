"""Joined areas: neighbouring blocks of one community district put together until they hold enough households.

What an area shows must not tell of few households; where its borders run must tell nothing at all, so they
depend on how many households are to be watched over and on where the blocks lie, never on who is watched.

References
----------
Blocks joined to a neighbour (合算) are how the Japanese census publishes small areas of few people. The most
parts of a tree that each weigh enough: cutting off every subtree as soon as it does, from the leaves up
(Perl, Schach 1981, Max-min tree partitioning, Journal of the ACM 28).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame

_BLOCKS = FrameRule("blocks", "block_id", ("district", "households"))
_HAIR_M = 0.05  # metres between edges that are one border
_BORDER_M = 1.0  # metres of border that make neighbours; a corner is none
_TREES = 40  # tried of one district or of two areas
_ROUNDS = 6  # of trying all pairs of neighbouring areas

Parts = list[list[int]]


def join_blocks(blocks: gpd.GeoDataFrame, *, least: int = 15, kept: pd.Series | None = None) -> pd.Series:
    """Put the blocks of each district together into areas of at least ``least`` households.

    As many areas as can be found, and among as many the most compact. Blocks of an area share borders; one
    that shares none with its district's other blocks counts as a neighbour of the nearest. A district with
    fewer households in all is one area (:func:`thin_areas` names those). Equal inputs give equal answers,
    in whatever order the blocks stand.

    Parameters
    ----------
    blocks : GeoDataFrame, metric CRS, indexed by block_id
        ``district`` (code of the community district; None and ``""`` are one district of their own),
        ``households`` (whole number >= 0, to be watched over), geometry (cells or neighbourhoods)
    least : int, at least 2, households
    kept : Series of area codes by block_id, optional: the areas of this fiscal year. They stay as they are; a
        block that is new joins a neighbouring area, and an area that fell below ``least`` joins the
        neighbouring one with the fewest households and is called by the lower of the two codes. Districts
        without kept areas are joined anew.

    Returns
    -------
    Series of area codes (``D1-01``, from the south, then the west), index of ``blocks``

    Raises
    ------
    ParameterError
        ``least`` below 2.
    FrameError
        The frame breaks its rule, counts are not whole numbers >= 0, a block has no geometry, or a kept area
        lies in several districts.
    """
    _check(blocks, least, kept)
    district = blocks["district"].fillna("").astype(str)
    areas = pd.Series("", index=blocks.index, name="area", dtype=object)
    for code, own in blocks.sort_index().groupby(district.sort_index(), sort=True):
        field = _Field.of(own)
        old = pd.Series(dtype=object) if kept is None else kept.reindex(own.index).dropna()
        if len(old):
            areas[own.index] = _keep(field, own.index, old, least)
        else:
            areas[own.index] = _number(field, _partition(field, least), str(code))
    return areas


def thin_areas(blocks: gpd.GeoDataFrame, areas: pd.Series, *, least: int = 15) -> pd.Index:
    """Return the codes of areas with fewer than ``least`` households: their district has no more."""
    households = blocks["households"].groupby(areas.reindex(blocks.index)).sum()
    return pd.Index(households.index[households < least], name="area")


def most_areas(blocks: gpd.GeoDataFrame, *, least: int = 15) -> int:
    """Return a number no division exceeds.

    An area holds a block that is large enough alone, or ``least`` households of blocks that are not; a
    district is one area at least.
    """
    large = blocks["households"] >= least
    rest = blocks["households"].mask(large, 0).groupby(blocks["district"].fillna("")).sum() // least
    return int(np.maximum(large.groupby(blocks["district"].fillna("")).sum() + rest, 1).sum())


def _check(blocks: gpd.GeoDataFrame, least: int, kept: pd.Series | None) -> None:
    if least < 2:
        raise ParameterError(f"Expected least >= 2, got {least}. Correct it.")
    check_frame(blocks, _BLOCKS)
    counts = blocks["households"].to_numpy(dtype=float)
    if not (np.isfinite(counts) & (counts >= 0) & (counts == np.rint(counts))).all():
        raise FrameError("Expected whole counts >= 0, got negative, missing or broken ones. Give households.")
    nowhere = int((blocks.geometry.isna() | blocks.geometry.is_empty).sum())
    if nowhere:
        raise FrameError(f"Expected a geometry of every block, got {nowhere} without. Give them one.")
    if kept is not None:
        districts = blocks["district"].fillna("").groupby(kept.reindex(blocks.index)).nunique()
        several = districts.index[districts > 1]
        if len(several):
            named = ", ".join(map(str, several[:5]))
            raise FrameError(
                f"Expected kept areas within one district, got {len(several)} in several: {named}. "
                "Start a new year's areas."
            )


# --- the blocks of one district ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Field:
    """Blocks by number: households, middle in metres, and neighbours, the nearest first."""

    households: np.ndarray
    middle: np.ndarray
    neighbours: list[list[int]]

    @classmethod
    def of(cls, blocks: gpd.GeoDataFrame) -> _Field:
        shapes = blocks.geometry.to_numpy()
        middle = shapely.get_coordinates(shapely.centroid(shapes)).round(3)
        pairs = _with_bridges(shapes, _borders(shapes))
        neighbours: list[set[int]] = [set() for _ in shapes]
        for one, other in pairs:
            neighbours[one].add(other)
            neighbours[other].add(one)

        def nearest_first(block: int) -> list[int]:
            return sorted(
                neighbours[block], key=lambda other: (np.hypot(*(middle[block] - middle[other])), other)
            )

        households = blocks["households"].to_numpy(dtype=np.int64)
        return cls(households, middle, [nearest_first(block) for block in range(len(shapes))])

    def spread(self, part: list[int]) -> float:
        """Return the sum of squared distances (m²) of the blocks from their common middle."""
        middle = self.middle[part]
        return float(((middle - middle.mean(axis=0)) ** 2).sum())

    def weight(self, part: list[int]) -> int:
        """Return the households of some blocks."""
        return int(self.households[part].sum())


def _borders(shapes: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs that share more than a point; cut edges may lie a hair apart."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_HAIR_M)
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(shapely.buffer(shapes[one], _HAIR_M), shapes[other])
    shared = shapely.area(common) > _HAIR_M * _BORDER_M
    return sorted(zip(one[shared].tolist(), other[shared].tolist(), strict=True))


def _with_bridges(shapes: np.ndarray, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Add the nearest pairs between groups of blocks that share no border, until all hang together."""
    group = np.arange(len(shapes))
    for one, other in pairs:
        group[group == group[other]] = group[one]
    while len(np.unique(group)) > 1:
        inside = np.flatnonzero(group == group[0])
        outside = np.flatnonzero(group != group[0])
        distance = shapely.distance(shapes[inside][:, None], shapes[outside][None, :]).round(3)
        near, far = np.unravel_index(distance.argmin(), distance.shape)
        pairs = [*pairs, (int(inside[near]), int(outside[far]))]
        group[group == group[outside[far]]] = group[0]
    return pairs


# --- division ---------------------------------------------------------------------------------------------


def _partition(field: _Field, least: int) -> Parts:
    """Cut the best of several trees, then cut pairs of neighbouring parts anew while that is better."""
    parts = _best_cut(field, list(range(len(field.households))), least)
    for _ in range(_ROUNDS):
        better = False
        for one, other in _neighbouring(field, parts):
            if not _touch(field, parts[one], parts[other]):
                continue  # not any more: one of them was cut anew in this round
            old = [parts[one], parts[other]]
            new = _best_cut(field, sorted(old[0] + old[1]), least)
            if len(new) >= 2 and _merit(field, new) > _merit(field, old):
                parts[one], parts[other] = new[0], []
                parts += new[1:]
                better = True
        parts = [part for part in parts if part]
        if not better:
            break
    return parts


def _merit(field: _Field, parts: Parts) -> tuple[int, float]:
    return len(parts), -round(sum(field.spread(part) for part in parts), 3)


def _best_cut(field: _Field, blocks: list[int], least: int) -> Parts:
    """Return the most parts, the most compact among as many, over trees grown from blocks spread evenly."""
    by_place = sorted(blocks, key=lambda block: (*field.middle[block], block))
    roots = by_place[:: max(1, len(by_place) // _TREES)]
    cuts = (_cut(field, set(blocks), root, least) for root in roots)
    return max(cuts, key=lambda parts: _merit(field, parts))


def _cut(field: _Field, blocks: set[int], root: int, least: int) -> Parts:
    """Cut each subtree off as soon as it has enough households; the rest at the root joins a neighbour."""
    order, above = [root], {root: -1}
    for block in order:  # grows while it is walked: breadth first
        fresh = [other for other in field.neighbours[block] if other in blocks and other not in above]
        above |= dict.fromkeys(fresh, block)
        order += fresh
    hanging = {block: [block] for block in order}
    parts: Parts = []
    for block in reversed(order):
        if field.weight(hanging[block]) >= least:
            parts.append(sorted(hanging[block]))
        elif block != root:
            hanging[above[block]] += hanging[block]
        elif parts:
            beside = [number for number, part in enumerate(parts) if _touch(field, part, hanging[root])]
            fewest = min(beside, key=lambda number: (field.weight(parts[number]), parts[number]))
            parts[fewest] = sorted(parts[fewest] + hanging[root])
        else:
            parts.append(sorted(hanging[root]))
    return parts


def _touch(field: _Field, one: Iterable[int], other: Iterable[int]) -> bool:
    around = {neighbour for block in one for neighbour in field.neighbours[block]}
    return not around.isdisjoint(other)


def _neighbouring(field: _Field, parts: Parts) -> Iterator[tuple[int, int]]:
    """Yield the pairs of parts that touch, as the parts stand at the beginning."""
    part_of = {block: number for number, part in enumerate(parts) for block in part}
    pairs = {
        (part_of[block], part_of[other])
        for block in part_of
        for other in field.neighbours[block]
        if part_of[block] < part_of[other]
    }
    yield from sorted(pairs)


def _number(field: _Field, parts: Parts, district: str) -> np.ndarray:
    """Name the parts from the south, then the west."""
    places = [field.middle[part].mean(axis=0).round(3) for part in parts]
    order = sorted(range(len(parts)), key=lambda number: (places[number][1], places[number][0]))
    codes = np.empty(len(field.households), dtype=object)
    for number, part in enumerate(order, start=1):
        codes[parts[part]] = f"{district}-{number:02d}"
    return codes


# --- areas of this fiscal year ----------------------------------------------------------------------------


def _keep(field: _Field, index: pd.Index, old: pd.Series, least: int) -> np.ndarray:
    """Keep the areas; new blocks join the nearest area they touch, areas that are too small are widened."""
    codes = old.reindex(index).to_numpy(dtype=object, copy=True)
    new = [block for block in range(len(codes)) if pd.isna(codes[block])]
    while new:
        block, code = next(
            (block, codes[other])
            for block in new
            for other in field.neighbours[block]
            if not pd.isna(codes[other])
        )
        codes[block] = code
        new.remove(block)
    while len(areas := np.unique(codes.astype(str))) > 1:
        weights = {code: field.weight(np.flatnonzero(codes == code).tolist()) for code in areas}
        small = min(areas, key=lambda code: (weights[code], code))
        if weights[small] >= least:
            break
        inside = np.flatnonzero(codes == small)
        beside = {codes[other] for block in inside for other in field.neighbours[block]} - {small}
        joined = min(beside, key=lambda code: (weights[code], code))
        codes[(codes == small) | (codes == joined)] = min(small, joined)
    return codes
