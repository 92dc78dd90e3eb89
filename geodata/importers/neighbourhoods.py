"""Neighbourhoods (町丁・字): e-Stat small areas of 2015 and 2020, or any polygon file with a column map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.errors import ImportRefusedError
from geodata.importers import report
from geodata.importers.areas import build_areas, in_municipality, note_outside_city
from geodata.importers.attributes import as_text
from geodata.importers.community_districts import read_any_areas
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.report import RowChecks, first_few
from geodata.importers.vector import LayerChoice, read_features
from geodata.models import Area

LAYER = "neighbourhoods"
ESTAT_NAMES = {"S_NAME": "e-Stat 2020", "MOJI": "e-Stat 2015"}  # the town's name, by edition
WATER = "8154"  # HCODE of a water survey area
KEY_LENGTHS = (9, 11)  # prefecture, city and town; with chome


def is_estat(columns: frozenset[str]) -> bool:
    """Tell e-Stat small areas by their columns."""
    return {"KEY_CODE", "HCODE"} <= columns and bool(columns & set(ESTAT_NAMES))


def read_neighbourhoods(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read neighbourhoods.

    In e-Stat files water areas are left out, the polygons of one town are joined, and its households
    (which stand on its first polygon only) are added. A TopoJSON copy names no CRS: JGD2011 is taken, as
    the format has it.

    Raises
    ------
    ImportRefusedError
        The municipality asked for is not in the file, or a file of another kind has no name column.
    """
    if options.column_map:
        return read_any_areas(files, options, LAYER, "neighbourhood")
    choice = LayerChoice(fits=is_estat, crs_by_format=lambda c: STORAGE_CRS if is_estat(c) else None)
    features, checks, source = read_features(files, choice, options)
    if not is_estat(frozenset(features.columns)):
        return read_any_areas(files, options, LAYER, "neighbourhood")
    edition = next(ESTAT_NAMES[name] for name in ESTAT_NAMES if name in features.columns)
    cells = _estat_cells(features, checks)
    places = _wanted(features, cells, checks, options)
    cells, kept = cells.iloc[places].reset_index(drop=True), checks.keep(places)
    geometry = features.geometry.to_numpy()[places]
    note_outside_city(geometry, kept, options)
    areas = build_areas(cells, geometry, kept, "neighbourhood", edition)
    return Parsed(Area, areas, kept.report(LAYER, source, edition=edition, dry_run=options.dry_run))


def _estat_cells(features: gpd.GeoDataFrame, checks: RowChecks) -> pd.DataFrame:
    name = next(name for name in ESTAT_NAMES if name in features.columns)
    code = as_text(features["KEY_CODE"]).str.strip()
    odd = ~code.str.len().isin(KEY_LENGTHS)
    checks.flag(
        odd, "KEY_CODE", code, "Expected a KEY_CODE of 9 or 11 digits as text. Keep its leading zero."
    )
    count = as_text(features["SETAI"]) if "SETAI" in features.columns else ""
    return pd.DataFrame(
        {
            "code": code,
            "name": as_text(features[name]).where(as_text(features[name]) != "", code),
            "kana": "",
            "municipality_code": code.str[:5],
            "household_count": count,
        }
    )


def _wanted(
    features: gpd.GeoDataFrame, cells: pd.DataFrame, checks: RowChecks, options: ImportOptions
) -> np.ndarray:
    inside = in_municipality(cells["municipality_code"], options).to_numpy()
    if not inside.any():
        raise ImportRefusedError(
            f"Expected towns of municipality {options.municipality_code}, "
            f"got only {first_few(cells['municipality_code'])}. Check --municipality."
        )
    water = (as_text(features["HCODE"]) == WATER).to_numpy()
    checks.repaired(report.LEFT_OTHER_MUNICIPALITY, int((~inside).sum()))
    checks.repaired(report.LEFT_WATER, int((inside & water).sum()))
    return np.flatnonzero(inside & ~water)
