"""Parts of the page of rules: what waits for a second person, a disaster in force, looks allowed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import cache
from app.services import sharing, sharing_changes
from app.services.sharing import RuleTable
from app.sharing_actions import change, district_names
from app.state import Choices
from app.ui import sharing_tables
from app.ui.escaping import for_markdown


def show_requests(choices: Choices, requests: pd.DataFrame) -> None:
    """Show what waits, with buttons for whoever may decide it."""
    words = choices.words
    st.subheader(words("rules.waiting"))
    if requests.empty:
        st.caption(words("sharing.nothing"))
    for asked in requests.to_dict("records"):
        with st.container(border=True):
            about = for_markdown(sharing_tables.subject_text(asked["subject"], words))
            kind = words(f"rules.kind.{asked['kind']}")
            st.write(f"**{kind}** {about}")
            who, reason = for_markdown(asked["asked_by"]), for_markdown(asked["reason"])
            st.caption(words("rules.asked", who=who, reason=reason))
            _ask_decision(choices, asked)


def _ask_decision(choices: Choices, asked: dict[str, Any]) -> None:
    words, request = choices.words, asked["approval_id"]
    if not asked["may_decide"]:
        st.caption(words("rules.second_person"))
        return
    for allow, name in ((True, "rules.allow"), (False, "rules.refuse")):
        if st.button(words(name), key=f"{name}:{request}"):
            change(choices, sharing_changes.decide, request, allow=allow)


def show_disaster(choices: Choices, table: RuleTable) -> None:
    """Say until when the rules of a disaster hold, with the button that ends it."""
    words = choices.words
    until = table.disaster_until + pd.Timedelta(hours=9)  # Japan
    st.warning(words("rules.disaster_on", until=f"{until:%Y-%m-%d %H:%M}"))
    if table.may_declare and st.button(words("rules.disaster_end")):
        change(choices, sharing_changes.end_disaster)


def show_looks(choices: Choices, looks: tuple[str, ...]) -> None:
    """Offer the households of each district a second person allowed to see; each look is recorded."""
    words, names = choices.words, district_names(choices)
    for district in looks:
        name = names.get(district, district)
        st.info(words("rules.look.allowed", name=for_markdown(name)))
        if st.button(words("rules.look.show", name=for_markdown(name)), key=f"look:{district}"):
            store = cache.open_store(choices.database_url)
            households = sharing.load_allowed_district(store, choices.viewer, district)
            st.dataframe(sharing_tables.own_table(households, words), hide_index=True, placeholder="")
