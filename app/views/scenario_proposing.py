"""The way from a scenario to proposals of the coordinator's district."""

from __future__ import annotations

import streamlit as st

from app import scenario_actions, state
from app.errors import reason_of, refusals
from app.services.scenarios import KeptScenario
from app.ui import controls, scenario_findings
from app.ui.escaping import for_markdown
from app.ui.text.messages import translate
from app.views import steps


def show_proposing(choices: state.Choices, kept: KeptScenario) -> None:
    """Show the button that makes proposals of a scenario, for the coordinator of a district."""
    words, own = choices.words, choices.viewer.districts
    if kept.is_baseline:
        return
    if not own:
        st.caption(words("scenarios.propose.planner"))
        return
    name = str(steps.load_shapes(choices, "community")["name"][own[0]])
    pressed = st.button(
        words("scenarios.propose"),
        type="primary",
        help=for_markdown(words("scenarios.propose.help", district=name)),
    )
    if not pressed:
        return
    try:
        made = scenario_actions.propose(choices, kept, own[0], controls.ProgressNotice(words))
        news = ("success", scenario_findings.steps_made(made, name, words))
    except refusals() as error:
        news = ("error", translate(reason_of(error), words))
    state.remember(state.NEWS, news)
    st.rerun()
