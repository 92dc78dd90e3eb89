"""What of an assessment is kept, and how it is read back: counts for everyone, rows for the door."""

from __future__ import annotations

import datetime as dt
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
from app.services.outlook import WATCHER_DETAILS, Outlook, outlook_figures, watcher_details
from app.services.packing import pack, unpack, unpack_areas
from app.services.patterns import pattern_figures
from app.services.results import (
    CityFigures,
    ClusterFigures,
    DatasetInfo,
    HouseholdView,
    OutlookFigures,
    PatternFigures,
)
from geodata.errors import ConflictError
from geodata.models import AnalysisRun, HouseholdResult
from geodata.read import read_dataset
from geodata.results import find_run, save_run
from geodata.session import Store
from geodata.viewer import Viewer

STORAGE_EPSG = 6668
NEAR_BORDER_M = 25.0  # positional accuracy of the official district data
CANDIDATES = 5
_LINK_COLUMNS = ("watcher_id", "role", "visits_per_month", "cost_m", "note")
_CHAIN_COLUMNS = ("household_id", "from_watcher", "to_watcher", "visits_per_month")
_NAMED_WATCHERS = 12  # of a tight set whose watchers are told one by one
_CANDIDATE_COLUMNS = ("watcher_id", "cost_m", "room_visits_per_month", "obstacle")


def keep(store: Store, viewer: Viewer, city: AssessedCity, outlook: Outlook) -> AnalysisRun:
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
        figures=_figures(city)
        | {"outlook": outlook_figures(city, outlook), "patterns": pattern_figures(store, city)},
    )
    households, watchers = _household_rows(city), _watcher_rows(city, outlook)
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
        layers={layer: unpack(packed, "code") for layer, packed in figures["layers"].items()},
        counts=figures["counts"],
        outlook=_outlook_of(figures["outlook"]),
        patterns=_patterns_of(figures["patterns"]),
    )


def _outlook_of(kept: dict) -> OutlookFigures:
    day = kept["next_re_election"]
    return OutlookFigures(
        forecast=unpack(kept["forecast"], "step"),
        population=kept["population"],
        next_re_election=None if day is None else dt.date.fromisoformat(day),
        districts=unpack(kept["districts"], "code"),
        organisations=unpack(kept["organisations"], "organisation"),
        organisations_not_named=kept["organisations_not_named"],
        visits=kept["visits"],
        watchers=kept["watchers"],
    )


def _patterns_of(kept: dict) -> PatternFigures:
    clusters = {
        layer: None if found is None else ClusterFigures(**{**found, "areas": unpack(found["areas"], "code")})
        for layer, found in kept["clusters"].items()
    }
    return PatternFigures(
        gap_areas=unpack_areas(kept["gap_areas"], "area_id", STORAGE_EPSG),
        gap_area_counts=kept["gap_area_counts"],
        inequality=unpack(kept["inequality"], "code"),
        indices=kept["indices"],
        clusters=clusters,
        kinds=unpack(kept["kinds"], "kind"),
        bottlenecks=kept["bottlenecks"],
    )


def _figures(city: AssessedCity) -> dict:
    households = city.data.households
    everywhere = pd.Series("", index=households.index)
    totals = summarise(city.coverage, city.gaps, everywhere).iloc[0]
    layers = {
        layer: pack(_named(summarise(city.coverage, city.gaps, households[column]), city.data.names[layer]))
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
        "terms_over": _terms_over(city),
        "closable_households": int(city.gaps.closable_households),
        "streets": len(city.data.streets),
    }


def _terms_over(city: AssessedCity) -> int:
    """Count the watchers of the register whose term ends between the data's day and the one looked at.

    They count as gone, since nobody knows who follows them.
    """
    term_end = pd.to_datetime(city.data.watchers["term_end"])
    standing = city.data.watchers["status"] == "active"
    start, day = (pd.Timestamp(date) for date in (city.data.info.reference_date, city.graph.situation.date))
    return int((standing & (term_end >= start) & (term_end < day)).sum())


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
        _lists(_chain_rows(city), len(rows)),
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
            "chain": chain,
        }
        for delivered, watched_by, could_watch, level, districts, tight, chain in details
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


def _chain_rows(city: AssessedCity) -> pd.DataFrame:
    """Return the hand-overs for each household that a rebalance serves, its own new visits last."""
    chains = city.gaps.chains
    household = city.coverage.households.index.get_indexer(chains["for_household"])
    is_own = (chains["household_id"] == chains["for_household"]).to_numpy()
    rows = chains[list(_CHAIN_COLUMNS)].assign(household=household, is_own=is_own)
    return rows.sort_values(["household", "is_own"], kind="stable").drop(columns="is_own")


def _tight_sets(city: AssessedCity) -> Iterable[dict | None]:
    """Return, for each household, the counts of the smallest tight set that holds it, or none."""
    proofs: dict[str, dict] = {}
    for proof in sorted(city.gaps.tight_sets, key=lambda found: -len(found.watcher_ids)):
        described = {
            "households": len(proof.household_ids),
            "watchers": len(proof.watcher_ids),
            "need_visits": int(proof.need_visits),
            "room_visits": int(proof.room_visits),
            "at_least_unwatched": int(proof.at_least_unwatched),
            "watcher_ids": list(proof.watcher_ids) if len(proof.watcher_ids) <= _NAMED_WATCHERS else [],
        }
        proofs |= dict.fromkeys(proof.household_ids, described)
    watched = (city.coverage.households["status"] == "watched").to_numpy()
    return (
        None if is_watched else proofs.get(household)
        for household, is_watched in zip(city.coverage.households.index, watched, strict=True)
    )


def _watcher_rows(city: AssessedCity, outlook: Outlook) -> pd.DataFrame:
    graph, watchers = city.graph, city.graph.watchers
    served = graph.links[graph.links["delivered_visits"] > 0]["watcher"]
    rows = pd.DataFrame(
        {
            "in_office": watchers["in_office"].astype(bool),
            "delivered": watchers["load_visits"] / VISITS_PER_YEAR,
            "promised": watchers["promised_visits"] / VISITS_PER_YEAR,
            "households": np.bincount(served, minlength=len(watchers)).astype(int),
        },
        index=watchers.index,
    )
    return rows.assign(detail=watcher_details(city, outlook))


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


def spread_details(loads: pd.DataFrame) -> pd.DataFrame:
    """Return a run's watcher rows with what stands in their detail as columns of their own."""
    details = pd.DataFrame(list(loads["detail"]), index=loads.index, columns=list(WATCHER_DETAILS))
    return loads.drop(columns=["run_id", "detail"]).join(details)


def explain(
    result: HouseholdResult, facts: pd.DataFrame, district_names: pd.Series, visible: set[str]
) -> HouseholdView:
    """Return one household's answer; watchers with kind and organisation, districts by name.

    Other households of the hand-overs are named only when they are among ``visible``.
    """
    detail = result.detail
    watched_by = pd.DataFrame(detail["watched_by"], columns=_LINK_COLUMNS)
    could_watch = pd.DataFrame(detail["could_watch"], columns=_CANDIDATE_COLUMNS)
    visiting = watched_by.loc[watched_by["note"].isna() & (watched_by["role"] == "primary"), "watcher_id"]
    could_watch = could_watch[~could_watch["watcher_id"].isin(visiting)]
    described = facts[["kind", "organisation"]]
    chain = pd.DataFrame(detail["chain"], columns=_CHAIN_COLUMNS)
    chain["household_id"] = chain["household_id"].where(chain["household_id"].isin(visible), None)
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
        chain=chain,
    )
