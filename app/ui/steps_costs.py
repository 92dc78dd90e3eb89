"""The table of prices: as it is shown for editing, and what was edited as rows to keep."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.services.step_results import CostTable
from app.ui.text import Words

RECRUIT = "recruit_"
COLUMNS = ("name", "yen", "per", "stated", "default", "note")
FIXED = ("name", "per", "default")  # nobody edits these


def cost_rows(table: CostTable, words: Words) -> pd.DataFrame:
    """Return the prices as shown, in the order of ``table.costs``; columns COLUMNS, not yet in words."""
    costs = table.costs
    return pd.DataFrame(
        {
            "name": [_name(str(remedy), words) for remedy in costs.index],
            "yen": costs["yen_per_year"].astype(float).to_numpy(),
            "per": [words(f"next.per.{unit}") for unit in costs["unit"]],
            "stated": ~costs["assumed"].to_numpy(dtype=bool),
            "default": costs["default"].astype(float).to_numpy(),
            "note": costs["note"].fillna("").to_numpy(),
        },
        index=costs.index,
    )


def stated_costs(table: CostTable, edited: Mapping[int, Mapping[str, object]]) -> pd.DataFrame:
    """Return the prices the city states after editing: ``remedy``, ``yen_per_year``, ``note``.

    Parameters
    ----------
    table : CostTable
        As it was shown.
    edited : mapping of int to mapping
        By row number, the new values by column of COLUMNS. A price that was changed is one the city states,
        unless its mark was taken away in the same edit.
    """
    costs = table.costs
    rows = []
    for number, (remedy, row) in enumerate(costs.iterrows()):
        changes = edited.get(number, {})
        if changes.get("stated", not row["assumed"] or "yen" in changes):
            note = changes.get("note", row["note"]) or None
            rows.append((remedy, changes.get("yen", row["yen_per_year"]), note))
    return pd.DataFrame(rows, columns=["remedy", "yen_per_year", "note"])


def _name(remedy: str, words: Words) -> str:
    if remedy.startswith(RECRUIT):
        return words("next.cost.recruit", kind=words(f"kind.{remedy.removeprefix(RECRUIT)}"))
    return words(f"next.cost.{remedy}")
