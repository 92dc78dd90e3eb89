"""What the screen remembers for one reader: keys, and typed getters with defaults by need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.services.results import DatasetInfo
from app.ui.text import Words
from geodata.viewer import Viewer

LANGUAGE = "language"
SEASON = "season"
DATE = "date"
ROLE = "role"
OWN_DISTRICT = "own_district"
LAYER = "layer"
SELECTED_AREA = "selected_area"
DISTRICT = "district"
HOUSEHOLD = "household"
OVERVIEW_MAP = "overview_map"
OVERVIEW_TABLE = "overview_table"
DISTRICT_MAP = "district_map"
DISTRICT_TABLE = "district_table"
OUTLOOK_SECTION = "outlook_section"
CLUSTER_LAYER = "cluster_layer"
GAP_AREA = "gap_area"
GAP_AREA_MAP = "gap_area_map"
GAP_AREA_TABLE = "gap_area_table"
CLUSTER_MAP = "cluster_map"
PROPOSALS_TABLE = "proposals_table"
LOCKS_TABLE = "locks_table"
NEWS = "news"
PROMISE = "promise"
HAND_OVER = "hand_over"
SCENARIO_BASE = "scenario_base"
SCENARIO_OTHER = "scenario_other"
SCENARIO_RESPOND = "scenario_respond"
SCENARIO_LAYER = "scenario_layer"
SCENARIO_MAP = "scenario_map"
SCENARIO_EDITED = "scenario_edited"
NEXT_SECTION = "next_section"
NEXT_MAP = "next_map"
NEXT_TABLE = "next_table"
NEXT_COSTS = "next_costs"
NEXT_BUDGET = "next_budget"
SUPPORT_SECTION = "support_section"
SUPPORT_TABLE = "support_table"
SUPPORT_LOCKS = "support_locks"
ACCESS_KIND = "access_kind"
ACCESS_LAYER = "access_layer"
ACCESS_MAP = "access_map"
PUBLISH_TRIED = "publish_tried"
TRAIL_FOUND = "trail_found"
TRAIL_REVIEW = "trail_review"
_CHOICES = "choices"
PAGES = "pages"


@dataclass(frozen=True)
class Choices:
    """What the sidebar says: the one value every page starts from."""

    database_url: str
    info: DatasetInfo
    words: Words
    viewer: Viewer
    season: str
    date: dt.date


def put_choices(choices: Choices) -> None:
    """Keep the sidebar's answer for the page of this run."""
    st.session_state[_CHOICES] = choices


def choices() -> Choices:
    """Return the sidebar's answer of this run."""
    return st.session_state[_CHOICES]


def language(default: str) -> str:
    """Return the language of the screen."""
    return st.session_state.get(LANGUAGE, default)


def role() -> str | None:
    """Return the role chosen last."""
    return st.session_state.get(ROLE)


def layer() -> str:
    """Return the layer of areas the overview shows."""
    return st.session_state.get(LAYER, "community")


def selected_area() -> str | None:
    """Return the code of the area clicked last on the overview."""
    return st.session_state.get(SELECTED_AREA)


def gap_area() -> str | None:
    """Return the id of the gap area clicked last."""
    return st.session_state.get(GAP_AREA)


def chosen(key: str, options: Sequence[str]) -> str:
    """Return what was chosen last under one of the keys above, where it is still offered; else the first."""
    last = st.session_state.get(key)
    return last if last in options else options[0]


def district() -> str | None:
    """Return the code of the community district whose page was opened last."""
    return st.session_state.get(DISTRICT)


def household() -> str | None:
    """Return the household clicked last."""
    return st.session_state.get(HOUSEHOLD)


def hand_over() -> object | None:
    """Return the hand-over previewed last."""
    return st.session_state.get(HAND_OVER)


def support_locks(first: dt.date, days: int) -> tuple[tuple[str, dt.date, str], ...]:
    """Return what of daily help was fixed by hand on these days: task, day and volunteer."""
    last = first + dt.timedelta(days=days)
    return tuple(lock for lock in st.session_state.get(SUPPORT_LOCKS, ()) if first <= lock[1] < last)


def tried_release(asked: tuple) -> dict | None:
    """Return the report of the release tried last, where the data and the choices are still the same."""
    tried, report = st.session_state.get(PUBLISH_TRIED, ((), None))
    return report if tried == asked else None


def promise(district: str) -> str:
    """Return what the proposals made last in this session for a district promised."""
    made = st.session_state.get(PROMISE, ("", ""))
    return made[1] if made[0] == district else ""


def take_news() -> tuple[str | None, str]:
    """Return the kind and text of what came of the last decision, and forget it."""
    return st.session_state.pop(NEWS, (None, ""))


def trail_found(asked: dict) -> object | None:
    """Return the events of the trail found last, where just this was asked."""
    last = st.session_state.get(TRAIL_FOUND, (None, None))
    return last[1] if last[0] == asked else None


def trail_review() -> object | None:
    """Return who looked how often, as it was with the last search."""
    return st.session_state.get(TRAIL_REVIEW)


def remember(key: str, value: object) -> None:
    """Keep a value under one of the keys above."""
    st.session_state[key] = value


def forget(*keys: str) -> None:
    """Drop values that no longer fit."""
    for key in keys:
        st.session_state.pop(key, None)
