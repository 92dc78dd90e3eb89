"""Dwellings to hide among: a file of addresses or buildings; read for one displacement, never stored."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers.options import STORAGE_CRS, ImportOptions
from geodata.importers.points import LAT, LON, parse_points
from geodata.importers.report import WARNING
from geodata.importers.tables import read_cells
from geodata.importers.vector import LayerChoice, read_features

_TABLES = (".csv", ".txt", ".xlsx")
_ANY_LAYER = LayerChoice(fits=lambda _columns: True, wanted=lambda _column: False)


def read_dwellings(file: Path, options: ImportOptions = ImportOptions()) -> gpd.GeoSeries:
    """Read one point a dwelling, in EPSG:6668: rows with lon and lat, or map features of any kind.

    A building or a line counts once, at a point inside it; two addresses at one place are two dwellings.

    Raises
    ------
    ImportRefusedError
        The file cannot be used, or a row has an error; the first is told.
    """
    if file.suffix.lower() in _TABLES:
        cells, checks, source = read_cells([file], (LON, LAT), options)
        points, _, _ = parse_points(cells, checks, options, outside_city=WARNING)
    else:
        features, checks, source = read_features([file], _ANY_LAYER, options)
        shapes = features.geometry.to_numpy()
        there = np.array([shape is not None and not shape.is_empty for shape in shapes], dtype=bool)
        checks.flag(~there, "geometry", [""] * len(there), "Expected a place, got none. Correct the file.")
        points = gpd.GeoSeries(shapely.point_on_surface(shapes), crs=STORAGE_CRS)
    report = checks.report("dwellings", source, dry_run=True)
    if report.refused:
        first = report.errors[0]
        raise ImportRefusedError(
            f"Expected dwellings without errors, got row {first.row}: {first.reason} Correct the file."
        )
    return points
