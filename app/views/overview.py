"""The city: how many are watched over, who is missed and why, by district."""

from __future__ import annotations

import streamlit as st

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
    shapes, counts, note = steps.load_layer(choices, figures, layer)
    frame = steps.load_shapes(choices, "community") if layer in steps.FINE_LAYERS else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        described = tables.describe_areas(counts, words, hide_small=True)
        base, group = maps.choropleth_map(
            shapes, described, words=words, selected=state.selected_area(), frame=frame
        )
        steps.show_map(base, group, state.OVERVIEW_MAP, on_change=steps.take_area_from_map)
        st.html(charts.share_legend(words, layer))
        if counts["households"].reindex(shapes.index, fill_value=0).eq(0).any():
            st.caption(words("areas.grey"))
        if note:
            st.caption(note)
    with right:
        steps.show_selection(choices, counts, layer)
        st.subheader(words("overview.reasons"))
        st.html(charts.gap_bars(figures.totals, words, hide_small=True))
    ranking = tables.ranking(counts, words, hide_small=True)
    codes = list(ranking.index)
    name_width = "large" if layer in steps.FINE_LAYERS else "medium"  # long names, codes of the mesh
    st.dataframe(
        ranking,
        hide_index=True,
        placeholder=words("hidden"),
        column_config={words("column.name"): st.column_config.Column(width=name_width)},
        key=state.OVERVIEW_TABLE,
        on_select=lambda: steps.take_area_from_table(codes),
        selection_mode="single-row",
    )


explore()
st.page_link(st.session_state[state.PAGES]["outlook"], label=words("outlook.hint"), icon=":material/east:")
if any(figures.totals.get(name) for name in ("disconnected", "fragile")):
    st.subheader(words("overview.weak"))
    st.html(charts.weak_lines(figures.totals, words, hide_small=True))
with st.expander(words("overview.not_used")):
    st.table(report_tables.not_used(figures.counts, words, hide_small=True))
st.caption(findings.basis_note(figures, words))
