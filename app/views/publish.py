"""Publishing: try what would be shown and hidden, then give it out; only whoever may publish."""

from __future__ import annotations

import streamlit as st

from app import state
from app.publishing_pages import publish_now
from app.ui import controls, publish_tables

choices = state.choices()
words = choices.words
controls.page_head(words("publish.heading"), choices.info, choices.date, choices.season, words)
st.write(words("publish.intro"))
st.caption(words("publish.also"))
also = tuple(
    layer
    for layer in publish_tables.FURTHER
    if st.checkbox(words(f"publish.layer.{layer}"), help=words("publish.also.help"), key=f"also_{layer}")
)
sheet = st.checkbox(words("publish.sheet"), value=True, key="publish_sheet")
asked = (choices.info.revision, choices.season, choices.date, also)
if st.button(words("publish.try")):
    state.remember(state.PUBLISH_TRIED, (asked, publish_now(choices, preview=True, also=also).report))
tried = state.tried_release(asked)
if tried is not None:
    st.subheader(words("publish.tried"))
    for line in publish_tables.report_lines(tried, words):
        st.write(line)
    st.table(publish_tables.report_table(tried, words))
    sure = st.checkbox(words("publish.confirm"), key="publish_sure")
    if st.button(words("publish.button"), type="primary", disabled=not sure):
        made = publish_now(choices, preview=False, also=also, sheet=sheet)
        state.forget(state.PUBLISH_TRIED)
        st.success(words("publish.done", number=made.number))
