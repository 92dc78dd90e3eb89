"""The watch graph: who could watch whom, who does, and who notices, for one date and season.

All visits are whole visits a year (``VISITS_PER_YEAR`` times the visits a month), so that a flow counts them.
Links hold positions in ``households`` and ``watchers``; the frames inside are for reading only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.candidates import could_watch, nearest_candidates
from analysis.errors import FrameError, ParameterError
from analysis.frames import (
    ACTIVE_KINDS,
    AGREEMENTS,
    ASSIGNMENTS,
    HOUSEHOLDS,
    PASSIVE_KINDS,
    SEASONS,
    WATCHERS,
    check_frame,
)
from analysis.links import find_links, find_notices, pairs_within_reach, serves_district, texts
from analysis.promises import as_dates, as_visits, assess_standing, is_valid_on, reach_a_centre
from analysis.walking import WalkingCosts
from analysis.watch_network import to_networkx

__all__ = [
    "SharingRules",
    "Situation",
    "WatchGraph",
    "WatchInputs",
    "build_watch_graph",
    "could_watch",
    "nearest_candidates",
    "to_networkx",
]


@dataclass(frozen=True)
class SharingRules:
    """The lowest consent level at which a kind of watcher may know of a household, 1 to 5 (5: never).

    A passive kind (delivery firm, shop) has no rule: it is never told, and noticing needs no consent.

    Raises
    ------
    ParameterError
        A level outside 1 to 5.
    """

    welfare_commissioner: int = 2
    community_promoter: int = 3
    neighbour: int = 3
    casual_volunteer: int = 4
    student: int = 4
    npo: int = 4
    company: int = 4

    def __post_init__(self) -> None:
        """Raise ParameterError naming every level out of range."""
        wrong = [f"{kind}={level}" for kind, level in self.levels().items() if level not in range(1, 6)]
        if wrong:
            raise ParameterError(
                f"Expected consent levels from 1 to 5, got {', '.join(wrong)}. Correct them."
            )

    def levels(self) -> dict[str, int]:
        """Return the lowest level by active kind."""
        return {rule.name: getattr(self, rule.name) for rule in fields(self)}


@dataclass(frozen=True)
class Situation:
    """The day and season looked at.

    Parameters
    ----------
    date : date, the day on which assignments, terms and agreements must be valid
    season : "normal" or "snow"
    horizon_days : int, at least 0; how far ahead an ending term or a high age makes a household fragile
    high_age : int, above 0, years
    """

    date: dt.date
    season: str = "normal"
    horizon_days: int = 365
    high_age: int = 75

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        faults = []
        if self.season not in SEASONS:
            faults.append(f"Expected season {' or '.join(SEASONS)}, got {self.season!r}.")
        if self.horizon_days < 0:
            faults.append(f"Expected horizon_days >= 0, got {self.horizon_days}.")
        if self.high_age <= 0:
            faults.append(f"Expected high_age > 0, got {self.high_age}.")
        if faults:
            raise ParameterError(" ".join([*faults, "Correct it."]))


@dataclass(frozen=True, eq=False)
class WatchInputs:
    """What a watch graph is built from: frames as ``analysis.frames`` rules them, all in one metric CRS.

    Parameters
    ----------
    households : GeoDataFrame, those to be watched over on the date (the caller leaves out ended ones)
    watchers : GeoDataFrame; columns ``valid_from`` and ``valid_to`` are honoured where present
    assignments, agreements : DataFrame; a last day (``valid_to``, ``term_end``) is itself still valid
    centres : Index of the facility ids of consultation centres
    costs : WalkingCosts of the season looked at; holds every household and watcher of the frames
    normal_costs : WalkingCosts of the normal season (the same object in the normal season)
    """

    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    assignments: pd.DataFrame
    agreements: pd.DataFrame
    centres: pd.Index
    costs: WalkingCosts
    normal_costs: WalkingCosts


@dataclass(frozen=True, eq=False)
class WatchGraph:
    """Households, watchers and the links between them on one date in one season; for reading only.

    Parameters
    ----------
    situation, rules : what it was built for
    households : DataFrame indexed by household_id
        ``need_visits`` (int, a year), ``weight``, ``consent``, ``district`` (None where unknown),
        ``reach_normal`` (bool: an active watcher in office is within reach in the normal season).
    watchers : DataFrame indexed by watcher_id
        ``kind``, ``is_active`` (kind), ``in_office``, ``organisation`` (None where it has none),
        ``organisation_code`` (int; without an organisation a watcher has a number of its own), ``district``
        (None: whole city), ``capacity_visits``, ``promised_visits``, ``load_visits`` (delivered),
        ``room_visits`` (capacity less load; all int, a year; 0 unless active and in office), ``connected``
        (its reports end at a consultation centre), ``consent_level`` (the lowest that lets it know; passive:
        0), ``birth_year``, ``term_end`` (datetime), ``reports_to``.
    links : DataFrame, RangeIndex, sorted by household then cost; one row per active watcher in office and
        household within its reach
        ``household``, ``watcher`` (int positions), ``cost_m``, ``consent_ok``, ``district_ok``, ``allowed``
        (both), ``delivered_visits`` (int, a year).
    notices : DataFrame ``household``, ``watcher`` (int positions): passive watchers in office that notice
    assigned : DataFrame indexed by assignment_id: links standing on the date
        ``household``, ``watcher`` (int positions, -1 unknown), ``role``, ``valid_from``, ``link`` (row of
        ``links`` or -1), ``counts`` (bool), ``reason`` (None, or why it does not count: unknown_household,
        unknown_watcher, passive, not_in_office, out_of_reach, consent, district), ``promised_visits``,
        ``delivered_visits`` (within the watcher's capacity), ``surplus_visits`` (stated, but beyond the need;
        all int, a year; 0 for a backup); the oldest first, by the rule of ``analysis.promises``.
    centres : Index of consultation centres
    counts : dict of int
        ``assignments_standing``, ``assignments_not_valid`` (ended or not begun, left out of ``assigned``),
        ``assignments_not_counting``, ``watchers_in_office``, ``watchers_vacant``, ``watchers_overloaded``,
        ``visits_beyond_capacity``, ``visits_beyond_need`` (a year), ``households_no_district``.
    """

    situation: Situation
    rules: SharingRules
    households: pd.DataFrame
    watchers: pd.DataFrame
    links: pd.DataFrame
    notices: pd.DataFrame
    assigned: pd.DataFrame
    centres: pd.Index
    counts: dict[str, int] = field(default_factory=dict)


def build_watch_graph(
    inputs: WatchInputs, situation: Situation, rules: SharingRules = SharingRules()
) -> WatchGraph:
    """Build the watch graph of one date and season.

    A pair at exactly the reach is a link. A watcher out of office, without a point or without a reach has no
    link; a household without a link stays in ``households``.

    Raises
    ------
    FrameError
        A frame breaks its rule, holds unknown kinds or negative or missing numbers, or the walking costs lack
        some of its households or watchers.
    """
    _check_inputs(inputs)
    households = _describe_households(inputs)
    watchers = _describe_watchers(inputs, situation, rules)
    pairs = pairs_within_reach(inputs.costs, inputs.households, inputs.watchers)
    serves = serves_district(households, watchers, inputs.agreements, situation.date)
    links = find_links(pairs, households, watchers, serves)
    assigned = assess_standing(inputs.assignments, households, watchers, links, situation.date)
    watchers = _with_loads(watchers, assigned)
    return WatchGraph(
        situation=situation,
        rules=rules,
        households=households.assign(reach_normal=_within_normal_reach(inputs, watchers)),
        watchers=watchers,
        links=links.assign(
            delivered_visits=_sum_by(assigned["link"], assigned["delivered_visits"], len(links))
        ),
        notices=find_notices(pairs, inputs.households, inputs.watchers, watchers),
        assigned=assigned,
        centres=inputs.centres,
        counts=_count(inputs, households, watchers, assigned),
    )


def _check_inputs(inputs: WatchInputs) -> None:
    for frame, rule in (
        (inputs.households, HOUSEHOLDS),
        (inputs.watchers, WATCHERS),
        (inputs.assignments, ASSIGNMENTS),
        (inputs.agreements, AGREEMENTS),
    ):
        check_frame(frame, rule)
    faults = [
        *_number_faults(inputs.households, "households", ("visits_per_month", "weight", "consent")),
        *_number_faults(inputs.watchers, "watchers", ("visits_per_month",)),
        *_kind_faults(inputs.watchers),
        *_cost_faults(inputs),
    ]
    if faults:
        raise FrameError(" ".join(faults))


def _number_faults(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> list[str]:
    wrong = {column: int((~(frame[column].astype(float) >= 0)).sum()) for column in columns}
    return [
        f"Expected {column} of {name} >= 0, got {count} negative or missing. Correct them."
        for column, count in wrong.items()
        if count
    ]


def _kind_faults(watchers: pd.DataFrame) -> list[str]:
    unknown = sorted(set(watchers["kind"].astype(str)) - {*ACTIVE_KINDS, *PASSIVE_KINDS})
    return [f"Expected known watcher kinds, got {', '.join(unknown[:5])}. Correct them."] if unknown else []


def _cost_faults(inputs: WatchInputs) -> list[str]:
    faults = []
    for costs, season in ((inputs.costs, "the season"), (inputs.normal_costs, "the normal season")):
        for ids, frame, name in (
            (costs.household_ids, inputs.households, "households"),
            (costs.watcher_ids, inputs.watchers, "watchers"),
        ):
            absent = 0 if ids is frame.index else int((ids.get_indexer(frame.index) < 0).sum())
            if absent:
                faults.append(
                    f"Expected walking costs of {season} for all {name}, got {absent} without. Recompute."
                )
    return faults


def _describe_households(inputs: WatchInputs) -> pd.DataFrame:
    households = inputs.households
    return pd.DataFrame(
        {
            "need_visits": as_visits(households["visits_per_month"]),
            "weight": households["weight"].to_numpy(dtype=float),
            "consent": households["consent"].to_numpy(dtype=np.int64),
            "district": texts(households["community_district"]),
        },
        index=households.index,
    )


def _describe_watchers(inputs: WatchInputs, situation: Situation, rules: SharingRules) -> pd.DataFrame:
    watchers = inputs.watchers
    term_end = as_dates(watchers["term_end"])
    in_office = (watchers["status"] == "active").to_numpy() & is_valid_on(watchers, situation.date)
    in_office &= ~(term_end < pd.Timestamp(situation.date)).to_numpy()
    is_active = watchers["kind"].isin(ACTIVE_KINDS).to_numpy()
    return pd.DataFrame(
        {
            "kind": watchers["kind"].astype(object),
            "is_active": is_active,
            "in_office": in_office,
            "organisation": texts(watchers["organisation"]),
            "organisation_code": _organisation_codes(watchers["organisation"]),
            "district": texts(watchers["district"]),
            "capacity_visits": np.where(in_office & is_active, as_visits(watchers["visits_per_month"]), 0),
            "connected": in_office & reach_a_centre(watchers["reports_to"], in_office, inputs.centres),
            "consent_level": watchers["kind"].map(rules.levels()).fillna(0).astype(np.int64),
            "birth_year": watchers["birth_year"].astype(float),
            "term_end": term_end,
            "reports_to": texts(watchers["reports_to"]),
        },
        index=watchers.index,
    )


def _organisation_codes(organisations: pd.Series) -> np.ndarray:
    """Return one number an organisation; a watcher without one is an organisation of its own."""
    codes, names = pd.factorize(texts(organisations).to_numpy())
    return np.where(codes < 0, len(names) + np.arange(len(codes)), codes)


def _within_normal_reach(inputs: WatchInputs, watchers: pd.DataFrame) -> np.ndarray:
    pairs = pairs_within_reach(inputs.normal_costs, inputs.households, inputs.watchers)
    gives = (watchers["is_active"] & watchers["in_office"]).to_numpy()
    near = np.zeros(len(inputs.households), dtype=bool)
    near[pairs["household"].to_numpy()[gives[pairs["watcher"]]]] = True
    return near


def _sum_by(groups: pd.Series, amounts: pd.Series, length: int) -> np.ndarray:
    """Return int sums of ``amounts`` by position; rows at -1 are left out."""
    known = (groups >= 0).to_numpy()
    return np.bincount(groups[known], weights=amounts[known], minlength=length).astype(np.int64)


def _with_loads(watchers: pd.DataFrame, assigned: pd.DataFrame) -> pd.DataFrame:
    load = _sum_by(assigned["watcher"], assigned["delivered_visits"], len(watchers))
    return watchers.assign(
        promised_visits=_sum_by(assigned["watcher"], assigned["promised_visits"], len(watchers)),
        load_visits=load,
        room_visits=watchers["capacity_visits"] - load,
    )


def _count(
    inputs: WatchInputs, households: pd.DataFrame, watchers: pd.DataFrame, assigned: pd.DataFrame
) -> dict[str, int]:
    overload = watchers["promised_visits"] - watchers["load_visits"]
    return {
        "assignments_standing": len(assigned),
        "assignments_not_valid": len(inputs.assignments) - len(assigned),
        "assignments_not_counting": int((~assigned["counts"]).sum()),
        "watchers_in_office": int(watchers["in_office"].sum()),
        "watchers_vacant": int((inputs.watchers["status"] == "vacant").sum()),
        "watchers_overloaded": int((overload > 0).sum()),
        "visits_beyond_capacity": int(overload.sum()),
        "visits_beyond_need": int(assigned["surplus_visits"].sum()),
        "households_no_district": int(households["district"].isna().sum()),
    }
