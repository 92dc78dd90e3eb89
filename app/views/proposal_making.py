"""Making proposals, the rooms they need, and the last changes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import actions, state
from app.services.proposal_view import ProposalsView
from app.ui import controls, proposal_tables
from app.ui.text import Words
from app.views.deciding import decide


def show_making(choices: state.Choices, district: str) -> None:
    """Show the form with the wishes, and make new proposals when asked."""
    words = choices.words
    with st.form("make_proposals"):
        st.subheader(words("proposals.make"))
        st.caption(words("proposals.make.help"))
        left, right = st.columns(2)
        keep = left.radio(
            words("proposals.keep"), ("all", "prefer"), format_func=lambda k: words(f"proposals.keep.{k}")
        )
        even = left.selectbox(
            words("proposals.even"),
            ("no", "largest", "squared"),
            format_func=lambda k: words(f"proposals.even.{k}"),
        )
        wishes = {"keep": keep, "even": even, "district": district}
        wishes["within_district"] = right.checkbox(words("proposals.within"))
        wishes["own_organisation"] = right.checkbox(words("proposals.organisation"))
        wishes["backup"] = right.checkbox(words("proposals.backup"), value=True)
        if not st.form_submit_button(words("proposals.make"), type="primary"):
            return
    batch = actions.make_proposals(choices, wishes, controls.ProgressNotice(words))
    kind = "warning" if batch.status == "infeasible" else "success"
    found = proposal_tables.batch_finding(batch, words)
    state.remember(state.NEWS, (kind, found))
    state.remember(state.PROMISE, (district, found))
    st.rerun()


def show_loads(view: ProposalsView, words: Words) -> None:
    """Show how much room the watchers concerned have left."""
    if len(view.loads):
        st.subheader(words("proposals.loads"))
        st.dataframe(proposal_tables.loads(view, words), hide_index=True)


def show_edits(choices: state.Choices, view: ProposalsView) -> None:
    """Show the last changes of the district, each with a button that takes it back."""
    words = choices.words
    st.subheader(words("proposals.edits"))
    if view.edits.empty:
        st.caption(words("proposals.edits.none"))
    for number, edit in view.edits.head(8).iterrows():
        line, button = st.columns([4, 1])
        line.write(proposal_tables.edit_line(edit, words))
        if pd.isna(edit["undone"]) and edit["act"] != "undo":
            button.button(
                words("proposals.undo"),
                key=f"undo_{number}",
                on_click=decide,
                args=(choices, "proposals.undone", lambda n=number: actions.undo_edit(choices, n)),
            )
