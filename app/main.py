"""Screen entry: who looks, what is chosen, and which page; nothing else."""

from __future__ import annotations

import streamlit as st

from app import cache, signin, state
from app.errors import reason_of, refusals
from app.settings import Settings
from app.ui import controls
from app.ui.assets import page_icon
from app.ui.text import Words
from app.ui.text.messages import translate


def show() -> None:
    """Draw the sidebar and run the chosen page; without data say how to get some."""
    settings = Settings.from_environment()
    words = Words(state.language(settings.language))
    st.set_page_config(page_title=words("app.name"), page_icon=page_icon(), layout="wide")
    controls.prepare_page(words.language)
    page = st.navigation(_pages(words))
    info = cache.read_info(settings.database_url)
    with st.sidebar:
        controls.language_switch(words, state.LANGUAGE)
        if info is not None:
            _put_choices(settings.database_url, info, words)
    if info is None:
        _say_how_to_start(words)
        st.stop()
    try:
        page.run()
    except refusals() as error:
        st.error(translate(reason_of(error), words))


def _pages(words: Words) -> list:
    pages = {
        name: st.Page(
            f"views/{name}.py", title=words(f"{name}.title"), url_path=name, default=name == "overview"
        )
        for name in (
            "overview",
            "district",
            "next_steps",
            "proposals",
            "outlook",
            "scenarios",
            "support",
            "data",
        )
    }
    state.remember(state.PAGES, pages)
    return list(pages.values())


def _put_choices(url: str, info: state.DatasetInfo, words: Words) -> None:
    season = controls.season_switch(words, state.SEASON)
    date = controls.date_choice(words, info, state.DATE)
    districts = cache.shapes(url, info.revision, "community")["name"]
    viewer = signin.choose_viewer(words, districts)
    st.caption(words("role.note"))
    state.put_choices(state.Choices(url, info, words, viewer, season, date))


def _say_how_to_start(words: Words) -> None:
    st.title(words("start.title"))
    st.write(words("start.text"))
    st.code("mimamori demo", language=None)
    st.write(words("start.own"))
    st.code("mimamori import --help", language=None)


show()
