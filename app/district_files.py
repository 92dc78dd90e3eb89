"""The files `analyse --district` writes for a coordinator: what this viewer may see of one district."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.frames import ACTIVE_KINDS
from app.analysis_summary import heading
from app.analysis_tables import marked
from app.reports import restricted_note
from app.services.network_results import NetworkView
from app.services.results import CityFigures, DistrictView
from app.ui.text import Words
from app.ui.text.formats import amount
from geodata.exporters import write_csv, write_geojson, write_json

HANDLING = "network.paper.restricted"  # for the district only, not for the whole city hall
_LOSSES = ["lost_households_at_once", "lost_visits_at_once", "lost_visits_after"]
_COUNTS = ["disconnected_households", "reporters", "age_at_term_end"]
_GAP_COLUMNS = ["status", "gap_class", "household_type", "visits_per_month", "delivered", "geometry"]
_PROOF = {
    "proof_households": "households",
    "proof_watchers": "watchers",
    "proof_visits_needed_a_year": "need_visits",
    "proof_visits_possible_a_year": "room_visits",
    "proof_at_least_unwatched": "at_least_unwatched",
}


def write_district(
    view: DistrictView, network: NetworkView, reasons: pd.DataFrame, out: Path, words: Words
) -> list[Path]:
    """Write summary, missed households, their reasons, the district's watchers and its network.

    Parameters
    ----------
    view, network : of the same district, viewer, season and date
    reasons : pandas.DataFrame
        As :func:`app.services.reasons.load_reasons` returns it.
    """
    figures = network.city
    note = restricted_note(figures, words, HANDLING)
    out.mkdir(parents=True, exist_ok=True)
    names = ("gaps.geojson", "reasons.csv", "watchers.csv", "network.json", "summary.json")
    paths = [out / name for name in names]
    missed = view.households[view.households["status"] != "watched"]
    write_geojson(paths[0], missed[_GAP_COLUMNS], note=note)
    write_csv(paths[1], marked(reason_table(view, reasons, words), figures, note))
    write_csv(paths[2], marked(watcher_table(view, words), figures, note))
    write_json(paths[3], describe_network(network, words))
    write_json(paths[4], summarise_district(view, network, words))
    return paths


def summarise_district(view: DistrictView, network: NetworkView, words: Words) -> dict[str, Any]:
    """Return the district's counts (exact, all households), its watchers and its network."""
    own = _own_watchers(view)
    reasons = own["reason"].value_counts()
    return {
        **_heading(view, network.city, words),
        "figures": view.figures,
        "watchers": {
            "posts": len(own),
            "in_office": int(own["in_office"].eq(True).sum()),
            "vacant": int((own["status"] == "vacant").sum()),
            "successor_needed": {name: int(number) for name, number in reasons.items()},
        },
        "network": network.measures.counts,
    }


def describe_network(network: NetworkView, words: Words) -> dict[str, Any]:
    """Return the district's watch network as this viewer may see it: people, lines, parts, who is cut off."""
    measures = network.measures
    people = pd.DataFrame(network.watchers.drop(columns=network.watchers.geometry.name))
    people = people.sort_values(["households_lost", "households"], ascending=False, kind="stable")
    homes = measures.households
    cut_off = homes.loc[~homes["connected"].astype(bool), ["reason"]]
    return {
        **_heading(network, network.city, words),
        "counts": measures.counts,
        "people": _records(people.reset_index()),
        "bridges": _records(measures.bridges),
        "circles": measures.circles,
        "parts": _records(measures.parts),
        "households_without_way": _records(cut_off.reset_index()),
    }


def watcher_table(view: DistrictView, words: Words) -> pd.DataFrame:
    """Return the district's own watchers, those who need a successor soonest first.

    Then those with households that have nobody else, then all others; of equals the one whose visits fewest
    others could make. Posts without a person and passive watchers have no losses.
    """
    own = _own_watchers(view).reset_index()
    table = pd.DataFrame(
        {
            "watcher_id": own["watcher_id"],
            "kind": own["kind"],
            "kind_in_words": own["kind"].map(lambda kind: words(f"kind.{kind}")),
            "status": own["status"],
            "in_office": own["in_office"],
            "term_end": own["term_end"],
            "age_at_term_end": own["age_at_term_end"],
            "households": own["households"],
            "visits_made_a_month": own["delivered"],
            "visits_possible_a_month": own["visits_per_month"].where(own["kind"].isin(ACTIVE_KINDS)),
            **{name: own[name] for name in (*_LOSSES, *_COUNTS[:2])},
            "needed_by": own["needed_by"],
            "reason": own["reason"],
            "reason_in_words": own["reason"].map(
                lambda name: words(f"analyse.successor.{name}"), na_action="ignore"
            ),
        }
    )
    visits = [name for name in table.columns if "visits" in name]
    table[visits] = table[visits].astype(float).round(1)
    whole = ["households", *_LOSSES[:1], *_COUNTS]
    table[whole] = table[whole].astype(float).astype("Int64")
    table["without"] = table["reason"].isna()
    order = ["needed_by", "without", "lost_visits_after", "lost_households_at_once", "watcher_id"]
    table = table.sort_values(order, ascending=[True, True, False, False, True], kind="stable")
    return table.drop(columns="without").reset_index(drop=True)


def reason_table(view: DistrictView, reasons: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the missed households this viewer may see, each with its reasons, remedy and proof."""
    proofs = [{} if proof is None else proof for proof in reasons["tight_set"]]
    return pd.DataFrame(
        {
            "household_id": reasons.index,
            "status": reasons["status"],
            "visits_needed_a_month": view.households["visits_per_month"].reindex(reasons.index).round(2),
            "visits_made_a_month": reasons["delivered"].round(2),
            "gap_class": reasons["gap_class"],
            "gap_class_in_words": reasons["gap_class"].map(lambda name: words(f"gap.{name}")),
            "remedy_in_words": reasons["gap_class"].map(lambda name: words(f"remedy.{name}")),
            "gap_classes": reasons["gap_classes"],
            "consent_needed": reasons["consent_needed"],
            "neighbour_districts": reasons["neighbour_districts"].map(";".join),
            **{column: [proof.get(name) for proof in proofs] for column, name in _PROOF.items()},
            "chain": reasons["chain"].map(lambda chain: _chain_text(chain, words)),
        },
        index=reasons.index,
    ).astype({column: "Int64" for column in ("consent_needed", *_PROOF)})


def _chain_text(chain: list[dict], words: Words) -> str:
    """Write the hand-overs one after the other, the household's own new watcher last."""
    steps = [
        words(
            "analyse.hand_over" if row["from_watcher"] else "analyse.take_up",
            household=row["household_id"] or words("analyse.another_household"),
            old=row["from_watcher"],
            new=row["to_watcher"],
            visits=amount(row["visits_per_month"]),
        )
        for row in chain
    ]
    return words("analyse.then").join(steps)


def _own_watchers(view: DistrictView) -> pd.DataFrame:
    """Return the district's own posts; those of the whole city who stand near it are left out."""
    return pd.DataFrame(view.watchers[view.watchers["district"] == view.code])


def _heading(view: DistrictView | NetworkView, figures: CityFigures, words: Words) -> dict[str, Any]:
    return {
        **heading(figures, words, HANDLING),
        "district": view.code,
        "name": view.name,
        "hidden_households": view.hidden_households,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values that JSON holds; None where one is missing."""
    plain = frame.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
