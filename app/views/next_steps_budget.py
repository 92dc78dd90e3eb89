"""The section of the page of next steps on money: what each budget brings, and what it is spent on."""

from __future__ import annotations

import streamlit as st

from app import state, step_loading
from app.services.step_results import BudgetSteps, CostTable
from app.ui import controls, steps_charts, steps_findings, steps_maps, steps_tables
from app.ui.text import Words
from app.ui.text.formats import count
from app.views import next_steps_costs, next_steps_parts, steps


def show_budget(choices: state.Choices, costs: CostTable) -> None:
    """Show the frontier of cost and gain, what one budget is spent on, and the prices."""
    words = choices.words
    asked = (choices.info.revision, choices.season, choices.date, step_loading.prices_key(costs))
    if st.session_state.get(state.NEXT_BUDGET) != asked:
        st.caption(words("next.budget.long"))
        st.button(
            words("next.budget.compute"),
            type="primary",
            on_click=state.remember,
            args=(state.NEXT_BUDGET, asked),
        )
    else:
        _show_frontier(choices, costs)
    next_steps_costs.show_costs(choices, costs)


def _show_frontier(choices: state.Choices, costs: CostTable) -> None:
    found = step_loading.load_budget(choices, costs)
    if len(found.points):
        _show_point(choices, found, choices.words)
    else:
        controls.finding(choices.words("next.budget.nothing"))


def _show_point(choices: state.Choices, found: BudgetSteps, words: Words) -> None:
    points = found.points
    point = st.select_slider(
        words("next.budget.choose"),
        list(points.index),
        value=points.index[len(points) // 2],
        format_func=lambda row: words("next.budget.option", cost=count(points["cost"][row])),
    )
    controls.finding(steps_findings.budget_finding(found, point, words))
    next_steps_parts.show_notes(steps_findings.budget_notes(found, point, words))
    called = steps_charts.CurveWords(words("next.section.budget"), words("next.budget.across"))
    curve = points[["value", "bound"]].assign(x=points["cost"])
    st.html(steps_charts.curve_chart(curve, called, words, chosen=float(points["cost"][point])))
    st.subheader(words("next.budget.todo"))
    frame = steps.load_shapes(choices, "community")
    actions = found.actions[found.actions["point"] == point]
    with next_steps_parts.map_and_table(steps_maps.budget_map(found, point, frame, words), "budget"):
        table = steps_tables.budget_actions(found, point, words)
        next_steps_parts.show_places(choices, table, actions["district"].to_list(), "budget")
