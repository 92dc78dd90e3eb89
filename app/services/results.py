"""What the use cases hand to screens, sheets and the command: frozen, without database or Streamlit.

Frames inside are for reading only. Figures of a layer hold counts, never single households.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

COUNT_COLUMNS = (
    "households",
    "watched",
    "partly_watched",
    "noticed_only",
    "unwatched",
    "backed_up",
    "connected",
)


@dataclass(frozen=True)
class DatasetInfo:
    """What the store holds, shown on every screen and sheet."""

    name: str
    municipality_code: str | None
    synthetic: bool
    reference_date: dt.date
    metric_epsg: int
    revision: int
    generated: bool = False  # areas and streets are made up too, not only households and watchers


@dataclass(frozen=True)
class CityFigures:
    """Counts of the whole city and by layer for one date and season.

    ``totals`` has COUNT_COLUMNS, the nine gap classes by first fit, and ``need`` (weighted need, all),
    ``need_watched``, ``zero_need``. ``layers`` maps community / school / neighbourhood to a frame indexed by
    code with ``name`` and the same columns; households in no area of a layer stand in the row ``""``.
    ``outlook`` and ``patterns`` say what is fragile, what is to come, and where gaps lie together.
    ``counts`` says what could not be used: households_far_off, households_unreachable,
    households_no_district, households_several_districts, households_near_border,
    assignments_not_counting, watchers_overloaded, watchers_vacant, watchers_in_office,
    closable_households; terms_over (watchers whose term ends between the data's day and the date).
    """

    info: DatasetInfo
    season: str
    date: dt.date
    basis: str  # "streets" or "straight_line"
    detour_factor: float | None
    totals: dict[str, float]
    layers: dict[str, pd.DataFrame]
    counts: dict[str, int]
    outlook: OutlookFigures
    patterns: PatternFigures


@dataclass(frozen=True)
class OutlookFigures:
    """What departures would cost and what is to come, without any single watcher.

    ``forecast``: one row a day ahead as ``analysis.forecast.Forecast.dates`` (``date`` an ISO text);
    ``population``: of its shares. ``next_re_election``: the day most commissioners' terms have ended.
    ``districts`` (index code of the community district, "" whole city): ``watchers`` (active, in office),
    ``critical`` (of them, whose loss leaves at least ten households unwatched at once), ``irreplaceable``
    (some of whose visits nobody could make even after the best rearrangement), ``sole_households``
    (households with one watcher only, summed), ``most_lost`` (households lost at once with the worst),
    ``terms_ending`` and ``of_high_age`` (watchers, until the next re-election). ``organisations`` (index
    organisation, at least three watchers): ``watchers``, ``lost_households_at_once``,
    ``lost_visits_at_once``, ``lost_visits_after`` (a month), ``disconnected_households``;
    ``organisations_not_named`` have fewer. ``visits`` (a month): ``needed``, ``delivered``, ``best``.
    ``watchers``: how the losses spread over all.
    """

    forecast: pd.DataFrame
    population: dict[str, float]
    next_re_election: dt.date | None
    districts: pd.DataFrame
    organisations: pd.DataFrame
    organisations_not_named: int
    visits: dict[str, float]
    watchers: dict[str, float]


@dataclass(frozen=True)
class ClusterFigures:
    """Clusters of one layer: ``areas`` (index code: kind, p_adjusted, reason), counts of kinds, Moran's I."""

    areas: pd.DataFrame
    counts: dict[str, int]
    moran_i: float | None
    moran_p: float | None


@dataclass(frozen=True)
class PatternFigures:
    """Where gaps lie together, how unequal districts are, and what each kind of watcher does.

    ``gap_areas`` (EPSG:6668, restricted) as ``analysis.gap_areas.GapAreas.areas``; ``gap_area_counts`` its
    counts. ``inequality`` (index community district) and ``indices`` as ``analysis.inequality.Inequality``.
    ``clusters`` by layer, None where the layer has no areas. ``kinds`` (index kind) as
    ``analysis.coverage.summarise_kinds``, visits a year. ``bottlenecks``: ``sets``, ``households`` in them,
    ``visits_short`` (a month, that nobody can make), ``for_want_of_room`` (households that stay unwatched in
    the sets at least), ``nobody_may_visit`` (missed ones without any allowed watcher within reach), and
    ``at_least_unwatched``, their sum: whatever is rearranged under today's consents and district rules.
    """

    gap_areas: gpd.GeoDataFrame
    gap_area_counts: dict[str, int]
    inequality: pd.DataFrame
    indices: dict[str, dict]
    clusters: dict[str, ClusterFigures | None]
    kinds: pd.DataFrame
    bottlenecks: dict[str, float]


@dataclass(frozen=True)
class DistrictView:
    """One community district for its coordinator, or its counts only for a planner.

    ``households`` (EPSG:6668 points, index household_id): status, gap_class, gap_classes, household_type,
    visits_per_month, delivered, backed_up, connected, watched_by. Empty for a viewer who may see counts only.
    ``hidden_households`` counts those the sharing rules keep from this viewer. ``watchers`` (index
    watcher_id): the columns of the watcher table, and in_office, promised, delivered (visits a month),
    households of the run, and of active ones in office lost_households_at_once, lost_visits_at_once,
    lost_visits_after (visits a month), disconnected_households, reporters, age_at_term_end, needed_by (ISO
    text), reason (term, age, both, sole).
    """

    code: str
    name: str
    figures: dict[str, float]
    outline: gpd.GeoDataFrame
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    hidden_households: int
    counts_only: bool


@dataclass(frozen=True)
class HouseholdView:
    """Who watches one household and who could.

    ``watched_by``: watcher_id, role (primary, backup, notices), visits_per_month, cost_m (None when out of
    reach), note (None, or why it does not count), kind, organisation. ``could_watch``: watcher_id, cost_m,
    room_visits_per_month, obstacle (None, consent, district, full), kind, organisation. ``tight_set``: counts
    of the smallest proof that room is short (households, watchers, need_visits, room_visits,
    at_least_unwatched) and ``watcher_ids`` (of a small set), or None. ``chain``: the hand-overs that would
    make room for this household alone: household_id (None where the viewer may not see it), from_watcher
    (None: nobody yet), to_watcher, visits_per_month.
    """

    household_id: str
    status: str
    gap_class: str | None
    gap_classes: tuple[str, ...]
    consent_needed: int | None
    neighbour_districts: tuple[str, ...]
    tight_set: dict | None
    watched_by: pd.DataFrame
    could_watch: pd.DataFrame
    chain: pd.DataFrame


@dataclass(frozen=True)
class ProtectedFigures:
    """One layer's figures that passed disclosure protection and its audit: these may be printed.

    ``districts`` (metric CRS, index code): name, households, watched, gap (Int64, NA hidden),
    gap_share_class (0 best to 4 worst, NA hidden), mostly_watched, shown. ``totals`` and ``gap_classes`` hold
    None where hidden.
    """

    layer: str
    districts: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    totals: dict[str, int | None]
    gap_classes: dict[str, int | None]
    share_breaks: tuple[float, ...]


@dataclass(frozen=True)
class Progress:
    """One step of a long use case, for a bar: ``done`` of ``total`` and the step's catalogue key."""

    step: str
    done: int
    total: int
