"""Where gaps lie together, how unequal districts are, and what each kind of watcher does."""

from __future__ import annotations

import math
from dataclasses import asdict

import geopandas as gpd
import numpy as np

from analysis.clusters import find_gap_clusters
from analysis.coverage import summarise, summarise_kinds
from analysis.crs import to_metric_crs
from analysis.frames import VISITS_PER_YEAR
from analysis.gap_areas import find_gap_areas
from analysis.inequality import assess_inequality
from app.services.city import LAYER_COLUMNS, AssessedCity
from app.services.packing import pack
from geodata import read
from geodata.session import Store

CLUSTER_COLUMNS = ["kind", "p_adjusted", "reason"]


def pattern_figures(store: Store, city: AssessedCity) -> dict:
    """Return what is kept of gap areas, inequality, clusters and kinds: counts of whole areas only."""
    households = city.data.households
    inequality = assess_inequality(
        city.graph, city.coverage, households["community_district"], city.graph.watchers["district"]
    )
    kinds = summarise_kinds(city.graph, city.coverage, register=city.data.watchers["status"])
    areas = find_gap_areas(_for_areas(city))
    return {
        "gap_areas": pack(areas.areas.to_crs(6668)),
        "gap_area_counts": {name: int(value) for name, value in areas.counts.items()},
        "inequality": pack(inequality.areas),
        "indices": {name: _numbers(asdict(index)) for name, index in inequality.indices.items()},
        "clusters": {layer: _clusters(store, city, layer) for layer in LAYER_COLUMNS},
        "kinds": pack(kinds),
        "bottlenecks": _bottlenecks(city),
    }


def _for_areas(city: AssessedCity) -> gpd.GeoDataFrame:
    households, coverage = city.data.households, city.coverage.households
    columns = {
        "status": coverage["status"],
        "gap_class": city.gaps.households["gap_class"],
        "weight": households["weight"],
        "need_visits": coverage["need_visits"],
        "district": households["community_district"],
    }
    return gpd.GeoDataFrame(columns, geometry=households.geometry, index=households.index)


def _clusters(store: Store, city: AssessedCity, layer: str) -> dict | None:
    """Return the clusters of one layer, or None where it has no areas."""
    with store.begin() as session:
        areas = read.read_areas(session, layer)
    if areas.empty:
        return None
    counts = summarise(city.coverage, city.gaps, city.data.households[LAYER_COLUMNS[layer]])
    counts = counts.reindex(areas.index, fill_value=0)
    shapes = to_metric_crs(areas[["geometry"]], city.data.info.metric_epsg)
    given = shapes.assign(households=counts["households"], missed=counts["households"] - counts["watched"])
    found = find_gap_clusters(given)
    return {
        "areas": pack(found.areas[CLUSTER_COLUMNS]),
        "counts": {name: int(value) for name, value in found.counts.items()},
        **_numbers({"moran_i": found.moran_i, "moran_p": found.moran_p}),
    }


def _bottlenecks(city: AssessedCity) -> dict[str, float]:
    """Return what the maximum flow and its cut prove of the city, under today's consents and districts."""
    network, visits = city.gaps.best.network, city.gaps.best.visits
    sets = [part for part in city.gaps.bottlenecks if part.watcher_ids]
    missed = (city.coverage.households["status"] != "watched").to_numpy()
    alone = missed & (network.need > 0) & (np.bincount(network.household, minlength=len(missed)) == 0)
    room = sum(part.at_least_unwatched for part in sets)
    return {
        "sets": len(sets),
        "households": sum(len(part.household_ids) for part in sets),
        "for_want_of_room": room,
        "nobody_may_visit": int(alone.sum()),
        "at_least_unwatched": room + int(alone.sum()),
        "visits_short": float((network.need.sum() - visits.sum()) / VISITS_PER_YEAR),
    }


def _numbers(values: dict) -> dict:
    """Return the values, None where a number is missing."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }
