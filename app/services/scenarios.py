"""Scenarios kept by name: list, save, end. They never change the register.

The baseline is always there and holds no change. A scenario that names watchers is personal: only an operator
or the coordinator of their district may make one, and others learn only how many it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point
from sqlalchemy.orm import Session

from analysis.crs import to_metric_crs
from analysis.scenario import Scenario
from analysis.scenario_changes import Change, ConsentChange, WatcherJoins, WatchersLeave
from app.services.errors import RequestError
from geodata import access, access_steps, read
from geodata.errors import AccessRefusedError
from geodata.rights import may
from geodata.session import Store
from geodata.viewer import Viewer

BASELINE = "baseline"
LONGEST_NAME = 60
STORAGE_EPSG = 6668


@dataclass(frozen=True)
class KeptScenario:
    """One scenario with the version it was read at; 0 and no changes: the baseline.

    ``named`` counts the watchers it names; ``may_edit`` says whether this viewer may see and change them.
    """

    name: str
    changes: tuple[dict, ...] = ()
    note: str | None = None
    version: int = 0
    named: int = 0
    may_edit: bool = True

    @property
    def is_baseline(self) -> bool:
        """Say whether it is the city as it is."""
        return self.name == BASELINE

    def scenario(self) -> Scenario:
        """Return it as the analysis takes it."""
        return Scenario.from_dict({"name": self.name, "changes": list(self.changes)})


def list_scenarios(store: Store, viewer: Viewer) -> dict[str, KeptScenario]:
    """Return the scenarios by name, the baseline first; they are whole, to compute with.

    Show their changes only where ``may_edit``, or by :func:`without_names`.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        rows = access_steps.read_scenarios(session, viewer)
        found = [_kept(session, viewer, row) for row in rows.to_dict("records")]
    return {BASELINE: KeptScenario(BASELINE)} | {one.name: one for one in found}


def find_scenario(store: Store, viewer: Viewer, name: str) -> KeptScenario:
    """Return a scenario by its name, the baseline by ``BASELINE``.

    Raises
    ------
    RequestError
        There is none of this name.
    """
    known = list_scenarios(store, viewer)
    if name not in known:
        some = ", ".join(list(known)[:6])
        raise RequestError(f"Expected a scenario ({some}), got {name!r}. Choose one of them.")
    return known[name]


def save_scenario(
    store: Store, viewer: Viewer, kept: KeptScenario, *, reserved: tuple[str, ...] = (BASELINE,)
) -> KeptScenario:
    """Keep a scenario and return it with its new version.

    Parameters
    ----------
    kept : KeptScenario
        ``changes`` as :func:`complete_changes` returns them; ``version`` as it was read, 0: a new one.
    reserved : tuple of str
        Names that mean the baseline, in lower case.

    Raises
    ------
    RequestError
        A name that is the baseline's or too long.
    analysis.errors.ParameterError
        A change is refused.
    geodata.errors.AccessRefusedError
        It names watchers this viewer may not name, or single households.
    geodata.errors.ConflictError
        Somebody else changed it meanwhile, or the name is taken.
    """
    name = kept.name.strip()
    if name.lower() in reserved or len(name) > LONGEST_NAME:
        raise RequestError(
            f"Expected a name of up to {LONGEST_NAME} signs that is not the baseline's, got another. "
            "Choose another name."
        )
    changes = replace(kept, name=name).scenario().changes
    with store.begin(write=True) as session:
        named = _check_may_name(session, viewer, changes)
        plain = [change.to_dict() for change in changes]
        version = kept.version or None
        number = access_steps.save_scenario(session, viewer, name, plain, note=kept.note, version=version)
        rows = access_steps.read_scenarios(session, viewer)
        stored = int(rows.loc[number, "version"])
    return replace(kept, name=name, changes=tuple(plain), version=stored, named=named)


def check_may_keep(store: Store, viewer: Viewer, kept: KeptScenario) -> None:
    """Raise unless this viewer may name whom a scenario names.

    Raises
    ------
    analysis.errors.ParameterError
        A change is refused.
    geodata.errors.AccessRefusedError
        It names watchers this viewer may not name, or single households.
    """
    with store.begin(write=True) as session:
        _check_may_name(session, viewer, kept.scenario().changes)


def end_scenario(store: Store, viewer: Viewer, kept: KeptScenario) -> None:
    """End a scenario: it is no longer listed, and not deleted.

    Raises
    ------
    RequestError
        It is the baseline.
    geodata.errors.AccessRefusedError
        It names watchers this viewer may not see.
    geodata.errors.ConflictError
        It was changed or ended meanwhile.
    """
    if kept.is_baseline:
        raise RequestError("Expected a scenario to end, got the baseline. Choose another.")
    with store.begin(write=True) as session:
        _check_may_name(session, viewer, kept.scenario().changes)
        access_steps.end_scenario(session, viewer, kept.name, kept.version)


def complete_changes(store: Store, changes: list[Mapping[str, Any]]) -> tuple[dict, ...]:
    """Return changes with places in metres where a point or a district's middle was given.

    A new watcher or place may have ``lon`` and ``lat`` (degrees, EPSG:6668), or ``at_district`` (a community
    district's code: a point inside it), in the place of ``x`` and ``y``.

    Raises
    ------
    RequestError
        An unknown district, or a point that is no pair of numbers.
    """
    if not any(
        {"lon", "lat", "at_district"} & set(change) for change in changes if isinstance(change, Mapping)
    ):
        return tuple(changes)
    store.check_ready()
    with store.begin() as session:
        epsg = read.read_dataset(session).metric_epsg
        areas = read.read_areas(session, "community")
    return tuple(
        _placed(dict(change), areas, epsg) if isinstance(change, Mapping) else change for change in changes
    )


def without_names(change: Mapping[str, Any]) -> dict:
    """Return a change with the watchers it names only counted."""
    shown = dict(change)
    if shown.get("ids"):
        shown["ids"] = [""] * len(shown["ids"])
    if shown.get("type") == "watcher_joins" and shown.get("reports_to"):
        shown["reports_to"] = ""
    return shown


def load_bridges(store: Store) -> gpd.GeoDataFrame:
    """Return the bridges that could be closed (EPSG:6668), indexed by edge id, with ``district`` (a name)."""
    store.check_ready()
    with store.begin() as session:
        streets = read.read_streets(session)
        areas = read.read_areas(session, "community")
    bridges = streets.loc[streets["is_bridge"].astype(bool), ["length_m", "geometry"]]
    middles = bridges.set_geometry(bridges.geometry.representative_point())
    inside = middles.sjoin(areas[["name", "geometry"]], how="left", predicate="within")
    named = inside.loc[~inside.index.duplicated(), "name"]
    return bridges.assign(district=named.reindex(bridges.index).fillna(""))


def load_centres(store: Store) -> dict[str, str]:
    """Return the consultation centres by id, with their names."""
    store.check_ready()
    with store.begin() as session:
        centres = read.read_facilities(session, "consultation_centre")
    return {str(number): str(name) for number, name in centres["name"].items()}


def _placed(change: dict, areas: gpd.GeoDataFrame, epsg: int) -> dict:
    lon, lat, district = (change.pop(name, None) for name in ("lon", "lat", "at_district"))
    if district is not None:
        if district not in areas.index:
            raise RequestError(
                f"Expected a community district for the new place, got {district!r}. Choose another."
            )
        point = to_metric_crs(areas.loc[[district], ["geometry"]], epsg).representative_point().iloc[0]
    elif lon is not None or lat is not None:
        point = _point_in_metres(lon, lat, epsg)
    else:
        return change
    return change | {"x": round(point.x, 1), "y": round(point.y, 1)}


def _point_in_metres(lon: object, lat: object, epsg: int) -> Point:
    try:
        point = Point(float(lon), float(lat))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RequestError("Expected lon and lat in degrees, got another form. Correct them.") from None
    frame = gpd.GeoDataFrame(geometry=[point], crs=STORAGE_EPSG)
    return to_metric_crs(frame, epsg).geometry.iloc[0]


def _kept(session: Session, viewer: Viewer, row: dict) -> KeptScenario:
    kept = KeptScenario(row["name"], tuple(row["changes"]), row["note"], int(row["version"]))
    changes = kept.scenario().changes
    named = _named_watchers(session, changes)
    may = not named or not _not_own(session, viewer, named)
    return replace(kept, named=len(named), may_edit=may and not _names_households(viewer, changes))


def _check_may_name(session: Session, viewer: Viewer, changes: tuple[Change, ...]) -> int:
    """Return how many watchers are named, all of them such as this viewer may name."""
    if _names_households(viewer, changes):
        raise AccessRefusedError(
            "Expected consent by district or neighbourhood, got single households. Name an area."
        )
    named = _named_watchers(session, changes)
    if named and _not_own(session, viewer, named):
        raise AccessRefusedError(
            "Expected watchers of an own district, or kinds and districts instead of names, got others. "
            "Choose by kind and district."
        )
    return len(named)


def _names_households(viewer: Viewer, changes: tuple[Change, ...]) -> bool:
    return not may(viewer, "whole_files") and any(
        isinstance(change, ConsentChange) and change.ids for change in changes
    )


def _named_watchers(session: Session, changes: tuple[Change, ...]) -> list[str]:
    leaving = {name for change in changes if isinstance(change, WatchersLeave) for name in change.ids}
    told = {change.reports_to for change in changes if isinstance(change, WatcherJoins)} - {None}
    if told:
        told -= set(read.read_facilities(session).index)
    return sorted(leaving | told)


def _not_own(session: Session, viewer: Viewer, named: list[str]) -> bool:
    """Say whether some of the watchers are not this viewer's to name."""
    if may(viewer, "whole_files"):
        return False
    if not may(viewer, "name_own"):
        return True
    facts = access.read_watcher_facts(session, viewer, named)
    return not facts["district"].reindex(named).isin(viewer.districts).all()


def tabulate(scenarios: Mapping[str, KeptScenario]) -> pd.DataFrame:
    """Return name, number of changes, note and version of each scenario but the baseline."""
    kept = [one for one in scenarios.values() if not one.is_baseline]
    rows = [(one.name, len(one.changes), one.note, one.version) for one in kept]
    return pd.DataFrame(rows, columns=["name", "changes", "note", "version"])
