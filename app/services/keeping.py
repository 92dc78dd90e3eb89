"""What of an assessment is kept, and how it is read back: counts for everyone, rows for the door."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.candidates import nearest_candidates
from analysis.coverage import summarise
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph
from app.services.city import LAYER_COLUMNS, AssessedCity
from app.services.results import CityFigures, DatasetInfo, HouseholdView
from geodata.errors import ConflictError
from geodata.models import AnalysisRun, HouseholdResult
from geodata.read import read_dataset
from geodata.results import find_run, save_run
from geodata.session import Store
from geodata.viewer import Viewer

NEAR_BORDER_M = 25.0  # positional accuracy of the official district data
CANDIDATES = 5
_LINK_COLUMNS = ("watcher_id", "role", "visits_per_month", "cost_m", "note")
_CANDIDATE_COLUMNS = ("watcher_id", "cost_m", "room_visits_per_month", "obstacle")


def keep(store: Store, viewer: Viewer, city: AssessedCity) -> AnalysisRun:
    """Save a run with its rows; when another process was quicker, return that one's.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed while it was analysed.
    """
    situation = city.graph.situation
    run = AnalysisRun(
        revision=city.data.info.revision,
        season=situation.season,
        reference_date=situation.date,
        figures=_figures(city),
    )
    households, watchers = _household_rows(city), _watcher_rows(city.graph)
    with store.begin(write=True) as session:
        if read_dataset(session).revision != run.revision:
            raise ConflictError("Expected the data to stay as read, got a newer revision. Run it again.")
        kept = find_run(session, run.revision, run.season, run.reference_date)
        return kept or save_run(session, viewer, run, households, watchers)


def figures_of(info: DatasetInfo, run: AnalysisRun) -> CityFigures:
    """Return a kept run's figures."""
    figures = run.figures
    return CityFigures(
        info=info,
        season=run.season,
        date=run.reference_date,
        basis=figures["basis"],
        detour_factor=figures["detour_factor"],
        totals=figures["totals"],
        layers={
            layer: pd.DataFrame(rows, columns=columns, index=pd.Index(codes, name="code", dtype=object))
            for layer, (codes, columns, rows) in figures["layers"].items()
        },
        counts=figures["counts"],
    )


def _figures(city: AssessedCity) -> dict:
    households = city.data.households
    everywhere = pd.Series("", index=households.index)
    totals = summarise(city.coverage, city.gaps, everywhere).iloc[0]
    layers = {
        layer: _pack(_named(summarise(city.coverage, city.gaps, households[column]), city.data.names[layer]))
        for layer, column in LAYER_COLUMNS.items()
    }
    return {
        "basis": city.costs.basis,
        "detour_factor": city.costs.detour_factor,
        "totals": _numbers(totals),
        "layers": layers,
        "counts": _counts(city),
    }


def _named(counts: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Add the areas' names; an area without a household stays, with zeros."""
    everything = counts.reindex(counts.index.union(names.index), fill_value=0)
    everything.insert(0, "name", names.reindex(everything.index).fillna(""))
    return everything


def _pack(frame: pd.DataFrame) -> tuple[list, list, list]:
    return list(frame.index), list(frame.columns), frame.astype(object).to_numpy().tolist()


def _numbers(row: pd.Series) -> dict[str, float]:
    return {name: float(value) for name, value in row.items()}


def _counts(city: AssessedCity) -> dict[str, int]:
    households = city.data.households
    answers = households["district_answers"].fillna(0)
    return {
        **{name: int(value) for name, value in city.costs.counts.items()},
        **{name: int(value) for name, value in city.graph.counts.items()},
        "households_no_district": int((answers == 0).sum()),
        "households_several_districts": int((answers > 1).sum()),
        "households_near_border": int((households["border_distance_m"] < NEAR_BORDER_M).sum()),
        "closable_households": int(city.gaps.closable_households),
        "streets": len(city.data.streets),
    }


def _household_rows(city: AssessedCity) -> pd.DataFrame:
    """Return one row a household as the result table holds it."""
    coverage, gaps = city.coverage.households, city.gaps.households
    rows = pd.DataFrame(
        {
            "status": coverage["status"].astype(object),
            "backed_up": coverage["backed_up"].astype(bool),
            "connected": coverage["connected"].astype(bool),
            "gap_class": gaps["gap_class"].astype(object).where(gaps["gap_class"].notna(), None),
            "gap_classes": gaps["gap_classes"].str.join(";"),
        },
        index=coverage.index,
    )
    details = zip(
        coverage["delivered_visits"].to_numpy(),
        _lists(_link_rows(city.graph), len(rows)),
        _lists(_candidate_rows(city.graph), len(rows)),
        gaps["consent_needed"].astype(object).where(gaps["consent_needed"].notna(), None),
        gaps["neighbour_districts"],
        _tight_sets(city),
        strict=True,
    )
    rows["detail"] = [
        {
            "delivered": delivered / VISITS_PER_YEAR,
            "watched_by": watched_by,
            "could_watch": could_watch,
            "consent_needed": None if level is None else int(level),
            "neighbour_districts": list(districts),
            "tight_set": tight,
        }
        for delivered, watched_by, could_watch, level, districts, tight in details
    ]
    return rows


def _link_rows(graph: WatchGraph) -> pd.DataFrame:
    """Return every standing assignment and notice as rows of household position and what is shown of it."""
    assigned = graph.assigned[(graph.assigned["household"] >= 0) & (graph.assigned["watcher"] >= 0)]
    cost = graph.links["cost_m"].to_numpy()
    links = pd.DataFrame(
        {
            "household": assigned["household"],
            "watcher_id": graph.watchers.index.to_numpy()[assigned["watcher"]],
            "role": assigned["role"],
            "visits_per_month": assigned["delivered_visits"] / VISITS_PER_YEAR,
            "cost_m": [round(float(cost[link])) if link >= 0 else None for link in assigned["link"]],
            "note": assigned["reason"].astype(object),
        }
    )
    notices = pd.DataFrame(
        {
            "household": graph.notices["household"],
            "watcher_id": graph.watchers.index.to_numpy()[graph.notices["watcher"]],
            "role": "notices",
            "visits_per_month": None,
            "cost_m": None,
            "note": None,
        }
    )
    parts = [part.astype(object) for part in (links, notices) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else links


def _candidate_rows(graph: WatchGraph) -> pd.DataFrame:
    candidates = nearest_candidates(graph, limit=CANDIDATES)
    watchers = candidates["watcher"].to_numpy()
    return pd.DataFrame(
        {
            "household": candidates["household"],
            "watcher_id": graph.watchers.index.to_numpy()[watchers],
            "cost_m": candidates["cost_m"].round(),
            "room_visits_per_month": graph.watchers["room_visits"].to_numpy()[watchers] / VISITS_PER_YEAR,
            "obstacle": candidates["obstacle"],
        }
    )


def _lists(rows: pd.DataFrame, households: int) -> list[list[dict]]:
    """Return, for each household position, its rows as plain records in their order."""
    rows = rows.sort_values("household", kind="stable")
    plain = rows.drop(columns="household").astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    ends = np.searchsorted(rows["household"].to_numpy(dtype=int), np.arange(households + 1))
    return [records[start:end] for start, end in itertools.pairwise(ends)]


def _tight_sets(city: AssessedCity) -> Iterable[dict | None]:
    """Return, for each household, the counts of the tight set that proves its gap, or none."""
    proofs = {
        household: {
            "households": len(proof.household_ids),
            "watchers": len(proof.watcher_ids),
            "need_visits": int(proof.need_visits),
            "room_visits": int(proof.room_visits),
            "at_least_unwatched": int(proof.at_least_unwatched),
        }
        for proof in city.gaps.tight_sets
        for household in proof.household_ids
    }
    return (proofs.get(household) for household in city.coverage.households.index)


def _watcher_rows(graph: WatchGraph) -> pd.DataFrame:
    watchers = graph.watchers
    served = graph.links[graph.links["delivered_visits"] > 0]["watcher"]
    return pd.DataFrame(
        {
            "in_office": watchers["in_office"].astype(bool),
            "delivered": watchers["load_visits"] / VISITS_PER_YEAR,
            "promised": watchers["promised_visits"] / VISITS_PER_YEAR,
            "households": np.bincount(served, minlength=len(watchers)).astype(int),
        },
        index=watchers.index,
    )


def join_results(households: gpd.GeoDataFrame, results: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join a run's results to the households seen; detail becomes plain columns."""
    joined = households.join(results.drop(columns=["run_id", "detail"]), how="inner")
    detail = results["detail"].reindex(joined.index)
    joined["gap_classes"] = joined["gap_classes"].fillna("").str.split(";").map(tuple)
    joined["delivered"] = [entry["delivered"] for entry in detail]
    joined["watched_by"] = [
        ", ".join(row["watcher_id"] for row in entry["watched_by"] if row["note"] is None) for entry in detail
    ]
    return joined


def explain(result: HouseholdResult, facts: pd.DataFrame, district_names: pd.Series) -> HouseholdView:
    """Return one household's answer; watchers with kind and organisation, districts by name."""
    detail = result.detail
    watched_by = pd.DataFrame(detail["watched_by"], columns=_LINK_COLUMNS)
    could_watch = pd.DataFrame(detail["could_watch"], columns=_CANDIDATE_COLUMNS)
    visiting = watched_by.loc[watched_by["note"].isna() & (watched_by["role"] == "primary"), "watcher_id"]
    could_watch = could_watch[~could_watch["watcher_id"].isin(visiting)]
    described = facts[["kind", "organisation"]]
    return HouseholdView(
        household_id=result.household_id,
        status=result.status,
        gap_class=result.gap_class,
        gap_classes=tuple((result.gap_classes or "").split(";")) if result.gap_classes else (),
        consent_needed=detail["consent_needed"],
        neighbour_districts=tuple(district_names.reindex(detail["neighbour_districts"]).dropna()),
        tight_set=detail["tight_set"],
        watched_by=watched_by.join(described, on="watcher_id"),
        could_watch=could_watch.join(described, on="watcher_id"),
    )
