"""The section on daily help: counts for planners, the week by volunteer for the coordinator of a district."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from app import state, support_loading
from app.services.support import count_support
from app.ui import controls, support_tables
from app.views import support_week_part

DAYS = (7, 14, 1)


def show_tasks(choices: state.Choices) -> None:
    """Show the plan of the days chosen as far as the viewer may see it."""
    words = choices.words
    first, days = _choose_days(choices)
    city = support_loading.load_support(choices, first, days, state.support_locks(first, days))
    counts = count_support(city)
    controls.finding(support_tables.support_finding(counts, words), words("support.definition"))
    controls.figure_row(support_tables.support_four(counts, words), words)
    st.caption(support_tables.support_cost(city, words))
    if choices.viewer.role == "coordinator":
        support_week_part.show_week(choices, city)
    else:
        st.info(words("support.planner"))
    st.subheader(words("support.by_reason"))
    st.table(support_tables.reason_table(counts, words))
    for name in ("district", "skill"):
        st.subheader(words(f"support.by_{name}"))
        table = support_tables.count_table(counts, name, words)
        st.dataframe(table, hide_index=True, placeholder=words("hidden"))


def _choose_days(choices: state.Choices) -> tuple[dt.date, int]:
    words = choices.words
    left, right, _ = st.columns([1, 2, 3])
    first = left.date_input(words("support.first"), value=choices.date, format="YYYY-MM-DD")
    days = right.segmented_control(
        words("support.days"),
        DAYS,
        format_func=lambda number: words(f"support.days.{number}"),
        default=DAYS[0],
        required=True,
    )
    return first, days
