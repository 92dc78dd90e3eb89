"""The table of accounts in the reader's language."""

from __future__ import annotations

import pandas as pd

from app.ui.text import Words

_NOTHING = "–"


def state_of(row: pd.Series, words: Words) -> str:
    """Return whether an account is open, closed or still has its first password."""
    if row["is_closed"]:
        return words("accounts.state.closed")
    return words("accounts.state.first" if row["must_change"] else "accounts.state.open")


def accounts_table(accounts: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the accounts with headings: name, role, districts or watcher, state, last sign-in."""
    shown = {
        "name": accounts.index,
        "role": [words(f"role.{role}") for role in accounts["role"]],
        "districts": [
            " ".join(districts) or watcher or _NOTHING
            for districts, watcher in zip(accounts["districts"], accounts["watcher_id"], strict=True)
        ],
        "state": [state_of(row, words) for _, row in accounts.iterrows()],
        "last": pd.to_datetime(accounts["last_sign_in"])
        .dt.strftime("%Y-%m-%d %H:%M")
        .fillna(_NOTHING)
        .to_list(),
    }
    return pd.DataFrame({words(f"accounts.column.{name}"): values for name, values in shown.items()})
