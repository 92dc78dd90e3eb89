"""Longitude and latitude cells to points in EPSG:6668, with the slips people make found by their look."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geodata.importers.cells import narrow
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions, read_crs
from geodata.importers.report import ERROR, RowChecks

JAPAN = (122.0, 20.0, 154.0, 46.0)  # longitude and latitude box, degrees
LON = Heading("lon", ("longitude", "経度", "lng", "x"), required=True)
LAT = Heading("lat", ("latitude", "緯度", "y"), required=True)
MOST = 0.5  # share of rows outside Japan from which the CRS is doubted

SWAPPED = "Expected longitude and latitude in Japan: looks like lon and lat are swapped."
LOST_POINT = "Expected degrees: looks like a lost decimal point."
NOWHERE = "Expected a place in Japan, got 0, 0. Find its coordinates."
OUTSIDE_JAPAN = "Expected a place in Japan (lon 122 to 154, lat 20 to 46). Check the coordinates and the CRS."
OUTSIDE_CITY = "Expected a place within the city's box. Check the coordinates and the CRS."
ONE_EMPTY = "Expected both lon and lat, got one. Fill in the other."
BOTH_EMPTY = "Expected lon and lat, got empty cells. Fill them in."
DOUBT_CRS = "Most points lie outside Japan: the coordinates may be in another CRS. Pass --crs."


def parse_points(
    cells: pd.DataFrame,
    checks: RowChecks,
    options: ImportOptions,
    *,
    may_be_empty: np.ndarray | None = None,
    outside_city: str = ERROR,
) -> tuple[gpd.GeoSeries, str, str]:
    """Build the points of a table.

    A point on the edge of a box counts as inside. Rows that are wrong give None and are flagged.

    Parameters
    ----------
    cells : DataFrame of str
        With columns ``lon`` and ``lat`` (x and y where the CRS is projected).
    checks : RowChecks
        Takes the problems.
    options : ImportOptions
        Its ``crs`` (EPSG:6668 where none is given) and ``bounds`` are used.
    may_be_empty : ndarray of bool, optional
        Rows that need no point.
    outside_city : str
        Severity of a point outside the city's box.

    Returns
    -------
    tuple of (GeoSeries, str, str)
        Points in EPSG:6668, the CRS read, and where that was taken from.
    """
    crs = read_crs(options.crs or STORAGE_CRS)
    x, y, usable = _numbers(cells, checks, may_be_empty)
    if crs.is_geographic:
        usable &= ~_flag_slips(cells, x, y, usable, checks)
    lon, lat = _to_storage(x, y, usable, crs)
    usable &= _flag_outside(cells, lon, lat, usable, checks, rule=(JAPAN, OUTSIDE_JAPAN, ERROR))
    if options.bounds is not None:
        _flag_outside(cells, lon, lat, usable, checks, rule=(options.bounds, OUTSIDE_CITY, outside_city))
    points = np.full(len(cells), None, dtype=object)
    points[usable] = shapely.points(lon[usable], lat[usable])
    series = gpd.GeoSeries(points, index=cells.index, crs=STORAGE_CRS)
    return series, crs.to_string(), "given" if options.crs else "by format"


def inside_box(lon: np.ndarray, lat: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Return which points lie in a box, its edge included."""
    return (lon >= box[0]) & (lat >= box[1]) & (lon <= box[2]) & (lat <= box[3])


def _numbers(
    cells: pd.DataFrame, checks: RowChecks, may_be_empty: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    texts = {name: narrow(cells[name], checks) for name in ("lon", "lat")}
    empty = {name: (column == "").to_numpy() for name, column in texts.items()}
    both_empty, one_empty = empty["lon"] & empty["lat"], empty["lon"] ^ empty["lat"]
    unexcused = both_empty if may_be_empty is None else both_empty & ~may_be_empty
    checks.flag(unexcused, "lon", cells["lon"], BOTH_EMPTY)
    checks.flag(one_empty, "lon", cells["lon"], ONE_EMPTY)
    values, usable = {}, ~both_empty & ~one_empty
    for name, column in texts.items():
        numbers = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(float)
        bad = ~empty[name] & ~np.isfinite(numbers)
        checks.flag(bad, name, cells[name], "Expected degrees as a number. Write digits only.")
        values[name] = numbers
        usable &= ~bad
    return values["lon"], values["lat"], usable


def _flag_slips(
    cells: pd.DataFrame, x: np.ndarray, y: np.ndarray, usable: np.ndarray, checks: RowChecks
) -> np.ndarray:
    shown = cells["lon"] + ", " + cells["lat"]
    swapped = usable & inside_box(y, x, JAPAN)
    no_dot = ~(cells["lon"].str.contains(".", regex=False) | cells["lat"].str.contains(".", regex=False))
    lost = usable & no_dot.to_numpy() & inside_box(_with_point(x, 3), _with_point(y, 2), JAPAN) & (x >= 1000)
    nowhere = usable & (x == 0) & (y == 0)
    for bad, reason in ((swapped, SWAPPED), (lost, LOST_POINT), (nowhere, NOWHERE)):
        checks.flag(bad, "lon", shown, reason)
    return swapped | lost | nowhere


def _with_point(values: np.ndarray, digits: int) -> np.ndarray:
    positive = np.where((values > 0) & np.isfinite(values), values, 1.0)
    return positive / 10.0 ** (np.floor(np.log10(positive)) + 1 - digits)


def _to_storage(
    x: np.ndarray, y: np.ndarray, usable: np.ndarray, crs: pyproj.CRS
) -> tuple[np.ndarray, np.ndarray]:
    if crs == pyproj.CRS(STORAGE_CRS):
        return x, y
    lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
    transformer = pyproj.Transformer.from_crs(crs, STORAGE_CRS, always_xy=True)
    lon[usable], lat[usable] = transformer.transform(x[usable], y[usable])
    return lon, lat


def _flag_outside(
    cells: pd.DataFrame,
    lon: np.ndarray,
    lat: np.ndarray,
    usable: np.ndarray,
    checks: RowChecks,
    *,
    rule: tuple[tuple[float, float, float, float], str, str],
) -> np.ndarray:
    box, reason, severity = rule
    inside = inside_box(lon, lat, box)
    outside = usable & ~inside
    checks.flag(outside, "lon", cells["lon"] + ", " + cells["lat"], reason, severity=severity)
    if reason == OUTSIDE_JAPAN and outside.sum() > MOST * len(lon):
        checks.note("lon", "", DOUBT_CRS)
    return inside
