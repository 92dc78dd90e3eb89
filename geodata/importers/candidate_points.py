"""Points where a watcher could be looked for, as somebody listed them; read, never stored."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from geodata.errors import ImportRefusedError
from geodata.importers.cells import parse_ids
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions
from geodata.importers.points import LAT, LON, parse_points
from geodata.importers.report import WARNING
from geodata.importers.tables import read_cells

_HEADINGS = (Heading("candidate_id", ("候補番号", "候補ID", "番号"), required=True), LON, LAT)


def read_candidate_points(file: Path, options: ImportOptions = ImportOptions()) -> gpd.GeoDataFrame:
    """Read points from CSV or xlsx, indexed by candidate_id, in EPSG:6668.

    Raises
    ------
    ImportRefusedError
        The file cannot be used, or a row has an error; the first is told.
    """
    cells, checks, source = read_cells([file], _HEADINGS, options)
    points, _, _ = parse_points(cells, checks, options, outside_city=WARNING)
    places = gpd.GeoDataFrame(
        {"candidate_id": parse_ids(cells, "candidate_id", checks)}, geometry=points, crs=STORAGE_CRS
    )
    report = checks.report("candidates", source, dry_run=True)
    if report.refused:
        first = report.errors[0]
        raise ImportRefusedError(
            f"Expected candidate places without errors, got row {first.row}: {first.reason}. "
            "Correct the file."
        )
    return places.set_index("candidate_id")
