"""Areas of any layer made uniform: valid multipolygons in EPSG:6668, one row a code."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.importers import report
from geodata.importers.cells import NumberRule, parse_numbers, parse_text
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions
from geodata.importers.report import WARNING, RowChecks

AREA_HEADINGS = (
    Heading("code", ("district", "area_code", "コード", "地区コード", "校下コード")),
    Heading("name", ("名称", "地区名", "校下名", "町名", "町会名"), required=True),
    Heading("kana", ("name_kana", "かな", "カナ", "よみ", "ふりがな")),
    Heading("municipality_code", ("municipality", "市区町村コード", "行政区域コード")),
    Heading("household_count", ("世帯数",)),
)
AREA_COLUMNS = (
    "area_id",
    "layer",
    "code",
    "name",
    "kana",
    "municipality_code",
    "household_count",
    "edition",
    "geometry",
    "valid_from",
    "valid_to",
)
OVERLAP_M2 = 100.0  # smaller overlaps are the drawing's own roughness


def build_areas(
    cells: pd.DataFrame, geometry: np.ndarray, checks: RowChecks, layer: str, edition: str | None
) -> gpd.GeoDataFrame:
    """Turn text cells and geometries into rows of the area table.

    Rows of one code become one area: geometries joined, household counts added (empty counts stay empty), the
    first row's name kept. Invalid polygons are made valid and only their areas kept.

    Parameters
    ----------
    cells : DataFrame of str
        ``code``, ``name``, ``kana``, ``municipality_code``, ``household_count``.
    geometry : ndarray of Shapely geometries
        In EPSG:6668, one a row.
    checks : RowChecks
        Takes problems and repairs.
    layer : str
        ``boundary``, ``community``, ``school`` or ``neighbourhood``.
    edition : str or None
        What edition of its source the file is.

    Returns
    -------
    GeoDataFrame
        Columns of the area model, in the order of the file.
    """
    rows = pd.DataFrame(
        {
            "code": parse_text(cells, "code", checks, max_length=60, required=True),
            "name": parse_text(cells, "name", checks, max_length=120, required=True, as_written=True),
            "kana": parse_text(cells, "kana", checks, max_length=120, as_written=True),
            "municipality_code": parse_text(cells, "municipality_code", checks, max_length=5),
            "household_count": parse_numbers(
                cells, "household_count", checks, NumberRule(0, 1e7, whole=True)
            ),
        }
    )
    rows["geometry"] = _as_polygons(geometry, checks)
    good = ~checks.failed
    areas = _dissolve(rows[good], checks.keep(np.flatnonzero(good)))
    areas["area_id"] = layer + ":" + areas["code"].astype(str)
    areas["layer"], areas["edition"] = layer, edition
    areas["valid_from"] = areas["valid_to"] = None
    areas = gpd.GeoDataFrame(areas[list(AREA_COLUMNS)], geometry="geometry", crs=STORAGE_CRS)
    note_overlaps(areas, checks)
    return areas


def fill_codes(cells: pd.DataFrame, checks: RowChecks) -> pd.DataFrame:
    """Return cells whose empty codes are filled from the name; counted as a repair."""
    empty = (cells["code"].str.strip() == "") & (cells["name"].str.strip() != "")
    checks.repaired(report.CODE_FROM_NAME, int(empty.sum()))
    return cells.assign(code=cells["code"].where(~empty, cells["name"]))


def in_municipality(codes: pd.Series, options: ImportOptions) -> pd.Series:
    """Return which rows belong to the wanted municipality; all where none is asked for."""
    wanted = options.municipality_code
    if wanted is None:
        return pd.Series(True, index=codes.index)
    return codes.str.strip() == wanted


def note_outside_city(geometry: np.ndarray, checks: RowChecks, options: ImportOptions) -> None:
    """Warn once when areas lie wholly outside the city's box."""
    if options.bounds is None or not len(geometry):
        return
    away = int((~shapely.intersects(geometry, shapely.box(*options.bounds))).sum())
    if away:
        reason = "Expected areas within the city's box. Check the CRS, or pass --municipality."
        checks.note("geometry", f"{away} of {len(geometry)}", reason)


def note_overlaps(areas: gpd.GeoDataFrame, checks: RowChecks) -> None:
    """Warn of each pair of areas that overlap by more than 100 m² (measured in an equal-area projection)."""
    if len(areas) < 2:
        return
    metric = areas.geometry.to_crs(local_crs(areas.geometry, "laea")).to_numpy()
    first, second = shapely.STRtree(metric).query(metric, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    size = shapely.area(shapely.intersection(metric[first], metric[second]))
    names, codes = areas["name"].to_numpy(), areas["code"].to_numpy()
    for place in np.flatnonzero(size > OVERLAP_M2):
        pair = (
            f"{names[first[place]]} ({codes[first[place]]}) / {names[second[place]]} ({codes[second[place]]})"
        )
        reason = f"Areas overlap by {size[place]:,.0f} m²: a place there has several answers."
        checks.note("geometry", pair, reason)


def local_crs(geometry: gpd.GeoSeries, projection: str) -> str:
    """Return a projection round the data's middle: ``laea`` keeps areas, ``tmerc`` keeps lengths nearby."""
    minx, miny, maxx, maxy = geometry.total_bounds
    return f"+proj={projection} +lat_0={(miny + maxy) / 2} +lon_0={(minx + maxx) / 2} +ellps=GRS80 +units=m"


def only_areas(geometry: np.ndarray, checks: RowChecks) -> np.ndarray:
    """Make geometries valid and keep their areas only; lines and points left by the repair are dropped."""
    broken = ~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)
    repaired = geometry.copy()
    repaired[broken] = shapely.make_valid(geometry[broken])
    reasons = np.full(len(geometry), "", dtype=object)
    reasons[broken] = shapely.is_valid_reason(geometry[broken])
    checks.repaired(report.GEOMETRY_REPAIRED, int(broken.sum()))
    checks.flag(
        broken, "geometry", reasons, "The outline crosses or touches itself; made valid.", severity=WARNING
    )
    mixed = shapely.get_type_id(repaired) == shapely.GeometryType.GEOMETRYCOLLECTION
    repaired[mixed] = [_areal_part(collection) for collection in repaired[mixed]]
    checks.repaired(report.PARTS_DROPPED, int(mixed.sum()))
    return repaired


def _areal_part(collection: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(collection)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _as_polygons(geometry: np.ndarray, checks: RowChecks) -> np.ndarray:
    areal = only_areas(geometry, checks)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    kinds = shapely.get_type_id(areal)
    polygonal = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    checks.flag(
        ~missing & ~(polygonal & (shapely.area(areal) > 0)),
        "geometry",
        np.array([getattr(shape, "geom_type", "") for shape in geometry], dtype=object),
        "Expected a polygon. Check that the layer holds areas.",
    )
    return areal


def _dissolve(rows: pd.DataFrame, checks: RowChecks) -> pd.DataFrame:
    groups = rows.groupby("code", sort=False)
    areas = groups[["name", "kana", "municipality_code"]].first()
    areas = areas.astype(object).where(areas.notna(), None)
    counts = groups["household_count"].sum(min_count=1)
    areas["household_count"] = [None if np.isnan(count) else int(count) for count in counts]
    areas["geometry"] = [_joined(shapes.to_numpy()) for _, shapes in groups["geometry"]]
    sizes = groups.size()
    checks.repaired(report.AREAS_DISSOLVED, int(sizes[sizes > 1].sum()))
    differing = groups["name"].transform("nunique") > 1
    reason = "Rows of one code have different names; the first is kept."
    checks.flag(differing, "name", rows["name"], reason, severity=WARNING)
    return areas.reset_index()


def _joined(shapes: np.ndarray) -> shapely.MultiPolygon:
    joined = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    return joined if joined.geom_type == "MultiPolygon" else shapely.MultiPolygon([joined])
