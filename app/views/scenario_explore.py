"""The difference map of a comparison, who gains and loses, and the tables by area and type."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import state
from app.services.scenario_runs import ComparisonFigures
from app.ui import scenario_findings, scenario_maps, scenario_tables
from app.ui.escaping import for_markdown
from app.ui.scenario_figures import named_areas
from app.views import steps


@st.fragment
def show_differences(choices: state.Choices, figures: ComparisonFigures) -> None:
    """Show the difference map of a layer, who gains and loses, and the table by area."""
    words = choices.words
    layers = [layer for layer, areas in figures.layers.items() if any(areas.index)]
    layer = steps.choose_one(state.SCENARIO_LAYER, layers or ["community"], "layer", words)
    areas = named_areas(figures, layer, choices.viewer.districts)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame = steps.load_shapes(choices, "community") if layer in steps.FINE_LAYERS else None
        shapes = steps.load_shapes(choices, layer)
        base, group = scenario_maps.difference_map(shapes, areas, words=words, frame=frame)
        steps.show_map(base, group, state.SCENARIO_MAP)
        st.html(scenario_maps.difference_legend(words))
    with right:
        st.subheader(words("scenarios.by_status"))
        st.table(scenario_tables.total_table(figures, words))
        lines = [*scenario_findings.about_sides(figures, words)]
        lines.append(scenario_findings.population_note(figures, words))
        st.markdown("\n".join(f"- {for_markdown(line)}" for line in lines if line))
    _show_tables(choices, figures, areas)


def _show_tables(choices: state.Choices, figures: ComparisonFigures, areas: pd.DataFrame) -> None:
    words = choices.words
    meanings = scenario_tables.column_help(words)
    columns = {name: st.column_config.Column(help=text) for name, text in meanings.items()}
    tables = {
        "scenarios.by_area": scenario_tables.area_table(areas, words, without=words("outlook.no_district"))
    }
    if len(figures.types):
        tables["scenarios.by_type"] = scenario_tables.type_table(figures, words)
    for title, table in tables.items():
        st.subheader(words(title))
        st.dataframe(table, hide_index=True, placeholder=words("hidden"), column_config=columns)
    st.caption(words("scenarios.small_note"))
