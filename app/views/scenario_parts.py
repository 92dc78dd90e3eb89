"""Two scenarios side by side: the choice, the finding, the figures, and what follows."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app import scenario_loading, state
from app.errors import reason_of, refusals
from app.services.scenarios import KeptScenario
from app.ui import controls, scenario_findings
from app.ui.scenario_figures import named_areas
from app.ui.text.messages import translate
from app.views import scenario_explore, scenario_proposing


def show_comparison(choices: state.Choices, known: Mapping[str, KeptScenario]) -> None:
    """Show the choice of two scenarios and what comes of it; a refusal is told in its place."""
    words = choices.words
    pair = _choose_pair(choices, known)
    respond = st.session_state[state.SCENARIO_RESPOND]
    if pair[0].name == pair[1].name:
        st.info(words("scenarios.same_twice"))
        return
    try:
        figures = scenario_loading.load_comparison(choices, pair, respond=respond)
    except refusals() as error:
        st.error(translate(reason_of(error), words))
        return
    areas = named_areas(figures, "community", choices.viewer.districts)
    controls.finding(
        scenario_findings.comparison_finding(figures, areas, words),
        scenario_findings.response_note(figures.other.response, words),
    )
    controls.figure_row(scenario_findings.comparison_four(figures, words), words)
    scenario_proposing.show_proposing(choices, pair[1])
    scenario_explore.show_differences(choices, figures)


def _choose_pair(
    choices: state.Choices, known: Mapping[str, KeptScenario]
) -> tuple[KeptScenario, KeptScenario]:
    words, names = choices.words, list(known)
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    chosen = []
    for column, key, first in ((left, state.SCENARIO_BASE, 0), (middle, state.SCENARIO_OTHER, 1)):
        last = st.session_state.get(key)
        name = column.selectbox(
            words("scenarios.choose_base" if first == 0 else "scenarios.choose_other"),
            names,
            index=names.index(last) if last in names else first,
            format_func=lambda name: scenario_findings.scenario_name(name, words),
        )
        state.remember(key, name)
        chosen.append(known[name])
    on = right.toggle(
        words("scenarios.respond"),
        value=st.session_state.get(state.SCENARIO_RESPOND, False),
        help=words("scenarios.respond.help"),
    )
    state.remember(state.SCENARIO_RESPOND, on)
    return chosen[0], chosen[1]
