"""The attack on a release by itself and together with all earlier ones, as their files say it.

By itself: the reader knows besides which hidden counts of city and districts are small. Together: the reader
supposes that between two releases no piece changed by more than the printed figures make necessary, which
is the most telling supposition. What earlier releases tell under that supposition when this one says nothing
cannot be taken back; this one must add nothing to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.sparse import block_diag, csr_array, eye_array, hstack, vstack

from analysis.attack import Findings, Secrets, attack
from analysis.overlapping import rows_of
from analysis.public_cells import Knowledge
from analysis.public_reading import FURTHER, JOINED, FormKnowledge, PrintedTables, Reading, read_tables
from analysis.publication import COMMUNITY, CellName

CANDIDATES = 6
_MOST_CHANGE = 1 << 12  # households a piece: more than any piece holds is no supposition at all
Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class ReadRelease:
    """One release as its files say it, with what the audit keeps of it.

    ``area_of``: joined area of each block. ``secrets``: cells nobody may work out. ``places``: what has homes
    or could have: ``block`` and the code in each of ``FURTHER``; needed where such a layer is printed.
    """

    tables: PrintedTables
    area_of: pd.Series
    form: FormKnowledge
    secrets: tuple[CellName, ...]
    places: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["block", *FURTHER]))


@dataclass(frozen=True, eq=False)
class AuditResult:
    """What the attacks found.

    Parameters
    ----------
    alone : Findings of the last release by itself
    joined : Findings of all releases together; None when there is one only
    failed : (number of the release, oldest first, and the cell) of each secret with too few values
    told_before : secrets that earlier releases leave too few values by themselves
    change : households by which a piece was supposed to change at most; None with one release
    not_joined : printed areas of earlier releases with borders that are gone
    pieces : smallest common areas of all releases
    """

    alone: Findings
    joined: Findings | None
    failed: list[tuple[int, CellName]]
    told_before: int
    change: int | None
    not_joined: int
    pieces: int

    @property
    def passed(self) -> bool:
        """Both attacks found a table, and this release leaves every secret enough values."""
        done = self.alone.passed and (self.joined is None or self.joined.status == "done")
        return done and not self.failed


def audit_releases(releases: Sequence[ReadRelease], *, tell: Tell | None = None) -> AuditResult:
    """Attack the last release by itself, then the secrets of all releases with all of them, oldest first."""
    pieces = _common_pieces(releases)
    last = len(releases) - 1
    alone = _attack([releases[-1]], pieces, (last,), tell=tell)[0]
    failed = [(last, cell) for _, cell in _narrow(alone)]
    readings = [_read(release, number, pieces) for number, release in enumerate(releases)]
    not_joined = sum(reading.not_joined for reading in readings)
    if last == 0:
        return AuditResult(alone, None, failed, 0, None, not_joined, len(pieces))
    supposing = [replace(release, form=replace(release.form, small=())) for release in releases]
    joined, change = _attack(supposing, pieces, range(last + 1), tell=tell)
    silent = [*supposing[:-1], replace(supposing[-1], tables=_say_nothing(releases[-1].tables))]
    before = set(_narrow(_attack(silent, pieces, range(last + 1), change=change)[0]))
    failed += [cell for cell in _narrow(joined) if cell not in before]
    return AuditResult(alone, joined, failed, len(before), change, not_joined, len(pieces))


def _attack(
    releases: Sequence[ReadRelease],
    pieces: pd.DataFrame,
    numbers: Sequence[int],
    *,
    change: int = 0,
    tell: Tell | None = None,
) -> tuple[Findings, int]:
    """Attack with the least change from ``change`` on under which there is a table at all."""
    readings = [_read(one, number, pieces) for one, number in zip(releases, numbers, strict=True)]
    secrets = _secrets(releases, readings)
    while True:
        knowledge, meant = _join(readings, len(pieces), change)
        asked = Secrets(secrets.names, csr_array(secrets.matrix @ meant))
        found = attack(knowledge, asked, candidates=CANDIDATES, intervals=False, progress=tell)
        if found.status == "done" or len(releases) == 1 or change > _MOST_CHANGE:
            return found, change
        change = max(1, 2 * change)


def _narrow(found: Findings) -> list[tuple[int, CellName]]:
    names = found.secrets.index[found.secrets["candidates"] < found.demanded]
    return [(int(number), (layer, code, column)) for number, layer, code, column in names]


def _say_nothing(tables: PrintedTables) -> PrintedTables:
    """Return the same form with every number and class hidden, and no list of reasons."""
    layers = {}
    for layer, table in tables.layers.items():
        said = [column for column in table.columns if column != "district"]
        layers[layer] = table.assign(**dict.fromkeys(said, pd.NA))
    return PrintedTables(layers, {})


def _read(release: ReadRelease, number: int, pieces: pd.DataFrame) -> Reading:
    placed = pieces.assign(**{JOINED: pieces[f"{JOINED}{number}"]})
    return read_tables(release.tables, placed, form=release.form)


def _common_pieces(releases: Sequence[ReadRelease]) -> pd.DataFrame:
    """Return the smallest common areas of all releases: the district, the joined area in each and so on."""
    columns = {f"{JOINED}{number}": release.area_of for number, release in enumerate(releases)}
    blocks = pd.DataFrame(columns)
    further = [layer for layer in FURTHER if any(layer in release.tables.layers for release in releases)]
    if further:
        places = pd.concat([release.places for release in releases])[["block", *further]].drop_duplicates()
        blocks = blocks.join(places.set_index("block"), how="outer")
    blocks = blocks.fillna("")
    blocks.insert(0, COMMUNITY, blocks.index.str.rsplit("|", n=1).str[0])
    nowhere = pd.DataFrame([[""] * len(blocks.columns)], columns=blocks.columns)
    return pd.concat([blocks, nowhere]).drop_duplicates().reset_index(drop=True)


def _secrets(releases: Sequence[ReadRelease], readings: Sequence[Reading]) -> Secrets:
    names, rows = [], []
    for number, (release, reading) in enumerate(zip(releases, readings, strict=True)):
        known, matrix = rows_of(release.secrets, reading)  # not of a border that is gone: ``not_joined``
        names += [(number, *name) for name in known]
        rows.append(matrix)
    columns = ["release", "layer", "code", "column"]
    index = pd.MultiIndex.from_frame(pd.DataFrame(names, columns=columns))
    return Secrets(index, csr_array(block_diag(rows, format="csr")))


def _join(readings: Sequence[Reading], pieces: int, change: int) -> tuple[Knowledge, csr_array]:
    """Stack the releases; no piece's watched or missed households change by more than ``change``.

    With it, which unknown of the knowledge each unknown of the releases is: where nothing changes, those of a
    piece are the same in all of them.
    """
    matrix = csr_array(block_diag([reading.knowledge.matrix for reading in readings], format="csr"))
    lower = np.concatenate([reading.knowledge.lower for reading in readings])
    upper = np.concatenate([reading.knowledge.upper for reading in readings])
    widths = [len(reading.unknowns) for reading in readings]
    meant = _as_one(widths, 2 * pieces if change == 0 else 0)
    if change == 0 or len(readings) == 1:
        return Knowledge(csr_array(matrix @ meant), lower, upper), meant
    links = [_link(widths, number, 2 * pieces) for number in range(len(readings) - 1)]
    limits = np.full(2 * pieces * len(links), float(change))
    stacked = csr_array(vstack([matrix, *links], format="csr"))
    return Knowledge(stacked, np.append(lower, -limits), np.append(upper, limits)), meant


def _as_one(widths: Sequence[int], shared: int) -> csr_array:
    """Return a matrix that puts the first ``shared`` unknowns of each release onto the same columns."""
    own = shared + np.cumsum([0, *(width - shared for width in widths)])
    columns = [
        np.concatenate([np.arange(shared), np.arange(own[at], own[at + 1])]) for at in range(len(widths))
    ]
    at = np.concatenate(columns)
    return csr_array((np.ones(len(at)), (np.arange(len(at)), at)), shape=(len(at), int(own[-1])))


def _link(widths: Sequence[int], number: int, shared: int) -> csr_array:
    """Return the rows of release ``number + 1`` less release ``number`` over the unknowns both have."""
    parts = [csr_array((shared, width)) for width in widths]
    for place, sign in ((number, -1.0), (number + 1, 1.0)):
        parts[place] = sign * eye_array(shared, widths[place], format="csr")
    return csr_array(hstack(parts, format="csr"))
