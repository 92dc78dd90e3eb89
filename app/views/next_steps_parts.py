"""What the sections of the page of next steps share: notes, a map beside a table, the way to a district."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import folium
import streamlit as st
from pandas.io.formats.style import Styler

from app import state
from app.ui.escaping import for_html, for_markdown
from app.views import steps


def show_notes(notes: Sequence[str]) -> None:
    """Show proof, cost and assumptions under a finding, a line each."""
    lines = "<br>".join(for_html(note) for note in notes if note)
    st.html(f'<p class="quiet">{lines}</p>')


@contextmanager
def map_and_table(parts: tuple[folium.Map, folium.FeatureGroup], section: str) -> Iterator[None]:
    """Show a map on the left; what is shown meanwhile stands on the right."""
    left, right = st.columns(2, gap="medium")
    with left:
        steps.show_map(*parts, f"{state.NEXT_MAP}_{section}")
    with right:
        yield


def show_places(choices: state.Choices, table: Styler, districts: Sequence[str | None], section: str) -> None:
    """Show a table whose rows lead to the pages of their districts."""
    words = choices.words
    picked = st.dataframe(
        table,
        hide_index=True,
        placeholder=words("hidden"),
        key=f"{state.NEXT_TABLE}_{section}",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = [row for row in picked["selection"]["rows"] if row < len(districts)]
    names = steps.load_shapes(choices, "community")["name"]
    code = districts[rows[0]] if rows else None
    if code not in names.index:
        st.caption(words("next.open.help"))
    elif st.button(words("next.open", name=for_markdown(names[code])), key=f"open_{section}"):
        state.remember(state.DISTRICT, code)
        state.forget(state.HOUSEHOLD)
        st.switch_page(st.session_state[state.PAGES]["district"])
