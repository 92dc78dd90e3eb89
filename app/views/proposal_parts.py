"""The list of open proposals, and the chosen one with its map and decisions."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from app import actions, state
from app.services.proposal_view import ProposalsView
from app.ui import proposal_tables
from app.views import proposal_change, steps
from app.views.deciding import decide


def show_items(choices: state.Choices, view: ProposalsView) -> None:
    """Show the open proposals; the chosen one with its map and what can be decided."""
    words = choices.words
    if view.links.empty:
        return
    table = proposal_tables.item_rows(view, words)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        # A key of its own after each decision: nothing stays chosen that a second click could decide.
        picked = st.dataframe(
            table,
            hide_index=True,
            placeholder=words("hidden"),
            key=f"{state.PROPOSALS_TABLE}_{view.revision}_{view.counts}",
            on_select="rerun",
            selection_mode="single-row",
        )
        proposal_change.show_accept_all(choices, view)
    with right:
        rows = picked["selection"]["rows"]
        if not rows:
            st.info(words("proposals.choose"))
            return
        _show_item(choices, view, view.links[view.links["item"] == view.links["item"].iloc[rows[0]]])


def _show_item(choices: state.Choices, view: ProposalsView, item: pd.DataFrame) -> None:
    words, versions = choices.words, item["version"].to_dict()
    st_folium(
        proposal_tables.item_map(view, item, steps.load_shapes(choices, "community"), words=words),
        height=300,
        use_container_width=True,
        returned_objects=[],
    )
    note = st.text_input(words("proposals.note"), max_chars=200, key=f"note_{item.index[0]}") or None
    accept, reject = st.columns(2)
    accept.button(
        words("proposals.accept"),
        type="primary",
        width="stretch",
        on_click=decide,
        args=(choices, "proposals.accepted", lambda: actions.accept_proposals(choices, versions, note)),
    )
    reject.button(
        words("proposals.reject"),
        width="stretch",
        on_click=decide,
        args=(choices, "proposals.rejected", lambda: actions.reject_proposals(choices, versions, note)),
    )
    proposal_change.show(choices, item, note)
