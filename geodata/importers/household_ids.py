"""A list of household ids, to end them: one column, nothing else of them."""

from __future__ import annotations

from pathlib import Path

from geodata.errors import ImportRefusedError
from geodata.importers.cells import parse_ids
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions
from geodata.importers.tables import read_cells

HEADINGS = (Heading("household_id", ("世帯番号", "世帯ID"), required=True),)


def read_household_ids(file: Path) -> list[str]:
    """Read the ids of a CSV or xlsx file, each once.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used, or a row of it holds no id.
    """
    cells, checks, _ = read_cells([file], HEADINGS, ImportOptions())
    ids = parse_ids(cells, "household_id", checks, unique=False)
    if checks.failed.any():
        raise ImportRefusedError(
            f"Expected a household's id in each row of '{file.name}', "
            f"got {int(checks.failed.sum())} rows without. Correct them."
        )
    return sorted(set(ids))
