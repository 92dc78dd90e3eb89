"""Reading tables: CSV (UTF-8 with or without BOM, CP932) and xlsx, every cell as text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from geodata.errors import ImportRefusedError
from geodata.importers.cells import without_direction_signs
from geodata.importers.headings import Heading, match_headings
from geodata.importers.options import ImportOptions
from geodata.importers.report import RowChecks, Source

MAX_CSV_BYTES = 500 * 2**20
MAX_XLSX_BYTES = 100 * 2**20  # unpacked: about 300,000 rows of ten columns
MAX_ROWS = 1_000_000
MAX_COLUMNS = 300
MAX_CELLS = 20_000_000  # read from an xlsx, the empty ones before a far one counted
XLSX_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    InvalidFileException,
    KeyError,
    IndexError,
    ValueError,
)
ENCODINGS = ("utf-8-sig", "cp932")  # utf-8-sig also reads UTF-8 without BOM


@dataclass(frozen=True)
class Table:
    """One file's cells as text, its heading row, and the line number of each row."""

    file: str
    headings: list[str]
    cells: pd.DataFrame  # one column a heading, by position
    rows: np.ndarray
    encoding: str | None
    lengths: np.ndarray  # cells in each row as written


def read_cells(
    files: Sequence[Path], headings: Sequence[Heading], options: ImportOptions
) -> tuple[pd.DataFrame, RowChecks, Source]:
    """Read tables into one frame of text with our column names.

    Columns that a file may leave out are there and empty. A row that is blank throughout is passed over.

    Returns
    -------
    tuple of (DataFrame, RowChecks, Source)
        Text cells, the checks that know each row's line number, and what the files were.

    Raises
    ------
    ImportRefusedError
        A file is absent, of another type, empty, undecodable, too large, or lacks columns.
    """
    tables = [read_table(path, options.encoding) for path in files]
    several = len(tables) > 1
    rows = np.concatenate([table.rows for table in tables])
    names = np.concatenate(
        [np.full(len(table.rows), table.file if several else "", object) for table in tables]
    )
    checks = RowChecks(rows, names)
    cells = pd.concat([_ours(table, headings, options, checks) for table in tables], ignore_index=True)
    _check_lengths(tables, checks)
    encodings = {table.encoding for table in tables if table.encoding}
    source = Source(tuple(table.file for table in tables), len(rows), ", ".join(sorted(encodings)) or None)
    return cells, checks, source


def read_table(path: Path, encoding: str | None = None) -> Table:
    """Read one CSV or xlsx file as text, heading row first."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ImportRefusedError(f"Expected a file, got none called '{path.name}'. Check the path.")
    if path.stat().st_size == 0:
        raise ImportRefusedError(f"Expected rows in '{path.name}', got an empty file. Export it again.")
    if suffix == ".csv":
        records, found = _read_csv(path, encoding)
    elif suffix == ".xlsx":
        records, found = _read_xlsx(path), None
    else:
        raise ImportRefusedError(
            f"Expected a .csv or .xlsx file, got '{path.name}'. Save it as one of these."
        )
    return _as_table(path.name, records, found)


def decode(content: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Decode text: as told, or as UTF-8 and then CP932.

    Returns
    -------
    tuple of str
        The text and the encoding found (``UTF-8`` or ``CP932``, or the one told).
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding is None:
        raise ImportRefusedError(f"Expected '{name}' in UTF-8 or CP932, got UTF-16. Save it as CSV UTF-8.")
    for candidate in (encoding,) if encoding else ENCODINGS:
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ImportRefusedError(
                f"Expected a known encoding, got '{candidate}'. Pass utf-8 or cp932."
            ) from error
        _check_text(text, content, name, candidate, told=encoding is not None)
        return text, {"utf-8-sig": "UTF-8", "cp932": "CP932"}.get(candidate, candidate)
    tried = encoding or "UTF-8 or CP932"
    raise ImportRefusedError(f"Expected '{name}' in {tried}, got bytes that are not. Pass its --encoding.")


def _check_text(text: str, content: bytes, name: str, encoding: str, *, told: bool) -> None:
    if "\x00" in text:
        raise ImportRefusedError(f"Expected text in '{name}', got binary content. Save it as CSV.")
    if encoding == "cp932" and not told and any("\uff61" <= letter <= "\uff9f" for letter in set(text)):
        try:
            content.decode("euc_jp")
        except UnicodeDecodeError:
            return
        raise ImportRefusedError(
            f"Expected '{name}' in UTF-8 or CP932, got text that could also be EUC-JP. Pass its --encoding."
        )


def _read_csv(path: Path, encoding: str | None) -> tuple[list[list[str]], str]:
    if path.stat().st_size > MAX_CSV_BYTES:
        raise ImportRefusedError(f"Expected at most 500 MB, got more in '{path.name}'. Split the file.")
    text, found = decode(path.read_bytes(), path.name, encoding)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True)), found
    except csv.Error as error:
        raise ImportRefusedError(
            f"Expected well-formed CSV in '{path.name}', got: {error}. Save it as CSV again."
        ) from error


def _read_xlsx(path: Path) -> list[list[str]]:
    try:
        _check_unpacked_size(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
        records = _xlsx_records(sheet, path.name)
        book.close()
    except XLSX_ERRORS as error:
        raise ImportRefusedError(
            f"Expected an xlsx workbook, got something else in '{path.name}'. Save it as xlsx again."
        ) from error
    width = max(map(len, records), default=0)  # rows leave out their empty cells at the end
    return [_fit(record, width) for record in records]


def _xlsx_records(sheet: ReadOnlyWorksheet, name: str) -> list[list[str]]:
    """Read the rows, stopping early: a small file can name a row or column very far away."""
    records, cells = [], 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row)
        if len(records) > MAX_ROWS or cells > MAX_CELLS:
            raise ImportRefusedError(
                f"Expected at most {MAX_ROWS:,} rows and {MAX_CELLS:,} cells, got more in '{name}'. "
                "Split the file."
            )
        records.append(_without_blank_tail(map(_cell_text, row)))
    return records


def _check_unpacked_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_XLSX_BYTES:
        raise ImportRefusedError(
            f"Expected at most 100 MB unpacked, got {unpacked / 2**20:.0f} MB in '{path.name}'. Use CSV."
        )


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_table(name: str, records: list[list[str]], encoding: str | None) -> Table:
    if not records or not any(cell.strip() for cell in records[0]):
        raise ImportRefusedError(f"Expected headings in the first row of '{name}', got none. Add them.")
    headings = _without_blank_tail(records[0])
    if len(headings) > MAX_COLUMNS or len(records) > MAX_ROWS:
        raise ImportRefusedError(
            f"Expected at most {MAX_COLUMNS} columns and {MAX_ROWS:,} rows, "
            f"got {len(headings)} and {len(records):,} in '{name}'. Split the file."
        )
    filled = np.fromiter(map(any, (map(str.strip, record) for record in records[1:])), bool, len(records) - 1)
    if not filled.any():
        raise ImportRefusedError(
            f"Expected at least one row in '{name}', got only headings. Export it again."
        )
    body = pd.DataFrame.from_records([_fit(record, len(headings)) for record in records[1:]])
    lengths = np.fromiter((len(_without_blank_tail(record)) for record in records[1:]), int, len(filled))
    written = np.fromiter(map(len, records[1:]), int, len(filled))
    lengths = np.where(written < len(headings), written, np.maximum(lengths, len(headings)))
    rows = np.flatnonzero(filled) + 2  # the heading is row 1
    return Table(name, headings, body[filled].reset_index(drop=True), rows, encoding, lengths[filled])


def _without_blank_tail(record: Iterable[str]) -> list[str]:
    cells = list(record)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _fit(record: list[str], width: int) -> list[str]:
    return record if len(record) == width else (record + [""] * width)[:width]


def _ours(
    table: Table, headings: Sequence[Heading], options: ImportOptions, checks: RowChecks
) -> pd.DataFrame:
    matching = match_headings(table.headings, headings, options.column_map)
    for column in matching.unknown:
        if column.strip():
            checks.note(column, "", "Unknown column, not read. Name it with --map if it is needed.", row=1)
    ours = pd.DataFrame(
        "", index=table.cells.index, columns=[heading.name for heading in headings], dtype=str
    )
    for name, theirs in matching.theirs.items():
        texts = table.cells[table.headings.index(theirs)].astype(str)
        ours[name] = without_direction_signs(texts, checks)
    for name, value in matching.constants.items():
        ours[name] = value
    return ours


def _check_lengths(tables: Sequence[Table], checks: RowChecks) -> None:
    lengths = np.concatenate([table.lengths for table in tables])
    widths = np.concatenate([np.full(len(table.rows), len(table.headings)) for table in tables])
    reason = "Expected as many cells as headings. Check the commas and quotes of this row."
    checks.flag(lengths != widths, "", lengths, reason)
