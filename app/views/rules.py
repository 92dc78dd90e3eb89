"""The city's sharing rules, what waits for a second person, and the disaster switch."""

from __future__ import annotations

import streamlit as st

from app import cache, state
from app.services import sharing
from app.ui import controls, sharing_tables
from app.views import rules_asking, rules_parts

choices = state.choices()
words, viewer = choices.words, choices.viewer
controls.undated_head(words("rules.heading"), choices.info, words)
table = sharing.load_rules(cache.open_store(choices.database_url), viewer)
st.write(words("rules.intro"))
if table.disaster_until is not None:
    rules_parts.show_disaster(choices, table)
st.dataframe(sharing_tables.rule_table(table.rules, words), hide_index=True, placeholder="")
if table.may_declare:
    rules_parts.show_requests(choices, table.requests)
rules_parts.show_looks(choices, table.looks)
if table.may_propose:
    rules_asking.ask_end(choices, table.rules)
if table.may_look:
    rules_asking.ask_look(choices)
if table.may_declare and table.disaster_until is None:
    rules_asking.ask_disaster(choices)
