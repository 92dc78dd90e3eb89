"""Parts of the auditor's page: the check, the question and the events found."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import cache
from app.services import trail
from app.services.trail import TrailFound
from app.state import Choices
from app.ui import trail_tables
from app.ui.text import Words

_ACTS = ("look", "search", "edit", "export", "print", "refuse", "login", "rule", "import", "analyse")
_FLAGS = ("any", "bulk", "outside_hours", "disaster")


def show_check(choices: Choices) -> None:
    """Check the whole trail on request, against an anchor if one is given."""
    words = choices.words
    with st.form("trail_check", border=False):
        anchor = st.text_input(words("trail.verify.anchor")).strip()
        pressed = st.form_submit_button(words("trail.verify.button"))
    if not pressed:
        return
    store = cache.open_store(choices.database_url)
    check = trail.verify(store, choices.viewer, [trail.read_anchor(anchor)] if anchor else [])
    first, *rest = trail_tables.check_sentences(check, words)
    (st.success if check.is_whole else st.error)(first)
    for line in rest:
        st.caption(line)


def ask(words: Words) -> dict[str, Any]:
    """Ask what to search for; until something is, the newest events."""
    with st.form("trail_search"):
        left, middle, right = st.columns(3)
        who = left.text_input(words("trail.filter.who")).strip()
        act = middle.selectbox(
            words("trail.filter.act"), (None, *_ACTS), format_func=lambda name: _option("act", name, words)
        )
        flag = right.selectbox(
            words("trail.filter.flag"), (None, *_FLAGS), format_func=lambda name: _option("flag", name, words)
        )
        since = left.date_input(words("trail.filter.since"), value=None, format="YYYY-MM-DD")
        until = middle.date_input(words("trail.filter.until"), value=None, format="YYYY-MM-DD")
        household = right.text_input(words("trail.filter.household")).strip()
        st.form_submit_button(words("trail.filter.go"))
    return {
        **{"who": who or None, "act": act, "flag": flag, "since": since, "until": until},
        "household_id": household or None,
    }


def show_found(found: TrailFound, words: Words, *, household: bool) -> None:
    """Show the events, flagged ones first."""
    for line in trail_tables.found_sentences(found, words, household=household):
        st.caption(line)
    if len(found.events):
        st.dataframe(
            trail_tables.event_table(found.events, words), hide_index=True, placeholder=words("hidden")
        )
    else:
        st.info(words("trail.found.none"))


def _option(group: str, name: str | None, words: Words) -> str:
    return words("trail.filter.all") if name is None else words(f"trail.{group}.{name}")
