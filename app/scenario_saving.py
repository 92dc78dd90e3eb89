"""What a press on the scenario page does: save or end, and keep what came of it for the next drawing."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import scenario_actions, state
from app.errors import reason_of, refusals
from app.services.scenarios import KeptScenario
from app.ui import scenario_forms
from app.ui.text.messages import translate

NEW_NAME = "scenario_new_name"


def add_change(choices: state.Choices, kept: KeptScenario, kind: str) -> None:
    """Add the change of the form to a scenario as it was shown."""
    change = scenario_forms.read_fields(kind, st.session_state, language=choices.words.language)
    name = kept.name or str(st.session_state.get(NEW_NAME, ""))
    asked = kept if kept.version else KeptScenario(name)
    save(choices, lambda: scenario_actions.add_change(choices, asked, change))


def save(choices: state.Choices, act: Callable[[], KeptScenario]) -> None:
    """Save a scenario; what came of it, or why it was refused, is told when the page is drawn again."""
    try:
        saved = act()
    except refusals() as error:
        state.remember(state.NEWS, ("error", translate(reason_of(error), choices.words)))
        return
    for key in (state.SCENARIO_EDITED, state.SCENARIO_OTHER):
        state.remember(key, saved.name)
    state.remember(state.NEWS, ("success", choices.words("scenarios.saved", name=saved.name)))


def end(choices: state.Choices, kept: KeptScenario) -> None:
    """End a scenario as it was shown."""
    try:
        scenario_actions.end_scenario(choices, kept)
        news = ("success", choices.words("scenarios.ended", name=kept.name))
    except refusals() as error:
        news = ("error", translate(reason_of(error), choices.words))
    state.remember(state.NEWS, news)
