"""What the watch network of a district hands to screen and paper: frozen, without database or Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from analysis.network_measures import NetworkMeasures
from app.services.results import CityFigures


@dataclass(frozen=True, eq=False)
class NetworkView:
    """The watch network of one community district as its coordinator may see it; for reading only.

    All geometry is in the dataset's metric CRS (metres).

    Parameters
    ----------
    code, name : str
        The community district.
    city : CityFigures
        The run the network was read from: dataset, season, date, basis of distances.
    figures : dict of float
        Counts of all households of the district, the hidden ones too.
    outline : GeoDataFrame
        One polygon.
    streets : GeoDataFrame
        Lines in and around the district.
    households : GeoDataFrame
        Index household_id, points of those the viewer may see: ``status``, ``gap_class``, ``backed_up``, and
        ``ways``, ``connected``, ``reason`` of ``analysis.network_measures``.
    watchers : GeoDataFrame
        Index watcher_id, those that take part: the columns of ``NetworkMeasures.watchers``, ``district`` and
        ``reports_to``; the geometry is None where this viewer may not know the place or nobody does.
    links : DataFrame
        ``household_id``, ``watcher_id``, ``kind`` (assigned or notices), ``visits`` (a year; 0 for a backup).
    centres : GeoDataFrame
        Index facility_id, ``name``: the consultation centres the chains end at.
    measures : NetworkMeasures
        Of the visible households.
    hidden_households : int
        Households of the district that the sharing rules keep from this viewer.
    """

    code: str
    name: str
    city: CityFigures
    figures: dict[str, float]
    outline: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    links: pd.DataFrame
    centres: gpd.GeoDataFrame
    measures: NetworkMeasures
    hidden_households: int
