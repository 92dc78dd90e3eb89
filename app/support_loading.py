"""Loading the page of daily help and places: plans from the cache, or computed now with a bar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import streamlit as st

from app import cache, state
from app.cache import open_store
from app.services import access_places, support
from app.services.access_places import AccessFigures, AccessRequest
from app.services.support import CitySupport, SupportRequest, SupportWeek
from app.ui import controls


def load_support(choices: state.Choices, first: dt.date, days: int, locked: tuple) -> CitySupport:
    """Return the plan of daily help of the whole city; for computing only, filtered before it is shown."""
    request = SupportRequest(choices.season, first, days, locked=locked)
    store = open_store(choices.database_url)

    def compute(notice: controls.ProgressNotice) -> CitySupport:
        return support.plan_support(store, choices.viewer, request, progress=notice)

    return _answer(choices, ("support", first, days, locked), compute)


def load_week(choices: state.Choices, city: CitySupport, district: str) -> SupportWeek:
    """Return what a coordinator may see of a plan; read afresh, so that every look leaves its trace."""
    return support.load_week(open_store(choices.database_url), choices.viewer, city, district)


def load_access(choices: state.Choices, kind: str, minutes: int, count: int) -> AccessFigures:
    """Return the walks to places of a kind, and which to open next."""
    request = AccessRequest(kind, choices.season, choices.date, minutes, count)
    store = open_store(choices.database_url)

    def compute(notice: controls.ProgressNotice) -> AccessFigures:
        return access_places.load_access(store, choices.viewer, request, progress=notice)

    return _answer(choices, ("access", kind, minutes, count), compute)


def _answer(choices: state.Choices, asked: tuple, compute: Callable[[controls.ProgressNotice], Any]) -> Any:
    box = st.empty()
    with box.container():
        notice = controls.ProgressNotice(choices.words)
        answer = cache.step_answer(
            choices.database_url,
            choices.info.revision,
            choices.viewer,
            season=choices.season,
            date=choices.date,
            asked=asked,
            compute=lambda: compute(notice),
        )
    box.empty()
    return answer
