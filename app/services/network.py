"""The watch network of one district: read from the kept run through the one door, joined and measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.crs import to_metric_crs
from analysis.frames import VISITS_PER_YEAR
from analysis.network_measures import NetworkMeasures, describe_network
from analysis.watch_network import join_network
from app.services.city import Report, find_district
from app.services.coverage import load_city_figures
from app.services.network_results import NetworkView
from app.services.results import CityFigures
from geodata import access, read
from geodata.errors import StoreNotReadyError
from geodata.results import find_run
from geodata.rights import may_in
from geodata.session import Store
from geodata.viewer import Viewer

STREETS_AROUND_M = 300.0
_LINK_COLUMNS = ["household_id", "watcher_id", "kind", "visits", "cost_m"]


@dataclass(frozen=True, eq=False)
class _Rows:
    """What was read of one district, as stored (EPSG:6668 where it has a place)."""

    outline: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    visible: access.VisibleHouseholds
    results: pd.DataFrame
    links: pd.DataFrame
    register: pd.DataFrame
    places: gpd.GeoSeries
    centres: gpd.GeoDataFrame


def load_network(
    store: Store,
    viewer: Viewer,
    district: str,
    season: str,
    date: dt.date,
    *,
    medium: str = "screen",
    progress: Report | None = None,
) -> NetworkView:
    """Return the watch network of one community district for its coordinator.

    It is put together from the kept run: households this viewer may see, the links that count on the date,
    and the reporting lines of those who watch. Only a run that was never made is computed first.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The viewer is not the coordinator of this district: the network shows single households. The refusal
        is recorded.
    geodata.errors.StoreNotReadyError
        Nothing was imported yet, or the data changed meanwhile.
    RequestError
        There is no such district.
    """
    district = find_district(store, district)
    if not may_in(viewer, "own_districts", district):
        with store.begin(write=True) as session:
            access.refuse(session, viewer, "network", {"district": district})
    figures = load_city_figures(store, viewer, season, date, progress)
    rows = _read(store, viewer, district, figures, medium=medium)
    measures = describe_network(_join(rows, district))
    layer = figures.layers["community"]
    return _view(rows, figures, measures, code=district, counts=layer.loc[district])


def _read(store: Store, viewer: Viewer, district: str, figures: CityFigures, *, medium: str) -> _Rows:
    epsg = figures.info.metric_epsg
    with store.begin(write=True) as session:
        run = find_run(session, figures.info.revision, figures.season, figures.date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        outline = read.read_areas(session, "community").loc[[district], ["name", "geometry"]]
        visible = access.read_district_households(session, viewer, district, medium=medium)
        results = access.read_household_results(session, viewer, run.run_id, district, medium=medium)
        links = _links_of(results)
        near, _ = access.read_district_watchers(session, viewer, district, run.run_id)
        linked = set(links["watcher_id"])
        own = set(near.index[near["district"] == district])
        register = access.read_reporting_lines(session, viewer, district, sorted(linked | own), run.run_id)
        others = sorted(linked - set(near.index))
        elsewhere = access.read_visiting_watchers(session, viewer, district, others, medium=medium)
        return _Rows(
            outline=outline,
            streets=read.read_streets(session, _box_around(outline, epsg)),
            visible=visible,
            results=results,
            links=links,
            register=register,
            places=_places_of(near, elsewhere),
            centres=read.read_facilities(session, "consultation_centre"),
        )


def _links_of(results: pd.DataFrame) -> pd.DataFrame:
    """Return the links of the run that count: assigned (visits a year, 0 for a backup) and notices."""
    entries = results["detail"].map(lambda detail: detail["watched_by"]).explode().dropna()
    index = pd.Index(entries.index, name="household_id")
    columns = ["watcher_id", "role", "visits_per_month", "cost_m", "note"]
    links = pd.DataFrame(list(entries), index=index, columns=columns).reset_index()
    links = links[links["note"].isna()]
    visits = VISITS_PER_YEAR * links["visits_per_month"].astype(float).fillna(0.0)
    return links.assign(
        kind=np.where(links["role"] == "notices", "notices", "assigned"),
        visits=visits.round().astype(int),
        cost_m=links["cost_m"].astype(float),
    )[_LINK_COLUMNS]


def _places_of(near: gpd.GeoDataFrame, elsewhere: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the places known of the watchers here and of those who come from elsewhere."""
    places = pd.concat([near.geometry, elsewhere.geometry]) if len(elsewhere) else near.geometry
    return places[~places.index.duplicated()]


def _box_around(outline: gpd.GeoDataFrame, epsg: int) -> tuple[float, float, float, float]:
    """Return the outline's box with a margin, in degrees."""
    widened = to_metric_crs(outline, epsg).geometry.buffer(STREETS_AROUND_M).to_crs(outline.crs)
    return tuple(widened.total_bounds)


def _join(rows: _Rows, district: str):
    return join_network(rows.results.index, rows.register, rows.links, rows.centres.index, district=district)


def _view(
    rows: _Rows, figures: CityFigures, measures: NetworkMeasures, *, code: str, counts: pd.Series
) -> NetworkView:
    epsg = figures.info.metric_epsg
    results = rows.results[["status", "gap_class", "backed_up"]].join(measures.households)
    households = rows.visible.households[["geometry"]].join(results, how="inner")
    watchers = measures.watchers.join(rows.register[["district", "reports_to"]])
    places = rows.places.reindex(watchers.index)
    reached = {chain[-1] for chain in watchers.loc[watchers["end"] == "centre", "chain"]}
    centres = rows.centres.loc[rows.centres.index.isin(reached), ["name", "geometry"]]
    return NetworkView(
        code=code,
        name=str(counts["name"]),
        city=figures,
        figures=counts.drop("name").to_dict(),
        outline=to_metric_crs(rows.outline, epsg),
        streets=to_metric_crs(rows.streets[["geometry"]], epsg),
        households=to_metric_crs(households, epsg),
        watchers=to_metric_crs(gpd.GeoDataFrame(watchers, geometry=places, crs=places.crs), epsg),
        links=rows.links,
        centres=to_metric_crs(centres, epsg),
        measures=measures,
        hidden_households=rows.visible.hidden,
    )
