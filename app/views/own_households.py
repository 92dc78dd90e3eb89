"""A watcher's page: the households assigned to the person who signed in."""

from __future__ import annotations

import streamlit as st

from app import cache, state
from app.services import sharing
from app.ui import controls, sharing_tables

choices = state.choices()
words = choices.words
controls.undated_head(words("own_households.heading"), choices.info, words)
households = sharing.load_own_households(cache.open_store(choices.database_url), choices.viewer)
controls.finding(words("own_households.finding", count=len(households)), words("own_households.note"))
if len(households):
    st.dataframe(sharing_tables.own_table(households, words), hide_index=True, placeholder="")
