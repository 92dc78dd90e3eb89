"""Sections of the page of next steps on asking: agreements between districts, consent of households."""

from __future__ import annotations

import streamlit as st

from app import state, step_loading
from app.services.step_results import CostTable
from app.ui import controls, steps_findings, steps_maps, steps_tables
from app.views import next_steps_parts, steps


def show_agreements(choices: state.Choices, costs: CostTable) -> None:
    """Show which districts should agree to help which, and the pairs not chosen."""
    words = choices.words
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    number = left.slider(words("next.agreement.count"), 1, 20, 5, key="next_agreements")
    both = right.toggle(words("next.agreement.both"), key="next_both")
    found = step_loading.load_agreements(choices, costs, count=number, both_ways=both)
    controls.finding(steps_findings.agreement_finding(found, words))
    next_steps_parts.show_notes(steps_findings.agreement_notes(found, words))
    if found.pairs.empty:
        return
    frame = steps.load_shapes(choices, "community")
    with next_steps_parts.map_and_table(steps_maps.agreement_map(found, frame, words), "agreement"):
        table = steps_tables.agreements(found, words)
        next_steps_parts.show_places(choices, table, found.pairs["helped_district"].to_list(), "agreement")


def show_consent(choices: state.Choices, costs: CostTable) -> None:
    """Show in which districts to ask first; the households are their coordinators' alone."""
    words = choices.words
    number = st.slider(words("next.consent.count"), 10, 500, 100, step=10, key="next_asked")
    found = step_loading.load_consent(choices, costs, count=number)
    controls.finding(steps_findings.consent_finding(found, words))
    next_steps_parts.show_notes(steps_findings.consent_notes(found, words))
    if not found.asked:
        return
    rows = steps_tables.consent_districts(found)
    next_steps_parts.show_places(choices, steps_tables.consent(rows, words), rows.index.to_list(), "consent")
