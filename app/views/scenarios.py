"""Scenarios: compare two, make and change them, turn one into proposals. The register stays as it is."""

from __future__ import annotations

import streamlit as st

from app import scenario_actions, state
from app.ui import controls
from app.views import deciding, scenario_editor, scenario_parts

choices = state.choices()
words = choices.words
title = words("scenarios.heading", name=choices.info.name)
controls.page_head(title, choices.info, choices.date, choices.season, words)
deciding.show_news(words)
known = scenario_actions.list_scenarios(choices)
if len(known) == 1:
    controls.finding(words("scenarios.none_yet"), words("scenarios.intro"))
else:
    scenario_parts.show_comparison(choices, known)
scenario_editor.show_editor(choices, known)
st.caption(words("scenarios.intro"))
