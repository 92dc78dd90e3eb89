"""Frames as plain lists for keeping, and back: missing values as None, days as ISO texts."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely


def pack(frame: pd.DataFrame) -> dict:
    """Return a frame as plain values that JSON holds; geometry as WKT."""
    plain = pd.DataFrame(frame)
    for name in plain.columns:
        plain = plain.assign(**{name: _plain(plain[name])})
    return {
        "index": [str(code) for code in frame.index],
        "columns": list(frame.columns),
        "rows": plain.to_numpy(dtype=object).tolist(),
    }


def unpack(packed: dict, index: str) -> pd.DataFrame:
    """Return the frame, its index named ``index``; days stay ISO texts, a missing value is NaN or None."""
    codes = pd.Index(packed["index"], name=index, dtype=object)
    return pd.DataFrame(packed["rows"], columns=packed["columns"], index=codes)


def unpack_areas(packed: dict, index: str, epsg: int) -> gpd.GeoDataFrame:
    """Return a frame whose column ``geometry`` was packed, in EPSG ``epsg``."""
    frame = unpack(packed, index)
    texts = frame["geometry"].astype(object)
    places = shapely.from_wkt(texts.where(texts.notna(), None).to_numpy(dtype=object))
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=places, crs=epsg)


def _plain(column: pd.Series) -> pd.Series:
    if column.name == "geometry":
        return pd.Series(shapely.to_wkt(column.to_numpy(), rounding_precision=7), column.index, dtype=object)
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    plain = column.astype(object)
    return plain.where(plain.notna(), None)
