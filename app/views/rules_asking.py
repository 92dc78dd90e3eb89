"""Forms of the page of rules that ask a second person: to end a rule, to look, to declare a disaster."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from app.services import sharing_changes
from app.sharing_actions import change, district_names
from app.state import Choices
from app.ui import sharing_tables

_USUAL_DAYS, _MOST_DAYS = 3, 30


def ask_end(choices: Choices, rules: pd.DataFrame) -> None:
    """Ask to end a rule in force."""
    words = choices.words
    standing = rules[rules["status"] == "in_force"].drop_duplicates("rule_id").set_index("rule_id")
    with st.form("rule_end", border=True):
        st.subheader(words("rules.end"))
        rule = st.selectbox(
            words("rules.end.rule"),
            list(standing.index),
            index=None,
            format_func=lambda one: sharing_tables.rule_name(standing.loc[one], words),
            placeholder=words("rules.end.choose"),
        )
        reason = st.text_input(words("rules.reason"), max_chars=200)
        if st.form_submit_button(words("rules.ask"), disabled=standing.empty):
            change(choices, sharing_changes.propose_end, rule or "", reason)


def ask_look(choices: Choices) -> None:
    """Ask to see the households of one district."""
    words, names = choices.words, district_names(choices)
    with st.form("look", border=True):
        st.subheader(words("rules.look"))
        district = st.selectbox(words("rules.look.district"), list(names), format_func=names.get)
        reason = st.text_input(words("rules.reason"), max_chars=200)
        if st.form_submit_button(words("rules.ask"), disabled=not names):
            change(choices, sharing_changes.ask_look, str(district), reason)


def ask_disaster(choices: Choices) -> None:
    """Ask to declare a disaster."""
    words, today = choices.words, dt.date.today()
    usual, last = (today + dt.timedelta(days=days) for days in (_USUAL_DAYS, _MOST_DAYS))
    with st.form("disaster", border=True):
        st.subheader(words("rules.disaster"))
        until = st.date_input(words("rules.until"), usual, min_value=today, max_value=last)
        reason = st.text_input(words("rules.reason"), max_chars=200)
        if st.form_submit_button(words("rules.declare")):
            change(choices, sharing_changes.declare_disaster, until, reason)
