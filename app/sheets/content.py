"""What a sheet prints, already protected: the sheet lays it out and refuses a count that gives a home away.

Every class checks itself when it is made. All geometry is in one metric CRS (metres).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from analysis.frames import SHARE_BREAKS_PERCENT
from app.services.results import DatasetInfo

SHARE_BREAKS = tuple(percent / 100 for percent in SHARE_BREAKS_PERCENT)
SMALLEST_PRINTED = 10  # no count from 1 to 9 stands on paper (privacy rule of the project)
DISTRICT_COLUMNS = ("name", "households", "watched", "gap", "gap_share_class", "shown", "geometry")
COUNT_COLUMNS = ("households", "watched", "gap")
LAYERS = ("community", "school")  # public ladders; neighbourhoods are never printed
GAP_CLASSES = (
    *("unassigned", "rebalance", "consent", "neighbour_district", "capacity", "season", "reach"),
    *("disconnected", "fragile"),
)
SEASONS = ("normal", "snow")
BASES = ("streets", "straight_line")


class SheetContentError(ValueError):
    """Content that must not or cannot be printed; all faults in one message."""


@dataclass(frozen=True)
class CouncilContent:
    """The council sheet: one city, one date, one season. Counts went through ``analysis.disclosure`` before.

    Parameters
    ----------
    info
        The dataset; ``info.reference_date`` and ``info.synthetic`` are printed.
    date
        The day the figures speak of.
    made_on
        The day the sheet was made (作成日). No clock is read here.
    districts
        Metric CRS, index ``code``: ``name``; ``households``, ``watched``, ``gap`` (Int64, NA = hidden;
        watched and gap hidden together); ``gap_share_class`` (0–4, NA = too few to show); ``shown`` (bool:
        the counts are printed); polygons.
    boundary
        Outline of the city in the same CRS; may be empty.
    totals
        ``households``, ``watched``, ``gap``: 0, at least 10, or None = hidden.
    gap_classes
        Gap class to households, in the order of the remedies (GAP_CLASSES); None = hidden. Classes that
        are absent are not printed.
    share_breaks
        Four rising shares between 0 and 1 that part the five classes of ``gap_share_class``.
    streets, water
        Main streets (lines) and water (lines or polygons) to draw, in the same CRS, or None.
    sources, notes
        Lines printed as they are, in the language of the sheet.
    document_number
        資料番号, printed in the upper right corner when given.
    draft
        A stamp says that the sheet is not published.
    """

    info: DatasetInfo
    date: dt.date
    made_on: dt.date
    season: str
    districts: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    totals: dict[str, int | None]
    gap_classes: dict[str, int | None]
    layer: str = "community"
    basis: str = "streets"
    detour_factor: float | None = None
    share_breaks: tuple[float, ...] = SHARE_BREAKS
    streets: gpd.GeoDataFrame | None = None
    water: gpd.GeoDataFrame | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    document_number: str = ""
    draft: bool = False

    def __post_init__(self) -> None:
        """Refuse content that cannot be printed, with every fault named."""
        _refuse([*_choice_faults(self), *_district_faults(self.districts), *_count_faults(self)])

    @property
    def crs_name(self) -> str:
        """Return the name of the metric CRS, for example ``JGD2011 / Japan Plane Rectangular CS VII``."""
        return self.districts.crs.name


@dataclass(frozen=True)
class Stop:
    """One call of an outing; ``minutes`` is the time since leaving home when this call begins."""

    household_id: str
    x: float
    y: float
    visits_per_month: float
    minutes: float


@dataclass(frozen=True)
class Outing:
    """One walk from home and back, in order. ``path`` is the way walked, or None for straight lines."""

    stops: tuple[Stop, ...]
    minutes: float  # home again
    length_m: float
    path: BaseGeometry | None = None


@dataclass(frozen=True)
class LeftOut:
    """A household that stands in no outing; ``reason`` is ``unreachable`` or ``too_far``."""

    household_id: str
    reason: str


@dataclass(frozen=True)
class WatcherRound:
    """The round of one watcher: its outings and the households that fit in none."""

    watcher_id: str
    kind: str
    district_name: str
    home: tuple[float, float]  # metres, same CRS as the stops
    outings: tuple[Outing, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class RoundContent:
    """Round sheets: personal data, for the watchers named and nobody else. One page a watcher or more."""

    info: DatasetInfo
    made_on: dt.date
    month: dt.date  # any day of the month the round is for
    return_by: dt.date
    rounds: tuple[WatcherRound, ...]
    season: str = "normal"
    basis: str = "streets"
    detour_factor: float | None = None
    minutes_per_visit: float = 15.0
    streets: gpd.GeoDataFrame | None = None  # metric CRS
    sources: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse content that cannot be printed, with every fault named."""
        faults = _season_and_basis_faults(self.season, self.basis, self.detour_factor)
        if not self.rounds:
            faults.append("Expected at least one round to print, got none. Plan a round first.")
        if self.return_by < self.made_on:
            faults.append(f"Expected return_by from {self.made_on}, got {self.return_by}. Give a later one.")
        known = {"unreachable", "too_far"}
        reasons = {left.reason for one in self.rounds for left in one.left_out} - known
        if reasons:
            faults.append(f"Expected reasons in {sorted(known)}, got {sorted(reasons)}. Use one of them.")
        _refuse(faults)


def _refuse(faults: list[str]) -> None:
    if faults:
        raise SheetContentError(" ".join(faults))


def _choice_faults(content: CouncilContent) -> list[str]:
    faults = _season_and_basis_faults(content.season, content.basis, content.detour_factor)
    if content.layer not in LAYERS:
        faults.append(f"Expected layer in {LAYERS}, got {content.layer!r}. Use one of them.")
    unknown = sorted(set(content.gap_classes) - set(GAP_CLASSES))
    if unknown:
        faults.append(f"Expected gap classes in {GAP_CLASSES}, got {unknown}. Use one of them.")
    breaks = content.share_breaks
    if len(breaks) != 4 or list(breaks) != sorted(set(breaks)) or not 0 < min(breaks) <= max(breaks) < 1:
        faults.append(f"Expected four rising shares between 0 and 1, got {breaks}. Correct share_breaks.")
    return faults


def _season_and_basis_faults(season: str, basis: str, detour_factor: float | None) -> list[str]:
    faults = []
    if season not in SEASONS:
        faults.append(f"Expected season in {SEASONS}, got {season!r}. Use one of them.")
    if basis not in BASES:
        faults.append(f"Expected basis in {BASES}, got {basis!r}. Use one of them.")
    if basis == "straight_line" and detour_factor is None:
        faults.append("Expected a detour factor with straight-line distances, got none. Give detour_factor.")
    return faults


def _district_faults(districts: gpd.GeoDataFrame) -> list[str]:
    missing = [column for column in DISTRICT_COLUMNS if column not in districts.columns]
    if missing:
        return [f"Expected districts with columns {', '.join(missing)}, got none of them. Add the columns."]
    faults = []
    if districts.empty:
        faults.append("Expected at least one district, got none. Import districts first.")
    if districts.crs is None or not districts.crs.is_projected:
        faults.append("Expected districts in a metric CRS, got another or none. Call to_metric_crs first.")
    if not districts["gap_share_class"].dropna().isin(range(5)).all():
        faults.append("Expected gap_share_class from 0 to 4 or missing, got others. Use five classes.")
    return faults


def _count_faults(content: CouncilContent) -> list[str]:
    """Name the counts that must not be printed, by place and never by value."""
    districts = content.districts
    if any(column not in districts.columns for column in DISTRICT_COLUMNS):
        return []
    counts = districts[list(COUNT_COLUMNS)]
    small = counts.index[(counts < SMALLEST_PRINTED).fillna(False).any(axis=1)]
    half = counts.index[counts["watched"].isna() != counts["gap"].isna()]
    unsaid = counts.index[districts["shown"].astype(bool) & counts.isna().any(axis=1)]
    city = {**content.totals, **content.gap_classes}
    tiny = [name for name, value in city.items() if value is not None and 0 < value < SMALLEST_PRINTED]
    faults = [
        _named("district counts hidden or at least 10", small, "smaller ones"),
        _named("watched and gap hidden together", half, "one of them shown"),
        _named("three counts in each district that is shown", unsaid, "missing ones"),
        _named("city counts 0, hidden or at least 10", pd.Index(tiny), "smaller ones"),
    ]
    return [fault for fault in faults if fault]


def _named(expected: str, places: pd.Index, got: str) -> str:
    if not len(places):
        return ""
    first = ", ".join(map(str, places[:5]))
    return f"Expected {expected}, got {got} in {len(places)}: {first}. Protect the table first."
