"""What scenarios suppose first, beside the proposals of a district: decided one by one."""

from __future__ import annotations

import streamlit as st

from app import actions, state
from app.services.proposal_view import ProposalsView
from app.ui import proposal_tables
from app.ui.escaping import for_markdown
from app.views import steps
from app.views.deciding import decide


def show(choices: state.Choices, view: ProposalsView) -> None:
    """Show the open steps, each in a sentence with its two buttons."""
    words = choices.words
    if view.steps.empty:
        return
    st.subheader(words("proposals.steps"))
    st.caption(words("proposals.steps.help"))
    names = steps.load_shapes(choices, "community")["name"].to_dict()
    for number, step in view.steps.iterrows():
        versions = {number: step["version"]}
        line, accept, reject = st.columns([4, 1, 1], vertical_alignment="center")
        line.markdown("- " + for_markdown(proposal_tables.step_line(step, names, words)))
        accept.button(
            words("proposals.step.accept"),
            key=f"accept_step_{number}",
            on_click=decide,
            args=(
                choices,
                "proposals.step.accepted",
                lambda versions=versions: actions.accept_proposals(choices, versions),
            ),
        )
        reject.button(
            words("proposals.reject"),
            key=f"reject_step_{number}",
            on_click=decide,
            args=(
                choices,
                "proposals.rejected",
                lambda versions=versions: actions.reject_proposals(choices, versions),
            ),
        )
