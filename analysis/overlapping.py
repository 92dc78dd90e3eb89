"""Layers printed beside the ladder: what of them is hidden, and what they and it tell by subtraction.

School districts, neighbourhoods and cells of the mesh cross the community districts. The sets of homes the
layers differ by are secrets like any small count: what two areas have in common, what one has over the other,
and the smallest common pieces. The ladder is printed as it is without them; only the further layers give way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, vstack

from analysis.public_cells import CountCells
from analysis.public_reading import CITY, COUNTS, FURTHER, PrintedTables, Reading
from analysis.publication import COMMUNITY, CellName
from analysis.suppression import Progress, Suppression, SuppressionRules, suppress

BOTH, LESS_THAT = "&", "-"  # layers whose areas are cut with, or taken from, each other
_BETWEEN = "\x1f"  # stands between the codes of such a set
_PARTS = ("watched", "gap")
_RULES = SuppressionRules()


@dataclass(frozen=True, eq=False)
class FurtherLayers:
    """What of the further layers is printed as far as one table problem tells.

    ``tables``: by layer, index code; ``FURTHER`` columns (Int64, NA hidden). ``secrets``: small counts of
    their cells and of the sets they and the ladder differ by.
    """

    tables: dict[str, pd.DataFrame]
    secrets: tuple[CellName, ...]
    suppression: Suppression


def protect_layers(
    places: pd.DataFrame,
    ladder: PrintedTables,
    layers: Sequence[str],
    *,
    hidden: frozenset[CellName] = frozenset(),
    progress: Progress | None = None,
) -> FurtherLayers:
    """Hide in further layers what is small and what tells it, with the ladder printed as it stands.

    Parameters
    ----------
    places : DataFrame
        ``community`` and each of ``layers``: codes, "" in none; ``watched``, ``gap`` (households).
    ladder : PrintedTables
    layers : some of ``FURTHER``
    hidden : (layer, code, column) that stay hidden besides
    progress : as :func:`analysis.suppression.suppress` takes it

    Returns
    -------
    FurtherLayers
        Where the ladder leaves no safe choice (``suppression.status`` "infeasible"), all is hidden.
    """
    pieces = places.groupby([COMMUNITY, *layers], sort=True)[list(_PARTS)].sum().reset_index()
    names, matrix, counts = _cells(pieces, layers)
    further = names.get_level_values("layer").isin(list(layers))
    shown = _shown_in(ladder, names)
    thin = _thin_splits(names, further & (counts < _RULES.floor))
    kept = (~further & ~shown) | names.isin(list(hidden)) | (further & thin)
    secrets, rows = _sets(pieces, layers, _RULES.floor)
    primary = counts < _RULES.floor
    guarded = csr_array(vstack([rows, matrix[~further & ~shown & ~primary]]))
    unknowns = pd.MultiIndex.from_product([pieces.index, _PARTS], names=["piece", "category"])
    cells = CountCells(names, unknowns, matrix, counts)
    found = suppress(
        cells,
        rules=_RULES,
        keep_hidden=kept,
        never_hide=~further & shown,
        also_protect=guarded,
        progress=progress,
    )
    printed = pd.Series(pd.array(counts, dtype="Int64"), index=names).mask(found.hidden)
    small = names[further & primary]
    return FurtherLayers(
        {layer: _table(printed, layer) for layer in layers}, (*small.tolist(), *secrets), found
    )


def _cells(pieces: pd.DataFrame, layers: Sequence[str]) -> tuple[pd.MultiIndex, csr_array, np.ndarray]:
    """Return names, rows over the watched and missed of each piece, and counts of all layers and the city."""
    names, rows = [], []
    for layer in (COMMUNITY, *layers, CITY):
        at, codes = pd.factorize(pieces[layer] if layer != CITY else pd.Series([""] * len(pieces)))
        for column in FURTHER.get(layer, COUNTS):
            names += [(layer, code, column) for code in codes]
            rows.append(_over_parts(_membership(at, len(codes)), column))
    matrix = csr_array(vstack(rows))
    values = matrix @ pieces[list(_PARTS)].to_numpy(dtype=np.int64).ravel()
    cells = pd.MultiIndex.from_tuples(names, names=["layer", "code", "column"])
    return cells, matrix, np.rint(values).astype(np.int64)


def _membership(at: np.ndarray, count: int) -> csr_array:
    return csr_array(coo_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(count, len(at))))


def _over_parts(members: csr_array, column: str) -> csr_array:
    """Spread rows over pieces to rows over watched and missed in turn."""
    wide = members.tocoo()
    offsets = {"watched": (0,), "gap": (1,), "households": (0, 1)}[column]
    at = np.concatenate([wide.coords[0]] * len(offsets))
    to = np.concatenate([2 * wide.coords[1] + offset for offset in offsets])
    return csr_array(coo_array((np.ones(len(at)), (at, to)), shape=(wide.shape[0], 2 * wide.shape[1])))


def _shown_in(ladder: PrintedTables, names: pd.MultiIndex) -> np.ndarray:
    community = ladder.layers[COMMUNITY][list(COUNTS)]
    shown = {(COMMUNITY, code, name) for name in COUNTS for code in community.index[community[name].notna()]}
    shown |= {(CITY, "", name) for name in COUNTS if ladder.city.get(name) is not None}
    return names.isin(list(shown))


def _thin_splits(names: pd.MultiIndex, small: np.ndarray) -> np.ndarray:
    """Return the watched and missed counts of areas in which either is small: neither is printed."""
    split = names.get_level_values("column").isin(_PARTS)
    area = names.droplevel("column")
    return split & area.isin(area[split & small])


def _table(printed: pd.Series, layer: str) -> pd.DataFrame:
    own = printed.loc[layer]
    return pd.DataFrame({column: own.xs(column, level="column") for column in FURTHER[layer]})


def _sets(pieces: pd.DataFrame, layers: Sequence[str], floor: int) -> tuple[list[CellName], csr_array]:
    """Return the small counts of the sets two layers differ by, and of pieces; each set of pieces once.

    Sets without a household are not secret: the ground tells that nobody can live there.
    """
    everything = (COMMUNITY, *layers)
    groups = [*combinations(everything, 2), *([everything] if len(everything) > 2 else [])]
    named = [_cut(pieces, group) for group in groups]
    named += [_less(pieces, *pair) for pair in permutations(everything, 2)]
    members = csr_array(vstack([rows for _, rows in named]))
    members.sort_indices()
    at = np.split(members.indices, members.indptr[1:-1])
    first = ~pd.Series([row.tobytes() for row in at]).duplicated().to_numpy()
    counted = pieces[list(_PARTS)].to_numpy(dtype=np.int64)
    lived = members @ counted.sum(axis=1) > 0
    names = [name for group, _ in named for name in group]
    secrets, rows = [], []
    for column in COUNTS:
        sums = _over_parts(members, column)
        small = np.flatnonzero(first & lived & (sums @ counted.ravel() < floor))
        secrets += [(*names[number], column) for number in small]
        rows.append(sums[small])
    return secrets, csr_array(vstack(rows))


def _cut(pieces: pd.DataFrame, layers: Sequence[str]) -> tuple[list[tuple[str, str]], csr_array]:
    """Return what areas of several layers have in common: (layers, codes), and the pieces in it."""
    at, codes = pd.factorize(pieces[list(layers)].agg(_BETWEEN.join, axis=1))
    return [(BOTH.join(layers), code) for code in codes], _membership(at, len(codes))


def _less(pieces: pd.DataFrame, layer: str, other: str) -> tuple[list[tuple[str, str]], csr_array]:
    """Return what each area of ``layer`` has over each area of ``other`` that it meets."""
    names, both = _cut(pieces, (layer, other))
    at, codes = pd.factorize(pieces[layer])
    whole = _membership(at, len(codes))[pd.Index(codes).get_indexer([_codes(name[1])[0] for name in names])]
    rows = csr_array(whole - both)
    rows.eliminate_zeros()
    return [(f"{layer}{LESS_THAT}{other}", code) for _, code in names], rows


def _codes(code: str) -> list[str]:
    return code.split(_BETWEEN)


def rows_of(names: Sequence[CellName], reading: Reading) -> tuple[list[CellName], csr_array]:
    """Return which of the names the reading knows, and their rows; of sets too.

    A set is the product of the rows of its areas, or what one has without the other.
    """
    known, rows = [], []
    table = pd.DataFrame(list(names), columns=["layer", "code", "column"])
    for layer, group in table.groupby("layer", sort=False):
        layers = layer.replace(LESS_THAT, BOTH).split(BOTH)
        codes = pd.DataFrame(group["code"].map(_codes).tolist() if len(layers) > 1 else group[["code"]])
        parts = [
            reading.cells.get_indexer(
                pd.MultiIndex.from_arrays([[one] * len(group), codes.iloc[:, number], group["column"]])
            )
            for number, one in enumerate(layers)
        ]
        there = np.min(parts, axis=0) >= 0
        own = reading.matrix[parts[0][there]]
        for part in parts[1:]:
            other = own.multiply(reading.matrix[part[there]])
            own = own - other if LESS_THAT in layer else other
        own = csr_array(own)
        own.eliminate_zeros()
        known += list(group[there].itertuples(index=False, name=None))
        rows.append(own)
    return known, csr_array(vstack(rows)) if rows else reading.matrix[:0]


def hidden_layers(tables: PrintedTables, layers: Iterable[str]) -> frozenset[CellName]:
    """Return what a release hides of further layers; it stays hidden for the rest of its fiscal year."""
    return frozenset(_cells_of(tables, layers, hidden=True))


def _cells_of(tables: PrintedTables, layers: Iterable[str], *, hidden: bool) -> list[CellName]:
    return [
        (layer, code, column)
        for layer in layers
        if layer in tables.layers
        for column in FURTHER[layer]
        for code in tables.layers[layer].index[tables.layers[layer][column].isna() == hidden]
    ]


def blank_cells(tables: dict[str, pd.DataFrame], cells: Iterable[CellName]) -> dict[str, pd.DataFrame]:
    """Return the tables of further layers with these cells hidden too."""
    blanked = {layer: table.copy() for layer, table in tables.items()}
    for layer, code, column in cells:
        blanked[layer].loc[code, column] = pd.NA
    return blanked


def hide_around(
    places: pd.DataFrame, found: Iterable[CellName], tables: PrintedTables, layers: Sequence[str]
) -> frozenset[CellName] | None:
    """Return what to hide besides of further layers after an attack, or None when they print nothing.

    First all counts of their areas that hold homes of a secret found, then of those in the same districts,
    then of all.

    Parameters
    ----------
    places : DataFrame
        ``community``, ``joined`` and each further layer printed at any time: codes.
    """
    shown = _cells_of(tables, layers, hidden=False)
    at = np.zeros(len(places), dtype=bool)
    for layer, code, _ in found:
        at |= homes_of(places, layer, code)
    near = places[COMMUNITY].isin(places.loc[at, COMMUNITY]).to_numpy()
    for mask in (at, near, np.ones(len(places), dtype=bool)):
        areas = {layer: set(places.loc[mask, layer]) for layer in layers}
        more = frozenset(cell for cell in shown if cell[1] in areas[cell[0]])
        if more:
            return more
    return frozenset(shown) or None


def homes_of(places: pd.DataFrame, layer: str, code: str) -> np.ndarray:
    """Return the places of a cell or a set; those of both areas where one is taken from the other."""
    layers = layer.replace(LESS_THAT, BOTH).split(BOTH)
    codes = _codes(code) if len(layers) > 1 else [code]
    known = [(one, part) for one, part in zip(layers, codes, strict=True) if one in places.columns]
    masks = [(places[one] == part).to_numpy() for one, part in known]
    if not masks:
        return np.zeros(len(places), dtype=bool)
    return np.logical_or.reduce(masks) if LESS_THAT in layer else np.logical_and.reduce(masks)
