"""Sections of the page of next steps with places on a map: new watchers, and partners on their rounds."""

from __future__ import annotations

import streamlit as st

from app import state, step_loading
from app.services.step_results import CostTable
from app.ui import controls, steps_charts, steps_findings, steps_maps, steps_tables
from app.ui.text import Words
from app.views import next_steps_parts, steps

ACTIVE_KINDS = ("welfare_commissioner", "community_promoter", "neighbour", "casual_volunteer", "student")
KINDS = (*ACTIVE_KINDS, "npo", "company")
UNITS = ("organisation", "round")


def show_recruit(choices: state.Choices, costs: CostTable) -> None:
    """Show where new watchers of a kind help most, and what each number of them brings at most."""
    words = choices.words
    left, right = st.columns([2, 3])
    kind = left.selectbox(
        words("next.recruit.kind"), KINDS, format_func=lambda name: words(f"kind.{name}"), key="next_kind"
    )
    number = right.slider(words("next.recruit.count"), 1, 30, 10, key="next_recruits")
    found = step_loading.load_recruit(choices, costs, kind=kind, count=number)
    controls.finding(steps_findings.recruit_finding(found, words))
    next_steps_parts.show_notes(steps_findings.recruit_notes(found, words))
    if found.places.empty:
        return
    frame = steps.load_shapes(choices, "community")
    places = found.places
    with next_steps_parts.map_and_table(steps_maps.recruit_map(found, frame, words), "recruit"):
        table = steps_tables.recruit_places(found, words)
        next_steps_parts.show_places(choices, table, places["district"].to_list(), "recruit")
    _show_curve(found, words)


def _show_curve(found: object, words: Words) -> None:
    st.subheader(words("next.recruit.curve"))
    points = found.curve[["value", "bound"]].assign(x=found.curve["recruits"])
    called = steps_charts.CurveWords(words("next.recruit.curve"), words("next.recruit.across"))
    st.html(steps_charts.curve_chart(points, called, words, chosen=len(found.places)))


def show_partners(choices: state.Choices, costs: CostTable) -> None:
    """Show which delivery firms and shops to sign, in order, with their rounds."""
    words = choices.words
    left, right = st.columns([2, 3])
    unit = left.selectbox(
        words("next.partner.unit"),
        UNITS,
        format_func=lambda name: words(f"next.partner.unit.{name}"),
        key="next_unit",
    )
    number = right.slider(words("next.partner.count"), 1, 20, 5, key="next_partners")
    found = step_loading.load_partners(choices, costs, unit=unit, count=number)
    controls.finding(steps_findings.partner_finding(found, words))
    next_steps_parts.show_notes(steps_findings.partner_notes(found, words))
    if found.partners.empty:
        return
    frame = steps.load_shapes(choices, "community")
    with next_steps_parts.map_and_table(steps_maps.partner_map(found, frame, words), "partner"):
        st.dataframe(steps_tables.partners(found, words), hide_index=True, placeholder=words("hidden"))
