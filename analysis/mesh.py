"""The standard area mesh of JIS X 0410: households counted in cells of about 250 m."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_MESH_EPSG = 6668
_PER_FIRST = 320  # quarter cells along one side of a first-order cell: 8 x 10 x 2 x 2
_FIRST_LAT = 1.5  # first-order cells in a degree of latitude (40 minutes each); one in a degree of longitude


def quarter_mesh(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's row and column of quarter cells, counted from latitude 0 and longitude 100.

    A point on a cell's south or west edge belongs to it.
    """
    rows = np.floor(np.asarray(lat) * _FIRST_LAT * _PER_FIRST + 1e-9).astype(np.int64)
    columns = np.floor((np.asarray(lon) - 100) * _PER_FIRST + 1e-9).astype(np.int64)
    return rows, columns


def quarter_mesh_code(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the ten-digit codes of quarter cells: first, second, third order, half, quarter.

    References
    ----------
    JIS X 0410, 地域メッシュコード.
    """

    def quadrant(shift: int) -> np.ndarray:
        return 2 * (rows // shift % 2) + columns // shift % 2 + 1

    first = rows // _PER_FIRST * 100 + columns // _PER_FIRST
    second = rows % _PER_FIRST // 40 * 10 + columns % _PER_FIRST // 40
    third = rows % 40 // 4 * 10 + columns % 40 // 4
    return (((first * 100 + second) * 100 + third) * 10 + quadrant(2)) * 10 + quadrant(1)


def count_cells(points: gpd.GeoSeries, flags: pd.DataFrame) -> gpd.GeoDataFrame:
    """Count points and flags in quarter cells.

    Parameters
    ----------
    points : geopandas.GeoSeries
        Points in any CRS.
    flags : pandas.DataFrame
        Boolean columns with the index of ``points``.

    Returns
    -------
    geopandas.GeoDataFrame
        Index mesh_code (text, 10 digits) in order; ``households`` and one count for each flag; cells as
        polygons in EPSG:6668. Cells without a point are absent.
    """
    degrees = points.to_crs(_MESH_EPSG)
    rows, columns = quarter_mesh(degrees.y, degrees.x)
    counted = flags.assign(households=1, row=rows, column=columns)
    counted = counted.groupby(["row", "column"]).sum().astype(int)
    south = counted.index.get_level_values("row").to_numpy()
    west = counted.index.get_level_values("column").to_numpy()
    per_lat = _FIRST_LAT * _PER_FIRST
    cells = shapely.box(
        west / _PER_FIRST + 100, south / per_lat, (west + 1) / _PER_FIRST + 100, (south + 1) / per_lat
    )
    codes = quarter_mesh_code(south, west).astype(str)
    counted = counted[["households", *flags.columns]].set_axis(pd.Index(codes, name="mesh_code"))
    return gpd.GeoDataFrame(counted, geometry=cells, crs=_MESH_EPSG).sort_index()
