"""The files of the commands on next steps: for planners, counts of households from 1 to 9 as "<10"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from app.services.step_results import (
    AgreementSteps,
    BudgetSteps,
    ConsentSteps,
    PartnerSteps,
    Proof,
    RecruitSteps,
)
from app.ui.tables import is_small
from app.ui.text import Words
from geodata.exporters import write_csv, write_geojson, write_text

Steps = RecruitSteps | PartnerSteps | AgreementSteps | ConsentSteps | BudgetSteps
_TENTHS = 1


def write_recruit(steps: RecruitSteps, out: Path, words: Words) -> list[Path]:
    """Write the places as a table and a map, and the curve where it was asked for."""
    places = shown(steps.places, ("households_gained", "households_visited", "backups"), words)
    places["households_gained"] = places["households_gained"].where(
        steps.places["households_gained"].fillna(0) >= 0, words("hidden")
    )
    table = pd.DataFrame(places.drop(columns="geometry")).reset_index()
    table = table.assign(lon=places.geometry.x.round(6).to_numpy(), lat=places.geometry.y.round(6).to_numpy())
    tables = {"places.csv": table}
    if len(steps.curve):
        tables["curve.csv"] = shown(steps.curve.drop(columns="share_households"), ("watched",), words)
    return _write(steps, out, words, tables, maps={"places.geojson": places})


def write_partners(steps: PartnerSteps, out: Path, words: Words) -> list[Path]:
    """Write the partners in their order, their rounds, and what each further one adds."""
    homes = ("households_reached", "households_enough")
    tables = {
        "partners.csv": shown(steps.partners, homes, words).reset_index(),
        "curve.csv": shown(steps.curve, (), words).reset_index(),
    }
    return _write(steps, out, words, tables, maps={"rounds.geojson": steps.rounds})


def write_agreements(steps: AgreementSteps, out: Path, words: Words) -> list[Path]:
    """Write all pairs, the chosen first, and who helps whom."""
    tables = {
        "pairs.csv": shown(steps.pairs, ("alone_households", "border_households"), words),
        "flow.csv": shown(steps.flow, ("households",), words),
    }
    return _write(steps, out, words, tables, maps={})


def write_consent(steps: ConsentSteps, out: Path, words: Words) -> list[Path]:
    """Write how many to ask by district and level; which, where they may be shown."""
    own = steps.district is not None
    rows = steps.districts
    could = steps.could_ask.reset_index()
    if not own:
        small = rows["asked"].map(is_small)
        rows = shown(rows, ("asked",), words, along=("gain", "expected"), held=small)
        could = shown(could, ("could_ask",), words)
    tables = {"districts.csv": _rounded(rows), "could_ask.csv": could}
    if own:
        tables["households.csv"] = _rounded(steps.listed).reset_index()
    return _write(steps, out, words, tables, maps={})


def write_budget(steps: BudgetSteps, out: Path, words: Words) -> list[Path]:
    """Write the frontier, what to do at each point, the places named, and the prices."""
    points, actions = steps.points, steps.actions
    asks = points["ask"].map(is_small) | points["assign"].map(is_small)
    costs = ("budget", "cost")
    people = actions["kind"].isin(["ask", "assign"]) & actions["count"].map(is_small)
    told = ("gain", "visits", "cost", "gain_per_10000")
    named = actions.assign(count=actions["count"].astype(object).mask(people, words("table.few")))
    tables = {
        "frontier.csv": shown(points, ("households", "ask", "assign"), words, along=costs, held=asks),
        "actions.csv": shown(named, (), words, along=told, held=people),
        "prices.csv": steps.costs.reset_index(),
    }
    return _write(steps, out, words, tables, maps={"places.geojson": steps.places})


def shown(
    table: pd.DataFrame,
    homes: Sequence[str],
    words: Words,
    *,
    along: Sequence[str] = (),
    held: pd.Series | None = None,
) -> pd.DataFrame:
    """Return a table with counts of households from 1 to 9 as "<10", numbers rounded.

    Parameters
    ----------
    homes : columns that count households
    along : columns that would tell such a count, left out in the rows ``held``
    """
    few = {name: table[name].astype(object).mask(table[name].map(_few), words("table.few")) for name in homes}
    found = _rounded(table).assign(**few)
    if held is not None:
        kept = {name: found[name].astype(object).mask(held, words("hidden")) for name in along}
        found = found.assign(**kept)
    return found


def recruit_json(steps: RecruitSteps) -> dict[str, Any]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null."""
    return {
        **_about(steps),
        "kind": steps.kind,
        "recruits": len(steps.places),
        "fewest": steps.fewest,
        "plan": plan_json(steps.proof),
        "households": whole(
            {
                "all": steps.households,
                "watched_before": steps.before,
                "watched_by_assigning": steps.without,
                "watched_after": steps.after if not is_small(steps.after - steps.without) else None,
                "backed_up": steps.backed_up,
                **{f"missed_{reason}": homes for reason, homes in steps.missed.items()},
            }
        ),
        "cost_yen": steps.cost,
        "cost_assumed": steps.assumed,
        "applied": False,
    }


def partner_json(steps: PartnerSteps) -> dict[str, Any]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null."""
    homes = {name: getattr(steps, name) for name in ("counted", "enough", "noticed", "no_candidate")}
    return {
        **_about(steps),
        "partners": len(steps.partners),
        "plan": plan_json(steps.proof),
        "guarantee": steps.guarantee,
        "households": whole(homes),
        "cost_yen": steps.cost,
        "cost_assumed": steps.assumed,
        "applied": False,
    }


def agreement_json(steps: AgreementSteps) -> dict[str, Any]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null."""
    chosen = steps.pairs[steps.pairs["order"].notna()]
    return {
        **_about(steps),
        "agreements": chosen[["district", "helped_district"]].to_dict("records"),
        "plan": plan_json(steps.proof),
        "households": whole({"newly_watched": steps.households, "by_assigning": steps.without}),
        "cost_yen": steps.cost,
        "cost_assumed": steps.assumed,
        "applied": False,
    }


def consent_json(steps: ConsentSteps) -> dict[str, Any]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null without a district."""
    homes = {
        "asked": steps.asked,
        "newly_watched_if_all_agree": steps.households,
        "could_ask": steps.could_ask_all,
        "refused": steps.refused,
        "both_needed": steps.both_needed,
    }
    own = steps.district is not None
    return {
        **_about(steps),
        "district": steps.district,
        "plan": plan_json(steps.proof),
        "households": homes if own else whole(homes),
        "response_assumed": steps.response,
        "cost_yen": steps.cost if own or not is_small(steps.asked) else None,
        "cost_assumed": steps.assumed,
    }


def budget_json(steps: BudgetSteps) -> dict[str, Any]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null."""
    row = steps.points.loc[steps.chosen]
    held = is_small(row["ask"]) or is_small(row["assign"])
    return {
        **_about(steps),
        "plan": plan_json(steps.proof),
        "households": whole({"newly_watched": int(row["households"]), "by_assigning": steps.assigned}),
        "cost_yen": None if held else float(row["cost"]),
        "points": len(steps.points),
        "prices_assumed": sorted(steps.costs.index[steps.costs["assumed"]]),
    }


def plan_json(proof: Proof) -> dict[str, Any]:
    """Return value, bound and gap of a plan with their unit."""
    return {
        "status": proof.status,
        "value": round(float(proof.value), 6),
        "bound": round(float(proof.bound), 6),
        "unit": proof.unit,
        "gap": round(float(proof.gap), 9),
    }


def whole(homes: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return counts of households, None for one from 1 to 9."""
    return {name: None if number is None or is_small(number) else number for name, number in homes.items()}


def _about(steps: Steps) -> dict[str, Any]:
    info = steps.info
    return {
        "city": info.name,
        "synthetic": info.synthetic,
        "date": steps.date.isoformat(),
        "season": steps.season,
        "revision_read": info.revision,
    }


def _few(number: float) -> bool:
    return not pd.isna(number) and is_small(number)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with visits, metres and yen to a tenth, shares to four decimals."""
    floats = [name for name in table.columns if table[name].dtype.kind == "f"]
    fine = [name for name in floats if name == "gap" or name.startswith("share")]
    return table.round({**dict.fromkeys(floats, _TENTHS), **dict.fromkeys(fine, 4)})


def _write(
    steps: Steps,
    out: Path,
    words: Words,
    tables: Mapping[str, pd.DataFrame],
    *,
    maps: Mapping[str, gpd.GeoDataFrame],
) -> list[Path]:
    """Write marked tables, maps with something on them, and what they are; an old file does not stay."""
    command = _COMMANDS[type(steps)]
    note = _heading(steps, words)
    out.mkdir(parents=True, exist_ok=True)
    for name in _NAMES[command]:
        (out / name).unlink(missing_ok=True)
    for name, table in tables.items():
        marks = table.assign(
            reference_date=steps.date.isoformat(),
            reference_season=steps.season,
            synthetic=steps.info.synthetic,
        )
        marks.insert(0, "handling", note)
        write_csv(out / name, marks)
    kept = {name: layer for name, layer in maps.items() if len(layer)}
    for name, layer in kept.items():
        write_geojson(out / name, layer, note=note)
    names = [*tables, *kept]
    lines = [f"{name}: {words(f'steps.file.{command}.{name}')}" for name in names]
    read_me = words("steps.read_me.district" if _is_own(steps) else "steps.read_me")
    write_text(out / "READ_ME.txt", "\n".join((note, "", read_me, words("define.watched"), "", *lines, "")))
    return [out / name for name in ("READ_ME.txt", *names)]


def _heading(steps: Steps, words: Words) -> str:
    synthetic = f" {words('synthetic')}" if steps.info.synthetic else ""
    when = f"{steps.date.isoformat()} {words(f'season.{steps.season}')}"
    handling = "network.paper.restricted" if _is_own(steps) else "report.restricted"
    return f"{steps.info.name}{synthetic} {when} {words(handling)}"


def _is_own(steps: Steps) -> bool:
    return isinstance(steps, ConsentSteps) and steps.district is not None


_COMMANDS: dict[type, str] = {
    RecruitSteps: "recruit",
    PartnerSteps: "partners",
    AgreementSteps: "agreements",
    ConsentSteps: "consent",
    BudgetSteps: "budget",
}
_NAMES = {
    "recruit": ("places.csv", "curve.csv", "places.geojson"),
    "partners": ("partners.csv", "curve.csv", "rounds.geojson"),
    "agreements": ("pairs.csv", "flow.csv"),
    "consent": ("districts.csv", "could_ask.csv", "households.csv"),
    "budget": ("frontier.csv", "actions.csv", "prices.csv", "places.geojson"),
}
