"""The section of the outlook page on unequal districts, with clusters of gaps told from chance."""

from __future__ import annotations

import streamlit as st

from app import state
from app.services.results import CityFigures
from app.ui import controls, outlook_charts, outlook_findings, outlook_tables, pattern_maps, tables
from app.ui.text.formats import count
from app.views import steps

_SURE = 0.05  # the global p below which the whole city is said to have a pattern


def show_inequality(choices: state.Choices, figures: CityFigures) -> None:
    """Show how unequal districts are, and which differences chance does not explain."""
    words = choices.words
    controls.finding(outlook_findings.inequality_finding(figures, words), words("areas.formula"))
    st.subheader(words("areas.indices"))
    st.table(outlook_tables.indices(figures, words))
    st.subheader(words("areas.by_district"))
    steps.show_table(outlook_tables.inequality(figures, words), words)
    st.caption(words("areas.by_district_note"))
    st.subheader(words("areas.clusters"))
    clusters = figures.patterns.clusters
    layers = [layer for layer in steps.AREA_LAYERS if clusters.get(layer) is not None]
    if layers:
        _show_clusters(choices, figures, steps.choose_one(state.CLUSTER_LAYER, layers, "layer", words))
    else:
        st.caption(words("areas.clusters.untested"))


def _show_clusters(choices: state.Choices, figures: CityFigures, layer: str) -> None:
    words, found, counts = choices.words, figures.patterns.clusters[layer], figures.layers[layer]
    controls.finding(outlook_findings.cluster_finding(found, layer, words))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        described = tables.describe_areas(counts, words, hide_small=True)
        shapes, frame = steps.load_shapes(choices, layer), steps.load_shapes(choices, "community")
        base, group = pattern_maps.cluster_map(shapes, found, described, frame, words=words)
        steps.show_map(base, group, state.CLUSTER_MAP)
    with right:
        st.html(outlook_charts.cluster_legend(layer, words))
        st.caption(words("areas.clusters.method", untested=count(found.counts["untested"])))
    named = outlook_tables.clusters(found, counts, words)
    if len(named.index):
        st.markdown(f"**{words('areas.named')}**")
        steps.show_table(named, words)
    elif found.moran_p is not None and found.moran_p < _SURE:
        st.caption(words("areas.clusters.only_overall"))
