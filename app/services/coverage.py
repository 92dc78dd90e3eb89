"""Coverage for screens and sheets: figures of the city, one district, one household."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd

from analysis.crs import to_metric_crs
from app.services import keeping
from app.services.city import Report, assess_city, find_district, read_info, teller
from app.services.outlook import assess_outlook
from app.services.results import CityFigures, DistrictView, HouseholdView
from geodata import access, read
from geodata.errors import AccessRefusedError, StoreNotReadyError
from geodata.models import AnalysisRun
from geodata.results import find_run
from geodata.rights import may_in
from geodata.session import Store
from geodata.viewer import Viewer

__all__ = [
    "count_loaded",
    "explain_household",
    "load_city_figures",
    "load_district",
    "load_shapes",
    "read_info",
]

SCREEN_TOLERANCE_M = {"community": 12.0, "school": 12.0, "neighbourhood": 6.0, "boundary": 20.0}
STREETS_AROUND_M = 150.0
HELPERS_AROUND_M = 800.0


def load_city_figures(
    store: Store, viewer: Viewer, season: str, date: dt.date, progress: Report | None = None
) -> CityFigures:
    """Return the counts of the city for a season and date: kept ones, or computed now and kept.

    Raises
    ------
    geodata.errors.StoreNotReadyError
        Nothing was imported yet.
    """
    info = read_info(store)
    with store.begin() as session:
        run = find_run(session, info.revision, season, date)
    if run is None:
        city = assess_city(store, viewer, season, date, progress)
        tell = teller(progress)
        tell("loss")
        outlook = assess_outlook(city)
        tell("summary")
        run = keeping.keep(store, viewer, city, outlook)
    return keeping.figures_of(info, run)


def load_shapes(store: Store, layer: str) -> gpd.GeoDataFrame:
    """Return the areas of a layer for the screen: neighbours simplified together, so that no slivers open.

    Returns
    -------
    geopandas.GeoDataFrame
        Index code; name, kana, geometry in EPSG:6668.
    """
    store.check_ready()
    with store.begin() as session:
        areas = read.read_areas(session, layer)
        epsg = read.read_dataset(session).metric_epsg
    shapes = areas[["name", "kana", "geometry"]]
    if shapes.empty:
        return shapes
    metric = to_metric_crs(shapes, epsg)
    metric["geometry"] = metric.geometry.simplify_coverage(SCREEN_TOLERANCE_M[layer])
    return metric.to_crs(areas.crs)


def load_district(
    store: Store, viewer: Viewer, district: str, season: str, date: dt.date, *, medium: str = "screen"
) -> DistrictView:
    """Return one community district as far as the viewer may see it on the screen, on paper or in a file.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The district is not one of the coordinator's.
    RequestError
        There is no such district.
    """
    district = find_district(store, district)
    figures = load_city_figures(store, viewer, season, date)
    layer = figures.layers["community"]
    with store.begin(write=True) as session:
        run = _kept_run(store, figures)
        areas = read.read_areas(session, "community")
        outline = areas.loc[[district], ["name", "kana", "geometry"]]
        visible = access.read_district_households(session, viewer, district, medium=medium)
        results = access.read_household_results(session, viewer, run.run_id, district, medium=medium)
        watchers, loads = access.read_district_watchers(session, viewer, district, run.run_id)
        streets = read.read_streets(session, _box_around(outline, figures.info.metric_epsg))
    helpers = _near(watchers, outline, figures.info.metric_epsg)
    return DistrictView(
        code=district,
        name=outline["name"].iloc[0],
        figures=layer.loc[district].drop("name").to_dict(),
        outline=outline,
        households=keeping.join_results(visible.households, results),
        watchers=helpers.join(keeping.spread_details(loads)),
        streets=streets[["highway", "is_bridge", "geometry"]],
        hidden_households=visible.hidden,
        counts_only=not may_in(viewer, "own_districts", district),
    )


def explain_household(
    store: Store, viewer: Viewer, household_id: str, season: str, date: dt.date
) -> HouseholdView:
    """Return who watches one household and who could.

    Raises
    ------
    geodata.errors.AccessRefusedError
        There is no such household, or this viewer may not see it; the answer does not tell which.
    """
    figures = load_city_figures(store, viewer, season, date)
    run = _kept_run(store, figures)
    with store.begin(write=True) as session:
        result = access.read_household_result(session, viewer, run.run_id, household_id)
        if result is not None:
            named = {
                row["watcher_id"] for row in (*result.detail["watched_by"], *result.detail["could_watch"])
            }
            facts = access.read_watcher_facts(session, viewer, sorted(named))
            others = {row["household_id"] for row in result.detail["chain"]}
            visible = access.find_visible(session, viewer, sorted(others))
    if result is None:
        raise AccessRefusedError(
            "Expected a household this viewer may see, got another or none. Choose one of the list."
        )
    return keeping.explain(result, facts, figures.layers["community"]["name"], visible)


def _kept_run(store: Store, figures: CityFigures) -> AnalysisRun:
    with store.begin() as session:
        run = find_run(session, figures.info.revision, figures.season, figures.date)
    if run is None:
        raise StoreNotReadyError(
            "Expected the figures just shown to be kept, got newer data. Load the page again."
        )
    return run


def _box_around(outline: gpd.GeoDataFrame, epsg: int) -> tuple[float, float, float, float]:
    """Return the outline's box with a margin, in degrees."""
    widened = to_metric_crs(outline, epsg).geometry.buffer(STREETS_AROUND_M).to_crs(outline.crs)
    return tuple(widened.total_bounds)


def _near(watchers: gpd.GeoDataFrame, outline: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    """Keep the district's own watchers, and those of the whole city who stand near it."""
    own = watchers["district"].notna().to_numpy()
    if not len(watchers):
        return watchers
    metric = to_metric_crs(watchers, epsg).geometry
    area = to_metric_crs(outline, epsg).geometry.iloc[0]
    close = metric.distance(area).le(HELPERS_AROUND_M).to_numpy()
    return watchers[own | close]


def count_loaded(store: Store) -> pd.Series:
    """Return how many rows each layer of the store holds."""
    store.check_ready()
    with store.begin() as session:
        return pd.Series(read.count_loaded(session))
