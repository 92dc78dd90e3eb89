"""Making and changing scenarios: each change is saved at once, on the version that was shown."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app import cache, scenario_actions, scenario_saving, state
from app.services.scenarios import KeptScenario, without_names
from app.ui import scenario_findings
from app.ui.escaping import for_markdown
from app.views import scenario_form

_NEW = ""


def show_editor(choices: state.Choices, known: Mapping[str, KeptScenario]) -> None:
    """Show the scenario to change, its changes, and the form that adds one."""
    words = choices.words
    st.subheader(words("scenarios.manage"))
    names = [_NEW, *(name for name, one in known.items() if not one.is_baseline)]
    last = st.session_state.get(state.SCENARIO_EDITED)
    chosen = st.selectbox(
        words("scenarios.edit"),
        names,
        index=names.index(last) if last in names else 0,
        format_func=lambda name: name or words("scenarios.new"),
    )
    state.remember(state.SCENARIO_EDITED, chosen)
    kept = known.get(chosen, KeptScenario(""))
    if not kept.may_edit:
        st.info(words("scenarios.not_yours", count=kept.named))
    _show_changes(choices, kept)
    if kept.may_edit:
        scenario_form.show_form(choices, kept)


def _show_changes(choices: state.Choices, kept: KeptScenario) -> None:
    words = choices.words
    if not kept.changes:
        st.caption(words("scenarios.no_changes"))
    names = cache.area_names(choices.database_url, choices.info.revision)["community"].to_dict()
    for number, change in enumerate(kept.changes):
        shown = change if kept.may_edit else without_names(change)
        line, button = st.columns([5, 1], vertical_alignment="center")
        line.markdown("- " + for_markdown(scenario_findings.describe_change(shown, names, words)))
        if kept.may_edit:
            key = f"remove_{kept.name}_{kept.version}_{number}"
            act = (choices, lambda number=number: scenario_actions.remove_change(choices, kept, number))
            button.button(words("scenarios.remove"), key=key, on_click=scenario_saving.save, args=act)
    if kept.version and kept.may_edit:
        st.button(words("scenarios.end"), on_click=scenario_saving.end, args=(choices, kept))
