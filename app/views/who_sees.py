"""Who may be told what of one household, and why."""

from __future__ import annotations

import streamlit as st

from app import cache, sharing_actions, state
from app.services import sharing
from app.ui import controls, sharing_tables
from app.ui.escaping import for_markdown
from app.ui.text.formats import day
from app.views import who_sees_parts

choices = state.choices()
words = choices.words
controls.undated_head(words("who_sees.heading"), choices.info, words)
st.write(words("who_sees.intro"))
household = st.text_input(words("who_sees.household"), value=state.household() or "", max_chars=40).strip()
if not household:
    st.stop()
told = sharing_actions.take_told(household)
if told is not None:
    st.success(words(told, household=for_markdown(household)))
    if not sharing.may_enter(choices.viewer):  # a coordinator no longer sees who took consent back
        st.stop()
found = sharing.explain(cache.open_store(choices.database_url), choices.viewer, household)
controls.finding(
    words("who_sees.finding", level=found.level, name=words(f"sharing.level.{found.level}")),
    words(f"who_sees.reason.{found.reason}"),
)
if found.asked_on is not None:
    st.caption(words("who_sees.asked_on", day=day(found.asked_on, words.language)))
if found.valid_to is not None:
    st.caption(words("who_sees.valid_to", day=day(found.valid_to, words.language)))
for phase in ("ordinary", "disaster"):
    rules = found.rules[found.rules["phase"] == phase] if len(found.rules) else found.rules
    st.subheader(words(f"sharing.phase.{phase}"))
    if len(rules):
        st.dataframe(sharing_tables.who_table(rules, words), hide_index=True, placeholder="")
    else:
        st.caption(words("sharing.nothing"))
if sharing.may_enter(choices.viewer):
    who_sees_parts.ask_answer(choices, household, found.records)
if sharing.may_withdraw(choices.viewer):
    who_sees_parts.ask_withdrawal(choices, household, found.records)
