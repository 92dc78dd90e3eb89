"""What is fragile, what is to come, how unequal districts are, and where gaps lie together: counts only."""

from __future__ import annotations

import streamlit as st

from app import state
from app.ui import controls, outlook_findings
from app.views import outlook_areas, outlook_inequality, outlook_parts, steps

SECTIONS = {
    "fragility": outlook_parts.show_fragility,
    "forecast": outlook_parts.show_forecast,
    "inequality": outlook_inequality.show_inequality,
    "areas": outlook_areas.show_gap_areas,
    "kinds": outlook_parts.show_kinds,
}
choices = state.choices()
words = choices.words
controls.page_head(
    words("outlook.heading", name=choices.info.name), choices.info, choices.date, choices.season, words
)
figures = steps.load_figures(choices)
controls.finding(outlook_findings.outlook_finding(figures, words))
controls.figure_row(outlook_findings.outlook_four(figures, words), words)


@st.fragment
def show_section() -> None:
    """Show the section chosen, and only that one."""
    section = steps.choose_one(state.OUTLOOK_SECTION, list(SECTIONS), "outlook.section", words)
    SECTIONS[section](choices, figures)


show_section()
