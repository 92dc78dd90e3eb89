"""Facilities: consultation centres, gathering places, shelters, schools; a table or a map file of points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geodata.importers import report
from geodata.importers.attributes import as_cells
from geodata.importers.cells import check_known, parse_choices, parse_ids, parse_period, parse_text
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.points import LAT, LON, parse_points
from geodata.importers.report import WARNING, RowChecks, Source
from geodata.importers.tables import read_cells
from geodata.importers.vector import LayerChoice, is_map_file, read_features
from geodata.models import Facility
from geodata.models.places import FACILITY_KINDS

LAYER = "facilities"
ATTRIBUTES = (
    Heading("facility_id", ("施設番号", "施設ID"), required=True),
    Heading("kind", ("種別", "施設種別", "種類"), required=True),
    Heading("name", ("名称", "施設名"), required=True),
    Heading("district", ("地区", "校下", "地区コード")),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
KINDS = {kind: kind for kind in FACILITY_KINDS} | {
    "相談窓口": "consultation_centre",
    "地域包括支援センター": "consultation_centre",
    "居場所": "gathering_place",
    "サロン": "gathering_place",
    "避難所": "shelter",
    "公民館": "community_centre",
    "学校": "school",
}


def read_facilities(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read facilities from CSV, xlsx, or points of a map file.

    A point outside the city's box is a warning: the nearest centre may stand in the next town.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    if files and all(
        is_map_file(path) for path in files if path.suffix.lower() not in (".dbf", ".shx", ".prj")
    ):
        cells, points, checks, source = _from_map(files, options)
    else:
        cells, points, checks, source = _from_table(files, options)
    starts, ends = parse_period(cells, checks)
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": parse_ids(cells, "facility_id", checks),
            "kind": parse_choices(cells, "kind", checks, KINDS),
            "name": parse_text(cells, "name", checks, max_length=120, required=True, as_written=True),
            "district": parse_text(cells, "district", checks, max_length=60),
            "valid_from": starts,
            "valid_to": ends,
        },
        geometry=points,
        crs=STORAGE_CRS,
    )
    check_known(facilities["district"], "district", checks, options.known.get("districts"), what="district")
    good = facilities[~checks.failed].reset_index(drop=True)
    return Parsed(Facility, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _from_table(
    files: Sequence[Path], options: ImportOptions
) -> tuple[pd.DataFrame, gpd.GeoSeries, RowChecks, Source]:
    cells, checks, source = read_cells(files, (*ATTRIBUTES, LON, LAT), options)
    points, crs, crs_source = parse_points(cells, checks, options, outside_city=WARNING)
    return cells, points, checks, report.replace_crs(source, crs, crs_source)


def _from_map(
    files: Sequence[Path], options: ImportOptions
) -> tuple[pd.DataFrame, gpd.GeoSeries, RowChecks, Source]:
    features, checks, source = read_features(files, LayerChoice(fits=lambda _columns: True), options)
    kinds = shapely.get_type_id(features.geometry.to_numpy())
    wrong = (kinds != shapely.GeometryType.POINT) & ~checks.failed
    checks.flag(wrong, "geometry", features.geom_type, "Expected a point. Check that the layer holds places.")
    return as_cells(features, ATTRIBUTES, options, checks), features.geometry, checks, source
