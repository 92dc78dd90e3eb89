"""Tiny worlds for paper: a few households and watchers with walking costs given as metres by pair.

>>> inputs = world(
...     households(H1=2, H2=1),                      # visits a month
...     watchers(W1=dict(visits_per_month=2)),
...     assignments(("W1", "H1")),
...     costs={("W1", "H1"): 100, ("W1", "H2"): 300},
... )
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from analysis.walking import WalkingCosts
from analysis.watch_graph import Situation, WatchInputs

METRIC = "EPSG:6675"
TODAY = dt.date(2026, 4, 1)
NORMAL = Situation(TODAY)
SNOW = Situation(TODAY, season="snow")
CENTRES = pd.Index(["C1"], name="facility_id")

_HOUSEHOLD = {
    "visits_per_month": 1.0,
    "weight": 1.0,
    "consent": 4,
    "community_district": "A",
    "x": 0.0,
    "y": 0.0,
}
_WATCHER = {
    "kind": "welfare_commissioner",
    "service_area": None,
    "organisation": None,
    "district": None,
    "visits_per_month": 1.0,
    "reach_m": 800.0,
    "birth_year": None,
    "term_end": None,
    "reports_to": "C1",
    "status": "active",
    "x": 0.0,
    "y": 0.0,
}


def households(**rows: float | Mapping[str, object]) -> gpd.GeoDataFrame:
    """Return households by id: visits a month, or a mapping of what differs from the usual one."""
    full = {key: _HOUSEHOLD | _as_row(row) for key, row in rows.items()}
    return _points(full, _HOUSEHOLD, "household_id")


def watchers(**rows: float | Mapping[str, object]) -> gpd.GeoDataFrame:
    """Return watchers by id: capacity in visits a month, or a mapping of what differs from the usual one."""
    full = {key: _WATCHER | _as_row(row) for key, row in rows.items()}
    return _points(full, _WATCHER, "watcher_id")


def assignments(*rows: tuple) -> pd.DataFrame:
    """Return assignments from (watcher, household[, role or mapping of columns]); numbered in order given."""
    full = []
    for watcher, household, *rest in rows:
        extra = rest[0] if rest else {}
        extra = {"role": extra} if isinstance(extra, str) else extra
        usual = {"role": "primary", "visits_per_month": None, "valid_from": None, "valid_to": None}
        full.append({"watcher_id": watcher, "household_id": household, **usual, **extra})
    columns = ["watcher_id", "household_id", "role", "visits_per_month", "valid_from", "valid_to"]
    index = pd.Index([f"A{number}" for number in range(len(full))], name="assignment_id", dtype=object)
    return pd.DataFrame(full, columns=columns, index=index)


def agreements(*rows: tuple) -> pd.DataFrame:
    """Return agreements from (district, helped_district[, valid_from, valid_to])."""
    full = [(*row, None, None)[:4] for row in rows]
    columns = ["district", "helped_district", "valid_from", "valid_to"]
    index = pd.Index([f"G{number}" for number in range(len(full))], name="agreement_id", dtype=object)
    return pd.DataFrame(full, columns=columns, index=index)


def walking_costs(pairs: Mapping[tuple[str, str], float], homes: pd.Index, people: pd.Index) -> WalkingCosts:
    """Return costs of {(watcher, household): metres} as ``analysis.walking`` would, reach not yet applied."""
    watcher = people.get_indexer(pd.Index([pair[0] for pair in pairs], dtype=object)).astype(np.int64)
    household = homes.get_indexer(pd.Index([pair[1] for pair in pairs], dtype=object)).astype(np.int64)
    cost_m = np.array(list(pairs.values()), dtype=float)
    order = np.lexsort((watcher, cost_m, household))
    return WalkingCosts(
        watcher=watcher[order],
        household=household[order],
        cost_m=cost_m[order],
        watcher_ids=people,
        household_ids=homes,
        basis="streets",
    )


def world(
    homes: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    standing: pd.DataFrame | None = None,
    *,
    costs: Mapping[tuple[str, str], float],
    normal_costs: Mapping[tuple[str, str], float] | None = None,
    agreed: pd.DataFrame | None = None,
) -> WatchInputs:
    """Return the inputs of a watch graph; ``normal_costs`` only where the season looked at is snow."""
    season_costs = walking_costs(costs, homes.index, people.index)
    normal = season_costs if normal_costs is None else walking_costs(normal_costs, homes.index, people.index)
    return WatchInputs(
        households=homes,
        watchers=people,
        assignments=assignments() if standing is None else standing,
        agreements=agreements() if agreed is None else agreed,
        centres=CENTRES,
        costs=season_costs,
        normal_costs=normal,
    )


def _as_row(row: float | Mapping[str, object]) -> dict[str, object]:
    return dict(row) if isinstance(row, Mapping) else {"visits_per_month": float(row)}


def _points(rows: dict[str, dict], usual: dict[str, object], index: str) -> gpd.GeoDataFrame:
    ids = pd.Index(list(rows), name=index, dtype=object)
    frame = pd.DataFrame(list(rows.values()), index=ids, columns=list(usual))
    geometry = [Point(row["x"], row["y"]) for row in rows.values()]
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=geometry, crs=METRIC)
