"""Proposals of one district: made, decided one by one, taken back."""

from __future__ import annotations

import streamlit as st

from app import actions, state
from app.ui import controls, proposal_tables
from app.views import (
    deciding,
    hand_over_part,
    lock_part,
    proposal_making,
    proposal_parts,
    proposal_steps,
    steps,
)

choices = state.choices()
words = choices.words
if not choices.viewer.districts:
    controls.page_head(words("proposals.title"), choices.info, choices.date, choices.season, words)
    st.info(words("proposals.planner"))
    st.stop()
district = steps.choose_district(choices)
name = steps.load_shapes(choices, "community")["name"][district]
title = words("proposals.heading", name=f"{name}（{district}）")
controls.page_head(title, choices.info, choices.date, choices.season, words)
deciding.show_news(words)
view = actions.proposals_view(choices, district)
controls.finding(proposal_tables.proposals_finding(view, words), words("proposals.definition"))
for text in (state.promise(district), *proposal_tables.made_for(view, words)):
    if text:
        st.caption(text)
if view.hidden > 0:
    st.caption(words("proposals.hidden", count=view.hidden))
proposal_parts.show_items(choices, view)
proposal_steps.show(choices, view)
proposal_making.show_making(choices, district)
proposal_making.show_loads(view, words)
lock_part.show(choices, district)
hand_over_part.show(choices, district)
proposal_making.show_edits(choices, view)
