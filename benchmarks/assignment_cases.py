"""The cases of the assignment benchmark: public ones, and districts and cities made here.

    python -m benchmarks.assignment_cases FOLDER SHARED HOUSEHOLDS WATCHERS

Keeps every case in FOLDER and prints their names and sizes as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from analysis.links import pairs_within_reach
from analysis.street import build_street_graph
from analysis.transport import FlowNetwork
from analysis.walking import walk_on_streets
from benchmarks import made_city
from benchmarks.assignment_engines import Visits
from benchmarks.public_capacitated import read_flow

PUBLIC = ("city7_500", "city7_2000", "city7_20000")
DISTRICT = 20_000, 300  # households, watchers


def make_visits(households: int, watchers: int, *, at_doors: bool, seed: int = 1) -> Visits:
    """Return a made city or district: one visit a household, walks of at most the reach.

    ``at_doors``: every household at a door of its own; else at the nearest corner, where several stand.
    """
    streets = made_city.make_streets(households, seed)
    homes = made_city.make_households(streets, households, seed)
    people = made_city.make_watchers(streets, watchers, households=households, seed=seed)
    graph = build_street_graph(streets)
    if not at_doors:
        homes, people = (_move_to_corners(points, graph.xy) for points in (homes, people))
    pairs = pairs_within_reach(walk_on_streets(graph, people, homes), homes, people)
    return Visits(
        np.ones(households, np.int64),
        np.rint(people["visits_per_month"].to_numpy()).astype(np.int64),
        pairs["household"].to_numpy(),
        pairs["watcher"].to_numpy(),
        np.rint(10 * pairs["cost_m"].to_numpy()).astype(np.int64),
    )


def after_an_edit(case: Visits) -> Visits:
    """Return the case with the capacity of the watcher with the most links halved."""
    capacity = case.capacity.copy()
    capacity[np.bincount(case.watcher).argmax()] //= 2
    return replace(case, capacity=capacity)


def read_visits(folder: Path, name: str) -> Visits:
    """Return a public city."""
    places, people, pairs = (
        pd.read_csv(folder / f"{name}_{part}.csv.gz") for part in ("places", "watchers", "pairs")
    )
    return Visits(
        places.sort_values("place")["households"].to_numpy(),
        people.sort_values("watcher")["capacity"].to_numpy(),
        *(pairs[column].to_numpy() for column in ("place", "watcher", "distance_dm")),
    )


def prepare(folder: Path, shared: Path, households: int, watchers: int) -> list[dict]:
    """Keep every case as a file and return their names and sizes."""
    cases: dict[str, Visits | FlowNetwork] = {}
    flow, cities = shared / "bench" / "mincostflow", shared / "bench" / "watcher_assignment"
    if flow.exists():
        cases["netgen-2 (public)"] = read_flow(flow / "netgen-2.min")
    cases |= {f"{name} (public)": read_visits(cities, name) for name in PUBLIC if cities.exists()}
    size = min(households, DISTRICT[0]), min(watchers, DISTRICT[1])
    district = make_visits(*size, at_doors=False)
    cases[f"district of {size[0]:,} × {size[1]:,}"] = district
    cases["the same after an edit"] = after_an_edit(district)
    cases["the same size, own doors"] = make_visits(*size, at_doors=True)
    cases[f"city of {households:,} × {watchers:,}"] = make_visits(households, watchers, at_doors=False)
    cases["the same size of city, own doors"] = make_visits(households, watchers, at_doors=True)
    return [_keep(folder / f"{number}.npz", *case) for number, case in enumerate(cases.items())]


def _keep(path: Path, name: str, case: Visits | FlowNetwork) -> dict:
    np.savez(path, **vars(case))
    if isinstance(case, FlowNetwork):
        sizes = {"kind": "network", "links": len(case.tail), "merged_links": len(case.tail)}
    else:
        sizes = {
            "kind": "visits",
            "links": len(case.household),
            "merged_links": len(case.merged().household),
        }
    return {"name": name, "file": path.name, **sizes}


def _move_to_corners(points: gpd.GeoDataFrame, corners: np.ndarray) -> gpd.GeoDataFrame:
    places = np.column_stack([points.geometry.x, points.geometry.y])
    nearest = corners[cKDTree(corners).query(places)[1]]
    return points.set_geometry(gpd.points_from_xy(*nearest.T, crs=points.crs))


if __name__ == "__main__":
    target, shared, *sizes = sys.argv[1:]
    print(json.dumps(prepare(Path(target), Path(shared), *map(int, sizes))))
