"""The tables of the page of next steps; counts of 1 to 9 households, and costs that tell them, held back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from app.services.step_results import (
    AgreementSteps,
    BudgetSteps,
    ConsentSteps,
    NextSteps,
    PartnerSteps,
    RecruitSteps,
)
from app.ui.steps_findings import few, percent_up
from app.ui.tables import FEW_AS_NUMBER, held_back, is_small, shown_walk
from app.ui.text import Words
from app.ui.text.formats import count

PEOPLE = ("household", "pair")  # units of an action that count households


def remedies(overview: NextSteps, words: Words) -> Styler:
    """Return the remedies as ranked: what to do, whom it helps, what it costs, how far from the best."""
    rows = [_remedy(str(name), row, words) for name, row in overview.remedies.iterrows()]
    columns = ("remedy", "do", "households", "effect", "visits", "cost", "price", "each", "proof")
    return _styled(
        pd.DataFrame(rows, columns=list(columns)),
        words,
        counts=("households",),
        whole=("visits", "cost", "each"),
    )


def recruit_places(found: RecruitSteps, words: Words) -> Styler:
    """Return the places in the order of their gain."""
    places = found.places
    table = pd.DataFrame(
        {
            "order": places["order"].to_numpy(),
            "district": _names(places["district_name"], words),
            "visits": places["weighted_visits_gained"].to_numpy(dtype=float),
            "gained": _held(places["households_gained"]),
            "visited": _held(places["households_visited"]),
        }
    )
    return _styled(table, words, counts=("gained", "visited"), tenths=("visits",))


def partners(found: PartnerSteps, words: Words) -> Styler:
    """Return the partners in the order of signing."""
    rows = found.partners
    table = pd.DataFrame(
        {
            "order": rows["order"].to_numpy(),
            "partner": rows["organisation"].fillna(words("next.partner.alone")).to_numpy(),
            "kind": rows["kind"].map(lambda kind: words(f"kind.{kind}"), na_action="ignore").to_numpy(),
            "rounds": rows["rounds"].to_numpy(),
            "reached": _held(rows["households_reached"]),
            "enough": _held(rows["households_enough"]),
            "cost": rows["cost"].to_numpy(dtype=float),
        }
    )
    return _styled(table, words, counts=("reached", "enough"), whole=("cost",))


def agreements(found: AgreementSteps, words: Words) -> Styler:
    """Return the pairs: the chosen in their order, then what others would bring alone."""
    rows = found.pairs
    table = pd.DataFrame(
        {
            "order": rows["order"].to_numpy(dtype=float, na_value=np.nan),
            "helper": rows["district_name"].to_numpy(),
            "helped": rows["helped_name"].to_numpy(),
            "gain": rows["gain"].where(rows["order"].notna()).to_numpy(dtype=float),
            "alone": rows["alone"].to_numpy(dtype=float),
            "gained": _held(rows["alone_households"]),
            "walk": [shown_walk(walk, words) if walk > 0 else None for walk in rows["walk_m"]],
        }
    )
    return _styled(table, words, counts=("gained",), whole=("order",), tenths=("gain", "alone"))


def consent_districts(found: ConsentSteps) -> pd.DataFrame:
    """Return the asking by district, most gained first; index ``district``, in numbers."""
    grouped = found.districts.groupby("district")
    table = grouped.agg(asked=("asked", "sum"), gain=("gain", "sum"), expected=("expected", "sum"))
    levels = grouped["ask_level"].apply(lambda level: "・".join(str(one) for one in sorted(set(level))))
    table = table.assign(levels=levels, could_ask=found.could_ask["could_ask"].reindex(table.index))
    table["name"] = grouped["name"].first().replace("", None)
    return table.sort_values("gain", ascending=False, kind="stable")


def consent(rows: pd.DataFrame, words: Words) -> Styler:
    """Return the districts to ask in first (``rows`` as of :func:`consent_districts`)."""
    table = pd.DataFrame(
        {
            "district": _names(rows["name"], words),
            "asked": _held(rows["asked"]),
            "could_ask": _held(rows["could_ask"]),
            "levels": rows["levels"].to_numpy(),
            "if_all": rows["gain"].to_numpy(dtype=float),
            "expected": rows["expected"].to_numpy(dtype=float),
        }
    )
    return _styled(table, words, counts=("asked", "could_ask"), tenths=("if_all", "expected"))


def budget_actions(found: BudgetSteps, point: int, words: Words) -> Styler:
    """Return what one budget is spent on, most gain for its cost first."""
    rows = found.actions[found.actions["point"] == point]
    people = rows["kind"].isin(("assign", "ask"))
    small = people & rows["count"].map(is_small)
    table = pd.DataFrame(
        {
            "order": np.arange(1, len(rows) + 1),
            "part": rows["kind"].map(lambda kind: words(f"next.budget.part.{kind}")).to_numpy(),
            "where": [_where(row, words) for row in rows.to_dict("records")],
            "count": rows["count"].astype(float).mask(small, FEW_AS_NUMBER).to_numpy(),
            "visits": rows["gain"].to_numpy(dtype=float),
            "cost": rows["cost"].mask(small & (rows["cost"] > 0)).to_numpy(dtype=float),
            "per_10000": rows["gain_per_10000"].mask(small).to_numpy(dtype=float),
        }
    )
    return _styled(table, words, counts=("count",), whole=("cost",), tenths=("visits", "per_10000"))


def column_help(names: Sequence[str], words: Words) -> dict:
    """Return the settings that show a column's definition on its heading."""
    return {
        words(f"next.column.{name}"): st.column_config.Column(help=words(f"next.define.{name}"))
        for name in names
    }


def _remedy(name: str, row: pd.Series, words: Words) -> dict[str, object]:
    hides_actions = row["unit"] in PEOPLE and is_small(row["actions"])
    hides_households = is_small(row["households"])
    has_price = not pd.isna(row["cost"])
    number = few(row["actions"], words) if row["unit"] in PEOPLE else count(row["actions"])
    price = ("assumed" if row["assumed"] else "stated") if has_price else "none"
    return {
        "remedy": words(f"next.remedy.{name}"),
        "do": words(f"next.unit.{row['unit']}", count=number),
        "households": held_back(row["households"], hide_small=True),
        "effect": words(f"next.effect.{row['effect']}"),
        "visits": row["visits"],
        "cost": np.nan if hides_actions and row["cost"] else row["cost"],
        "price": words(f"next.price.{price}"),
        "each": np.nan if hides_actions or hides_households else row["cost_per_household"],
        "proof": _proof(row, words),
    }


def _proof(row: pd.Series, words: Words) -> str:
    if row["status"] == "feasible":
        return words("next.proof.short", gap=percent_up(row["gap"]))
    return words(f"next.proof.{row['status']}")


def _where(row: dict, words: Words) -> str:
    if row["kind"] == "agreement":
        return words("next.budget.to", helper=row["district_name"], helped=row["helped_name"])
    return row["district_name"] or words("outlook.no_district")


def _names(names: pd.Series, words: Words) -> np.ndarray:
    return names.replace("", None).fillna(words("outlook.no_district")).to_numpy()


def _held(numbers: pd.Series) -> np.ndarray:
    """Return counts of households as numbers that sort, small ones held back; below 0 counts as none."""
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    return np.array([held_back(value, hide_small=True) for value in values.clip(min=0.0)])


def _styled(
    table: pd.DataFrame,
    words: Words,
    *,
    counts: Sequence[str] = (),
    whole: Sequence[str] = (),
    tenths: Sequence[str] = (),
) -> Styler:
    """Return a table with its headings in words; numbers stay numbers, so that its columns sort."""
    few_text, nothing = words("table.few"), words("hidden")
    formats = {
        **dict.fromkeys(counts, lambda value: few_text if value == FEW_AS_NUMBER else f"{value:,.0f}"),
        **dict.fromkeys(whole, "{:,.0f}"),
        **dict.fromkeys(tenths, "{:,.1f}"),
    }
    heads = {column: words(f"next.column.{column}") for column in table.columns}
    named = {heads[column]: form for column, form in formats.items()}
    return table.rename(columns=heads).style.format(named, na_rep=nothing)
