"""Who can walk to a gathering place or consultation centre, and which place to open next: counts only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from analysis.access import Access, AccessRules, assess_access, summarise_access
from analysis.candidate_places import grid_places
from analysis.crs import to_metric_crs
from analysis.new_places import PlaceLimits, PlacePlan, choose_places
from analysis.street import build_street_graph
from analysis.walking import WalkingCosts, walk_on_streets, walk_straight
from app.services.city import LAYER_COLUMNS, CityData, Report, read_city
from app.services.errors import RequestError
from app.services.results import DatasetInfo, Progress
from app.services.step_results import Proof
from app.services.walks import RULES
from geodata import read
from geodata.session import Store
from geodata.viewer import Viewer

PLACE_KINDS = ("gathering_place", "consultation_centre")
BANDS = 3  # equal steps up to the farthest minutes
MOST_MINUTES = 60
MOST_PLACES = 20
PER_HOUSEHOLDS = 1_000
_STEPS = ("read", "walk", "access", "places")


@dataclass(frozen=True)
class AccessRequest:
    """Which kind of place, how far is near, and how many may be opened.

    Parameters
    ----------
    minutes : int, 3 to 60, on foot at the program's pace; nearer bands are a third and two thirds of it
    count : int, 0 to 20, places to open at most
    """

    kind: str
    season: str
    date: dt.date
    minutes: int = 15
    count: int = 0

    def __post_init__(self) -> None:
        """Raise RequestError naming what is out of range."""
        if self.kind not in PLACE_KINDS:
            raise RequestError(
                f"Expected a kind of place ({', '.join(PLACE_KINDS)}), got {self.kind!r}. Choose one."
            )
        if not BANDS <= self.minutes <= MOST_MINUTES:
            raise RequestError(
                f"Expected a walk of {BANDS} to {MOST_MINUTES} minutes, got {self.minutes}. Correct it."
            )
        if not 0 <= self.count <= MOST_PLACES:
            raise RequestError(f"Expected 0 to {MOST_PLACES} places to open, got {self.count}. Correct it.")

    @property
    def bands(self) -> tuple[float, ...]:
        """Return the minutes of each band, rising."""
        return tuple(self.minutes * step / BANDS for step in range(1, BANDS + 1))


@dataclass(frozen=True, eq=False)
class NextPlaces:
    """Which places to open next.

    Parameters
    ----------
    proof : of the households newly within the minutes
    places : GeoDataFrame of Points (EPSG:6668) indexed by place_id, in the order of opening: ``district``,
        ``households_gained`` (newly within the minutes, after those before it), ``households_nearest``
    candidates : int, places looked at
    counts : ``gaps_before``, ``gaps_after``, ``gaps_no_candidate`` (households)
    """

    proof: Proof
    places: gpd.GeoDataFrame
    candidates: int
    counts: dict[str, int]


@dataclass(frozen=True, eq=False)
class AccessFigures:
    """Counts of households by the walk to their nearest place, of one kind, day and season.

    Parameters
    ----------
    totals : ``households``, ``gaps`` (no place within the minutes), ``places``, ``households_far_off``,
        ``households_unreachable``
    layers : DataFrame by layer, indexed by code ("" outside all): ``name``, ``households``, ``gaps``,
        ``within_1`` … (households with a place within each band), ``mean_minutes`` (to the nearest, of those
        within), ``places_per_1000`` (enhanced two-step floating catchment: each place shared by those near
        it; NaN without households)
    places : GeoDataFrame of Points (EPSG:6668) indexed by facility_id: ``name``, ``households`` (within the
        minutes)
    next : NextPlaces, or None where none was asked for
    """

    info: DatasetInfo
    request: AccessRequest
    totals: dict[str, int]
    layers: dict[str, pd.DataFrame]
    places: gpd.GeoDataFrame
    next: NextPlaces | None
    basis: str
    detour_factor: float | None


def load_access(
    store: Store, viewer: Viewer, request: AccessRequest, *, progress: Report | None = None
) -> AccessFigures:
    """Assess the walk to places of one kind, and choose which to open next; nothing is stored.

    New places are looked for in the middles of squares in which households live; those there are stay.

    Raises
    ------
    geodata.errors.StoreNotReadyError
        Nothing was imported yet.
    """

    def tell(step: str) -> None:
        if progress is not None:
            progress(Progress(step, _STEPS.index(step), len(_STEPS)))

    tell("read")
    store.check_ready()
    with store.begin(write=True) as session:
        data = read_city(session, viewer, request.date)
        districts = read.read_areas(session, "community")
        facilities = _open_on(read.read_facilities(session, request.kind), request.date)
    tell("walk")
    rules = AccessRules(cutoffs_m=tuple(float(RULES.metres_of(minutes)) for minutes in request.bands))
    walks = _Walks(data, request.season, rules)
    there = walks.prepare(to_metric_crs(facilities[["name", "geometry"]], data.info.metric_epsg))
    costs = walks.measure(there)
    tell("access")
    found = assess_access(costs, data.households, there, rules=rules)
    chosen = None
    if request.count:
        tell("places")
        chosen = _choose(found, walks, to_metric_crs(districts, data.info.metric_epsg), request.count)
    return AccessFigures(
        info=data.info,
        request=request,
        totals=_totals(found),
        layers={layer: _by_layer(found, data, layer) for layer in LAYER_COLUMNS},
        places=there[["name", "geometry"]].join(found.facilities["households"]).to_crs(6668),
        next=chosen,
        basis=costs.basis,
        detour_factor=costs.detour_factor,
    )


def _open_on(facilities: gpd.GeoDataFrame, date: dt.date) -> gpd.GeoDataFrame:
    day = pd.Timestamp(date)
    begun = ~(pd.to_datetime(facilities["valid_from"]) > day)
    return facilities[begun & ~(pd.to_datetime(facilities["valid_to"]) < day)]


class _Walks:
    """Walks from places, which stand where watchers stand, to the households; the streets are built once."""

    def __init__(self, data: CityData, season: str, rules: AccessRules) -> None:
        self.households = data.households
        self._season, self._reach_m = season, rules.cutoff_m
        self._streets = None
        if len(data.streets):
            self._streets = build_street_graph(data.streets, season=season, rules=RULES)

    def prepare(self, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the places with the reach they are measured with."""
        return points.assign(reach_m=self._reach_m).rename_axis("facility_id")

    def measure(self, places: gpd.GeoDataFrame) -> WalkingCosts:
        """Measure the walks from the places within their reach."""
        sources = places[["reach_m", "geometry"]].rename_axis("watcher_id")
        if self._streets is None:
            return walk_straight(sources, self.households, rules=RULES, season=self._season)
        return walk_on_streets(self._streets, sources, self.households, rules=RULES)


def _choose(found: Access, walks: _Walks, districts: gpd.GeoDataFrame, count: int) -> NextPlaces:
    grid = grid_places(walks.households, districts).places
    candidates = walks.prepare(grid)
    plan = choose_places(found, candidates, walks.measure(candidates), limits=PlaceLimits(count))
    columns = ["households_gained", "households_nearest"]
    places = candidates.loc[plan.places.index, ["district", "geometry"]].join(plan.places[columns])
    return NextPlaces(
        proof=_proof(plan),
        places=places.rename_axis("place_id").to_crs(6668),
        candidates=len(candidates),
        counts=plan.counts,
    )


def _proof(plan: PlacePlan) -> Proof:
    return Proof(status=plan.status, value=plan.value, bound=plan.bound, unit="households")


def _totals(found: Access) -> dict[str, int]:
    names = ("households", "gaps", "households_far_off", "households_unreachable")
    return {name: found.counts[name] for name in names} | {"places": found.counts["facilities"]}


def _by_layer(found: Access, data: CityData, layer: str) -> pd.DataFrame:
    summary = summarise_access(found, data.households[LAYER_COLUMNS[layer]])
    counts = summary[["households", "gaps"]].copy()
    shares = [column for column in summary if column.startswith("share_within_")]
    for number, column in enumerate(shares, start=1):
        counts[f"within_{number}"] = (summary[column] * summary["households"]).round().astype(int)
    names = data.names[layer]
    counts.insert(0, "name", names.reindex(counts.index).fillna(""))
    return counts.assign(
        mean_minutes=summary["mean_nearest_min"], places_per_1000=PER_HOUSEHOLDS * summary["mean_score"]
    ).rename_axis("code")
