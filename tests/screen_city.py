"""A city of six square districts for the screen, without store or analysis: the services' answers by hand.

Districts lie in two rows of three, each 0.01° wide. Households of each (need = households, weight 1):

    code  name   households  watched  missed  reasons
    D1    材木      200        180      20     capacity 20
    D2    味噌蔵    100         60      40     consent 40
    D3    瓢箪      100         50      50     reach 50
    D4    小立野     60         55       5     unassigned 5     (5 is held back: "<10")
    D5    石引       40         40       0
    D6    <b>&`${x}  8          0        8     season 8         (too few households to show)

City: 508 households, 385 watched (75.8 %), 123 missed; most of them for reach (50).
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from analysis.network_measures import describe_network
from analysis.watch_network import join_network
from app.services.network_results import NetworkView
from app.services.results import (
    CityFigures,
    ClusterFigures,
    DatasetInfo,
    DistrictView,
    HouseholdView,
    OutlookFigures,
    PatternFigures,
    Progress,
)
from geodata.errors import StoreNotReadyError

HOSTILE_NAME = "<b onmouseover=alert(1)>&`${x}"
DATE = dt.date(2026, 4, 1)
_ROWS = {
    "D1": ("材木", 200, 180, {"capacity": 20}),
    "D2": ("味噌蔵", 100, 60, {"consent": 40}),
    "D3": ("瓢箪", 100, 50, {"reach": 50}),
    "D4": ("小立野", 60, 55, {"unassigned": 5}),
    "D5": ("石引", 40, 40, {}),
    "D6": (HOSTILE_NAME, 8, 0, {"season": 8}),
}
_HOMES = ((0.002, 0.002), (0.004, 0.004), (0.006, 0.006), (0.008, 0.002))  # H1 … H4
_CLASSES = (
    "unassigned", "rebalance", "consent", "neighbour_district", "capacity", "season", "reach",
    "disconnected", "fragile",
)  # fmt: skip


def info(*, synthetic: bool = True) -> DatasetInfo:
    """Return the dataset of the six districts."""
    return DatasetInfo("架空市", "17999", synthetic, DATE, 6675, 3)


def layer_counts() -> pd.DataFrame:
    """Return the table above with every column of the figures."""
    rows = {code: _counts(*row) for code, row in _ROWS.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("code")


def figures(*, season: str = "normal", basis: str = "streets") -> CityFigures:
    """Return the city's figures; in snow ten more households of D5 are missed (season)."""
    counts = layer_counts()
    if season == "snow":
        counts.loc["D5", ["watched", "need_watched", "unwatched", "season"]] = [30, 30, 10, 10]
    totals = counts.drop(columns="name").sum().astype(float).to_dict()
    school = counts.loc[["D1", "D2"]].assign(name=["材木町小学校", "味噌蔵町小学校"])
    counts.loc[""] = counts.loc["D5"]  # households in no district: never drawn or ranked
    return CityFigures(
        info=info(),
        season=season,
        date=DATE,
        basis=basis,
        detour_factor=None if basis == "streets" else 1.3,
        totals=totals,
        layers={"community": counts, "school": school},
        counts={
            "households_far_off": 3,
            "households_unreachable": 12,
            "households_no_district": 0,
            "households_several_districts": 0,
            "households_near_border": 41,
            "assignments_not_counting": 17,
            "watchers_overloaded": 2,
            "watchers_vacant": 4,
            "watchers_in_office": 61,
        },
        outlook=outlook(),
        patterns=patterns(),
    )


def outlook() -> OutlookFigures:
    """Return what departures would cost: D1's worst watcher 14 households, D2's 3 (held back: "<10")."""
    days = ["2026-04-01", "2027-03-31", "2028-12-01"]
    forecast = pd.DataFrame({"date": days, "event": ["today", "year_end", "re_election"]})
    forecast["terms_ended"], forecast["watchers_expected"] = [0, 0, 40], [61.0, 59.5, 55.2]
    for case, values in {
        "expected": [385.0, 378.4, 350.1], "low": [385.0, 370.0, 335.0], "high": [385.0, 385.0, 365.0],
        "best": [385.0, 378.4, 372.0], "age_limit": [385.0, 378.4, 320.5], "worst": [385.0, 360.0, 120.2],
    }.items():  # fmt: skip
        forecast[f"households_{case}"] = values
        forecast[f"weighted_visits_{case}"] = values
    districts = pd.DataFrame(
        {
            "watchers": [6, 20, 15], "critical": [0, 2, 0], "irreplaceable": [1, 9, 4],
            "sole_households": [12, 90, 20], "terms_ending": [0, 12, 8], "of_high_age": [1, 3, 2],
            "most_lost": [4, 14, 3],
        },
        index=pd.Index(["", "D1", "D2"], name="code"),
    )  # fmt: skip
    organisations = pd.DataFrame(
        {
            "watchers": [12, 3], "lost_households_at_once": [140, 6], "lost_visits_at_once": [180.0, 9.0],
            "lost_visits_after": [95.5, 0.0], "disconnected_households": [20, 0],
        },
        index=pd.Index(["材木地区民児協", HOSTILE_NAME], name="organisation"),
    )  # fmt: skip
    return OutlookFigures(
        forecast=forecast.rename_axis("step"),
        population={
            "households": 508.0, "weighted_visits": 508.0, "watchers": 41.0, "watchers_without_term": 8.0,
            "watchers_age_unknown": 3.0, "watchers_of_high_age": 6.0,
        },
        next_re_election=dt.date(2028, 12, 1),
        districts=districts,
        organisations=organisations,
        organisations_not_named=5,
        visits={"needed": 600.0, "delivered": 430.0, "best": 520.5},
        watchers={
            "watchers": 41, "with_loss_at_once": 30, "critical": 2, "with_loss_after": 14,
            "most_households_at_once": 14, "most_visits_after": 9.5, "reporting": 5, "most_disconnected": 20,
        },
    )  # fmt: skip


def patterns() -> PatternFigures:
    """Return one gap area in D2 and D3, one hot district, and a Gini coefficient of 0.25."""
    classes = dict.fromkeys(_CLASSES[:7], 0) | {"consent": 36, "reach": 4}
    areas = pd.DataFrame(
        [{"district": "D2", "households": 90, "missed": 40, "need_missed": 40.0, **classes,
          "leading_class": "consent", "remedy": "ask", "cells": 2}],
        index=pd.Index(["D2-G1"], name="area_id"),
    )  # fmt: skip
    index = {"status": "measured", "units": 6, "mean": 0.24, "gini": 0.25, "theil": 0.1}
    alone = index | {"between": None, "within": None}
    kinds = pd.DataFrame(
        {
            "watchers": [24, 1], "in_office": [20, 1], "vacant": [4, 0], "capacity_visits": [2400, 0],
            "delivered_visits": [1800, 0], "room_visits": [600, 0], "households_visited": [300, 0],
            "households_main": [290, 0], "households_noticed": [0, 7],
        },
        index=pd.Index(["welfare_commissioner", "shop"], name="kind"),
    )  # fmt: skip
    inequality = pd.DataFrame(
        {
            "households": [200, 100], "missed": [20, 40], "need": [200.0, 100.0], "need_missed": [20.0, 40.0],
            "watchers": [20, 15], "capacity": [180.0, 100.0], "load": [150.0, 60.0],
            "share_missed": [0.1, 0.4], "share_need_missed": [0.1, 0.4], "load_per_watcher": [7.5, 4.0],
            "share_used": [0.83, 0.6], "capacity_per_need": [0.9, 1.0],
        },
        index=pd.Index(["D1", "D2"], name="code"),
    )  # fmt: skip
    kind = pd.DataFrame(
        {"kind": ["cold", "hot", "hot", "chance", "chance", "untested"],
         "p_adjusted": [0.01, 0.02, 0.02, 0.6, 0.7, None], "reason": [None] * 5 + ["few_households"]},
        index=pd.Index(list(_ROWS), name="code"),
    )  # fmt: skip
    counts = {"tested": 5, "hot": 2, "cold": 1, "hot_outlier": 0, "cold_outlier": 0, "chance": 2,
              "untested": 1, "few_households": 1}  # fmt: skip
    return PatternFigures(
        gap_areas=gpd.GeoDataFrame(areas, geometry=[box(136.611, 36.502, 136.618, 36.507)], crs=6668),
        gap_area_counts={
            "missed": 123, "missed_in_areas": 40, "missed_in_thin_cells": 8, "missed_below_share": 75,
            "missed_left_out": 0, "missed_without_place": 0, "cells": 12, "cells_in_areas": 2,
        },
        inequality=inequality,
        indices={
            "share_missed": alone, "share_need_missed": alone, "capacity_per_need": alone,
            "load": index | {"between": 0.02, "within": 0.08}, "share_used": alone,
        },
        clusters={
            "community": ClusterFigures(kind, counts, moran_i=0.31, moran_p=0.012),
            "school": None,
            "neighbourhood": None,
        },
        kinds=kinds,
        bottlenecks={
            "sets": 2, "households": 60, "visits_short": 79.5, "for_want_of_room": 14,
            "nobody_may_visit": 50, "at_least_unwatched": 64,
        },
    )  # fmt: skip


def shapes(layer: str = "community") -> gpd.GeoDataFrame:
    """Return the six squares, or the two school districts."""
    codes = list(_ROWS) if layer == "community" else ["D1", "D2"]
    corners = [(136.6 + 0.01 * (n % 3), 36.5 + 0.01 * (n // 3)) for n in range(len(codes))]
    squares = [box(x, y, x + 0.01, y + 0.01) for x, y in corners]
    names = [_ROWS[code][0] for code in codes]
    index = pd.Index(codes, name="code")
    return gpd.GeoDataFrame({"name": names, "kana": None}, index=index, geometry=squares, crs=6668)


def district(code: str = "D1", *, counts_only: bool = False) -> DistrictView:
    """Return D1 with four households and three watchers, or its counts only."""
    households = gpd.GeoDataFrame(
        {
            "status": ["unwatched", "watched", "partly_watched", "watched"],
            "gap_class": ["capacity", None, "consent", "fragile"],
            "household_type": "alone",
            "visits_per_month": [2.0, 1.0, 4.0, 1.0],
            "delivered": [0.0, 1.0, 2.0, 1.0],
            "backed_up": [False, True, False, False],
            "connected": [False, True, True, True],
            "watched_by": ["", "W1", "W1", "W2"],
        },
        index=pd.Index(["H1", "H2", "H3", "H4"], name="household_id"),
        geometry=[
            Point(136.602, 36.502),
            Point(136.604, 36.504),
            Point(136.606, 36.506),
            Point(136.608, 36.502),
        ],
        crs=6668,
    )
    watchers = gpd.GeoDataFrame(
        {
            "kind": ["welfare_commissioner", "community_promoter", "shop", "welfare_commissioner"],
            "organisation": ["民児協", None, None, "民児協"],
            "district": code,
            "status": ["active", "active", "active", "vacant"],
            "visits_per_month": [4.0, 2.0, 8.0, 0.0],
            "in_office": [True, True, True, False],
            "delivered": [4.0, 1.0, 0.0, 0.0],
            "promised": [6.0, 1.0, 0.0, 0.0],
            "households": [3, 1, 0, 0],
            "term_end": [dt.date(2028, 11, 30), None, None, None],
            "lost_households_at_once": [3, 1, None, None],
            "lost_visits_at_once": [4.0, 1.0, None, None],
            "lost_visits_after": [2.5, 0.0, None, None],
            "disconnected_households": [4, 0, None, None],
            "reporters": [1, 0, 0, 0],
            "age_at_term_end": [76, None, None, None],
            "needed_by": ["2028-12-01", None, None, None],
            "reason": ["both", "sole", None, None],
        },
        index=pd.Index(["W1", "W2", "S1", "V1"], name="watcher_id"),
        geometry=[Point(136.603, 36.503), Point(136.607, 36.503), Point(136.605, 36.508), None],
        crs=6668,
    )
    streets = gpd.GeoDataFrame(geometry=[LineString([(136.6, 36.505), (136.61, 36.505)])], crs=6668)
    return DistrictView(
        code=code,
        name=_ROWS[code][0],
        figures={name: float(value) for name, value in layer_counts().loc[code].drop("name").items()},
        outline=shapes().loc[[code]],
        households=households.iloc[:0] if counts_only else households,
        watchers=watchers.iloc[:0] if counts_only else watchers,
        streets=streets,
        hidden_households=200 if counts_only else 196,
        counts_only=counts_only,
    )


def network(code: str = "D1") -> NetworkView:
    """Return D1's watch network: W2 reports to W1 and W1 to the centre F1; V1 is vacant, the shop alone.

    W1 visits H2 and H3, W2 visits H4; H1 is visited by nobody, and the shop, which reports to nobody, notices
    it.
    """
    view = district(code)
    links = pd.DataFrame(
        [("H2", "W1", "assigned", 12), ("H3", "W1", "assigned", 24), ("H4", "W2", "assigned", 12),
         ("H1", "S1", "notices", 0), ("H3", "W2", "assigned", 0)],
        columns=["household_id", "watcher_id", "kind", "visits"],
    ).assign(cost_m=100.0)  # fmt: skip
    register = view.watchers[["kind", "organisation", "district", "in_office"]].assign(
        reports_to=pd.Series(["F1", "W1", None, "F1"], index=view.watchers.index, dtype=object)
    )
    centre = pd.DataFrame({"name": ["架空相談センター"]}, index=pd.Index(["F1"], name="facility_id"))
    joined = join_network(view.households.index, register, links, centre.index, district=code)
    measures = describe_network(joined)
    watchers = measures.watchers.join(register[["district", "reports_to"]])
    facts = view.households[["status", "gap_class", "backed_up", "geometry"]].join(measures.households)
    return NetworkView(
        code=code,
        name=view.name,
        city=figures(),
        figures=view.figures,
        outline=view.outline.to_crs(6675),
        streets=view.streets.to_crs(6675),
        households=facts.to_crs(6675),
        watchers=gpd.GeoDataFrame(watchers, geometry=view.watchers.geometry).to_crs(6675),
        links=links,
        centres=gpd.GeoDataFrame(centre, geometry=[Point(136.62, 36.505)], crs=6668).to_crs(6675),
        measures=measures,
        hidden_households=view.hidden_households,
    )


def household(household_id: str = "H1") -> HouseholdView:
    """Return a household that nobody watches and three could, each with an obstacle or none."""
    could = pd.DataFrame(
        {
            "watcher_id": ["W1", "W2", "W9"],
            "cost_m": [212.0, 480.0, 655.0],
            "room_visits_per_month": [0.0, 1.0, 3.0],
            "obstacle": ["full", "consent", None],
            "kind": ["welfare_commissioner", "community_promoter", "student"],
            "organisation": None,
        }
    )
    return HouseholdView(
        household_id=household_id,
        status="unwatched",
        gap_class="capacity",
        gap_classes=("capacity",),
        consent_needed=None,
        neighbour_districts=(),
        tight_set={
            "households": 20,
            "watchers": 3,
            "need_visits": 300,
            "room_visits": 240,
            "at_least_unwatched": 4,
            "watcher_ids": ["W1", "W2", "W7"],
        },
        watched_by=pd.DataFrame(
            columns=["watcher_id", "role", "visits_per_month", "cost_m", "note", "kind", "organisation"]
        ),
        could_watch=could,
        chain=pd.DataFrame(columns=["household_id", "from_watcher", "to_watcher", "visits_per_month"]),
    )


def imports() -> pd.DataFrame:
    """Return one import with a repair and a warning."""
    problem = {
        "row": 7,
        "column": "lon",
        "value": None,
        "reason": "far away",
        "severity": "warning",
        "file": "",
    }
    return pd.DataFrame(
        [
            {
                "at": dt.datetime(2026, 4, 1, 9, 30), "layer": "households", "revision": 3,
                "file": "households.csv", "edition": None, "encoding": "utf-8", "crs": "EPSG:6668",
                "rows_read": 508, "written": 508, "updated": 0, "unchanged": 0, "rejected": 0, "warnings": 1,
                "repairs": [{"what": "empty weight taken as 1", "count": 4}], "problems": [problem],
            }
        ]
    )  # fmt: skip


class Services:
    """Stands in for ``app.services.coverage`` and ``imports``; counts how often figures were computed."""

    def __init__(self, *, empty: bool = False) -> None:
        self.empty = empty
        self.computed: list[str] = []
        self.viewers: list = []
        self.network_viewers: list = []

    def read_info(self, store) -> DatasetInfo:
        if self.empty:
            raise StoreNotReadyError("Expected an imported city, got an empty database. Run 'mimamori demo'.")
        return info()

    def load_city_figures(self, store, viewer, season, date, progress=None) -> CityFigures:
        self.computed.append(season)
        for done, step in enumerate(("read", "walk", "graph", "gaps", "summary")):
            progress(Progress(step, done, 5))
        return figures(season=season)

    def load_shapes(self, store, layer) -> gpd.GeoDataFrame:
        return shapes(layer)

    def load_district(self, store, viewer, code, season, date) -> DistrictView:
        self.viewers.append(viewer)
        return district(code, counts_only=viewer.role != "coordinator")

    def load_network(self, store, viewer, code, season, date) -> NetworkView:
        self.network_viewers.append(viewer)
        return network(code)

    def explain_household(self, store, viewer, household_id, season, date) -> HouseholdView:
        return household(household_id)

    def count_loaded(self, store) -> pd.Series:
        return pd.Series({"community": 6, "households": 508, "watchers": 65})

    def list_imports(self, store, viewer) -> pd.DataFrame:
        return imports()


def _counts(name: str, households: int, watched: int, reasons: dict[str, int]) -> dict[str, object]:
    missed = households - watched
    return {
        "name": name,
        "households": households,
        "need": float(households),
        "need_watched": float(watched),
        "zero_need": 0,
        "watched": watched,
        "partly_watched": 0,
        "noticed_only": 0,
        "unwatched": missed,
        "backed_up": watched // 2,
        "connected": watched,
        **{gap: reasons.get(gap, 0) for gap in _CLASSES[:7]},
        "disconnected": 0,
        "fragile": watched - watched // 2,
    }
