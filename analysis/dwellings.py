"""Where dwellings are taken to be when only their number by neighbourhood is known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import FrameError

NOT_LIVED_ON = ("motorway", "motorway_link", "trunk", "trunk_link")


def spread_dwellings(towns: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Spread each neighbourhood's dwellings evenly along its streets.

    Those of a neighbourhood without a street stand at one point inside it. It is a stand-in
    for a file of buildings or addresses: real homes stand closer together, so that hiding places are told
    too many where a neighbourhood is mostly fields beside streets.

    Parameters
    ----------
    towns : GeoDataFrame
        Polygons in a metric CRS with ``household_count``, all dwellings of the neighbourhood; empty is 0.
    streets : GeoDataFrame
        Lines in the same CRS with ``highway``.

    Returns
    -------
    GeoSeries
        One point a dwelling, in order of neighbourhood.

    Raises
    ------
    FrameError
        No neighbourhood says how many dwellings it has.
    """
    counts = towns["household_count"].fillna(0).astype(int) if "household_count" in towns else pd.Series()
    if not counts.sum() > 0:
        raise FrameError(
            "Expected neighbourhoods with household counts, got none. "
            "Import them, or give a file of dwellings."
        )
    lived_on = streets.loc[~streets["highway"].isin(NOT_LIVED_ON), ["geometry"]]
    pieces = gpd.overlay(
        lived_on.reset_index(drop=True),
        gpd.GeoDataFrame({"town": np.arange(len(towns))}, geometry=towns.geometry.to_numpy(), crs=towns.crs),
        how="intersection",
        keep_geom_type=True,
    )
    return gpd.GeoSeries(_points(towns, counts.to_numpy(), pieces), crs=towns.crs)


def _points(towns: gpd.GeoDataFrame, counts: np.ndarray, pieces: gpd.GeoDataFrame) -> np.ndarray:
    """Return the places: each dwelling of a town stands at its share of the town's length of streets."""
    pieces = pieces.sort_values("town", kind="stable")
    length, town = pieces.length.to_numpy(), pieces["town"].to_numpy()
    total = np.bincount(town, length, minlength=len(towns))
    starts = np.concatenate([[0.0], np.cumsum(length)])
    first = np.concatenate([[0.0], np.cumsum(total)])[:-1]
    owner = np.repeat(np.arange(len(towns)), counts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = first[owner] + (rank + 0.5) / counts[owner] * total[owner]
    piece = np.clip(np.searchsorted(starts, along, side="right") - 1, 0, max(len(pieces) - 1, 0))
    places = np.empty(len(owner), dtype=object)
    has = total[owner] > 0
    lines = pieces.geometry.to_numpy()
    places[has] = shapely.line_interpolate_point(lines[piece[has]], along[has] - starts[piece[has]])
    places[~has] = shapely.point_on_surface(towns.geometry.to_numpy()[owner[~has]])
    return places
