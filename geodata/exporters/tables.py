"""CSV, JSON, GeoJSON and text files; a half-written file is never seen."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def safe_name(text: str) -> str:
    """Return ``text`` as part of a file's name: letters, digits, ``-``, ``_`` stay, the rest is ``_``."""
    return re.sub(r"[^\w\-]", "_", text)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole or not at all, for nobody but its owner to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, delete=False, encoding="utf-8", newline=""
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.unlink(file.name)
            raise
    try:
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that the same content gives the same file."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as UTF-8 with a byte order mark, which spreadsheets read; no cell can start a formula."""
    safe = table.astype(object).map(_defused)
    write_text(path, "\ufeff" + safe.to_csv(index=False, lineterminator="\r\n"))


def _defused(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def write_geojson(path: Path, frame: gpd.GeoDataFrame, *, note: str) -> None:
    """Write features in longitude and latitude with seven decimals; ``note`` heads the file."""
    located = frame.to_crs(6668).reset_index()
    collection = json.loads(located.to_json(drop_id=True, to_wgs84=False))
    collection.pop("crs", None)
    rounded = _rounded(collection["features"])
    write_json(path, {"type": "FeatureCollection", "name": note, "features": rounded})


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 7)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value
