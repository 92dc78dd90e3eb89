"""Synthetic households inside real towns, for a city whose household register may not be used."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.base import STORAGE_SRID
from geodata.draw_households import draw_households
from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse


def draw(towns: Path, options: ImportOptions, *, count: int, seed: int) -> tuple[pd.DataFrame, int]:
    """Read town polygons and draw households in proportion to their household counts.

    Returns
    -------
    (pandas.DataFrame, int)
        Rows of ``households.csv``, and how many towns have households.

    Raises
    ------
    ImportRefusedError
        The towns cannot be read, or say no household counts.
    """
    parsed = parse("neighbourhoods", [towns], options)
    if parsed.report.refused:
        first = parsed.report.errors[0]
        raise ImportRefusedError(
            f"Expected good town polygons, got row {first.row}: {first.reason}. Correct the file."
        )
    frame = gpd.GeoDataFrame(parsed.frame, geometry="geometry", crs=STORAGE_SRID)
    if "household_count" not in frame or not frame["household_count"].fillna(0).sum():
        raise ImportRefusedError(
            "Expected towns with their number of households, got none. "
            "Name the column: --map setai=household_count."
        )
    counted = frame[frame["household_count"].fillna(0) > 0]
    households = draw_households(counted.set_index("code"), count=count, seed=seed)
    return pd.DataFrame(households.drop(columns="geometry", errors="ignore")), len(counted)
