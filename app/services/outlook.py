"""What is fragile, who must be followed, and how many will be watched: of a city just assessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.forecast import Forecast, forecast_coverage, next_re_election
from analysis.fragility import LOSSES, Fragility, assess_fragility
from analysis.frames import VISITS_PER_YEAR
from analysis.succession import succession_list
from app.services.city import AssessedCity
from app.services.packing import pack

YEARS_AHEAD = 5
SEED = 2025  # of the draws: the same data gives the same figures
CRITICAL_HOUSEHOLDS = 10  # lost at once with one watcher: named critical
LEAST_WATCHERS = 3  # of an organisation named to who sees no single watcher
WATCHER_DETAILS = (*LOSSES, "reporters", "age_at_term_end", "needed_by", "reason")


@dataclass(frozen=True)
class Outlook:
    """Fragility, forecast and succession of one date and season."""

    fragility: Fragility
    forecast: Forecast
    succession: pd.DataFrame


def assess_outlook(city: AssessedCity) -> Outlook:
    """Assess every departure, the years ahead and who needs a successor until the next re-election day."""
    fragility = assess_fragility(city.graph, city.coverage, city.gaps.best)
    until = next_re_election(city.graph)
    return Outlook(
        fragility=fragility,
        forecast=forecast_coverage(city.graph, city.coverage, years=YEARS_AHEAD, seed=SEED),
        succession=succession_list(city.graph, city.coverage, fragility.watchers, until=until),
    )


def outlook_figures(city: AssessedCity, outlook: Outlook) -> dict:
    """Return what is kept for everyone: counts, nothing of a single watcher or household."""
    until = next_re_election(city.graph)
    organisations = outlook.fragility.organisations
    named = organisations[organisations["watchers"] >= LEAST_WATCHERS]
    need = city.graph.households["need_visits"].sum() / VISITS_PER_YEAR
    return {
        "forecast": pack(outlook.forecast.dates),
        "population": {name: float(value) for name, value in outlook.forecast.population.items()},
        "next_re_election": None if until is None else until.isoformat(),
        "districts": pack(_by_district(outlook)),
        "organisations": pack(named),
        "organisations_not_named": len(organisations) - len(named),
        "visits": {
            "needed": float(need),
            "delivered": float(city.graph.watchers["load_visits"].sum() / VISITS_PER_YEAR),
            "best": outlook.fragility.best_visits,
        },
        "watchers": _distribution(outlook),
    }


def _by_district(outlook: Outlook) -> pd.DataFrame:
    """Return one row a community district (``""``: whole city) on its watchers."""
    losses = outlook.fragility.watchers
    succession = outlook.succession.reindex(losses.index)
    rows = pd.DataFrame(
        {
            "watchers": 1,
            "critical": (losses["lost_households_at_once"] >= CRITICAL_HOUSEHOLDS).astype(int),
            "irreplaceable": (losses["lost_visits_after"] > 0).astype(int),
            "sole_households": losses["lost_households_at_once"],
            "terms_ending": succession["reason"].isin(["term", "both"]).astype(int),
            "of_high_age": succession["reason"].isin(["age", "both"]).astype(int),
        }
    )
    district = losses["district"].fillna("").to_numpy()
    summed = rows.groupby(district).sum()
    summed["most_lost"] = losses["lost_households_at_once"].groupby(district).max()
    return summed.rename_axis("code")


def _distribution(outlook: Outlook) -> dict[str, float]:
    """Return how the losses are spread over all watchers."""
    losses = outlook.fragility.watchers
    after, at_once = losses["lost_visits_after"], losses["lost_households_at_once"]
    return {
        "watchers": len(losses),
        "with_loss_at_once": int((at_once > 0).sum()),
        "critical": int((at_once >= CRITICAL_HOUSEHOLDS).sum()),
        "with_loss_after": int((after > 0).sum()),
        "most_households_at_once": int(at_once.max()) if len(losses) else 0,
        "most_visits_after": float(after.max()) if len(losses) else 0.0,
        "reporting": len(outlook.fragility.reporting),
        "most_disconnected": int(outlook.fragility.reporting["disconnected_households"].max())
        if len(outlook.fragility.reporting)
        else 0,
    }


def watcher_details(city: AssessedCity, outlook: Outlook) -> list[dict]:
    """Return what is kept of each watcher, in the graph's order: losses, reporters, and who must follow."""
    ids = city.graph.watchers.index
    losses = outlook.fragility.watchers[list(LOSSES)].reindex(ids)
    reporting = outlook.fragility.reporting.reindex(ids)
    cut = reporting["disconnected_households"].fillna(losses["disconnected_households"])
    succession = outlook.succession[["age_at_term_end", "needed_by", "reason"]].reindex(ids)
    rows = losses.assign(
        disconnected_households=cut, reporters=reporting["reporters"].fillna(0).astype(np.int64)
    ).join(succession)
    packed = pack(rows)
    return [dict(zip(packed["columns"], row, strict=True)) for row in packed["rows"]]
