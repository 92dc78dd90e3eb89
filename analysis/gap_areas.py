"""Gap areas: neighbouring cells in which many households are missed, one remedy an area, no household shown.

For restricted screens and files only, never for print: a map of missed households serves fraudsters.

The cells are squares of the standard mesh (JIS X 0410), not drawn around households. A cell is split into its
four quarters while every quarter that holds a household holds at least ``least`` of *all* households to watch
over, missed or not. So where a border runs depends on counts only, never on a place inside a square of 125 m
nor on who is missed, and a cell is never drawn around fewer than ``least`` households. Which cells belong to
an area tells of each only that its share missed reaches a limit. An area is shown with at least ``least``
missed households and at least ``least`` others, so that its counts do not tell of each that it is missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.errors import FrameError, ParameterError
from analysis.frames import (
    MISSED_CLASSES,
    REMEDIES,
    REMEDY_OF,
    VISITS_PER_YEAR,
    FrameRule,
    check_frame,
)
from analysis.mesh import MESH_EPSG, boxes, locate_in_mesh

_HOUSEHOLDS = FrameRule(
    "households", "household_id", ("status", "gap_class", "weight", "need_visits", "district")
)
_HALVINGS = 3  # from a side of 1 km to one of 125 m
_KEY = 1 << 20  # more than the columns of the mesh: row and column in one number


@dataclass(frozen=True, eq=False)
class GapAreas:
    """Areas in which many households are missed, and how many missed ones lie in none.

    Parameters
    ----------
    areas : GeoDataFrame indexed by area_id (``K05-G1``: district and number from the south), CRS of the input
        ``district`` (of most of its households, ``""`` unknown), ``households``, ``missed`` (int, of them),
        ``need_missed`` (weighted visits a month those missed need), one int column a class of MISSED_CLASSES
        (missed households by first class; adds up to ``missed``), ``leading_class`` (of most among those
        of the remedy), ``remedy`` (one of
        REMEDIES; that of most of its missed households), ``cells`` (int, it is made of), geometry (their
        union; the parts of a MultiPolygon touch at a corner).
    counts : dict of int, households unless said otherwise
        ``missed``, the sum of ``missed_in_areas``, ``missed_in_thin_cells`` (too few households for a cell),
        ``missed_below_share`` (in cells with a smaller share), ``missed_left_out`` (in parts that reach no
        area and have no neighbour to join) and ``missed_without_place``; ``cells`` (with enough households)
        and ``cells_in_areas`` (cells).
    """

    areas: gpd.GeoDataFrame
    counts: dict[str, int] = field(default_factory=dict)


def find_gap_areas(households: gpd.GeoDataFrame, *, least: int = 10, share: float = 0.45) -> GapAreas:
    """Group the cells in which many households are missed into areas with one remedy.

    1. Cells as above, from 1 km down to 125 m. One with fewer than ``least`` households is left out.
    2. A cell whose share missed is at least ``share`` is a gap cell; its remedy is that of most of its missed
       households (the cheapest of equals), its district that of most of its households (the first by code).
    3. Gap cells that share an edge, a district and a remedy are one part.
    4. A part with fewer than ``least`` missed or fewer than ``least`` others joins the neighbouring part of
       its district with the longest common edge, the part with the fewest missed first. One that lacks only
       others and has no such neighbour takes in neighbouring cells below ``share``, most others first.
    5. What still lacks either is left out and counted. Equals are settled by place, south then west first.

    Parameters
    ----------
    households : GeoDataFrame of Points, metric CRS, indexed by household_id
        All households to watch over: ``status`` (one of STATUSES; missed: not watched), ``gap_class``,
        ``weight``, ``need_visits`` (a year), ``district`` (code of the community district, None unknown).
    least : int, at least 2, households
    share : float, above 0, at most 1, of households; the default is where the fourth of the five classes of
        the map begins (``SHARE_BREAKS_PERCENT``)

    Raises
    ------
    ParameterError
        ``least`` or ``share`` out of range.
    FrameError
        The frame breaks its rule, or a missed household has no missed class.
    """
    _check(households, least, share)
    placed = households[households.geometry.notna() & ~households.geometry.is_empty]
    all_cells = _describe_cells(placed, least)
    cells = all_cells[all_cells["households"] >= least].reset_index(drop=True)
    is_gap = (cells["missed"] / cells["households"] >= share).to_numpy()
    borders = _borders_within_districts(cells)
    part = _join_small_parts(_parts_of_one_remedy(cells, borders, is_gap), cells, borders, least)
    shown = (part >= 0) & ~_is_small(part, cells, least)[part]
    missed = {
        "missed": int((households["status"] != "watched").sum()),
        "missed_in_areas": int(cells["missed"][shown].sum()),
        "missed_in_thin_cells": int(all_cells["missed"].sum() - cells["missed"].sum()),
        "missed_below_share": int(cells["missed"][~is_gap & ~shown].sum()),
        "missed_left_out": int(cells["missed"][is_gap & ~shown].sum()),
    }
    missed["missed_without_place"] = missed["missed"] - int(all_cells["missed"].sum())
    counts = {**missed, "cells": len(cells), "cells_in_areas": int(shown.sum())}
    return GapAreas(_as_areas(cells[shown], part[shown], households.crs), counts)


def _check(households: gpd.GeoDataFrame, least: int, share: float) -> None:
    faults = []
    if least < 2:
        faults.append(f"Expected least >= 2, got {least}.")
    if not 0 < share <= 1:
        faults.append(f"Expected 0 < share <= 1, got {share}.")
    if faults:
        raise ParameterError(" ".join([*faults, "Correct it."]))
    check_frame(households, _HOUSEHOLDS)
    missed = households["status"] != "watched"
    unclassed = int((missed & ~households["gap_class"].isin(MISSED_CLASSES)).sum())
    if unclassed:
        raise FrameError(
            f"Expected a missed class of every missed household, got {unclassed} without. Classify the gaps."
        )


# --- cells ------------------------------------------------------------------------------------------------


def _describe_cells(placed: gpd.GeoDataFrame, least: int) -> pd.DataFrame:
    """Return the cells that hold households, from the south then the west, with what GapAreas tells of them.

    ``south``, ``west`` and ``side`` count squares of 125 m.
    """
    degrees = placed.geometry.to_crs(MESH_EPSG)
    row, column = locate_in_mesh(degrees.y.to_numpy(), degrees.x.to_numpy(), level="125m")
    exponent = _side_exponents(row, column, least)
    south, west = row >> exponent << exponent, column >> exponent << exponent
    corner, first, cell = np.unique(_key(south, west), return_index=True, return_inverse=True)
    missed = (placed["status"] != "watched").to_numpy()
    need = placed["weight"].to_numpy(dtype=float) * placed["need_visits"].to_numpy() / VISITS_PER_YEAR
    counts = {
        name: np.bincount(cell[(missed & (placed["gap_class"] == name)).to_numpy()], minlength=len(corner))
        for name in MISSED_CLASSES
    }
    return pd.DataFrame(
        {
            "south": south[first],
            "west": west[first],
            "side": 1 << exponent[first],
            "district": _district_of_most(placed["district"], cell),
            "households": np.bincount(cell, minlength=len(corner)),
            "missed": np.bincount(cell[missed], minlength=len(corner)),
            "need_missed": np.bincount(cell[missed], weights=need[missed], minlength=len(corner)),
            **counts,
        }
    )


def _side_exponents(row: np.ndarray, column: np.ndarray, least: int) -> np.ndarray:
    """Return for each household the side of its cell as a power of two of 125 m: 3 is 1 km, 0 is 125 m."""
    exponents = np.full(len(row), _HALVINGS, dtype=np.int64)
    splits = np.ones(len(row), dtype=bool)
    for finer in reversed(range(_HALVINGS)):
        _, quarter, held = np.unique(
            _key(row >> finer, column >> finer), return_inverse=True, return_counts=True
        )
        _, whole = np.unique(_key(row >> finer + 1, column >> finer + 1), return_inverse=True)
        fewest = np.full(len(row), len(row))
        np.minimum.at(fewest, whole, held[quarter])
        splits &= fewest[whole] >= least
        exponents[splits] = finer
    return exponents


def _key(row: np.ndarray, column: np.ndarray) -> np.ndarray:
    return row * _KEY + column


def _district_of_most(district: pd.Series, cell: np.ndarray) -> np.ndarray:
    """Return the district of most households of each cell, the first by code of equals; "" where unknown."""
    known = district.astype(object).where(district.notna(), "").to_numpy()
    sizes = pd.DataFrame({"cell": cell, "district": known}).value_counts().rename("size").reset_index()
    sizes = sizes.sort_values(["cell", "size", "district"], ascending=[True, False, True])
    return sizes.drop_duplicates("cell")["district"].to_numpy(dtype=object)


def _borders_within_districts(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of cells of one district with a common edge: ``cell``, ``other``, ``length``.

    Each pair stands in both directions; the length counts sides of 125 m.
    """
    squares = (cells["side"] ** 2).to_numpy()
    owner = np.repeat(np.arange(len(cells)), squares)
    place = np.arange(len(owner)) - np.repeat(squares.cumsum() - squares, squares)
    side = cells["side"].to_numpy()[owner]
    row = cells["south"].to_numpy()[owner] + place // side
    column = cells["west"].to_numpy()[owner] + place % side
    owner_of = pd.Series(owner, index=_key(row, column))
    pairs = []
    for north, east in ((1, 0), (0, 1)):
        beside = owner_of.reindex(_key(row + north, column + east)).to_numpy()
        known = ~np.isnan(beside)
        pairs.append(np.stack([owner[known], beside[known].astype(np.int64)]))
    one_way = np.concatenate(pairs, axis=1)
    both = pd.DataFrame(np.concatenate([one_way, one_way[::-1]], axis=1).T, columns=["cell", "other"])
    district = cells["district"].to_numpy()
    both = both[(both["cell"] != both["other"]) & (district[both["cell"]] == district[both["other"]])]
    return both.value_counts().rename("length").reset_index().sort_values(["cell", "other"])


# --- parts ------------------------------------------------------------------------------------------------


def _parts_of_one_remedy(cells: pd.DataFrame, borders: pd.DataFrame, is_gap: np.ndarray) -> np.ndarray:
    """Return the part of each cell, named by its first cell; -1 of a cell that is none."""
    remedy = _most(_by_remedy(cells))
    cell, other = borders["cell"].to_numpy(), borders["other"].to_numpy()
    joins = is_gap[cell] & is_gap[other] & (remedy[cell] == remedy[other])
    graph = coo_array((np.ones(joins.sum()), (cell[joins], other[joins])), shape=(len(cells), len(cells)))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    return np.where(is_gap, first[label], -1)


def _by_remedy(counts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            remedy: counts[[name for name in MISSED_CLASSES if REMEDY_OF[name] == remedy]].sum(axis=1)
            for remedy in REMEDIES
        }
    )


def _most(counts: pd.DataFrame) -> np.ndarray:
    """Return the name of the column with the highest count, the first of equals."""
    return counts.columns.to_numpy(dtype=object)[counts.to_numpy().argmax(axis=1)]


def _is_small(part: np.ndarray, cells: pd.DataFrame, least: int) -> np.ndarray:
    """Say by number whether a part lacks missed households or others; a number of no part is not small."""
    missed, others = _missed_and_others(part, cells)
    return (np.bincount(part[part >= 0], minlength=len(cells)) > 0) & ((missed < least) | (others < least))


def _missed_and_others(part: np.ndarray, cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    inside = part >= 0
    missed, households = (
        np.bincount(part[inside], weights=cells[column].to_numpy()[inside], minlength=len(cells))
        for column in ("missed", "households")
    )
    return missed, households - missed


def _join_small_parts(part: np.ndarray, cells: pd.DataFrame, borders: pd.DataFrame, least: int) -> np.ndarray:
    """Return the parts once each small one has joined a neighbour, as far as it has one."""
    part, stuck = part.copy(), np.zeros(len(cells), dtype=bool)
    while True:
        missed, _ = _missed_and_others(part, cells)
        waiting = np.flatnonzero(_is_small(part, cells, least) & ~stuck)
        if not len(waiting):
            return part
        small = waiting[missed[waiting].argmin()]
        taken = _neighbour(part, small, cells, borders, lacks_others=missed[small] >= least)
        stuck[small] = not len(taken)
        joined = np.union1d(np.flatnonzero(part == small), taken)
        part[joined] = joined[0]
        stuck[joined[0]] &= not len(taken)


def _neighbour(
    part: np.ndarray, small: int, cells: pd.DataFrame, borders: pd.DataFrame, *, lacks_others: bool
) -> np.ndarray:
    """Return the cells a small part takes in: a neighbouring part's, else one below the share, else none."""
    other = borders["other"].to_numpy()
    beside = (part[borders["cell"]] == small) & (part[other] != small)
    length = borders["length"][beside].groupby(part[other[beside]]).sum().drop(-1, errors="ignore")
    if len(length):
        return np.flatnonzero(part == length.idxmax())
    free = np.unique(other[beside])
    if not lacks_others or not len(free):
        return np.empty(0, dtype=np.int64)
    others = (cells["households"] - cells["missed"]).to_numpy()[free]
    return free[[others.argmax()]]


# --- areas ------------------------------------------------------------------------------------------------


def _as_areas(cells: pd.DataFrame, part: np.ndarray, crs: object) -> gpd.GeoDataFrame:
    """Return one row a part, by district, numbered from the south."""
    squares = boxes(cells["south"].to_numpy(), cells["west"].to_numpy(), cells["side"].to_numpy())
    counted = cells.assign(cells=1).drop(columns=["south", "west", "side"])
    areas = counted.groupby(part).agg({"district": "first"} | dict.fromkeys(counted.columns[1:], "sum"))
    areas["remedy"] = _most(_by_remedy(areas))
    is_its = areas["remedy"].to_numpy()[:, None] == np.array([REMEDY_OF[name] for name in MISSED_CLASSES])
    areas["leading_class"] = _most(areas[list(MISSED_CLASSES)].where(is_its, -1))
    shapes = [shapely.union_all(squares[part == first]) for first in areas.index]
    areas = gpd.GeoDataFrame(areas, geometry=shapes, crs=MESH_EPSG).to_crs(crs)
    areas = areas.sort_values("district", kind="stable")
    number = (areas.groupby("district").cumcount() + 1).astype(str)
    prefix = areas["district"].map(lambda code: f"{code}-G" if code else "G")
    return areas.set_index(pd.Index(prefix + number, name="area_id", dtype=object))
