"""The section that locks standing links, so that no proposal moves them."""

from __future__ import annotations

import streamlit as st

from app import actions, state
from app.ui import proposal_tables
from app.views.deciding import decide


def show(choices: state.Choices, district: str) -> None:
    """Show the standing links of the district; the chosen ones can be locked or freed."""
    words = choices.words
    with st.expander(words("proposals.lock.title")):
        st.caption(words("proposals.lock.help"))
        links, revision = actions.standing_links(choices, district)
        picked = st.dataframe(
            proposal_tables.standing_links(links, words),
            hide_index=True,
            placeholder=words("hidden"),
            key=f"{state.LOCKS_TABLE}_{revision}",
            on_select="rerun",
            selection_mode="multi-row",
        )
        chosen = [links.index[row] for row in picked["selection"]["rows"]]
        lock, free = st.columns(2)
        for column, name, locked in ((lock, "lock", True), (free, "free", False)):
            column.button(
                words(f"proposals.{name}"),
                disabled=not chosen,
                on_click=decide,
                args=(
                    choices,
                    f"proposals.{name}.did",
                    lambda to=locked: actions.lock_links(choices, chosen, to, revision),
                ),
            )
