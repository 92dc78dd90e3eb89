"""What a reader of published tables knows, as bounds on whole numbers; made from what is printed alone.

The reader's unknowns are the watched and the missed households of each *piece* (a smallest common area of
all layers) and the city's counts by reason. The reader also knows how the form is made: how many households a
joined area holds at least, and which counts of city and districts are hidden for being small (more than paper
tells).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.errors import FrameError
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from analysis.public_cells import Knowledge

COUNTS = ("households", "watched", "gap")
CITY = "city"  # the layer of whole-city counts, and the piece its counts by reason stand under
JOINED = "joined"
MOSTLY, LESS = "mostly_watched", "less_watched"
_PARTS = {"households": ("watched", "gap"), "watched": ("watched",), "gap": ("gap",)}
# Layers printed beside the ladder, and what is printed of them; gaps by cell of the mesh stay restricted.
FURTHER = {"school": COUNTS, "neighbourhood": COUNTS, "mesh": ("households",)}
REST = "rest"  # watched households with neither weakness: printed nowhere


@dataclass(frozen=True)
class PrintedTables:
    """One release as its files say it.

    Parameters
    ----------
    layers : dict of layer to frame (index code)
        ``households``, ``watched``, ``gap`` (Int64, NA hidden) and ``class`` (MOSTLY, LESS or NA). The layer
        ``joined`` has ``district`` and ``class`` only, a further layer its columns of ``FURTHER``.
    city : dict
        households, watched, gap and the counts by reason; None hidden.
    """

    layers: dict[str, pd.DataFrame]
    city: dict[str, int | None]


@dataclass(frozen=True)
class FormKnowledge:
    """What the reader knows of the form besides the numbers.

    Parameters
    ----------
    small : tuple of (layer, code, column)
        Cells known to be below ``floor``: more than the one mark for everything hidden tells.
    thin : frozenset of str
        Joined areas of a district with fewer households than ``least``.
    floor, least : int, households
        Least count printed; what every other joined area holds at least.
    """

    small: tuple[tuple[str, str, str], ...] = ()
    thin: frozenset[str] = frozenset()
    floor: int = 10
    least: int = 15


@dataclass(frozen=True)
class Reading:
    """The bounds a reader has, and the cells by name for whoever checks what must not be found.

    ``cells`` (index layer, code, column): the row of ``matrix`` (cells x unknowns) that sums the cell.
    """

    knowledge: Knowledge
    unknowns: pd.MultiIndex
    cells: pd.MultiIndex
    matrix: csr_array
    not_joined: int


def read_tables(
    printed: PrintedTables, pieces: pd.DataFrame, *, form: FormKnowledge = FormKnowledge()
) -> Reading:
    """Turn everything printed of one reference date into bounds over its pieces.

    Parameters
    ----------
    printed : PrintedTables
    pieces : DataFrame
        Index piece (unique); one column a printed layer: the code of the area it lies in, "" in none.
    form : FormKnowledge

    Returns
    -------
    Reading
        ``not_joined`` counts printed areas that hold no piece (an old border): nothing is read from them.

    Raises
    ------
    FrameError
        Pieces repeated, or a printed layer without its column.
    """
    _check_pieces(printed, pieces)
    reader = _Reader(pieces, list(printed.city))
    for layer, table in printed.layers.items():
        reader.read_layer(layer, table, form)
    reader.read_city(printed.city)
    reader.read_small(form)
    return reader.reading()


class _Reader:
    """Collects rows as (columns, factors, lower, upper)."""

    def __init__(self, pieces: pd.DataFrame, reasons: list[str]) -> None:
        self._pieces = pieces
        self._reasons = [name for name in reasons if name not in COUNTS]
        pairs = [(piece, part) for piece in pieces.index for part in ("watched", "gap")]
        extra = [*self._reasons, *([REST] if set(self._reasons) & set(WEAK_CLASSES) else [])]
        pairs += [(CITY, name) for name in extra]
        self._unknowns = pd.MultiIndex.from_tuples(pairs, names=["piece", "category"])
        self._of_city = {name: 2 * len(pieces) + number for number, name in enumerate(extra)}
        self._rows: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        self._cells: dict[tuple[str, str, str], np.ndarray] = {}
        self._not_joined = 0

    def read_layer(self, layer: str, table: pd.DataFrame, form: FormKnowledge) -> None:
        places = self._pieces.groupby(layer, sort=False).indices
        for code, row in zip(table.index, table.to_dict("records"), strict=True):
            at = places.get(code)
            if at is None:
                self._not_joined += 1
                continue
            parts = {"watched": 2 * at, "gap": 2 * at + 1}
            for count in COUNTS:
                self._cell((layer, code, count), np.concatenate([parts[part] for part in _PARTS[count]]))
                if count in row and not pd.isna(row[count]):
                    self._bound(self._cells[layer, code, count], int(row[count]), int(row[count]))
            self._read_class(parts, row.get("class"))
            if layer == JOINED and code not in form.thin:
                self._bound(self._cells[layer, code, "households"], form.least, np.inf)

    def _read_class(self, parts: dict[str, np.ndarray], name: object) -> None:
        """At least two thirds watched is ``watched - 2 gap >= 0``."""
        if pd.isna(name):
            return
        columns = np.concatenate([parts["watched"], parts["gap"]])
        factors = np.repeat([1.0, -2.0], [len(parts["watched"]), len(parts["gap"])])
        bounds = (0.0, np.inf) if name == MOSTLY else (-np.inf, -1.0)
        self._rows.append((columns, factors, *bounds))

    def read_city(self, city: dict[str, int | None]) -> None:
        everywhere = np.arange(len(self._pieces))
        parts = {"watched": 2 * everywhere, "gap": 2 * everywhere + 1}
        for count in COUNTS:
            self._cell((CITY, "", count), np.concatenate([parts[part] for part in _PARTS[count]]))
        for name in self._of_city:
            self._cell((CITY, "", name), np.array([self._of_city[name]]))
        for name, value in city.items():
            if value is not None:
                self._bound(self._cells[CITY, "", name], value, value)
        for whole, reasons in (("gap", MISSED_CLASSES), ("watched", (*WEAK_CLASSES, REST))):
            own = np.array([self._of_city[name] for name in reasons if name in self._of_city], dtype=int)
            if len(own):  # the reasons of a part add up to it
                columns = np.concatenate([own, parts[whole]])
                factors = np.repeat([1.0, -1.0], [len(own), len(parts[whole])])
                self._rows.append((columns, factors, 0.0, 0.0))

    def read_small(self, form: FormKnowledge) -> None:
        for name in form.small:
            if name in self._cells:
                self._bound(self._cells[name], -np.inf, form.floor - 1)

    def _cell(self, name: tuple[str, str, str], columns: np.ndarray) -> None:
        self._cells[name] = columns

    def _bound(self, columns: np.ndarray, lower: float, upper: float) -> None:
        self._rows.append((columns, np.ones(len(columns)), float(lower), float(upper)))

    def reading(self) -> Reading:
        width = len(self._unknowns)
        rows = _stack([row[0] for row in self._rows], [row[1] for row in self._rows], width)
        lower = np.array([row[2] for row in self._rows], dtype=float)
        upper = np.array([row[3] for row in self._rows], dtype=float)
        columns = list(self._cells.values())
        cells = _stack(columns, [np.ones(len(part)) for part in columns], width)
        names = pd.MultiIndex.from_tuples(list(self._cells), names=["layer", "code", "column"])
        return Reading(Knowledge(rows, lower, upper), self._unknowns, names, cells, self._not_joined)


def _stack(columns: list[np.ndarray], factors: list[np.ndarray], width: int) -> csr_array:
    starts = np.concatenate([[0], np.cumsum([len(part) for part in columns])]).astype(np.int64)
    at = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    values = np.concatenate(factors) if factors else np.zeros(0)
    return csr_array((values, at, starts), shape=(len(columns), width))


def _check_pieces(printed: PrintedTables, pieces: pd.DataFrame) -> None:
    if not pieces.index.is_unique:
        raise FrameError("Expected pieces unique, got repeated ones. Add their counts up first.")
    missing = sorted(set(printed.layers) - set(pieces.columns))
    if missing:
        raise FrameError(f"Expected pieces placed in {', '.join(missing)}, got no such column. Add it.")
