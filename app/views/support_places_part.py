"""The section on places within a walk: who has one, and which to open next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import state, support_loading
from app.services.access_places import PLACE_KINDS, AccessFigures
from app.ui import charts, controls, findings, support_places
from app.ui.text import Words
from app.ui.text.formats import count
from app.views import steps

MINUTES = (5, 10, 15, 20, 30)


def show_places(choices: state.Choices) -> None:
    """Show the walk to places of one kind by district, and the places to open next."""
    words = choices.words
    figures = support_loading.load_access(choices, *_choose(words))
    kind = words(f"access.kind.{figures.request.kind}")
    controls.finding(support_places.access_finding(figures, words), words("access.definition", kind=kind))
    controls.figure_row(support_places.access_four(figures, words), words)
    shapes = steps.load_shapes(choices, "community")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        base, group = support_places.access_map(figures, shapes, words)
        steps.show_map(base, group, state.ACCESS_MAP)
        title = words("access.legend.title", minutes=figures.request.minutes)
        st.html(charts.share_legend(words, title=title))
        st.caption(words("access.legend"))
    with right:
        _show_next(figures, shapes["name"], words)
        st.subheader(words("access.places"))
        st.table(support_places.place_table(figures, words))
    st.subheader(words("access.by_layer"))
    layers = [name for name in steps.AREA_LAYERS if any(figures.layers[name].index)]
    layer = steps.choose_one(state.ACCESS_LAYER, layers or ["community"], "layer", words)
    st.dataframe(
        support_places.layer_table(figures, layer, words), hide_index=True, placeholder=words("hidden")
    )
    st.caption(findings.basis_note(figures, words))


def _choose(words: Words) -> tuple[str, int, int]:
    kind = steps.choose_one(state.ACCESS_KIND, PLACE_KINDS, "access.kind", words)
    left, right, _ = st.columns([1, 1, 3])
    minutes = left.selectbox(words("access.minutes"), MINUTES, index=MINUTES.index(15))
    opened = right.number_input(words("access.open"), min_value=0, max_value=20, value=3, step=1)
    return kind, int(minutes), int(opened)


def _show_next(figures: AccessFigures, names: pd.Series, words: Words) -> None:
    if figures.next is None:
        return
    st.subheader(words("access.proposed"))
    st.html(controls.selection_card(support_places.next_finding(figures, words)))
    if len(figures.next.places):
        st.table(support_places.proposed_table(figures, names, words))
    left_out = figures.next.counts["gaps_no_candidate"]
    if left_out >= 10:
        minutes = figures.request.minutes
        st.caption(words("access.no_candidate", minutes=minutes, count=count(left_out)))
    st.caption(words("access.next.note", candidates=count(figures.next.candidates)))
