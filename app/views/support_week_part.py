"""The week of a coordinator's district: who helps where, what stays undone, and what is fixed by hand."""

from __future__ import annotations

import streamlit as st

from app import state, support_loading
from app.services.support import CitySupport, SupportWeek
from app.ui import support_tables
from app.ui.text.formats import count
from app.views import steps


def show_week(choices: state.Choices, city: CitySupport) -> None:
    """Show what of the plan the coordinator may see."""
    words = choices.words
    week = support_loading.load_week(choices, city, steps.choose_district(choices))
    done, all_times = len(week.outings) + week.hidden_outings, len(week.unserved) + week.hidden_unserved
    st.subheader(f"{words('support.week')}：{week.name}")
    if week.outings.empty:
        st.caption(words("support.week.none"))
    else:
        _show_outings(week, choices, city.request.locked)
    st.subheader(words("support.unserved", count=count(len(week.unserved))))
    if len(week.unserved):
        st.dataframe(support_tables.unserved_table(week, words), hide_index=True)
    elif not all_times:
        st.caption(words("support.unserved.none"))
    if week.hidden_outings + week.hidden_unserved:
        hidden = {"outings": count(week.hidden_outings), "unserved": count(week.hidden_unserved)}
        st.caption(words("support.hidden", **hidden))
    if done:
        st.caption(words("support.sheets", code=str(week.code)))


def _show_outings(week: SupportWeek, choices: state.Choices, locked: tuple) -> None:
    words = choices.words
    picked = st.dataframe(
        support_tables.week_table(week, words),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"{state.SUPPORT_TABLE}_{week.code}_{locked}",
    )
    left, right = st.columns(2)
    rows = picked["selection"]["rows"]
    if rows:
        row = week.outings.iloc[rows[0]]
        lock = (str(row["task_id"]), row["date"].date(), str(row["watcher_id"]))
        fixed = tuple(sorted({*locked, lock}))
        left.button(words("support.fix"), on_click=state.remember, args=(state.SUPPORT_LOCKS, fixed))
    else:
        left.caption(words("support.choose"))
    if locked:
        right.button(
            f"{words('support.free')}（{words('support.fixed', count=count(len(locked)))}）",
            on_click=state.forget,
            args=(state.SUPPORT_LOCKS,),
        )
