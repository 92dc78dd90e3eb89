"""Scenarios: "what if", as a named list of changes applied to a copy of the city.

All changes speak of the city as it is given: a new watcher is not among those who leave, and the order of the
changes matters for nothing but the numbers of new ids.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from analysis.errors import ParameterError
from analysis.promises import as_dates, is_valid_on
from analysis.scenario_changes import (
    AgreementMade,
    Change,
    ConsentChange,
    DateChange,
    PlaceOpens,
    RulesChange,
    SeasonChange,
    StreetClosed,
    WatcherJoins,
    WatchersLeave,
    change_from_dict,
)
from analysis.watch_graph import SharingRules

NAMED = 5  # ids named in an error
Kind = TypeVar("Kind", bound=Change)


@dataclass(frozen=True, eq=False)
class ScenarioWorld:
    """All that a watch graph is built from before any walk is measured; metric CRS; for reading only.

    Parameters
    ----------
    households, watchers, assignments, agreements, streets : frames as ``analysis.frames`` describes them,
        all rows whatever their dates; households may have a column ``neighbourhood``
    facilities : GeoDataFrame indexed by facility_id, column ``kind``
    rules, season, date : what the graph is built for
    """

    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    assignments: pd.DataFrame
    agreements: pd.DataFrame
    streets: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    rules: SharingRules
    season: str
    date: dt.date


@dataclass(frozen=True)
class Scenario:
    """A name and the changes.

    Raises
    ------
    ParameterError
        No name, one day, season or level given twice, or the same place, agreement or street twice.
    """

    name: str
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError naming what is given twice."""
        if not self.name.strip():
            raise ParameterError("Expected a name for the scenario, got none. Give one.")
        counts = Counter(key for change in self.changes for key in _subjects(change))
        repeated = sorted(name for (_, name), count in counts.items() if count > 1)
        if repeated:
            raise ParameterError(
                f"Expected each change of a scenario once, got more of {_first(repeated)}. Keep one of each."
            )

    def of_type(self, kind: type[Kind]) -> list[Kind]:
        """Return the changes of one type, in order."""
        return [change for change in self.changes if isinstance(change, kind)]

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as JSON values."""
        return {"name": self.name, "changes": [change.to_dict() for change in self.changes]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scenario:
        """Make a scenario of JSON values as ``to_dict`` gives them.

        Raises
        ------
        ParameterError
            Not of that form, or a change is refused.
        """
        name, changes = (
            (values.get("name"), values.get("changes")) if isinstance(values, Mapping) else (None, None)
        )
        if not isinstance(name, str) or not isinstance(changes, list | tuple):
            raise ParameterError(
                "Expected a scenario with a name and a list of changes, got another form. Correct it."
            )
        return cls(name, tuple(change_from_dict(change) for change in changes))


def apply_scenario(world: ScenarioWorld, scenario: Scenario) -> ScenarioWorld:
    """Return the city after all changes; the one given is not changed, and parts no change names are shared.

    Whoever leaves has ``status`` "ended": its assignments stand, and count no more. New watchers are in
    office, without an age or a term, with the ids ``new-1``, ``new-2`` …; numbers in use are left out. So are
    the ids of new agreements.

    Raises
    ------
    ParameterError
        An id, district or neighbourhood the city has not, nobody who meets the conditions to leave, a
        watcher, street or household that several changes name, an agreement in force, a place there is.
    """
    season, date = scenario.of_type(SeasonChange), scenario.of_type(DateChange)
    levels = dict(pair for change in scenario.of_type(RulesChange) for pair in change.levels)
    after = replace(
        world,
        rules=replace(world.rules, **levels),
        season=season[0].season if season else world.season,
        date=date[0].date if date else world.date,
    )
    facilities = _open_places(world.facilities, scenario.of_type(PlaceOpens))
    watchers = _let_leave(world.watchers, scenario.of_type(WatchersLeave))
    return replace(
        after,
        households=_change_consent(world.households, scenario.of_type(ConsentChange)),
        watchers=_let_join(watchers, world, facilities.index, scenario.of_type(WatcherJoins)),
        agreements=_agree(world, after.date, scenario.of_type(AgreementMade)),
        streets=_close_streets(world.streets, scenario.of_type(StreetClosed)),
        facilities=facilities,
    )


def _subjects(change: Change) -> list[tuple[str, str]]:
    """Return what only one change of a scenario may speak of, each with the type of change."""
    match change:
        case SeasonChange() | DateChange():
            names = [change.type]
        case RulesChange(levels=levels):
            names = [kind for kind, _ in levels]
        case PlaceOpens(facility_id=name):
            names = [name]
        case AgreementMade(district=district, helped=helped):
            names = [f"{district} - {helped}"]
        case StreetClosed(edge_ids=ids):
            names = list(ids)
        case _:
            names = []
    return [(change.type, name) for name in names]


def _let_leave(watchers: gpd.GeoDataFrame, changes: list[WatchersLeave]) -> gpd.GeoDataFrame:
    chosen = [_leavers(watchers, change) for change in changes]
    leaving = _joined(chosen)
    repeated = _repeated(leaving)
    if repeated:
        raise ParameterError(
            f"Expected each watcher to leave once, got more of {_first(repeated)}. Keep one change of each."
        )
    if not len(leaving):
        return watchers
    return watchers.assign(status=watchers["status"].where(~watchers.index.isin(leaving), "ended"))


def _leavers(watchers: gpd.GeoDataFrame, change: WatchersLeave) -> pd.Index:
    """Return the ids of those that leave by one change."""
    active = (watchers["status"] == "active").to_numpy()
    if change.ids:
        unknown = _unknown(change.ids, watchers.index[active])
        if unknown:
            raise ParameterError(
                f"Expected watchers in office to leave, got {len(unknown)} others: {_first(unknown)}. "
                "Correct them."
            )
        return pd.Index(change.ids, dtype=object)
    chosen = active
    if change.kind is not None:
        chosen = chosen & (watchers["kind"] == change.kind).to_numpy()
    if change.district is not None:
        chosen = chosen & (watchers["district"] == change.district).to_numpy()
    if change.term_ends_by is not None:
        chosen = chosen & (as_dates(watchers["term_end"]) <= pd.Timestamp(change.term_ends_by)).to_numpy()
    if not chosen.any():
        raise ParameterError(
            "Expected watchers in office that meet the conditions to leave, got none. Correct the conditions."
        )
    return _draw(watchers.index[chosen], change)


def _draw(ids: pd.Index, change: WatchersLeave) -> pd.Index:
    """Return the share of ``ids`` that leaves, in their order."""
    if change.share is None:
        return ids
    number = math.ceil(round(change.share * len(ids), 9))
    drawn = np.random.default_rng(change.seed).permutation(np.sort(ids.to_numpy(dtype=object)))[:number]
    return ids[ids.isin(drawn)]


def _let_join(
    watchers: gpd.GeoDataFrame, world: ScenarioWorld, places: pd.Index, changes: list[WatcherJoins]
) -> gpd.GeoDataFrame:
    if not changes:
        return watchers
    _check_districts(world, [change.district for change in changes if change.district is not None])
    told = [change.reports_to for change in changes if change.reports_to is not None]
    unknown = _unknown(told, world.watchers.index.append(places))
    if unknown:
        raise ParameterError(
            f"Expected a watcher or place to report to, got {len(unknown)} unknown: {_first(unknown)}. "
            "Correct them."
        )
    columns = {
        name: [getattr(change, name) for change in changes]
        for name in ("kind", "district", "organisation", "visits_per_month", "reach_m", "reports_to")
    }
    points = [Point(change.x, change.y) for change in changes]
    return _append(watchers, columns | {"status": ["active"] * len(changes), "geometry": points})


def _change_consent(households: gpd.GeoDataFrame, changes: list[ConsentChange]) -> gpd.GeoDataFrame:
    chosen = [_asked(households, change) for change in changes]
    repeated = _repeated(_joined(chosen))
    if repeated:
        raise ParameterError(
            f"Expected each household's consent to change once, got {len(repeated)} more. "
            "Keep one change of each."
        )
    consent = households["consent"].copy()
    for change, ids in zip(changes, chosen, strict=True):
        consent[ids] = consent[ids].clip(lower=change.level) if change.at_least else change.level
    return households.assign(consent=consent) if changes else households


def _asked(households: gpd.GeoDataFrame, change: ConsentChange) -> pd.Index:
    """Return the households whose consent one change speaks of."""
    if change.ids:
        unknown = _unknown(change.ids, households.index)
        if unknown:
            raise ParameterError(
                f"Expected households of this city, got {len(unknown)} unknown. Correct their ids."
            )
        return pd.Index(change.ids, dtype=object)
    layer = "community_district" if change.district is not None else "neighbourhood"
    area = change.district if change.district is not None else change.neighbourhood
    inside = households[layer] == area if layer in households else pd.Series(False, households.index)
    if not inside.any():
        raise ParameterError(f"Expected an area with households, got {area!r}. Correct the code.")
    return households.index[inside]


def _agree(world: ScenarioWorld, date: dt.date, changes: list[AgreementMade]) -> pd.DataFrame:
    agreements = world.agreements
    if not changes:
        return agreements
    _check_districts(world, [name for change in changes for name in (change.district, change.helped)])
    valid = agreements[is_valid_on(agreements, date)]
    standing = set(zip(valid["district"], valid["helped_district"], strict=True))
    repeated = [
        f"{change.district} - {change.helped}"
        for change in changes
        if (change.district, change.helped) in standing
    ]
    if repeated:
        raise ParameterError(
            f"Expected new agreements, got some in force already: {_first(repeated)}. Leave them out."
        )
    columns = {
        "district": [change.district for change in changes],
        "helped_district": [change.helped for change in changes],
    }
    return _append(agreements, columns)


def _close_streets(streets: gpd.GeoDataFrame, changes: list[StreetClosed]) -> gpd.GeoDataFrame:
    closed = [edge for change in changes for edge in change.edge_ids]
    unknown = _unknown(closed, streets.index)
    if unknown:
        raise ParameterError(
            f"Expected streets of this city, got {len(unknown)} unknown: {_first(unknown)}. Correct them."
        )
    return streets[~streets.index.isin(closed)] if closed else streets


def _open_places(facilities: gpd.GeoDataFrame, changes: list[PlaceOpens]) -> gpd.GeoDataFrame:
    ids = [change.facility_id for change in changes]
    there = [name for name in ids if name in facilities.index]
    if there:
        raise ParameterError(
            f"Expected new ids for new places, got some in use: {_first(there)}. Choose others."
        )
    columns = {
        "kind": [change.kind for change in changes],
        "geometry": [Point(change.x, change.y) for change in changes],
    }
    return _append(facilities, columns, ids) if changes else facilities


def _append(frame: pd.DataFrame, columns: dict[str, list], ids: list[str] | None = None) -> pd.DataFrame:
    """Return the frame with rows at its end; columns not given are empty there."""
    count = len(next(iter(columns.values())))
    names = _new_ids(frame.index, count) if ids is None else ids
    longer = frame.reindex(pd.Index([*frame.index, *names], name=frame.index.name, dtype=object))
    for name in longer.columns:
        if name in columns or frame[name].dtype == object:
            values = np.empty(len(longer), dtype=object)
            values[:] = [*frame[name], *columns.get(name, [None] * count)]
            longer[name] = pd.Series(values, longer.index, dtype=object)
    longer = longer.astype({name: frame[name].dtype for name in columns if name != "geometry"})
    if "geometry" in columns:
        longer = gpd.GeoDataFrame(longer, geometry="geometry", crs=frame.crs)
    return longer


def _new_ids(taken: pd.Index, count: int) -> list[str]:
    """Return the first ids new-1, new-2 … not in use."""
    used = set(taken)
    free = (f"new-{number}" for number in range(1, len(used) + count + 1))
    return [name for name in free if name not in used][:count]


def _check_districts(world: ScenarioWorld, districts: Iterable[str]) -> None:
    known = {*world.households["community_district"].dropna(), *world.watchers["district"].dropna()}
    unknown = _unknown(districts, pd.Index(list(known), dtype=object))
    if unknown:
        raise ParameterError(
            f"Expected community districts of this city, got {len(unknown)} unknown: {_first(unknown)}. "
            "Correct them."
        )


def _joined(chosen: list[pd.Index]) -> pd.Index:
    return pd.Index([name for index in chosen for name in index], dtype=object)


def _repeated(ids: pd.Index) -> list[str]:
    return list(ids[ids.duplicated()].unique())


def _unknown(ids: Iterable[str], known: pd.Index) -> list[str]:
    return list(dict.fromkeys(name for name in ids if name not in known))


def _first(names: list[str]) -> str:
    return ", ".join(map(str, names[:NAMED]))
