"""Sections of the outlook page without a map: fragility, the years ahead, the kinds of watchers."""

from __future__ import annotations

import streamlit as st

from app import state
from app.services.results import CityFigures
from app.ui import controls, outlook_charts, outlook_findings, outlook_tables
from app.ui.escaping import for_markdown
from app.ui.text.formats import count
from app.views import steps


def show_fragility(choices: state.Choices, figures: CityFigures) -> None:
    """Show what departures would cost: by district, by organisation, and what no rearrangement mends."""
    words = choices.words
    controls.finding(outlook_findings.visits_finding(figures, words))
    st.subheader(words("outlook.by_district"))
    steps.show_table(outlook_tables.fragility(figures, words), words)
    st.caption(words("outlook.by_district_note"))
    st.subheader(words("outlook.by_organisation"))
    outlook = figures.outlook
    if len(outlook.organisations):
        steps.show_table(outlook_tables.organisations(figures, words), words)
        st.caption(words("outlook.by_organisation_note"))
    else:
        st.caption(words("outlook.no_organisations"))
    if outlook.organisations_not_named:
        st.caption(words("outlook.organisations_not_named", count=count(outlook.organisations_not_named)))


def show_forecast(choices: state.Choices, figures: CityFigures) -> None:
    """Show the households watched in the years ahead, and what the forecast assumes."""
    words = choices.words
    controls.finding(outlook_findings.forecast_finding(figures, words))
    st.html(outlook_charts.forecast_chart(figures, words))
    st.table(outlook_tables.forecast(figures, words))
    st.subheader(words("outlook.assumptions"))
    lines = outlook_findings.assumptions(figures, words)
    st.markdown("\n".join(f"- {for_markdown(line)}" for line in lines))


def show_kinds(choices: state.Choices, figures: CityFigures) -> None:
    """Show what each kind of watcher does."""
    words = choices.words
    controls.finding(outlook_findings.kinds_finding(figures, words))
    steps.show_table(outlook_tables.kinds(figures, words), words)
    st.caption(words("outlook.kinds_note"))
