"""The only caches of the screen. Keys are the database, its revision, parameters and the viewer's rights."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from app.services import cells, coverage, imports, network, scenario_runs, scenarios, sharing
from app.services.cells import MeshFigures
from app.services.network_results import NetworkView
from app.services.results import CityFigures, DatasetInfo, DistrictView, HouseholdView, Progress
from app.services.scenario_runs import Question, ScenarioState, Walks
from app.services.scenarios import KeptScenario
from app.services.step_city import StepCity, open_city
from app.settings import Settings
from app.sheets.network import draw_picture
from geodata.errors import StoreNotReadyError
from geodata.session import Store
from geodata.viewer import Viewer

_CITIES = 32
_DISTRICTS = 32
_PICTURES = 8
_MESHES = 16
_SCENARIOS = 12
_ADVICES = 64


class Slot:
    """A place for one computed value; whoever comes while it is computed waits instead of computing again."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value: Any = None


def read_info(url: str) -> DatasetInfo | None:
    """Read what the store holds, fresh each time for its revision; none when nothing was imported yet."""
    try:
        return coverage.read_info(open_store(url))
    except StoreNotReadyError:
        return None


def city_figures(
    url: str,
    revision: int,
    viewer: Viewer,
    *,
    season: str,
    date: dt.date,
    progress: Callable[[Progress], None],
) -> CityFigures:
    """Return the city's figures; ``progress`` is called only while they are computed."""
    slot = _slot(url, revision, _rights(url, viewer), season, date)
    with slot.lock:
        if slot.value is None:
            slot.value = coverage.load_city_figures(open_store(url), viewer, season, date, progress)
    return slot.value


def district_view(
    url: str, revision: int, viewer: Viewer, *, district: str, season: str, date: dt.date
) -> DistrictView:
    """Return one district as ``viewer`` may see it; kept for this session only, so each look is recorded."""
    return _district(url, revision, _rights(url, viewer), district, season, date, _viewer=viewer)


def network_view(
    url: str, revision: int, viewer: Viewer, *, district: str, season: str, date: dt.date
) -> NetworkView:
    """Return a district's watch network as ``viewer`` may see it; kept for this session only."""
    return _network(url, revision, _rights(url, viewer), district, season, date, _viewer=viewer)


def network_picture(url: str, viewer: Viewer, view: NetworkView, *, picture: str, language: str) -> bytes:
    """Return a picture of a watch network as a PNG; kept for this session only."""
    city = view.city
    state = (city.info.revision, view.code, city.season, city.date)
    return _picture(url, _rights(url, viewer), state, picture, language, _view=view)


def household_view(
    url: str, viewer: Viewer, *, household_id: str, season: str, date: dt.date
) -> HouseholdView:
    """Return one household; never cached, so that every look leaves its trace."""
    return coverage.explain_household(open_store(url), viewer, household_id, season, date)


def mesh(url: str, viewer: Viewer, figures: CityFigures, level: str) -> MeshFigures:
    """Return the counts by mesh cell of the state ``figures`` are of, for reading only."""
    state = (figures.info.revision, figures.season, figures.date)
    return _mesh(url, _rights(url, viewer), state, level, _viewer=viewer, _figures=figures)


def scenario_state(
    url: str,
    revision: int,
    viewer: Viewer,
    *,
    kept: KeptScenario,
    question: Question,
    progress: Callable[[Progress], None],
) -> ScenarioState:
    """Return a scenario assessed; ``progress`` is called only while it is."""
    changes = json.dumps(kept.changes, sort_keys=True)
    asked = (question.season, question.date, question.respond)
    slot = _scenario_slot(url, revision, _rights(url, viewer), kept.name, changes, asked)
    with slot.lock:
        if slot.value is None:
            walks = _walks(url, revision)
            slot.value = scenario_runs.assess_scenario(
                open_store(url), viewer, kept, question, walks=walks, progress=progress
            )
    return slot.value


def step_city(
    url: str,
    revision: int,
    viewer: Viewer,
    *,
    season: str,
    date: dt.date,
    progress: Callable[[Progress], None],
) -> StepCity:
    """Return the city as the advices ask about it; for computing only, never shown."""
    slot = _step_slot(url, revision, _rights(url, viewer), season, date)
    with slot.lock:
        if slot.value is None:
            slot.value = open_city(open_store(url), viewer, season, date, progress)
    return slot.value


def step_answer(
    url: str,
    revision: int,
    viewer: Viewer,
    *,
    season: str,
    date: dt.date,
    asked: tuple,
    compute: Callable[[], Any],
) -> Any:
    """Return an advice; ``asked`` holds its name and all it was asked, prices too."""
    slot = _advice_slot(url, revision, _rights(url, viewer), season, date, asked)
    with slot.lock:
        if slot.value is None:
            slot.value = compute()
    return slot.value


@st.cache_resource(max_entries=16, show_spinner=False)
def area_names(url: str, revision: int) -> dict[str, pd.Series]:
    """Return the names of the areas of each layer by code."""
    return scenario_runs.area_names(open_store(url))


@st.cache_resource(max_entries=4, show_spinner=False)
def bridges(url: str, revision: int) -> gpd.GeoDataFrame:
    """Return the bridges a scenario may close."""
    return scenarios.load_bridges(open_store(url))


@st.cache_resource(max_entries=4, show_spinner=False)
def centres(url: str, revision: int) -> dict[str, str]:
    """Return the consultation centres by id, with their names."""
    return scenarios.load_centres(open_store(url))


def imports_table(url: str, viewer: Viewer) -> pd.DataFrame:
    """Return the import reports, fresh each time."""
    return imports.list_imports(open_store(url), viewer)


def count_loaded(url: str) -> pd.Series:
    """Count the rows of each layer, fresh each time."""
    return coverage.count_loaded(open_store(url))


@st.cache_resource(max_entries=16, show_spinner=False)
def shapes(url: str, revision: int, layer: str) -> gpd.GeoDataFrame:
    """Return the areas of a layer, for reading only."""
    return coverage.load_shapes(open_store(url), layer)


@st.cache_resource(max_entries=4, show_spinner=False)
def open_store(url: str) -> Store:
    """Return the store of an address, one for all sessions."""
    return Settings.from_environment(url).open_store()


@st.cache_resource(max_entries=_CITIES, show_spinner=False)
def _slot(url: str, revision: int, rights: tuple, season: str, date: dt.date) -> Slot:
    return Slot()


@st.cache_resource(max_entries=_SCENARIOS, show_spinner=False)
def _scenario_slot(url: str, revision: int, rights: tuple, name: str, changes: str, asked: tuple) -> Slot:
    return Slot()


@st.cache_resource(max_entries=2, show_spinner=False)
def _step_slot(url: str, revision: int, rights: tuple, season: str, date: dt.date) -> Slot:
    return Slot()


@st.cache_resource(max_entries=_ADVICES, show_spinner=False)
def _advice_slot(url: str, revision: int, rights: tuple, season: str, date: dt.date, asked: tuple) -> Slot:
    return Slot()


@st.cache_resource(max_entries=2, show_spinner=False)
def _walks(url: str, revision: int) -> Walks:
    return Walks()


@st.cache_resource(max_entries=_DISTRICTS, show_spinner=False, scope="session")
def _district(
    url: str, revision: int, rights: tuple, district: str, season: str, date: dt.date, *, _viewer: Viewer
) -> DistrictView:
    return coverage.load_district(open_store(url), _viewer, district, season, date)


@st.cache_resource(max_entries=_DISTRICTS, show_spinner=False, scope="session")
def _network(
    url: str, revision: int, rights: tuple, district: str, season: str, date: dt.date, *, _viewer: Viewer
) -> NetworkView:
    return network.load_network(open_store(url), _viewer, district, season, date)


@st.cache_resource(max_entries=_PICTURES, show_spinner=False, scope="session")
def _picture(
    url: str, rights: tuple, state: tuple, picture: str, language: str, *, _view: NetworkView
) -> bytes:
    return draw_picture(_view, picture, language)


@st.cache_resource(max_entries=_MESHES, show_spinner=False)
def _mesh(
    url: str, rights: tuple, state: tuple, level: str, *, _viewer: Viewer, _figures: CityFigures
) -> MeshFigures:
    return cells.load_mesh(open_store(url), _viewer, _figures, level)


def _rights(url: str, viewer: Viewer) -> tuple:
    """Return whose view it is and what ends by the clock alone: the day of the rules, a disaster, a leave."""
    who = (viewer.who, viewer.role, viewer.districts, viewer.purpose, viewer.watcher_id)
    return (*who, *sharing.read_moment(open_store(url), viewer))
