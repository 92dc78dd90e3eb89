"""From the store to the watch graph: read through the one door, project, measure walks, assess."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from analysis.coverage import Coverage, assess_coverage
from analysis.crs import to_metric_crs
from analysis.gaps import Gaps, classify_gaps
from analysis.street import build_street_graph
from analysis.walking import WalkingCosts, walk_on_streets, walk_straight
from analysis.watch_graph import SharingRules, Situation, WatchGraph, WatchInputs, build_watch_graph
from app.services.errors import RequestError
from app.services.results import DatasetInfo, Progress
from app.services.walks import RULES, effective_reach
from geodata import access, read
from geodata.errors import StoreNotReadyError
from geodata.models import Dataset
from geodata.session import Store
from geodata.viewer import Viewer

Report = Callable[[Progress], None]
LAYER_COLUMNS = {  # the column of a household that names its area of a layer
    "community": "community_district",
    "school": "school_district",
    "neighbourhood": "neighbourhood",
}
_STEPS = ("read", "walk", "graph", "gaps", "loss", "summary")


@dataclass(frozen=True)
class CityData:
    """What the store holds, in the metric CRS, with the revision it was read at."""

    info: DatasetInfo
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    assignments: pd.DataFrame
    streets: gpd.GeoDataFrame
    agreements: pd.DataFrame
    centres: pd.Index
    names: dict[str, pd.Series]  # of the areas of each layer, by code
    sharing: SharingRules  # in force on the date


@dataclass(frozen=True)
class AssessedCity:
    """The watch graph of one date and season with its coverage and gaps."""

    data: CityData
    graph: WatchGraph
    coverage: Coverage
    gaps: Gaps
    costs: WalkingCosts


def describe(dataset: Dataset) -> DatasetInfo:
    """Return what every screen and sheet says of the dataset."""
    return DatasetInfo(
        name=dataset.name,
        municipality_code=dataset.municipality_code,
        synthetic=dataset.synthetic,
        reference_date=dataset.reference_date,
        metric_epsg=dataset.metric_epsg,
        revision=dataset.revision,
        generated=dataset.origin is not None,
    )


def read_info(store: Store) -> DatasetInfo:
    """Return what the store holds.

    Raises
    ------
    geodata.errors.StoreNotReadyError
        Nothing was imported yet.
    """
    store.check_ready()
    with store.begin() as session:
        return describe(read.read_dataset(session))


def find_district(store: Store, district: str) -> str:
    """Return the code of a community district given by its code or by a name that only one has.

    Raises
    ------
    RequestError
        There is none; some there are are named.
    """
    store.check_ready()
    with store.begin() as session:
        names = read.read_areas(session, "community")["name"]
    named = names.index[names == district]
    if district in names.index:
        return district
    if len(named) == 1:
        return str(named[0])
    some = ", ".join(names.index[:6])
    raise RequestError(f"Expected a community district ({some} …), got {district!r}. Choose one of them.")


def read_city(session: Session, viewer: Viewer, date: dt.date) -> CityData:
    """Read all that an analysis needs; households that begin later or have ended are left out.

    A watcher's ``reach_m`` is the smaller of the reaches it states, in metres and in minutes.
    """
    info = describe(read.read_dataset(session))
    frames = access.read_for_analysis(session, viewer, date=date)
    watchers = to_metric_crs(frames.watchers, info.metric_epsg)
    areas = gpd.GeoSeries(frames.watchers["service_area"], crs=frames.watchers.crs)
    return CityData(
        info=info,
        households=to_metric_crs(_valid_on(frames.households, date), info.metric_epsg),
        watchers=watchers.assign(
            service_area=areas.to_crs(info.metric_epsg), reach_m=effective_reach(watchers)
        ),
        assignments=frames.assignments,
        streets=to_metric_crs(read.read_streets(session), info.metric_epsg),
        agreements=read.read_agreements(session),
        centres=_valid_on(read.read_facilities(session, "consultation_centre"), date).index,
        names={layer: read.read_areas(session, layer)["name"] for layer in LAYER_COLUMNS},
        sharing=SharingRules(**frames.visit_levels),
    )


def _valid_on(frame: gpd.GeoDataFrame, date: dt.date) -> gpd.GeoDataFrame:
    """Keep the rows valid on the date; the first and the last day count."""
    day = pd.Timestamp(date)
    begun = ~(pd.to_datetime(frame["valid_from"]) > day)
    not_ended = ~(pd.to_datetime(frame["valid_to"]) < day)
    return frame[begun & not_ended]


def assess_city(
    store: Store, viewer: Viewer, season: str, date: dt.date, progress: Report | None = None
) -> AssessedCity:
    """Read the city and assess coverage and gaps of one date and season.

    Parameters
    ----------
    progress : callable, optional
        Called with each step; what it raises stops the work, and nothing was written.
    """
    tell = teller(progress)
    tell("read")
    store.check_ready()
    with store.begin(write=True) as session:
        data = read_city(session, viewer, date)
    if data.households.empty:
        raise StoreNotReadyError(
            f"Expected households to watch over on {date}, got none. "
            "Import them with 'mimamori import households FILE', or choose another date."
        )
    tell("walk")
    normal = measure_walks(data, "normal")
    costs = normal if season == "normal" else measure_walks(data, season)
    tell("graph")
    inputs = WatchInputs(
        data.households, data.watchers, data.assignments, data.agreements, data.centres, costs, normal
    )
    graph = build_watch_graph(inputs, Situation(date=date, season=season), data.sharing)
    coverage = assess_coverage(graph)
    tell("gaps")
    gaps = classify_gaps(graph, coverage)
    return AssessedCity(data, graph, coverage, gaps, costs)


def measure_walks(data: CityData, season: str) -> WalkingCosts:
    """Measure the walks within reach: along streets, or straight lines times a detour when there are none."""
    if data.streets.empty:
        return walk_straight(data.watchers, data.households, rules=RULES, season=season)
    graph = build_street_graph(data.streets, season=season, rules=RULES)
    return walk_on_streets(graph, data.watchers, data.households, rules=RULES)


def teller(progress: Report | None) -> Callable[[str], None]:
    """Return a function that tells a step by name, or nobody."""

    def tell(step: str) -> None:
        if progress is not None:
            progress(Progress(step, _STEPS.index(step), len(_STEPS)))

    return tell
