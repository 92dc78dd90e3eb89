"""The form that adds a change to a scenario."""

from __future__ import annotations

import streamlit as st

from app import cache, scenario_saving, state
from app.services.scenarios import KeptScenario
from app.ui import scenario_forms

_KIND = "scenario_kind"


def show_form(choices: state.Choices, kept: KeptScenario) -> None:
    words = choices.words
    st.markdown(f"**{words('scenarios.add')}**")
    if not kept.version:
        st.text_input(words("scenarios.new_name"), key=scenario_saving.NEW_NAME, max_chars=60)
    kind = st.selectbox(
        words("scenarios.kind_of_change"),
        scenario_forms.KINDS,
        format_func=lambda name: words(f"scenarios.type.{name}"),
        key=f"{_KIND}_{words.language}",  # of its own, or the shown one stays in the old language
    )
    with st.form(f"add_change_{kind}"):
        scenario_forms.show_fields(kind, _options(choices), words)
        st.form_submit_button(
            words("scenarios.add_button"),
            type="primary",
            on_click=scenario_saving.add_change,
            args=(choices, kept, kind),
        )


def _options(choices: state.Choices) -> scenario_forms.FormOptions:
    url, revision = choices.database_url, choices.info.revision
    bridges = cache.bridges(url, revision)
    return scenario_forms.FormOptions(
        districts=cache.area_names(url, revision)["community"].to_dict(),
        centres=cache.centres(url, revision),
        bridges=dict(
            zip(bridges.index, zip(bridges["district"], bridges["length_m"], strict=True), strict=True)
        ),
        date=choices.date,
        may_name=choices.viewer.role == "coordinator",
    )
