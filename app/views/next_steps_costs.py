"""The prices the page of next steps rests on, for editing by the planner."""

from __future__ import annotations

import streamlit as st

from app import state, step_loading
from app.services.step_results import CostTable
from app.ui import steps_costs
from app.views import deciding


def show_costs(choices: state.Choices, table: CostTable) -> None:
    """Show the prices for editing; saved only as they were shown, or somebody else's change is kept."""
    words = choices.words
    st.subheader(words("next.costs"))
    st.caption(words("next.costs.help"))
    shown = steps_costs.cost_rows(table, words)
    names = {column: words(f"next.costs.column.{column}") for column in shown.columns}
    versions = "_".join(f"{name}{version}" for name, version in sorted(table.versions.items()))
    key = f"{state.NEXT_COSTS}_{words.language}_{versions}"
    with st.form(f"{key}_form"):
        st.data_editor(
            shown.reset_index(drop=True).rename(columns=names),
            hide_index=True,
            disabled=[names[column] for column in steps_costs.FIXED],
            column_config={names["yen"]: st.column_config.NumberColumn(min_value=0, required=True)},
            key=key,
        )
        pressed = st.form_submit_button(
            words("next.costs.save"), type="primary", on_click=_save, args=(choices, table, key)
        )
    if pressed:
        st.rerun()  # the ranking above rests on the prices too


def _save(choices: state.Choices, table: CostTable, key: str) -> None:
    columns = {choices.words(f"next.costs.column.{name}"): name for name in steps_costs.COLUMNS}
    edited = {
        int(row): {columns[name]: value for name, value in changes.items()}
        for row, changes in st.session_state[key]["edited_rows"].items()
    }
    deciding.decide(choices, "next.costs.saved", lambda: step_loading.keep_costs(choices, table, edited))
