"""First visit rounds of a district: each watcher's households in walking order, cut into outings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.crs import to_metric_crs
from analysis.rounds import WALKING_M_PER_MIN, Rounds, plan_rounds
from analysis.street import StreetGraph, build_street_graph
from analysis.walking import MATRIX_LIMIT, walk_matrix
from app.services.city import RULES, find_district
from app.services.coverage import load_city_figures
from app.services.errors import RequestError
from app.services.results import CityFigures, Progress
from geodata import access, read
from geodata.errors import StoreNotReadyError
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer

MINUTES_PER_VISIT = 15.0  # assumed
MAX_MINUTES = 120.0  # longest outing, assumed
STREETS_AROUND_M = 1_500.0


@dataclass(frozen=True)
class PlannedRound:
    """One watcher's round: the outings, and the places they visit (metric CRS, index household_id)."""

    watcher_id: str
    kind: str
    home: tuple[float, float]
    rounds: Rounds
    stops: gpd.GeoDataFrame


@dataclass(frozen=True)
class DistrictRounds:
    """The rounds of one district, and the watchers without one and why.

    ``without`` maps watcher_id to ``no_place`` (nobody knows where the walk begins) or ``too_many`` (more
    households than one walk matrix takes). ``hidden`` counts the district's households the rules keep off
    this medium.
    """

    figures: CityFigures
    district: str
    name: str
    planned: tuple[PlannedRound, ...]
    without: dict[str, str]
    streets: gpd.GeoDataFrame
    hidden: int


def plan_district(
    store: Store,
    viewer: Viewer,
    district: str,
    season: str,
    date: dt.date,
    *,
    watcher_id: str | None = None,
    medium: str = "paper;file",
    progress: Callable[[Progress], None] | None = None,
) -> DistrictRounds:
    """Plan one round for each watcher who visits households of the district, or for one of them.

    Only households this viewer may be told of in the medium (paper, file or both), and visits that count
    today, are planned.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The district is not one of the coordinator's.
    RequestError
        There is no such district, or this watcher visits nobody in it.
    """
    district = find_district(store, district)
    figures = load_city_figures(store, viewer, season, date, progress)
    places = _read(store, viewer, district, figures, medium=medium)
    pairs = places.pairs
    if watcher_id is not None:
        pairs = pairs[pairs["watcher_id"] == watcher_id]
        if pairs.empty:
            raise RequestError(f"Expected a watcher who visits {district}, got {watcher_id}. Check the id.")
    measure = _measurer(places.streets, season)
    planned, without = [], {}
    groups = list(pairs.groupby("watcher_id"))
    for number, (watcher, visits) in enumerate(groups):
        if progress is not None:
            progress(Progress("rounds", number, len(groups)))
        if places.watchers.geometry[watcher] is None:
            without[watcher] = "no_place"
        elif len(visits) >= MATRIX_LIMIT:
            without[watcher] = "too_many"
        else:
            planned.append(_plan_one(watcher, visits.set_index("household_id"), places, measure))
    name = str(figures.layers["community"].loc[district, "name"])
    streets = places.streets[["geometry"]]
    return DistrictRounds(figures, district, name, tuple(planned), without, streets, places.hidden)


@dataclass(frozen=True)
class _Places:
    """Visits made in a district (watcher_id, household_id, visits_per_month), and where, in metres."""

    pairs: pd.DataFrame
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    hidden: int


def _plan_one(
    watcher: str, visits: pd.DataFrame, places: _Places, measure: Callable[[gpd.GeoSeries], np.ndarray]
) -> PlannedRound:
    home = places.watchers.geometry[watcher]
    stops = places.households.loc[visits.index]
    points = gpd.GeoSeries([home, *stops.geometry], crs=stops.crs)
    rounds = plan_rounds(
        list(stops.index),
        measure(points),
        minutes_per_visit=MINUTES_PER_VISIT,
        speed_m_per_min=WALKING_M_PER_MIN,
        max_minutes=MAX_MINUTES,
    )
    stops = stops.assign(visits=visits["visits_per_month"])
    return PlannedRound(watcher, str(places.watchers.loc[watcher, "kind"]), (home.x, home.y), rounds, stops)


def _read(store: Store, viewer: Viewer, district: str, figures: CityFigures, *, medium: str) -> _Places:
    """Read the visits made in the district, its households, their watchers, and the streets around."""
    epsg = figures.info.metric_epsg
    with store.begin(write=True) as session:
        run = find_run(session, figures.info.revision, figures.season, figures.date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        visible = access.read_district_households(session, viewer, district, medium=medium)
        pairs = _visits(access.read_household_results(session, viewer, run.run_id, district, medium=medium))
        households = visible.households.loc[visible.households.index.isin(pairs["household_id"])]
        people = sorted(set(pairs["watcher_id"]))
        watchers = access.read_visiting_watchers(session, viewer, district, people, medium=medium)
        box = _box_around(households, watchers, epsg) if len(households) else (0.0, 0.0, 0.0, 0.0)
        streets = read.read_streets(session, box)
    metric = (to_metric_crs(frame, epsg) for frame in (households, watchers, streets))
    return _Places(pairs, *metric, hidden=visible.hidden)


def _visits(results: pd.DataFrame) -> pd.DataFrame:
    """Return household_id, watcher_id and visits a month of every link that delivers."""
    links = results["detail"].map(lambda detail: detail["watched_by"]).explode().dropna()
    rows = pd.DataFrame(list(links), index=links.index).rename_axis("household_id").reset_index()
    if rows.empty:
        return pd.DataFrame(columns=["household_id", "watcher_id", "visits_per_month"])
    delivers = (rows["role"] == "primary") & (rows["visits_per_month"].astype(float) > 0)
    visits = rows[delivers].groupby(["watcher_id", "household_id"], as_index=False)["visits_per_month"].sum()
    return visits


def _box_around(
    households: gpd.GeoDataFrame, watchers: gpd.GeoDataFrame, epsg: int
) -> tuple[float, float, float, float]:
    """Return the box of all points with a margin, in degrees."""
    points = pd.concat([households[["geometry"]], watchers[["geometry"]].dropna()])
    around = to_metric_crs(points, epsg).geometry.buffer(STREETS_AROUND_M)
    return tuple(around.to_crs(households.crs).total_bounds)


def _measurer(streets: gpd.GeoDataFrame, season: str) -> Callable[[gpd.GeoSeries], np.ndarray]:
    """Return the function that measures walks between points: along streets, or straight with a detour."""
    if streets.empty:
        factor = RULES.detour_factor * RULES.door_factor(season)
        return lambda points: factor * _distances(points)
    graph: StreetGraph = build_street_graph(streets, season=season, rules=RULES)
    return lambda points: walk_matrix(graph, points, rules=RULES)


def _distances(points: gpd.GeoSeries) -> np.ndarray:
    xy = np.column_stack([points.x, points.y])
    return np.linalg.norm(xy[:, None] - xy[None, :], axis=2)
