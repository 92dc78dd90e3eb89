"""What to do first: the remedies of the city side by side, then each with its plan and bound. Counts only."""

from __future__ import annotations

import streamlit as st

from app import state, step_loading
from app.ui import controls, steps_findings, steps_tables
from app.views import deciding, next_steps_asking, next_steps_budget, next_steps_places, steps

SECTIONS = {
    "recruit": next_steps_places.show_recruit,
    "partner": next_steps_places.show_partners,
    "agreement": next_steps_asking.show_agreements,
    "consent": next_steps_asking.show_consent,
    "budget": next_steps_budget.show_budget,
}
choices = state.choices()
words = choices.words
title = words("next.heading", name=choices.info.name)
controls.page_head(title, choices.info, choices.date, choices.season, words)
if choices.viewer.role == "coordinator":
    st.info(words("next.coordinator"))
    st.page_link(st.session_state[state.PAGES]["proposals"], label=words("next.to_proposals"))
    st.stop()
deciding.show_news(words)
costs = step_loading.read_costs(choices)
overview = step_loading.load_overview(choices, costs)
controls.finding(steps_findings.overview_finding(overview, words), words("next.note"))
controls.figure_row(steps_findings.overview_four(overview, words), words)
st.subheader(words("next.ranking"))
st.dataframe(
    steps_tables.remedies(overview, words),
    hide_index=True,
    placeholder=words("hidden"),
    column_config=steps_tables.column_help(("households", "visits", "cost", "proof"), words),
)


@st.fragment
def show_section() -> None:
    """Show the section chosen, and only that one."""
    section = steps.choose_one(state.NEXT_SECTION, list(SECTIONS), "next.section", words)
    SECTIONS[section](choices, costs)


show_section()
