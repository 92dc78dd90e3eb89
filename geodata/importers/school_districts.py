"""School districts: KSJ A27 (小学校区) in its editions, or any polygon file with a column map.

The editions give one field name different meanings, so the edition is found by the set of columns, never
by the file's name. 2010 and 2016 share their columns, as do 2021 and 2023; the report names both years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.errors import ImportRefusedError
from geodata.importers import report
from geodata.importers.areas import (
    AREA_HEADINGS,
    build_areas,
    fill_codes,
    in_municipality,
    note_outside_city,
)
from geodata.importers.attributes import as_cells, as_text
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.report import RowChecks, first_few
from geodata.importers.vector import LayerChoice, read_features
from geodata.models import Area

LAYER = "school-districts"
SCHOOL_CODE = r"[A-Z]\d{12}"  # B1… elementary school, C2… compulsory-education school
SCHOOL_WORDS = "学校|学園|学院|学舎|分校|小$|校$"


@dataclass(frozen=True)
class Edition:
    """Which columns hold what; ``code`` is None where the edition has no school code."""

    name: str
    municipality: str
    school: str
    code: str | None


def find_edition(columns: frozenset[str]) -> Edition | None:
    """Tell the edition of A27 polygons by their columns; None for anything else."""
    school = next((name for name in ("A27_004", "A27_004_ja") if name in columns), None)
    if school and {"A27_001", "A27_003", "A27_005"} <= columns:
        return Edition("A27 2021/2023", "A27_001", school, "A27_003")
    if {"A27_005", "A27_007"} <= columns and "A27_001" not in columns:
        return Edition("A27 2010/2016", "A27_005", "A27_007", None)
    return None


def read_school_districts(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read school districts.

    Without a school code the code is ``municipality:name``. Rows of other municipalities are left out
    when one is asked for.

    Raises
    ------
    ImportRefusedError
        The columns fit no edition and no code and name are mapped, or the municipality is not in the file.
    """
    mapped = bool(options.column_map)
    choice = LayerChoice(fits=lambda columns: mapped or find_edition(columns) is not None)
    features, checks, source = read_features(files, choice, options)
    edition = None if mapped else find_edition(frozenset(features.columns))
    if edition is None:
        _refuse_school_points(features)
        cells = fill_codes(as_cells(features, AREA_HEADINGS, options, checks), checks)
    else:
        cells = _a27_cells(features, edition, source.files)
    features, cells, checks = _only_wanted(features, cells, checks, options)
    if edition is not None:
        _check_codes(cells, edition, checks)
    geometry = features.geometry.to_numpy()
    note_outside_city(geometry, checks, options)
    found = edition.name if edition else None
    areas = build_areas(cells, geometry, checks, "school", found)
    return Parsed(Area, areas, checks.report(LAYER, source, edition=found, dry_run=options.dry_run))


def _refuse_school_points(features: gpd.GeoDataFrame) -> None:
    points = features.geom_type.isin(("Point", "MultiPoint")).all()
    if points and {"A27_001", "A27_003"} <= set(features.columns):
        raise ImportRefusedError(
            "Expected school districts (polygons), got A27 school points. Choose the polygon file of the set."
        )


def _a27_cells(features: gpd.GeoDataFrame, edition: Edition, files: tuple[str, ...]) -> pd.DataFrame:
    names = as_text(features[edition.school])
    if not names.str.contains(SCHOOL_WORDS).any():
        raise ImportRefusedError(
            f"Expected school names in {edition.school} of '{files[0]}', got none with 学校 or 学園. "
            "Pass its --encoding."
        )
    municipality = as_text(features[edition.municipality]).str.strip()
    code = municipality + ":" + names.str.strip()
    if edition.code is not None:
        code = as_text(features[edition.code])
    cells = pd.DataFrame({"code": code, "name": names, "municipality_code": municipality})
    return cells.assign(kana="", household_count="")


def _only_wanted(
    features: gpd.GeoDataFrame, cells: pd.DataFrame, checks: RowChecks, options: ImportOptions
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, RowChecks]:
    wanted = in_municipality(cells["municipality_code"], options)
    if not wanted.any():
        raise ImportRefusedError(
            f"Expected rows of municipality {options.municipality_code}, "
            f"got only {first_few(cells['municipality_code'])}. Check --municipality."
        )
    checks.repaired(report.LEFT_OTHER_MUNICIPALITY, int((~wanted).sum()))
    places = wanted.to_numpy().nonzero()[0]
    return (
        features.iloc[places].reset_index(drop=True),
        cells.iloc[places].reset_index(drop=True),
        checks.keep(places),
    )


def _check_codes(cells: pd.DataFrame, edition: Edition, checks: RowChecks) -> None:
    if edition.code is None:
        checks.repaired(report.CODE_FROM_PLACE_AND_NAME, len(cells))
        return
    odd = ~cells["code"].str.fullmatch(SCHOOL_CODE)
    reason = (
        "Expected a school code of 13 characters (B1… or C2…). Check that the file is A27 of 2021 or later."
    )
    checks.flag(odd, edition.code, cells["code"], reason, severity=report.WARNING)
