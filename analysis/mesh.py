"""The standard area mesh of JIS X 0410: cells of about 1 km, 500 m, 250 m and 125 m, and counts in them.

A cell of a level is exactly four cells of the next. Its code is that of the cell it lies in and one digit: 1
south-west, 2 south-east, 3 north-west, 4 north-east. A point on a cell's south or west edge belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import ParameterError

MESH_EPSG = 6668  # degrees of JGD2011
MESH_LEVELS = ("1km", "500m", "250m", "125m")  # third-order cell, half, quarter, eighth
EIGHTHS_A_SIDE = {"1km": 8, "500m": 4, "250m": 2, "125m": 1}  # 125 m cells along one side of a cell

_EIGHTHS_PER_FIRST = 640  # along one side of a first-order cell: 8 second x 10 third x 8 eighths
_FIRST_LAT = 1.5  # first-order cells in a degree of latitude (40 minutes each); one in a degree of longitude
_DIGITS = {"1km": 8, "500m": 9, "250m": 10, "125m": 11}
_WEST_END = 100  # degrees east at which first-order columns are counted from
_ROUNDING = 1e-9  # of a 125 m cell: a corner computed in floating point still lies on its own side


def locate_in_mesh(lat: np.ndarray, lon: np.ndarray, *, level: str = "250m") -> tuple[np.ndarray, np.ndarray]:
    """Return each point's row and column of cells, counted from latitude 0 and longitude 100.

    Parameters
    ----------
    lat, lon : arrays of float, degrees of JGD2011; east of 100 degrees
    level : one of MESH_LEVELS

    Returns
    -------
    (rows, columns) : int64 arrays; the coarser cell's are those of the finer one divided by two, rounded down

    Raises
    ------
    ParameterError
        The level is unknown.
    """
    side = EIGHTHS_A_SIDE[_known(level)]
    north = np.asarray(lat, dtype=float) * (_FIRST_LAT * _EIGHTHS_PER_FIRST)
    east = (np.asarray(lon, dtype=float) - _WEST_END) * _EIGHTHS_PER_FIRST
    rows = np.floor(north + _ROUNDING).astype(np.int64)
    columns = np.floor(east + _ROUNDING).astype(np.int64)
    return rows // side, columns // side


def mesh_code(rows: np.ndarray, columns: np.ndarray, *, level: str = "250m") -> np.ndarray:
    """Return the codes of cells as int64: 8 digits for 1 km, then one more a level down to 125 m.

    Raises
    ------
    ParameterError
        The level is unknown.

    References
    ----------
    JIS X 0410, 地域メッシュコード.
    """
    side = EIGHTHS_A_SIDE[_known(level)]
    south, west = np.asarray(rows) * side, np.asarray(columns) * side
    first = south // _EIGHTHS_PER_FIRST * 100 + west // _EIGHTHS_PER_FIRST
    second = south % _EIGHTHS_PER_FIRST // 80 * 10 + west % _EIGHTHS_PER_FIRST // 80
    code = (first * 100 + second) * 100 + south % 80 // 8 * 10 + west % 80 // 8
    for half in (4, 2, 1):
        if half >= side:
            code = code * 10 + 2 * (south // half % 2) + west // half % 2 + 1
    return code


def mesh_polygons(codes: Iterable[str]) -> gpd.GeoSeries:
    """Return the cells of codes, of one level or several, as polygons in EPSG:6668, indexed by code.

    Neighbouring cells, of whatever levels, have exactly equal corners.

    Parameters
    ----------
    codes : texts of 8 to 11 digits

    Raises
    ------
    ParameterError
        A text is not the code of a cell.
    """
    index = pd.Index(list(codes), dtype=object, name="mesh_code")
    south, west, side = _decode(index)
    return gpd.GeoSeries(boxes(south, west, side), index=index, crs=MESH_EPSG)


def boxes(south: np.ndarray, west: np.ndarray, side: np.ndarray | int) -> np.ndarray:
    """Return rectangles in degrees from the rows and columns of their south-west 125 m cell and their side.

    All three are counted in 125 m cells, so that equal corners are equal numbers.
    """
    per_lat = _FIRST_LAT * _EIGHTHS_PER_FIRST
    return shapely.box(
        west / _EIGHTHS_PER_FIRST + _WEST_END,
        south / per_lat,
        (west + side) / _EIGHTHS_PER_FIRST + _WEST_END,
        (south + side) / per_lat,
    )


def mesh_parent(code: str, *, level: str) -> str:
    """Return the code of the cell of a coarser level that a cell lies in; of its own level, the code itself.

    Raises
    ------
    ParameterError
        The code is none, the level is unknown, or finer than that of the code.
    """
    _decode(pd.Index([code], dtype=object))
    digits = _DIGITS[_known(level)]
    if digits > len(code):
        raise ParameterError(f"Expected a level not finer than the cell {code}, got {level!r}. Use another.")
    return code[:digits]


def mesh_children(code: str) -> tuple[str, ...]:
    """Return the four cells of the next finer level that a cell is made of; () of a 125 m cell.

    Raises
    ------
    ParameterError
        The code is none.
    """
    _decode(pd.Index([code], dtype=object))
    return tuple(code + digit for digit in "1234") if len(code) < _DIGITS["125m"] else ()


def count_cells(points: gpd.GeoSeries, flags: pd.DataFrame, *, level: str = "250m") -> gpd.GeoDataFrame:
    """Count points and flags in the cells of a level.

    Parameters
    ----------
    points : geopandas.GeoSeries
        Points in any CRS.
    flags : pandas.DataFrame
        Boolean columns with the index of ``points``.
    level : one of MESH_LEVELS

    Returns
    -------
    geopandas.GeoDataFrame
        Index mesh_code (text, 8 to 11 digits) in order; ``households`` and one count for each flag; cells as
        polygons in EPSG:6668. Cells without a point are absent.

    Raises
    ------
    ParameterError
        The level is unknown.
    """
    degrees = points.to_crs(MESH_EPSG)
    rows, columns = locate_in_mesh(degrees.y, degrees.x, level=level)
    counted = flags.assign(households=1, row=rows, column=columns)
    counted = counted.groupby(["row", "column"]).sum().astype(int)
    south = counted.index.get_level_values("row").to_numpy()
    west = counted.index.get_level_values("column").to_numpy()
    codes = mesh_code(south, west, level=level).astype(str)
    counted = counted[["households", *flags.columns]].set_axis(pd.Index(codes, name="mesh_code"))
    side = EIGHTHS_A_SIDE[level]
    cells = boxes(south * side, west * side, side)
    return gpd.GeoDataFrame(counted, geometry=cells, crs=MESH_EPSG).sort_index()


def _known(level: str) -> str:
    if level not in MESH_LEVELS:
        raise ParameterError(f"Expected level {', '.join(MESH_LEVELS)}, got {level!r}. Use one of them.")
    return level


def _decode(codes: pd.Index) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return south row, west column and side of cells, in 125 m cells."""
    wrong = [code for code in codes if not _is_code(code)]
    if wrong:
        first = ", ".join(map(str, wrong[:5]))
        raise ParameterError(
            f"Expected mesh codes of 8 to 11 digits, got {len(wrong)} others: {first}. Correct them."
        )
    digits = np.array([[int(digit) for digit in code.ljust(11, "1")] for code in codes], dtype=np.int64)
    digits = digits.reshape(-1, 11)
    south = (digits[:, 0] * 10 + digits[:, 1]) * _EIGHTHS_PER_FIRST + digits[:, 4] * 80 + digits[:, 6] * 8
    west = (digits[:, 2] * 10 + digits[:, 3]) * _EIGHTHS_PER_FIRST + digits[:, 5] * 80 + digits[:, 7] * 8
    for place, half in ((8, 4), (9, 2), (10, 1)):
        south += (digits[:, place] - 1) // 2 * half
        west += (digits[:, place] - 1) % 2 * half
    side = 1 << (11 - np.array([len(code) for code in codes], dtype=np.int64))
    return south, west, side


def _is_code(code: object) -> bool:
    """Say whether a text is a code: second-order digits 0 to 7, quadrants 1 to 4."""
    if not isinstance(code, str) or not code.isascii() or not code.isdecimal() or not 8 <= len(code) <= 11:
        return False
    return max(code[4:6]) <= "7" and set(code[8:]) <= set("1234")
