"""What an import found: counts, problems row by row, and what was repaired."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ERROR = "error"
WARNING = "warning"

# Repairs, each told with its count. The wording is the key a catalogue translates.
AREAS_DISSOLVED = "rows joined into one area of the same code"
BLANKS_REMOVED = "cells with blanks around the value"
CODE_FROM_NAME = "codes taken from the name"
CODE_FROM_PLACE_AND_NAME = "codes built from municipality and name"
CONSENT_DEFAULT = "empty consent taken as level 1 (city only)"
DIRECTION_SIGNS_REMOVED = "cells with signs that turn the writing direction"
DIRECTIONS_MERGED = "reverse pairs merged into one edge"
EDGES_REPEATED = "edges drawn twice taken once"
EDGES_TURNED = "lines turned to run from u to v"
GEOMETRY_REPAIRED = "geometries made valid"
LENGTH_FROM_GEOMETRY = "lengths taken from the line"
LEFT_OTHER_MUNICIPALITY = "rows of other municipalities left out"
LEFT_UNASSIGNED_LAND = "rows of land without a municipality left out"
LEFT_WATER = "rows of water areas left out"
MULTIPART_JOINED = "lines in parts joined into one"
NODE_IDS_TO_TEXT = "node numbers written as decimals read as whole numbers"
PARTS_DROPPED = "lines or points dropped from areas"
POINTS_DISPLACED = "points displaced before they were kept"
POINTS_LEFT_OUT = "households left out: too few dwellings to hide among"
ROUNDS_JOINED = "rows joined into one round of the same watcher"
SQUARES_OUTLINED = "squares walked along their outline"
VISITS_ROUNDED = "visits a month rounded to whole visits a year"
WAYS_CLOSED = "ways closed to walkers left out"
WAYS_CUT = "ways cut where the extract ends"
WAYS_NOT_WALKED = "ways of a kind nobody walks left out"
WAYS_OUTSIDE = "ways outside the city left out"
WAYS_UNPLACED = "ways without a place in the extract left out"
WEIGHT_DEFAULT = "empty weight taken as 1"
WIDE_NARROWED = "cells with full-width characters"


@dataclass(frozen=True)
class RowProblem:
    """One thing wrong with one cell.

    ``row`` is the line a person sees in the table (heading 1, first data row 2) or, in a map file, the
    feature's number from 1; 0 means the whole file. ``severity`` is ``error`` or ``warning``.
    """

    row: int
    column: str
    value: str
    reason: str
    severity: str = ERROR
    file: str = ""


@dataclass(frozen=True)
class ImportReport:
    """Counts, problems and repairs of one import.

    ``rejected`` counts rows with an error; ``refused`` is True when there is one, and then nothing may be
    written. ``crs_source`` is ``declared`` (by the file), ``given`` (by the caller) or ``by format``.
    """

    layer: str
    files: tuple[str, ...]
    rows_read: int
    problems: tuple[RowProblem, ...] = ()
    repairs: tuple[tuple[str, int], ...] = ()
    written: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    edition: str | None = None
    encoding: str | None = None
    crs: str | None = None
    crs_source: str | None = None
    dry_run: bool = False
    refused: bool = False

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """Problems for which the file is refused."""
        return tuple(problem for problem in self.problems if problem.severity == ERROR)

    @property
    def warnings(self) -> tuple[RowProblem, ...]:
        """Problems that are told only."""
        return tuple(problem for problem in self.problems if problem.severity == WARNING)

    def to_dict(self, personal: bool) -> dict[str, Any]:
        """Return the report as plain values for JSON.

        Parameters
        ----------
        personal : bool
            True for households, watchers, assignments and rounds: the values of bad cells are left out.
        """
        report = dataclasses.asdict(self)
        report["files"] = list(self.files)
        report["repairs"] = [{"what": what, "count": count} for what, count in self.repairs]
        report["problems"] = [dataclasses.asdict(problem) for problem in self.problems]
        if personal:
            for problem in report["problems"]:
                problem["value"] = None
        return report


@dataclass(frozen=True)
class Source:
    """Where rows came from: file names, number of rows, and how the file was understood."""

    files: tuple[str, ...]
    rows_read: int
    encoding: str | None
    crs: str | None = None
    crs_source: str | None = None


class RowChecks:
    """Gathers the problems and repairs of one file's rows while it is parsed.

    Parameters
    ----------
    rows : ndarray of int
        Row number a person sees, one a row.
    files : ndarray of str
        File name of each row; empty where there is only one file.
    """

    def __init__(self, rows: np.ndarray, files: np.ndarray) -> None:
        self.rows = rows
        self.files = files
        self.failed = np.zeros(len(rows), dtype=bool)
        self._problems: list[RowProblem] = []
        self._repairs: dict[str, int] = {}

    def flag(self, bad: Any, column: str, values: Any, reason: str, *, severity: str = ERROR) -> None:
        """Note ``reason`` for every row where ``bad`` is True, with that row's value."""
        places = np.flatnonzero(np.asarray(bad, dtype=bool))
        if severity == ERROR:
            self.failed[places] = True
        shown = np.asarray(values, dtype=object)
        for place in places:
            value = "" if shown[place] is None else str(shown[place])
            row, file = int(self.rows[place]), str(self.files[place])
            self._problems.append(RowProblem(row, column, value, reason, severity, file))

    def note(self, column: str, value: str, reason: str, *, row: int = 0) -> None:
        """Warn of something that concerns a whole column (row 1, the heading) or the file (row 0)."""
        self._problems.append(RowProblem(row, column, value, reason, WARNING))

    def repaired(self, what: str, count: int) -> None:
        """Count a repair; none is left out of the report only when its count is zero."""
        if count:
            self._repairs[what] = self._repairs.get(what, 0) + int(count)

    def keep(self, places: np.ndarray) -> RowChecks:
        """Return checks for some of the rows that go on adding to the same report."""
        part = RowChecks(self.rows[places], self.files[places])
        part.failed = self.failed[places]
        part._problems, part._repairs = self._problems, self._repairs
        return part

    def report(
        self, layer: str, source: Source, *, edition: str | None = None, dry_run: bool = False
    ) -> ImportReport:
        """Return the finished report, problems in the order of the rows."""
        problems = tuple(sorted(self._problems, key=lambda problem: (problem.file, problem.row)))
        errors = {(problem.file, problem.row) for problem in problems if problem.severity == ERROR}
        return ImportReport(
            layer,
            source.files,
            source.rows_read,
            problems,
            tuple(sorted(self._repairs.items())),
            rejected=len(errors),
            edition=edition,
            encoding=source.encoding,
            crs=source.crs,
            crs_source=source.crs_source,
            dry_run=dry_run,
            refused=bool(errors),
        )


def first_few(values: Any, limit: int = 5) -> str:
    """Return the first values of a column, without repeats, for a message."""
    unique = pd.unique(pd.Series(list(values), dtype=object))
    return ", ".join(map(str, unique[:limit])) + (" …" if len(unique) > limit else "")


def replace_crs(source: Source, crs: str, crs_source: str) -> Source:
    """Return the source with the CRS its points were read in."""
    return dataclasses.replace(source, crs=crs, crs_source=crs_source)
