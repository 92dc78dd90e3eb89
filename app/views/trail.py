"""The auditor's page: is the trail whole, who looked unusually often, and the events themselves."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from app import cache, state
from app.services import trail
from app.ui import controls, trail_tables
from app.ui.text.formats import today
from app.views import trail_parts

_REVIEWED = dt.timedelta(days=30)

choices = state.choices()
words = choices.words
store = cache.open_store(choices.database_url)
controls.undated_head(words("trail.heading"), choices.info, words)
st.write(words("trail.intro"))
for line in trail_tables.rule_sentences(trail.read_rule(store), words):
    st.caption(line)
trail_parts.show_check(choices)
st.subheader(words("trail.events"))
asked = trail_parts.ask(words)
found = state.trail_found(asked)
if found is None:  # kept for this session, or every click would leave one more event
    found = trail.search(store, choices.viewer, **asked)
    state.remember(state.TRAIL_FOUND, (asked, found))
    state.forget(state.TRAIL_REVIEW)
trail_parts.show_found(found, words, household=asked["household_id"] is not None)
st.subheader(words("trail.review"))
st.caption(words("trail.review.note"))
people = state.trail_review()
if people is None:
    people = trail.review(store, choices.viewer, today() - _REVIEWED)
    state.remember(state.TRAIL_REVIEW, people)
st.dataframe(trail_tables.review_table(people, words), hide_index=True, placeholder=words("hidden"))
