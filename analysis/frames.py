"""The frames ``analysis`` takes, and the one check they all pass.

All geometry is in one metric plane-rectangular CRS (metres). Frames are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from analysis.errors import FrameError

ACTIVE_KINDS = (
    "welfare_commissioner",
    "community_promoter",
    "neighbour",
    "casual_volunteer",
    "student",
    "npo",
    "company",
)
PASSIVE_KINDS = ("delivery_firm", "shop")
STATUSES = ("watched", "partly_watched", "noticed_only", "unwatched")
GAP_CLASSES = (
    "unassigned",
    "rebalance",
    "consent",
    "neighbour_district",
    "capacity",
    "season",
    "reach",
    "disconnected",
    "fragile",
)
MISSED_CLASSES = GAP_CLASSES[:7]  # of households that are not watched
WEAK_CLASSES = GAP_CLASSES[7:]  # of households that are watched
REMEDIES = ("act", "ask", "recruit", "strengthen")  # the cheapest first
REMEDY_OF = {
    "unassigned": "act",
    "rebalance": "act",
    "consent": "ask",
    "neighbour_district": "ask",
    "capacity": "recruit",
    "reach": "recruit",
    "season": "strengthen",
    "disconnected": "strengthen",
    "fragile": "strengthen",
}
SHARE_BREAKS_PERCENT = (15, 30, 45, 60)  # share missed: five classes, a share at a break is in the upper one
SEASONS = ("normal", "snow")
VISITS_PER_YEAR = 12  # visits a year in one visit a month: flows count whole visits a year


@dataclass(frozen=True)
class FrameRule:
    """What a frame must hold: a named index without repeats, columns, and a metric CRS or none."""

    name: str
    index: str
    columns: tuple[str, ...]
    has_geometry: bool = True


HOUSEHOLDS = FrameRule(
    "households",
    "household_id",
    ("visits_per_month", "weight", "consent", "community_district"),
)
WATCHERS = FrameRule(
    "watchers",
    "watcher_id",
    (
        "kind",
        "service_area",  # Shapely geometry in the same CRS, or None
        "organisation",
        "district",
        "visits_per_month",
        "reach_m",
        "birth_year",
        "term_end",
        "reports_to",
        "status",
    ),
)
ASSIGNMENTS = FrameRule(
    "assignments",
    "assignment_id",
    ("watcher_id", "household_id", "role", "visits_per_month", "valid_from", "valid_to"),
    has_geometry=False,
)
STREETS = FrameRule(
    "streets",
    "edge_id",
    ("u", "v", "length_m", "elevation_u_m", "elevation_v_m", "is_steps", "snow_cleared"),
)
AGREEMENTS = FrameRule(
    "agreements",
    "agreement_id",
    ("district", "helped_district", "valid_from", "valid_to"),
    has_geometry=False,
)


def check_frame(frame: pd.DataFrame, rule: FrameRule) -> None:
    """Raise one :class:`FrameError` naming every way in which ``frame`` breaks ``rule``.

    Raises
    ------
    FrameError
        Columns missing, ids repeated, index misnamed, or the CRS not metric.
    """
    faults = [*_index_faults(frame, rule), *_column_faults(frame, rule)]
    if rule.has_geometry:
        faults += _crs_faults(frame, rule)
    if faults:
        raise FrameError(" ".join(faults))


def _index_faults(frame: pd.DataFrame, rule: FrameRule) -> list[str]:
    faults = []
    if frame.index.name != rule.index:
        faults.append(
            f"Expected {rule.name} indexed by '{rule.index}', got '{frame.index.name}'. Set the index."
        )
    repeated = frame.index[frame.index.duplicated()].unique()
    if len(repeated):
        first = ", ".join(map(str, repeated[:5]))
        faults.append(
            f"Expected '{rule.index}' unique, got {len(repeated)} repeated: {first}. Remove or merge them."
        )
    return faults


def _column_faults(frame: pd.DataFrame, rule: FrameRule) -> list[str]:
    missing = [column for column in rule.columns if column not in frame.columns]
    if not missing:
        return []
    return [f"Expected {rule.name} with all columns, got none named {', '.join(missing)}. Add them."]


def _crs_faults(frame: pd.DataFrame, rule: FrameRule) -> list[str]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return [f"Expected {rule.name} as a GeoDataFrame with a CRS, got none. Set the CRS."]
    if not frame.crs.is_projected:
        return [
            f"Expected {rule.name} in a metric CRS, got EPSG:{frame.crs.to_epsg()}. Call to_metric_crs first."
        ]
    return []
