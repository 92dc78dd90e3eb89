"""The municipality's boundary: KSJ N03 (行政区域) in both layouts, or a plain polygon file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.errors import ImportRefusedError
from geodata.importers import report
from geodata.importers.areas import AREA_HEADINGS, build_areas, in_municipality
from geodata.importers.attributes import as_cells, as_text
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.report import RowChecks, first_few
from geodata.importers.vector import LayerChoice, read_features
from geodata.models import Area

LAYER = "boundary"
N03_COLUMNS = frozenset({"N03_001", "N03_003", "N03_004", "N03_007"})
UNASSIGNED_LAND = "所属未定地"


def read_boundary(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read the boundary of one municipality (several polygon parts become one row).

    From 2024 on N03_005 holds the ward and N03_004 the city; before, N03_004 held the ward and N03_003
    the city. A file without codes (only a name) takes its code from ``options.municipality``.

    Raises
    ------
    ImportRefusedError
        The file holds several municipalities and none is named, or not the one named.
    """
    mapped = bool(options.column_map)
    choice = LayerChoice(fits=lambda columns: mapped or columns >= N03_COLUMNS)
    features, checks, source = read_features(files, choice, options)
    if not mapped and set(features.columns) >= N03_COLUMNS:
        cells, edition = _n03_cells(features)
        features, cells, checks = _without_unassigned(features, cells, checks)
    else:
        cells, edition = _plain_cells(features, options, checks), None
    wanted = _wanted(cells, options)
    checks.repaired(report.LEFT_OTHER_MUNICIPALITY, int((~wanted).sum()))
    places = np.flatnonzero(wanted)
    cells, kept = cells.iloc[places].reset_index(drop=True), checks.keep(places)
    areas = build_areas(cells, features.geometry.to_numpy()[places], kept, "boundary", edition)
    return Parsed(Area, areas, kept.report(LAYER, source, edition=edition, dry_run=options.dry_run))


def _n03_cells(features: gpd.GeoDataFrame) -> tuple[pd.DataFrame, str]:
    text = {name: as_text(features[name]).str.strip() for name in sorted(N03_COLUMNS)}
    if "N03_005" in features.columns:
        name, edition = text["N03_004"] + as_text(features["N03_005"]).str.strip(), "N03 2024 or later"
    else:
        city = text["N03_003"].where(text["N03_003"].str.endswith("市"), "")  # else a county (郡)
        name, edition = city + text["N03_004"], "N03 until 2023"
    cells = pd.DataFrame({"code": text["N03_007"], "name": name, "municipality_code": text["N03_007"]})
    return cells.assign(kana="", household_count=""), edition


def _without_unassigned(
    features: gpd.GeoDataFrame, cells: pd.DataFrame, checks: RowChecks
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, RowChecks]:
    unassigned = (cells["name"].str.contains(UNASSIGNED_LAND) | cells["code"].str.endswith("000")).to_numpy()
    checks.repaired(report.LEFT_UNASSIGNED_LAND, int(unassigned.sum()))
    places = np.flatnonzero(~unassigned)
    return (
        features.iloc[places].reset_index(drop=True),
        cells.iloc[places].reset_index(drop=True),
        checks.keep(places),
    )


def _plain_cells(features: gpd.GeoDataFrame, options: ImportOptions, checks: RowChecks) -> pd.DataFrame:
    cells = as_cells(features, AREA_HEADINGS, options, checks)
    code = options.municipality_code
    if (cells["code"] == "").any() and code is None:
        raise ImportRefusedError(
            "Expected the municipality's code, got a file without codes. Pass --municipality."
        )
    filled = cells["code"].where(cells["code"] != "", code)
    return cells.assign(code=filled, municipality_code=filled)


def _wanted(cells: pd.DataFrame, options: ImportOptions) -> np.ndarray:
    wanted = in_municipality(cells["municipality_code"], options).to_numpy()
    codes = cells["municipality_code"]
    if not wanted.any():
        raise ImportRefusedError(
            f"Expected municipality {options.municipality_code}, got only {first_few(codes)}. "
            "Check --municipality."
        )
    several = len(pd.unique(codes[wanted]))
    if several > 1:
        raise ImportRefusedError(
            f"Expected the boundary of one municipality, got {several}: {first_few(codes)}. "
            "Pass --municipality."
        )
    return wanted
