"""Steps the pages share: loading with progress, choosing, and taking a click from map or table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit_folium import st_folium

from app import cache, state
from app.services.results import CityFigures, DistrictView, HouseholdView
from app.ui import charts, controls, findings, maps, outlook_tables, tables
from app.ui.escaping import for_markdown
from app.ui.text import Words

AREA_LAYERS = ("community", "school", "neighbourhood")
MESH_LEVELS = {"mesh_250m": "250m", "mesh_125m": "125m"}
FINE_LAYERS = ("neighbourhood", *MESH_LEVELS)  # hundreds of areas: drawn without names


def load_figures(choices: state.Choices) -> CityFigures:
    """Load the city's figures; a bar shows while they are computed for the first time."""
    box = st.empty()
    with box.container():
        notice = controls.ProgressNotice(choices.words)
        figures = cache.city_figures(
            choices.database_url,
            choices.info.revision,
            choices.viewer,
            season=choices.season,
            date=choices.date,
            progress=notice,
        )
    box.empty()
    note = findings.terms_over_note(figures, choices.words)
    if note:
        st.warning(note)
    return figures


def load_shapes(choices: state.Choices, layer: str) -> gpd.GeoDataFrame:
    """Load the areas of a layer."""
    return cache.shapes(choices.database_url, choices.info.revision, layer)


def load_layer(
    choices: state.Choices, figures: CityFigures, layer: str
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, str]:
    """Load areas and counts of a layer of the overview, and a note on what its map leaves out."""
    if layer not in MESH_LEVELS:
        note = choices.words("areas.small_shapes") if layer in FINE_LAYERS else ""
        return load_shapes(choices, layer), figures.layers[layer], note
    mesh = cache.mesh(choices.database_url, choices.viewer, figures, MESH_LEVELS[layer])
    return mesh.shapes, mesh.counts, findings.mesh_note(mesh, choices.words)


def choose_layer(figures: CityFigures, words: Words) -> str:
    """Show the switch of layers and return the choice, kept when the page is left.

    A layer is offered where it has areas; the cells of the mesh always.
    """
    with_areas = [name for name in AREA_LAYERS if name in figures.layers and any(figures.layers[name].index)]
    before = state.layer()
    layer = choose_one(state.LAYER, [*(with_areas or AREA_LAYERS[:1]), *MESH_LEVELS], "layer", words)
    if layer != before:
        state.forget(state.SELECTED_AREA)
    return layer


def choose_one(key: str, options: Sequence[str], texts: str, words: Words) -> str:
    """Show a switch whose options are named ``texts.option``; the choice stays when the page is left."""
    chosen = st.segmented_control(
        words(f"{texts}.label"),
        options,
        format_func=lambda name: words(f"{texts}.{name}"),
        default=state.chosen(key, options),
        required=True,
        key=f"{key}_control",
        label_visibility="collapsed",
    )
    state.remember(key, chosen)
    return chosen


def take_area_from_map() -> None:
    """Keep the area clicked on the overview's map."""
    clicked = _clicked(state.OVERVIEW_MAP)
    if "code" in clicked:
        state.remember(state.SELECTED_AREA, clicked["code"])


def take_area_from_table(codes: list[str]) -> None:
    """Keep the area whose row was chosen."""
    rows = st.session_state[state.OVERVIEW_TABLE]["selection"]["rows"]
    if rows:
        state.remember(state.SELECTED_AREA, codes[rows[0]])


def take_gap_area_from_map() -> None:
    """Keep the gap area clicked."""
    clicked = _clicked(state.GAP_AREA_MAP)
    if "area_id" in clicked:
        state.remember(state.GAP_AREA, clicked["area_id"])


def take_gap_area_from_table(ids: list[str]) -> None:
    """Keep the gap area whose row was chosen."""
    rows = st.session_state[state.GAP_AREA_TABLE]["selection"]["rows"]
    if rows:
        state.remember(state.GAP_AREA, ids[rows[0]])


def take_household_from_map() -> None:
    """Keep the household clicked on the district's map."""
    clicked = _clicked(state.DISTRICT_MAP)
    if "household_id" in clicked:
        state.remember(state.HOUSEHOLD, clicked["household_id"])


def take_household_from_table(ids: list[str]) -> None:
    """Keep the household whose row was chosen."""
    rows = st.session_state[state.DISTRICT_TABLE]["selection"]["rows"]
    if rows:
        state.remember(state.HOUSEHOLD, ids[rows[0]])


def show_selection(choices: state.Choices, counts: pd.DataFrame, layer: str) -> None:
    """Show the chosen area and, for a community district, the main button to its page."""
    code, words = state.selected_area(), choices.words
    if code not in counts.index:
        st.info(words("overview.choose"))
        return
    row = counts.loc[code]
    st.html(controls.selection_card(findings.area_finding(row, words, hide_small=True)))
    own = choices.viewer.districts
    if layer == "community" and own and code not in own:
        st.caption(words("overview.not_own"))
    elif layer == "community" and st.button(
        words("overview.open", name=for_markdown(row["name"])), type="primary", width="stretch"
    ):
        state.remember(state.DISTRICT, code)
        state.forget(state.HOUSEHOLD)
        st.switch_page(st.session_state[state.PAGES]["district"])


def choose_district(choices: state.Choices) -> str:
    """Return the district of the page: a coordinator's own, or the one a planner chooses."""
    names = load_shapes(choices, "community")["name"]
    own = list(choices.viewer.districts) or list(names.index)
    chosen = state.district() if state.district() in own else own[0]
    if len(own) > 1:
        chosen = st.sidebar.selectbox(
            choices.words("district.label"),
            own,
            index=own.index(chosen),
            format_func=lambda code: str(names[code]),
        )
    if chosen != state.district():
        state.remember(state.DISTRICT, chosen)
        state.forget(state.HOUSEHOLD)
    return chosen


def show_map(
    base: folium.Map,
    group: folium.FeatureGroup,
    key: str,
    *,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Show a map of the city; with ``on_change`` a click on an area is taken."""
    st_folium(
        base,
        key=key,
        height=470,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=["last_active_drawing"] if on_change else [],
        on_change=on_change,
    )


def show_table(table: Styler, words: Words, **options: object) -> None:
    """Show a sortable table of the outlook page, its columns explained on their headings."""
    st.dataframe(
        table,
        hide_index=True,
        placeholder=words("hidden"),
        column_config=controls.column_help(outlook_tables.DEFINED, words),
        **options,
    )


def show_counts_only(view: DistrictView, words: Words) -> None:
    """Show a district to who may see counts only: why, where it lies, and the reasons."""
    st.info(words("district.counts_only"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        base = maps.district_base(view, words)
        st_folium(base, height=420, use_container_width=True, returned_objects=[])
    with right:
        show_reasons(view, words)


def show_others(view: DistrictView, words: Words) -> None:
    """Show how many more households there are, the reasons of the whole district, and its watchers."""
    st.caption(words("district.hidden", count=view.hidden_households))
    show_reasons(view, words)
    st.subheader(words("district.watchers", count=len(view.watchers)))
    st.dataframe(tables.watcher_loads(view.watchers, words), hide_index=True, placeholder=words("hidden"))
    needed = tables.successors(view.watchers, words)
    st.subheader(words("district.successors", count=len(needed)))
    st.caption(words("district.successors.help"))
    st.dataframe(needed, hide_index=True, placeholder=words("hidden"))


def show_reasons(view: DistrictView, words: Words) -> None:
    """Show why households of a district are missed, and the remedies."""
    st.subheader(words("district.reasons"))
    st.html(charts.gap_bars(view.figures, words, hide_small=view.counts_only))


def load_household(choices: state.Choices, view: DistrictView) -> HouseholdView | None:
    """Load the chosen household when it is one of this district's visible ones."""
    household_id = state.household()
    if household_id not in view.households.index:
        return None
    return cache.household_view(
        choices.database_url,
        choices.viewer,
        household_id=household_id,
        season=choices.season,
        date=choices.date,
    )


def show_household(chosen: HouseholdView | None, words: Words) -> None:
    """Show who watches a household and who could, or how to choose one."""
    if chosen is None:
        st.info(words("district.choose"))
        return
    st.html(controls.selection_card(findings.household_finding(chosen, words)))
    if len(chosen.chain):
        st.markdown(f"**{words('household.chain')}**")
        steps = tables.chain_steps(chosen.chain, chosen.household_id, words)
        st.markdown("\n".join(f"{number}. {for_markdown(step)}" for number, step in enumerate(steps, 1)))
    st.subheader(words("household.watched_by"))
    if len(chosen.watched_by):
        st.table(tables.watching(chosen.watched_by, words))
    else:
        st.caption(words("household.nobody_watches"))
    st.subheader(words("household.could_watch"))
    if len(chosen.could_watch):
        st.table(tables.candidates(chosen.could_watch, words))
    else:
        st.caption(words("household.nobody_could"))


def _clicked(key: str) -> dict:
    answer = st.session_state.get(key) or {}
    return (answer.get("last_active_drawing") or {}).get("properties", {})
