"""Accepting with another watcher or other visits, and accepting all that are left."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import actions, state
from app.services.proposal_view import ProposalsView
from app.ui import proposal_tables
from app.ui.escaping import for_markdown
from app.views.deciding import decide


def show_accept_all(choices: state.Choices, view: ProposalsView) -> None:
    """Show for each batch the button that accepts every item that can be, in one edit."""
    words = choices.words
    for name, batch in view.links.groupby("batch", sort=False):
        versions = batch["version"].to_dict()
        label = words("proposals.accept_all", count=batch["item"].nunique())
        st.button(
            label + for_markdown(proposal_tables.batch_name(batch, words)),
            key=f"accept_all_{name}",
            on_click=decide,
            args=(
                choices,
                "proposals.accepted_all",
                lambda versions=versions: actions.accept_all(choices, versions),
            ),
        )


def show(choices: state.Choices, item: pd.DataFrame, note: str | None) -> None:
    """Show the form that accepts with another watcher or other visits."""
    words, versions = choices.words, item["version"].to_dict()
    changeable = item[(item["role"] == "primary") & (item["action"] == "add")]
    if changeable.empty:
        return
    row = changeable.iloc[0]
    options = {one["watcher_id"]: one for one in row["detail"]["alternatives"]}
    with st.expander(words("proposals.change")):
        watcher = st.selectbox(
            words("proposals.change.watcher"),
            list(options),
            format_func=lambda name: proposal_tables.watcher_option(options[name], words),
            key=f"watcher_{row.name}",
        )
        visits = st.number_input(
            words("proposals.change.visits"),
            min_value=0.01,
            value=float(row["visits_per_month"]),
            step=0.5,
            key=f"visits_{row.name}",
        )
        how = {"proposal_id": row.name, "watcher_id": watcher, "visits_per_month": visits, "note": note}
        st.button(
            words("proposals.change"),
            key=f"change_{row.name}",
            on_click=decide,
            args=(choices, "proposals.accepted", lambda: actions.change_proposal(choices, versions, how)),
        )
