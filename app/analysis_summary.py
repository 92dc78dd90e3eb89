"""What summary.json of the city says: figures for a program, small counts of households held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analysis.clusters import CLUSTER_KINDS
from app.services.cells import SMALLEST_SHOWN
from app.services.results import CityFigures, ClusterFigures, OutlookFigures, PatternFigures
from app.ui.text import Words

FORECAST_CASES = ("expected", "low", "high", "best", "age_limit", "worst")
_DIGITS = 4  # of shares, indices and visits in JSON


def heading(figures: CityFigures, words: Words, handling: str = "report.restricted") -> dict[str, Any]:
    """Return what every JSON file begins with: whose data, of which day and season, and who may see it."""
    return {
        "city": figures.info.name,
        "synthetic": figures.info.synthetic,
        "restricted": words(handling),
        "language": words.language,
        "date": figures.date.isoformat(),
        "season": figures.season,
        "revision": figures.info.revision,
        "basis": figures.basis,
        "detour_factor": figures.detour_factor,
    }


def summarise_city(figures: CityFigures, words: Words) -> dict[str, Any]:
    """Return the city's figures; counts of households from 1 to 9 are None and named as hidden.

    Every number that counts households stands under a name with ``households`` in it.
    """
    plain = {
        "households": dict(figures.totals),
        "counts": dict(figures.counts),
        "outlook": _outlook(figures),
        "patterns": _patterns(figures.patterns),
    }
    return {
        **heading(figures, words),
        "definition": words("define.watched"),
        **hold_back(plain),
        "hidden": sorted(_hidden(plain)),
        "areas": {layer: len(rows.drop(index="", errors="ignore")) for layer, rows in figures.layers.items()},
    }


def hold_back(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Return nested figures with small counts of households as None, other numbers rounded."""
    if isinstance(value, dict):
        return {name: hold_back(inner, (*path, name)) for name, inner in value.items()}
    if _is_held_back(value, path):
        return None
    return round(value, _DIGITS) if isinstance(value, float) else value


def _hidden(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted name of every count held back."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _hidden(inner, (*path, name))
    elif _is_held_back(value, path):
        yield ".".join(path)


def _is_held_back(value: Any, path: tuple[str, ...]) -> bool:
    counts_households = any("households" in name for name in path)
    return counts_households and isinstance(value, int | float) and 0 < value < SMALLEST_SHOWN


def _outlook(figures: CityFigures) -> dict[str, Any]:
    outlook, until = figures.outlook, figures.outlook.next_re_election
    return {
        "next_re_election": None if until is None else until.isoformat(),
        "after_re_election": _after_re_election(figures),
        "population": outlook.population,
        "visits_a_month": outlook.visits,
        "watchers": _watchers(outlook),
        "organisations": {"named": len(outlook.organisations), "not_named": outlook.organisations_not_named},
    }


def _after_re_election(figures: CityFigures) -> dict[str, Any] | None:
    """Return the forecast of the day after the terms have ended; None where no term end is known."""
    rows = figures.outlook.forecast
    rows = rows[rows["event"] == "re_election"]
    if rows.empty:
        return None
    row = rows.iloc[0]
    households = {case: round(float(row[f"households_{case}"])) for case in FORECAST_CASES}
    return {
        "date": row["date"],
        "terms_ended": int(row["terms_ended"]),
        "watchers_expected": float(row["watchers_expected"]),
        "households_watched": {"today": round(figures.totals["watched"]), **households},
    }


def _watchers(outlook: OutlookFigures) -> dict[str, float]:
    """Return how losses spread over watchers; what counts households says so in its name."""
    renamed = {"most_disconnected": "most_households_disconnected"}
    return {renamed.get(name, name): value for name, value in outlook.watchers.items()}


def _patterns(patterns: PatternFigures) -> dict[str, Any]:
    proof, areas = patterns.bottlenecks, patterns.gap_area_counts
    missed = {name: number for name, number in areas.items() if name.startswith("missed")}
    return {
        "bottlenecks": {
            "sets": proof["sets"],
            "households": proof["households"],
            "households_for_want_of_room": proof["for_want_of_room"],
            "households_nobody_may_visit": proof["nobody_may_visit"],
            "households_at_least_unwatched": proof["at_least_unwatched"],
            "visits_short_a_month": proof["visits_short"],
        },
        "gap_areas": {
            "number": len(patterns.gap_areas),
            "cells": areas["cells"],
            "cells_in_areas": areas["cells_in_areas"],
            "households": missed,
        },
        "inequality": patterns.indices,
        "clusters": {layer: _clusters(found) for layer, found in patterns.clusters.items()},
    }


def _clusters(found: ClusterFigures | None) -> dict[str, Any] | None:
    if found is None:
        return None
    kinds = {kind: found.counts[kind] for kind in CLUSTER_KINDS}
    return {"tested": found.counts["tested"], **kinds, "moran_i": found.moran_i, "moran_p": found.moran_p}
