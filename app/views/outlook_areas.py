"""The section of the outlook page on gap areas: map, card of the chosen one, table."""

from __future__ import annotations

import streamlit as st

from app import state
from app.services.results import CityFigures
from app.ui import charts, controls, outlook_charts, outlook_findings, outlook_tables, pattern_maps
from app.ui.text import Words
from app.views import steps


def show_gap_areas(choices: state.Choices, figures: CityFigures) -> None:
    """Show where missed households lie together; a click says why and the next step."""
    words, areas = choices.words, figures.patterns.gap_areas
    controls.finding(outlook_findings.gap_areas_finding(figures, words), words("areas.restricted"))
    if len(areas):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            frame = steps.load_shapes(choices, "community")
            base, group = pattern_maps.gap_area_map(areas, frame, words=words, selected=state.gap_area())
            steps.show_map(base, group, state.GAP_AREA_MAP, on_change=steps.take_gap_area_from_map)
            st.html(outlook_charts.gap_area_legend(words))
        with right:
            _show_gap_area(figures, words)
        _list_gap_areas(figures, words)
    st.caption(outlook_findings.gap_areas_left_out(figures, words))


def _show_gap_area(figures: CityFigures, words: Words) -> None:
    chosen, areas = state.gap_area(), figures.patterns.gap_areas
    if chosen not in areas.index:
        st.info(words("areas.choose"))
        return
    row = areas.loc[chosen]
    st.html(controls.selection_card(outlook_findings.gap_area_finding(chosen, row, figures, words)))
    st.html(charts.gap_bars(row, words, hide_small=True))


def _list_gap_areas(figures: CityFigures, words: Words) -> None:
    listed = outlook_tables.gap_areas(figures, words)
    ids = list(listed.index)
    steps.show_table(
        listed,
        words,
        key=state.GAP_AREA_TABLE,
        on_select=lambda: steps.take_gap_area_from_table(ids),
        selection_mode="single-row",
    )
