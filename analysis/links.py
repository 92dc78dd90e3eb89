"""Which watcher could know of and walk to which household, and which passive watcher notices which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.promises import is_valid_on
from analysis.walking import REACH_TOLERANCE_M, WalkingCosts

NOTICE_DISTANCE_M = 30.0  # assumed: from the line of a delivery round to a door it passes

ServesDistrict = Callable[
    [np.ndarray, np.ndarray], np.ndarray
]  # positions of households, of watchers -> bool


def texts(column: pd.Series) -> pd.Series:
    """Return texts as objects, None for nothing and for the empty text."""
    values = column.astype(object).to_numpy(copy=True)
    values[(column.isna() | (column == "")).to_numpy(dtype=bool)] = None
    return pd.Series(values, index=column.index, dtype=object)


def pairs_within_reach(costs: WalkingCosts, households: pd.DataFrame, watchers: pd.DataFrame) -> pd.DataFrame:
    """Return ``household``, ``watcher`` (positions in the frames) and ``cost_m`` within each watcher's reach.

    Equality counts as within. Sorted by household, then cost, then watcher. Pairs of ids that the frames lack
    are left out.
    """
    household = _positions(costs.household_ids, households.index)[costs.household]
    watcher = _positions(costs.watcher_ids, watchers.index)[costs.watcher]
    reach_m = watchers["reach_m"].to_numpy(dtype=float)
    kept = np.flatnonzero((household >= 0) & (watcher >= 0))
    kept = kept[costs.cost_m[kept] <= reach_m[watcher[kept]] + REACH_TOLERANCE_M]
    pairs = pd.DataFrame(
        {"household": household[kept], "watcher": watcher[kept], "cost_m": costs.cost_m[kept]}
    )
    if households.index.equals(costs.household_ids) and watchers.index.equals(costs.watcher_ids):
        return pairs  # walking costs are sorted so already
    return pairs.sort_values(["household", "cost_m", "watcher"], ignore_index=True)


def _positions(ids: pd.Index, frame_ids: pd.Index) -> np.ndarray:
    """Return for each of ``ids`` its position in ``frame_ids``, -1 where it is none of them."""
    if ids.equals(frame_ids):
        return np.arange(len(ids))
    return frame_ids.get_indexer(ids).astype(np.int64)


def serves_district(
    households: pd.DataFrame, watchers: pd.DataFrame, agreements: pd.DataFrame, date: dt.date
) -> ServesDistrict:
    """Return the district rule as a function of household and watcher positions.

    A watcher with a district serves the households of that district, and of each that an agreement valid on
    the date lets its district help; without a district it serves the whole city. A household in no known
    district is served by watchers of the whole city only.
    """
    valid = agreements[is_valid_on(agreements, date)]
    columns = (households["district"], watchers["district"], valid["district"], valid["helped_district"])
    codes, names = pd.factorize(np.concatenate([texts(column).to_numpy() for column in columns]))
    home, person, helper, helped = np.split(codes, np.cumsum([len(column) for column in columns])[:-1])
    serves = np.eye(
        len(names) + 1, dtype=bool
    )  # by (watcher's, household's); the last row and column: no district
    serves[helper, helped] = True
    serves[:-1, -1] = False
    serves[-1, :] = True
    return lambda household, watcher: serves[person[watcher], home[household]]


def find_links(
    pairs: pd.DataFrame, households: pd.DataFrame, watchers: pd.DataFrame, serves: ServesDistrict
) -> pd.DataFrame:
    """Return ``WatchGraph.links`` without visits: pairs of active watchers in office, allowed or not."""
    gives = (watchers["is_active"] & watchers["in_office"]).to_numpy()
    links = pairs[gives[pairs["watcher"]]].reset_index(drop=True)
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    level = watchers["consent_level"].to_numpy()
    consent_ok = households["consent"].to_numpy()[household] >= level[watcher]
    district_ok = serves(household, watcher)
    return links.assign(consent_ok=consent_ok, district_ok=district_ok, allowed=consent_ok & district_ok)


def find_notices(
    pairs: pd.DataFrame, homes: gpd.GeoDataFrame, people: gpd.GeoDataFrame, watchers: pd.DataFrame
) -> pd.DataFrame:
    """Return the passive watchers in office that notice a household, as positions, by household.

    A round (line) notices doors up to NOTICE_DISTANCE_M away; an area those inside it or on its border; a
    watcher without either those within its reach on foot.
    """
    notes = (~watchers["is_active"] & watchers["in_office"]).to_numpy()
    areas = people["service_area"].to_numpy()
    has_area = ~(shapely.is_missing(areas) | shapely.is_empty(areas))
    on_foot = pairs[(notes & ~has_area)[pairs["watcher"]]]
    by_area = np.flatnonzero(notes & has_area)
    distance_m = np.where(shapely.get_dimensions(areas[by_area]) == 2, 0.0, NOTICE_DISTANCE_M)
    tree = shapely.STRtree(homes.geometry.to_numpy())
    row, household = tree.query(areas[by_area], "dwithin", distance_m + REACH_TOLERANCE_M)
    passed = pd.DataFrame({"household": household, "watcher": by_area[row]})
    noticed = pd.concat([on_foot[["household", "watcher"]], passed])
    return noticed.astype(np.int64).sort_values(["household", "watcher"], ignore_index=True)
