"""One community district: its households, its watchers, and who could watch whom."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from app import cache, state
from app.services.results import DistrictView, HouseholdView
from app.ui import charts, controls, findings, maps, tables
from app.views import network_part, steps

choices = state.choices()
words = choices.words
district = steps.choose_district(choices)
view = cache.district_view(
    choices.database_url,
    choices.info.revision,
    choices.viewer,
    district=district,
    season=choices.season,
    date=choices.date,
)
title = words("district.heading", name=f"{view.name}（{view.code}）")
controls.page_head(title, choices.info, choices.date, choices.season, words)
controls.finding(findings.district_finding(view, words), words("define.watched"))
controls.figure_row(findings.four_figures(view.figures, words, hide_small=view.counts_only), words)


def show_map(chosen: HouseholdView | None) -> None:
    """Show the district; a click on a household chooses it."""
    base, group = maps.district_map(view, words, chosen)
    st_folium(
        base,
        key=state.DISTRICT_MAP,
        height=520,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=["last_active_drawing"],
        on_change=steps.take_household_from_map,
    )
    st.html(charts.mark_legend(words))


@st.fragment
def show_households(view: DistrictView) -> None:
    """Show the map beside the chosen household, and the list of the missed under them."""
    chosen = steps.load_household(choices, view)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        show_map(chosen)
    with right:
        steps.show_household(chosen, words)
    missed = tables.missed_households(view.households, words)
    ids = list(missed[words("column.household_id")])
    st.subheader(words("district.missed", count=len(ids)))
    st.dataframe(
        missed,
        hide_index=True,
        placeholder=words("hidden"),
        key=state.DISTRICT_TABLE,
        on_select=lambda: steps.take_household_from_table(ids),
        selection_mode="single-row",
    )


if view.counts_only:
    steps.show_counts_only(view, words)
else:
    show_households(view)
    network_part.show(choices, district)
    steps.show_others(view, words)
