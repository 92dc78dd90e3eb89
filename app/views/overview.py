"""The city: how many are watched over, who is missed and why, by district."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from app import state
from app.ui import charts, controls, findings, maps, report_tables, tables
from app.views import steps

choices = state.choices()
words = choices.words
controls.page_head(
    words("overview.heading", name=choices.info.name), choices.info, choices.date, choices.season, words
)
figures = steps.load_figures(choices)
controls.finding(findings.city_finding(figures, words), words("define.watched"))
controls.figure_row(findings.four_figures(figures.totals, words, hide_small=True), words)


@st.fragment
def explore() -> None:
    """Show the map, the reasons and the ranking; a click chooses an area for the main button."""
    layer = steps.choose_layer(figures, words)
    shapes = steps.load_shapes(choices, layer)
    counts = figures.layers[layer]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        described = tables.describe_areas(counts, words, hide_small=True)
        base, group = maps.choropleth_map(shapes, described, words=words, selected=state.selected_area())
        st_folium(
            base,
            key=state.OVERVIEW_MAP,
            height=470,
            use_container_width=True,
            feature_group_to_add=group,
            returned_objects=["last_active_drawing"],
            on_change=steps.take_area_from_map,
        )
        st.html(charts.share_legend(words, layer))
    with right:
        steps.show_selection(choices, counts, layer)
        st.subheader(words("overview.reasons"))
        st.html(charts.gap_bars(figures.totals, words, hide_small=True))
    ranking = tables.ranking(counts, words, hide_small=True)
    codes = list(ranking.index)
    st.dataframe(
        ranking,
        hide_index=True,
        placeholder=words("hidden"),
        key=state.OVERVIEW_TABLE,
        on_select=lambda: steps.take_area_from_table(codes),
        selection_mode="single-row",
    )


explore()
if any(figures.totals.get(name) for name in ("disconnected", "fragile")):
    st.subheader(words("overview.weak"))
    st.html(charts.weak_lines(figures.totals, words, hide_small=True))
with st.expander(words("overview.not_used")):
    st.table(report_tables.not_used(figures.counts, words, hide_small=True))
st.caption(findings.basis_note(figures, words))
