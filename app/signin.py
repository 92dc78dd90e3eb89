"""Who looks: for now the role chosen on this machine. Accounts come later and will yield the same Viewer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import state
from app.ui.text import Words
from geodata.viewer import Viewer

_ROLES = ("planner", "coordinator")


def choose_viewer(words: Words, districts: pd.Series) -> Viewer:
    """Ask for the role and, for a coordinator, the own district.

    Parameters
    ----------
    words : Words
        Language.
    districts : pandas.Series
        Names of the community districts by code; without any there are planners only.
    """
    roles = _ROLES if len(districts) else _ROLES[:1]
    current = state.role() if state.role() in roles else roles[0]
    role = st.selectbox(
        words("role.label"),
        roles,
        index=roles.index(current),
        format_func=lambda name: words(f"role.{name}"),
        key=f"{state.ROLE}_{words.language}",  # a key of its own, or the shown role stays in the old language
        help=words("role.help"),
    )
    state.remember(state.ROLE, role)
    if role == "planner":
        return Viewer(who="this machine", role="planner", districts=(), purpose="planning")
    own = st.selectbox(
        words("role.own_district"),
        list(districts.index),
        format_func=lambda code: str(districts[code]),
        key=state.OWN_DISTRICT,
    )
    return Viewer(who="this machine", role="coordinator", districts=(own,), purpose="watching over")
