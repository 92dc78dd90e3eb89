"""A map file's attributes as text cells under our names, so that the same checks serve tables and maps."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geodata.importers.headings import Heading, match_headings
from geodata.importers.options import ImportOptions
from geodata.importers.report import RowChecks


def as_cells(
    attributes: pd.DataFrame,
    headings: Sequence[Heading],
    options: ImportOptions,
    checks: RowChecks | None = None,
) -> pd.DataFrame:
    """Return our columns as text, empty where the file has none; ``checks`` notes unknown columns."""
    columns = [column for column in attributes.columns if column != "geometry"]
    matching = match_headings(columns, headings, options.column_map)
    cells = pd.DataFrame(
        "", index=attributes.index, columns=[heading.name for heading in headings], dtype=str
    )
    for name, theirs in matching.theirs.items():
        cells[name] = as_text(attributes[theirs])
    for name, value in matching.constants.items():
        cells[name] = value
    for column in matching.unknown if checks is not None else ():
        checks.note(column, "", "Unknown column, not read. Name it with --map if it is needed.")
    return cells


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as text: nothing as empty, whole decimals without the point (11740797015.0)."""
    if pd.api.types.is_bool_dtype(column):
        return column.astype(int).astype(str)
    if pd.api.types.is_float_dtype(column):
        missing = column.isna()
        whole = (column.fillna(0) % 1 == 0) & (column.abs().fillna(0) < 2**53)
        texts = column.astype(str)
        texts = texts.mask(whole, column.where(whole, 0).fillna(0).astype("int64").astype(str))
        return texts.mask(missing, "").astype(str)
    return column.astype(object).where(column.notna(), "").astype(str)
